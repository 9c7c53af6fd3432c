"""The commands that make, copy and put back the database; no logic of their own."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from bot import loading
from bot.terminal import echo

_TIME: Final = "%Y-%m-%d %H:%M:%S UTC"
_NEXT: Final = (
    "Start the bot: snapshot-bot serve\n"
    "It looks into the cloud before it creates anything, and tells the admins as of when the data are. Rights that "
    "were given or taken back since then are missing: go through `snapshot-bot grants`."
)


def _url() -> str:
    from bot.command_settings import DatabaseSettings

    return DatabaseSettings.read(os.environ).database


def _by() -> str:
    from bot.admin import login

    return f"cli:{login()}"


@click.command()
def init() -> None:
    """Make the database; one that is there stays as it is.

    \b
        snapshot-bot init
    """
    from bot.store import made, place_of

    url = _url()
    is_new = loading.run(made(url))
    echo(f"{place_of(url)} {'was made' if is_new else 'is there already; nothing was changed'}.")
    if is_new:
        echo("Next, give the first right: snapshot-bot grant U024BE7LH dwh-prod --role approve")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def backup(file: Path | None, overwrite: bool) -> None:
    """Copy the database into FILE (default: beside it, with the time in its name), also while the bot runs.

    The copy is checked before it gets its name.

    \b
        snapshot-bot backup /backups/snapshot-bot.db
    """
    from bot.store import back_up, place_of
    from bot.words import worded

    url = _url()
    echo(f"Database: {place_of(url)}", err=True)
    written, verdict = back_up(url, file, overwrite=overwrite)
    if verdict.findings:
        raise click.ClickException(
            f"{written} was written, but the record in it is broken: {worded(verdict.findings[0].phrase)} "
            "Somebody or something changed the database outside the bot."
        )
    echo(f"{written}: checked, {verdict.rows} entries on record")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put the copy FILE in the place of the database, while no bot runs; what was there is kept under another name.

    \b
        snapshot-bot restore /backups/snapshot-bot.db
    """
    from bot.store import place_of
    from bot.store import restore as put_back

    url = _url()
    restored, kept = put_back(url, file, by=_by())
    echo(f"{place_of(url)} is as of {restored.as_of.astimezone(UTC):{_TIME}} now.")
    if kept:
        echo(f"What was there before is {kept}")
    echo(_NEXT)


@click.command()
@click.option("--as-of", metavar="TIME", help="When the data are of (2026-11-23T14:05Z); default: their last change.")
def restored(as_of: str | None) -> None:
    """Tell the bot that another tool restored its database (a volume, a snapshot of a disk), while no bot runs.

    \b
        snapshot-bot restored
        snapshot-bot restored --as-of 2026-11-23T14:05Z
    """
    from bot.store import mark_restored, place_of

    url = _url()
    mark = mark_restored(url, as_of=_moment(as_of) if as_of else None, by=_by())
    echo(f"{place_of(url)} is marked: its data are as of {mark.as_of.astimezone(UTC):{_TIME}}.")
    echo(_NEXT)


@click.command()
@click.option("--to", required=True, metavar="URL", help="The server: postgresql://USER:PASSWORD@HOST/DATABASE.")
def migrate(to: str) -> None:
    """Move all that is in the database file to a PostgreSQL server, while no bot runs; all of it, or nothing.

    The file stays as it is, and is marked: no bot serves it any more. A password that others on this machine aren't to
    see can stand in ~/.pgpass, or in PGPASSWORD, in place of the URL.

    \b
        snapshot-bot migrate --to postgresql://bot@db.example/snapshots
    """
    from bot.store import move, place_of

    url = _url()
    moved = move(url, to)
    if moved.again:
        echo(f"{place_of(to)} has all of it already, from an earlier try. {place_of(url)} is marked as moved now.")
    else:
        requests, grants = moved.rows["requests"], moved.rows["grants"]
        echo(
            f"{place_of(to)} has it all: {requests} requests, {grants} grants, {moved.rows['audit']} entries on record."
        )
        echo(f"{place_of(url)} stays as it is, marked as moved.")
    echo("Set SNAPSHOT_BOT_DATABASE to the server's URL, then start the bot: snapshot-bot serve")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write it like 2026-11-23T14:05Z.") from None
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no time zone; add Z for UTC, or +01:00.")
    return moment


COMMANDS: Final = (init, backup, restore, restored, migrate)
