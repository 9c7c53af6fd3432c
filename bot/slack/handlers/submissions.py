"""Submitted modals: read, keep, and only then answer "accepted". What can't be kept is an error in the modal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.core.ids import Actor
from bot.core.request import AlreadyDecided, OtherRevision, SnapshotRequest, State
from bot.core.revision import SeenRequest
from bot.core.text import canonical
from bot.slack.door.deliveries import Submission
from bot.slack.drawing import forms, reviewing, views
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.clicks import approved_words, begins_to_wait
from bot.slack.handlers.context import Context
from bot.words import text


async def request(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Keep a new request: what stood in the form, and what it suggested where a field was left empty.

    The submission is known by its modal: a second copy of it, or a second try after a lost answer, makes no second
    request, while another modal does.
    """
    view = sent.view
    form, carried = forms.RequestForm.read(view), forms.Carried.of(view)
    ask = form.ask()
    if form.is_later:
        zone = context.service.timing.called(carried.zone)
        if zone is None or (wall := form.wall(zone)) is None:  # it was sent before day and time were there
            return Answer(view=await pages.timed(context, actor, view))
        ask = replace(ask, start=wall)
    if ask.cluster and not (ask.name and ask.channel):
        suggested = carried.suggested_for(ask.cluster, str(pages.start_in(context, view) or ""))
        if suggested is None:  # the redraw for this cluster hasn't reached them: it would be a name unseen
            return Answer(view=await pages.form_for(context, actor, view, ask.cluster, again=True))
        ask = replace(ask, name=ask.name or suggested.name, channel=ask.channel or suggested.channel)
    kept = await context.service.intake.ask(actor, ask, origin=forms.origin_of(view))
    said = views.asked_words(kept, await context.service.closing.of(kept.named, at=kept.not_before))
    if (kept.cluster, kept.name) != (ask.cluster, ask.name):
        return Answer(view=views.notice(f"{text('sent-before')}\n{said}"))
    return Answer(view=views.notice(said), begun=kept)


async def approve(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Approve, with a comment; the modal below shows the new state."""
    comment, seen = forms.ApproveForm.read(sent.view).comment, seen_in(sent.view)
    approved = context.service.approvals.approve(actor, seen.request, comment, revision=seen.revision)
    try:
        decided = await _decided(approved, lambda request: _is_vote_of(request, actor, comment))
    except OtherRevision as e:
        return Answer(view=reviewing.approve_form(e.request, comment, changed=True))
    below = pages.review_below(context, actor, sent.view, decided.id, notice=approved_words(decided))
    if below:
        return Answer(redraw=below, begun=begins_to_wait(decided))
    again = pages.home_again(context, actor)
    return Answer(say=Say(approved_words(decided)), redraw=again, begun=begins_to_wait(decided))


async def decline(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Decline, with a reason; the modal below shows the new state."""
    reason, seen = forms.DeclineForm.read(sent.view).reason, seen_in(sent.view)
    declined = context.service.approvals.decline(actor, seen.request, reason, revision=seen.revision)
    try:
        decided = await _decided(declined, lambda request: _is_decline_of(request, actor, reason))
    except OtherRevision as e:
        return Answer(view=reviewing.decline_form(e.request, reason, changed=True))
    notice = f"🚫 {text('you-declined', request=decided.id)}"
    return Answer(redraw=pages.review_below(context, actor, sent.view, decided.id, notice=notice))


async def _decided(
    decision: Awaitable[SnapshotRequest], is_theirs: Callable[[SnapshotRequest], bool]
) -> SnapshotRequest:
    """Return the request as *decision* leaves it; one that was decided before only where that decision *is_theirs*.

    The form was sent again then: the first answer got lost.
    """
    try:
        return await decision
    except AlreadyDecided as e:
        if not is_theirs(e.request):
            raise
        return e.request


async def unknown(context: Context, sent: Submission, actor: Actor) -> Answer:
    """Answer a form that this version of the bot doesn't have; what was typed stays, to be copied."""
    return Answer(view=views.in_vain(sent.view, text("no-such-form", command=context.command)))


def seen_in(view: Mapping[str, Any]) -> SeenRequest:
    """Return the request that a small form is about, as who sends it had it before them."""
    return SeenRequest.read(str(view.get("private_metadata") or ""))


def _is_vote_of(request: SnapshotRequest, actor: Actor, comment: str) -> bool:
    """Say whether this very approval is on record."""
    vote = request.vote_of(actor.user)
    return vote is not None and vote.approve and vote.comment == canonical(comment, lines=True)


def _is_decline_of(request: SnapshotRequest, actor: Actor, reason: str) -> bool:
    """Say whether this very decline is on record."""
    said = canonical(reason, lines=True)
    return request.state is State.DECLINED and (request.decided_by, request.words) == (actor.user, said)
