"""User groups: who surely is in one, who may be, and of which nobody knows it."""

from __future__ import annotations

from bot.core.groups import NO_GROUPS, UNKNOWN_GROUPS, Group, Groups, GroupState
from bot.core.ids import Principal, PrincipalKind, UserId

ANA, BEN = UserId("U0ANA"), UserId("U0BEN")
DBA, OLD = Principal("S0DBA", PrincipalKind.GROUP), Principal("S0OLD", PrincipalKind.GROUP)
FOUND = Groups(
    {"S0DBA": Group("S0DBA", "dba", frozenset({BEN})), "S0OLD": Group("S0OLD", "old", frozenset({BEN}), False)}
)


def test_who_is_in_a_group_has_what_it_has():
    """Who isn't has nothing by it, and nothing is denied to them by it."""
    assert (FOUND.has(DBA, BEN), FOUND.may_have(DBA, BEN)) == (True, True)
    assert (FOUND.has(DBA, ANA), FOUND.may_have(DBA, ANA)) == (False, False)
    assert FOUND.members(DBA) == {BEN}


def test_a_disabled_group_gives_nothing_and_goes_on_denying():
    """It can be enabled again at any time."""
    assert (FOUND.has(OLD, BEN), FOUND.may_have(OLD, BEN), FOUND.members(OLD)) == (False, True, frozenset())


def test_a_group_that_is_not_there_gives_nothing_and_may_deny():
    """That it isn't there is known: trying again changes nothing."""
    assert (NO_GROUPS.has(DBA, BEN), NO_GROUPS.may_have(DBA, BEN), NO_GROUPS.is_unclear(DBA)) == (False, True, False)


def test_while_slack_says_nothing_every_group_is_unclear():
    """It gives nothing, and may deny."""
    unknown = UNKNOWN_GROUPS
    assert (unknown.has(DBA, BEN), unknown.may_have(DBA, BEN), unknown.is_unclear(DBA)) == (False, True, True)


def test_one_group_can_be_unclear_by_itself():
    """Slack contradicts itself about it; the others are known."""
    groups = Groups({"S0OLD": FOUND.known["S0OLD"]}, unclear=frozenset({"S0DBA"}), called={"S0DBA": "dba"})
    assert (groups.is_unclear(DBA), groups.has(DBA, BEN), groups.may_have(DBA, BEN)) == (True, False, True)
    assert not groups.is_unclear(OLD)
    assert groups.handle(DBA) == "@dba"


def test_a_group_says_why_it_gives_nothing():
    """Operators put each right in another way."""
    empty = Groups({"S0DBA": Group("S0DBA", "dba", frozenset())})
    assert FOUND.state(DBA) is GroupState.WELL
    assert (FOUND.state(OLD), empty.state(DBA)) == (GroupState.DISABLED, GroupState.EMPTY)
    assert (NO_GROUPS.state(DBA), UNKNOWN_GROUPS.state(DBA)) == (GroupState.GONE, GroupState.UNCLEAR)


def test_a_group_keeps_its_name_while_nobody_knows_who_is_in_it():
    """People know it by its handle; one that was never named has its id."""
    unknown = Groups(is_known=False, called={"S0DBA": "dba"})
    assert (unknown.handle(DBA), unknown.handle(OLD), FOUND.handle(OLD)) == ("@dba", "S0OLD", "@old")
