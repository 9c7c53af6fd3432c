"""A rule as text: what another version wrote is no rule of nobody knows what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.core.approval import ApprovalRule, Stage
from bot.core.asked import NOBODY_ASKED, first_asked
from bot.core.errors import StoreUnavailable
from bot.core.glass import BreakGlass
from bot.core.ids import UserId
from bot.core.joiner import Joiner
from bot.core.keep import NOT_SAID, Keep
from bot.core.phrase import Phrase
from bot.core.revision import RequestPart, Revision
from bot.store import rule_bodies

AT = datetime(2026, 11, 28, 9, 30, 15, 250_000, tzinfo=UTC)
ANA, BEN = UserId("U00000ANA"), UserId("U00000BEN")


def test_the_rule_of_before_is_the_shortest_text():
    """One approval is an empty object, as migrations write it; more is what differs."""
    assert rule_bodies.written(ApprovalRule()) == "{}"
    assert rule_bodies.read("{}") == ApprovalRule()
    assert rule_bodies.read('{"waiver":{}}') == ApprovalRule.of(0)
    assert rule_bodies.read('{"stages":[{"need":2}]}') == ApprovalRule(stages=(Stage(2),))


@pytest.mark.parametrize("body", ["", "{", "[]", '{"stages":[]}', '{"stages":[{"need":0}]}', '{"own":"perhaps"}'])
def test_what_is_no_rule_of_ours_is_not_taken_for_none(body):
    """Nobody knows what it asks for, so nothing is decided by it."""
    with pytest.raises(StoreUnavailable):
        rule_bodies.read(body)


@pytest.mark.parametrize("body", ["", "{", "{}", "[]", '{"by":"U1"}', '{"by":"U1","at":"soon","reason":"r"}'])
def test_nor_is_what_is_no_break_glass_of_ours(body):
    """A request that was started so is never taken for one that was approved."""
    with pytest.raises(StoreUnavailable):
        rule_bodies.glass_read(body)
    assert rule_bodies.glass_read(None) is None


def test_who_was_asked_reads_as_it_was_written():
    """Rounds, stages and when; nobody is the shortest text."""
    assert rule_bodies.asked_written(NOBODY_ASKED) == "{}"
    for asked in (NOBODY_ASKED, first_asked([ANA, BEN], AT, stages=2), first_asked([ANA], AT, stages=1).reminded(AT)):
        assert rule_bodies.asked_read(rule_bodies.asked_written(asked)) == asked


def test_a_broken_glass_reads_as_it_was_written():
    """With whom it told, and where."""
    for glass in (None, BreakGlass(ANA, AT, "disk «full»"), BreakGlass(ANA, AT, "r", here=(BEN,), directly=(ANA,))):
        assert rule_bodies.glass_read(rule_bodies.glass_written(glass)) == glass


def test_the_last_change_reads_as_it_was_written():
    """What was changed and whose approvals fell; a request that was never changed has none."""
    assert rule_bodies.revision_written(None) is None
    assert rule_bodies.revision_read(None) is None
    for again in ((), (BEN,)):
        revision = Revision(2, ANA, AT, (RequestPart.START, RequestPart.DESCRIPTION), again)
        assert rule_bodies.revision_read(rule_bodies.revision_written(revision)) == revision


def test_how_long_it_is_kept_reads_as_it_was_written():
    """In each state of its term; where nobody said, it is the shortest text, as migrations write it."""
    assert rule_bodies.keep_written(NOT_SAID) == "{}"
    begun = Keep(days=30).begun(AT)
    for keep in (NOT_SAID, Keep(days=7), begun, begun.ended(), begun.ended().kept(30, ANA, AT), begun.gone(AT)):
        assert rule_bodies.keep_read(rule_bodies.keep_written(keep)) == keep


def test_who_joined_reads_as_it_was_written():
    """In the order in which they did; nobody is an empty list."""
    assert rule_bodies.joined_written(()) == "[]"
    for joined in ((), (Joiner(BEN, AT), Joiner(ANA, AT, directly=True))):
        assert rule_bodies.joined_read(rule_bodies.joined_written(joined)) == joined


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (rule_bodies.read, '{"stages":1}'),
        (rule_bodies.asked_read, '{"rounds":"all"}'),
        (rule_bodies.asked_read, ""),
        (rule_bodies.glass_read, ""),
        (rule_bodies.revision_read, '{"number":1,"by":"U1","at":"2026-11-28T09:30:00Z","parts":["name"]}'),
        (rule_bodies.revision_read, ""),
        (rule_bodies.keep_read, '{"days":"some"}'),
        (rule_bodies.keep_read, ""),
        (rule_bodies.joined_read, '[{"user":"U1"}]'),
        (rule_bodies.joined_read, ""),
    ],
)
def test_what_another_version_wrote_is_a_broken_database(read: Callable[[str], object], body: str):
    """Nothing is made up in its place; people are told what to do, and the log says what was wrong."""
    with pytest.raises(StoreUnavailable, match=r"in the database.* as this version writes it") as error:
        read(body)
    assert error.value.phrase == Phrase("database-broken")
