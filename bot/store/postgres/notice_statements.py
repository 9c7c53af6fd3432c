"""Channels that hear of snapshots, and what is owed to them: once of a channel and a thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.core.errors import StaleRequest
from bot.core.holdings import Holdings
from bot.core.ids import ChannelId, CloudName
from bot.core.notices import Notice, notices_of, owed_entry
from bot.core.outside import changed, outside_news
from bot.core.record import Entry
from bot.core.request import IN_THE_CLOUD, SnapshotRequest
from bot.core.scope import EVERY, Named, Scope, scopes_of
from bot.core.subscriptions import Subscription, news_of
from bot.core.work import Work
from bot.store import notice_columns
from bot.store.notice_columns import SUBSCRIPTION_COLUMNS
from bot.store.postgres import look_statements, request_statements, run_statements
from bot.store.postgres.session import Session

_PUT: Final = (
    f"INSERT INTO subscriptions ({', '.join(SUBSCRIPTION_COLUMNS)}) "  # noqa: S608 -- our own names
    f"VALUES ({', '.join(f'%({c})s' for c in SUBSCRIPTION_COLUMNS)}) ON CONFLICT (channel, cloud, cluster) "
    f"DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in SUBSCRIPTION_COLUMNS[3:])}"
)
_MANY: Final = 1_000_000  # all that are in the cloud at once
_CLAIM: Final = """
    WITH due AS MATERIALIZED (
        SELECT number FROM notices WHERE due_at <= (SELECT clock_timestamp())
        AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))
        ORDER BY due_at, number LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE notices n SET lease_owner = %(owner)s, lease_token = n.lease_token + 1,
        lease_until = clock_timestamp() + %(lease)s
    FROM due WHERE n.number = due.number RETURNING n.*
"""


def every(session: Session) -> tuple[Subscription, ...]:
    """Return every subscription, the oldest first."""
    found = session.rows("SELECT * FROM subscriptions ORDER BY set_at, channel, cloud, cluster")
    return tuple(notice_columns.subscription(row) for row in found)


def covering(session: Session, cluster: Named) -> tuple[Subscription, ...]:
    """Return those of them that cover *cluster*."""
    found = session.rows(
        "SELECT * FROM subscriptions WHERE cloud = ANY(%(clouds)s) AND cluster = ANY(%(clusters)s)",
        {"clouds": [cluster.ref.cloud, EVERY], "clusters": [*scopes_of(cluster)]},
    )
    return tuple(notice_columns.subscription(row) for row in found)


def put(session: Session, subscription: Subscription) -> None:
    """Keep *subscription* in the place of the one of its channel and scope."""
    session.count(_PUT, notice_columns.of_subscription(subscription))


def end(session: Session, channel: ChannelId, scope: Scope) -> bool:
    """Forget one; False where there is none."""
    done = session.count(
        "DELETE FROM subscriptions WHERE channel = %(channel)s AND cloud = %(cloud)s AND cluster = %(cluster)s",
        {"channel": channel, "cloud": scope.cloud, "cluster": scope.cluster},
    )
    return done == 1


def pause(session: Session, subscription: Subscription) -> bool:
    """Let it hear nothing, as *subscription* says; False where it was paused, ended or set up again meanwhile."""
    done = session.count(
        "UPDATE subscriptions SET paused = %(paused)s WHERE channel = %(channel)s AND cloud = %(cloud)s "
        "AND cluster = %(cluster)s AND set_at = %(set_at)s AND paused = ''",
        notice_columns.of_subscription(subscription),
    )
    return done == 1


def owe(session: Session, notices: Sequence[Notice]) -> list[Notice]:
    """Owe *notices* at once; return those that weren't owed before."""
    new = []
    for notice in notices:
        done = session.count(
            "INSERT INTO notices (channel, about, kind, body, owed_at, due_at, sending_at) VALUES (%(channel)s, "
            "%(about)s, %(kind)s, %(body)s, clock_timestamp(), clock_timestamp(), %(sending_at)s) "
            "ON CONFLICT DO NOTHING",
            {
                "channel": notice.channel,
                "about": notice.about,
                "kind": notice.kind.value,
                "body": notice_columns.body(notice),
                "sending_at": notice.sending_at,
            },
        )
        new += [notice] * done
    return new


def owe_news_of(session: Session, before: SnapshotRequest | None, request: SnapshotRequest) -> list[Entry]:
    """Owe what channels hear as *request* is saved in the place of *before*, but not the channel of its card.

    Return what is on record of that.
    """
    if (news := news_of(before, request)) is None:
        return []
    notices = notices_of(covering(session, news.cluster), [news], but=request.channel)
    return tell(session, [notice.begun(request.as_of) for notice in notices])


def before(session: Session, cloud: CloudName) -> Holdings | None:
    """Return what the last look at *cloud* saw, where somebody hears of what has changed since. None ends meanwhile.

    None where nobody does, at the first look, and where that one was before a restore: it was told then.
    """
    if session.row("SELECT 1 AS one FROM subscriptions WHERE paused = '' LIMIT 1") is None:
        return None
    session.rows("SELECT 1 FROM looks WHERE cloud = %(cloud)s FOR NO KEY UPDATE", {"cloud": cloud})
    seen, restored = look_statements.get(session, cloud, None), run_statements.last_restore(session)
    return seen if seen and not (restored and restored.at >= seen.at) else None


def owe_outside_news(session: Session, cloud: CloudName, before: Holdings, seen: Holdings) -> list[Entry]:
    """Owe what channels hear of what nobody here did between two looks; return what is on record of that."""
    found = [*changed(before, seen)]
    if not found:
        return []
    asked = request_statements.of_snapshots(session, cloud, found)
    running = request_statements.find(session, IN_THE_CLOUD, None, _MANY)
    news = outside_news(cloud, before, seen, asked=asked, running=running)
    return tell(session, notices_of(every(session), news, look=f"{cloud}:{seen.at.isoformat()}"))


def tell(session: Session, notices: Sequence[Notice]) -> list[Entry]:
    """Owe news; return what is on record of those that weren't owed before."""
    new = owe(session, notices)
    now = session.now() if new else None
    return [owed_entry(notice, now) for notice in new if now]


def claim(session: Session, owner: str, lease: timedelta, limit: int) -> list[Work[Notice]]:
    """Lease what is owed, due and free to *owner*, the longest due first."""
    found = session.rows(_CLAIM, {"owner": owner, "lease": lease, "limit": limit})
    found.sort(key=lambda row: (row["due_at"], row["number"]))
    return notice_columns.notices(found)


def save(session: Session, notice: Notice, token: int, due_in: timedelta | None, release: bool) -> None:
    """Save what became of *notice*; it is due after *due_in* (None: never), or as before where it isn't released.

    Raises:
        StaleRequest: the lease with *token* was lost.
    """
    done = session.count(
        "UPDATE notices SET ref_channel = %(ref_channel)s, ts = %(ts)s, sending_at = %(sending_at)s, "
        "attempts = %(attempts)s, "
        "due_at = CASE WHEN %(release)s THEN clock_timestamp() + %(due_in)s::interval ELSE due_at END, "
        "lease_owner = CASE WHEN %(release)s THEN NULL ELSE lease_owner END, "
        "lease_until = CASE WHEN %(release)s THEN NULL ELSE lease_until END "
        "WHERE channel = %(channel)s AND about = %(about)s AND lease_token = %(token)s AND lease_until IS NOT NULL",
        {
            "channel": notice.channel,
            "about": notice.about,
            "ref_channel": notice.ref.channel if notice.ref else None,
            "ts": notice.ref.ts if notice.ref else None,
            "sending_at": notice.sending_at,
            "attempts": notice.attempts,
            "due_in": due_in,
            "release": release,
            "token": token,
        },
    )
    if done != 1:
        raise StaleRequest(f"{notice.key} was taken by another")


def drop(session: Session, before: datetime) -> int:
    """Forget what was owed before *before* and isn't any more; return how many there were."""
    return session.count("DELETE FROM notices WHERE due_at IS NULL AND owed_at < %(before)s", {"before": before})


def hasten(session: Session, beyond: timedelta) -> None:
    """Make due now what would wait for longer than *beyond*; drop such leases."""
    after = "> (SELECT clock_timestamp()) + %(beyond)s"
    session.count(f"UPDATE notices SET due_at = clock_timestamp() WHERE due_at {after}", {"beyond": beyond})  # noqa: S608
    session.count(
        f"UPDATE notices SET lease_owner = NULL, lease_until = NULL WHERE lease_until {after}",  # noqa: S608
        {"beyond": beyond},
    )
