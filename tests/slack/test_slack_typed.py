"""What is typed is read without changing what could be meant to the letter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.handlers import typed

GOOD = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{3,63}", fullmatch=True)
MARKS = st.sampled_from(["{}", "`{}`", "*{}*", "_{}_", "~{}~", "“{}”", "\u200b{}\ufeff", "*`{}`*", "«_{}_»"])


@given(GOOD)
def test_a_name_that_may_be_filed_is_read_to_the_letter(name: str):
    """Whatever underscores and hyphens are in it."""
    assert typed.argument(name) == name


@given(GOOD, MARKS)
def test_marks_around_a_name_are_not_a_part_of_it(name: str, marks: str):
    """One kind within another, too."""
    assert typed.argument(marks.format(name)) == name


@given(st.text(max_size=60))
def test_reading_never_fails_and_is_done_once(text: str):
    """Any text at all; a second reading of an argument changes nothing."""
    line = typed.read(text, command="/snapshot")
    assert typed.argument(line.first) == line.first
