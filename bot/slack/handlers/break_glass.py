"""Break-glass: the button under the form and in the review, and the form in which it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bot.core.errors import InputError, StaleRequest
from bot.core.ids import Actor
from bot.core.phrase import Phrase
from bot.core.request import AlreadyDecided, SnapshotRequest, State
from bot.service import Emergency
from bot.slack.door.deliveries import Click, Submission
from bot.slack.drawing import glass_forms, views
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.drawing.forms import Carried, RequestForm
from bot.slack.drawing.glass_forms import CarriedAsk, CarriedRequest, GlassForm
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Opening, Redraw
from bot.slack.handlers.context import Context
from bot.words import text


async def of_form(context: Context, click: Click, actor: Actor) -> Answer:
    """Put the confirm form on top of the form behind `/snapshot`, with all that stands there."""
    return Answer(opening=Opening(text("glass-title"), partial(_confirm_new, context, click, actor)))


async def _confirm_new(context: Context, click: Click, actor: Actor) -> View:
    service = context.service
    view: Mapping[str, Any] = click.view or {}
    ask = RequestForm.read(view).ask()
    if ask.cluster is None:
        raise InputError({"cluster": Phrase("choose-cluster")})
    if ask.on_behalf not in (None, actor.user):
        raise InputError({"behalf": Phrase("behalf-no-glass")})
    draft, carried = await service.intake.draft(actor, ask.cluster), Carried.of(view)
    await service.glass.opened(actor, ask.cluster)
    moment = carried.moment or await service.timing.moment()
    name = ask.name or service.intake.rules.suggest_name(draft.cluster.name, moment)
    ask = replace(ask, name=name, channel=ask.channel or draft.channel or carried.here)
    if wrong := service.intake.wrong_words(ask):
        raise InputError(wrong)
    return glass_forms.confirm_new(ask, draft.cluster.name)


async def of_request(context: Context, click: Click, actor: Actor) -> Answer:
    """Put the confirm form on top of the review."""
    return Answer(opening=Opening(text("glass-title"), partial(_confirm, context, click, actor)))


async def _confirm(context: Context, click: Click, actor: Actor) -> View:
    return glass_forms.confirm(await context.service.approvals.open_glass(actor, click.request_id))


async def create(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Keep a new request that starts now. The form below is spent by that: both are one submission."""
    view, intake = sent.view, context.service.intake
    below = str(view.get("previous_view_id") or view["id"])
    emergency, ask = GlassForm.read(view).emergency(), CarriedAsk.of(view).ask()
    kept = await intake.ask(actor, ask, origin=f"view:{below}", emergency=emergency)
    said = glass_forms.begun_words(kept)
    waits = kept.state is State.WAITING  # it was sent from the form below, to wait for an approval
    if waits or kept.version > 1 or not await context.service.first_time(f"break-glass:{kept.id}"):
        asked = views.asked_words(kept) if waits else said
        await context.service.glass.sent_before(actor, kept)
        said = f"{text('glass-sent-before')}\n{asked}"
    notice = views.notice(said, title=text("glass-title"))
    redraw = partial(pages.notice_in, context, below, text("take-a-snapshot"))
    return Answer(view=notice, redraw=Redraw(partial(redraw, Say(said)), redraw), begun=kept)


async def start(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Let a request that waits start now; the review below shows the new state."""
    emergency, looked_at = GlassForm.read(sent.view).emergency(), CarriedRequest.of(sent.view)
    again = ""
    try:
        begun = await context.service.approvals.break_glass(actor, looked_at.request, emergency, seen=looked_at.version)
    except StaleRequest:
        seen = await context.service.reviews.review(actor, looked_at.request)
        return Answer(view=glass_forms.confirm(seen.facts.request, reason=emergency.reason, changed=True))
    except AlreadyDecided as e:
        if not _is_theirs(e.request, actor, emergency):
            raise
        begun, again = e.request, f"{text('glass-sent-before')}\n"
    said = f"{again}{glass_forms.begun_words(begun)}"
    below = pages.review_below(context, actor, sent.view, begun.id, notice=said)
    return Answer(view=views.notice(said, title=text("glass-title")), redraw=below)


def _is_theirs(request: SnapshotRequest, actor: Actor, emergency: Emergency) -> bool:
    """Say whether *actor* started *request* by this very form before."""
    return request.glass is not None and (request.glass.by, request.glass.reason) == (actor.user, emergency.reason)
