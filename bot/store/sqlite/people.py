"""What Slack said of people, with when; what is older than anybody may use goes."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import TeamId, UserId
from bot.core.person import Known, Person, Standing
from bot.store.sqlite import rows

_KEPT: Final = timedelta(days=2)


def save(connection: sqlite3.Connection, person: Person, asked_at: datetime, now: datetime) -> None:
    """Keep *person*, unless they changed since *asked_at*, by a clock that wasn't put back; forget who is too old."""
    connection.execute("DELETE FROM people WHERE at < ?", (rows.text(now - _KEPT),))
    connection.execute(
        "INSERT INTO people (user, at, team, standing, name, zone, locale, also_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (user) DO UPDATE SET at = excluded.at, team = excluded.team, standing = excluded.standing, "
        "name = excluded.name, zone = excluded.zone, locale = excluded.locale, "
        "also_of = excluded.also_of WHERE at < excluded.at OR at > ?",
        (
            person.user,
            rows.text(asked_at),
            person.team,
            person.standing.value,
            person.name,
            person.zone,
            person.locale,
            json.dumps(sorted(person.also_of)),
            rows.text(now),
        ),
    )


def get(connection: sqlite3.Connection, user: UserId) -> Known | None:
    """Return what is kept of *user*; None where that is nothing, or is marked as old."""
    row = connection.execute("SELECT * FROM people WHERE user = ? AND standing IS NOT NULL", (user,)).fetchone()
    if row is None:
        return None
    standing = Standing(row["standing"])
    grid = frozenset(map(TeamId, json.loads(row["also_of"])))
    person = Person(user, row["team"], standing, row["name"], zone=row["zone"], locale=row["locale"], also_of=grid)
    return Known(person, rows.time(row["at"]))


def changed(connection: sqlite3.Connection, user: UserId, at: datetime) -> None:
    """Mark what is kept of *user* as old from *at* on."""
    connection.execute(
        "INSERT INTO people (user, at) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET at = max(at, excluded.at), "
        "team = NULL, standing = NULL, name = NULL, zone = NULL, locale = NULL, also_of = NULL",
        (user, rows.text(at)),
    )
