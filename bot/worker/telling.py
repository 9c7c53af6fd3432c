"""Telling is owed: cards follow their rows, results are posted once, whatever Slack does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.events import OPERATORS_MOVE
from bot.core.ids import ChannelId, MessageRef
from bot.core.message import Facts, Message, MessageKind
from bot.core.request import FINAL
from bot.metrics import Metrics
from bot.ports import Clock, Messenger, Store
from bot.service.reviews import Reviews
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()

_OPERATORS_MOVE: Final = frozenset({Meaning.LOGIN, Meaning.PERMISSION})


class Telling:
    """Brings one owed message to Slack. *channel* is where a card goes whose own channel can't be written to."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        messenger: Messenger,
        reviews: Reviews,
        pace: Pace,
        metrics: Metrics,
        channel: ChannelId | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._messenger = messenger
        self._reviews = reviews
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
            # Slack may hold a post longer than our restart takes: what isn't there yet may still come. (A time that is
            # still to come was of a clock that has been put back.)
            settled = message.sending_at + timedelta(seconds=self._pace.settle)
            if message.sending_at <= self._clock.now() < settled:
                await self._store.save_message(message, due_at=settled)
                return
        facts = await self._reviews.facts(request)
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
            if thread is None or e.meaning is not Meaning.GONE:
                raise
            ref = await self._messenger.post(message.kind, facts, channel=channel, key=message.key)
        self._metrics.message(message.kind, "sent")
        return replace(message, ref=ref, shown_version=facts.request.version)

    async def _found_again(self, message: Message, facts: Facts) -> Message:
        """A post was begun and its end isn't known: take the message that is there rather than post a second."""
        since = message.sending_at or facts.request.created_at
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
        message = replace(message, sending_at=None, attempts=message.attempts + 1)
        stands, ended = message.ref is not None, facts.request.state in FINAL  # only a card that stands is drawn again
        match error.meaning:
            case Meaning.NEVER if stands:
                await self._freeze(message, error)
            case Meaning.GONE | Meaning.ELSEWHERE if stands and ended:
                log.info("card.gone", code=error.code)
                await self._store.save_message(replace(message, shown_version=facts.request.version), due_at=None)
            case Meaning.GONE if stands and message.reposted:
                await self._freeze(message, error)  # whoever deletes each card would be met by card after card
            case Meaning.GONE if stands:
                log.warning("card.reposted", code=error.code)
                again = replace(message, ref=None, shown_version=0, reposted=message.reposted + 1)
                await self._store.save_message(again, due_at=self._clock.now())
            case Meaning.ELSEWHERE if (elsewhere := self._elsewhere(_place(message, facts)[0], facts)) is not None:
                log.warning("message.redirected", code=error.code, channel=message.channel, to=elsewhere)
                moved = replace(message, channel=elsewhere, ref=None, shown_version=0)
                await self._store.save_message(moved, due_at=self._clock.now())
            case _:
                await self._later(message, facts, error)

    async def _freeze(self, message: Message, error: SlackRefused) -> None:
        """Leave the card as it is, for good; its thread hears how it ends, and a click on it how it stands."""
        log.warning("card.frozen", code=error.code, meaning=error.meaning)
        await self._store.save_message(replace(message, frozen=True), due_at=None)

    async def _later(self, message: Message, facts: Facts, error: SlackRefused) -> None:
        """Try again with growing waits: for as long as an operator has something to fix, else so many times."""
        now, (channel, _) = self._clock.now(), _place(message, facts)
        operators = error.meaning in _OPERATORS_MOVE
        fix = {"fix": "`snapshot-bot doctor` says what the bot lacks in Slack"} if operators else {}
        log.error("message.refused", error=str(error), attempts=message.attempts, channel=channel, **fix)
        if not operators and message.attempts >= self._pace.slack_tries:
            log.error("message.given_up", error=str(error), channel=channel)
            await self._store.save_message(message, due_at=None)
            return
        wait = self._pace.slack_wait(message.attempts)
        await self._store.save_message(
            message, due_at=self._pace.later(now, max(wait, self._pace.operator) if operators else wait)
        )

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
