"""What tests of the simulator share: its clock, which stands still until moved, and the simulator itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dws_sandbox import DwsSimulator
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
async def cloud(clock: FakeClock) -> AsyncIterator[DwsSimulator]:
    """A simulator on that clock, whose snapshots take 100 seconds."""
    async with DwsSimulator(clock=clock, snapshot_seconds=100) as cloud:
        yield cloud
