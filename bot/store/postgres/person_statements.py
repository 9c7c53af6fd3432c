"""What Slack said of people, with when, and which of its events came before; what is too old to be used goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import UserId
from bot.core.person import Known, Person
from bot.store import columns
from bot.store.postgres.session import Session

_KEPT: Final = timedelta(days=2)
_REMEMBERED: Final = timedelta(hours=2)  # Slack repeats an event for about an hour


def save(session: Session, person: Person, asked_at: datetime) -> None:
    """Keep *person*, unless they changed since *asked_at*, by a clock that wasn't put back; forget who is too old."""
    session.count("DELETE FROM people WHERE at < (SELECT clock_timestamp()) - %(kept)s", {"kept": _KEPT})
    session.count(
        'INSERT INTO people AS p ("user", at, team, standing, name, zone, locale, also_of) '
        "VALUES (%(user)s, %(at)s, %(team)s, %(standing)s, %(name)s, %(zone)s, %(locale)s, %(also_of)s) "
        'ON CONFLICT ("user") DO UPDATE SET at = excluded.at, team = excluded.team, standing = excluded.standing, '
        "name = excluded.name, zone = excluded.zone, locale = excluded.locale, also_of = excluded.also_of "
        "WHERE p.at < excluded.at OR p.at > clock_timestamp()",
        {**columns.of_person(person), "at": asked_at},
    )


def get(session: Session, user: UserId) -> Known | None:
    """Return what is kept of *user*; None where that is nothing, or is marked as old."""
    row = session.row('SELECT * FROM people WHERE "user" = %(user)s AND standing IS NOT NULL', {"user": user})
    return columns.known(row) if row else None


def changed(session: Session, user: UserId) -> None:
    """Mark what is kept of *user* as old from now on."""
    session.count(
        'INSERT INTO people AS p ("user", at) VALUES (%(user)s, clock_timestamp()) '
        'ON CONFLICT ("user") DO UPDATE SET at = greatest(p.at, excluded.at), '
        "team = NULL, standing = NULL, name = NULL, zone = NULL, locale = NULL, also_of = NULL",
        {"user": user},
    )


def first_time(session: Session, key: str) -> bool:
    """Remember *key* for two hours; return False where it was known."""
    session.count("DELETE FROM seen WHERE at < (SELECT clock_timestamp()) - %(kept)s", {"kept": _REMEMBERED})
    done = session.count(
        "INSERT INTO seen (key, at) VALUES (%(key)s, clock_timestamp()) ON CONFLICT DO NOTHING", {"key": key}
    )
    return done == 1
