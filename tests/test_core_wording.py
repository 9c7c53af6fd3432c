"""Durations, sizes and lists in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.wording import counted, duration, listing, ordinal, size


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
    assert [counted(n, "character") for n in (0, 1, 2)] == ["0 characters", "1 character", "2 characters"]
    assert [counted(n, "entry", "entries") for n in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_places_are_ordinals(number, words):
    """The eleventh to thirteenth are irregular."""
    assert ordinal(number) == words


def test_lists_read_as_sentences():
    """One, two, many."""
    assert [listing(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
