"""On which engines the tests of a request's life run: on both at places that tell, or everywhere."""

from __future__ import annotations

import os
from typing import Final

import pytest

ALL: Final = os.environ.get("SNAPSHOT_BOT_TEST_ENGINES") == "all"


def is_telling(metafunc: pytest.Metafunc) -> bool:
    """Say whether a test is one that runs on both engines in the short form as well."""
    return metafunc.definition.get_closest_marker("telling") is not None
