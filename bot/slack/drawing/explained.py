"""Why somebody may or may not: the modal, and the answer of `/snapshot why`. Values in, views and words out; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.core.access import NEEDS, OF_THE_REQUESTER, Action, Reason
from bot.core.approval import ApprovalRule
from bot.core.explaining import CheckKind, CheckMade, PlaceState, RulePlace
from bot.core.grants import Grant, Role
from bot.core.groups import Groups
from bot.core.ids import Principal, PrincipalKind, UserId
from bot.core.request import SnapshotRequest
from bot.core.scope import Scope
from bot.core.scoped_rules import ClusterRule
from bot.service import Explained, RightsPage, RolesExplained
from bot.slack.drawing import closed, mrkdwn, rights, ruled, wording
from bot.slack.drawing.blocks import Block, View, context, modal, section
from bot.slack.drawing.cards import Say
from bot.slack.drawing.lists import ListPlace, list_modal
from bot.words import rule_words, text

_MOST: Final = 2900  # characters, of 3,000 that Slack takes


def why_modal(seen: Explained, *, now: datetime, company: str) -> View:
    """Return the modal that says why somebody may or may not, check by check, and who else can."""
    request, decision = seen.request, seen.why.decision
    decides = decision.action in (Action.APPROVE, Action.DECLINE, Action.BREAK_GLASS)
    if request and decides and not request.can_be_decided(now):
        blocks = [section("\n".join([_decided(request, seen.groups, now), *_glass(seen)]))]
    else:
        lines = [f"*{_head(seen)}*"]
        lines += [_marked(check.held, _check(seen, check, company)) for check in seen.why.checks]
        blocks = [section(mrkdwn.cut("\n".join(lines), _MOST))]
        if not decision.allowed and (change := rights.who_can_change(decision)):
            blocks.append(section(change))
        blocks += _others(seen)
        if seen.glass and seen.glass.allowed:
            blocks.append(section("\n".join(_glass(seen))))
    if noted := closed.noted(seen.closures):
        blocks.append(section(noted))
    blocks.append(context(_rule(seen.rule, decision.cluster_name, seen.groups)))
    return modal(text("explain-title"), blocks)


def roles_text(seen: RolesExplained) -> Say:
    """Return what somebody may do on a cluster, role by role, and its rule."""
    name, cluster = seen.cluster.name, mrkdwn.escape(seen.cluster.name, most=300)
    head = text("explain-roles", cluster=cluster)
    if not seen.own:
        head = text("explain-roles-of", who=mrkdwn.user(seen.person.user), cluster=cluster)
    lines = [
        _marked(held.is_held, _right(held.role, held.reason, held.grant, name, seen.groups))
        for held in seen.roles
        if held.reason is not Reason.NOT_A_MEMBER
    ] or [_marked(False, text("account", standing=seen.person.standing))]
    said = mrkdwn.cut("\n".join([f"*{head}*", *lines]), _MOST)
    admins = [text("can-give-right", people=mrkdwn.users(seen.admins))] if seen.admins else []
    rule = _rule(seen.rule, name, seen.groups)
    noted = [closed.noted(seen.closures)] if seen.closures else []
    blocks = [section(said), *map(section, noted), context("\n".join([rule, *admins]))]
    return Say("\n".join([said, *noted, rule]), tuple(blocks))


def rights_page(place: ListPlace, page: RightsPage) -> View:
    """Return a page of what gives somebody rights, or denies them, as a modal: each with by whom, when and why."""
    blocks = [section(granted(grant, page.rights.groups)) for grant in page.rights.grants]
    return list_modal(place, blocks, first=page.first, shown=len(blocks), total=page.total)


def _head(seen: Explained) -> str:
    why, decision = seen.why, seen.why.decision
    if why.place and why.place.state is PlaceState.VOTED:
        return text("waits-for-another")
    what = seen.request.id if seen.request else mrkdwn.escape(decision.cluster_name, most=300)
    if decision.allowed:
        return text("explain-can", action=decision.action, what=what)
    return text("explain-cannot", action=decision.action, what=what)


def _decided(request: SnapshotRequest, groups: Groups, now: datetime) -> str:
    if request.has_expired(now):
        return text("already-expired", when=mrkdwn.when(request.expires_at))
    return f"*{request.id}* {wording.status(request)}\n{ruled.stages(request, groups)}".rstrip()


def _glass(seen: Explained) -> list[str]:
    """Return who broke the glass, and by which right; of a request that waits, by which right they may."""
    request, decision = seen.request, seen.glass
    if request is None or decision is None or not (request.glass or decision.allowed):
        return []
    right = _right(Role.BREAK_GLASS, decision.reason, decision.grant, decision.cluster_name, seen.groups)
    said = wording.glass(request) or text("explain-can", action=decision.action, what=request.id)
    return [said, _marked(decision.allowed, right)]


def _marked(held: bool, said: str) -> str:
    return f"✓ {said}" if held else f"✗ {said}"


def _check(seen: Explained, check: CheckMade, company: str) -> str:
    decision, request = seen.why.decision, seen.request
    match check.kind:
        case CheckKind.MEMBER if check.held:
            return text("check-member", company=mrkdwn.escape(company, most=100))
        case CheckKind.MEMBER:
            return text("account", standing=decision.person.standing)
        case CheckKind.OWN:
            own = request is not None and request.owner == Principal(decision.person.user)
            if own and decision.action not in OF_THE_REQUESTER:
                return text("check-own-let" if check.held else "check-own-not-let")
            return text("check-own" if own else "check-not-own")
        case CheckKind.RIGHT:
            role = NEEDS.get(decision.action, Role.APPROVE)
            return _right(role, decision.reason, decision.grant, decision.cluster_name, seen.groups)
        case CheckKind.PLACE:
            return _place(seen)


def _right(role: Role, reason: Reason, grant: Grant | None, cluster: str, groups: Groups) -> str:
    name = mrkdwn.escape(cluster, most=300)
    if reason is Reason.GROUPS_UNKNOWN and grant:
        return text("right-unclear", role=role, group=ruled.principal(grant.holder, groups))
    if reason is Reason.ADMIN:
        return text("right-admin", cluster=name) if role is Role.ADMIN else text("right-of-admin", role=role)
    if grant is None:
        return text("right-none", role=role, cluster=name)
    return granted(grant, groups)


def granted(grant: Grant, groups: Groups) -> str:
    """Return what *grant* gives or denies, to whom, by whom, and why."""
    scope, holder = _scope(grant.scope, grant.cluster_name), _holder(grant.holder, groups)
    key = "right-denied" if grant.denies else "right-granted"
    return text(key, role=grant.role, scope=scope, holder=holder, terms=_terms(grant))


def in_short(grant: Grant, groups: Groups) -> str:
    """Return what *grant* gives or denies to who reads it: on what, through whom, until when."""
    is_own = grant.holder.kind is PrincipalKind.PERSON
    said = [
        "" if is_own else text("own-right-through", holder=_holder(grant.holder, groups)),
        text("given-until", when=mrkdwn.when(grant.terms.until)) if grant.terms.until else "",
    ]
    key = "own-right-denied" if grant.denies else "own-right"
    role = mrkdwn.code(grant.role)  # as commands have it
    right = text(key, role=role, scope=_scope(grant.scope, grant.cluster_name))
    terms = ", ".join(filter(None, said))
    return text("own-right-with", right=right, terms=terms) if terms else right


def _terms(grant: Grant) -> str:
    parts = [text("given-by", who=mrkdwn.user(grant.granted_by), day=mrkdwn.day(grant.granted_at))]
    if grant.terms.until:
        parts.append(text("given-until", when=mrkdwn.when(grant.terms.until)))
    if grant.terms.reason:
        parts.append(text("given-because", reason=mrkdwn.escape(grant.terms.reason, most=300)))
    if grant.terms.quiet:
        parts.append(text("not-pinged"))
    return ", ".join(parts)


def _scope(scope: Scope, cluster_name: str) -> str:
    return mrkdwn.code(cluster_name if scope.beginning is None and cluster_name else str(scope))


def _holder(holder: Principal, groups: Groups) -> str:
    return ruled.principal(holder, groups)


def _named(groups: Groups) -> Callable[[Principal], str]:
    return lambda who: _holder(who, groups)


def _place(seen: Explained) -> str:
    place = seen.why.place or RulePlace(PlaceState.NONE)
    cluster, rule = mrkdwn.escape(seen.why.decision.cluster_name, most=300), seen.rule.approval
    if place.stage is None:
        stages = rule_words.stages(rule, _named(seen.groups))
        return text("place-none", place=place.state, cluster=cluster, rule=stages)
    people = rule_words.stage_people(place.stage, _named(seen.groups))
    votes = text("votes", count=place.have, need=place.stage.need)
    where = text("place-of", votes=votes, people=people)
    if (total := len(rule.stages)) > 1:
        where = text("place-in-stage", stage=text("stage-of", count=place.number, need=total), where=where)
    return text("place", place=place.state, cluster=cluster, where=where)


def _others(seen: Explained) -> list[Block]:
    why = seen.why

    def named(user: UserId) -> str:
        who = mrkdwn.user(user)
        return text("quietly", who=who) if user in why.quiet else who

    people = mrkdwn.some(why.others, named, joiner="and")
    if why.anyone:
        people = text("and-any-member", people=people) if people else text("any-member")
    return [section(text("explain-others", people=people))] if people else []


def _rule(rule: ClusterRule, cluster: str, groups: Groups) -> str:
    said = mrkdwn.cut(rule_words.described(rule.approval, _named(groups)), _MOST // 2)
    name = mrkdwn.escape(cluster, most=300)
    if rule.scope is None and rule.approval == ApprovalRule():
        return text("explain-rule-unset", cluster=name, rule=said)
    if rule.scope is None:
        return text("explain-rule-then", cluster=name, rule=said)
    scope = _scope(rule.scope, cluster)
    if rule.set_at is None:
        return text("explain-rule", scope=scope, rule=said)
    by = text("given-by", who=mrkdwn.user(rule.set_by), day=mrkdwn.day(rule.set_at))
    return text("explain-rule-by", scope=scope, by=by, rule=said)
