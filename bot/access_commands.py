"""The commands that undo the last change of rights and rules, and keep all of them in a file; no logic of their own."""

from __future__ import annotations

import asyncio
import os
from typing import Final

import click

from bot.granting import offline, what_if
from bot.terminal import echo


@click.command()
@what_if
@offline
def undo(what_if: bool, offline: bool) -> None:
    """Undo the last change of rights or rules: that change alone, while all is still as it left it.

    What was undone can be undone in turn, once. It is on record like every change.

    \b
        snapshot-bot undo --what-if
    """
    from bot.admin import Admin, beside_the_bot
    from bot.words import by_whom

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            last = await admin.last_change()

            async def change(to: Admin) -> list[str]:
                return await to.undo(last)

            done = await admin.changed(change, what_if=what_if, offline=offline)
            echo(f"The change of {last.at:%Y-%m-%d %H:%M} UTC by {by_whom(last.by)} is undone:")
            echo("\n".join(done))

    asyncio.run(run())


COMMANDS: Final = (undo,)
