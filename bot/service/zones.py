"""The zone in which a rule's hours and days are meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.core.approval import ApprovalRule


def zone_of(rule: ApprovalRule, default: tzinfo) -> tzinfo:
    """Return the zone that *rule* names, else the bot's own."""
    return ZoneInfo(rule.zone) if rule.zone else default


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return when *day* is over in *zone*, whatever its length, in UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def day_of(at: datetime, zone: tzinfo) -> datetime:
    """Return when the day began, in UTC, in which *at* is in *zone*."""
    return datetime.combine(at.astimezone(zone).date(), time.min, zone).astimezone(UTC)
