"""What every listener needs: who acts, the use cases, and a guard that turns whatever goes wrong into words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from structlog.contextvars import bound_contextvars

from bot.core.access import Action, NotAllowed
from bot.core.errors import BotError, SlackUnavailable
from bot.core.ids import Actor, ChannelId, TeamId, UserId
from bot.core.request import AlreadyDecided, SnapshotRequest, State
from bot.ports import Clock, People
from bot.service import Service
from bot.slack import mrkdwn, views, wording
from bot.slack.blocks import View, actions, section
from bot.slack.deliveries import Command, Event, Interaction
from bot.slack.identity import Identity
from bot.slack.messages import Say, again
from bot.slack.screen import Screen, TooLate
from bot.slack.tasks import Tasks

log = structlog.get_logger(__name__)


_NAMES: Final = 0.3  # seconds that are left after the deadline, to look up what people are called


class TooSlow(BotError):
    """Slack's three seconds are nearly over."""

    say = wording.TOO_SLOW


Tell = Callable[[Say], Awaitable[None]]


class ChannelCheck(Protocol):
    """Whether the bot may post into a channel; see channels.Channels."""

    async def problem(self, channel: ChannelId) -> str | None:
        """Return why not, in plain text, or None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The listeners' dependencies.

    *patience* is for how many seconds a modal gathers its facts before "One moment" opens; *deadline* when an answer
    must be on its way to Slack, which gives up after 3 s.
    """

    service: Service
    screen: Screen
    people: People
    channels: ChannelCheck
    clock: Clock
    identity: Identity
    tasks: Tasks
    patience: float = 0.8
    deadline: float = 2.5

    def actor(self, delivery: Command | Interaction | Event) -> Actor:
        """Return who acts, by the ids in Slack's payload alone; names in it can be anything.

        The home team of somebody in our Enterprise Grid may be another of its workspaces: they pass as ours here, and
        users.info decides whether our workspace is one of theirs.
        """
        team, user = delivery.by
        if team and self.identity.enterprise and delivery.grid == self.identity.enterprise:
            team = self.identity.team
        return Actor(team=TeamId(team), user=user)

    async def words(self, error: BotError, *, by: UserId, action: Action = Action.VIEW) -> Say:
        """Return *error* as mrkdwn that a person may read."""
        if isinstance(error, NotAllowed):
            return Say(wording.refusal(error.decision, company=self.identity.team_name))
        if isinstance(error, AlreadyDecided):
            age = self.service.reviews.age(error.request.cluster.cloud)
            text = wording.already(error.request, by=by, action=action, age=age)
            buttons = [again(error.request)] if await self.may_ask_again(error.request, by) else []
            return Say(text, (section(text), *actions(buttons)))
        return Say(mrkdwn.escape(error.say))

    async def may_ask_again(self, request: SnapshotRequest, by: UserId) -> bool:
        """Say whether asking again is a next step (it expired, was declined or failed), and *by* may take it."""
        ended = request.state in (State.EXPIRED, State.DECLINED, State.FAILED)
        if request.state is State.WAITING:
            ended = not any(v.user == by for v in request.votes)  # decided by time, which the worker hasn't noted yet
        member = Actor(team=self.identity.team, user=by)  # as everybody is who learns how a request stands
        with suppress(BotError):  # an answer without its button is better than none
            return ended and await self.service.reviews.may_ask(member, request.cluster)
        return False

    @asynccontextmanager
    async def reporting(self, tell: Tell, *, by: UserId, action: Action = Action.VIEW) -> AsyncIterator[None]:
        """Tell the person about whatever goes wrong inside; nothing but a cancellation escapes."""
        with bound_contextvars(user=by):
            try:
                yield
            except BotError as e:
                log.info("listener.refused", error=repr(e), cause=str(e))
                await self._told(tell, await self.words(e, by=by, action=action))
            except Exception:
                log.exception("listener.failed")
                await self._told(tell, Say(wording.WENT_WRONG))

    async def _told(self, tell: Tell, say: Say) -> None:
        try:
            await tell(say)
        except BotError as e:
            log.warning("person.not_told", cause=str(e))
        except Exception:
            log.exception("person.not_told")

    def privately(self, user: UserId, channel: ChannelId | None) -> Tell:
        """Return a way to tell *user* something in *channel* that only they see."""

        async def tell(say: Say) -> None:
            await self.screen.privately(user, channel, say)

        return tell

    def in_modal(self, view_id: str, title: str) -> Tell:
        """Return a way to tell something by what an open modal turns into."""

        async def tell(say: Say) -> None:
            view = views.notice(say.text, title=title)
            if say.blocks:
                view["blocks"] = list(say.blocks)
            await self.screen.update(view_id, view)

        return tell

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Give up after the deadline, for what is safe to send once more.

        Raises:
            TooSlow: it took too long; whether it was kept isn't known, and a second copy makes no second.
        """
        try:
            async with asyncio.timeout(self.deadline):
                yield
        except TimeoutError as e:
            raise TooSlow(f"no answer within {self.deadline} s") from e

    async def now(
        self, work: Callable[[], Coroutine[Any, Any, Any]], name: str, tell: Tell, *, by: UserId, action: Action
    ) -> None:
        """Do *work*, guarded as by `reporting`; past the deadline it goes on while Slack gets its answer."""

        async def guarded() -> None:
            async with self.reporting(tell, by=by, action=action):
                await work()

        task = self.tasks.spawn(guarded(), name=name)
        if task is None:
            await guarded()  # shutting down: what was let in is finished all the same
        else:
            await asyncio.wait({task}, timeout=self.deadline)

    def later(self, work: Callable[[], Coroutine[Any, Any, Any]], name: str, tell: Tell, *, by: UserId) -> None:
        """Do *work* after the answer to Slack, guarded as by `reporting`."""

        async def guarded() -> None:
            async with self.reporting(tell, by=by):
                await work()

        self.tasks.spawn(guarded(), name=name)

    def show(
        self,
        trigger: str,
        build: Callable[[], Coroutine[Any, Any, View]],
        *,
        tell: Tell,
        by: UserId,
        title: str,
        push: bool = False,
        too_late: str = wording.TOO_LATE,
    ) -> None:
        """Open the modal that *build* makes, in the background; refusals and faults open as a modal as well.

        Where the facts take longer than the desk's patience, "One moment" opens first and turns into it, for the
        ticket *trigger* dies after 3 s. Where no modal can be opened, *tell* says why: *too_late* if the ticket died.
        """

        async def shown() -> None:
            try:
                await self._show(trigger, build, by=by, title=title, push=push)
            except TooLate as e:
                raise TooLate(str(e), say=too_late) from e

        self.later(shown, "show", tell, by=by)

    async def _show(
        self, trigger: str, build: Callable[[], Coroutine[Any, Any, View]], *, by: UserId, title: str, push: bool
    ) -> None:
        building = asyncio.create_task(self._built(build, by=by, title=title))
        try:
            done, _ = await asyncio.wait({building}, timeout=self.patience)
            if done:
                await self.screen.open(trigger, building.result(), push=push)
                return
            opened = await self.screen.open(trigger, views.loading(title), push=push)
            await self.screen.fill(opened, await building)
        finally:
            building.cancel()

    async def _built(self, build: Callable[[], Coroutine[Any, Any, View]], *, by: UserId, title: str) -> View:
        shown: list[View] = []

        async def tell(say: Say) -> None:
            view = views.notice(say.text, title=title)
            shown.append(view | {"blocks": list(say.blocks)} if say.blocks else view)

        async with self.reporting(tell, by=by):
            shown.append(await build())
        return shown[0]

    async def names(self, users: Iterable[UserId]) -> dict[UserId, str]:
        """Return what people are called, for places where Slack shows no mentions; who isn't known soon is left out.

        The answer to Slack waits for it, and may have used up its time until the deadline already.
        """
        found: dict[UserId, str] = {}

        async def look_up(user: UserId) -> None:
            with suppress(SlackUnavailable):
                if name := (await self.people.person(user)).name:
                    found[user] = f"@{name}"

        wanted = list(dict.fromkeys(users))[:5]
        lookups = [self.tasks.spawn(look_up(user), name="name") for user in wanted]
        if under_way := {task for task in lookups if task is not None}:
            await asyncio.wait(under_way, timeout=_NAMES)
        return dict(found)
