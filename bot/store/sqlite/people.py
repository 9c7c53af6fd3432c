"""What Slack said of people, with when; what is older than anybody may use goes."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import UserId
from bot.core.person import Known, Person
from bot.store import columns
from bot.store.sqlite import rows

_KEPT: Final = timedelta(days=2)


def save(connection: sqlite3.Connection, person: Person, asked_at: datetime, now: datetime) -> None:
    """Keep *person*, unless they changed since *asked_at*, by a clock that wasn't put back; forget who is too old."""
    connection.execute("DELETE FROM people WHERE at < ?", (rows.text(now - _KEPT),))
    connection.execute(
        "INSERT INTO people (user, at, team, standing, name, zone, locale, also_of) "
        "VALUES (:user, :at, :team, :standing, :name, :zone, :locale, :also_of) "
        "ON CONFLICT (user) DO UPDATE SET at = excluded.at, team = excluded.team, standing = excluded.standing, "
        "name = excluded.name, zone = excluded.zone, locale = excluded.locale, "
        "also_of = excluded.also_of WHERE at < excluded.at OR at > :now",
        {**rows.values(columns.of_person(person)), "at": rows.text(asked_at), "now": rows.text(now)},
    )


def get(connection: sqlite3.Connection, user: UserId) -> Known | None:
    """Return what is kept of *user*; None where that is nothing, or is marked as old."""
    row = connection.execute("SELECT * FROM people WHERE user = ? AND standing IS NOT NULL", (user,)).fetchone()
    return columns.known(row) if row else None


def changed(connection: sqlite3.Connection, user: UserId, at: datetime) -> None:
    """Mark what is kept of *user* as old from *at* on."""
    connection.execute(
        "INSERT INTO people (user, at) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET at = max(at, excluded.at), "
        "team = NULL, standing = NULL, name = NULL, zone = NULL, locale = NULL, also_of = NULL",
        (user, rows.text(at)),
    )
