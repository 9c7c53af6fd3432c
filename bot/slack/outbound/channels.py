"""Whether the bot may post into a channel, asked before a request is kept: else its card could not appear.

Source: docs.slack.dev, "conversations.info" and "Slack Connect".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId
from bot.core.phrase import Phrase
from bot.slack.drawing import mrkdwn
from bot.slack.outbound.calls import twice

log = structlog.get_logger(__name__)


class SlackChannels:
    """Looks at channels before they are used. *bot_name* is how people mention the bot.

    *patience* is in seconds, for both tries together.
    """

    def __init__(self, client: AsyncWebClient, *, bot_name: str = "snapshots", patience: float = 1.5) -> None:
        self._client = client
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

    def _judge(self, found: Mapping[str, Any]) -> Phrase | None:
        name = f"#{mrkdwn.plain(str(found.get('name') or 'it'), 80)}"
        if found.get("is_im") or found.get("is_mpim"):
            return Phrase("channel-direct")
        if found.get("is_archived"):
            return Phrase("channel-archived", {"channel": name})
        if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
            return Phrase("channel-shared", {"channel": name})
        if found.get("is_private") and not found.get("is_member"):
            return Phrase("channel-invite", {"channel": name, "bot": self._bot_name})
        if found.get("is_read_only"):
            return Phrase("channel-read-only", {"channel": name})
        return None
