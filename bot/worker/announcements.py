"""What channels hear of snapshots is posted once, as far as who set that up may see it; a closed channel is left alone.

Nobody waits for it: it has its own loop, beside the cards and results.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot.clock import elapsed
from bot.core.errors import BotError, Meaning, NotFound, SlackRefused, SlackUnavailable, StaleRequest, StoreUnavailable
from bot.core.ids import MessageRef, RequestId, UserId
from bot.core.message import MessageKind, Owed
from bot.core.notices import Notice, NoticeKind
from bot.core.person import Standing
from bot.core.request import SnapshotRequest
from bot.core.subscriptions import News, Pause, Subscription
from bot.core.work import Lease, Work
from bot.metrics import Metrics
from bot.ports import Channels, Messenger, Store
from bot.service.authority import Authority
from bot.service.reviews import Reviews
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()

_LOOKS: Final = 5.0  # seconds between two times that we see what is owed
_AT_ONCE: Final = 8
_LEASE: Final = timedelta(seconds=60)
_POST: Final = 25.0  # seconds for a post, with the wait for its turn: well within the lease
_AT_THE_END: Final = 3.0  # seconds for what is under way while the process stops
_KEEPS: Final = timedelta(days=30)  # so long it is known that something was told
_DROPS: Final = timedelta(hours=1)
_PAUSES: Final = {
    "channel-archived": Pause.ARCHIVED,
    "channel-shared": Pause.SHARED,
    "channel-read-only": Pause.CLOSED,
    "channel-invite-here": Pause.CLOSED,
    "channel-direct": Pause.CLOSED,
}
_CLOSED: Final = {Meaning.ELSEWHERE: Pause.CLOSED, Meaning.SHARED: Pause.SHARED}


class Announcements:
    """Posts the notices that are due; *elapsed* is as for `bot.core.work.Lease`."""

    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        authority: Authority,
        reviews: Reviews,
        channels: Channels,
        pace: Pace,
        metrics: Metrics,
        owner: str,
        elapsed: Callable[[], float] = elapsed,
    ) -> None:
        self._elapsed = elapsed
        self._store = store
        self._clock = store.clock
        self._messenger = messenger
        self._authority = authority
        self._reviews = reviews
        self._channels = channels
        self._pace = pace
        self._metrics = metrics
        self._owner = owner

    async def watch(self) -> None:
        """Post what is due, for ever."""
        drops = self._clock.now()
        while True:
            try:
                while await self.turn():
                    pass
                if self._clock.now() >= drops:
                    await self._store.drop_notices(self._clock.now() - _KEEPS)
                    drops = self._clock.now() + _DROPS
            except StoreUnavailable as e:
                log.warning("notices.later", error=str(e))
            await self._clock.sleep(_LOOKS)

    async def turn(self) -> bool:
        """Post some of what is due; say whether there was any.

        Raises:
            StoreUnavailable: not now.
        """
        since = self._elapsed()
        due = await self._store.claim_notices(owner=self._owner, lease=_LEASE, limit=_AT_ONCE)
        held = [replace(work, lease=Lease(self._elapsed)) for work in due]
        for work in held:
            work.lease.hold(_LEASE - timedelta(seconds=_POST), since=since)
        telling = asyncio.gather(*(self._tell(work) for work in held))
        try:
            await asyncio.shield(telling)
        except asyncio.CancelledError:  # a post that isn't noted would come twice where the bot may not look for it
            await asyncio.wait([telling], timeout=_AT_THE_END)
            raise
        return bool(due)

    async def _tell(self, work: Work[Notice]) -> None:
        notice = work.item
        with structlog.contextvars.bound_contextvars(channel=notice.channel, kind=notice.kind):
            try:
                notice, due = await self._told(work)
                await self._store.save_notice(notice, token=work.token, due_in=due)
            except StaleRequest as e:
                log.info("notice.overtaken", by=str(e))
            except NotFound:  # it was dropped, long after its end
                await self._store.save_notice(notice, token=work.token, due_in=None)
            except SlackUnavailable as e:  # of a question before the post: nothing was posted
                await self._later(work, e)

    async def _later(self, work: Work[Notice], error: SlackUnavailable) -> None:
        notice = replace(work.item, attempts=work.item.attempts + 1)
        log.warning("notice.delayed", error=str(error), attempts=notice.attempts)
        try:
            await self._store.save_notice(notice, token=work.token, due_in=self._again(notice, error))
        except BotError as e:
            log.warning("notice.not_saved", error=str(e))  # its lease ends by itself

    def _again(self, notice: Notice, error: SlackUnavailable) -> timedelta:
        return self._pace.later(self._pace.slack_wait(notice.attempts), named=error.retry_after)

    async def _told(self, work: Work[Notice]) -> tuple[Notice, timedelta | None]:
        """Return what became of it, and after how long it is due again; None: it is done with.

        Raises:
            SlackUnavailable: something that must be known isn't, and nothing was posted.
            StaleRequest: another process has it now.
        """
        notice = work.item
        if notice.sending_at is not None:
            settles = notice.sending_at + timedelta(seconds=self._pace.settle) - self._clock.now()
            if timedelta(0) < settles <= timedelta(seconds=self._pace.settle):
                return notice, settles
            found = await self._messenger.find(notice.key, channel=notice.channel, since=notice.sending_at)
            if found is not None:
                return replace(notice, ref=found), None
        shown = notice
        if notice.kind is NoticeKind.NEWS:
            if await self._is_closed(notice):
                return notice, None
            shown = replace(notice, news=await self._wanted(notice))
            if not shown.news:
                return notice, None
        names = {user: await self._authority.name(user) for user in _people(shown.news)}
        begun = replace(notice, sending_at=self._clock.now())
        await self._store.save_notice(begun, token=work.token, due_in=None, release=False)
        work.lease.require()  # this process may have slept since
        return await self._posted(begun, replace(shown, sending_at=begun.sending_at), names)

    async def _posted(self, notice: Notice, shown: Notice, names: dict[UserId, str]) -> tuple[Notice, timedelta | None]:
        try:
            async with asyncio.timeout(_POST):
                ref = await self._said(shown, names)
        except TimeoutError:
            return self._failed(notice, SlackUnavailable("Slack: the post took too long"))
        except SlackRefused as e:
            self._metrics.message(notice.kind, e.meaning)
            if notice.kind is NoticeKind.NEWS and (why := _CLOSED.get(e.meaning)):
                await self._pause(await self._hearing(notice), why)
                return notice, None
            if notice.kind is not NoticeKind.NEWS and e.meaning in (*_CLOSED, Meaning.NOBODY):
                log.error("person.not_told", error=str(e), user=notice.channel)
                return notice, None
            if notice.attempts + 1 >= self._pace.slack_tries:
                log.error("notice.given_up", error=str(e))
                return notice, None
            return self._failed(replace(notice, sending_at=None), e)
        except SlackUnavailable as e:
            self._metrics.message(notice.kind, SlackUnavailable.__name__)
            return self._failed(notice if e.maybe_done else replace(notice, sending_at=None), e)
        self._metrics.message(notice.kind, "sent")
        return replace(notice, ref=ref), None

    async def _said(self, notice: Notice, names: dict[UserId, str]) -> MessageRef:
        if notice.request is None:
            return await self._messenger.announce(notice, names=names)
        facts = await self._reviews.facts(await self._request(notice.request))
        owed = Owed(MessageKind.RESULT, UserId(notice.channel))
        return await self._messenger.post(owed, facts, channel=notice.channel, key=notice.key)

    async def _request(self, request_id: RequestId) -> SnapshotRequest:
        request = await self._store.get(request_id)
        if request is None:
            raise NotFound(f"no request {request_id}")
        return request

    def _failed(self, notice: Notice, error: SlackUnavailable) -> tuple[Notice, timedelta]:
        notice = replace(notice, attempts=notice.attempts + 1)
        log.warning("notice.delayed", error=str(error), attempts=notice.attempts)
        return notice, self._again(notice, error)

    async def _hearing(self, notice: Notice) -> list[Subscription]:
        """Return what the channel of *notice* hears of now."""
        every = await self._store.subscriptions()
        return [s for s in every if s.channel == notice.channel and s.paused is None]

    async def _wanted(self, notice: Notice) -> tuple[News, ...]:
        """Return what of its news the channel still wants to hear, and somebody who set that up may still see.

        One cluster that its person may not see any more is paused; of clusters by name each is judged by itself.

        Raises:
            SlackUnavailable: Slack doesn't say who somebody is.
        """
        wanted: list[News] = []
        lost: list[Subscription] = []
        hearing = await self._hearing(notice)
        for news in notice.news:
            for subscription in [s for s in hearing if s.wants(news)]:
                if await self._may_see(subscription, news):
                    wanted.append(news)
                    break
                if subscription.scope.ref is not None:
                    lost.append(subscription)
        await self._pause(lost, Pause.RIGHTS)
        return tuple(wanted)

    async def _may_see(self, subscription: Subscription, news: News) -> bool:
        person = await self._authority.account(subscription.set_by)
        if person.standing is not Standing.MEMBER:
            return False
        return (await self._authority.looks(person)).sees(news.cluster)

    async def _is_closed(self, notice: Notice) -> bool:
        """Say whether its channel can't be written to, for longer than a moment, or hears nothing; it is paused then.

        Raises:
            SlackUnavailable: Slack doesn't say.
        """
        if not (hearing := await self._hearing(notice)):
            return True
        seen = await self._channels.seen(notice.channel)
        if seen.problem is not None and seen.problem.code not in _PAUSES:
            raise SlackUnavailable(f"Slack doesn't show the channel: {seen.problem.code}", maybe_done=False)
        if seen.problem is not None:
            await self._pause(hearing, _PAUSES[seen.problem.code])
        elif seen.is_private:
            await self._pause([s for s in hearing if not s.is_private], Pause.PRIVATE)
        return seen.problem is not None

    async def _pause(self, subscriptions: Sequence[Subscription], why: Pause) -> None:
        if subscriptions:
            log.warning("subscription.paused", why=why, count=len(subscriptions))
            await self._store.pause([*dict.fromkeys(subscriptions)], why)


def _people(news: Sequence[News]) -> list[UserId]:
    return [*dict.fromkeys(one.requester for one in news if one.requester)]
