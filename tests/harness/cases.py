"""Many cases in one test, where a failure names its own: an item for each would cost more than what it checks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(*facts: object) -> Iterator[None]:
    """Say of whatever fails within in which case, of these *facts*, it failed."""
    try:
        yield
    except Exception as e:
        e.add_note(f"in the case of {', '.join(map(str, facts))}")
        raise
