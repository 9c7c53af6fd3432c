"""The zone in which a rule's hours and days are meant, or what a person says of days and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.approval import ApprovalRule
from bot.core.ids import Principal
from bot.core.person import Person
from bot.core.request import Cap


def zone_of(rule: ApprovalRule, default: tzinfo) -> tzinfo:
    """Return the zone that *rule* names, else the bot's own."""
    return ZoneInfo(rule.zone) if rule.zone else default


@dataclass(frozen=True, slots=True)
class OwnZone:
    """The zone in which a person means wall times; *is_theirs* False: Slack says none that is known here."""

    zone: tzinfo
    is_theirs: bool


def zone_called(name: str) -> ZoneInfo | None:
    """Return the zone that is called *name*, None where none is here."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def own_zone(person: Person, default: tzinfo) -> OwnZone:
    """Return the zone that Slack says of *person*, else *default*, the bot's own."""
    found = zone_called(person.zone)
    return OwnZone(found or default, is_theirs=found is not None)


def day_of(at: datetime, zone: tzinfo) -> datetime:
    """Return when the day began, in UTC, in which *at* is in *zone*."""
    return datetime.combine(at.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def caps(rule: ApprovalRule, owner: Principal, now: datetime, default: tzinfo) -> tuple[Cap, ...]:
    """Return how many requests *rule* lets go without an approval in the day of *now*, of *owner* and in all."""
    if rule.waiver is None:
        return ()
    since = day_of(now, zone_of(rule, default))
    limits = ((rule.waiver.per_person, owner), (rule.waiver.per_cluster, None))
    return tuple(Cap(most, since, of) for most, of in limits if most is not None)
