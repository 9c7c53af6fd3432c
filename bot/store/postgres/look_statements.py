"""What the clouds were seen to hold and called their clusters, and for how long the other sides want quiet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.errors import StaleRequest
from bot.core.holdings import Holdings, Look
from bot.core.ids import CloudName, ClusterId
from bot.store import columns
from bot.store.look_bodies import read
from bot.store.postgres.session import Session


def begin(session: Session, cloud: CloudName, owner: str, lease: timedelta) -> Look | None:
    """Lease *cloud* to *owner*, unless it is leased to another."""
    leased = session.row(
        "INSERT INTO looks AS l (cloud, lease_owner, lease_token, lease_until) "
        "VALUES (%(cloud)s, %(owner)s, 1, clock_timestamp() + %(lease)s) "
        "ON CONFLICT (cloud) DO UPDATE SET lease_owner = excluded.lease_owner, lease_token = l.lease_token + 1, "
        "lease_until = excluded.lease_until "
        "WHERE l.lease_until IS NULL OR l.lease_until <= clock_timestamp() OR l.lease_owner = %(owner)s "
        "RETURNING lease_token, lease_until - %(lease)s AS began",
        {"cloud": cloud, "owner": owner, "lease": lease},
    )
    return Look(columns.time(leased["began"]), leased["lease_token"]) if leased else None


def renew(session: Session, cloud: CloudName, look: Look, lease: timedelta) -> None:
    """Let the lease end *lease* from now.

    Raises:
        StaleRequest: it was given up, or taken by another.
    """
    done = session.count(
        "UPDATE looks SET lease_until = clock_timestamp() + %(lease)s "
        "WHERE cloud = %(cloud)s AND lease_token = %(token)s AND lease_until IS NOT NULL",
        {"lease": lease, "cloud": cloud, "token": look.token},
    )
    if done != 1:
        raise StaleRequest(f"{cloud}: the lease on a look was lost")


def end(session: Session, cloud: CloudName, look: Look, body: str | None) -> bool:
    """Give up the lease, where *look* still has it, and keep *body* (None: nothing), unless a later look's is kept.

    Say whether it is kept.
    """
    session.count(
        "UPDATE looks SET lease_owner = NULL, lease_until = NULL WHERE cloud = %(cloud)s AND lease_token = %(token)s",
        {"cloud": cloud, "token": look.token},
    )
    if body is None:
        return False
    done = session.count(
        "INSERT INTO looks AS l (cloud, began_at, body) VALUES (%(cloud)s, %(at)s, %(body)s) "
        "ON CONFLICT (cloud) DO UPDATE SET began_at = excluded.began_at, body = excluded.body "
        # the last: by a clock that was put back since
        "WHERE l.began_at IS NULL OR l.began_at <= %(at)s OR l.began_at > clock_timestamp()",
        {"cloud": cloud, "at": look.at, "body": body},
    )
    return done == 1


def get(session: Session, cloud: CloudName, after: datetime | None) -> Holdings | None:
    """Return what was seen last, unless that look began no later than *after*."""
    row = session.row(
        "SELECT began_at, body FROM looks WHERE cloud = %(cloud)s AND began_at IS NOT NULL "
        "AND (%(after)s::timestamptz IS NULL OR began_at > %(after)s)",
        {"cloud": cloud, "after": after},
    )
    return read(columns.time(row["began_at"]), row["body"]) if row else None


def names(session: Session, cloud: CloudName) -> dict[ClusterId, str]:
    """Return what the clusters of *cloud* were called, also those that are gone."""
    found = session.rows("SELECT cluster, name FROM cluster_names WHERE cloud = %(cloud)s", {"cloud": cloud})
    return {ClusterId(row["cluster"]): row["name"] for row in found}


def put_names(session: Session, cloud: CloudName, called: Mapping[ClusterId, str]) -> list[ClusterId]:
    """Keep what clusters are *called*; return those that were called something else before."""
    session.rows("SELECT pg_advisory_xact_lock(hashtext('snapshot-bot'), hashtext('names'))")
    before = names(session, cloud)
    session.each(
        "INSERT INTO cluster_names (cloud, cluster, name) VALUES (%(cloud)s, %(cluster)s, %(name)s) "
        "ON CONFLICT (cloud, cluster) DO UPDATE SET name = excluded.name",
        [
            {"cloud": cloud, "cluster": cluster, "name": name}
            for cluster, name in called.items()
            if before.get(cluster) != name
        ],
    )
    return [cluster for cluster, name in called.items() if before.get(cluster, name) != name]


def throttle(session: Session, key: str, seconds: float) -> None:
    """Let nobody do what *key* names for *seconds*, or until the later time that was given before."""
    session.count(
        "INSERT INTO throttles AS t (key, until) VALUES (%(key)s, clock_timestamp() + %(quiet)s) "
        "ON CONFLICT (key) DO UPDATE SET until = greatest(t.until, excluded.until)",
        {"key": key, "quiet": timedelta(seconds=seconds)},
    )


def throttled_for(session: Session, key: str) -> float:
    """Return for how many seconds nobody may do what *key* names; 0 where anybody may."""
    row = session.row(
        "SELECT extract(epoch FROM until - clock_timestamp())::float8 AS left FROM throttles WHERE key = %(key)s",
        {"key": key},
    )
    return max(0.0, row["left"]) if row else 0.0


def hasten(session: Session, beyond: timedelta) -> None:
    """Drop leases on looks that last for longer than *beyond*, and forget such throttles."""
    session.count(
        "UPDATE looks SET lease_owner = NULL, lease_until = NULL WHERE lease_until > clock_timestamp() + %(beyond)s",
        {"beyond": beyond},
    )
    session.count("DELETE FROM throttles WHERE until > clock_timestamp() + %(beyond)s", {"beyond": beyond})
