"""The commands around the record: `snapshot-bot audit …`; no logic of their own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bot import loading
from bot.terminal import echo, table

ALTERED: Final = 3  # the exit code of `verify` where something is wrong with the record, and not with the command
F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def audit() -> None:
    """Check, show, export and prune the record of who did what; also while the bot runs.

    \b
        snapshot-bot audit verify
        snapshot-bot audit show --cluster dwh-prod --since 2026-11-01
    """


def _moment(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write it like 2026-11-23 or 2026-11-23T14:05Z.") from None
    if moment.tzinfo is None and len(text) > len("2026-11-23"):
        raise click.BadParameter(f"{text!r} has no time zone; add Z for UTC, or +01:00.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _heads(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> list[Any]:
    from bot.core.record import Head

    try:
        return [Head.parse(text) for text in texts]
    except ValueError as e:
        raise click.BadParameter(f"{e}; copy it from a line `audit.head` of the bot's log.") from None


def _filtered(command: F) -> F:
    for option in (
        click.option("--person", metavar="USER", default="", help="Of this person alone (a Slack user id, cli:LOGIN)."),
        click.option("--request", "request_id", metavar="REQUEST", help="About this request alone."),
        click.option("--cluster", metavar="CLUSTER", help="About this cluster alone: a name, an id, CLOUD/ID."),
        click.option("--until", metavar="TIME", callback=_moment, help="Before this time (a day: its beginning, UTC)."),
        click.option("--since", metavar="TIME", callback=_moment, help="From this time on."),
    ):
        command = option(command)
    return command


@audit.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--head", "noted", metavar="NUMBER:HASH", multiple=True, callback=_heads, help="A head from the bot's log."
)
@click.option("--joined", is_flag=True, help="Check FILE, the database, and that one goes on from the other.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def verify(file: Path | None, noted: list[Any], joined: bool, as_json: bool) -> None:
    """Check that nothing in the record, or in its export FILE, was changed, taken away or put in.

    Exit code 0 where it is sound, 3 where it isn't; any other: it couldn't be checked.

    \b
        snapshot-bot audit verify
        snapshot-bot audit verify --head 1042:5f0c…
        snapshot-bot audit verify record-2026.jsonl --joined
    """
    from bot.auditing import check_file, check_joined, verdict_row

    async def found() -> list[tuple[str, Any, bool]]:
        if file is not None and not joined:
            exported = check_file(file, noted)
            return [(str(file), exported.verdict, exported.whole)]
        from bot.admin import record_beside_the_bot

        async with record_beside_the_bot(os.environ) as (store, database):
            if file is None:
                return [(str(database), await store.verify_chain(noted), True)]
            exported, rest = await check_joined(store, file, noted)
            return [(str(file), exported.verdict, exported.whole), (str(database), rest, True)]

    if joined and file is None:
        raise click.UsageError("--joined needs a FILE.")
    checked = loading.run(found())
    if as_json:
        shown = [{"place": place, "whole": whole, **verdict_row(verdict)} for place, verdict, whole in checked]
        echo(json.dumps({"ok": all(s["ok"] for s in shown), "checked": shown}, indent=2))
    else:
        for place, verdict, whole in checked:
            _tell(place, verdict, whole=whole)
    if any(verdict.findings for _, verdict, _ in checked):
        sys.exit(ALTERED)


def _tell(place: str, verdict: Any, *, whole: bool) -> None:
    from bot.words import text, worded

    for finding in verdict.findings:
        echo(f"{place}: {worded(finding.phrase)}")
    if verdict.more:
        echo(f"{place}: and {verdict.more} findings more")
    if not verdict.findings:
        some = "" if whole else "; it was exported with a filter, so that nobody can say whether one is missing"
        echo(f"{place}: {text('entries', count=verdict.rows)}, unaltered{some}")
    if verdict.last:
        echo(f"Head: {verdict.last}")


@audit.command()
@_filtered
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for scripts.")
def show(as_json: bool, limit: int, **filters: Any) -> None:
    """Show entries, the newest first.

    \b
        snapshot-bot audit show --person U024BE7LH --since 2026-11-01
        snapshot-bot audit show --request R-7K3F --json
    """
    from bot.admin import record_beside_the_bot
    from bot.auditing import row
    from bot.words import by_whom

    async def found() -> list[dict[str, str | int]]:
        async with record_beside_the_bot(os.environ) as (store, _):
            selection = await _selection(store, **filters)
            return [row(r) for r in await store.recorded(selection, limit=limit, newest_first=True)]

    rows = loading.run(found())
    if as_json:
        echo(json.dumps(rows, indent=2))
    elif rows:
        shown = [r | {"at": str(r["at"])[:19], "actor": by_whom(str(r["actor"]))} for r in rows]
        table(shown, ["number", "at", "actor", "action", "rule", "request", "cluster", "detail"])
    else:
        echo("Nothing on record fits.")


@audit.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@_filtered
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def export(file: Path, form: str, overwrite: bool, **filters: Any) -> None:
    """Write entries into FILE (`-`: standard output), the oldest first, as JSON lines or as CSV.

    JSON lines can be checked: `audit verify FILE`.

    \b
        snapshot-bot audit export record-2026.jsonl
        snapshot-bot audit export - --format csv --cluster dwh-prod
    """
    from bot import auditing
    from bot.admin import record_beside_the_bot
    from bot.words import text

    async def run() -> None:
        as_csv = form == "csv"
        async with record_beside_the_bot(os.environ) as (store, _):
            selection = await _selection(store, **filters)
            if str(file) == "-":
                out = sys.stdout.buffer
                async for part in auditing.export(store, selection, as_csv=as_csv):
                    out.write(part)
                out.flush()
                return
            await auditing.write_export(store, file, selection, as_csv=as_csv, overwrite=overwrite)
        if as_csv:
            echo(f"{file} was written.")
            return
        exported = auditing.check_file(file)
        if exported.verdict.findings:
            _tell(str(file), exported.verdict, whole=exported.whole)
            sys.exit(ALTERED)
        echo(f"{file}: {text('entries', count=exported.verdict.rows)}, checked. SHA-256: {exported.digest}")

    loading.run(run())


@audit.command()
@click.option("--before", metavar="TIME", required=True, callback=_moment, help="Entries from before this time.")
@click.option(
    "--exported", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The export."
)
@click.option("--yes", is_flag=True, help="Don't ask.")
def prune(before: datetime, exported: Path, yes: bool) -> None:
    """Delete old entries from the database that are in a sound export; the record says which, and goes on from there.

    \b
        snapshot-bot audit export record-2026.jsonl
        snapshot-bot audit prune --before 2027-01-01 --exported record-2026.jsonl
    """
    from bot import auditing
    from bot.admin import login, record_beside_the_bot

    if not yes:
        click.confirm(f"Delete the entries from before {before.isoformat()} that are in {exported}?", abort=True)

    async def run() -> None:
        async with record_beside_the_bot(os.environ) as (store, _):
            last = await auditing.prune(store, exported, before=before, by=f"cli:{login()}")
        if last is None:
            echo("Nothing on record is as old as that.")
        else:
            echo(f"The entries up to {last.number} are in {exported} alone now. Keep it: it can't be made again.")

    loading.run(run())


async def _selection(
    store: Any,
    *,
    since: datetime | None,
    until: datetime | None,
    cluster: str | None,
    request_id: str | None,
    person: str,
) -> Any:
    from bot.auditing import cluster_called
    from bot.core.ids import RequestId
    from bot.core.record import Selection

    ref = await cluster_called(store, cluster) if cluster else None
    request = RequestId(request_id.upper()) if request_id else None
    return Selection(since=since, until=until, cluster=ref, request_id=request, actor=person)
