"""How old what is known is. What is older than its time is shown with its age, and asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.ids import CloudName
from bot.core.phrase import Phrase


@dataclass(frozen=True, slots=True)
class Age:
    """How old the facts of one cloud project are at the moment when they are shown.

    *seen_at* is when the last look that succeeded began, None where none did since *started_at*, the bot's start.
    """

    started_at: datetime
    seen_at: datetime | None = None
    is_old: bool = True  # seen longer ago than the poll time, or never
    is_silent: bool = False  # old because looks have failed since


def is_recent(at: datetime | None, now: datetime, span: timedelta) -> bool:
    """Say whether *at* is at most *span* before *now*; None never is.

    Nor is a time after *now*: the clock was put back since, and nobody knows how long ago that was.
    """
    return at is not None and timedelta(0) <= now - at <= span


def how_old(facts: Age, cloud: CloudName) -> Phrase:
    """Return how old *facts* of *cloud* are: "as of 14:05" where nobody looked since, else that it hasn't answered."""
    if facts.seen_at is None:
        code = "age-silent-since-start" if facts.is_silent else "age-unseen-since-start"
        return Phrase(code, {"cloud": the_cloud(cloud), "when": facts.started_at})
    if facts.is_silent:
        return Phrase("age-silent", {"cloud": the_cloud(cloud), "when": facts.seen_at})
    return Phrase("age-as-of", {"when": facts.seen_at})


def aged(words: Phrase, facts: Age, cloud: CloudName) -> Phrase:
    """Return *words* about *cloud*, which end without a full stop, with how old they are where they are."""
    return Phrase(aged_by(facts), {"words": words, "age": how_old(facts, cloud)}) if facts.is_old else words


def aged_by(facts: Age) -> str:
    """Return the code that joins words about a cloud and how old *facts* are."""
    return "aged-since" if facts.seen_at is None or facts.is_silent else "aged-as-of"


def which_are_old(ages: Mapping[CloudName, Age]) -> tuple[Phrase, ...]:
    """Return which clouds' lists of clusters are old, as sentences; none where all are as they are now."""
    said = []
    for cloud, facts in ages.items():
        if not facts.is_old:
            continue
        age = how_old(facts, cloud)
        if facts.seen_at is not None and not facts.is_silent:
            age = Phrase("clusters-as-of", {"cloud": cloud, "age": age})
        said.append(Phrase("said", {"words": age}))
    return tuple(said)


def the_cloud(cloud: CloudName) -> Phrase:
    """Return what a cloud project is called: "the cloud" where the settings give it no name."""
    return Phrase("the-cloud", {"name": cloud})
