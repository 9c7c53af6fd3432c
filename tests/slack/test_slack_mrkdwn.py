"""The one place that escapes: user text stays text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.ids import ChannelId, UserId
from bot.slack.drawing import mrkdwn, rights
from tests.harness.slack_limits import check_markup, check_visible, units


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U123>", "&lt;@U123&gt;"),
        ("<https://evil|good>", "&lt;https://evil|good&gt;"),
        ("a & b", "a &amp; b"),
        ("&lt;", "&amp;lt;"),
        ("a\nb\tc", "a b c"),
        ("a\u202eb\u200bc\x00d\ufeff", "abcd"),
        ("  much   space ", "much space"),
        ("", ""),
    ],
)
def test_nothing_in_user_text_is_markup(text: str, safe: str):
    """The three special characters are escaped in their order; what can't be seen is gone."""
    assert mrkdwn.escape(text) == safe


def test_lines_stay_where_they_are_wanted():
    """A reason keeps its lines, without empty ones."""
    assert mrkdwn.escape("one\r\n\n two\u2028three", lines=True) == "one\ntwo\nthree"


def test_backticks_cannot_end_a_code_span():
    """A backtick in a name would let the rest out of the span."""
    assert mrkdwn.code("a`b*c") == "`aˋb*c`"
    assert mrkdwn.code("a\u1fefb") == "`aˋb`", "a character that is a backtick in canonical form"
    assert mrkdwn.code("") == "`–`"


def test_asterisks_cannot_end_bold():
    """Nor can an asterisk end bold."""
    assert mrkdwn.bold("a*b") == "*a∗b*"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`x` ```y```", "ˋxˋ ˋˋˋyˋˋˋ"),
        ("*x* _y_ ~z~", "∗x* ˍy_ ∼z~"),
        ("a\n*x*", "a\n∗x*"),
        ("dwh_prod_1 dwh-* 2 * 3 ~ _", "dwh_prod_1 dwh-* 2 * 3 ~ _"),
    ],
)
def test_nothing_in_user_text_begins_code_bold_italics_or_struck_text(text: str, shown: str):
    """There is no way to escape these, so look-alikes stand there; what begins nothing stays as it is."""
    assert mrkdwn.unmarked(text) == shown
    assert mrkdwn.escape(text, lines=True) == shown


def test_code_in_a_sentence_of_ours_stays_code():
    """Where the sentence holds text of others, that has no marks already."""
    assert mrkdwn.ours(f"`doctor` says: {mrkdwn.unmarked('`x` <y>')}") == "`doctor` says: ˋxˋ &lt;y&gt;"


@pytest.mark.parametrize("most", range(1, 40))
def test_a_cut_never_leaves_half_an_entity(most: int):
    """Text is cut after escaping, between characters as people see them."""
    safe = mrkdwn.escape("<&>" * 20, most=most)
    assert units(safe) <= most
    assert re.fullmatch(r"(&lt;|&amp;|&gt;)*…", safe)


@given(st.text(max_size=300), st.integers(1, 120))
def test_whatever_is_typed_is_harmless_and_short_enough(text: str, most: int):
    """Any text, any length: within the limit, nothing to parse, nothing hidden."""
    for lines in (False, True):
        safe = mrkdwn.escape(text, most=most, lines=lines)
        assert units(safe) <= most
        check_markup(safe)
    shown = mrkdwn.plain(text, most)
    assert 1 <= units(shown) <= most
    check_visible(shown)
    assert "`" not in mrkdwn.code(text)[1:-1]


@given(st.text(max_size=100))
def test_unescape_undoes_slacks_escaping_once(text: str):
    """What a command brings is what was typed, also where somebody typed an entity."""
    sent = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert mrkdwn.unescape(sent) == text


def test_only_ids_become_mentions():
    """A grant's author may be "cli:root", and a forged id is text."""
    assert mrkdwn.user("U012AB") == "<@U012AB>"
    assert mrkdwn.user("cli:root") == "root on the command line"
    assert mrkdwn.user("U1> <!channel") == "U1&gt; &lt;!channel"
    assert mrkdwn.channel(ChannelId("C012")) == "<#C012>"


def test_many_people_are_named_in_part():
    """Ten mentions and a number: a card is no mailing list."""
    ids = [UserId(f"U{i:02}") for i in range(13)]
    assert mrkdwn.users(ids) == f"{', '.join(f'<@{i}>' for i in ids[:10])} or 3 more"
    names = rights.Pen(dict.fromkeys(ids, "Ana")).who(ids)
    assert names == f"{', '.join(['Ana'] * 10)} and 3 more"
    assert mrkdwn.users(ids[:2], joiner="and") == "<@U00> and <@U01>"


def test_times_are_in_each_readers_zone_with_a_fallback_in_utc():
    """Slack formats the time; where it can't, UTC is named."""
    at = datetime(2026, 11, 23, 16, 5, tzinfo=timezone(timedelta(hours=2)))
    stamp = int(datetime(2026, 11, 23, 14, 5, tzinfo=UTC).timestamp())
    assert mrkdwn.when(at) == f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|2026-11-23 14:05 UTC>"
    assert mrkdwn.day(at) == f"<!date^{stamp}^{{date_short_pretty}}|2026-11-23>"
