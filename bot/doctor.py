"""What stands between the bot and its work: each check with its fix, for the operator."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.app import opened_slack
from bot.clock import SystemClock
from bot.clouds import opened_clouds
from bot.config import Settings
from bot.core.access import Role
from bot.core.errors import (
    BotError,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudUnavailable,
    ConfigError,
    SlackUnavailable,
    StoreUnavailable,
)
from bot.environment import Environment
from bot.exits import told
from bot.manifest import needed_scopes
from bot.misspelt import misspelt
from bot.parts import PARTS, AppPart
from bot.slack.door import identity
from bot.slack.outbound.channels import SlackChannels
from bot.store import file_of, open_store
from bot.words import say, text, worded


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `snapshot-bot doctor`: what was checked, whether it is well, and how to fix it where not."""

    ok: bool
    what: str
    fix: str = ""


async def examine(environ: Mapping[str, str]) -> list[Check]:
    """Check everything that can be checked; what needs something broken is left out, since its fix comes first."""
    near = [Check(True, f"Settings: {_unknown(*found)}") for found in misspelt(Environment(environ))]
    try:
        settings = Settings.read(environ)
    except ConfigError as e:
        return [Check(False, "Settings", say(e)), *near, *await _whole("Cloud", _clouds(environ))]
    return [
        Check(True, f"Settings: {'Socket Mode' if settings.socket_mode else 'HTTP mode'}"),
        *near,
        *await _whole("Database", _database(settings)),
        *await _whole("Slack", _slack(settings)),
        *await _whole("Cloud", _clouds(environ)),
    ]


async def _whole(what: str, checks: Awaitable[list[Check]]) -> list[Check]:
    """Return *checks*; where they break, one that says so, for the others still hold."""
    try:
        return await checks
    except Exception as e:
        return [Check(False, what, told(e)[0])]


def _unknown(variable: str, near: str) -> str:
    meant = f"; did you mean {near}?" if near else ""
    return f"{variable} is not one of the bot's and has no effect{meant}"


async def _database(settings: Settings) -> list[Check]:
    try:
        async with open_store(settings.database, exclusive=False) as store:
            await store.beat()
            rights = await store.rights()
            verdict = await store.verify_chain()
    except ConfigError as e:
        return [Check(False, "Database", say(e))]
    except StoreUnavailable as e:
        return [Check(False, "Database: nothing can be saved", str(e))]
    if verdict.broken is not None:
        fix = f"{verdict.why} Compare with a backup: somebody or something changed the file outside the bot."
        return [Check(False, f"Record: broken at entry {verdict.broken}", fix)]
    grants, entries = text("grants", count=len(rights.grants)), text("entries", count=verdict.rows)
    found = f"Database: {file_of(settings.database)}, {grants}, {entries} on record, unaltered"
    checks = [Check(True, found)]
    if not settings.admins and not any(g.role is Role.ADMIN for g in rights.grants):
        checks.append(Check(False, "Admins: nobody", "Set SNAPSHOT_BOT_ADMINS to the Slack user ids of the admins."))
    for role in (Role.REQUEST, Role.APPROVE):
        if not any(g.role is role for g in rights.grants):
            fix = f"Give the first grant: snapshot-bot grant U… CLUSTER --role {role}"
            checks.append(Check(False, f"Rights: nobody may {role} yet", fix))
    return checks


async def _slack(settings: Settings) -> list[Check]:
    async with opened_slack(settings) as web:
        try:
            me = await identity.introduce(web, app_id=settings.slack_app_id or "", app_token=_app_token_of(settings))
            scopes = await identity.scopes(web)
        except (ConfigError, SlackUnavailable) as e:
            return [Check(False, "Slack's bot token", _fix(e))]
        checks = [Check(True, f"Slack's bot token: {me.bot_name} in {me.team_name}")]
        needed = needed_scopes()
        if missing := needed - scopes:
            fix = (
                "Add them under OAuth & Permissions (or paste what `snapshot-bot manifest` prints), then install the "
                "app again."
            )
            checks.append(Check(False, f"Slack's scopes: {', '.join(sorted(missing))} missing", fix))
        else:
            checks.append(Check(True, f"Slack's scopes: {', '.join(sorted(needed))}"))
        checks += [_part(part, scopes) for part in PARTS]
        if settings.slack_app_token:
            checks.append(await _app_token(web, _app_token_of(settings)))
        if settings.channel:
            problem = await SlackChannels(web, bot_name=me.bot_name).problem(settings.channel)
            checks.append(Check(problem is None, f"Channel {settings.channel}", worded(problem) if problem else ""))
        else:
            fix = "Set SNAPSHOT_BOT_CHANNEL, or give each cluster one: snapshot-bot rule CLUSTER --channel C…"
            checks.append(Check(False, "Channel: no default for cards", fix))
        return checks


def _app_token_of(settings: Settings) -> str:
    return settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""


def _part(part: AppPart, scopes: frozenset[str]) -> Check:
    if missing := part.missing(scopes):
        return Check(True, f"Slack's part {part.name}: without {', '.join(missing)} {part.without}. {part.remedy}")
    return Check(True, f"Slack's part {part.name}: {', '.join(part.scopes)}")


async def _app_token(web: AsyncWebClient, token: str) -> Check:
    try:
        await identity.open_connection(web, token)
    except (ConfigError, SlackUnavailable) as e:
        return Check(False, "Slack's app token", _fix(e))
    return Check(True, "Slack's app token: Socket Mode can connect")


def _fix(error: BotError) -> str:
    if isinstance(error, SlackUnavailable):
        return f"Slack isn't answering ({error}). Check SLACK_API_URL and the network, then try again."
    return say(error)


async def _clouds(environ: Mapping[str, str]) -> list[Check]:
    checks = []
    try:
        async with opened_clouds(environ, SystemClock()) as clouds:
            for name, cloud in clouds.items():
                try:
                    checks.append(Check(True, f"Cloud {name}: {await cloud.whoami()}"))
                except CloudError as e:
                    checks.append(Check(False, f"Cloud {name}: {e}", _cloud_fix(e)))
    except ConfigError as e:
        checks.append(Check(False, "Cloud", say(e)))
    return checks


def _cloud_fix(error: CloudError) -> str:
    """Return what the operator checks; what the error says itself is for people who wait in Slack."""
    match error:
        case CloudLoginRefused():
            return (
                "Check user, password and domain (or access keys), and that the project and the region exist: "
                "OS_* or clouds.yaml. A locked or expired account is fixed in the cloud's IAM."
            )
        case CloudForbidden() if error.status == 403:
            return (
                "In the cloud's IAM, give the bot's account dws:openAPICluster:list and dws:openAPISnapshot:list, "
                ":detail and :create in this project."
            )
        case CloudUnavailable():
            return (
                "Check OS_AUTH_URL (or OS_REGION_NAME, DWS_ENDPOINT) and the network; if they are right, the cloud is "
                "in trouble: try again later."
            )
        case _:
            return "Check the project, the region and DWS_ENDPOINT: what answers there is no DWS for this project."
