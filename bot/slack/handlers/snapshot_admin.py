"""`/snapshot admin`, the button on Home, and the overview: search, pages, and what was just done."""

from __future__ import annotations

from functools import partial

from bot.core.ids import Actor
from bot.slack.door.deliveries import Click, Command
from bot.slack.drawing import admin_overview, names
from bot.slack.drawing.admin_overview import AdminPlace
from bot.slack.drawing.blocks import View
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Opening, Redraw
from bot.slack.handlers.context import Context
from bot.words import text


async def admin(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Open the overview, for admins."""
    await context.service.administering.reach(actor)
    return Answer(opening=_opening(context, actor))


async def show(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the overview from Home, or draw the one that is open for what was searched or turned to."""
    if click.view is None or click.view.get("callback_id") != names.ADMIN_OVERVIEW:
        return Answer(opening=_opening(context, actor))
    place = AdminPlace.parse(str(click.view.get("private_metadata") or ""))
    match click.actions[0].action_id:
        case names.ADMIN_ABOUT | names.ADMIN_ABOUT_PERSON:
            place = AdminPlace(about=click.actions[0].chosen or "")
        case names.ADMIN:
            place = AdminPlace()
        case _:
            place = AdminPlace.parse(click.actions[0].value or "")
    return Answer(redraw=again(context, actor, str(click.view["id"]), place))


def again(context: Context, actor: Actor, view_id: str, place: AdminPlace, *, notice: str = "") -> Redraw:
    """Return how the open overview *view_id* shows the new state."""
    return Redraw(
        partial(_redraw, context, actor, view_id, place, notice),
        partial(pages.notice_in, context, view_id, text("administration")),
    )


def _opening(context: Context, actor: Actor) -> Opening:
    return Opening(text("administration"), partial(_overview, context, actor, AdminPlace()))


async def _redraw(context: Context, actor: Actor, view_id: str, place: AdminPlace, notice: str) -> None:
    await context.surfaces.update(view_id, await _overview(context, actor, place, notice=notice))


async def _overview(context: Context, actor: Actor, place: AdminPlace, *, notice: str = "") -> View:
    looked = context.service.administering.look(actor, about=place.about, rights=place.rights, rules=place.rules)
    return admin_overview.overview(await looked, place, notice=notice)
