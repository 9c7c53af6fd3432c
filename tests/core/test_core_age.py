"""How old what is known of a cloud is, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.age import Age, aged, how_old, is_recent, which_are_old
from bot.core.ids import CloudName
from bot.core.phrase import Phrase

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
START, SEEN = NOW - timedelta(days=1), NOW - timedelta(hours=3)
PROD = CloudName("prod")
THE_CLOUD = Phrase("the-cloud", {"name": PROD})

NEVER_SEEN = Age(START)
NEVER_ANSWERED = Age(START, is_silent=True)
SEEN_THEN = Age(START, SEEN)
SILENT_SINCE = Age(START, SEEN, is_silent=True)
AS_IT_IS = Age(START, SEEN, is_old=False)

SAID = [
    # how old, what is said of it alone, how it is joined to words, what is said of a list of clusters
    (NEVER_SEEN, Phrase("age-unseen-since-start", {"cloud": THE_CLOUD, "when": START}), "aged-since", None),
    (NEVER_ANSWERED, Phrase("age-silent-since-start", {"cloud": THE_CLOUD, "when": START}), "aged-since", None),
    (SILENT_SINCE, Phrase("age-silent", {"cloud": THE_CLOUD, "when": SEEN}), "aged-since", None),
    (SEEN_THEN, Phrase("age-as-of", {"when": SEEN}), "aged-as-of", "clusters-as-of"),
]


@pytest.mark.parametrize(("facts", "age", "joined", "listed"), SAID, ids=["unseen", "never", "silent", "as of"])
def test_what_is_old_is_said_with_since_when(facts: Age, age: Phrase, joined: str, listed: str | None):
    """When the cloud was seen last, or since when it hasn't answered: alone, after words, and of a list."""
    assert how_old(facts, PROD) == age
    assert aged(Phrase("words"), facts, PROD) == Phrase(joined, {"words": Phrase("words"), "age": age})
    of_the_list = Phrase(listed, {"cloud": PROD, "age": age}) if listed else age
    assert which_are_old({PROD: facts}) == (Phrase("said", {"words": of_the_list}),)


def test_what_is_as_it_is_now_is_said_without_an_age():
    """Neither words nor a list get one, and of several clouds only the old ones are named."""
    assert aged(Phrase("words"), AS_IT_IS, PROD) == Phrase("words")
    assert which_are_old({PROD: AS_IT_IS}) == ()
    assert len(which_are_old({PROD: AS_IT_IS, CloudName("dev"): SEEN_THEN, CloudName("test"): NEVER_SEEN})) == 2


@pytest.mark.parametrize(
    ("ago", "recent"),
    [(timedelta(0), True), (timedelta(hours=1), True), (timedelta(hours=1, microseconds=1), False), (None, False)],
)
def test_what_is_recent_is_at_most_so_long_ago(ago: timedelta | None, recent: bool):
    """The span itself is still recent, and so is this very moment; what never was isn't."""
    assert is_recent(ago if ago is None else NOW - ago, NOW, timedelta(hours=1)) is recent


def test_what_is_still_to_come_is_not_recent():
    """A clock that was put back since: nobody knows how long ago that was."""
    assert not is_recent(NOW + timedelta(microseconds=1), NOW, timedelta(hours=1))
