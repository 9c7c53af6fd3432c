"""Changes of rights and rules in words: what comes, what goes, what is otherwise, each in a line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.approval import ApprovalRule
from bot.core.grants import Grant, Role, Terms
from bot.core.ids import ChannelId, Principal, UserId
from bot.core.right_changes import GrantChange, RightChange, RuleChange
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.words.change_words import ChangeWords, scope_words

AT = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
WORDS = ChangeWords(lambda who: f"@{who.id}", lambda until: f"until {until:%d %b}", name=str.upper)
PROD = Scope("eu", "1111")
GIVEN = Grant(Principal(UserId("ANA")), Role.REQUEST, PROD, "cli:root", AT, "dwh-prod")
TERMS = Terms(until=AT + timedelta(days=8), reason="on call", quiet=True)
TWO = ScopeRule(ApprovalRule.of(2), ChannelId("C1"))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (GrantChange(None, GIVEN), "+ @ANA may request on DWH-PROD"),
        (GrantChange(GIVEN, None), "− @ANA may request on DWH-PROD"),
        (
            GrantChange(None, replace(GIVEN, terms=TERMS)),
            "+ @ANA may request on DWH-PROD, until 01 Dec, quiet, ON CALL",
        ),
        (
            GrantChange(GIVEN, replace(GIVEN, terms=TERMS)),
            "~ @ANA may request on DWH-PROD: for good → until 01 Dec, quiet, ON CALL",
        ),
        (GrantChange(None, replace(GIVEN, denies=True)), "+ @ANA may not request on DWH-PROD"),
        (
            RuleChange(Scope(), None, TWO),
            "+ rule of EVERY CLUSTER: two approvals by anybody who may approve; cards go to C1",
        ),
        (RuleChange(Scope(), ScopeRule(channel=ChannelId("C1")), None), "− rule of EVERY CLUSTER: cards go to C1"),
    ],
)
def test_each_change_is_a_line(change: RightChange, line: str):
    """By its sign it is seen what comes and what goes."""
    assert WORDS.line(change) == line


def test_a_rule_that_changes_has_both_sides():
    """What held, and what holds now."""
    said = WORDS.line(RuleChange(Scope(), ScopeRule(ApprovalRule()), TWO))
    assert said.startswith("~ rule of EVERY CLUSTER: one approval")
    assert "two approvals" in said


@pytest.mark.parametrize(
    ("scope", "name", "words"),
    [
        (PROD, "dwh-prod", "dwh-prod"),
        (PROD, "", "eu/1111"),
        (Scope(cluster="dwh-*"), "", "dwh-*"),
        (Scope(), "", "every cluster"),
        (Scope("eu"), "", "every cluster of eu"),
    ],
)
def test_clusters_are_called_by_their_names(scope: Scope, name: str, words: str):
    """A scope of several says which."""
    assert scope_words(scope, name) == words
