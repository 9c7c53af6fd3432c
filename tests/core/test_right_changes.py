"""What an entry holds of a change is enough to take exactly that change back."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given, settings

from bot.core.approval import ApprovalRule, OwnApproval, Stage, Tier, Waiver
from bot.core.grants import Grant, Role, Terms
from bot.core.hours import Hours
from bot.core.ids import ChannelId, GrantId, Principal, PrincipalKind
from bot.core.person import EVERYONE
from bot.core.record import Entry, stated
from bot.core.right_changes import ACTIONS, GrantChange, RightsState, RuleChange, change_in, changed, changes
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from tests.harness.contract_store import NOW, at
from tests.harness.rights_given import given_grants, given_rules


def kept(change: GrantChange | RuleChange) -> Entry:
    """Return the entry of *change*, as it is kept."""
    return Entry(NOW, "cli:root", change.action, cluster=change.cluster, detail=stated(**change.facts()))


@settings(max_examples=40)
@given(given_grants(), given_grants(), given_rules(), given_rules())
def test_a_change_is_read_back_from_its_entry_whole(old, new, rules, more):
    """Each change of a state into another: with all of them it is the other, with all taken back it is as before."""
    before, after = RightsState.of(old, rules), RightsState.of(new, more)
    state = before
    made = list(changes(before, after))
    for change in made:
        assert change_in(kept(change)) == change
        assert change.action in ACTIONS
        state = changed(state, [change])
        assert change.is_there(state)
    assert (state.grants, state.rules) == (after.grants, after.rules)
    state = changed(state, [change.back() for change in reversed(made)])
    assert (state.grants, state.rules) == (before.grants, before.rules)


GRANT = Grant(Principal("U0ANA"), Role.REQUEST, Scope("eu", "dwh-*"), "cli:root", NOW, id=GrantId("G-2"))


@pytest.mark.parametrize(
    "entry",
    [
        Entry(NOW, "cli:root", "grant.added", detail=""),
        Entry(NOW, "cli:root", "grant.added", detail=stated(grant="G-2", holder="U0ANA", role="request")),
        Entry(NOW, "cli:root", "rule.removed", detail=stated(cloud="eu", cluster="*")),
        replace(kept(GrantChange(None, GRANT)), action="grant.removed"),
        Entry(NOW, "c", "grant.added", detail=stated(after={"role": "owner", "holder": {"id": "U0ANA"}})),
        Entry(NOW, "c", "rule.set", detail=stated(cloud="eu", cluster="*", before={}, after={"approval": {"need": 2}})),
        Entry(NOW, "c", "rule.set", detail=stated(cloud="eu", cluster="*", before={}, after={"channel": ["C1"]})),
    ],
)
def test_an_entry_that_does_not_say_all_is_no_change(entry):
    """Of an older version, or of one that knows more."""
    with pytest.raises(ValueError, match=r"."):
        change_in(entry)


def test_a_thing_that_was_changed_since_is_not_as_a_change_left_it():
    """By its terms, or since it was taken back and given again."""
    change = GrantChange(None, GRANT)
    state = RightsState.of([GRANT], {})
    assert change.is_there(state)
    assert not change.is_there(RightsState.of([replace(GRANT, terms=Terms(quiet=True))], {}))
    assert not change.is_there(RightsState.of([replace(GRANT, id=GrantId("G-3"))], {}))
    assert not change.is_there(RightsState.of([], {}))
    rule = ScopeRule(ApprovalRule.of(2), set_by="cli:root", set_at=NOW)
    set_ = RuleChange(Scope(), None, rule)
    assert set_.is_there(RightsState.of([], {Scope(): rule}))
    assert not set_.is_there(RightsState.of([], {Scope(): replace(rule, set_at=at(1))}))


def test_every_field_of_a_rule_is_read_back():
    """Also midnight, Monday, and a time of no whole hours."""
    rule = ApprovalRule(
        stages=(Stage(2, (EVERYONE,)), Stage(1, (Principal("S0DBA", PrincipalKind.GROUP),))),
        side_by_side=True,
        needs_reason=True,
        own=OwnApproval.IF_NOBODY_ELSE,
        waiver=Waiver((Principal("U0ANA"),), 1, 2),
        tiers=(Tier(timedelta(minutes=90), (EVERYONE,)),),
        hours=(Hours((0, 6), time(0), time(4, 30)),),
        zone="Europe/Berlin",
        decide_within=timedelta(hours=8),
        start_within=timedelta(days=2),
    )
    change = RuleChange(Scope(), None, ScopeRule(rule, ChannelId("C0DWH"), "cli:root", NOW))
    assert change_in(kept(change)) == change
