"""What one person sees: modals, the Home tab, private words.

Each call is bounded by the client, and made again a few times where Slack doesn't answer usefully: drawing twice shows
the same, and private words that come twice are better than none.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import BotError, Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId, UserId
from bot.core.phrase import Phrase
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.outbound.calls import patiently

log = structlog.get_logger(__name__)

_PAUSES: Final = (0.3, 1.0)  # seconds before the second and the third try
_LONGEST_PAUSE: Final = 10.0  # seconds; a Slack that wants more is left alone: somebody waits for words
_TICKET_LIVES: Final = 1.5  # seconds; a ticket to open a modal lives 3 s, and the first try took some of them
_TICKET_TRY: Final = 1.0  # seconds for one try with a ticket: a second one is to find it alive, or used by the first


class TooLate(BotError):
    """Slack's ticket to open a modal (the trigger id) is older than its 3 s, or used."""

    phrase = Phrase("too-late")


class Surfaces:
    """Shows things to one person at a time. Every method may raise SlackUnavailable, after the last try."""

    def __init__(self, client: AsyncWebClient, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._client = client
        self._sleep = sleep

    async def open(self, trigger: str, view: View, *, push: bool = False) -> Mapping[str, str]:
        """Open *view*, on top of the open modal where *push*; return by what `fill` finds it.

        That is Slack's id of it, or a name of ours (`external_id`) where the answer with the id was lost.

        Raises:
            TooLate: the ticket *trigger* is gone.
        """
        ours = {"external_id": secrets.token_hex(16)}
        method = self._client.views_push if push else self._client.views_open
        named = {**view, **ours}
        try:
            answer = await patiently(
                lambda: method(trigger_id=trigger, view=named),
                pauses=_PAUSES,
                longest=_TICKET_LIVES,
                within=_TICKET_TRY,
                sleep=self._sleep,
            )
        except SlackUnavailable as e:
            used = isinstance(e, SlackRefused) and e.meaning is Meaning.USED
            if e.maybe_done:  # a try whose answer was lost has opened it, if it used the ticket or it can be drawn
                if used:
                    return ours
                if (drawn := await self._drawn(view, ours)) is not None:
                    return _found(drawn) or ours
            if used or (isinstance(e, SlackRefused) and e.meaning is Meaning.LATE):
                raise TooLate(str(e)) from e
            raise
        return _found(answer) or ours

    async def fill(self, opened: Mapping[str, str], view: View) -> None:
        """Draw again what `open` opened; one that was closed in the meantime needs nothing."""
        await self._drawn(view, opened)

    async def update(self, view_id: str, view: View, *, only: str = "") -> str | None:
        """Draw an open modal again; return its new hash, or None where it was closed, or its hash isn't *only* now."""
        answer = await self._drawn(view, {"view_id": view_id} | ({"hash": only} if only else {}))
        return None if answer is None else str((answer.get("view") or {}).get("hash") or "")

    async def _drawn(self, view: View, which: Mapping[str, str]) -> dict[str, Any] | None:
        """Return Slack's answer, or None where no such modal is open."""
        try:
            return await self._patiently(lambda: self._client.views_update(view=view, **which))
        except SlackRefused as e:
            if e.meaning is not Meaning.GONE:
                raise
            return None

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
            except SlackUnavailable as e:
                # not in that channel, a conversation that isn't ours, no answer: a direct message may reach them anyway
                log.info("person.told_directly", channel=channel, cause=str(e))
            else:
                return
        await self._patiently(
            lambda: self._client.chat_postMessage(channel=user, unfurl_links=False, unfurl_media=False, **shown)
        )

    async def _patiently(self, ask: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        return await patiently(ask, pauses=_PAUSES, longest=_LONGEST_PAUSE, sleep=self._sleep)


def _found(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return Slack's id of the view in *answer*, or nothing where it isn't there."""
    view_id = (answer.get("view") or {}).get("id")
    return {"view_id": str(view_id)} if view_id else {}
