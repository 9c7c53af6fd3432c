"""Looks at the clouds: one row per project, with who looks just now and what the last look saw."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.core.errors import StaleRequest
from bot.core.holdings import Holdings, Look
from bot.core.ids import CloudName
from bot.store import columns
from bot.store.look_bodies import read
from bot.store.sqlite import rows


def begin(connection: sqlite3.Connection, cloud: CloudName, owner: str, now: datetime, until: datetime) -> Look | None:
    """Lease *cloud* to *owner*, unless it is leased to another."""
    leased = connection.execute(
        "INSERT INTO looks (cloud, lease_owner, lease_token, lease_until) VALUES (:cloud, :owner, 1, :until) "
        "ON CONFLICT (cloud) DO UPDATE SET lease_owner = excluded.lease_owner, lease_token = lease_token + 1, "
        "lease_until = excluded.lease_until "
        "WHERE lease_until IS NULL OR lease_until <= :now OR lease_owner = :owner RETURNING lease_token",
        {"cloud": cloud, "owner": owner, "now": rows.text(now), "until": rows.text(until)},
    ).fetchall()
    return Look(now, leased[0]["lease_token"]) if leased else None


def renew(connection: sqlite3.Connection, cloud: CloudName, look: Look, until: datetime) -> None:
    """Let the lease end *until* then.

    Raises:
        StaleRequest: it was given up, or taken by another.
    """
    done = connection.execute(
        "UPDATE looks SET lease_until = ? WHERE cloud = ? AND lease_token = ? AND lease_until IS NOT NULL",
        (rows.text(until), cloud, look.token),
    )
    if done.rowcount != 1:
        raise StaleRequest(f"{cloud}: the lease on a look was lost")


def end(connection: sqlite3.Connection, cloud: CloudName, look: Look, body: str | None, now: datetime) -> bool:
    """Give up the lease, where *look* still has it, and keep *body* (None: nothing), unless a later look's is kept.

    Say whether it is kept.
    """
    connection.execute(
        "UPDATE looks SET lease_owner = NULL, lease_until = NULL WHERE cloud = ? AND lease_token = ?",
        (cloud, look.token),
    )
    if body is None:
        return False
    done = connection.execute(
        "INSERT INTO looks (cloud, began_at, body) VALUES (:cloud, :at, :body) ON CONFLICT (cloud) DO UPDATE "
        "SET began_at = excluded.began_at, body = excluded.body "
        "WHERE began_at IS NULL OR began_at <= :at OR began_at > :now",  # by a clock that was put back since
        {"cloud": cloud, "at": rows.text(look.at), "body": body, "now": rows.text(now)},
    )
    return done.rowcount == 1


def get(connection: sqlite3.Connection, cloud: CloudName, after: datetime | None) -> Holdings | None:
    """Return what was seen last, unless that look began no later than *after*."""
    row = connection.execute(
        "SELECT began_at, body FROM looks WHERE cloud = ? AND began_at > ?", (cloud, rows.maybe_text(after) or "")
    ).fetchone()
    return read(columns.time(row["began_at"]), row["body"]) if row else None


def hasten(connection: sqlite3.Connection, beyond: datetime) -> None:
    """Drop leases that last until after *beyond*."""
    connection.execute(
        "UPDATE looks SET lease_owner = NULL, lease_until = NULL WHERE lease_until > ?", (rows.text(beyond),)
    )
