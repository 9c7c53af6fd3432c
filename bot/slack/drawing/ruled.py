"""The rule of a request in words: what it takes, how far each stage is, who may decide, too, and who changed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from bot.core.approval import ApprovalRule
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import Principal, PrincipalKind, UserId
from bot.core.request import SnapshotRequest, State
from bot.slack.drawing import mrkdwn
from bot.slack.drawing.blocks import Block, context, section
from bot.words import duration, listing, rule_words, text


def approvals_needed(rule: ApprovalRule) -> str:
    """Return "one approval", "two approvals"."""
    return text("approvals", count=rule.need)


def principal(who: Principal, groups: Groups, *, named: Callable[[str], str] = mrkdwn.user) -> str:
    """Return who is meant: a person as *named* writes them, a group as it is called, which pings nobody."""
    match who.kind:
        case PrincipalKind.PERSON:
            return named(who.id)
        case PrincipalKind.GROUP:
            return mrkdwn.escape(groups.handle(who), most=80)
        case PrincipalKind.EVERYONE:
            return text("every-member")


def stages(request: SnapshotRequest, groups: Groups) -> str:
    """Return how far each stage of the rule is, a line each; "" where there is but one, for anybody."""
    rule, lines = request.asks, []
    if len(rule.stages) == 1 and not rule.stages[0].by:
        return ""
    for number, stage in enumerate(rule.stages):
        filled = request.counted[number] if number < len(request.counted) else ()
        state = "full" if len(filled) >= stage.need else "open" if number < request.stages_open else "later"
        said = text("stage-voted", people=mrkdwn.users(filled, joiner="and")) if filled else ""
        who = rule_words.stage_people(stage, partial(principal, groups=groups))
        lines.append(
            text("stage-line", progress=state, who=who, count=len(filled), need=stage.need, voted=said).rstrip()
        )
    return "\n".join(lines)


def progress(request: SnapshotRequest, groups: Groups) -> list[Block]:
    """Return how far a request is that waits: its stages, who may decide, too, and who changed its rule."""
    if request.state is not State.WAITING:
        return []
    how_far = stages(request, groups)
    notes = (escalated(request, groups), rule_changed(request))
    return [*([section(how_far)] if how_far else []), *(context(note) for note in notes if note)]


def escalated(request: SnapshotRequest, groups: Groups) -> str:
    """Return who may decide, too, since nobody did in time; "" where that is nobody, or it waits no more."""
    if not request.escalated or request.state is not State.WAITING:
        return ""
    tiers = request.rule.tiers[: request.escalated]
    people = listing([principal(who, groups) for tier in tiers for who in tier.by], joiner="and")
    length = duration(tiers[-1].after)
    return text("escalated", length=length, people=people, cluster=mrkdwn.escape(request.cluster_name, most=300))


def rule_changed(request: SnapshotRequest) -> str:
    """Return that the rule of a request that waits was changed since it was asked for, and by whom; or ""."""
    if request.rule_set_at is None or request.state is not State.WAITING:
        return ""
    who, when = mrkdwn.user(request.rule_set_by), mrkdwn.when(request.rule_set_at)
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    said = text("rule-changed", cluster=cluster, when=when, who=who, approvals=approvals_needed(request.rule))
    counts = text("still-counts", people=mrkdwn.users(request.approvals, joiner="and"), count=len(request.approvals))
    return f"{said} {counts}" if request.approvals else said


def rule(
    of: ApprovalRule,
    approvers: Sequence[UserId],
    *,
    quiet: int = 0,
    anyone: bool = False,
    waived: bool = False,
    groups: Groups = NO_GROUPS,
) -> str:
    """Return "one approval by @dba"; says so where nobody could give it. *quiet* are so many whom nobody mentions."""
    if waived:
        return text("rule-none")
    if any(stage.by for stage in of.stages) or len(of.stages) > 1:
        return rule_words.stages(of, partial(principal, groups=groups))
    if anyone:
        return text("rule", approvals=approvals_needed(of), people=text("anybody-else"))
    unnamed = text("quiet-approvers", count=quiet) if quiet else ""
    people = text("either", one=mrkdwn.users(approvers), other=unnamed) if approvers and unnamed else unnamed
    if not approvers and not unnamed:
        return text("rule-nobody", approvals=approvals_needed(of))
    return text("rule", approvals=approvals_needed(of), people=people or mrkdwn.users(approvers))
