"""Whom and what settings, grants and rules name in Slack: people who may act, channels that can be posted to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.checks import Check
from bot.config import Settings
from bot.core.access import Grant
from bot.core.approval import ClusterRule
from bot.core.errors import SlackUnavailable
from bot.core.ids import ChannelId, ClusterRef, PrincipalKind, UserId
from bot.core.person import Person, Standing
from bot.core.text import canonical
from bot.slack.door.identity import Identity
from bot.slack.outbound.channels import SlackChannels
from bot.slack.outbound.users import look_up
from bot.words import text, worded

_MOST: Final = 40  # of each; Slack takes about 50 such calls a minute, and the bot wants some of them
_AT_ONCE: Final = 8
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


async def channel_checks(
    web: AsyncWebClient, me: Identity, settings: Settings, rules: Mapping[ClusterRef, ClusterRule]
) -> list[Check]:
    """Ask Slack whether cards can be posted to the default channel and to those of rules, each once."""
    clusters: dict[ChannelId, list[str]] = defaultdict(list)
    for ref, rule in rules.items():
        if rule.channel:
            clusters[rule.channel].append(f"{ref.cloud}/{ref.id}")
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
