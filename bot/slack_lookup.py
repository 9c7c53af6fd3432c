"""Who a person and what a user group or a channel is that a command names, asked of Slack where it can be.

What asks Slack is imported late, so that commands that don't ask start without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

from bot.certificates import Certificates
from bot.command_settings import read_few
from bot.core.errors import BotError, ConfigError, SlackUnavailable
from bot.core.groups import UNKNOWN_GROUPS, Groups, GroupState
from bot.core.ids import ChannelId, Principal, UserId
from bot.core.person import Standing
from bot.core.text import canonical
from bot.environment import Environment
from bot.fields import SLACK, BotToken, SlackUrl
from bot.ports import UserGroups
from bot.proxies import Proxies
from bot.scopes import bad_argument
from bot.words import text, worded

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

_LONGEST: Final = 8.0  # seconds
_UNKNOWN: Final = ("channel-unanswered", "channel-refused")  # it says nothing of the channel


class SlackSettings(BaseModel):
    """What is needed to ask Slack; nobody is asked where there is no token."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    slack_bot_token: BotToken | None = Field(None, alias="SLACK_BOT_TOKEN")
    slack_api_url: SlackUrl = Field(SLACK, alias="SLACK_API_URL")


class _NotAsked(Exception):
    """Slack can't be asked; the text says why."""


async def person_called(environ: Mapping[str, str], user: UserId, *, offline: bool) -> str:
    """Return what to call *user*: "U024… (@ana)", or that it wasn't checked with Slack, and why.

    Raises:
        BotError: Slack says that this is nobody who could ever act, so that a grant would be for nobody.
    """
    if offline:
        return f"{user} (not checked with Slack)"
    try:
        async with _asked(environ) as web:
            from bot.slack.door import identity
            from bot.slack.outbound.users import look_up

            person = await look_up(web, user, team=(await identity.connect(web)).team, patience=_LONGEST / 2)
    except _NotAsked as e:
        return f"{user} (not checked with Slack: {e})"
    called = f"{user} (@{canonical(person.name)})" if person.name else user
    if person.standing is Standing.MEMBER:
        return called
    raise bad_argument(
        f"{called}: {text('account', standing=person.standing.value)}, so nothing was changed. Copy the member ID from "
        "the person's profile (⋮) in the bot's workspace; with --offline nobody is asked."
    )


async def who_can_act(environ: Mapping[str, str], users: Collection[UserId]) -> Collection[UserId]:
    """Return who of *users* is an active member; all of whom Slack doesn't say it."""
    try:
        async with _asked(environ) as web:
            from bot.slack.door import identity
            from bot.slack.outbound.users import look_up

            team = (await identity.connect(web)).team
            found = [await look_up(web, user, team=team, patience=_LONGEST / 2) for user in sorted(users)]
    except _NotAsked:
        return users
    return [person.user for person in found if person.standing is Standing.MEMBER]


async def group_called(environ: Mapping[str, str], group: Principal, *, offline: bool) -> str:
    """Return what to call the user *group*: "S024… (@dba)", or that it wasn't checked with Slack, and why.

    Raises:
        BotError: Slack says that it isn't there, or is disabled, so that a grant would be for nobody.
    """
    if offline:
        return f"{group.id} (not checked with Slack)"
    try:
        async with _asked(environ) as web:
            from bot.slack.door import identity
            from bot.slack.outbound.usergroups import list_groups

            groups = await list_groups(web, team=(await identity.connect(web)).team, patience=_LONGEST / 2)
            state = groups.state(group)
            said = text("user-group", group_state=state.value)
            if state is GroupState.UNCLEAR:
                raise _NotAsked(said)
    except _NotAsked as e:
        return f"{group.id} (not checked with Slack: {e})"
    called = f"{group.id} ({groups.handle(group)})" if group.id in groups.known else group.id
    if state in (GroupState.GONE, GroupState.DISABLED):
        raise bad_argument(
            f"{called}: {said}, so nothing was changed. Copy the group ID from the group's profile (⋮) in the bot's "
            "workspace; with --offline nobody is asked."
        )
    return called


async def channel_checked(environ: Mapping[str, str], channel: ChannelId, *, offline: bool) -> str:
    """Return "" where cards can be posted to *channel*, else that this wasn't checked with Slack, and why.

    Raises:
        BotError: Slack says that they can't.
    """
    if offline:
        return f" ({channel} was not checked with Slack)"
    try:
        async with _asked(environ) as web:
            from bot.slack.door import identity
            from bot.slack.outbound.channels import SlackChannels

            me = await identity.connect(web)
            problem = await SlackChannels(web, bot_name=me.bot_name, patience=_LONGEST / 2).problem(channel)
            if problem and problem.code in _UNKNOWN:
                raise _NotAsked(worded(problem))
    except _NotAsked as e:
        return f" ({channel} was not checked with Slack: {e})"
    if problem:
        raise bad_argument(f"{channel}: {worded(problem)} Nothing was changed; with --offline nobody is asked.")
    return ""


class UnaskedGroups:
    """User groups of which nothing is known, where nobody asks Slack."""

    async def groups(self, *, fresh: bool = False) -> Groups:
        """Return that."""
        return UNKNOWN_GROUPS


def user_groups(environ: Mapping[str, str], *, offline: bool) -> UserGroups:
    """Return who says who is in which user group; Slack isn't asked yet."""
    return UnaskedGroups() if offline else _AskedGroups(environ)


class _AskedGroups:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    async def groups(self, *, fresh: bool = False) -> Groups:
        """Ask Slack; unknown ones where it doesn't say."""
        try:
            async with _asked(self._environ) as web:
                from bot.slack.door import identity
                from bot.slack.outbound.usergroups import list_groups

                return await list_groups(web, team=(await identity.connect(web)).team, patience=_LONGEST / 2)
        except _NotAsked:
            return UNKNOWN_GROUPS


@asynccontextmanager
async def _asked(environ: Mapping[str, str]) -> AsyncIterator[AsyncWebClient]:
    """Open a client for a few questions.

    Raises:
        _NotAsked: it isn't set up, or Slack doesn't answer.
    """
    environment = Environment(environ)
    try:
        settings = read_few(SlackSettings, environ)
        if settings.slack_bot_token is None:
            raise _NotAsked("SLACK_BOT_TOKEN is not set")
        from bot.clients import HttpClients

        clients = HttpClients(Proxies.read(environment), Certificates.read(environment))
        async with (
            asyncio.timeout(_LONGEST),
            clients.opened_web(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url) as web,
        ):
            yield web
    except (ConfigError, SlackUnavailable) as e:
        raise _NotAsked(_line(e)) from e
    except TimeoutError:
        raise _NotAsked("no answer in time") from None


def _line(error: BotError) -> str:
    return " ".join(str(error).split()).partition(". ")[0].rstrip(".")
