"""For operators: what has waited longest, which process served before, and the marks of restores."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.core.ids import UserId
from bot.core.message import ASKS
from bot.core.record import RESTORED, Entry, stated
from bot.core.request import OPEN
from bot.core.restored import Recovery, Restored
from bot.core.work import Run
from bot.store import columns, moments
from bot.store.postgres import record_statements
from bot.store.postgres.session import Session

_KEPT: Final = 100  # runs, of all replicas
# What may not start yet isn't late, and its time begins when it may.
# A message that is owed and was never sent has waited since its request was made (its card), or came to what it tells.
# A reply that isn't ready waits for its card, which is older.
_OLDEST: Final = """
    SELECT 'waiting' AS what, min(created_at) AS at FROM requests WHERE state = 'WAITING'
    UNION ALL SELECT 'approved', min(greatest(coalesce(decided_at, created_at), let_go_at))
        FROM requests WHERE state = 'APPROVED' AND hold NOT IN ('frozen', 'hours')
    UNION ALL SELECT 'in_cloud', min(coalesce(
            accepted_at, CASE WHEN attempted_at IS NOT NULL THEN greatest(attempted_at, let_go_at) END, updated_at
        )) FROM requests WHERE state IN ('SUBMITTING', 'CREATING') AND hold NOT IN ('frozen', 'hours')
    UNION ALL SELECT 'unsent',
        min(CASE m.kind WHEN 'card' THEN r.created_at ELSE coalesce(r.failing_since, r.updated_at) END)
        FROM messages m JOIN requests r ON r.id = m.request_id
        WHERE m.due_at IS NOT NULL AND m.ts IS NULL AND m.ready
"""
_NEXT: Final = """
    SELECT extract(epoch FROM least(
        (SELECT min(wake_at) FROM requests WHERE wake_at IS NOT NULL),
        (SELECT min(wake_at) FROM messages WHERE wake_at IS NOT NULL)
    ) - clock_timestamp())::float8 AS seconds
"""
_LAST_CHANGE: Final = f"""
    SELECT greatest(
        (SELECT max(at)::timestamptz FROM audit WHERE action <> '{RESTORED}'), (SELECT max(updated_at) FROM requests),
        (SELECT max(sending_at) FROM messages), (SELECT at FROM heartbeat)
    ) AS at
"""  # noqa: S608 -- our own word


def next_due(session: Session) -> float | None:
    """Return in how many seconds the earliest work is due or its lease ends, or None: nobody compares clocks."""
    (found,) = session.rows(_NEXT)
    seconds: float | None = found["seconds"]
    return seconds


def oldest(session: Session) -> dict[str, datetime]:
    """Return since when the oldest of each of `work.OLDEST` has been so."""
    return {row["what"]: columns.time(row["at"]) for row in session.rows(_OLDEST) if row["at"] is not None}


def begin(session: Session, owner: str) -> Run | None:
    """Keep that *owner* serves since now; return the run that began last before it.

    On the same machine, by how the owner begins: on another one it may be a replica that is well.
    """
    before = session.row(
        "SELECT began_at, ended_at, clean, seen_at FROM runs "
        "WHERE left(owner, strpos(owner, ':')) = left(%(owner)s, strpos(%(owner)s, ':')) "
        "ORDER BY began_at DESC, number DESC LIMIT 1",
        {"owner": owner},
    )
    session.count("INSERT INTO runs (owner, began_at) VALUES (%(owner)s, clock_timestamp())", {"owner": owner})
    session.count(
        "DELETE FROM runs WHERE number NOT IN "
        "(SELECT number FROM runs ORDER BY began_at DESC, number DESC LIMIT %(kept)s)",
        {"kept": _KEPT},
    )
    return columns.run(before) if before else None


def end(session: Session, owner: str, clean: bool) -> None:
    """Keep that *owner* ended now."""
    session.count(
        "UPDATE runs SET ended_at = clock_timestamp(), clean = %(clean)s WHERE owner = %(owner)s",
        {"owner": owner, "clean": clean},
    )


def last_change(session: Session) -> datetime | None:
    """Return when anything in the data changed last, but for marks of restores; None where nothing ever did."""
    (found,) = session.rows(_LAST_CHANGE)
    return columns.maybe_time(found["at"])


def mark_restored(session: Session, restored: Restored, by: str) -> None:
    """Note that the data are as of an earlier moment.

    Every open request is to be looked for, now; what was owed is to be searched for before it is said.
    """
    times = {"at": restored.at, "as_of": restored.as_of}
    session.count("INSERT INTO restores (at, as_of) VALUES (%(at)s, %(as_of)s)", times)
    session.count(
        # also of requests that have ended: what was owed may have been said since
        "UPDATE requests SET as_of = least(as_of, %(as_of)s) WHERE state = ANY(%(open)s) OR id IN "
        "(SELECT request_id FROM messages WHERE ts IS NULL AND kind <> ALL(%(asks)s))",
        {**times, "open": [*OPEN], "asks": [*ASKS]},
    )
    session.count(
        "UPDATE requests SET recovery = %(recovery)s, due_at = clock_timestamp(), lease_owner = NULL, "
        "lease_until = NULL WHERE state = ANY(%(open)s)",
        {"recovery": Recovery.SOUGHT.value, "open": [*OPEN]},
    )
    detail = stated(as_of=moments.text(restored.as_of))
    record_statements.append(session, [Entry(at=restored.at, actor=by, action=RESTORED, detail=detail)])


def bots(session: Session) -> int:
    """Return how many connections other processes of the bot have to the database, as far as its role may see."""
    session.rows("SELECT pg_stat_clear_snapshot()")  # within a transaction it would be what it was before
    (found,) = session.rows(
        "SELECT count(*) AS bots FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
    )
    return int(found["bots"])


def oldest_transaction(session: Session) -> float:
    """Return for how many seconds the oldest transaction of others has run in the database, as far as may be seen."""
    (found,) = session.rows(
        "SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8 AS seconds FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return max(0.0, float(found["seconds"]))


def last_restore(session: Session) -> Restored | None:
    """Return the last mark of a restore, with who was told; None where there is none."""
    row = session.row("SELECT at, as_of FROM restores ORDER BY at DESC LIMIT 1")
    if row is None:
        return None
    told = session.rows('SELECT "user" FROM restores_told WHERE restored_at = %(at)s', {"at": row["at"]})
    users = frozenset(UserId(each["user"]) for each in told)
    return Restored(columns.time(row["as_of"]), columns.time(row["at"]), users)


def told_of_restore(session: Session, restored: Restored, user: UserId) -> None:
    """Note that *user* was told of *restored*."""
    session.count(
        'INSERT INTO restores_told (restored_at, "user") VALUES (%(at)s, %(user)s) ON CONFLICT DO NOTHING',
        {"at": restored.at, "user": user},
    )
