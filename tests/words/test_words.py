"""Durations, sizes, lists and ages in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.age import Age, aged, how_old, which_are_old
from bot.core.ids import CloudName
from bot.core.phrase import Phrase
from bot.words import by_whom, cloud_name, duration, ended, listing, ordinal, size, text, utc, worded


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (9.4, "9 s"),
        (250, "4 min 10 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (11100, "3 h 5 min"),
        (187200, "2 d 4 h"),
        (-5, "0 s"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds, words):
    """Short enough for a phone; never negative."""
    assert duration(timedelta(seconds=seconds)) == words


def test_sizes_have_one_decimal():
    """GB, as DWS counts them."""
    assert size(42.66) == "42.7 GB"


def test_a_count_has_its_singular():
    """One is one; nothing and many are many."""
    assert [text("clusters", count=n) for n in (0, 1, 2)] == ["0 clusters", "1 cluster", "2 clusters"]
    assert [text("entries", count=n) for n in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_places_are_ordinals(number, words):
    """The eleventh to thirteenth are irregular."""
    assert ordinal(number) == words


def test_lists_read_as_sentences():
    """One, two, many."""
    assert [listing(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEEN = NOON - timedelta(hours=2)
CLOUD = CloudName("default")
GONE = Phrase("cluster-unlisted")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Age(SEEN, SEEN), "as of 10:00 UTC"),
        (Age(SEEN, SEEN, is_silent=True), "the cloud hasn't answered since 10:00 UTC"),
        (Age(SEEN), "the cloud hasn't been seen since the bot started (10:00 UTC)"),
        (Age(SEEN, is_silent=True), "the cloud hasn't answered since the bot started (10:00 UTC)"),
    ],
)
def test_old_has_two_words(facts, words):
    """Nobody looked since, or the cloud didn't answer; and what was never seen is neither."""
    assert worded(how_old(facts, CLOUD), when=utc(NOON)) == words
    joiner = "," if words.startswith("as") else ";"
    assert worded(aged(GONE, facts, CLOUD), when=utc(NOON)) == f"{worded(GONE)}{joiner} {words}"


def test_what_is_as_it_is_gets_no_age():
    """Nothing is added within the poll time."""
    assert aged(GONE, Age(SEEN, NOON, is_old=False), CLOUD) == GONE
    assert which_are_old({CLOUD: Age(SEEN, NOON, is_old=False)}) == ()


def test_another_day_is_named():
    """A time of day alone would be taken for today's."""
    assert utc(NOON)(NOON - timedelta(hours=13)) == "22 Nov 23:00 UTC"


def test_lists_of_several_clouds_are_told_apart():
    """Each cloud has its age; one without a name is "the cloud"."""
    ages = {CloudName("eu"): Age(SEEN, is_silent=True), CLOUD: Age(SEEN, SEEN)}
    assert " ".join(worded(said, when=utc(NOON)) for said in which_are_old(ages)) == (
        "The cloud eu hasn't answered since the bot started (10:00 UTC). The clusters are as of 10:00 UTC."
    )
    assert [cloud_name(c) for c in ("default", "eu")] == ["the cloud", "the cloud eu"]


def test_texts_end_once():
    """Somebody else's text gets a full stop only where it has no end."""
    assert [ended(t) for t in ("no", "No.", "why?", "later…", "", "no ")] == ["no.", "No.", "why?", "later…", "", "no."]


def test_the_command_line_is_no_id():
    """ "cli:root" is ours; people read who it was."""
    assert [by_whom(a) for a in ("cli:root", "cli:", "U123", "bot")] == [
        "root on the command line",
        "somebody on the command line",
        "U123",
        "bot",
    ]
