"""Join what somebody else has asked for, or leave it: buttons in the form, the review, and under `/snapshot create`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.core.errors import NotFound
from bot.core.ids import Actor, ClusterRef, RequestId
from bot.core.request import AlreadyDecided, SnapshotRequest
from bot.core.revision import SeenRequest
from bot.service.joining import LosesApproval
from bot.service.offer import Offer
from bot.slack.door.deliveries import Click
from bot.slack.drawing import forms, joining_words, names, views
from bot.slack.drawing.blocks import actions, section
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Redraw
from bot.slack.handlers.clicks import withdrawn_words
from bot.slack.handlers.context import Context
from bot.words import text


async def join(context: Context, click: Click, actor: Actor) -> Answer:
    """Join; who can't approve it any more then is told so first."""
    return await _join(context, click, actor, knows=False)


async def join_knowing(context: Context, click: Click, actor: Actor) -> Answer:
    """Join; Slack has said what is lost by it, and asked "sure?"."""
    return await _join(context, click, actor, knows=True)


async def _join(context: Context, click: Click, actor: Actor, *, knows: bool) -> Answer:
    cluster = _form_of(click)
    try:
        request = await context.service.joining.join(actor, click.request_id, knows=knows, at=click.message)
    except LosesApproval as e:  # they may approve since the button was drawn
        if cluster and click.view:
            return Answer(redraw=_form_again(context, click, actor, cluster))
        return Answer(say=_loses(e.request))
    said = Say(joining_words.joined_words(request, actor.user))
    if cluster and click.view:  # nothing is to be asked for any more
        tell = partial(pages.notice_in, context, str(click.view["id"]), text("take-a-snapshot"))
        return Answer(redraw=Redraw(partial(tell, said), tell), begun=request)
    return Answer(say=said, begun=request)


def _form_of(click: Click) -> ClusterRef | None:
    """Return the cluster that is chosen in the form in which it was pressed; None: it was pressed elsewhere."""
    view: Mapping[str, Any] = click.view or {}
    return forms.RequestForm.read(view).cluster if view.get("callback_id") == names.REQUEST_FORM else None


def _form_again(context: Context, click: Click, actor: Actor, cluster: ClusterRef) -> Redraw:
    view: Mapping[str, Any] = click.view or {}

    async def draw() -> None:
        form = await pages.form_for(context, actor, view, cluster)
        await context.surfaces.update(str(view["id"]), form)

    return Redraw(draw, partial(pages.notice_in, context, str(view["id"]), text("take-a-snapshot")))


def _loses(request: SnapshotRequest) -> Say:
    said = text("join-loses-approval")
    button = joining_words.join_button(Offer(request, loses_approval=True))
    return Say(said, (section(said), *actions([button])))


async def my_own(context: Context, click: Click, actor: Actor) -> Answer:
    """Take the offer out of the form, which is for one's own."""
    view = click.view
    if view is None:
        return Answer()
    show = partial(context.surfaces.update, str(view["id"]), views.without_offer(view))
    return Answer(redraw=Redraw(show, partial(pages.notice_in, context, str(view["id"]), text("take-a-snapshot"))))


async def leave(context: Context, click: Click, actor: Actor) -> Answer:
    """Leave what one has joined."""
    request = await context.service.joining.leave(actor, click.request_id)
    return Answer(say=Say(joining_words.left_words(request, actor.user)))


async def instead(context: Context, click: Click, actor: Actor) -> Answer:
    """Join, and take back one's own that was asked for in the same minute; that goes on where it can't be any more."""
    other, own, *knows = [*(click.actions[0].value or "").split(), "", ""][:3]
    service = context.service
    try:
        request = await service.joining.join(actor, RequestId(other), knows="knowing" in knows, at=click.message)
    except LosesApproval as e:
        return Answer(say=_loses(e.request))
    said = [joining_words.joined_words(request, actor.user)]
    mine = SeenRequest.read(own)
    try:
        said.append(withdrawn_words(await service.approvals.withdraw(actor, mine.request)))
    except (AlreadyDecided, NotFound):
        said.append(text("own-goes-on"))
    return Answer(say=Say("\n".join(said)), begun=request)
