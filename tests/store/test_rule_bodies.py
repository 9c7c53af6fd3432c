"""A rule as text: what another version wrote is no rule of nobody knows what."""

from __future__ import annotations

import pytest

from bot.core.approval import ApprovalRule, Stage
from bot.core.errors import StoreUnavailable
from bot.store import rule_bodies


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
