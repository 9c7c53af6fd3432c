"""A request is moved to another time by who asked for it: the button in the review and on Home, and its form."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial

from bot.core.ids import Actor
from bot.core.request import OtherRevision, SnapshotRequest, State
from bot.slack.door.deliveries import Click, Submission
from bot.slack.drawing import revisions, starting
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.drawing.forms import wall_time
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Opening
from bot.slack.handlers.clicks import begins_to_wait
from bot.slack.handlers.context import Context
from bot.slack.handlers.submissions import seen_in
from bot.words import text, text_of


async def open_form(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the form, or put it on top of the review."""
    title = text("move-title", request=click.request_id)
    return Answer(opening=Opening(title, partial(_form, context, click, actor)))


async def _form(context: Context, click: Click, actor: Actor) -> View:
    request = await context.service.changing.open_move(actor, click.seen, at=click.message)
    zone, is_theirs = await _zone(context, actor, request)
    return revisions.move_form(request, zone, is_theirs=is_theirs, stale=click.seen != request.as_seen)


async def _zone(context: Context, actor: Actor, request: SnapshotRequest) -> tuple[tzinfo, bool]:
    """Return the zone in which *request* is moved: its own holds; and whether it is that of *actor*."""
    own = await context.service.timing.zone_of(actor)
    its = context.service.timing.called(request.start.zone) if request.start else None
    return (its, str(its) == str(own.zone) and own.is_theirs) if its else (own.zone, own.is_theirs)


async def move(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Move it; the review below, or Home, shows it as it is now."""
    seen, wanted = seen_in(sent.view), revisions.MoveForm.read(sent.view)
    changing = context.service.changing
    request = await changing.open_move(actor, seen)
    zone, is_theirs = await _zone(context, actor, request)
    wall = wall_time(wanted.day, wanted.time, zone)
    if wall is None:
        return Answer(view=revisions.move_form(request, zone, is_theirs=is_theirs))
    try:
        kept = await changing.move(actor, seen, wall)
    except OtherRevision as e:
        return Answer(view=revisions.move_form(e.request, zone, is_theirs=is_theirs, stale=True))
    code = "nothing-moved"
    if kept.as_seen != seen:
        code = "you-moved-and-waits" if kept.state is State.WAITING else "you-moved"
    when = starting.when(kept.start) if kept.start else ""
    notice = f"🕒 {text_of(kept, code, request=kept.id, when=when)}"
    below = pages.review_below(context, actor, sent.view, kept.id, notice=notice)
    redraw = below or pages.home_again(context, actor)
    begun = begins_to_wait(kept) if kept.as_seen != seen else None
    return Answer(redraw=redraw, begun=begun) if below else Answer(say=Say(notice), redraw=redraw, begun=begun)
