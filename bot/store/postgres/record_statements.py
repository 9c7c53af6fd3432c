"""The audit log: append-only, each row chained to the one before, and the end of the chain in a row of its own.

Who appends holds that row until the transaction ends, so it is the last that a unit locks: what waits for it would
keep everybody waiting. The text that was hashed is kept as it is, the very same as in the other engines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.core.errors import Conflict
from bot.core.ids import RequestId
from bot.core.record import Entry, Head, Recorded, Selection, Verdict, counted
from bot.store import chain, columns, moments
from bot.store.checking import ChainCheck, verify
from bot.store.columns import REFUSAL_KEY
from bot.store.postgres.session import Kept, Session

_TEXTS: Final = (*chain.FIELDS, "before")
_COLUMNS: Final = ("seq", "layout", "text", "hash", *_TEXTS)
_INSERT: Final = f"INSERT INTO audit ({', '.join(_COLUMNS)}) VALUES ({', '.join(f'%({c})s' for c in _COLUMNS)})"  # noqa: S608
# With the row of the end, so that what everybody waits for is held for one question less.
_LAST: Final = f"WITH kept AS ({_INSERT}) UPDATE audit_head SET seq = %(seq)s, hash = %(hash)s"  # noqa: S608
_AT_ONCE: Final = 5000  # entries that are read with one statement, each of which has the time of any other
_COUNT: Final = f"""
    INSERT INTO refusals AS r ({", ".join(REFUSAL_KEY)}, alike, began_at, last_at)
    VALUES ({", ".join(f"%({c})s" for c in REFUSAL_KEY)}, %(alike)s, %(at)s, %(at)s)
    ON CONFLICT (alike) DO UPDATE SET again = r.again + 1, last_at = excluded.last_at RETURNING again
"""  # noqa: S608 -- our own names


def head(session: Session) -> Head:
    """Return where the chain ends, as it was counted."""
    (row,) = session.rows("SELECT seq, hash FROM audit_head")
    return Head(row["seq"], row["hash"])


def append(session: Session, entries: Sequence[Entry]) -> None:
    """Chain *entries* to the log, as the last that is done in the caller's transaction."""
    if not entries:
        return
    (row,) = session.rows("SELECT seq, hash FROM audit_head FOR NO KEY UPDATE")
    end = Head(row["seq"], row["hash"])
    for place, entry in enumerate(entries, 1):
        new = chain.following(end, entry)
        shown = {name: None if value is None else value.decode() for name, value in (new.shown or {}).items()}
        row = {"seq": new.number, "layout": new.layout, "text": new.text.decode(), "hash": new.hash, **shown}
        session.count(_LAST if place == len(entries) else _INSERT, row)
        end = Head(new.number, new.hash)
    session.chained = (end.number, end.hash)


def read(session: Session, request_id: RequestId | None, limit: int) -> list[Entry]:
    """Return the last *limit* entries, of *request_id* or of all, the newest first."""
    where = "true" if request_id is None else "request_id = %(id)s"
    found = session.rows(
        f"SELECT * FROM audit WHERE {where} ORDER BY seq DESC LIMIT %(limit)s",  # noqa: S608 -- our own names
        {"id": request_id, "limit": limit},
    )
    return [columns.entry(row) for row in found]


def recorded(
    session: Session, selection: Selection, after: int, limit: int, *, newest_first: bool = False
) -> list[Recorded]:
    """Return at most *limit* entries that fit *selection*, as they are kept, with a higher number than *after*."""
    where, values = _where(selection)
    order = "DESC" if newest_first else "ASC"
    found = session.rows(
        f"SELECT * FROM audit WHERE seq > %(after)s AND {where} ORDER BY seq {order} LIMIT %(limit)s",  # noqa: S608
        {**values, "after": after, "limit": limit},
    )
    return [_recorded(row) for row in found]


def page(
    session: Session, selection: Selection, skip: int, limit: int, counted: int
) -> tuple[list[tuple[int, Entry]], int]:
    """Return a page of the entries that fit *selection*, the newest first, with their numbers.

    And how many fit, of which at most *counted* are counted.
    """
    where, values = _where(selection)
    (total,) = session.rows(
        f"SELECT count(*) AS fit FROM (SELECT 1 FROM audit WHERE {where} ORDER BY seq DESC LIMIT %(counted)s) AS f",  # noqa: S608
        {**values, "counted": counted},
    )
    found = session.rows(
        f"SELECT * FROM audit WHERE {where} ORDER BY seq DESC LIMIT %(limit)s OFFSET %(skip)s",  # noqa: S608
        {**values, "limit": limit, "skip": skip},
    )
    return [(row["seq"], columns.entry(row)) for row in found], total["fit"]


def check(session: Session, noted: Sequence[Head]) -> Verdict:
    """Check every row, that none is missing in between or at the end, and that *noted* heads are those of here.

    The caller's transaction sees one moment of the database: of two, the later would have rows that the head, read
    before, doesn't count.
    """
    return verify(_all(session), ChainCheck(begins=None, end=head(session), noted=noted))


def prune(session: Session, last: Head, entry: Entry) -> int:
    """Delete the rows up to *last* and record *entry*; return how many there were.

    Raises:
        Conflict: the row of that number isn't the one that was meant.
    """
    row = session.row("SELECT hash FROM audit WHERE seq = %(seq)s", {"seq": last.number})
    if row is None or row["hash"] != last.hash:
        raise Conflict(f"entry {last.number} isn't the one that was exported")
    append(session, [entry])
    session.rows("SELECT set_config('snapshot_bot.pruning', 'on', true)")
    done = session.count("DELETE FROM audit WHERE seq <= %(seq)s", {"seq": last.number})
    session.rows("SELECT set_config('snapshot_bot.pruning', 'off', true)")
    return done


def last_of(session: Session, actions: Sequence[str]) -> int:
    """Return the number of the newest entry of one of these *actions*; 0 where there is none."""
    (found,) = session.rows(f"SELECT max(seq) AS seq FROM audit WHERE {_named(actions)}")  # noqa: S608 -- our own names
    return int(found["seq"] or 0)


def refuse(session: Session, entry: Entry, window: timedelta) -> None:
    """Record *entry*, a refusal, unless the same was recorded less than *window* ago: then it is counted."""
    over = _closed(session, entry.at, window)
    same = columns.of_refusal(entry)
    alike = chain.hash_of(json.dumps([*same.values()]).encode())
    (kept,) = session.rows(_COUNT, {**same, "alike": alike, "at": entry.at})
    append(session, [*over, *([] if kept["again"] else [entry])])


def beat(session: Session, owner: str, window: timedelta) -> None:
    """Change a row, note that *owner* is alive, and record how many refusals were counted since *window* ago."""
    session.count(
        "INSERT INTO heartbeat AS h (at, beats) VALUES (clock_timestamp(), 1) "
        "ON CONFLICT (one) DO UPDATE SET at = excluded.at, beats = h.beats + 1"
    )
    session.count("UPDATE runs SET seen_at = clock_timestamp() WHERE owner = %(owner)s", {"owner": owner})
    if session.row("SELECT 1 AS some FROM refusals LIMIT 1"):
        append(session, _closed(session, session.now(), window))


def _closed(session: Session, now: datetime, window: timedelta) -> list[Entry]:
    """Forget the refusals that began *window* before *now*, or later than *now* by another clock.

    Return what says how often they came again, of those that did.
    """
    found = session.rows(
        "DELETE FROM refusals WHERE began_at <= %(over)s OR began_at > %(now)s RETURNING *",
        {"over": now - window, "now": now},
    )
    again = [row for row in sorted(found, key=lambda row: int(row["number"])) if row["again"]]
    return [counted(columns.refusal(r), r["again"], now=now, last=columns.time(r["last_at"])) for r in again]


def _all(session: Session) -> Iterator[Recorded]:
    after = -1
    while found := session.rows(
        "SELECT * FROM audit WHERE seq > %(after)s ORDER BY seq LIMIT %(limit)s", {"after": after, "limit": _AT_ONCE}
    ):
        for row in found:
            yield _recorded(row)
        after = found[-1]["seq"]


def _recorded(row: Kept) -> Recorded:
    shown = {name: None if row[name] is None else row[name].encode() for name in _TEXTS}
    return Recorded(row["seq"], row["layout"], row["text"].encode(), row["hash"], shown)


def _where(selection: Selection) -> tuple[str, dict[str, object]]:
    ref = selection.cluster
    given: list[tuple[str, str, object]] = [
        ("at >=", "since", moments.text(selection.since) if selection.since else None),
        ("at <", "until", moments.text(selection.until) if selection.until else None),
        ("cloud =", "cloud", ref.cloud if ref else None),
        ("cluster =", "cluster", ref.id if ref else None),
        ("request_id =", "request", selection.request_id),
        ("actor =", "actor", selection.actor or None),
    ]
    wanted = [(term, name, value) for term, name, value in given if value is not None]
    terms = [f"{term} %({name})s" for term, name, _ in wanted]
    terms += [_named(selection.actions)] if selection.actions else []
    return " AND ".join(terms) or "true", {name: value for _, name, value in wanted}


def _named(actions: Sequence[str]) -> str:
    """Return the term that an entry is of one of *actions*, which are ours; written out, as the index has it."""
    return f"action IN ({', '.join(repr(action) for action in actions)})"
