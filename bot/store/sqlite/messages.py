"""Messages that are owed: made due, leased, and saved with what became of them.

A row with `due_at` is owed. A card and its copies are owed while they show an older version than the request's; a
reply until it was posted, but not before its card is there (`ready`), since the reply goes into the card's thread. A
frozen card is never owed again: the end of its request is, as a RESULT. `recipient` '' is the channel.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import Final

from bot.core.errors import NotFound, StaleRequest
from bot.core.events import OPERATORS_MOVE
from bot.core.ids import RequestId, UserId
from bot.core.message import ASKS, FOLLOWS, RESULT, Message, MessageKind, Owed
from bot.core.request import FINAL, SnapshotRequest
from bot.core.work import Work
from bot.store import columns
from bot.store.owing import due_again
from bot.store.sqlite import requests, rows

_ENDED: Final = ", ".join(f"'{state}'" for state in sorted(FINAL))
_HELD: Final = ", ".join(f"'{hold}'" for hold in sorted(OPERATORS_MOVE))
_FOLLOW: Final = ", ".join(f"'{kind}'" for kind in sorted(FOLLOWS))
_ASK: Final = ", ".join(f"'{kind}'" for kind in sorted(ASKS))
_THIS: Final = "request_id = :request_id AND kind = :kind AND recipient = :recipient AND number = :number"


def owe_card(connection: sqlite3.Connection, request: SnapshotRequest, now: datetime) -> None:
    """Owe the card of a new *request* at once."""
    connection.execute(
        "INSERT INTO messages (request_id, kind, channel, due_at, ready) VALUES (?, 'card', ?, ?, 1)",
        (request.id, request.channel, rows.text(now)),
    )


def owe(
    connection: sqlite3.Connection, request: SnapshotRequest, wanted: Collection[Owed], now: datetime
) -> list[Owed]:
    """Make the card of a changed *request* and its copies due, no earlier than their back-off ends; owe *wanted* once.

    Return which of them weren't owed before.
    """
    at = rows.text(now)
    connection.execute(
        "UPDATE messages SET due_at = max(?, coalesce(not_before, '')) "  # noqa: S608 -- kinds are ours
        f"WHERE request_id = ? AND kind IN ({_FOLLOW}) AND NOT frozen",
        (at, request.id),
    )
    new = []
    for owed in wanted:
        done = connection.execute(
            "INSERT INTO messages (request_id, kind, recipient, number, channel, due_at, ready) "
            "SELECT request_id, :kind, :recipient, :number, :channel, :at, ts IS NOT NULL OR :recipient <> '' "
            "FROM messages WHERE request_id = :request_id AND kind = 'card' "
            # one that was given up before it was sent (an operator fixed it in time) is owed again
            "ON CONFLICT DO UPDATE SET due_at = excluded.due_at WHERE ts IS NULL AND due_at IS NULL",
            {**_which(request.id, owed), "channel": owed.to or request.channel, "at": at},
        )
        new += [owed] * done.rowcount
    if request.state in FINAL and _owe_end(connection, request.id, now):
        new.append(RESULT)
    return new


def _which(request_id: RequestId, owed: Owed) -> dict[str, rows.Value]:
    """Return what _THIS takes."""
    return {"request_id": request_id, "kind": owed.kind.value, "recipient": owed.to or "", "number": owed.number}


def _owe_end(connection: sqlite3.Connection, request_id: RequestId, now: datetime) -> bool:
    """Owe the RESULT of a request that has ended and whose card is frozen; False: it was owed before, or isn't."""
    done = connection.execute(
        "INSERT INTO messages (request_id, kind, channel, due_at, ready) "  # noqa: S608 -- states are ours
        "SELECT m.request_id, 'result', r.channel, ?, 1 FROM messages m JOIN requests r "
        f"ON r.id = m.request_id WHERE m.request_id = ? AND m.kind = 'card' AND m.frozen AND r.state IN ({_ENDED}) "
        "ON CONFLICT DO NOTHING",
        (rows.text(now), request_id),
    )
    return done.rowcount == 1


def frozen_cards(connection: sqlite3.Connection) -> int:
    """Return how many requests that haven't ended have a frozen card."""
    (count,) = connection.execute(
        "SELECT count(*) FROM messages m JOIN requests r ON r.id = m.request_id "  # noqa: S608 -- states are ours
        f"WHERE m.kind = 'card' AND m.frozen = 1 AND r.state NOT IN ({_ENDED})"
    ).fetchone()
    return int(count)


def unreached(connection: sqlite3.Connection) -> tuple[UserId, ...]:
    """Return who should have a direct message about a request that waits, and can't be sent one, sorted."""
    found = connection.execute(
        "SELECT DISTINCT m.recipient FROM messages m CROSS JOIN requests r ON r.id = m.request_id "
        "WHERE r.state = 'WAITING' AND m.recipient <> '' AND m.frozen = 1 AND m.ts IS NULL ORDER BY m.recipient"
    )
    return tuple(UserId(row["recipient"]) for row in found.fetchall())


def not_sent(connection: sqlite3.Connection) -> int:
    """Return how many requests have a message that a restore left unsent, since it may have been sent before."""
    (count,) = connection.execute(
        "SELECT count(DISTINCT r.id) FROM requests r JOIN messages m ON m.request_id = r.id "  # noqa: S608 -- holds are ours
        "WHERE r.as_of IS NOT NULL AND m.ts IS NULL AND m.due_at IS NULL AND m.lease_until IS NULL "
        f"AND m.kind NOT IN ({_ASK}) AND (m.kind <> 'operator' OR r.hold IN ({_HELD}))"
    ).fetchone()
    return int(count)


def claim(
    connection: sqlite3.Connection, owner: str, now: datetime, until: datetime, limit: int
) -> list[Work[Message]]:
    """Lease the messages that are owed, due and free to *owner*, the longest due first."""
    found = connection.execute(
        "SELECT rowid, * FROM messages WHERE ready = 1 AND due_at <= :now AND wake_at <= :now "
        "ORDER BY due_at, rowid LIMIT :limit",
        {"now": rows.text(now), "limit": limit},
    ).fetchall()
    connection.executemany(
        "UPDATE messages SET lease_owner = ?, lease_until = ?, lease_token = lease_token + 1, "
        "claimed_version = (SELECT version FROM requests WHERE id = request_id) WHERE rowid = ?",
        [(owner, rows.text(until), row["rowid"]) for row in found],
    )
    return [Work(columns.message(row), row["lease_token"] + 1) for row in found]


def renew(connection: sqlite3.Connection, work: Work[Message], until: datetime) -> None:
    """Let the lease end *until* then.

    Raises:
        StaleRequest: it was given up, or taken by another.
    """
    done = connection.execute(
        f"UPDATE messages SET lease_until = :until WHERE {_THIS} AND lease_token = :token AND lease_until IS NOT NULL",  # noqa: S608
        {**_which(work.item.request_id, work.item.owed), "until": rows.text(until), "token": work.token},
    )
    if done.rowcount != 1:
        raise StaleRequest(f"{work.item.key}: the lease was lost")


def save(
    connection: sqlite3.Connection,
    message: Message,
    token: int,
    due_at: datetime | None,
    now: datetime,
    release: bool,
) -> SnapshotRequest | None:
    """Save what became of *message*; *due_at* is also the earliest moment for whatever comes next.

    Return its request where, from now on, its end is owed as a RESULT, else None.

    Raises:
        NotFound: it was never owed. StaleRequest: the lease with *token* was lost.
    """
    row = connection.execute(
        "SELECT m.rowid, m.due_at, m.claimed_version, m.lease_token, r.version FROM messages m "  # noqa: S608
        f"JOIN requests r ON r.id = m.request_id WHERE {_THIS.replace(' kind', ' m.kind')}",
        _which(message.request_id, message.owed),
    ).fetchone()
    if row is None:
        raise NotFound(f"{message.key} was never owed")
    if row["lease_token"] != token:
        raise StaleRequest(f"{message.key} was taken by another")
    due = due_again(
        message,
        asked=rows.maybe_text(due_at),
        before=row["due_at"],
        version=row["version"],
        claimed_version=row["claimed_version"],
        release=release,
    )
    connection.execute(
        "UPDATE messages SET channel = :channel, ref_channel = :ref_channel, ts = :ts, "
        "shown_version = :shown_version, sending_at = :sending_at, attempts = :attempts, "
        "due_at = :due_at, not_before = :not_before, reposted = :reposted, frozen = :frozen, "
        "lease_owner = CASE WHEN :release THEN NULL ELSE lease_owner END, "
        "lease_until = CASE WHEN :release THEN NULL ELSE lease_until END "
        "WHERE rowid = :rowid",
        {
            "rowid": row["rowid"],
            "channel": message.channel,
            "ref_channel": message.ref.channel if message.ref else None,
            "ts": message.ref.ts if message.ref else None,
            "shown_version": message.shown_version,
            "sending_at": rows.maybe_text(message.sending_at),
            "attempts": message.attempts,
            "reposted": message.reposted,
            "frozen": message.frozen,
            "due_at": due,
            "not_before": rows.maybe_text(due_at),
            "release": release,
        },
    )
    if message.kind is MessageKind.CARD:
        connection.execute(
            "UPDATE messages SET ready = ? WHERE request_id = ? AND kind <> 'card' AND recipient = ''",
            (message.ref is not None, message.request_id),
        )
    if message.frozen and _owe_end(connection, message.request_id, now):
        return requests.get(connection, message.request_id)
    return None


def draw_again(connection: sqlite3.Connection, request_id: RequestId, owed: Owed, now: datetime) -> None:
    """Make due what stands in Slack and may show less than it should; who has it now loses it."""
    connection.execute(
        "UPDATE messages SET due_at = max(:now, coalesce(not_before, '')), shown_version = 0, "  # noqa: S608
        "lease_owner = NULL, lease_until = NULL, lease_token = lease_token + 1 "
        f"WHERE {_THIS} AND ts IS NOT NULL AND frozen = 0",
        {**_which(request_id, owed), "now": rows.text(now)},
    )


def hasten(connection: sqlite3.Connection, beyond: datetime, to: datetime) -> None:
    """Make due at *to* what would wait until after *beyond*, also what isn't ready yet; drop such leases."""
    times = {"beyond": rows.text(beyond), "to": rows.text(to)}
    connection.execute("UPDATE messages SET due_at = :to WHERE ready IN (0, 1) AND due_at > :beyond", times)
    connection.execute("UPDATE messages SET not_before = NULL WHERE not_before > :beyond", times)
    connection.execute("UPDATE messages SET lease_owner = NULL, lease_until = NULL WHERE lease_until > :beyond", times)


def get(connection: sqlite3.Connection, request_id: RequestId, owed: Owed) -> Message | None:
    """Return the message, or None where it was never owed."""
    row = connection.execute(f"SELECT * FROM messages WHERE {_THIS}", _which(request_id, owed)).fetchone()  # noqa: S608
    return columns.message(row) if row else None


def about(connection: sqlite3.Connection, request_id: RequestId) -> list[Message]:
    """Return all messages about a request."""
    found = connection.execute("SELECT * FROM messages WHERE request_id = ?", (request_id,))
    return [columns.message(row) for row in found.fetchall()]
