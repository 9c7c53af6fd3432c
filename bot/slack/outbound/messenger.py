"""Messages over Slack's Web API. A post is sent once; where its answer is lost, the error says that it may be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId, MessageRef, UserId
from bot.core.loudness import Loudness
from bot.core.message import CARD, Facts, MessageKind, Owed
from bot.core.notices import Notice
from bot.core.phrase import Phrase
from bot.core.request import SnapshotRequest, State
from bot.parts import HISTORY
from bot.ports import Store
from bot.slack.drawing import mrkdwn
from bot.slack.drawing.announced import announced
from bot.slack.drawing.cards import Say
from bot.slack.drawing.names import METADATA_EVENT
from bot.slack.drawing.posted import message
from bot.slack.outbound.calls import call
from bot.slack.outbound.channels import SlackChannels
from bot.slack.outbound.readers import Readers
from bot.slack.outbound.throttle import Throttle
from bot.words import worded

log = structlog.get_logger(__name__)

_PAGE: Final = 200
_PAGES: Final = 5
_SKEW: Final = timedelta(days=1)  # a message's ts is Slack's clock, *since* is ours: even by another time zone
_DIRECT: Final = "DUW"  # how the ids of direct messages and of people begin
_NOT_THERE_TO_US: Final = frozenset({Meaning.ELSEWHERE, Meaning.GONE, Meaning.PERMISSION})


class SlackMessenger:
    """Says things in Slack. *client* must not retry by itself: a repeated post is a second message.

    Its session's time-out bounds each call. *bot_id* is the bot's own: a message of somebody else that carries our
    metadata is not ours. None: Slack hasn't said yet who the bot is, and nothing is told until then. Without *readers*
    everybody is told in English. With *channels* nothing is written where another company reads it.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        store: Store,
        bot_id: str | None = "",
        readers: Readers | None = None,
        channels: SlackChannels | None = None,
    ) -> None:
        if client.retry_handlers:
            raise ValueError("the messenger's client must have no retry handlers")
        self._client = client
        self._bot_id = bot_id
        self._readers = readers
        self._channels = channels
        self._posts, self._updates = Throttle("chat.postMessage", store), Throttle("chat.update", store)

    def speak_as(self, bot_id: str) -> None:
        """Take the messages of *bot_id* for the bot's own, from now on."""
        self._bot_id = bot_id

    def _must_be_known(self) -> None:
        if self._bot_id is None:
            raise SlackUnavailable("Slack hasn't said yet who the bot is", maybe_done=False)

    async def _only_ours(self, channel: ChannelId) -> None:
        if self._channels is not None:
            await self._channels.only_ours(channel)

    async def post(
        self, owed: Owed, facts: Facts, *, channel: ChannelId, key: str, thread: MessageRef | None = None
    ) -> MessageRef:
        """Post a message, as a reply in *thread* where given; a result is sent to the channel as well.

        Raises:
            SlackRefused: Slack said no, or another company reads the channel (SHARED).
            SlackUnavailable: no useful answer; see `maybe_done`.
        """
        self._must_be_known()
        where = thread.channel if thread else channel
        await self._only_ours(where)
        say = await self._drawn(partial(message, owed, facts), where, facts, owed)
        reply: dict[str, Any] = {}
        if thread is not None:
            reply = {
                "thread_ts": thread.ts,
                "reply_broadcast": owed.kind is MessageKind.RESULT and _is_loud(facts.request),
            }
        return await self._posted(where, say, key, **reply)

    async def announce(self, notice: Notice, *, names: Mapping[UserId, str]) -> MessageRef:
        """Post *notice* where it is owed; *names* are what the people in it are called: nobody is mentioned.

        Raises:
            SlackRefused: Slack said no, or another company reads the channel (SHARED).
            SlackUnavailable: no useful answer; see `maybe_done`.
        """
        self._must_be_known()
        await self._only_ours(notice.channel)
        alone = UserId(notice.channel) if notice.channel[0] in _DIRECT else None
        async with self._readers.spoken_to(alone) if self._readers else nullcontext():
            say = announced(notice, names)
        return await self._posted(notice.channel, say, notice.key)

    async def _posted(self, where: ChannelId, say: Say, key: str, **reply: Any) -> MessageRef:
        answer = await self._posts.call(
            lambda: self._client.chat_postMessage(
                channel=where,
                text=say.text,
                blocks=list(say.blocks),
                metadata={"event_type": METADATA_EVENT, "event_payload": {"key": key}},
                unfurl_links=False,
                unfurl_media=False,
                parse="none",  # the text beside the blocks links nothing that we did not link
                **reply,
            )
        )
        if not (answer.get("channel") and answer.get("ts")):
            raise SlackUnavailable("chat.postMessage answered without channel and ts")
        return MessageRef(ChannelId(answer["channel"]), str(answer["ts"]))

    async def update(self, facts: Facts, ref: MessageRef, *, owed: Owed = CARD) -> None:
        """Draw the card, or the other message that is *owed*, at *ref* again; the metadata stays.

        Raises:
            SlackRefused: GONE where somebody deleted it, NEVER where it can't be edited any more. SlackUnavailable.
        """
        self._must_be_known()
        await self._only_ours(ref.channel)
        say = await self._drawn(partial(message, owed, facts), ref.channel, facts, owed)
        await self._updates.call(
            lambda: self._client.chat_update(
                channel=ref.channel, ts=ref.ts, text=say.text, blocks=list(say.blocks), parse="none"
            )
        )

    async def remove(self, ref: MessageRef) -> None:
        """Take away the bot's own message at *ref*.

        Raises:
            SlackRefused: Slack said no. SlackUnavailable: no useful answer.
        """
        await call(self._client.chat_delete(channel=ref.channel, ts=ref.ts))

    async def tell(self, user: UserId, said: Phrase) -> None:
        """Say something to one person, by direct message.

        Raises:
            SlackRefused: Slack said no. SlackUnavailable: no useful answer.
        """
        self._must_be_known()
        async with self._readers.spoken_to(user) if self._readers else nullcontext():
            words = worded(said, when=mrkdwn.when)
        await self._posts.call(lambda: self._client.chat_postMessage(channel=user, text=words, parse="none"))

    async def _drawn(self, draw: Callable[[], Say], channel: ChannelId, facts: Facts, owed: Owed) -> Say:
        """Return what *draw* draws for those who read it: a whole channel, the person it is for, or the requester."""
        if self._readers is None:
            return draw()
        alone = facts.request.requester if channel[0] in _DIRECT else None
        async with self._readers.spoken_to(owed.to or alone):
            return draw()

    async def find(
        self, key: str, *, channel: ChannelId, since: datetime, thread: MessageRef | None = None, sure: bool = False
    ) -> MessageRef | None:
        """Look for our message that carries *key*; None where it isn't there or (unless *sure*) may not be looked for.

        Raises:
            SlackUnavailable: Slack could not be asked.
        """
        self._must_be_known()
        oldest = f"{(since - _SKEW).timestamp():.6f}"
        cursor = ""
        for _ in range(_PAGES):
            wanted: dict[str, Any] = {"oldest": oldest, "limit": _PAGE, "include_all_metadata": True, "inclusive": True}
            if cursor:
                wanted["cursor"] = cursor
            try:
                if thread is not None:
                    answer = await call(
                        self._client.conversations_replies(channel=thread.channel, ts=thread.ts, **wanted)
                    )
                else:
                    answer = await call(self._client.conversations_history(channel=channel, **wanted))
            except SlackRefused as e:
                if e.needed:
                    log.warning("message.not_searched", scope=e.needed, advice=HISTORY.remedy)
                if e.meaning is Meaning.GONE or (not sure and e.meaning in _NOT_THERE_TO_US):
                    return None
                raise
            for found in answer.get("messages") or ():
                if self._is_ours(found, key):
                    return MessageRef(thread.channel if thread else channel, str(found["ts"]))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    def _is_ours(self, found: Mapping[str, Any], key: str) -> bool:
        metadata = found.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        carries = metadata.get("event_type") == METADATA_EVENT and payload.get("key") == key
        return carries and (not self._bot_id or found.get("bot_id") == self._bot_id)


def _is_loud(request: SnapshotRequest) -> bool:
    """Say whether the channel sees how *request* ended outside the thread, too, by its cluster's rule."""
    match request.rule.loud:
        case Loudness.CHANNEL:
            return True
        case Loudness.THREAD:
            return False
        case Loudness.FAILURE:
            return request.state is not State.AVAILABLE
