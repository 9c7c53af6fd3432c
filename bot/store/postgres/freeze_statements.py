"""Freezes: what stops starts on which clusters, and what is looked at again when that changes."""

from __future__ import annotations

from typing import Final

from bot.core.events import Hold
from bot.core.freezes import Freeze
from bot.core.ids import FreezeId
from bot.core.record import Entry
from bot.core.request import NOT_STARTED, State
from bot.core.scope import EVERY, Named, Scope, scopes_of
from bot.store import right_columns
from bot.store.postgres import due_statements, list_statements, message_statements, request_statements
from bot.store.postgres.request_statements import LOCKED, ON_CLUSTERS, on_clusters
from bot.store.postgres.session import Session
from bot.store.right_columns import FREEZE_COLUMNS

_NO_SNAPSHOT: Final = (*NOT_STARTED, State.SUBMITTING)
# What waits for people isn't held by a freeze yet.
_MAY_FIT: Final = f"""id IN (
    SELECT id FROM requests WHERE %(frozen)s AND state IN ('APPROVED', 'SUBMITTING') AND hold = 'frozen'
    UNION SELECT id FROM requests WHERE state IN ('WAITING', 'APPROVED', 'SUBMITTING') AND {ON_CLUSTERS}
)"""  # noqa: S608 -- our own names
_INSERT: Final = (
    f"INSERT INTO freezes ({', '.join(FREEZE_COLUMNS)}) VALUES ({', '.join(f'%({c})s' for c in FREEZE_COLUMNS)}) "  # noqa: S608 -- our own names
    "ON CONFLICT (id) DO NOTHING"
)


def every(session: Session) -> tuple[Freeze, ...]:
    """Return every freeze, those that have ended, too, the oldest first."""
    return tuple(right_columns.freeze(row) for row in session.rows("SELECT * FROM freezes ORDER BY set_at, number"))


def covering(session: Session, cluster: Named) -> tuple[Freeze, ...]:
    """Return those of them that cover *cluster*."""
    found = session.rows(
        "SELECT * FROM freezes WHERE cloud = ANY(%(clouds)s) AND cluster = ANY(%(clusters)s) ORDER BY set_at, number",
        {"clouds": [cluster.ref.cloud, EVERY], "clusters": [*scopes_of(cluster)]},
    )
    return tuple(right_columns.freeze(row) for row in found)


def add(session: Session, freeze: Freeze) -> bool:
    """Keep *freeze*; False where one with its id is kept already."""
    return session.count(_INSERT, right_columns.of_freeze(freeze)) == 1


def end(session: Session, freeze: FreezeId, entry: Entry) -> Scope | None:
    """End a freeze by whom and when *entry* says; return what it was for, or None where it isn't on now."""
    done = session.row(
        "UPDATE freezes SET ended_at = %(at)s, ended_by = %(by)s WHERE id = %(id)s AND ended_at IS NULL "
        "AND (until IS NULL OR until > (SELECT clock_timestamp())) RETURNING cloud, cluster",
        {"at": entry.at, "by": entry.actor, "id": freeze},
    )
    return Scope(done["cloud"], done["cluster"]) if done else None


def look_again(session: Session, scope: Scope | None = None, *, frozen: bool) -> None:
    """Make due now what is in *scope* and hasn't started, and what is *frozen*; what isn't sent is drawn again.

    Who holds one of these loses it: what they have seen may not be so any more.
    """
    there = list_statements.clusters(session, [scope]) if scope else ()
    found = session.rows(LOCKED.format(where=_MAY_FIT), {**on_clusters(there), "frozen": frozen})
    fitting = [
        request
        for request in request_statements.load(session, [row["id"] for row in found])
        if request.state in _NO_SNAPSHOT
        and ((frozen and request.hold is Hold.FROZEN) or (scope and scope.covers(request.named)))
    ]
    due_statements.wake(session, [request.id for request in fitting])
    changing = [request.id for request in fitting if request.state in NOT_STARTED]
    for changed in due_statements.touch(session, changing):
        message_statements.owe(session, changed, ())
