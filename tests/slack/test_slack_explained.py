"""The Why modal and the answer of `/snapshot why`, as people read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.core.access import Action, Reason
from bot.core.approval import ApprovalRule, OwnApproval, Stage, Vote
from bot.core.explaining import explain, roles_held
from bot.core.grants import Grant, Rights, Role, Terms
from bot.core.groups import UNKNOWN_GROUPS, Group, Groups
from bot.core.ids import Principal, PrincipalKind, TeamId, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.request import State
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ClusterRule
from bot.service import Explained, RolesExplained
from bot.slack.drawing import names, rights
from bot.slack.drawing.explained import roles_text, why_modal
from tests.harness.facts import ANA, BEN, CLEO, NOW, REF, a_refusal, a_request
from tests.harness.slack_limits import check_message, check_view
from tests.slack.test_slack_words import check_words, lines

BEA, EVE, DAN = UserId("U00000BEA"), UserId("U00000EVE"), UserId("U00000DAN")
DBA, SEC = (Principal(f"S0000{n}", PrincipalKind.GROUP) for n in ("DBA", "SEC"))
GROUPS = Groups({g.id: Group(g.id, g.id[-3:].lower(), who) for g, who in ((DBA, frozenset({BEN, BEA, EVE})),)})
PROD = NamedCluster(REF, "dwh-prod")
STARRED = Scope("*", "dwh-*")
TODAY = f"<!date^{int(NOW.timestamp())}^{{date_short_pretty}}|2026-11-23>"


def a_grant(holder: Principal | UserId, role: Role = Role.APPROVE, *, denies: bool = False, **terms: Any) -> Grant:
    principal = holder if isinstance(holder, Principal) else Principal(holder)
    return Grant(principal, role, STARRED, CLEO, NOW, denies=denies, terms=Terms(**terms))


RIGHTS = Rights(
    (
        a_grant(DBA, reason="on-call DBAs"),
        a_grant(EVE, quiet=True),
        a_grant(ANA, Role.REQUEST, until=NOW + timedelta(days=1)),
        a_grant(ANA),
    ),
    admins=frozenset({CLEO}),
    groups=GROUPS,
)
QUIET = Rights((a_grant(BEN), a_grant(BEA), a_grant(EVE, quiet=True)), admins=frozenset({CLEO}), groups=GROUPS)
STAGES = ApprovalRule(stages=(Stage(2, (DBA,)), Stage(1, (SEC,))))


def modal(
    who: UserId = BEN,
    action: Action = Action.APPROVE,
    of: Rights = RIGHTS,
    *,
    standing: Standing = Standing.MEMBER,
    request: bool = True,
    rule: ClusterRule | None = None,
    **changes: Any,
) -> list[str]:
    """Return the lines of the modal for *who*."""
    rule = rule or ClusterRule()
    asked = a_request(**{"rule": rule.approval, **changes}) if request else None
    why = explain(of, Person(who, TeamId("T0000ACME"), standing), action, PROD, asked)
    view = why_modal(Explained(why, rule, of.groups, asked), now=NOW, company="Acme")
    check_view(view)
    said = list(lines(view["blocks"]))
    check_words(said)
    return "\n".join(said).split("\n")


def test_a_permission_is_explained_check_by_check():
    """Who, by which grant, through which group, by whom and why; the place in the rule; who else can."""
    rule = ClusterRule(STAGES, scope=STARRED, set_by=CLEO, set_at=NOW)
    assert modal(rule=rule, votes=(Vote(BEA, True, NOW),)) == [
        "*You can approve R-7K3F.*",
        "✓ you are an active member of Acme",
        "✓ not your own request",
        f"✓ grant: approve on `dwh-*` for @dba (by <@U0000CLEO>, {TODAY}, “on-call DBAs”)",
        "✓ rule of dwh-prod: stage 1 of 2, 1 of 2 by @dba",
        "Others who can: <@U00000EVE>",
        f"Rule of `dwh-*` (by <@U0000CLEO>, {TODAY}): two approvals by @dba, then one approval by S0000SEC.",
    ]


def test_who_is_not_pinged_is_marked():
    """Those with a quiet grant alone."""
    assert "Others who can: <@U00000BEA> and <@U00000EVE> (quiet)" in modal(of=QUIET)


@pytest.mark.parametrize(
    ("changes", "last", "next_"),
    [
        ({"who": ANA}, "✗ your own request: others decide on it", "can let somebody else approve it."),
        ({"who": DAN}, "✗ no grant: approve on dwh-prod", "can give you that right."),
        (
            {"of": replace(RIGHTS, grants=(*RIGHTS.grants, a_grant(BEN, denies=True, reason="on leave")))},
            f"✗ denied: approve on `dwh-*` for <@U00000BEN> (by <@U0000CLEO>, {TODAY}, “on leave”)",
            "can take that back.",
        ),
        (
            {"who": ANA, "rule": ClusterRule(STAGES), "own": True},
            "✗ rule of dwh-prod: it wants others, two approvals by @dba, then one approval by S0000SEC",
            "can let somebody else approve it.",
        ),
        (
            {"of": replace(RIGHTS, grants=RIGHTS.grants[:1], groups=UNKNOWN_GROUPS)},
            "✗ approve: Slack can't say just now who is in S0000DBA",
            "",
        ),
        ({"action": Action.WITHDRAW}, "✗ not your own request", ""),
        ({"request": False, "action": Action.REQUEST}, "✗ no grant: request on dwh-prod", "can give you that right."),
        ({"standing": Standing.GUEST}, "✗ a guest's account, which the bot refuses", ""),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_refusal_ends_with_the_check_that_failed_and_who_can_change_it(changes: Any, last: str, next_: str):
    """Nothing is said of what wasn't checked."""
    if changes.pop("own", False):
        own = replace(changes["rule"].approval, own=OwnApproval.ALLOWED)
        changes["rule"] = replace(changes["rule"], approval=own)
    said = modal(**changes)
    failed = next(n for n, line in enumerate(said) if line.startswith("✗"))
    assert said[failed] == last
    assert not any(line.startswith(("✓", "✗")) for line in said[failed + 1 :])
    assert said[0].startswith("*You can't ")
    assert said[failed + 1].endswith(next_) or not next_
    assert next_ == "" or "<@U0000CLEO>" in said[failed + 1]


def test_who_has_voted_reads_where_their_approval_counts():
    """Nothing more is asked of them."""
    said = modal(rule=ClusterRule(STAGES), votes=(Vote(BEN, True, NOW),))
    assert said[0] == "*You approved this already; it waits for somebody else's approval.*"
    assert said[4] == "✓ rule of dwh-prod: stage 1 of 2, 1 of 2 by @dba; you approved it"


def test_what_is_decided_is_told_with_its_rule():
    """Nothing is left to approve: who did, stage by stage, and by which rule, which may be another by now."""
    votes = (Vote(BEN, True, NOW), Vote(BEA, True, NOW), Vote(EVE, True, NOW))
    decided: dict[str, Any] = {"state": State.APPROVED, "decided_by": EVE, "decided_at": NOW, "votes": votes}
    said = modal(rule=ClusterRule(STAGES), counted=((BEN, BEA), (EVE,)), **decided)
    assert said[0].startswith("*R-7K3F* 👍 *Approved* by <@U00000BEN>, <@U00000BEA> and <@U00000EVE>")
    assert said[1] == "✓ @dba: 2 of 2 · <@U00000BEN> and <@U00000BEA>"
    assert said[-1].startswith("Decided by the rule that dwh-prod had then: two approvals by @dba")
    assert modal(expires_at=NOW)[0].startswith("This request expired")


def test_a_right_of_everybody_is_told_as_such():
    """Those who have it can't be listed."""
    said = modal(DAN, of=Rights((a_grant(EVERYONE),), groups=GROUPS))
    assert f"✓ grant: approve on `dwh-*` for every member (by <@U0000CLEO>, {TODAY})" in said
    assert "Others who can: any member for whom the rule has a place" in said
    assert said[-1] == "No rule is set for dwh-prod, so it takes one approval by anybody who may approve."


@pytest.mark.parametrize(("who", "action", "own"), list(product((ANA, BEN, EVE, DAN), Action, OwnApproval)))
@pytest.mark.parametrize("state", [State.WAITING, State.APPROVED])
def test_every_case_has_words(who: UserId, action: Action, own: OwnApproval, state: State):
    """No group is mentioned, which would ping it."""
    for voted, rights_ in product(((), (Vote(BEN, True, NOW),), (Vote(EVE, True, NOW),)), (RIGHTS, QUIET)):
        rule = ClusterRule(replace(STAGES, own=own))
        assert not any("<!subteam" in line for line in modal(who, action, rights_, rule=rule, votes=voted, state=state))


def roles(who: UserId, of: Rights = RIGHTS, *, standing: Standing = Standing.MEMBER, own: bool = True) -> list[str]:
    """Return the lines of the answer of `/snapshot why`."""
    person = Person(who, TeamId("T0000ACME"), standing)
    held = roles_held(of, person, PROD)
    say = roles_text(RolesExplained(person, PROD, held, ClusterRule(), (CLEO,), of.groups, own))
    check_message(say.text, say.blocks)
    check_words(lines(say.blocks))
    return "\n".join(lines(say.blocks)).split("\n")


def test_each_role_is_told_with_what_gives_or_denies_it():
    """And the rule, and who can change that."""
    tomorrow = int((NOW + timedelta(days=1)).timestamp())
    denied = replace(RIGHTS, grants=(*RIGHTS.grants, a_grant(EVERYONE, Role.BREAK_GLASS, denies=True)))
    said = roles(ANA, denied)
    assert said[0] == "*What you may do on dwh-prod*"
    assert said[1].startswith(f"✓ grant: request on `dwh-*` for <@U00000ANA> (by <@U0000CLEO>, {TODAY}, until <!date^")
    assert f"<!date^{tomorrow}^" in said[1]
    assert said[2] == f"✓ grant: approve on `dwh-*` for <@U00000ANA> (by <@U0000CLEO>, {TODAY})"
    assert said[3:5] == ["✗ no grant: admin on dwh-prod", "✗ no grant: audit on dwh-prod"]
    assert said[5] == f"✗ denied: break-glass on `dwh-*` for every member (by <@U0000CLEO>, {TODAY})"
    assert said[6] == "No rule is set for dwh-prod, so it takes one approval by anybody who may approve."
    assert said[7] == "<@U0000CLEO> can give somebody the right"


def test_an_admin_by_setting_and_a_stranger_are_told_apart():
    """By the settings there is no grant; whose account may do nothing has no roles at all."""
    said = roles(CLEO, own=False)
    assert said[0] == "*What <@U0000CLEO> may do on dwh-prod*"
    assert said[3:5] == ["✓ admin of dwh-prod by the bot's settings", "✓ audit: as an admin"]
    guest = roles(ANA, standing=Standing.GUEST, own=False)
    assert guest[1:3] == ["✗ a guest's account, which the bot refuses", said[-2]]


@pytest.mark.parametrize(
    ("about", "value", "means"),
    [
        ("R-7K3F", "R-7K3F decline", "Why you may or may not: R-7K3F, snapshot of dwh-prod"),
        (str(REF), str(REF), "Why you may or may not: dwh-prod"),
    ],
)
def test_a_refusal_has_a_button_that_names_what_it_explains(about: str, value: str, means: str):
    """For a screen reader; what isn't theirs to know has none."""
    button = rights.why(a_refusal(Reason.NO_GRANT, Action.DECLINE, about=about))
    assert button is not None
    assert (button["action_id"], button["value"]) == (names.WHY, value)
    assert (button["text"]["text"], button["accessibility_label"]) == ("Why?", means)
    assert rights.why(a_refusal(Reason.NO_GRANT, Action.DECLINE)) is None
    of_cluster = rights.why(a_refusal(Reason.NO_GRANT, Action.BREAK_GLASS, about=str(REF)))
    assert of_cluster is not None
    assert of_cluster["value"] == f"{REF} break-glass"
