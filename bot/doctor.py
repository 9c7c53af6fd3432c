"""What stands between the bot and its work: each check with its fix, for the operator.

Every far end is checked at once and has its time, so that a slow one keeps nobody waiting; what breaks a check by
surprise is one line and leaves the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot import far_ends
from bot.app import opened_slack
from bot.causes import cause_of, reason
from bot.checks import LONGEST, Check, guarded
from bot.clock_checks import Clocks, clock_checks
from bot.cloud_checks import cloud_checks
from bot.clouds import configured
from bot.config import Settings
from bot.core.errors import BotError, ConfigError, SlackRefused, SlackUnavailable
from bot.core.grants import Rights
from bot.database_checks import Database, look_at
from bot.fields import SLACK
from bot.machine_checks import listen_checks, secret_checks, source_checks
from bot.manifest import needed_scopes
from bot.parts import PARTS, AppPart
from bot.slack.door import identity
from bot.slack_checks import channel_checks, group_checks, people_checks, rule_checks
from bot.words import say

__all__ = ["Check", "examine"]

_ROTATING: Final = "xoxe."  # how a token begins that rotates
_LOCAL: Final = 30.0  # seconds for what is on this machine: a large record takes some to verify


async def examine(environ: Mapping[str, str], *, patience: float = LONGEST) -> list[Check]:
    """Check everything that can be checked; what needs something broken is left out, since its fix comes first.

    Each far end has *patience* seconds.
    """
    clocks = Clocks()
    settings, checks = _settings(environ)
    checks += await _of_machine(environ)
    database = Database([])

    async def stored() -> list[Check]:
        nonlocal database
        database = await look_at(settings, [name for name in configured(environ) if name])
        return database.checks

    checks += await guarded("listen", "Listening", listen_checks(settings), seconds=patience)
    checks += await guarded("database", "Database", stored(), seconds=_LOCAL)
    slack, clouds = await asyncio.gather(
        guarded("slack-token", "Slack", _slack(settings, database, clocks, patience), seconds=2 * patience),
        guarded("cloud", "Cloud", cloud_checks(environ, clocks, patience), seconds=2 * patience),
    )
    return checks + slack + clouds + clock_checks(clocks, http_mode=settings.http_mode)


def _settings(environ: Mapping[str, str]) -> tuple[Settings, list[Check]]:
    """Return what can be used of the settings, and what is wrong with the others."""
    try:
        settings = Settings.read(environ)
    except ConfigError as e:
        return Settings.usable(environ)[0], [Check("settings", "Settings", say(e))]
    return settings, [Check("settings", f"Settings: {'Socket Mode' if settings.socket_mode else 'HTTP mode'}")]


async def _of_machine(environ: Mapping[str, str]) -> list[Check]:
    async def sources() -> list[Check]:
        return source_checks(environ)

    async def secrets() -> list[Check]:
        return secret_checks(environ)

    return [
        *await guarded("settings-used", "Settings: what is set", sources()),
        *await guarded("secret-file", "Files with secrets", secrets()),
    ]


async def _slack(settings: Settings, database: Database, clocks: Clocks, patience: float) -> list[Check]:
    """Check all that is Slack's, within *patience* seconds; what takes longer, or breaks, is one line of its own."""
    if settings.unusable & {"SLACK_BOT_TOKEN", "SLACK_API_URL"}:
        return []
    url = settings.slack_api_url
    end = far_ends.slack(url, settings.proxies, settings.certificates.named, public=url == SLACK)
    late, loop = far_ends.advice(TimeoutError(), end), asyncio.get_running_loop()
    known: list[identity.Identity] = []
    async with opened_slack(settings) as web:
        over = loop.time() + patience

        async def bounded(code: str, what: str, checks: Awaitable[list[Check]]) -> list[Check]:
            return await guarded(code, what, checks, late=late, seconds=max(0.1, over - loop.time()))

        checks = await bounded("slack-token", "Slack's bot token", _bot_token(web, settings, end, clocks, known))
        if not known:
            return checks
        (me,) = known
        channels = channel_checks(web, me, settings, database.rules)
        people = people_checks(web, me, settings.admins, database.grants)
        clusters = [c for holdings in database.seen.values() for c in holdings.clusters.values()]
        ruled = [(str(scope), rule.approval) for scope, rule in database.rules.items() if rule.approval]
        found = await asyncio.gather(
            bounded("slack-app-token", "Slack's app token", _app_token(web, settings, end)),
            bounded("slack-channel", "Channels", channels),
            bounded("slack-person", "People", people),
            bounded("rule-unmet", "Rules", rule_checks(web, me, Rights(database.grants), database.rules, clusters)),
            bounded("slack-group", "User groups", group_checks(web, me, database.grants, ruled)),
        )
        return [*checks, *(check for part in found for check in part)]


async def _bot_token(
    web: AsyncWebClient, settings: Settings, end: far_ends.FarEnd, clocks: Clocks, known: list[identity.Identity]
) -> list[Check]:
    """Check the bot token; where Slack accepts it, *known* gets whose it is."""
    facts = None
    try:
        facts = await identity.token_facts(web)
        if facts.answered_at:
            clocks.ahead["Slack"] = facts.answered_at - datetime.now(UTC)
        me = await identity.introduce(web, app_id=settings.slack_app_id or "", app_token=_app_token_of(settings))
    except (ConfigError, SlackUnavailable) as e:
        return [Check("slack-token", "Slack's bot token", _fix(e, end)), *(_rotation(settings, facts) if facts else [])]
    known.append(me)
    checks = [Check("slack-token", f"Slack's bot token: {me.bot_name} in {me.team_name}")]
    needed = needed_scopes()
    if missing := needed - facts.scopes:
        where = "under OAuth & Permissions (or paste what `snapshot-bot manifest` prints)"
        fix = f"Add them {where}, then install the app again."
        checks.append(Check("slack-scopes", f"Slack's scopes: {', '.join(sorted(missing))} missing", fix))
    else:
        checks.append(Check("slack-scopes", f"Slack's scopes: {', '.join(sorted(needed))}"))
    return [*checks, *_rotation(settings, facts), *(_part(part, facts.scopes) for part in PARTS)]


def _app_token_of(settings: Settings) -> str:
    return settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""


def _rotation(settings: Settings, facts: identity.TokenFacts) -> list[Check]:
    """Find a bot token that ends: the bot has no client secret, with which it could get the next one."""
    rotates = settings.slack_bot_token.get_secret_value().startswith(_ROTATING)
    if facts.seconds_left is None and not rotates:
        return []
    when = f" in {facts.seconds_left / 3600:.1f} h" if facts.seconds_left is not None else " within 12 hours"
    fix = (
        "Token rotation is on for this app, and Slack lets nobody switch it off again: create the app once more from "
        "the manifest, without token rotation, and use that one's tokens."
    )
    return [Check("slack-token-end", f"Slack's bot token ends{when}", fix)]


def _part(part: AppPart, scopes: frozenset[str]) -> Check:
    if missing := part.missing(scopes):
        without = f"without {', '.join(missing)} {part.without}. {part.remedy}"
        return Check("slack-part", f"Slack's part {part.name}: {without}")
    return Check("slack-part", f"Slack's part {part.name}: {', '.join(part.scopes)}")


async def _app_token(web: AsyncWebClient, settings: Settings, end: far_ends.FarEnd) -> list[Check]:
    if settings.slack_app_token is None:
        return []
    try:
        await identity.open_connection(web, _app_token_of(settings))
    except (ConfigError, SlackUnavailable) as e:
        return [Check("slack-app-token", "Slack's app token", _fix(e, end))]
    return [Check("slack-app-token", "Slack's app token: Socket Mode can connect")]


def _fix(error: BotError, end: far_ends.FarEnd) -> str:
    if isinstance(error, SlackRefused):
        return f"Slack refuses ({error}). Try again in a minute; if it stays, look at the app at api.slack.com/apps."
    if isinstance(error, SlackUnavailable):
        cause = cause_of(error)
        why = reason(cause) if cause and not str(error).startswith("Slack:") else str(error)
        return f"Slack isn't answering ({why}). {far_ends.advice(error, end)}"
    return say(error)
