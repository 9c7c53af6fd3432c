"""The cluster field of the form: its list as somebody types, and what changes once a cluster is chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bot.core.access import NotAllowed
from bot.core.errors import InputError
from bot.core.ids import Actor
from bot.slack.door.deliveries import Click, Search
from bot.slack.drawing import forms, mrkdwn, rights, views
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Redraw
from bot.slack.handlers.context import Context
from bot.words import say, text, utc


async def clusters(context: Context, search: Search, actor: Actor) -> Answer:
    """Offer the clusters for which this person may ask."""
    looker = await context.service.authority.looker(actor)
    found = await context.service.intake.askable(looker, search.value or "")
    ages = context.service.naming.ages(looker)
    if len(found) > views.OPTIONS_MOST:
        return Answer(options={"option_groups": [views.first_options(found, ages)]})
    return Answer(options={"options": views.options(found, ages)})


async def none(context: Context, search: Search, actor: Actor) -> Answer:
    """Offer nothing in a list that isn't ours."""
    return Answer(options={"options": []})


async def chosen(context: Context, click: Click, actor: Actor) -> Answer:
    """Redraw the form for the chosen cluster and time: its line, the suggested name, the button, day and time."""
    if click.view is None:
        return Answer()  # the form is a modal, and nothing else has this list
    redrawn = partial(_redrawn, context, actor, click.view)
    choice = Choice(context, click.view, redrawn, partial(views.with_line, click.view))
    return Answer(redraw=Redraw(choice.redraw, choice.tell))


class Choice:
    """Something that was chosen in the open form *view*: *redrawn* shows what comes of it, *said* says words there."""

    def __init__(
        self,
        context: Context,
        view: Mapping[str, Any],
        redrawn: Callable[[], Awaitable[View]],
        said: Callable[[str], View],
    ) -> None:
        self._context, self._view, self._redrawn, self._said = context, view, redrawn, said
        self._form = context.redraws.begin(str(view["id"]))
        self._sent = self._form.sent

    async def redraw(self) -> None:
        """Draw the form for it."""
        async with self._form.turn:  # two choices in a row are drawn in their order
            await self._show(await self._redrawn())

    async def tell(self, words: Say) -> None:
        """Say in the form what went wrong with that."""
        await self._show(self._said(words.text))

    async def _show(self, drawn: View) -> None:
        """Show *drawn* over what the choice was made in, or over the redraw for an earlier choice.

        Anything else that stands there by now is the answer to the form, however late this arrives. Where the answer
        to an earlier redraw was lost, this one is left out: Request then says first what it will file.
        """
        for seen in dict.fromkeys((str(self._view.get("hash") or ""), self._form.hash)):
            if not seen or self._form.sent != self._sent:
                continue
            if (now := await self._context.surfaces.update(str(self._view["id"]), drawn, only=seen)) is not None:
                self._form.hash = now
                return


async def _redrawn(context: Context, actor: Actor, view: Mapping[str, Any]) -> View:
    view = await pages.timed(context, actor, view)
    cluster = forms.RequestForm.read(view).cluster
    if cluster is None:
        return views.with_line(view, text("choose-to-see"))
    try:
        return await pages.form_for(context, actor, view, cluster)
    except NotAllowed as e:
        return views.with_line(view, f"🚫 {rights.refusal(e.decision, company=context.company)}")
    except InputError as e:
        said = say(e, when=utc(context.clock.now()), name=mrkdwn.unmarked, command=context.command)
        return views.with_line(view, f"🔴 {mrkdwn.ours(said)}")
