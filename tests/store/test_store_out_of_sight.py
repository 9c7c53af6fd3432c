"""A database whose folder can't be looked into any more, while the bot has it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import StoreUnavailable
from bot.store import open_store


async def test_nothing_is_called_saved_while_the_file_cannot_be_seen(tmp_path: Path):
    """The operator hears which file, why it can't be seen, and what to do; once it is back, it goes on."""
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "bot.db"
    async with open_store(f"sqlite:///{path}", exclusive=True) as store:
        folder.rename(tmp_path / "elsewhere")
        folder.write_text("a file where the folder was")
        with pytest.raises(StoreUnavailable) as out_of_sight:
            await store.beat()
        assert str(out_of_sight.value) == (
            f"{path} can't be seen (Not a directory). Give the user that runs the bot its directory back."
        )
        assert out_of_sight.value.phrase.code == "database-broken"
        folder.unlink()
        (tmp_path / "elsewhere").rename(folder)
        await store.beat()
