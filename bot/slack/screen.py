"""What one person sees: modals, the Home tab, private words.

Each call is bounded by the client, and made again a few times where Slack doesn't answer usefully: drawing twice shows
the same, and private words that come twice are better than none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import BotError, Move, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId, UserId
from bot.slack import wording
from bot.slack.blocks import View
from bot.slack.calls import call
from bot.slack.messages import Say

_TICKET_GONE: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
_CLOSED: Final = frozenset({"not_found", "hash_conflict"})
_PAUSES: Final = (0.3, 1.0)  # seconds before the second and the third try
_LONGEST_PAUSE: Final = 10.0  # seconds; a Slack that wants more is left alone: somebody waits for words
_TICKET_LIVES: Final = 1.5  # seconds; a ticket to open a modal lives 3 s, and the first try took some of them


class TooLate(BotError):
    """Slack's ticket to open a modal (the trigger id) is older than its 3 s, or used."""

    move = Move.REQUESTER
    say = wording.TOO_LATE


class Screen:
    """Shows things to one person at a time. Every method may raise SlackUnavailable, after the last try."""

    def __init__(self, client: AsyncWebClient, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._client = client
        self._sleep = sleep

    async def open(self, trigger: str, view: View, *, push: bool = False) -> str:
        """Open *view*, on top of the open modal where *push*; return its id.

        Raises:
            TooLate: the ticket *trigger* is gone, or used by a try whose answer was lost.
        """
        method = self._client.views_push if push else self._client.views_open
        try:
            answer = await self._patiently(lambda: method(trigger_id=trigger, view=view), longest=_TICKET_LIVES)
        except SlackRefused as e:
            if e.code in _TICKET_GONE or (e.code == "invalid_arguments" and "trigger_id" in str(e)):
                raise TooLate(str(e)) from e
            raise
        return str((answer.get("view") or {}).get("id") or "")

    async def update(self, view_id: str, view: View, *, only: str | None = None) -> bool:
        """Draw an open modal again; return False where it was closed, or its hash isn't *only* any more."""
        try:
            await self._patiently(lambda: self._client.views_update(view_id=view_id, view=view, hash=only))
        except SlackRefused as e:
            if e.code not in _CLOSED:
                raise
            return False
        return True

    async def publish(self, user: UserId, view: View) -> None:
        """Draw the Home tab of *user*."""
        await self._patiently(lambda: self._client.views_publish(user_id=user, view=view))

    async def privately(self, user: UserId, channel: ChannelId | None, say: Say) -> None:
        """Tell *user* something that nobody else sees: in *channel* where Slack lets us, else as a direct message."""
        shown: dict[str, Any] = {"text": say.text, "parse": "none"}  # nothing is linked that we did not link
        if say.blocks:
            shown["blocks"] = list(say.blocks)
        if channel is not None:
            try:
                await self._patiently(lambda: self._client.chat_postEphemeral(channel=channel, user=user, **shown))
            except SlackRefused:
                pass  # not in that channel, or a conversation that isn't ours: a direct message reaches them anyway
            else:
                return
        await self._patiently(
            lambda: self._client.chat_postMessage(channel=user, unfurl_links=False, unfurl_media=False, **shown)
        )

    async def _patiently(self, ask: Callable[[], Awaitable[Any]], *, longest: float = _LONGEST_PAUSE) -> dict[str, Any]:
        """Call Slack, and again after a pause (Slack's own where it names one) while it gives no useful answer."""
        for pause in _PAUSES:
            try:
                return await call(ask())
            except SlackRefused:
                raise
            except SlackUnavailable as e:
                pause = max(pause, e.retry_after or 0.0)
                if pause > longest:
                    raise
            await self._sleep(pause)
        return await call(ask())
