"""What people are told when a handler raises: refused, too late, broken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import structlog

from bot.core.access import Action, NotAllowed
from bot.core.errors import BotError, InputError, NotFound, SlackUnavailable
from bot.core.ids import Actor, UserId
from bot.core.phrase import Phrase
from bot.core.request import AlreadyDecided, OtherRevision, SnapshotRequest, State
from bot.ports import People
from bot.service.authority import NAMED
from bot.slack.door.deliveries import Delivery, Search, Submission
from bot.slack.door.tasks import Tasks
from bot.slack.drawing import mrkdwn, revisions, rights, views, wording
from bot.slack.drawing.blocks import actions, section
from bot.slack.drawing.cards import Say, again, review_button
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.words import say, text, utc, worded

log = structlog.get_logger(__name__)

_NAMES: Final = 0.3  # seconds that are left after the deadline, to look up what people are called


class Refusals:
    """Words for errors, by who reads them and where."""

    def __init__(self, context: Context, *, people: People, tasks: Tasks) -> None:
        self._context = context
        self._people = people
        self._tasks = tasks

    async def answer(self, error: Exception, delivery: Delivery, actor: Actor, action: Action) -> Answer:
        """Return what *delivery* is answered with where *error* ended it; *action* is what was tried.

        An error leaves a modal that was sent open, with everything that was typed. A searched list shows no text of
        ours: it stays empty ("No results"), and the log says why.
        """
        if isinstance(delivery, Search):
            _note(error, "options")
            return Answer(options={"options": []})
        if not isinstance(delivery, Submission):
            return Answer(say=await self.words(error, actor, action))
        _note(error, "submission")
        match error:
            case InputError():
                return Answer(errors={field: self._worded(phrase) for field, phrase in error.fields.items()})
            case NotAllowed() if action is Action.REQUEST:
                names = await self._names((*error.decision.admins, *error.decision.who_can))
                words = rights.refusal(error.decision, company=self._context.company, pen=rights.Pen(names))
                return Answer(errors={"cluster": words})
            case NotAllowed() | NotFound():
                button = rights.why(error.decision) if isinstance(error, NotAllowed) else None
                words = (await self._words(error, actor, action)).text
                return Answer(view=views.in_vain(delivery.view, words, accessory=button))
            case AlreadyDecided():
                said = await self._words(error, actor, action)
                below = pages.review_below(self._context, actor, delivery.view, error.request.id)
                return Answer(view=views.in_vain(delivery.view, said.text), redraw=below)
            case _:
                why = self._worded(error.phrase) if isinstance(error, BotError) else text("went-wrong")
                return Answer(errors={"": why})

    async def words(self, error: Exception, actor: Actor, action: Action = Action.VIEW) -> Say:
        """Return what *actor* reads of *error*, as mrkdwn; *action* is what they tried. The log has the rest."""
        _note(error, "listener")
        return await self._words(error, actor, action)

    async def _words(self, error: Exception, actor: Actor, action: Action) -> Say:
        match error:
            case NotAllowed():
                words = rights.refusal(error.decision, company=self._context.company)
                button = rights.why(error.decision)
                return Say(words, (section(words), *actions([button]))) if button else Say(words)
            case AlreadyDecided():
                age = self._context.service.reviews.age(error.request.cluster.cloud)
                words = wording.already(error.request, by=actor.user, action=action, age=age)
                buttons = [again(error.request)] if await self._may_ask_again(error.request, actor) else []
                return Say(words, (section(words), *actions(buttons)))
            case OtherRevision(request=request):
                look = review_button(request)
                return Say(revisions.changed_since_text(request), (*revisions.changed_since(request), *actions([look])))
            case NotFound() if await self._may_see(actor):
                return Say(text("no-such-request-but", command=self._context.command))
            case BotError():
                now = self._context.clock.now()
                said = say(error, when=utc(now), name=mrkdwn.unmarked, command=self._context.command)
                return Say(mrkdwn.ours(said))
            case _:
                return Say(text("went-wrong"))

    async def _may_see(self, actor: Actor) -> bool:
        """Say whether `list` may show *actor* something."""
        with suppress(BotError):
            return await self._context.service.reviews.may_see_some(actor)
        return False

    def _worded(self, phrase: Phrase) -> str:
        return worded(phrase, when=utc(self._context.clock.now()), command=self._context.command)

    async def _may_ask_again(self, request: SnapshotRequest, actor: Actor) -> bool:
        """Say whether asking again is a next step (it expired, was declined or failed), and *actor* may take it."""
        waits = request.state is State.WAITING and request.vote_of(actor.user)  # for others, as the words say
        ended = not waits and request.can_be_asked_again(self._context.clock.now())
        with suppress(BotError):  # an answer without its button is better than none
            return ended and await self._context.service.reviews.may_ask(actor, request.cluster)
        return False

    async def _names(self, users: Iterable[UserId]) -> dict[UserId, str]:
        """Return what people are called, for places where Slack shows no mentions; who isn't known soon is left out.

        The answer to Slack waits for it, and may have used up its time until the deadline already.
        """
        found: dict[UserId, str] = {}
        wanted = list(dict.fromkeys(users))[: 2 * NAMED]
        lookups = [self._tasks.spawn(self._look_up(user, found), name="name") for user in wanted]
        if under_way := {task for task in lookups if task is not None}:
            await asyncio.wait(under_way, timeout=_NAMES)
        return dict(found)

    async def _look_up(self, user: UserId, found: dict[UserId, str]) -> None:
        with suppress(SlackUnavailable):
            if name := (await self._people.person(user)).name:
                found[user] = f"@{name}"


def _note(error: Exception, what: str) -> None:
    """Write to the log what a person is told in other words, or can't be told."""
    if not isinstance(error, BotError):
        log.error(f"{what}.failed", exc_info=error)
    elif what == "options":
        log.warning("options.failed", error=repr(error))
    else:
        log.info(f"{what}.refused", error=repr(error), cause=str(error))
