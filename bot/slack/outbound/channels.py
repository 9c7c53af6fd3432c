"""Whether the bot may post into a channel, asked before a request is kept: else its card could not appear.

Source: docs.slack.dev, "conversations.info" and "Slack Connect".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.channel import ChannelSeen
from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId, UserId
from bot.core.phrase import Phrase
from bot.slack.drawing import mrkdwn
from bot.slack.outbound.calls import twice
from bot.words import worded

log = structlog.get_logger(__name__)

_SHAREABLE: Final = "CG"  # how the ids of channels begin; a direct message is only for whom it is sent to
_TAKEN_FOR_GRANTED: Final = 60.0  # seconds: a card may be drawn again each second
_PAGE: Final = 1000  # people, as many as Slack gives at once
_PAGE_SECONDS: Final = 10.0  # nobody waits for an answer to Slack meanwhile
_PAGES: Final = 10  # who comes after those of a channel of thousands gets a direct message as well


class SlackChannels:
    """Looks at channels before they are used. *bot_name* is how people mention the bot.

    *patience* is in seconds, for both tries together.
    """

    def __init__(self, client: AsyncWebClient, *, bot_name: str = "snapshots", patience: float = 1.5) -> None:
        self._client = client
        self._ours: dict[ChannelId, float] = {}  # until when, by the event loop's time, that is taken for granted
        self._members: dict[ChannelId, tuple[float, frozenset[UserId]]] = {}  # as for _ours
        self._bot_name = bot_name
        self._patience = patience

    def invited_as(self, bot_name: str) -> None:
        """Let people invite the bot by the name *bot_name*, from now on."""
        self._bot_name = bot_name

    async def problem(self, channel: ChannelId) -> Phrase | None:
        """Return why the bot can't post there and what to do about it, or None where it can."""
        return (await self.seen(channel)).problem

    async def seen(self, channel: ChannelId) -> ChannelSeen:
        """Return what Slack says of *channel* now."""
        try:
            answer = await twice(lambda: self._client.conversations_info(channel=channel), seconds=self._patience)
        except SlackRefused as e:
            if e.meaning is Meaning.ELSEWHERE:
                return ChannelSeen(self.not_here())
            log.warning("channel.unknown", channel=channel, error=str(e))
            if e.meaning in (Meaning.LOGIN, Meaning.PERMISSION):
                return ChannelSeen(Phrase("channel-refused"))
            return ChannelSeen(Phrase("channel-unseen"))
        except SlackUnavailable as e:
            log.warning("channel.unknown", channel=channel, error=str(e))
            return ChannelSeen(Phrase("channel-unanswered"))
        found = answer.get("channel") or {}
        if not _is_shared(found):
            self._ours[channel] = asyncio.get_running_loop().time() + _TAKEN_FOR_GRANTED
        return ChannelSeen(self._judge(found), is_private=bool(found.get("is_private")))

    def not_here(self) -> Phrase:
        """Return what is said of a channel that isn't there, as far as the bot or who asks may know."""
        return Phrase("channel-invite-here", {"bot": self._bot_name})

    async def only_ours(self, channel: ChannelId) -> None:
        """Return where nobody of another company reads *channel*, as Slack said within the last minute, or doesn't say.

        Raises:
            SlackRefused: it is shared through Slack Connect, or about to be (SHARED).
            SlackUnavailable: Slack can't be asked; nothing was done.
        """
        now = asyncio.get_running_loop().time()
        if channel[:1] not in _SHAREABLE or self._ours.get(channel, now) > now:
            return
        try:
            answer = await twice(lambda: self._client.conversations_info(channel=channel), seconds=self._patience)
        except SlackRefused as e:
            log.info("channel.unknown", channel=channel, error=str(e))  # a post says better what is wrong
            return
        except SlackUnavailable as e:
            e.maybe_done = False
            raise
        if _is_shared(answer.get("channel") or {}):
            self._ours.pop(channel, None)
            raise SlackRefused(f"{channel} is shared with another company", code="shared", meaning=Meaning.SHARED)
        self._ours[channel] = now + _TAKEN_FOR_GRANTED

    async def absent(self, channel: ChannelId, users: Sequence[UserId]) -> list[UserId]:
        """Return those of *users* who aren't in *channel*, as Slack said within the last minute.

        All of them where the bot may not look.

        Raises:
            SlackUnavailable: Slack doesn't say just now.
        """
        if not users:
            return []
        members = await self._members_of(channel)
        return [user for user in users if user not in members]

    async def _members_of(self, channel: ChannelId) -> frozenset[UserId]:
        now = asyncio.get_running_loop().time()
        until, members = self._members.get(channel, (now, frozenset()))
        if until > now or channel[:1] not in _SHAREABLE:
            return members
        try:
            members = frozenset([user async for user in self._each_member(channel)])
        except SlackRefused as e:
            log.warning("channel.members_unknown", channel=channel, error=str(e))
            members = frozenset()
        self._members = {c: kept for c, kept in self._members.items() if kept[0] > now}
        self._members[channel] = (now + _TAKEN_FOR_GRANTED, members)
        return members

    async def _each_member(self, channel: ChannelId) -> AsyncIterator[UserId]:
        cursor = ""
        for _ in range(_PAGES):
            ask = partial(self._client.conversations_members, channel=channel, limit=_PAGE, cursor=cursor or None)
            answer = await twice(ask, seconds=_PAGE_SECONDS)
            for user in answer.get("members") or ():
                yield UserId(str(user))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _judge(self, found: Mapping[str, Any]) -> Phrase | None:
        # who names a private channel by its id may not be in it, and shall not learn what it is called
        is_named = bool(found.get("name")) and not found.get("is_private")
        name = f"#{mrkdwn.plain(str(found['name']), 80)}" if is_named else worded(Phrase("this-channel"))
        if found.get("is_im") or found.get("is_mpim"):
            return Phrase("channel-direct")
        if found.get("is_archived"):
            return Phrase("channel-archived", {"channel": name})
        if _is_shared(found):
            return Phrase("channel-shared", {"channel": name})
        if found.get("is_private") and not found.get("is_member"):
            return self.not_here()
        if found.get("is_read_only"):
            return Phrase("channel-read-only", {"channel": name})
        return None


def _is_shared(found: Mapping[str, Any]) -> bool:
    return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))
