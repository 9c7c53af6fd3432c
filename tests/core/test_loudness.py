"""How loud results are, as options and files call it."""

from __future__ import annotations

import pytest

from bot.core.loudness import Loudness


@pytest.mark.parametrize(
    ("name", "loudness"),
    [("channel", Loudness.CHANNEL), ("thread", Loudness.THREAD), ("failure", Loudness.FAILURE)],
)
def test_each_is_read_as_it_is_written(name: str, loudness: Loudness):
    """Also the usual one, which is stored as nothing."""
    assert loudness.written == name
    assert Loudness.called(name) is loudness


@pytest.mark.parametrize("name", ["", "loud", "Channel", "thread "])
def test_anything_else_is_refused(name: str):
    """An empty name isn't the usual one: somebody forgot to say something."""
    with pytest.raises(ValueError, match=r"called so|is not a valid"):
        Loudness.called(name)
