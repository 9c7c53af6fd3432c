"""What is looked up, then drawn: the Home tab, the review modal, the form. One look, one view."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.core.ids import Actor, ChannelId, ClusterRef, MessageRef, RequestId
from bot.core.start import Start
from bot.slack.door.deliveries import Command, Interaction
from bot.slack.drawing import forms, home, reviewing, rights, starting, views, wording
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.handlers.answer import Opening, Redraw
from bot.slack.handlers.context import Context
from bot.slack.outbound.surfaces import TooLate
from bot.words import text


async def home_tab(context: Context, actor: Actor, *, notice: str = "") -> View:
    """Return the Home tab of *actor*, with *notice* on top."""
    seen = await context.service.reviews.overview(actor)
    return home.home(seen, company=context.company, command=context.command, notice=notice)


async def review_modal(
    context: Context, actor: Actor, request_id: RequestId, *, notice: str = "", at: MessageRef | None = None
) -> View:
    """Return the review modal as it stands now, with *notice* on top; *at* is the message in which it was asked for."""
    seen = await context.service.reviews.review(actor, request_id, at=at)
    return reviewing.review(seen, by=actor.user, now=context.clock.now(), company=context.company, notice=notice)


def review_below(
    context: Context, actor: Actor, sent: Mapping[str, Any], request_id: RequestId, *, notice: str = ""
) -> Redraw | None:
    """Return how the review modal under the modal *sent* shows the new state; None where there is none."""
    below = str(sent.get("previous_view_id") or "")
    if not below:
        return None
    return Redraw(
        partial(_redraw_review, context, actor, below, request_id, notice),
        partial(notice_in, context, below, text("review-title", request=request_id)),
    )


def home_again(context: Context, actor: Actor) -> Redraw | None:
    """Return how the Home tab of *actor* shows the new state, where they had it open lately; else None."""
    if actor not in context.homes.lately():
        return None
    redraw = partial(_redraw_home, context, actor)
    return Redraw(redraw, redraw)


async def _redraw_home(context: Context, actor: Actor, say: Say | None = None) -> None:
    notice = say.text if say else ""
    await context.surfaces.publish(actor.user, await home_tab(context, actor, notice=notice))


async def _redraw_review(context: Context, actor: Actor, view_id: str, request_id: RequestId, notice: str) -> None:
    await context.surfaces.update(view_id, await review_modal(context, actor, request_id, notice=notice))


async def notice_in(context: Context, view_id: str, title: str, say: Say) -> None:
    """Say *say* in the place of an open modal."""
    await context.surfaces.update(view_id, said_in_modal(say, title=title))


def said_in_modal(say: Say, *, title: str) -> View:
    """Return a modal called *title* that only says something."""
    view = views.notice(say.text, title=title)
    return {**view, "blocks": list(say.blocks)} if say.blocks else view


def form_opening(
    context: Context,
    actor: Actor,
    delivery: Command | Interaction,
    cluster: ClusterRef | None = None,
    *,
    description: str = "",
) -> Opening:
    """Return the empty form as something to open; where *actor* has nothing to ask for, it says who can change that.

    *cluster* is chosen in it, where they still may ask for it; *description* stands there.
    """
    build = partial(_empty_form, context, actor, postable(delivery), cluster, description)
    return Opening(text("take-a-snapshot"), build, too_late=TooLate.phrase)


async def _empty_form(
    context: Context, actor: Actor, here: ChannelId | None, cluster: ClusterRef | None, description: str
) -> View:
    """Return the form as it opens: with *cluster* chosen, or the only one where there is no other."""
    intake, naming = context.service.intake, context.service.naming
    looker = await context.service.authority.looker(actor)
    if nothing := await intake.why_nothing_to_ask(looker):
        return views.notice(rights.refusal(nothing, company=context.company))
    clusters = await intake.askable(looker)
    if not clusters:
        return views.notice(f"🌩️ {text('try-again', why=wording.no_cluster_seen(naming.ages(looker)))}")
    chosen = clusters if len(clusters) == 1 else [c for c in clusters if c.ref == cluster]
    draft = await intake.draft(actor, chosen[0].ref) if chosen else None
    channels = {channel or here for channel in await intake.card_channels.of(clusters)}
    preset = channels.pop() if len(channels) == 1 else None  # where they differ, the form names it with the cluster
    if preset and preset != here and not await intake.card_channels.is_usable(preset):
        preset = here
    now, moment = context.clock.now(), await context.service.timing.moment()
    form = views.request_form(
        draft,
        now=now,
        moment=moment,
        rules=intake.rules,
        here=here,
        preset=preset,
        description=description,
        keep_days=intake.keep_days,
    )
    if draft is None and (old := wording.old_lists(naming.ages(looker))):
        return views.with_line(form, f"{text('choose-to-see')} {old}")
    return form


async def form_for(
    context: Context, actor: Actor, view: Mapping[str, Any], cluster: ClusterRef, *, again: bool = False
) -> View:
    """Return the open form *view* drawn for *cluster*; *again* as in `views.chosen`.

    Raises:
        NotAllowed: *actor* may not ask for it.
        InputError: the cluster isn't known (field "cluster").
    """
    intake, timing = context.service.intake, context.service.timing
    view = await timed(context, actor, view)
    start, carried = start_in(context, view), forms.Carried.of(view)
    draft, starts = await intake.draft(actor, cluster, at=start.at if start else None), str(start or "")
    shown = carried.moment if carried.starts == starts else None
    moment = shown or await timing.moment(start)
    return views.chosen(
        view, draft, now=context.clock.now(), moment=moment, rules=intake.rules, starts=starts, again=again
    )


async def timed(context: Context, actor: Actor, view: Mapping[str, Any]) -> View:
    """Return the open form *view* with fields for day and time where another time than now is chosen, else without."""
    if not forms.RequestForm.read(view).is_later:
        return {**view, "blocks": starting.fitted(view.get("blocks", ()), ())}
    carried, timing = forms.Carried.of(view), context.service.timing
    own = await timing.zone_of(actor)
    zone = timing.called(carried.zone) or own.zone
    fields = starting.day_and_time(zone, is_theirs=own.is_theirs)
    metadata = carried.model_copy(update={"zone": str(zone)}).model_dump_json(exclude_none=True)
    return {**view, "blocks": starting.fitted(view.get("blocks", ()), fields), "private_metadata": metadata}


def start_in(context: Context, view: Mapping[str, Any]) -> Start | None:
    """Return the start that the open form *view* shows; None: now, or a time at which nothing can start."""
    zone = context.service.timing.called(forms.Carried.of(view).zone)
    return context.service.timing.read(forms.RequestForm.read(view).wall(zone))[0] if zone else None


def postable(delivery: Command | Interaction) -> ChannelId | None:
    """Return the channel where it was done; None for direct messages, of several too: others must see the card."""
    channel, name = delivery.here, delivery.channel_name or ""
    is_direct = name == "directmessage" or name.startswith("mpdm-")
    return channel if channel and channel[0] in "CG" and not is_direct else None
