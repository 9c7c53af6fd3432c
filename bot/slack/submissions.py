"""Submitted modals: read, keep, and only then answer "accepted". What can't be kept is an error in the modal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from structlog.contextvars import bound_contextvars

from bot.core.access import Action, NotAllowed
from bot.core.errors import BotError, InputError
from bot.core.ids import Actor, RequestId
from bot.core.request import AlreadyDecided, SnapshotRequest, State
from bot.core.snapshot import check_description, check_name
from bot.core.text import canonical
from bot.slack import forms, mrkdwn, views, wording
from bot.slack.clicks import Clicks, approved_words
from bot.slack.deliveries import Submission
from bot.slack.desk import Desk
from bot.slack.options import Options, form_for

log = structlog.get_logger(__name__)


class Submissions:
    """What people send. An error leaves the modal open with everything that was typed."""

    def __init__(self, desk: Desk, clicks: Clicks, options: Options) -> None:
        self._desk = desk
        self._clicks = clicks
        self._options = options

    async def request(self, ack: AsyncAck, delivery: Submission) -> None:
        """Keep a new request: what stood in the form, and what it suggested where a field was left empty.

        The submission is known by its modal: a second copy of it, or a second try after a lost answer, makes no second
        request, while another modal does.
        """
        actor, view = self._desk.actor(delivery), delivery.view
        async with self._answering(ack, view, actor, Action.REQUEST):
            ask = forms.RequestForm.read(view).ask()
            if ask.cluster and not (ask.name and ask.channel):
                suggested = forms.Carried.of(view).suggested_for(ask.cluster)
                if suggested is None:  # the redraw for this cluster hasn't reached them: it would be a name unseen
                    shown = await form_for(self._desk, actor, view, ask.cluster, again=True)
                    self._options.sent(view)
                    await ack(response_action="update", view=shown)
                    return
                ask = replace(ask, name=ask.name or suggested.name, channel=ask.channel or suggested.channel)
            if ask.channel and (problem := await self._desk.channels.problem(ask.channel)):
                wrong = {"channel": problem, "name": check_name(ask.name)}
                wrong["description"] = check_description(ask.description)
                raise InputError({field: text for field, text in wrong.items() if text})
            request = await self._desk.service.intake.ask(actor, ask, origin=forms.origin_of(view))
            shown = views.asked(request)
            if (request.cluster, request.name) != (ask.cluster, ask.name):
                shown = views.notice(
                    f"This form was sent before, and its request was kept.\n{views.asked_words(request)}"
                )
            await ack(response_action="update", view=shown)

    async def approve(self, ack: AsyncAck, delivery: Submission) -> None:
        """Approve, with a comment; the modal below shows the new state."""
        actor, view = self._desk.actor(delivery), delivery.view
        async with self._answering(ack, view, actor, Action.APPROVE):
            comment = forms.ApproveForm.read(view).comment
            try:
                request = await self._desk.service.approvals.approve(actor, _request(view), comment)
            except AlreadyDecided as e:
                if not _is_vote_of(e.request, actor, comment):
                    raise
                request = e.request
            await ack()
            self._redraw(actor, view, request, approved_words(request))

    async def decline(self, ack: AsyncAck, delivery: Submission) -> None:
        """Decline, with a reason; the modal below shows the new state."""
        actor, view = self._desk.actor(delivery), delivery.view
        async with self._answering(ack, view, actor, Action.DECLINE):
            reason = forms.DeclineForm.read(view).reason
            try:
                request = await self._desk.service.approvals.decline(actor, _request(view), reason)
            except AlreadyDecided as e:
                if not _is_decline_of(e.request, actor, reason):
                    raise
                request = e.request
            await ack()
            self._redraw(actor, view, request, f"🚫 You declined {request.id}. The requester reads your reason.")

    def _redraw(self, actor: Actor, view: Mapping[str, Any], request: SnapshotRequest, notice: str) -> None:
        """Show the new state in the modal under the one that was just sent, in the background."""
        below = view.get("previous_view_id")
        if not below:
            return

        async def drawn() -> None:
            seen = await self._clicks.review_view(actor, request.id, notice=notice)
            await self._desk.screen.update(str(below), seen)

        self._desk.later(drawn, "redraw", self._desk.in_modal(str(below), f"Review {request.id}"), by=actor.user)

    @asynccontextmanager
    async def _answering(
        self, ack: AsyncAck, view: Mapping[str, Any], actor: Actor, action: Action
    ) -> AsyncIterator[None]:
        """Answer the submission whatever goes wrong inside: on its field, or by what the modal turns into."""
        with bound_contextvars(user=actor.user):
            try:
                async with self._desk.in_time():
                    yield
            except InputError as e:
                log.info("submission.refused", fields=sorted(e.fields))
                await self._errors(ack, view, e.fields)
            except NotAllowed as e:
                log.info("submission.refused", rule=e.decision.reason)
                await self._refused(ack, view, e, action)
            except AlreadyDecided as e:
                log.info("submission.refused", error=repr(e))
                say = await self._desk.words(e, by=actor.user, action=action)
                await ack(response_action="update", view=views.in_vain(view, say.text))
                if below := view.get("previous_view_id"):
                    self._redraw(actor, {"previous_view_id": below}, e.request, "")
            except BotError as e:
                log.warning("submission.failed", error=repr(e))
                await self._errors(ack, view, {"": e.say})
            except Exception:
                log.exception("submission.failed")
                await self._errors(ack, view, {"": wording.WENT_WRONG})

    async def _refused(self, ack: AsyncAck, view: Mapping[str, Any], error: NotAllowed, action: Action) -> None:
        decision = error.decision
        company = self._desk.identity.team_name
        if action is not Action.REQUEST:
            words = wording.refusal(decision, company=company)
            await ack(response_action="update", view=views.in_vain(view, words))
            return
        names = await self._desk.names((*decision.admins, *decision.who_can))
        text = wording.refusal(decision, company=company, pen=wording.Pen(names))
        await self._errors(ack, view, {"cluster": text})

    async def _errors(self, ack: AsyncAck, view: Mapping[str, Any], wrong: Mapping[str, str]) -> None:
        shown = {block: mrkdwn.cut(text, 1000) for block, text in forms.errors_by_block(wrong, view).items()}
        if self._options.sent(view) or views.has_words_above(view):
            await ack(response_action="update", view=views.with_errors(view, shown))
        else:
            await ack(response_action="errors", errors=shown)


def _request(view: Mapping[str, Any]) -> RequestId:
    return RequestId(str(view.get("private_metadata") or ""))


def _is_vote_of(request: SnapshotRequest, actor: Actor, comment: str) -> bool:
    """Say whether it is this very approval that is on record: its form was sent again, the first answer got lost."""
    said = canonical(comment, lines=True)
    return any(v.user == actor.user and v.approve and v.comment == said for v in request.votes)


def _is_decline_of(request: SnapshotRequest, actor: Actor, reason: str) -> bool:
    """Say whether it is this very decline that is on record, as `_is_vote_of`."""
    said = canonical(reason, lines=True)
    return request.state is State.DECLINED and (request.decided_by, request.words) == (actor.user, said)
