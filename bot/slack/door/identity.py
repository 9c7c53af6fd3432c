"""Who the bot is in Slack, and whether Slack accepts its tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot import tokens, values
from bot.core.errors import ConfigError, Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import Actor, TeamId, UserId
from bot.slack.door.deliveries import Delivery
from bot.slack.outbound.calls import as_unavailable, call

_APP_ID: Final = re.compile(r"A[A-Z0-9]{2,}")
_REFUSED: Final = frozenset({Meaning.LOGIN, Meaning.PERMISSION})  # of a token; whatever else Slack says may pass


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot's installation. *app_id* is "" where Slack hasn't told it, *enterprise* outside Enterprise Grid."""

    team: TeamId
    team_name: str
    bot_user: UserId
    bot_id: str
    bot_name: str
    url: str
    app_id: str = ""
    enterprise: str = ""

    def workspace(self) -> dict[str, str]:
        """Return which workspace and app it is, for operators."""
        return {"id": self.team, "name": self.team_name, "url": self.url, "app_id": self.app_id}

    def actor(self, delivery: Delivery) -> Actor:
        """Return who acts, by the ids in Slack's payload alone; names in it can be anything.

        In an Enterprise Grid their team may be another of its workspaces: users.info says whether ours is theirs, too.
        """
        team, user = delivery.by
        return Actor(team=TeamId(team), user=user)


async def introduce(web: AsyncWebClient, *, app_id: str = "", app_token: str = "") -> Identity:
    """Return who the bot token belongs to, and which app; *app_id* and *app_token* are what the settings say.

    Raises:
        ConfigError: Slack doesn't accept the token, it is no bot's, or it is another app's than the settings say.
        SlackUnavailable: Slack can't be asked, or says no for a reason that may pass.
    """
    me = await connect(web)
    known = me.app_id or await _app_of_bot(web, me.bot_id)
    if app_id and known and app_id != known:
        raise ConfigError(
            f"SLACK_APP_ID is {app_id}, but SLACK_BOT_TOKEN belongs to the app {known}. Correct the one that is wrong."
        )
    if known and (other := tokens.app_of(app_token)) and other != known:
        raise ConfigError(
            f"SLACK_APP_TOKEN belongs to the app {other}, and SLACK_BOT_TOKEN to the app {known}. Copy both from one."
        )
    return replace(me, app_id=known or app_id)


async def _app_of_bot(web: AsyncWebClient, bot_id: str) -> str:
    """Return the id of the app that *bot_id* is the bot of, "" where Slack doesn't tell it to us."""
    try:
        answer = await call(web.bots_info(bot=bot_id))
    except SlackRefused:
        return ""
    bot = answer.get("bot")
    return str(bot.get("app_id") or "") if isinstance(bot, dict) else ""


async def connect(web: AsyncWebClient) -> Identity:
    """Return who the bot token belongs to.

    Raises:
        ConfigError: Slack doesn't accept the token, or it is no bot's.
        SlackUnavailable: Slack can't be asked, or says no for a reason that may pass.
    """
    try:
        me = await call(web.auth_test())
    except SlackRefused as e:
        if e.meaning not in _REFUSED:
            raise
        raise ConfigError(
            f"Slack does not accept SLACK_BOT_TOKEN ({e.code}). Copy the Bot User OAuth Token (xoxb-…) from "
            "api.slack.com/apps > OAuth & Permissions; install the app to the workspace again if it was removed."
        ) from e
    if not me.get("bot_id"):
        raise ConfigError("SLACK_BOT_TOKEN is a user's token. The bot needs the Bot User OAuth Token (xoxb-…).")
    if not (me.get("team_id") and me.get("user_id")):
        raise SlackUnavailable("Slack's answer to auth.test names no workspace")
    return Identity(
        team=TeamId(str(me.get("team_id") or "")),
        team_name=str(me.get("team") or ""),
        bot_user=UserId(str(me.get("user_id") or "")),
        bot_id=str(me["bot_id"]),
        bot_name=str(me.get("user") or "snapshots"),
        url=str(me.get("url") or ""),
        app_id=str(me.get("app_id") or ""),
        enterprise=str(me.get("enterprise_id") or ""),
    )


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What Slack says beside its answer: the token's *scopes*, when it answered by its own clock (None: it didn't say).

    *seconds_left* is until a token ends that rotates; None: it has no end, or Slack doesn't take it.
    """

    scopes: frozenset[str]
    answered_at: datetime | None
    seconds_left: float | None = None


async def token_facts(web: AsyncWebClient) -> TokenFacts:
    """Return what Slack says of the bot token, also where it doesn't accept it.

    Raises:
        SlackUnavailable: Slack can't be asked.
    """
    answer: Any
    try:
        answer = await web.auth_test()
    except SlackApiError as e:
        answer = e.response
        if not isinstance(getattr(answer, "data", None), dict):
            raise as_unavailable(e) from e
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as e:
        raise as_unavailable(e) from e
    headers = {str(name).lower(): str(value) for name, value in (answer.headers or {}).items()}
    left = answer.get("expires_in")
    return TokenFacts(
        frozenset(s.strip() for s in headers.get("x-oauth-scopes", "").split(",") if s.strip()),
        values.http_date(headers.get("date", "")),
        float(left) if isinstance(left, int | float) else None,
    )


async def open_connection(web: AsyncWebClient, app_token: str) -> str:
    """Return a fresh WebSocket URL for Socket Mode; it is a secret.

    Raises:
        ConfigError: Slack doesn't accept the app-level token.
        SlackUnavailable: Slack can't be asked, or says no for a reason that may pass.
    """
    try:
        answer = await call(web.apps_connections_open(app_token=app_token))
    except SlackRefused as e:
        if e.meaning not in _REFUSED:
            raise
        raise ConfigError(
            f"Slack does not accept SLACK_APP_TOKEN ({e.code}). Generate an app-level token (xapp-…) with the scope "
            "connections:write under api.slack.com/apps > Basic Information, and switch Socket Mode on."
        ) from e
    if not (url := str(answer.get("url") or "")):
        raise SlackUnavailable("Slack's answer to apps.connections.open has no URL")
    return url


def with_app_of(identity: Identity, wss_url: str) -> Identity:
    """Return *identity* with the app id that *wss_url* names, if it is one: Slack may put another form of it there."""
    found = parse_qs(urlsplit(wss_url).query).get("app_id", [""])[0]
    return replace(identity, app_id=identity.app_id or (found if _APP_ID.fullmatch(found) else ""))
