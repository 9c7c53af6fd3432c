"""What the tests of the use cases stand on."""

from __future__ import annotations

import pytest

from tests.harness.working import DAN, Bench


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Give the bench with dan in the workspace, who has no right."""
    bench.people.add(DAN)
    return bench
