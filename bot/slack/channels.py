"""Whether the bot may post into a channel, asked before a request is kept: a card that can't appear helps nobody.

Source: docs.slack.dev, "conversations.info" and "Slack Connect".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId
from bot.slack import mrkdwn
from bot.slack.calls import twice

log = structlog.get_logger(__name__)

_UNANSWERED: Final = (
    "Slack isn't answering the bot's question about this channel just now, so nothing was done. Try again in a minute."
)
_REFUSED: Final = (
    "Slack refuses to let the bot look at this channel, so nothing was done. An operator must fix that "
    "(`snapshot-bot doctor` says how); a channel of another kind, public or private, may do meanwhile."
)


class Channels:
    """Looks at channels before they are used. *bot_name* is how people mention the bot, such as "snapshots"."""

    def __init__(self, client: AsyncWebClient, *, bot_name: str, patience: float = 1.5) -> None:
        """Look with *client*; *patience* is in seconds, for both tries together."""
        self._client = client
        self._bot_name = bot_name
        self._patience = patience

    async def problem(self, channel: ChannelId) -> str | None:
        """Return why the bot can't post there and what to do about it, in plain text, or None where it can."""
        try:
            answer = await twice(lambda: self._client.conversations_info(channel=channel), seconds=self._patience)
        except SlackRefused as e:
            if e.meaning is Meaning.ELSEWHERE:
                return self._invite("this channel")
            log.warning("channel.unknown", channel=channel, error=str(e))
            if e.meaning in (Meaning.LOGIN, Meaning.PERMISSION):
                return _REFUSED
            return (
                "Slack doesn't let me look at this channel. Choose another; an operator can see why in the bot's log."
            )
        except SlackUnavailable as e:
            log.warning("channel.unknown", channel=channel, error=str(e))
            return _UNANSWERED
        return self._judge(answer.get("channel") or {})

    def _judge(self, found: Mapping[str, Any]) -> str | None:
        name = f"#{mrkdwn.plain(str(found.get('name') or 'it'), 80)}"
        if found.get("is_im") or found.get("is_mpim"):
            return "Choose a channel: a direct message is no place for a request that others decide."
        if found.get("is_archived"):
            return f"{name} is archived. Choose another channel."
        if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
            return f"{name} is shared with another company. Choose a channel of your own."
        if found.get("is_private") and not found.get("is_member"):
            return self._invite(name)
        if found.get("is_read_only"):
            return f"In {name} nobody but its owners may post. Choose another channel."
        return None

    def _invite(self, name: str) -> str:
        return f"I'm not in {name}: invite me with /invite @{self._bot_name}, or choose another."
