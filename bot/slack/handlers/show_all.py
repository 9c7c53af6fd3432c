"""Whole lists in a modal: "Show all", and the buttons that turn its pages."""

from __future__ import annotations

from functools import partial

from bot.core.ids import Actor
from bot.service import Listed
from bot.service.whole_lists import SIZE, start
from bot.slack.door.deliveries import Click
from bot.slack.drawing import explained, lists, names, recorded, snapshots
from bot.slack.drawing.blocks import View
from bot.slack.drawing.lists import ListPlace
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Opening, Redraw
from bot.slack.handlers.context import Context


async def show(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the list that the button names, or turn the page of the one that is open."""
    if click.view is None or click.view.get("callback_id") != names.LIST:
        return await open_on_top(context, click, actor)
    place = _place(click)
    view_id = str(click.view["id"])
    redraw = Redraw(
        partial(_turn, context, actor, place, view_id),
        partial(pages.notice_in, context, view_id, place.title),
    )
    return Answer(redraw=redraw)


async def open_on_top(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the list that the button names, over what is open."""
    place = _place(click)
    return Answer(opening=Opening(place.title, partial(_page, context, actor, place)))


def _place(click: Click) -> ListPlace:
    try:
        return ListPlace.parse(click.actions[0].value or "")
    except ValueError:
        return ListPlace(Listed.ALL)


async def _turn(context: Context, actor: Actor, place: ListPlace, view_id: str) -> None:
    await context.surfaces.update(view_id, await _page(context, actor, place))


async def _page(context: Context, actor: Actor, place: ListPlace) -> View:
    intake, reviews = context.service.intake, context.service.reviews
    if place.what == lists.CLUSTERS:
        looker = await context.service.authority.looker(actor)
        ages, found = context.service.naming.ages(looker), await intake.askable(looker, ask_cloud=False)
        first = start(place.first, len(found))
        shown = [(c, await context.service.closing.of(c)) for c in found[first : first + SIZE]]
        return lists.clusters_page(place, shown, ages, first=first, total=len(found))
    if place.what == lists.RECORD:
        return recorded.record_page(place, await context.service.record.page(actor, place.cluster, first=place.first))
    if place.what == lists.SNAPSHOTS and place.cluster is not None:
        there = await context.service.snapshots.page(actor, place.cluster, first=place.first)
        return snapshots.snapshots_page(place, there)
    if place.what == lists.RIGHTS:
        return explained.rights_page(place, await reviews.own_rights(actor, first=place.first))
    page = await reviews.page(actor, Listed(place.what), cluster=place.cluster, days=place.days, first=place.first)
    return lists.requests_page(place, page)
