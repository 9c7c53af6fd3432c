"""Who wants a request, and what one can join: the offer, its buttons, and what came of them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.ids import UserId
from bot.core.request import SnapshotRequest
from bot.service.offer import Offer
from bot.slack.drawing import mrkdwn, names, wording
from bot.slack.drawing.blocks import Block, button, confirm
from bot.words import duration, text, text_of


def askers(request: SnapshotRequest) -> str:
    """Return who asks: "@ana", "@cleo, for @ana,", "@ana, with @eve,"."""
    who = mrkdwn.user(request.requester)
    if request.asked_by:
        who = text("asks-for-another", by=mrkdwn.user(request.asked_by), who=who)
    if not request.joined:
        return who
    people = mrkdwn.users([joiner.user for joiner in request.joined], joiner="and")
    return text("asks-with", who=who.removesuffix(","), people=people)


def offered(offer: Offer, now: datetime) -> str:
    """Return who asked for what when, and how that stands."""
    request = offer.request
    minutes = max(1, (now - request.created_at) // timedelta(minutes=1))
    return text_of(
        request,
        "join-offer",
        who=mrkdwn.user(request.requester),
        cluster=mrkdwn.escape(request.cluster_name, most=300),
        when=text("ago", length=duration(timedelta(minutes=minutes))),
        request=request.id,
        status=text_of(request, "state", state=request.state),
    )


def join_button(offer: Offer) -> Block:
    """Return the button that joins; to who can't approve it then it says so first."""
    request = offer.request
    means = text("join-means", about=wording.about(request))
    if not offer.loses_approval:
        return button(text("join"), names.JOIN, means=means, value=request.id)
    sure = confirm(text("join-title"), _question(offer), text("join"))
    return button(text("join"), names.JOIN_KNOWING, means=means, value=request.id, confirm=sure)


def instead_button(offer: Offer, own: SnapshotRequest) -> Block:
    """Return the button that joins in place of *own*, which is taken back; it asks once more."""
    request = offer.request
    question = text_of(own, "join-instead-question", own=own.id, request=request.id)
    if offer.loses_approval:
        question = f"{question} {_loses(request)}"
    means = text("join-means", about=wording.about(request))
    value = f"{request.id} {own.id}" + (" knowing" if offer.loses_approval else "")
    sure = confirm(text("join-title"), question, text("join"))
    return button(text("join-instead"), names.JOIN_INSTEAD, means=means, value=value, confirm=sure)


def leave_button(request: SnapshotRequest) -> Block:
    """Return the button by which who joined wants it no more."""
    means = text("leave-means", about=wording.about(request))
    return button(text("leave"), names.LEAVE, means=means, value=request.id)


def _question(offer: Offer) -> str:
    request = offer.request
    return f"{text_of(request, 'join-question', request=request.id)} {_loses(request)}"


def _loses(request: SnapshotRequest) -> str:
    return text_of(request, "join-loses", cluster=mrkdwn.plain(request.cluster_name, 64))


def left_words(request: SnapshotRequest, user: UserId) -> str:
    """Say that *user* isn't told how *request* ends; who asked for it is, all the same."""
    if user in request.askers:
        return text_of(request, "join-own", request=request.id)
    return f"👋 {text_of(request, 'left', request=request.id)}"


def joined_words(request: SnapshotRequest, user: UserId) -> str:
    """Say that *user* is told how *request* ends, with whom and where."""
    if user in request.askers:
        return text_of(request, "join-own", request=request.id)
    others = [other for other in request.wanted_by if other != user]
    directly = any(joiner.user == user and joiner.directly for joiner in request.joined)
    people = mrkdwn.users(others, joiner="and")
    if directly:
        return f"🤝 {text_of(request, 'joined-directly', request=request.id, people=people)}"
    channel = mrkdwn.channel(request.channel)
    return f"🤝 {text_of(request, 'joined', request=request.id, people=people, channel=channel)}"
