"""A request is changed by who asked for it: the button in the review, and the form behind it."""

from __future__ import annotations

from functools import partial

from bot.core.ids import Actor
from bot.core.request import OtherRevision
from bot.slack.door.deliveries import Click, Submission
from bot.slack.drawing import revisions
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Opening
from bot.slack.handlers.clicks import begins_to_wait
from bot.slack.handlers.context import Context
from bot.slack.handlers.submissions import seen_in
from bot.words import text, text_of


async def open_form(context: Context, click: Click, actor: Actor) -> Answer:
    """Put the form on top of the review."""
    title = text("change-title", request=click.request_id)
    return Answer(opening=Opening(title, partial(_form, context, click, actor)))


async def _form(context: Context, click: Click, actor: Actor) -> View:
    changing = context.service.changing
    request = await changing.open(actor, click.seen, at=click.message)
    return revisions.change_form(request, changing.rules, stale=click.seen != request.as_seen)


async def change(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Change it; the review below shows it as it is now."""
    seen, wanted = seen_in(sent.view), revisions.ChangeForm.read(sent.view).description
    changing = context.service.changing
    try:
        kept = await changing.change(actor, seen, description=wanted)
    except OtherRevision as e:
        return Answer(view=revisions.change_form(e.request, changing.rules, wanted, stale=True))
    is_news = kept.as_seen != seen
    notice = f"✏️ {text_of(kept, 'you-changed' if is_news else 'nothing-changed', request=kept.id)}"
    below = pages.review_below(context, actor, sent.view, kept.id, notice=notice)
    begun = begins_to_wait(kept) if is_news else None
    return Answer(redraw=below, begun=begun) if below else Answer(say=Say(notice), begun=begun)
