"""The commands that undo the last change of rights and rules, and keep all of them in a file; no logic of their own."""

from __future__ import annotations

import os
from typing import Final, TextIO

import click

from bot import loading
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

    loading.run(run())


@click.group()
def access() -> None:
    """Keep who may do what, and the rules, in one TOML file under version control.

    \b
        snapshot-bot access export access.toml
    """


@access.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
def export(file: str) -> None:
    """Write every grant, rule and channel as TOML: to FILE, or to standard output.

    \b
        snapshot-bot access export access.toml
    """
    from bot.admin import beside_the_bot

    async def run() -> str:
        async with beside_the_bot(os.environ) as admin:
            return await admin.exported()

    text = loading.run(run())
    with click.open_file(file, "w", encoding="utf-8") as to:
        to.write(text)


@access.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@offline
def diff(file: TextIO, offline: bool) -> None:
    """Show what FILE would change, and what would come of it; save nothing.

    \b
        snapshot-bot access diff access.toml
    """
    loading.run(_apply(file, onto_changed=True, what_if=True, offline=offline))


@access.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--onto-changed", is_flag=True, help="Also where rights or rules were changed since FILE was exported.")
@what_if
@offline
def apply(file: TextIO, onto_changed: bool, what_if: bool, offline: bool) -> None:
    """Make rights, rules and channels what FILE says, all or nothing: what it lacks is taken away.

    \b
        snapshot-bot access apply access.toml --what-if
    """
    loading.run(_apply(file, onto_changed=onto_changed, what_if=what_if, offline=offline))


async def _apply(file: TextIO, *, onto_changed: bool, what_if: bool, offline: bool) -> None:
    from bot.access_file import read
    from bot.admin import Admin, beside_the_bot
    from bot.scopes import bad_argument

    try:
        text = file.read()
    except UnicodeDecodeError:
        raise bad_argument(f"{file.name} isn't text in UTF-8.") from None
    async with beside_the_bot(os.environ) as admin:
        wanted = read(text, admin.zone)

        async def change(to: Admin) -> list[str]:
            return await to.apply(wanted, onto_changed=onto_changed)

        echo("\n".join(await admin.changed(change, what_if=what_if, offline=offline)))


COMMANDS: Final = (access, undo)
