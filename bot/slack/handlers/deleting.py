"""Asking for a snapshot to be deleted: the button, and the form behind it."""

from __future__ import annotations

from functools import partial

from bot.core.ids import Actor, RequestId
from bot.slack.door.deliveries import Click, Submission
from bot.slack.drawing import delete_forms, forms, views
from bot.slack.drawing.blocks import View
from bot.slack.handlers.answer import Answer, Opening
from bot.slack.handlers.context import Context
from bot.words import text


async def open_form(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the form: it says what exactly, and what it takes."""
    return Answer(opening=Opening(text("delete-title"), partial(_form, context, click, actor)))


async def _form(context: Context, click: Click, actor: Actor) -> View:
    return delete_forms.delete_form(await context.service.deletions.offer(actor, click.request_id, at=click.message))


async def ask(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Keep the request to delete it; the form says what comes next."""
    form = delete_forms.DeleteForm.read(sent.view)
    made = RequestId(str(sent.view.get("private_metadata") or ""))
    origin = forms.origin_of(sent.view)
    kept = await context.service.deletions.ask(actor, made, form.reason, knows_last=form.knows_last, origin=origin)
    said = views.asked_words(kept, await context.service.closing.of(kept.named))
    return Answer(view=views.notice(said, title=text("delete-title")), begun=kept)
