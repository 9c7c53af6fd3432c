"""Durations, sizes, counts and ages in the words that every surface shares. Plain text, never Slack markup.

Who writes for Slack gives its own *when*, which writes a moment, and escapes the names that it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.core.age import Age
from bot.core.ids import CloudName
from bot.core.snapshot import Cluster, Obstacle, ObstacleCode

When = Callable[[datetime], str]

_NO_NAME: Final = "default"  # of a cloud that has none in the settings
_ENDS: Final = (".", "!", "?", "…", ":")
_OBSTACLES: Final[Mapping[ObstacleCode, str]] = {
    ObstacleCode.READ_ONLY: "read-only",
    ObstacleCode.REDISTRIBUTING: "redistributing its data",
    ObstacleCode.REDISTRIBUTION_FAILED: "left over from a failed redistribution",
    ObstacleCode.DEGRADED: "degraded",
    ObstacleCode.BEING_CREATED: "still being created",
    ObstacleCode.CREATION_FAILED: "not created: its creation failed",
    ObstacleCode.UNAVAILABLE: "unavailable",
    ObstacleCode.BEING_DELETED: "being deleted",
    ObstacleCode.DELETION_FAILED: "left over from a failed deletion",
    ObstacleCode.FROZEN: "frozen",
    ObstacleCode.UNPAID: "waiting for an order to be paid",
    ObstacleCode.SNAPSHOT: "a snapshot is running",
    ObstacleCode.RESTORE: "a restore is running",
    ObstacleCode.SCALING_OUT: "it is being scaled out",
    ObstacleCode.RESTARTING: "it is restarting",
    ObstacleCode.NEW_SETTINGS: "its settings are being changed",
}


def duration(length: timedelta) -> str:
    """Return *length* in words: "9 s", "4 min 10 s", "3 h 5 min", "2 d 4 h"; never negative (clouds' clocks differ)."""
    seconds = max(0, round(length.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((i for i, (n, _) in enumerate(parts) if n), len(parts) - 1)
    return " ".join(f"{n} {unit}" for n, unit in parts[first : first + 2] if n) or "0 s"


def size(gigabytes: float) -> str:
    """Return *gigabytes* with one decimal: "42.7 GB"."""
    return f"{gigabytes:.1f} GB"


def counted(number: int, one: str, many: str = "") -> str:
    """Return *number* with the noun that it wants: "1 character", "3 characters"; *many* where it isn't *one* + s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "3rd", "4th", … "11th"."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def listing(words: Sequence[str], *, joiner: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joiner} {words[-1]}"


def utc(now: datetime) -> When:
    """Return a way to write moments where Slack draws none in the reader's own zone: "14:05 UTC", "3 May 14:05 UTC"."""

    def written(moment: datetime) -> str:
        at = moment.astimezone(UTC)
        day = "" if at.date() == now.astimezone(UTC).date() else f"{at.day} {at:%b} "
        return f"{day}{at:%H:%M} UTC"

    return written


def cloud_name(cloud: str) -> str:
    """Return what a cloud project is called: "the cloud" where the settings give it no name."""
    return "the cloud" if cloud == _NO_NAME else f"the cloud {cloud}"


def age(facts: Age, when: When, cloud: str = "the cloud") -> str:
    """Return how old *facts* are: "as of 14:05" where nobody looked since, else that the cloud hasn't answered."""
    if facts.seen_at is None:
        verb = "hasn't answered" if facts.is_silent else "hasn't been seen"
        return f"{cloud} {verb} since the bot started ({when(facts.started_at)})"
    if facts.is_silent:
        return f"{cloud} hasn't answered since {when(facts.seen_at)}"
    return f"as of {when(facts.seen_at)}"


def aged(words: str, facts: Age, when: When, cloud: str = "the cloud") -> str:
    """Return *words* about the cloud, which end without a full stop, with how old they are where they are."""
    if not facts.is_old:
        return words
    joiner = ";" if facts.seen_at is None or facts.is_silent else ","
    return f"{words}{joiner} {age(facts, when, cloud)}"


def old_lists(ages: Mapping[CloudName, Age], when: When, name: Callable[[str], str] = str) -> str:
    """Return which clouds' lists of clusters are old, as sentences; "" where all are as they are now.

    *name* writes a cloud's name.
    """
    said = []
    for cloud, facts in ages.items():
        if not facts.is_old:
            continue
        whose = "" if cloud == _NO_NAME else f" of {name(cloud)}"
        lists = f"the clusters{whose} are " if facts.seen_at is not None and not facts.is_silent else ""
        said.append(sentence(f"{lists}{age(facts, when, name(cloud_name(cloud)))}"))
    return " ".join(said)


def situation(cluster: Cluster) -> str:
    """Return how *cluster* is in words that follow "… is": "available", "read-only", "still being created"."""
    if cluster.block is None:
        return f"busy ({task(cluster)})" if cluster.task else "available"
    return blocked(cluster.block)


def task(cluster: Cluster) -> str:
    """Return what runs on *cluster* in words ("a snapshot is running"), or ""."""
    return running(cluster.task) if cluster.task else ""


def blocked(by: Obstacle) -> str:
    """Return what a cluster "is" that is blocked so: "read-only", "still being created"."""
    return _OBSTACLES.get(by.code, by.word.replace("_", " ").lower() or "in an unknown state")


def running(task: Obstacle) -> str:
    """Return *task* in words: "a snapshot is running"."""
    return _OBSTACLES.get(task.code, f"{task.word} is running")


def sentence(words: str) -> str:
    """Return *words* with a capital first letter and an end, "" where there are none."""
    return ended(f"{words[:1].upper()}{words[1:]}")


def ended(words: str) -> str:
    """Return *words*, which may be somebody else's, with a full stop where they have no end."""
    stripped = words.rstrip()
    return stripped if not stripped or stripped.endswith(_ENDS) else f"{stripped}."


def by_whom(actor: str) -> str:
    """Return who an entry or a grant is of, in words, where it isn't a Slack user: "root on the command line"."""
    kind, colon, login = actor.partition(":")
    if colon and kind == "cli":
        return f"{login or 'somebody'} on the command line"
    return actor
