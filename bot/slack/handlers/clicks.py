"""Buttons on cards, in modals and on the Home tab."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from bot.core.access import Action
from bot.core.errors import InputError
from bot.core.ids import Actor, ClusterRef
from bot.core.request import SnapshotRequest, State
from bot.core.text import canonical
from bot.slack.door.deliveries import Click, MessageShortcut, Shortcut
from bot.slack.drawing import mrkdwn, reviewing, revisions, views
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Opening, Redraw
from bot.slack.handlers.context import Context
from bot.words import text, text_of


async def approve(context: Context, click: Click, actor: Actor) -> Answer:
    """Approve from a card or the Home tab; Slack has asked "sure?" already."""
    try:
        seen = click.seen
        approved = await context.service.approvals.approve(
            actor, seen.request, revision=seen.revision, at=click.message
        )
    except InputError:  # the rule wants a reason since the card was drawn
        return await approve_with(context, click, actor)
    return Answer(say=Say(approved_words(approved)), begun=begins_to_wait(approved))


async def withdraw(context: Context, click: Click, actor: Actor) -> Answer:
    """Take one's own request back, from the review modal."""
    seen = click.seen
    request = await context.service.approvals.withdraw(actor, seen.request, revision=seen.revision)
    return Answer(say=Say(withdrawn_words(request)))


async def review(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the review modal."""
    return Answer(
        opening=_review(click, partial(pages.review_modal, context, actor, click.request_id, at=click.message))
    )


async def approve_with(context: Context, click: Click, actor: Actor) -> Answer:
    """Put the small form with the comment on top of the review modal."""
    return Answer(opening=_review(click, partial(_decide, context, actor, click, Action.APPROVE)))


async def decline_with(context: Context, click: Click, actor: Actor) -> Answer:
    """Put the small form with the reason on top of the review modal."""
    return Answer(opening=_review(click, partial(_decide, context, actor, click, Action.DECLINE)))


def _review(click: Click, build: Callable[[], Awaitable[View]]) -> Opening:
    return Opening(text("review-title", request=click.request_id), build)


async def _decide(context: Context, actor: Actor, click: Click, action: Action) -> View:
    seen = await context.service.reviews.review(actor, click.request_id, at=click.message)
    request, decision = seen.facts.request, seen.approve if action is Action.APPROVE else seen.decline
    if not (request.can_be_decided(context.clock.now()) and decision.allowed):
        # it changed since the modal was drawn
        return await pages.review_modal(context, actor, click.request_id, at=click.message)
    if click.seen != request.as_seen:
        notice = f"☝️ {revisions.changed_since_words(request)}"
        return await pages.review_modal(context, actor, click.request_id, at=click.message, notice=notice)
    make = reviewing.approve_form if action is Action.APPROVE else reviewing.decline_form
    return make(request)


async def ask_again(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the form with what an earlier request asked for in it."""
    return Answer(opening=Opening(text("take-a-snapshot"), partial(_form_again, context, actor, click)))


async def _form_again(context: Context, actor: Actor, click: Click) -> View:
    seen = await context.service.reviews.review(actor, click.request_id, at=click.message)
    before = seen.facts.request
    intake = context.service.intake
    draft, moment = await intake.draft(actor, before.cluster), await context.service.timing.moment()
    # somebody else's channel may be one that this person is not in
    known = actor.user == before.requester or before.channel == click.here
    here = before.channel if known and await intake.card_channels.is_usable(before.channel) else None
    return views.request_form(
        draft,
        now=context.clock.now(),
        moment=moment,
        rules=intake.rules,
        here=here,
        preset=draft.channel or here,
        description=canonical(before.description),
        called=await context.service.asking_again.name(before),
        on_behalf=before.requester if before.asked_by == actor.user else None,
    )


async def take(context: Context, click: Click, actor: Actor) -> Answer:
    """Open the form from the Home tab: empty, or for the cluster that the button names."""
    try:
        cluster = ClusterRef.parse(click.actions[0].value or "")
    except ValueError:
        cluster = None
    return Answer(opening=pages.form_opening(context, actor, click, cluster))


async def unknown(context: Context, click: Click, actor: Actor) -> Answer:
    """Answer a button that this version of the bot doesn't have, or never had."""
    said = Say(text("no-such-button", command=context.command))
    if click.surface != "modal" or click.view is None:
        return Answer(say=said)
    notice = partial(pages.notice_in, context, str(click.view["id"]), text("not-for-this-bot"))
    return Answer(redraw=Redraw(partial(notice, said), notice))


async def no_such_shortcut(context: Context, pressed: Shortcut | MessageShortcut, actor: Actor) -> Answer:
    """Answer a shortcut that this version of the bot doesn't have."""
    return Answer(say=Say(text("no-such-button", command=context.command)))


def withdrawn_words(request: SnapshotRequest) -> str:
    """Say what a withdrawal has done."""
    return f"↩️ {text_of(request, 'you-withdrew', request=request.id)}"


def begins_to_wait(request: SnapshotRequest) -> SnapshotRequest | None:
    """Return *request*, which was voted for, where it goes on to wait, perhaps for others: their Home shows it."""
    return request if request.state is State.WAITING else None


def approved_words(request: SnapshotRequest) -> str:
    """Say what an approval has done."""
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    if request.state is State.WAITING:
        have, need = request.tally
        return f"👍 {text_of(request, 'you-voted', request=request.id, cluster=cluster, count=have, need=need)}"
    return f"👍 {text_of(request, 'you-approved', request=request.id, cluster=cluster)}"
