"""Where a chain of entries ends, as it is written down elsewhere."""

from __future__ import annotations

import pytest

from bot.core.record import Head

HASH = "0123456789abcdef" * 4


def test_a_head_is_read_as_it_is_written():
    """NUMBER:HASH."""
    assert Head.parse(str(Head(42, HASH))) == Head(42, HASH)


@pytest.mark.parametrize("text", ["", "42", f"42:{HASH[1:]}", f"-1:{HASH}", f"٤:{HASH}", f"42:{HASH.upper()}", HASH])
def test_something_else_is_no_head(text: str):
    """Half of one, digits of another script, a hash in capitals."""
    with pytest.raises(ValueError, match="is not NUMBER:HASH"):
        Head.parse(text)
