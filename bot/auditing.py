"""What `snapshot-bot audit` does: check the record, show it, export it, and prune what was exported."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from bot import spreadsheet
from bot.core.errors import ConfigError
from bot.core.ids import ClusterRef, canonical_cluster_id
from bot.core.record import PRUNED, Damage, Entry, Finding, Head, Recorded, Selection, Verdict, stated
from bot.ports import Store
from bot.store import entry_of
from bot.store.exports import Exported, ExportWriter, checked_export
from bot.words import worded

_AT_ONCE: Final = 500  # entries that are read together
_LOOKED_AT: Final = 10_000  # requests, for what a cluster was called
COLUMNS: Final = ("number", "at", "actor", "team", "action", "rule", "request", "cloud", "cluster", "detail", "hash")


async def cluster_called(store: Store, text: str) -> ClusterRef:
    """Return the cluster that *text* names: CLOUD/ID, an id, or what it is called in a request or a grant.

    Raises:
        ConfigError: none or several are called so.
    """
    if "/" in text:
        return ClusterRef.parse(text)
    requests, grants = await store.find(limit=_LOOKED_AT), await store.grants()
    named = {(str(r.cluster), r.cluster_name) for r in requests}
    named |= {(str(g.scope), g.cluster_name) for g in grants if g.scope.beginning is None}
    wanted, canonical = text.casefold(), canonical_cluster_id(text)
    found = {ref for ref, name in named if name.casefold() == wanted or ref.partition("/")[2] == canonical}
    if len(found) != 1:
        which = f"is called by several: {', '.join(sorted(found))}" if found else "is no cluster of a request or grant"
        raise ConfigError(f"{text} {which}. Write CLOUD/CLUSTER-ID.")
    return ClusterRef.parse(found.pop())


def row(kept: Recorded) -> dict[str, str | int]:
    """Return an entry as `show --json` and CSV have it, by `COLUMNS`; one that can't be read has its number alone."""
    shown: dict[str, str | int] = dict.fromkeys(COLUMNS, "")
    shown |= {"number": kept.number, "hash": kept.hash}
    try:
        entry = entry_of(kept)
    except ValueError:
        return shown | {"detail": "(it was changed, and can't be read; see audit verify)"}
    ref = entry.cluster
    return shown | {
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "team": entry.team,
        "action": entry.action,
        "rule": entry.rule,
        "request": entry.request_id or "",
        "cloud": ref.cloud if ref else "",
        "cluster": ref.id if ref else "",
        "detail": entry.detail,
    }


async def all_recorded(store: Store, selection: Selection, up_to: int) -> AsyncIterator[list[Recorded]]:
    """Yield the entries that fit, in order, up to the number *up_to*, some at a time."""
    after = 0
    while found := await store.recorded(selection, after=after, limit=_AT_ONCE):
        if kept := [r for r in found if r.number <= up_to]:
            yield kept
        after = found[-1].number
        if after >= up_to:
            return


async def export(store: Store, selection: Selection, *, as_csv: bool) -> AsyncIterator[bytes]:
    """Yield the export of what fits *selection*, as it is now, also while a bot goes on writing."""
    end = await store.head()
    writer = ExportWriter(whole=selection.is_all)
    if as_csv:
        yield spreadsheet.line(COLUMNS).encode()
    async for rows in all_recorded(store, selection, end.number):
        if as_csv:
            yield "".join(spreadsheet.lines([row(r)[name] for name in COLUMNS] for r in rows)).encode()
        else:
            yield b"".join(writer.lines(rows))
    if not as_csv:
        yield writer.end()


async def write_export(store: Store, target: Path, selection: Selection, *, as_csv: bool, overwrite: bool) -> None:
    """Write an export to *target*, for its owner's eyes only; it has its name only once it is on disk.

    Raises:
        ConfigError: *target* is there already. OSError: it can't be written.
    """
    with _new_file(target, overwrite=overwrite) as made:
        async for part in export(store, selection, as_csv=as_csv):
            made.write(part)


@contextmanager
def _new_file(target: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    if target.exists() and not overwrite:
        raise ConfigError(f"{target} is there already. Name another file, or add --overwrite.")
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.absolute().parent)
    try:
        with open(descriptor, "wb") as made:
            yield made
            made.flush()
            os.fsync(made.fileno())
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def check_file(path: Path, noted: Sequence[Head] = ()) -> Exported:
    """Check the export in *path*.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as lines:
        return checked_export(lines, noted)


async def check_joined(store: Store, path: Path, noted: Sequence[Head] = ()) -> tuple[Exported, Verdict]:
    """Check the export in *path* and the record that goes on from it, each by itself and where they meet."""
    exported = check_file(path)
    last = exported.verdict.last
    rest = await store.verify_chain([h for h in noted if last is None or h.number > last.number])
    first = await store.recorded(Selection(), limit=1)
    meet = [h for h in noted if last is None or h.number <= last.number]
    if first and first[0].shown and (before := first[0].shown["before"]) and first[0].number > 1:
        meet.append(Head(first[0].number - 1, before.decode(errors="replace")))
    if last is not None and first and first[0].number <= last.number:
        rest = await store.verify_chain([*noted, last])
    exported = check_file(path, meet)
    if last is not None and first and last.number < first[0].number - 1:
        gap = Finding(Damage.GAP, last.number + 1, {"last": first[0].number - 1})
        others = [f for f in exported.verdict.findings if f.damage is not Damage.OLDER]
        exported = replace(exported, verdict=replace(exported.verdict, findings=(*others, gap)))
    return exported, rest


async def prune(store: Store, path: Path, *, before: datetime, by: str) -> Head | None:
    """Delete the entries from before *before* which the export in *path* has; return the last, None: there are none.

    Only a beginning of the record is pruned: up to the first entry that isn't older.

    Raises:
        ConfigError: the record or the export isn't sound, or the export lacks some of them.
    """
    verdict = await store.verify_chain()
    if verdict.findings:
        raise ConfigError(f"The record isn't sound: {worded(verdict.findings[0].phrase)} Nothing was pruned.")
    last = await _last_before(store, before)
    if last is None:
        return None
    exported = check_file(path, [last, *await _first(store)])
    if exported.verdict.findings:
        what = worded(exported.verdict.findings[0].phrase)
        raise ConfigError(f"{path} isn't a sound export of all that would go. {what} Nothing was pruned; export again.")
    if not exported.whole:
        raise ConfigError(f"{path} has only some of the entries (it was exported with a filter). Export without one.")
    detail = stated(
        first=verdict.first,
        last=last.number,
        hash=last.hash,
        count=last.number - verdict.first + 1,
        export_sha256=exported.digest,
        before=before.isoformat(),
    )
    await store.prune(last, Entry(at=store.clock.now(), actor=by, action=PRUNED, detail=detail))
    return last


async def _first(store: Store) -> list[Head]:
    return [Head(r.number, r.hash) for r in await store.recorded(Selection(), limit=1)]


async def _last_before(store: Store, before: datetime) -> Head | None:
    last = None
    end = await store.head()
    async for rows in all_recorded(store, Selection(), end.number):
        for kept in rows:
            if entry_of(kept).at >= before:
                return last
            last = Head(kept.number, kept.hash)
    return last


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """Return *verdict* as `audit verify --json` shows it."""
    return {
        "ok": not verdict.findings,
        "first": verdict.first,
        "sound": verdict.rows,
        "head": str(verdict.last) if verdict.last else None,
        "findings": [
            {"damage": found.damage.value, "number": found.number, **found.facts, "what": worded(found.phrase)}
            for found in verdict.findings
        ],
        "more_findings": verdict.more,
    }
