"""What one person sees: modals, the Home tab, private words. Each call is made once and bounded by the client."""

from __future__ import annotations

from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import BotError, Move, SlackRefused
from bot.core.ids import ChannelId, UserId
from bot.slack import wording
from bot.slack.blocks import View
from bot.slack.calls import call
from bot.slack.messages import Say

_TICKET_GONE: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
_CLOSED: Final = frozenset({"not_found", "hash_conflict"})


class TooLate(BotError):
    """Slack's ticket to open a modal (the trigger id) is older than its 3 s, or used."""

    move = Move.REQUESTER
    say = wording.TOO_LATE


class Screen:
    """Shows things to one person at a time. Every method may raise SlackUnavailable."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def open(self, trigger: str, view: View, *, push: bool = False) -> str:
        """Open *view*, on top of the open modal where *push*; return its id.

        Raises:
            TooLate: the ticket *trigger* is gone.
        """
        method = self._client.views_push if push else self._client.views_open
        try:
            answer = await call(method(trigger_id=trigger, view=view))
        except SlackRefused as e:
            if e.code in _TICKET_GONE or (e.code == "invalid_arguments" and "trigger_id" in str(e)):
                raise TooLate(str(e)) from e
            raise
        return str((answer.get("view") or {}).get("id") or "")

    async def update(self, view_id: str, view: View) -> None:
        """Draw an open modal anew; one that was closed in the meantime needs nothing."""
        try:
            await call(self._client.views_update(view_id=view_id, view=view))
        except SlackRefused as e:
            if e.code not in _CLOSED:
                raise

    async def publish(self, user: UserId, view: View) -> None:
        """Draw the Home tab of *user*."""
        await call(self._client.views_publish(user_id=user, view=view))

    async def privately(self, user: UserId, channel: ChannelId | None, say: Say) -> None:
        """Tell *user* something that nobody else sees: in *channel* where Slack lets us, else as a direct message."""
        shown: dict[str, Any] = {"text": say.text, "blocks": list(say.blocks)} if say.blocks else {"text": say.text}
        if channel is not None:
            try:
                await call(self._client.chat_postEphemeral(channel=channel, user=user, **shown))
            except SlackRefused:
                pass  # not in that channel, or a conversation that isn't ours: a direct message reaches them anyway
            else:
                return
        await call(self._client.chat_postMessage(channel=user, unfurl_links=False, unfurl_media=False, **shown))
