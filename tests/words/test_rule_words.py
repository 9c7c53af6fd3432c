"""A rule in words: each of its parts, alone and together."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from bot.core.approval import ApprovalRule, Meanwhile, OwnApproval, Stage, Tier, Waiver
from bot.core.hours import Hours
from bot.core.ids import Principal, PrincipalKind
from bot.core.person import EVERYONE
from bot.words import rule_words

DBA, ANA = Principal("S0DBA", PrincipalKind.GROUP), Principal("U0ANA")
ONE = "one approval by anybody who may approve"


def named(who: Principal) -> str:
    return "everyone" if who == EVERYONE else who.id


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ApprovalRule(), ONE),
        (ApprovalRule.of(2), "two approvals by anybody who may approve"),
        (ApprovalRule.of(0), "no approval"),
        (ApprovalRule(stages=(Stage(1, (DBA, ANA)), Stage())), f"one approval by S0DBA or U0ANA, then {ONE}"),
        (ApprovalRule(stages=(Stage(1, (DBA,)), Stage()), side_by_side=True), f"one approval by S0DBA and {ONE}"),
        (ApprovalRule(tiers=(Tier(timedelta(hours=1), (DBA,)),)), f"{ONE}; after 1 h also S0DBA"),
        (ApprovalRule(needs_reason=True), f"{ONE}; each approval with a reason"),
        (ApprovalRule(own=OwnApproval.ALLOWED), f"{ONE}; requesters may approve their own"),
        (
            ApprovalRule(own=OwnApproval.IF_NOBODY_ELSE),
            f"{ONE}; requesters may approve their own where nobody else can",
        ),
        (ApprovalRule(waiver=Waiver((DBA,))), f"{ONE}; none for requests by S0DBA"),
        (
            ApprovalRule(waiver=Waiver(per_person=5, per_cluster=9)),
            f"{ONE}; none for requests by everyone, at most 5 a person and day and at most 9 a cluster and day",
        ),
        (
            ApprovalRule(hours=(Hours((0, 6), time(22), time(4)),), zone="Europe/Berlin"),
            f"{ONE}; starts Mon and Sun 22:00–04:00; times in Europe/Berlin",
        ),
        (
            ApprovalRule(closed=(Hours((4,), time(22), time(6)), Hours((5, 6), time(0), time(6)))),
            f"{ONE}; never Fri 22:00–06:00 and Sat and Sun 00:00–06:00 (requests wait then)",
        ),
        (
            ApprovalRule(closed=(Hours((4,), time(22), time(6)),), while_closed=Meanwhile.REFUSE, zone="Asia/Tokyo"),
            f"{ONE}; never Fri 22:00–06:00 (requests are refused then); times in Asia/Tokyo",
        ),
        (
            ApprovalRule(decide_within=timedelta(hours=8), start_within=timedelta(days=2)),
            f"{ONE}; to be decided within 8 h; to be started within 2 d",
        ),
    ],
)
def test_each_part_of_a_rule_is_told(rule, words):
    """In the order in which people ask."""
    assert rule_words.described(rule, named) == words
