"""The one way to run a handler: Slack is answered in time, and the handler's answer is shown where somebody acted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from functools import partial
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncAck
from structlog.contextvars import bound_contextvars

from bot.core.access import Action
from bot.core.errors import BotError, CloudError, ConfigError, SlackUnavailable, StoreUnavailable
from bot.core.ids import Actor
from bot.core.phrase import Phrase
from bot.core.request import SnapshotRequest
from bot.metrics import Metrics
from bot.slack.door.deliveries import Click, Command, Delivery, Interaction, Search, Submission
from bot.slack.door.identity import Identity
from bot.slack.door.tasks import Tasks
from bot.slack.drawing import forms, mrkdwn, names, views
from bot.slack.drawing.blocks import View, section
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Opening, Show, Tell
from bot.slack.handlers.context import Context, D, Handler
from bot.slack.handlers.refusals import Refusals
from bot.slack.outbound.readers import Readers
from bot.slack.outbound.surfaces import TooLate

log = structlog.get_logger(__name__)


ANSWER_SECONDS: Final = 2.5  # when an answer must be on its way to Slack, which gives up after 3 s


class TooSlow(BotError):
    """There was no answer in time: Slack waits three seconds."""

    phrase = Phrase("too-slow")


def _outcome_of(error: Exception) -> str:
    """Return as what an answer that *error* ended is counted, see `bot.metrics.ANSWERED`."""
    match error:
        case TooSlow():
            return "late"
        case CloudError() | ConfigError() | SlackUnavailable() | StoreUnavailable():
            return "failed"
        case BotError():
            return "refused"
        case _:
            return "failed"


class Runner:
    """Runs handlers; what they raise is an answer, too. All that is said is said in the language of who acted.

    *patience* is for how many seconds a modal gathers its facts before "One moment" opens; *deadline* is
    ANSWER_SECONDS, but for tests on a slow machine.
    """

    def __init__(
        self,
        context: Context,
        refusals: Refusals,
        *,
        readers: Readers,
        tasks: Tasks,
        metrics: Metrics,
        patience: float = 0.8,
        deadline: float = ANSWER_SECONDS,
    ) -> None:
        self.patience = patience
        self.deadline = deadline
        self._context = context
        self._refusals = refusals
        self._readers = readers
        self._tasks = tasks
        self._begun: list[SnapshotRequest] = []  # requests that Home tabs don't show yet
        self._metrics = metrics

    async def answered(
        self, handler: Handler[D], delivery: D, actor: Actor, *, ack: AsyncAck, action: Action = Action.VIEW
    ) -> None:
        """Run *handler* and answer Slack before the deadline; *action* is what *actor* tries, for words about it.

        What the answer to Slack itself holds must be there by then: commands, forms and lists are given up, and may be
        sent again. A click goes on, and its answer follows.
        """
        with bound_contextvars(user=actor.user, team=actor.team):
            if isinstance(delivery, Command | Submission | Search):
                until = asyncio.get_running_loop().time() + self.deadline
                async with self._readers.spoken_to(actor.user):
                    work = self._in_time(handler(self._context, delivery, actor), until)
                    answer = await self._outcome(work, delivery, actor, action)
                    await ack(**self._reply(delivery, answer))
                    self._follow(answer, delivery, actor)
                return
            run = partial(self._go_on, handler, delivery, actor, action)
            if task := self._tasks.spawn(run(), name=delivery.kind):
                await asyncio.wait({task}, timeout=self.deadline)
            else:
                await run()  # shutting down: what was let in is finished all the same
            await ack()

    def tell(self, me: Identity, delivery: Interaction, words: str) -> None:
        """Tell who did what *delivery* is, in the background: nothing else comes of it."""
        actor, say = me.actor(delivery), Say(words)
        show = partial(self._privately, delivery, actor, say)
        self._later(show, partial(self._privately, delivery, actor), actor, delivery)

    async def _go_on(self, handler: Handler[D], delivery: D, actor: Actor, action: Action) -> None:
        async with self._readers.spoken_to(actor.user):
            answer = await self._outcome(handler(self._context, delivery, actor), delivery, actor, action)
            self._follow(answer, delivery, actor)

    async def _outcome(self, work: Awaitable[Answer], delivery: Delivery, actor: Actor, action: Action) -> Answer:
        try:
            answer = await work
        except Exception as e:
            self._count(delivery, _outcome_of(e), e)
            return await self._refusals.answer(e, delivery, actor, action)
        self._count(delivery, "refused" if answer.errors else "ok")
        return answer

    def _count(self, delivery: Delivery, outcome: str, error: Exception | None = None) -> None:
        self._metrics.outcome(delivery.kind, outcome, at=self._context.clock.now(), error=error)

    async def _in_time(self, work: Awaitable[Answer], until: float) -> Answer:
        """Return what *work* does, if it is done by *until* (of the event loop's time).

        Raises:
            TooSlow: it took too long; whether it was kept isn't known, and a second copy makes no second.
        """
        try:
            async with asyncio.timeout_at(until):
                return await work
        except TimeoutError as e:
            raise TooSlow(f"no answer within {self.deadline} s") from e

    def _reply(self, delivery: Command | Submission | Search, answer: Answer) -> dict[str, Any]:
        """Return what Slack's answer holds, as `ack` takes it."""
        match delivery:
            case Search():
                return dict(answer.options)
            case Command() if answer.say:
                blocks = list(answer.say.blocks) or [section(answer.say.text)]
                return {"text": answer.say.text, "blocks": blocks, "response_type": "ephemeral"}
            case Submission():
                return self._form_reply(delivery.view, answer)
            case _:
                return {}

    def _form_reply(self, view: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
        is_redrawn = self._context.redraws.sent(str(view["id"]))
        if answer.view:
            return {"response_action": "update", "view": answer.view}
        if not answer.errors:
            return {}
        errors = {block: mrkdwn.cut(text, 1000) for block, text in forms.errors_by_block(answer.errors, view).items()}
        if is_redrawn or views.has_words_above(view):
            return {"response_action": "update", "view": views.with_errors(view, errors)}
        return {"response_action": "errors", "errors": errors}

    def _follow(self, answer: Answer, delivery: Delivery, actor: Actor) -> None:
        """Show the rest of *answer* in the background."""
        privately = partial(self._privately, delivery, actor)
        if answer.say and not isinstance(delivery, Command):
            # what was done is done: that it can't be shown in its place is no news
            instead = partial(privately, answer.say)
            self._later(partial(self._tell, delivery, actor, answer.say), lambda _: instead(), actor, delivery)
        if answer.opening:
            self._later(partial(self._open, answer.opening, delivery, actor), privately, actor, delivery)
        if answer.redraw:
            self._later(answer.redraw.draw, answer.redraw.tell, actor, delivery)
        if answer.begun:
            self._begun.append(answer.begun)
            if len(self._begun) == 1:  # else they are being drawn, and are drawn once more for all that came meanwhile
                self._tasks.spawn(self._on_homes(), name="homes")

    async def _on_homes(self) -> None:
        """Draw the Home tab again for those who had it open lately and see there what has begun."""
        while begun := tuple(self._begun):
            for actor in self._context.homes.lately():
                try:
                    await self._on_home(actor, begun)
                except BotError as e:
                    log.warning("home.not_drawn", user=actor.user, cause=str(e))  # opening it draws it
                except Exception:
                    log.exception("home.not_drawn", user=actor.user)
            del self._begun[: len(begun)]

    async def _on_home(self, actor: Actor, begun: Iterable[SnapshotRequest]) -> None:
        reviews = self._context.service.reviews
        if any([await reviews.begins_to_wait_for(actor, request) for request in begun]):
            async with self._readers.spoken_to(actor.user):
                await self._context.surfaces.publish(actor.user, await pages.home_tab(self._context, actor))

    def _later(self, show: Show, tell: Tell, actor: Actor, delivery: Delivery) -> None:
        self._tasks.spawn(self._shown(show, tell, actor, delivery), name="answer")

    async def _shown(self, show: Show, tell: Tell, actor: Actor, delivery: Delivery) -> None:
        """Do *show*, and *tell* what went wrong with it; nothing but a cancellation escapes."""
        try:
            await show()
        except Exception as error:
            self._count(delivery, "not_shown", error)
            say = await self._refusals.words(error, actor)
            try:
                await tell(say)
            except BotError as e:
                log.warning("person.not_told", cause=str(e))
            except Exception:
                log.exception("person.not_told")

    async def _tell(self, delivery: Delivery, actor: Actor, say: Say) -> None:
        """Show *say* where the click was made."""
        context = self._context
        match delivery:
            case Click(surface="home"):
                await context.surfaces.publish(actor.user, await pages.home_tab(context, actor, notice=say.text))
            case Click(surface="modal", view=dict(view)) if view.get("callback_id") != names.REVIEW_MODAL:
                await context.surfaces.update(str(view["id"]), views.told(view, say.text))
            case Click(surface="modal", view=dict(view)):
                seen = await pages.review_modal(context, actor, delivery.request_id, notice=say.text)
                await context.surfaces.update(str(view["id"]), seen)
            case _:
                await self._privately(delivery, actor, say)

    async def _privately(self, delivery: Delivery, actor: Actor, say: Say) -> None:
        await self._context.surfaces.privately(actor.user, delivery.here, say)

    async def _open(self, opening: Opening, delivery: Delivery, actor: Actor) -> None:
        """Open the modal, with the delivery's ticket, on top of the one in which the click was made, if any.

        Where the facts take longer than the patience, "One moment" opens first and turns into it, for the ticket dies
        after 3 s.
        """
        push = isinstance(delivery, Click) and delivery.surface == "modal"
        show = partial(self._context.surfaces.open, delivery.trigger_id or "", push=push)
        building = asyncio.create_task(self._built(opening, actor))
        try:
            done, _ = await asyncio.wait({building}, timeout=self.patience)
            if done:
                await show(building.result())
                return
            opened = await show(views.loading(opening.title))
            await self._context.surfaces.fill(opened, await building)
        except TooLate as e:
            raise TooLate(str(e), phrase=opening.too_late) from e
        finally:
            building.cancel()

    async def _built(self, opening: Opening, actor: Actor) -> View:
        """Return the modal; refusals and faults are said in one as well."""
        try:
            return await opening.build()
        except Exception as e:
            return pages.said_in_modal(await self._refusals.words(e, actor), title=opening.title)
