"""Whether the bot may post into a channel, asked before a request is kept: else its card could not appear.

Source: docs.slack.dev, "conversations.info" and "Slack Connect".
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId
from bot.core.phrase import Phrase
from bot.slack.drawing import mrkdwn
from bot.slack.outbound.calls import twice
from bot.words import worded

log = structlog.get_logger(__name__)

_SHAREABLE: Final = "CG"  # how the ids of channels begin; a direct message is only for whom it is sent to
_TAKEN_FOR_GRANTED: Final = 60.0  # seconds: a card may be drawn again each second


class SlackChannels:
    """Looks at channels before they are used. *bot_name* is how people mention the bot.

    *patience* is in seconds, for both tries together.
    """

    def __init__(self, client: AsyncWebClient, *, bot_name: str = "snapshots", patience: float = 1.5) -> None:
        self._client = client
        self._ours: dict[ChannelId, float] = {}  # until when, by the event loop's time, that is taken for granted
        self._bot_name = bot_name
        self._patience = patience

    def invited_as(self, bot_name: str) -> None:
        """Let people invite the bot by the name *bot_name*, from now on."""
        self._bot_name = bot_name

    async def problem(self, channel: ChannelId) -> Phrase | None:
        """Return why the bot can't post there and what to do about it, or None where it can."""
        try:
            answer = await twice(lambda: self._client.conversations_info(channel=channel), seconds=self._patience)
        except SlackRefused as e:
            if e.meaning is Meaning.ELSEWHERE:
                return Phrase("channel-invite-here", {"bot": self._bot_name})
            log.warning("channel.unknown", channel=channel, error=str(e))
            if e.meaning in (Meaning.LOGIN, Meaning.PERMISSION):
                return Phrase("channel-refused")
            return Phrase("channel-unseen")
        except SlackUnavailable as e:
            log.warning("channel.unknown", channel=channel, error=str(e))
            return Phrase("channel-unanswered")
        return self._judge(answer.get("channel") or {})

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
            return Phrase("channel-invite-here", {"bot": self._bot_name})
        if found.get("is_read_only"):
            return Phrase("channel-read-only", {"channel": name})
        return None


def _is_shared(found: Mapping[str, Any]) -> bool:
    return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))
