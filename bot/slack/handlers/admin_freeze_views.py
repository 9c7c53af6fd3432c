"""The form that freezes, and the button that ends a freeze, in the overview of administration."""

from __future__ import annotations

from functools import partial

from bot.core.errors import BotError
from bot.core.ids import Actor, FreezeId
from bot.slack.door.deliveries import Click, Submission
from bot.slack.drawing import admin_freezes, freeze_answers
from bot.slack.drawing.admin_overview import AdminPlace
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages, snapshot_admin
from bot.slack.handlers.answer import Answer, Opening, Redraw
from bot.slack.handlers.context import Context
from bot.words import text
from bot.words.change_words import scope_words


async def open_freeze(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the form of a new freeze."""
    return Answer(opening=Opening(text("freeze-title"), partial(_form, context, actor)))


async def freeze(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Freeze what the form says; the overview below shows it, and what it holds."""
    view = sent.view
    freeze_id = FreezeId(f"F-{view['id']}")  # of its form, so that a second copy of it freezes nothing more
    wish = admin_freezes.wish_of(view)
    done, zone = await context.service.admin_freezing.freeze(actor, wish, freeze_id=freeze_id)
    notice = freeze_answers.frozen(done, scope_words(done.freeze.scope, done.freeze.cluster_name), zone)
    root = str(view.get("root_view_id") or "")
    if not root or root == view["id"]:
        return Answer(say=Say(notice))
    return Answer(redraw=snapshot_admin.again(context, actor, root, AdminPlace(), notice=notice))


async def end(context: Context, click: Click, actor: Actor) -> Answer:
    """End the freeze that the button names; the overview in which it stands shows that, or what went wrong."""
    if click.view is None:
        return Answer()
    view_id = str(click.view["id"])
    try:
        done = await context.service.admin_freezing.end(actor, FreezeId(click.actions[0].value or ""))
    except BotError as e:
        tell = partial(pages.notice_in, context, view_id, text("administration"))
        return Answer(redraw=Redraw(partial(_fail, e), tell))
    place = AdminPlace.parse(str(click.view.get("private_metadata") or ""))
    return Answer(redraw=snapshot_admin.again(context, actor, view_id, place, notice=admin_freezes.over(done)))


async def _fail(error: BotError) -> None:
    raise error


async def _form(context: Context, actor: Actor) -> View:
    administering = context.service.administering
    reach = await administering.reach(actor)
    return admin_freezes.form(administering.zone(reach.person))
