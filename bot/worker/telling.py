"""Telling is owed: cards follow their rows, results are posted once, whatever Slack does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core.errors import SlackRefused, SlackUnavailable
from bot.core.ids import ChannelId, MessageRef
from bot.core.request import FINAL, OPERATORS_MOVE
from bot.metrics import Metrics
from bot.ports import Clock, Facts, Message, MessageKind, Messenger, Store
from bot.service.looking import Looking
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()

_NO_SUCH_PLACE = frozenset({"channel_not_found", "not_in_channel", "is_archived", "restricted_action"})
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_NO_THREAD = frozenset({"thread_not_found", "cannot_reply_to_message", "message_not_found"})


class Telling:
    """Brings one owed message to Slack. *channel* is where a card goes whose own channel can't be written to."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        messenger: Messenger,
        looking: Looking,
        pace: Pace,
        metrics: Metrics,
        channel: ChannelId | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._messenger = messenger
        self._looking = looking
        self._pace = pace
        self._metrics = metrics
        self._channel = channel

    async def tell(self, message: Message) -> None:
        """Post or update *message* and save what became of it; what failed is due again later."""
        request = await self._store.get(message.request_id)
        if request is None:
            raise LookupError(f"{message.key}: no such request")
        if message.kind is MessageKind.OPERATOR and request.hold not in OPERATORS_MOVE:
            await self._store.save_message(message, due_at=None)  # mended before we could say it
            return
        if message.ref is None and message.sending_at is not None:
            # Slack may hold a post longer than our restart takes: what isn't there yet may still come
            settled = message.sending_at + timedelta(seconds=self._pace.settle)
            if self._clock.now() < settled:
                await self._store.save_message(message, due_at=settled)
                return
        facts = await self._looking.facts(request)
        try:
            if message.ref is None and message.sending_at is not None:
                message = await self._found_again(message, facts)
        except SlackUnavailable as e:
            await self._not_looked(message, e)
            return
        try:
            if message.ref is None:
                message = replace(message, sending_at=self._clock.now())
                await self._store.save_message(message, due_at=message.sending_at, release=False)
                message = await self._post(message, facts)
            elif message.kind is MessageKind.CARD:
                await self._messenger.update(facts, message.ref)
                message = replace(message, shown_version=request.version)
                self._metrics.message(message.kind, "updated")
        except SlackRefused as e:
            await self._refused(message, facts, e)
        except SlackUnavailable as e:
            await self._unavailable(message, e)
        else:
            await self._store.save_message(replace(message, attempts=0), due_at=None)

    async def _post(self, message: Message, facts: Facts) -> Message:
        channel, thread = _place(message, facts)
        try:
            ref = await self._messenger.post(message.kind, facts, channel=channel, key=message.key, thread=thread)
        except SlackRefused as e:
            if thread is None or e.code not in _NO_THREAD:
                raise
            ref = await self._messenger.post(message.kind, facts, channel=channel, key=message.key)
        self._metrics.message(message.kind, "sent")
        return replace(message, ref=ref, shown_version=facts.request.version)

    async def _found_again(self, message: Message, facts: Facts) -> Message:
        """A post was begun and its end isn't known: take the message that is there rather than post a second."""
        since = (message.sending_at or facts.request.created_at) - timedelta(seconds=self._pace.skew)
        channel, thread = _place(message, facts)
        ref = await self._messenger.find(message.key, channel=channel, since=since, thread=thread)
        # shown_version stays 0 for a card: what it shows isn't known, so it is drawn again
        return replace(message, ref=ref)

    async def _not_looked(self, message: Message, error: SlackUnavailable) -> None:
        """Whether the message is there isn't known yet: look again later, and don't post before."""
        self._metrics.message(message.kind, type(error).__name__)
        message = replace(message, attempts=_attempts(message, error))
        log.warning("message.not_looked_for", error=str(error), attempts=message.attempts)
        await self._store.save_message(message, due_at=self._again(message, self._clock.now(), error.retry_after))

    async def _refused(self, message: Message, facts: Facts, error: SlackRefused) -> None:
        self._metrics.message(message.kind, error.code)
        now = self._clock.now()
        message = replace(message, sending_at=None, attempts=message.attempts + 1)
        gone, no_place = error.code in _GONE, error.code in _NO_SUCH_PLACE
        if message.ref is not None and (gone or no_place) and facts.request.state in FINAL:
            log.info("card.gone", code=error.code)
            await self._store.save_message(replace(message, shown_version=facts.request.version), due_at=None)
            return
        if message.ref is not None and gone:
            log.warning("card.reposted", code=error.code)
            await self._store.save_message(replace(message, ref=None, shown_version=0), due_at=now)
            return
        channel, _ = _place(message, facts)
        if no_place and (elsewhere := self._elsewhere(channel, facts)) is not None:
            log.warning("message.redirected", code=error.code, channel=channel, to=elsewhere)
            moved = replace(message, channel=elsewhere, ref=None, shown_version=0)
            await self._store.save_message(moved, due_at=now)
            return
        log.error("message.refused", code=error.code, attempts=message.attempts, channel=channel)
        await self._store.save_message(message, due_at=self._again(message, now, None))

    def _elsewhere(self, channel: ChannelId, facts: Facts) -> ChannelId | None:
        """Return where to go from a closed *channel*: the bot's own, or else nowhere as long as others must decide.

        Once it is over, only the requester still waits: they get it as a direct message.
        """
        directly = ChannelId(facts.request.requester)  # Slack opens the conversation by itself
        if self._channel is not None and channel not in (self._channel, directly):
            return self._channel
        return directly if facts.request.state in FINAL and channel != directly else None

    async def _unavailable(self, message: Message, error: SlackUnavailable) -> None:
        self._metrics.message(message.kind, type(error).__name__)
        message = replace(
            message, attempts=_attempts(message, error), sending_at=message.sending_at if error.maybe_done else None
        )
        log.warning("message.delayed", error=str(error), attempts=message.attempts)
        await self._store.save_message(message, due_at=self._again(message, self._clock.now(), error.retry_after))

    def _again(self, message: Message, now: datetime, named: float | None) -> datetime:
        return self._pace.later(now, self._pace.slack_wait(message.attempts), named=named)


def _attempts(message: Message, error: SlackUnavailable) -> int:
    """Count a failure; that Slack named a time is none, and must not make a later wait a long one."""
    return message.attempts + (error.retry_after is None)


def _place(message: Message, facts: Facts) -> tuple[ChannelId, MessageRef | None]:
    """Return where *message* goes: a reply into its card's thread, unless it had to be redirected away from there."""
    card = None if message.kind is MessageKind.CARD else facts.card
    redirected = message.channel != facts.request.channel
    if card is None or (redirected and card.channel != message.channel):
        return message.channel, None
    return card.channel, card
