"""What DWS wants of a snapshot's name and description."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.phrase import Phrase
from bot.dws.rules import DwsRules
from bot.words import worded

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def said(problem: Phrase | None) -> str:
    return worded(problem) if problem else ""


RULES = DwsRules()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "A name is needed"),
        ("abc", "Too short: 3 characters, at least 4."),
        ("a" * 65, "Too long: 65 characters, at most 64."),
        ("1abc", "Starts with a digit; the first character must be a letter."),
        ("-abc", "Starts with `-`; the first character must be a letter."),
        ("nächtlich", "`ä` isn't allowed: letters a–z, digits, - and _."),
        ("my name", "A space isn't allowed"),
        ("abc\u202edef", "An invisible character (right-to-left override) after `abc` isn't allowed"),
        ("abcd\n", "An invisible character (line end) after `abcd` isn't allowed"),
        ("12", "Starts with a digit"),
    ],
)
def test_a_bad_name_is_refused_with_the_rule_it_breaks(name, words):
    """Each rule has its own words, so that the person knows what to change."""
    assert words in said(RULES.check_name(name))


@pytest.mark.parametrize("name", ["abcd", "A-_9", "a" * 64, "Nightly-1"])
def test_a_good_name_passes(name):
    """The shortest, the longest and the ordinary are fine."""
    assert RULES.check_name(name) is None


@given(st.text(max_size=80))
def test_names_are_accepted_exactly_by_the_documented_pattern(name):
    """check_name and the API's pattern agree on every text."""
    assert (RULES.check_name(name) is None) == (re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{3,63}", name) is not None)


@given(st.text(max_size=300))
def test_descriptions_are_accepted_exactly_by_the_documented_rule(text):
    """At most 256 characters and none of the seven forbidden ones."""
    good = len(text) <= 256 and not set(text) & set("!<>'=&\"")
    assert (RULES.check_description(text) is None) == good


@pytest.mark.parametrize("character", "!<>'=&\"")
def test_each_forbidden_character_is_named(character):
    """The text says which character it is."""
    assert said(RULES.check_description(f"a{character}b")) == f"`{character}` isn't allowed in descriptions."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("before\u2011migration", "`\u2011` (non-breaking hyphen) isn't allowed: letters a–z, digits, - and _."),
        ("before—migration", "`—` (em dash) isn't allowed: letters a–z, digits, - and _."),
        ("before−migration", "`−` (minus sign) isn't allowed: letters a–z, digits, - and _."),
        ("\u0430bcd", "`\u0430` (cyrillic small letter a) isn't allowed: letters a–z, digits, - and _."),
        ("café", "`é` isn't allowed: letters a–z, digits, - and _."),
        ("a.bcd", "`.` isn't allowed: letters a–z, digits, - and _."),
        ("night ly", "A space isn't allowed: letters a–z, digits, - and _."),
        (
            "night\u00a0ly",
            "An invisible character (no-break space) after `night` isn't allowed: letters a–z, digits, - and _.",
        ),
        (
            "night\u200bly",
            "An invisible character (zero-width space) after `night` isn't allowed: letters a–z, digits, - and _.",
        ),
        (
            "\u200bnightly",
            "An invisible character (zero-width space) at the start isn't allowed: letters a–z, digits, - and _.",
        ),
        (
            "é.\u200bb",
            "`é`, `.` and an invisible character (zero-width space) after `é.` aren't allowed: letters a–z",
        ),
        (". é", "`.`, a space and `é` aren't allowed: letters a–z, digits, - and _."),
        ("night\tly", "An invisible character (tab) after `night` isn't allowed: letters a–z, digits, - and _."),
        (" \u00a0 ", "There are only blanks in it: type a name, or clear the field."),
        ("x", "Too short: 1 character, at least 4."),
        ("abc", "Too short: 3 characters, at least 4."),
        ("x" * 65, "Too long: 65 characters, at most 64."),
    ],
)
def test_what_is_wrong_with_a_name_is_said_so_that_it_is_found(name, words):
    """What a phone or a document makes of a hyphen looks like one: such a character is called by its name."""
    assert said(RULES.check_name(name)).startswith(words)


def test_half_a_character_is_refused_in_names():
    """JSON can carry a lone surrogate, UTF-8 can't: better an error at the field than one in the database."""
    assert RULES.check_name("abc\ud800d") is not None


def test_a_long_description_says_how_long_it_is():
    """257 characters are one too many."""
    assert said(RULES.check_description("x" * 257)) == "Too long: 257 characters, at most 256."


@given(st.text(max_size=100))
def test_a_suggested_name_is_always_valid(cluster_name):
    """Whatever the cluster is called, the suggestion can be sent as it is."""
    assert RULES.check_name(RULES.suggest_name(cluster_name, NOW)) is None


def test_a_suggested_name_says_cluster_and_second():
    """It sorts by time and needs no thinking; UTC, whatever zone the moment is in."""
    moment = datetime(2026, 11, 23, 15, 5, 12, tzinfo=timezone(timedelta(hours=1)))
    assert RULES.suggest_name("dwh-prod", moment) == "dwh-prod-20261123-140512"
