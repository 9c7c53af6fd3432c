"""Messages to people: cards follow their requests, results are posted once, whatever fails in Slack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable, StaleRequest
from bot.core.events import ADMINS_MOVE, OPERATORS_MOVE
from bot.core.ids import ChannelId, MessageRef
from bot.core.message import ASKS, CARDS, FOLLOWS, Facts, Message, MessageKind, Owed, is_news, whom
from bot.core.notices import direct_result
from bot.core.request import FINAL, SnapshotRequest
from bot.core.work import Lease, Work
from bot.metrics import NOT_SENT, Metrics
from bot.ports import Channels, Messenger, Store
from bot.service.reviews import Reviews
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()

_MAY_NOT_LOOK: Final = frozenset({Meaning.PERMISSION, Meaning.ELSEWHERE})
_CHANNELS: Final = "CG"  # how the ids of channels begin; others are direct messages
_OPERATORS_MOVE: Final = frozenset({Meaning.LOGIN, Meaning.PERMISSION, Meaning.SHARED})


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a *message*: after how long it is *due* again (None: nothing is owed until its row changes).

    *outcome* is counted. *then* goes on with the message once that is saved, as in `bot.worker.next.Next`.
    """

    message: Message
    due: timedelta | None = None
    outcome: str = ""
    then: Callable[[Message], Awaitable[Told]] | None = None


class Outbox:
    """Posts and updates what is due. *channel* is for cards whose own channel can't be written to."""

    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        reviews: Reviews,
        pace: Pace,
        metrics: Metrics,
        channels: Channels,
        channel: ChannelId | None,
    ) -> None:
        self._store = store
        self._clock = store.clock
        self._messenger = messenger
        self._reviews = reviews
        self._pace = pace
        self._metrics = metrics
        self._channels = channels
        self._channel = channel

    async def tell(self, work: Work[Message]) -> None:
        """Post or update the message and save what became of it; what failed is due again later.

        Raises:
            StaleRequest: the lease was lost; who has it now goes on.
        """
        told = await self._told(work)
        await self._commit(told, work.token)
        while told.then is not None:
            told = await told.then(told.message)
            await self._commit(told, work.token)

    async def _commit(self, told: Told, token: int) -> None:
        if told.outcome:
            self._metrics.message(told.message.kind, told.outcome)
        try:
            await self._store.save_message(told.message, token=token, due_in=told.due, release=told.then is None)
        except StaleRequest:
            await self._late(told)
            raise

    async def _late(self, told: Told) -> None:
        """Make good what was sent so late that another process has gone on: what shows by now is older than theirs."""
        message, ref = told.message, told.message.ref
        if told.outcome == "updated":
            await self._store.draw_again(message.request_id, message.owed)
        if told.outcome != "sent" or ref is None:
            return
        theirs = await self._store.message(message.request_id, message.owed)
        if theirs is None or theirs.ref in (None, ref):  # they look for it before they post, or have found it
            return
        log.warning("message.sent_late", kind=message.kind)
        with suppress(SlackRefused, SlackUnavailable):
            await self._messenger.remove(ref)

    async def _told(self, work: Work[Message]) -> Told:
        message = work.item
        request = await self._store.get(message.request_id)
        if request is None:
            raise LookupError(f"{message.key}: no such request")
        if request.is_sought:  # a restore put it back: what is to be said of it isn't known yet
            return Told(message, timedelta(seconds=self._pace.settle))
        if message.kind is MessageKind.OPERATOR and request.hold not in OPERATORS_MOVE | ADMINS_MOVE:
            return Told(message)  # fixed before we could say it
        begun = None if message.ref else message.sending_at or request.as_of
        if begun is not None:
            # Slack may hold a post longer than our restart takes: what isn't there yet may still come. (A time that is
            # still to come was of a clock that has been put back.)
            now, settles = self._clock.now(), timedelta(seconds=self._pace.settle)
            if begun <= now < begun + settles:
                return Told(message, begun + settles - now)
        facts = await self._facts(message, request)
        if begun is not None:
            try:
                message = await self._found_again(message, facts, begun)
            except SlackRefused as e:
                if e.meaning not in _MAY_NOT_LOOK:
                    return self._not_looked(message, e)
                restored = await self._store.last_restore()
                if restored is None or not is_news(message.kind, request, restored):
                    log.warning("message.not_sent", why="restored data: it may be there already", error=str(e))
                    return Told(message, outcome=NOT_SENT)
                message = _out_of_the_way(message, request)
            except SlackUnavailable as e:
                return self._not_looked(message, e)
        if message.ref is None and message.kind in ASKS and not whom(message.owed, facts):
            return Told(message)  # decided, or theirs no more, before we could ask
        if message.ref is None:
            if message.kind is MessageKind.RESULT:
                try:
                    await self._owe_directly(message, facts)
                except SlackUnavailable as e:
                    return self._not_looked(message, e)
            message = replace(message, sending_at=self._clock.now())
            return Told(message, timedelta(0), then=partial(self._shown, facts, work.lease))
        return await self._shown(facts, work.lease, message)

    async def _owe_directly(self, message: Message, facts: Facts) -> None:
        """Owe the result by direct message, too, to who asked and isn't in the channel: no mention reaches them there.

        Before it is posted there: it is owed once, whatever breaks this off.

        Raises:
            SlackUnavailable: Slack doesn't say who is in the channel.
        """
        channel, _ = _place(message, facts)
        if channel[:1] in _CHANNELS:
            absent = await self._channels.absent(channel, facts.request.askers)
            await self._store.owe_notices([direct_result(facts.request.id, user) for user in absent])

    async def _facts(self, message: Message, request: SnapshotRequest) -> Facts:
        """Return what *message* is drawn from; what follows somebody's copy goes into the thread of that."""
        facts = await self._reviews.facts(request)
        if message.owed.to is None:
            return facts
        copy = await self._store.message(request.id, Owed(MessageKind.COPY, message.owed.to))
        return replace(facts, card=copy.ref if copy else None)

    async def _shown(self, facts: Facts, lease: Lease, message: Message) -> Told:
        """Post *message*, or draw it again where it is a card; a post was saved as begun.

        Raises:
            StaleRequest: the *lease* is over.
        """
        lease.require()
        outcome = ""
        try:
            if message.ref is None:
                message, outcome = await self._posted(message, facts), "sent"
            elif message.kind in FOLLOWS or (message.kind is MessageKind.RESULT and facts.request.as_of):
                # (a result that was found after a restore may tell of another end)
                await self._messenger.update(facts, message.ref, owed=message.owed)
                message, outcome = replace(message, shown_version=facts.request.version), "updated"
        except SlackRefused as e:
            return replace(self._refused(message, facts, e), outcome=e.meaning)
        except SlackUnavailable as e:
            return self._unavailable(message, e)
        return Told(replace(message, attempts=0), outcome=outcome)

    async def _posted(self, message: Message, facts: Facts) -> Message:
        channel, thread = _place(message, facts)
        try:
            ref = await self._messenger.post(message.owed, facts, channel=channel, key=message.key, thread=thread)
        except SlackRefused as e:
            if thread is None or e.meaning is not Meaning.GONE:
                raise
            ref = await self._messenger.post(message.owed, facts, channel=channel, key=message.key)
        return replace(message, ref=ref, shown_version=facts.request.version)

    async def _found_again(self, message: Message, facts: Facts, begun: datetime) -> Message:
        """A post was begun and its end isn't known: take the message that is there rather than post a second."""
        channel, thread = _place(message, facts)
        as_of = facts.request.as_of
        restored = as_of is not None and begun <= as_of  # what is posted twice then isn't one message of a moment
        ref = await self._messenger.find(message.key, channel=channel, since=begun, thread=thread, sure=restored)
        # shown_version stays 0 for a card: what it shows isn't known, so it is drawn again
        return replace(message, ref=ref)

    def _not_looked(self, message: Message, error: SlackUnavailable) -> Told:
        """Whether the message is there isn't known yet: look again later, and don't post before."""
        message = replace(message, attempts=_attempts(message, error))
        log.warning("message.not_looked_for", error=str(error), attempts=message.attempts)
        return Told(message, self._again(message, error), type(error).__name__)

    def _unavailable(self, message: Message, error: SlackUnavailable) -> Told:
        message = replace(
            message, attempts=_attempts(message, error), sending_at=message.sending_at if error.maybe_done else None
        )
        log.warning("message.delayed", error=str(error), attempts=message.attempts)
        return Told(message, self._again(message, error), type(error).__name__)

    def _again(self, message: Message, error: SlackUnavailable) -> timedelta:
        return self._pace.later(self._pace.slack_wait(message.attempts), named=error.retry_after)

    def _refused(self, message: Message, facts: Facts, error: SlackRefused) -> Told:
        message = replace(message, sending_at=None, attempts=message.attempts + 1)
        stands, ended = message.ref is not None, facts.request.state in FINAL  # only a card that stands is drawn again
        match error.meaning:
            case Meaning.GONE | Meaning.ELSEWHERE | Meaning.NOBODY | Meaning.NEVER if message.owed.to:
                log.error("person.not_told", error=str(error), user=message.owed.to)
                return Told(replace(message, frozen=True))  # nobody else is told in their place
            case Meaning.NEVER if stands:
                return _frozen(message, error)
            case Meaning.GONE | Meaning.ELSEWHERE | Meaning.SHARED if stands and ended:
                log.info("card.gone", code=error.code)
                return Told(replace(message, shown_version=facts.request.version))
            case Meaning.GONE if stands and message.reposted:
                return _frozen(message, error)  # who deletes each card would be met by card after card
            case Meaning.GONE if stands:
                log.warning("card.reposted", code=error.code)
                again = replace(message, ref=None, shown_version=0, reposted=message.reposted + 1)
                return Told(again, timedelta(0))
            case Meaning.ELSEWHERE | Meaning.SHARED if (
                elsewhere := self._elsewhere(_place(message, facts)[0], facts)
            ) is not None:
                log.warning("message.redirected", code=error.code, channel=message.channel, to=elsewhere)
                return Told(replace(message, channel=elsewhere, ref=None, shown_version=0), timedelta(0))
            case _:
                return self._later(message, facts, error)

    def _later(self, message: Message, facts: Facts, error: SlackRefused) -> Told:
        """Try again with growing waits: for as long as an operator has something to fix, else so many times."""
        channel, _ = _place(message, facts)
        operators = error.meaning in _OPERATORS_MOVE
        fix = {"fix": "`snapshot-bot doctor` says what the bot lacks in Slack"} if operators else {}
        if error.meaning is Meaning.SHARED:
            fix["fix"] = "Set another channel (SNAPSHOT_BOT_CHANNEL), or end the sharing: this message waits for it"
        log.error("message.refused", error=str(error), attempts=message.attempts, channel=channel, **fix)
        if not operators and message.attempts >= self._pace.slack_tries:
            log.error("message.given_up", error=str(error), channel=channel)
            return Told(message)
        wait = self._pace.slack_wait(message.attempts)
        return Told(message, self._pace.later(max(wait, self._pace.operator) if operators else wait))

    def _elsewhere(self, channel: ChannelId, facts: Facts) -> ChannelId | None:
        """Return where to go from a closed *channel*: the bot's own, or else nowhere as long as others must decide.

        Once it is over, only the requester still waits: they get it as a direct message.
        """
        directly = ChannelId(facts.request.requester)  # Slack opens the conversation by itself
        if self._channel is not None and channel not in (self._channel, directly):
            return self._channel
        return directly if facts.request.state in FINAL and channel != directly else None


def _out_of_the_way(message: Message, request: SnapshotRequest) -> Message:
    """Let a card of which the channel may hold another go to the requester alone, who knows what became of that."""
    if message.kind is not MessageKind.CARD or message.channel != request.channel:
        return message
    return replace(message, channel=ChannelId(request.requester))


def _frozen(message: Message, error: SlackRefused) -> Told:
    """Leave the card as it is, for good; its thread hears how it ends, and a click on it how it stands."""
    log.warning("card.frozen", code=error.code, meaning=error.meaning)
    return Told(replace(message, frozen=True))


def _attempts(message: Message, error: SlackUnavailable) -> int:
    """Count a failure; that Slack named a time is none, and must not make a later wait a long one."""
    return message.attempts + (error.retry_after is None)


def _place(message: Message, facts: Facts) -> tuple[ChannelId, MessageRef | None]:
    """Return where *message* goes: a reply into its card's thread, unless it had to be redirected away from there."""
    card = None if message.kind in CARDS else facts.card
    if message.owed.to is not None:
        return message.channel, card
    redirected = message.channel != facts.request.channel
    if card is None or (redirected and card.channel != message.channel):
        return message.channel, None
    return card.channel, card
