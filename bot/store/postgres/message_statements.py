"""Messages that are owed: made due, leased, and saved with what became of them.

A row with `due_at` is owed. A card and its copies are owed while they show an older version than the request's; a
reply until it was posted, but not before its card is there (`ready`), since the reply goes into the card's thread. A
frozen card is never owed again: the end of its request is, as a RESULT. `recipient` '' is the channel.

Who changes a request and who saves its card meet at the card's row, which both lock before they look at the other's:
a statement that waits for a lock sees of other tables what there was before it waited.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from bot.core.errors import NotFound, StaleRequest
from bot.core.events import OPERATORS_MOVE
from bot.core.ids import RequestId, UserId
from bot.core.message import ASKS, FOLLOWS, RESULT, Message, MessageKind, Owed
from bot.core.request import FINAL, SnapshotRequest
from bot.core.work import Work
from bot.store import columns
from bot.store.owing import due_again
from bot.store.postgres import request_statements
from bot.store.postgres.session import Session

_ENDED: Final = [*sorted(FINAL)]
_HELD: Final = [*sorted(OPERATORS_MOVE)]
_FOLLOW: Final = [*sorted(FOLLOWS)]
_ASK: Final = [*sorted(ASKS)]
_THIS: Final = (
    "m.request_id = %(request_id)s AND m.kind = %(kind)s AND m.recipient = %(recipient)s AND m.number = %(number)s"
)
_CLAIM: Final = """
    WITH due AS MATERIALIZED (
        SELECT place FROM messages
        WHERE ready AND due_at <= (SELECT clock_timestamp()) AND wake_at <= (SELECT clock_timestamp())
        ORDER BY due_at, place LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE messages m SET lease_owner = %(owner)s, lease_token = m.lease_token + 1,
        lease_until = clock_timestamp() + %(lease)s,
        claimed_version = (SELECT version FROM requests r WHERE r.id = m.request_id)
    FROM due WHERE m.place = due.place RETURNING m.*
"""


def owe_card(session: Session, request: SnapshotRequest) -> None:
    """Owe the card of a new *request* at once."""
    session.count(
        "INSERT INTO messages (request_id, kind, channel, due_at, ready) "
        "VALUES (%(id)s, 'card', %(channel)s, clock_timestamp(), true)",
        {"id": request.id, "channel": request.channel},
    )
    session.wakes = True


def owe(session: Session, request: SnapshotRequest, wanted: Collection[Owed]) -> list[Owed]:
    """Make the card of a changed *request* and its copies due, no earlier than their back-off ends; owe *wanted* once.

    Return which of them weren't owed before.
    """
    session.count(
        "UPDATE messages SET due_at = greatest(clock_timestamp(), not_before) "
        "WHERE request_id = %(id)s AND kind = ANY(%(follow)s) AND NOT frozen",
        {"id": request.id, "follow": _FOLLOW},
    )
    session.wakes = True
    new = []
    for owed in wanted:
        done = session.count(
            "INSERT INTO messages AS old (request_id, kind, recipient, number, channel, due_at, ready) "
            "SELECT request_id, %(kind)s, %(recipient)s, %(number)s, %(channel)s, clock_timestamp(), "
            "ts IS NOT NULL OR %(recipient)s <> '' "
            "FROM messages WHERE request_id = %(request_id)s AND kind = 'card' "
            # one that was given up before it was sent (an operator fixed it in time) is owed again
            "ON CONFLICT (request_id, kind, recipient, number) DO UPDATE SET due_at = excluded.due_at "
            "WHERE old.ts IS NULL AND old.due_at IS NULL",
            {**_which(request.id, owed), "channel": owed.to or request.channel},
        )
        new += [owed] * done
    if request.state in FINAL and _owe_end(session, request.id):
        new.append(RESULT)
    return new


def _which(request_id: RequestId, owed: Owed) -> dict[str, object]:
    """Return what _THIS takes."""
    return {"request_id": request_id, "kind": owed.kind.value, "recipient": owed.to or "", "number": owed.number}


def _owe_end(session: Session, request_id: RequestId) -> bool:
    """Owe the RESULT of a request that has ended and whose card is frozen; False: it was owed before, or isn't."""
    done = session.count(
        "INSERT INTO messages (request_id, kind, channel, due_at, ready) "
        "SELECT m.request_id, 'result', r.channel, clock_timestamp(), true "
        "FROM messages m JOIN requests r ON r.id = m.request_id "
        "WHERE m.request_id = %(id)s AND m.kind = 'card' AND m.frozen AND r.state = ANY(%(ended)s) "
        "ON CONFLICT DO NOTHING",
        {"id": request_id, "ended": _ENDED},
    )
    return done == 1


def frozen_cards(session: Session) -> int:
    """Return how many requests that haven't ended have a frozen card."""
    (found,) = session.rows(
        "SELECT count(*) AS cards FROM messages m JOIN requests r ON r.id = m.request_id "
        "WHERE m.kind = 'card' AND m.frozen AND r.state <> ALL(%(ended)s)",
        {"ended": _ENDED},
    )
    return int(found["cards"])


def unreached(session: Session) -> tuple[UserId, ...]:
    """Return who should have a direct message about a request that waits, and can't be sent one, sorted."""
    found = session.rows(
        "SELECT DISTINCT m.recipient FROM messages m JOIN requests r ON r.id = m.request_id "
        "WHERE r.state = 'WAITING' AND m.recipient <> '' AND m.frozen AND m.ts IS NULL ORDER BY m.recipient"
    )
    return tuple(UserId(row["recipient"]) for row in found)


def not_sent(session: Session) -> int:
    """Return how many requests have a message that a restore left unsent, since it may have been sent before."""
    (found,) = session.rows(
        "SELECT count(DISTINCT r.id) AS requests FROM requests r JOIN messages m ON m.request_id = r.id "
        "WHERE r.as_of IS NOT NULL AND m.ts IS NULL AND m.due_at IS NULL AND m.lease_until IS NULL "
        "AND m.kind <> ALL(%(ask)s) AND (m.kind <> 'operator' OR r.hold = ANY(%(held)s))",
        {"ask": _ASK, "held": _HELD},
    )
    return int(found["requests"])


def claim(session: Session, owner: str, lease: timedelta, limit: int) -> list[Work[Message]]:
    """Lease the messages that are owed, due and free to *owner*, the longest due first."""
    found = session.rows(_CLAIM, {"owner": owner, "lease": lease, "limit": limit})
    found.sort(key=lambda row: (row["due_at"], row["place"]))
    return [Work(columns.message(row), row["lease_token"]) for row in found]


def renew(session: Session, work: Work[Message], lease: timedelta) -> None:
    """Let the lease end *lease* from now.

    Raises:
        StaleRequest: it was given up, or taken by another.
    """
    done = session.count(
        "UPDATE messages m SET lease_until = clock_timestamp() + %(lease)s "  # noqa: S608
        f"WHERE {_THIS} AND lease_token = %(token)s AND lease_until IS NOT NULL",
        {**_which(work.item.request_id, work.item.owed), "lease": lease, "token": work.token},
    )
    if done != 1:
        raise StaleRequest(f"{work.item.key}: the lease was lost")


def save(
    session: Session, message: Message, token: int, due_in: timedelta | None, release: bool
) -> SnapshotRequest | None:
    """Save what became of *message*; *due_in* is also the earliest moment for whatever comes next.

    Return its request where, from now on, its end is owed as a RESULT, else None.

    Raises:
        NotFound: it was never owed. StaleRequest: the lease with *token* was lost.
    """
    which = _which(message.request_id, message.owed)
    row = session.row(
        "SELECT place, due_at, claimed_version, lease_token, clock_timestamp() + %(due_in)s::interval AS asked "  # noqa: S608
        f"FROM messages m WHERE {_THIS} FOR NO KEY UPDATE",
        {**which, "due_in": due_in},
    )
    if row is None:
        raise NotFound(f"{message.key} was never owed")
    if row["lease_token"] != token:
        raise StaleRequest(f"{message.key} was taken by another")
    (request,) = session.rows("SELECT version FROM requests WHERE id = %(id)s", {"id": message.request_id})
    due = due_again(
        message,
        asked=row["asked"],
        before=row["due_at"],
        version=request["version"],
        claimed_version=row["claimed_version"],
        release=release,
    )
    session.count(
        "UPDATE messages SET channel = %(channel)s, ref_channel = %(ref_channel)s, ts = %(ts)s, "
        "shown_version = %(shown_version)s, sending_at = %(sending_at)s, attempts = %(attempts)s, "
        "due_at = %(due_at)s, not_before = %(not_before)s, reposted = %(reposted)s, frozen = %(frozen)s, "
        "lease_owner = CASE WHEN %(release)s THEN NULL ELSE lease_owner END, "
        "lease_until = CASE WHEN %(release)s THEN NULL ELSE lease_until END "
        "WHERE place = %(place)s",
        {
            "place": row["place"],
            "channel": message.channel,
            "ref_channel": message.ref.channel if message.ref else None,
            "ts": message.ref.ts if message.ref else None,
            "shown_version": message.shown_version,
            "sending_at": message.sending_at,
            "attempts": message.attempts,
            "reposted": message.reposted,
            "frozen": message.frozen,
            "due_at": due,
            "not_before": row["asked"],
            "release": release,
        },
    )
    if message.kind is MessageKind.CARD:
        session.count(
            "UPDATE messages SET ready = %(there)s "
            "WHERE request_id = %(id)s AND kind <> 'card' AND recipient = '' AND ready <> %(there)s",
            {"there": message.ref is not None, "id": message.request_id},
        )
    if message.frozen and _owe_end(session, message.request_id):
        return request_statements.get(session, message.request_id)
    return None


def draw_again(session: Session, request_id: RequestId, owed: Owed) -> None:
    """Make due what stands in Slack and may show less than it should; who has it now loses it."""
    session.count(
        "UPDATE messages m SET due_at = greatest(clock_timestamp(), not_before), shown_version = 0, "  # noqa: S608
        "lease_owner = NULL, lease_until = NULL, lease_token = lease_token + 1 "
        f"WHERE {_THIS} AND ts IS NOT NULL AND NOT frozen",
        _which(request_id, owed),
    )
    session.wakes = True


def hasten(session: Session, beyond: timedelta) -> None:
    """Make due now what would wait for longer than *beyond*, also what isn't ready yet; drop such leases."""
    after = "> (SELECT clock_timestamp()) + %(beyond)s"
    for change, column in (
        ("due_at = clock_timestamp()", "ready AND due_at"),
        ("due_at = clock_timestamp()", "NOT ready AND due_at"),
        ("not_before = NULL", "not_before"),
        ("lease_owner = NULL, lease_until = NULL", "lease_until"),
    ):
        session.count(f"UPDATE messages SET {change} WHERE {column} {after}", {"beyond": beyond})  # noqa: S608


def get(session: Session, request_id: RequestId, owed: Owed) -> Message | None:
    """Return the message, or None where it was never owed."""
    row = session.row(f"SELECT * FROM messages m WHERE {_THIS}", _which(request_id, owed))  # noqa: S608
    return columns.message(row) if row else None


def about(session: Session, request_id: RequestId) -> list[Message]:
    """Return all messages about a request."""
    found = session.rows("SELECT * FROM messages WHERE request_id = %(id)s ORDER BY place", {"id": request_id})
    return [columns.message(row) for row in found]
