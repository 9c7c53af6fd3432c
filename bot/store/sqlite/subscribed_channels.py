"""Channels that hear of snapshots, and what is owed to them: once of a channel and a thing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.core.errors import StaleRequest
from bot.core.holdings import Holdings
from bot.core.ids import ChannelId, CloudName
from bot.core.notices import Notice, notices_of, owed_entry
from bot.core.outside import changed, outside_news
from bot.core.record import Entry
from bot.core.request import IN_THE_CLOUD, SnapshotRequest
from bot.core.scope import Named, Scope, scopes_of
from bot.core.subscriptions import Subscription, news_of
from bot.core.work import Work
from bot.store import notice_columns
from bot.store.notice_columns import SUBSCRIPTION_COLUMNS
from bot.store.sqlite import looks, requests, restores, rows

_PUT: Final = (
    f"INSERT OR REPLACE INTO subscriptions ({', '.join(SUBSCRIPTION_COLUMNS)}) "  # noqa: S608 -- our own names
    f"VALUES ({', '.join(f':{c}' for c in SUBSCRIPTION_COLUMNS)})"
)


def every(connection: sqlite3.Connection) -> tuple[Subscription, ...]:
    """Return every subscription, the oldest first."""
    found = connection.execute("SELECT * FROM subscriptions ORDER BY set_at, channel, cloud, cluster").fetchall()
    return tuple(notice_columns.subscription(row) for row in found)


def covering(connection: sqlite3.Connection, cluster: Named) -> tuple[Subscription, ...]:
    """Return those of them that cover *cluster*."""
    found = connection.execute(
        "SELECT * FROM subscriptions WHERE cloud IN (?, '*') AND cluster IN (SELECT value FROM json_each(?))",
        (cluster.ref.cloud, json.dumps(scopes_of(cluster))),
    ).fetchall()
    return tuple(notice_columns.subscription(row) for row in found)


def put(connection: sqlite3.Connection, subscription: Subscription) -> None:
    """Keep *subscription* in the place of the one of its channel and scope."""
    connection.execute(_PUT, rows.values(notice_columns.of_subscription(subscription)))


def end(connection: sqlite3.Connection, channel: ChannelId, scope: Scope) -> bool:
    """Forget one; False where there is none."""
    done = connection.execute(
        "DELETE FROM subscriptions WHERE channel = ? AND cloud = ? AND cluster = ?",
        (channel, scope.cloud, scope.cluster),
    )
    return done.rowcount == 1


def pause(connection: sqlite3.Connection, subscription: Subscription) -> bool:
    """Let it hear nothing, as *subscription* says; False where it was paused, ended or set up again meanwhile."""
    row = rows.values(notice_columns.of_subscription(subscription))
    done = connection.execute(
        "UPDATE subscriptions SET paused = :paused WHERE channel = :channel AND cloud = :cloud AND cluster = :cluster "
        "AND set_at = :set_at AND paused = ''",
        row,
    )
    return done.rowcount == 1


def owe(connection: sqlite3.Connection, notices: Sequence[Notice], now: datetime) -> list[Notice]:
    """Owe *notices* at once; return those that weren't owed before."""
    new = []
    for notice in notices:
        done = connection.execute(
            "INSERT INTO notices (channel, about, kind, body, owed_at, due_at, sending_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                notice.channel,
                notice.about,
                notice.kind.value,
                notice_columns.body(notice),
                rows.text(now),
                rows.text(now),
                rows.maybe_text(notice.sending_at),
            ),
        )
        new += [notice] * done.rowcount
    return new


def owe_news_of(
    connection: sqlite3.Connection, before: SnapshotRequest | None, request: SnapshotRequest, now: datetime
) -> list[Entry]:
    """Owe what channels hear as *request* is saved in the place of *before*, but not the channel of its card.

    Return what is on record of that.
    """
    if (news := news_of(before, request)) is None:
        return []
    notices = notices_of(covering(connection, news.cluster), [news], but=request.channel)
    return tell(connection, [notice.begun(request.as_of) for notice in notices], now)


def before(connection: sqlite3.Connection, cloud: CloudName) -> Holdings | None:
    """Return what the last look at *cloud* saw, where somebody hears of what has changed since.

    None where nobody does, at the first look, and where that one was before a restore: it was told then.
    """
    if connection.execute("SELECT 1 FROM subscriptions WHERE paused = '' LIMIT 1").fetchone() is None:
        return None
    seen, restored = looks.get(connection, cloud, None), restores.last(connection)
    return seen if seen and not (restored and restored.at >= seen.at) else None


def owe_outside_news(
    connection: sqlite3.Connection, cloud: CloudName, before: Holdings, seen: Holdings, now: datetime
) -> list[Entry]:
    """Owe what channels hear of what nobody here did between two looks; return what is on record of that."""
    found = [*changed(before, seen)]
    if not found:
        return []
    asked = requests.of_snapshots(connection, cloud, found)
    running = requests.find(connection, IN_THE_CLOUD, None, -1)
    news = outside_news(cloud, before, seen, asked=asked, running=running)
    look = f"{cloud}:{seen.at.isoformat()}"
    return tell(connection, notices_of(every(connection), news, look=look), now)


def tell(connection: sqlite3.Connection, notices: Sequence[Notice], now: datetime) -> list[Entry]:
    """Owe news; return what is on record of those that weren't owed before."""
    return [owed_entry(notice, now) for notice in owe(connection, notices, now)]


def claim(connection: sqlite3.Connection, owner: str, now: datetime, until: datetime, limit: int) -> list[Work[Notice]]:
    """Lease what is owed, due and free to *owner*, the longest due first."""
    at = rows.text(now)
    found = connection.execute(
        "SELECT rowid FROM notices WHERE due_at <= ? AND (lease_until IS NULL OR lease_until <= ?) "
        "ORDER BY due_at, rowid LIMIT ?",
        (at, at, limit),
    ).fetchall()
    return notice_columns.notices(
        connection.execute(
            "UPDATE notices SET lease_owner = ?, lease_until = ?, lease_token = lease_token + 1 WHERE rowid = ? "
            "RETURNING *",
            (owner, rows.text(until), row["rowid"]),
        ).fetchone()
        for row in found
    )


def save(connection: sqlite3.Connection, notice: Notice, token: int, due_at: datetime | None, release: bool) -> None:
    """Save what became of *notice*; it is due again at *due_at* (None: never), or as before where it isn't released.

    Raises:
        StaleRequest: the lease with *token* was lost.
    """
    done = connection.execute(
        "UPDATE notices SET ref_channel = :ref_channel, ts = :ts, sending_at = :sending_at, attempts = :attempts, "
        "due_at = CASE WHEN :release THEN :due_at ELSE due_at END, "
        "lease_owner = CASE WHEN :release THEN NULL ELSE lease_owner END, "
        "lease_until = CASE WHEN :release THEN NULL ELSE lease_until END "
        "WHERE channel = :channel AND about = :about AND lease_token = :token AND lease_until IS NOT NULL",
        {
            "channel": notice.channel,
            "about": notice.about,
            "ref_channel": notice.ref.channel if notice.ref else None,
            "ts": notice.ref.ts if notice.ref else None,
            "sending_at": rows.maybe_text(notice.sending_at),
            "attempts": notice.attempts,
            "due_at": rows.maybe_text(due_at),
            "release": release,
            "token": token,
        },
    )
    if done.rowcount != 1:
        raise StaleRequest(f"{notice.key} was taken by another")


def drop(connection: sqlite3.Connection, before: datetime) -> int:
    """Forget what was owed before *before* and isn't any more; return how many there were."""
    done = connection.execute("DELETE FROM notices WHERE due_at IS NULL AND owed_at < ?", (rows.text(before),))
    return done.rowcount


def hasten(connection: sqlite3.Connection, beyond: datetime, to: datetime) -> None:
    """Make due at *to* what would wait until after *beyond*; drop such leases."""
    times = {"beyond": rows.text(beyond), "to": rows.text(to)}
    connection.execute("UPDATE notices SET due_at = :to WHERE due_at > :beyond", times)
    connection.execute("UPDATE notices SET lease_owner = NULL, lease_until = NULL WHERE lease_until > :beyond", times)
