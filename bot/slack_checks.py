"""Whom and what settings, grants and rules name in Slack: people who may act, user groups, channels to post to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.checks import Check
from bot.config import Settings
from bot.core.approval import ApprovalRule, groups_in, name_groups
from bot.core.errors import SlackRefused, SlackUnavailable
from bot.core.grants import BY_NAME, Grant, Rights, Role
from bot.core.groups import NO_GROUPS, Groups, GroupState, is_group
from bot.core.ids import ChannelId, Principal, PrincipalKind, UserId
from bot.core.person import Person, Standing
from bot.core.scope import Named, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.text import canonical
from bot.parts import GROUPS
from bot.rights_checks import unmet_checks
from bot.slack.door.identity import Identity
from bot.slack.outbound.channels import SlackChannels
from bot.slack.outbound.usergroups import list_groups
from bot.slack.outbound.users import look_up
from bot.words import text, worded

_MOST: Final = 40  # of each; Slack takes about 50 such calls a minute, and the bot wants some of them
_AT_ONCE: Final = 8
_SHOWN: Final = 5  # grants of one group, each with its command
_PATIENCE: Final = 4.0  # seconds for one of them
_SETTING: Final = "SNAPSHOT_BOT_ADMINS"


async def people_checks(
    web: AsyncWebClient, me: Identity, admins: Iterable[UserId], grants: Iterable[Grant]
) -> list[Check]:
    """Ask Slack who everybody is that a setting or a grant names, each once."""
    named: dict[UserId, list[str]] = {user: [_SETTING] for user in admins}
    for grant in (g for g in grants if g.holder.kind is PrincipalKind.PERSON):
        places = named.setdefault(UserId(grant.holder.id), [])
        places += [] if "a grant" in places else ["a grant"]
    asked, gate = list(named)[:_MOST], asyncio.Semaphore(_AT_ONCE)

    async def ask(user: UserId) -> Person:
        async with gate:
            return await look_up(web, user, team=me.team, patience=_PATIENCE)

    try:
        found = await asyncio.gather(*map(ask, asked))
    except SlackUnavailable as e:
        fix = f"{e}. Add the scope users:read if it is missing; else try again in a minute."
        return [Check("slack-person", "People: Slack doesn't say who they are", fix)]
    ill = [
        Check("slack-person", f"{called(p)}: {text('account', standing=p.standing.value)}", _fix(p.user, named[p.user]))
        for p in found
        if p.standing is not Standing.MEMBER
    ]
    well = len(found) - len(ill)
    rest = f"; {len(named) - len(asked)} more were not asked about" if len(asked) < len(named) else ""
    shown = [Check("slack-person", f"People: {well} in settings and grants can act{rest}")] if well or rest else []
    return [*shown, *ill]


def called(person: Person) -> str:
    """Return a person's id, and their name where Slack says one."""
    return f"{person.user} (@{canonical(person.name)})" if person.name else person.user


def _fix(user: UserId, places: list[str]) -> str:
    moves = []
    if _SETTING in places:
        moves.append(f"Correct {user} in {_SETTING}, or take it out.")
    if "a grant" in places:
        moves.append(f"Take back what it was given: `snapshot-bot grants`, then `snapshot-bot revoke {user} CLUSTER`.")
    return " ".join(moves)


async def group_checks(
    web: AsyncWebClient, me: Identity, grants: Iterable[Grant], rules: Iterable[tuple[str, ApprovalRule]] = ()
) -> list[Check]:
    """Ask Slack about the user groups that a grant or a rule names; *rules* come with what their clusters are called.

    Where none is named, Slack isn't asked.
    """
    given: dict[Principal, list[Grant]] = defaultdict(list)
    ruled: dict[Principal, list[str]] = defaultdict(list)
    for grant in (g for g in grants if is_group(g.holder)):
        given[grant.holder].append(grant)
    for clusters, rule in rules:
        for group in groups_in(rule):
            ruled[group].append(clusters)
    if not (named := sorted({*given, *ruled})):
        return []
    try:
        groups = await list_groups(web, team=me.team, patience=_PATIENCE)
    except SlackUnavailable as e:
        wanting = isinstance(e, SlackRefused) and e.needed
        fix = f"{e}. {GROUPS.remedy if wanting else 'Try again in a minute.'}"
        return [Check("slack-group", "User groups: Slack doesn't say who is in them", fix)]
    checks = [_group(groups, group, given[group], ruled[group]) for group in named]
    return [*checks, *(risk for group in named if (risk := _risk(groups, group, given[group])))]


async def rule_checks(
    web: AsyncWebClient, me: Identity, rights: Rights, rules: Mapping[Scope, ScopeRule], clusters: Iterable[Named]
) -> list[Check]:
    """Say on which of *clusters* nobody could approve a request; nothing where Slack doesn't say who can act."""
    try:
        named = name_groups(rights.grants, [rule.approval for rule in rules.values() if rule.approval])
        groups = await list_groups(web, team=me.team, patience=_PATIENCE) if named else NO_GROUPS
        rights = replace(rights, groups=groups)
        clusters = list(clusters)
        users = sorted({user for cluster in clusters for user in rights.people(Role.APPROVE, cluster)})
        gate = asyncio.Semaphore(_AT_ONCE)

        async def ask(user: UserId) -> Person:
            async with gate:
                return await look_up(web, user, team=me.team, patience=_PATIENCE)

        asked = await asyncio.gather(*map(ask, users[:_MOST]))
    except SlackUnavailable:
        return []  # the checks of groups and people say so
    idle = {person.user for person in asked if person.standing is not Standing.MEMBER}
    return unmet_checks(rights, rules, clusters, [user for user in users if user not in idle])


def _group(groups: Groups, group: Principal, given: list[Grant], ruled: list[str]) -> Check:
    state = groups.state(group)
    what = f"{_handle(groups, group)}: {text('user-group', group_state=state.value)}"
    if state is GroupState.WELL:
        return Check("slack-group", f"{what} of {len(groups.members(group))}")
    if state is GroupState.UNCLEAR:
        return Check("slack-group", what, "Try again in a minute; if it stays, change its members in Slack.")
    if state is GroupState.GONE and any(g.denies for g in given):
        what += ", so that what is denied to it is denied to everybody"
    moves = {GroupState.DISABLED: ["Enable it again in Slack."], GroupState.EMPTY: ["Add somebody to it in Slack."]}
    return Check("slack-group", what, " Or: ".join([*moves.get(state, []), *_without(given, ruled)]))


def _without(given: list[Grant], ruled: list[str]) -> list[str]:
    """Return how what is given to a group is taken back, and where else it stands."""
    commands = [f"`snapshot-bot revoke {g.id}`" for g in given[:_SHOWN]]
    rest = [f"{len(given) - _SHOWN} more (`snapshot-bot grants`)"] if len(given) > _SHOWN else []
    back = [f"Take back what it was given: {', '.join([*commands, *rest])}."] if given else []
    return [*back, *([f"Name somebody else in the rule of {', '.join(ruled)}."] if ruled else [])]


def _risk(groups: Groups, group: Principal, given: list[Grant]) -> Check | None:
    """Warn of a role that those who may edit the group can give themselves; Slack's settings can't be asked."""
    roles = sorted({g.role.value for g in given if g.role in BY_NAME and not g.denies})
    if not roles:
        return None
    said = text("group-risk", role=" and ".join(roles)).rstrip(".")
    return Check("slack-group", f"{_handle(groups, group)} has {' and '.join(roles)}: {said}")


def _handle(groups: Groups, group: Principal) -> str:
    handle = groups.handle(group)
    return f"User group {group.id}" if handle == group.id else f"User group {group.id} ({handle})"


async def channel_checks(
    web: AsyncWebClient, me: Identity, settings: Settings, rules: Mapping[Scope, ScopeRule]
) -> list[Check]:
    """Ask Slack whether cards can be posted to the default channel and to those of rules, each once."""
    clusters: dict[ChannelId, list[str]] = defaultdict(list)
    for scope, rule in rules.items():
        if rule.channel:
            clusters[rule.channel].append(str(scope))
    named = list(dict.fromkeys([*([settings.channel] if settings.channel else []), *clusters]))
    channels, gate = SlackChannels(web, bot_name=me.bot_name, patience=_PATIENCE), asyncio.Semaphore(_AT_ONCE)

    async def ask(channel: ChannelId) -> Check:
        async with gate:
            problem = await channels.problem(channel)
        rule = f" (by the rule of {', '.join(clusters[channel])})" if channel in clusters else ""
        return Check("slack-channel", f"Channel {channel}{rule}", worded(problem) if problem else "")

    checks = list(await asyncio.gather(*map(ask, named[:_MOST])))
    if len(named) > _MOST:
        checks.append(Check("slack-channel", f"Channels: {len(named) - _MOST} more of rules were not asked about"))
    if not (settings.channel or "SNAPSHOT_BOT_CHANNEL" in settings.unusable):
        fix = "Set SNAPSHOT_BOT_CHANNEL, or give each cluster one: snapshot-bot rule CLUSTER --channel C…"
        checks.insert(0, Check("slack-channel", "Channel: no default for cards", fix))
    return checks
