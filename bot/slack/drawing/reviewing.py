"""The review modal and the two small forms that decide. Values in, views out; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.core.access import Decision, Grant, Role
from bot.core.approval import approvals
from bot.core.ids import UserId
from bot.core.request import IN_THE_CLOUD, SnapshotRequest, State
from bot.core.wording import task
from bot.service import Review
from bot.slack.drawing import mrkdwn, names, wording
from bot.slack.drawing.blocks import (
    Block,
    View,
    actions,
    button,
    confirm,
    context,
    divider,
    entry,
    fields,
    modal,
    quote,
    section,
)
from bot.slack.drawing.cards import again, cluster_words, question_markup

COMMENT_MAX = 500


def review(seen: Review, *, by: UserId, now: datetime, company: str, notice: str = "") -> View:
    """Return the modal in which *by* looks at a request and decides; *notice* is what just happened, if anything."""
    request = seen.facts.request
    who = mrkdwn.user(request.requester)
    blocks: list[Block] = [section(notice), divider()] if notice else []
    blocks.append(section(f"{who} asks for a snapshot of {mrkdwn.bold(request.cluster_name)}\n{_state(request, now)}"))
    pairs = [
        ("Name", mrkdwn.code(request.name)),
        ("Cluster", cluster_words(seen.facts)),
        ("Last snapshot", wording.last_snapshot(seen.facts.last_snapshot, seen.facts.age, now)),
        ("Running work", _work(seen)),
        ("Asked", mrkdwn.when(request.created_at)),
    ]
    if request.state is State.WAITING:
        pairs.append(("Expires", mrkdwn.when(request.expires_at)))
    pairs += _decided(request)
    blocks.append(fields(pairs))
    if age := wording.seen(seen.facts, stays=False):
        blocks.append(context(age))
    if request.description:
        blocks.append(quote(request.description))
    if trouble := wording.trouble(request):
        blocks.append(section(trouble))
    if (votes := approvals(request.votes)) and request.state not in _APPROVED:
        voted = mrkdwn.users(votes, joiner="and")
        waits = request.state is State.WAITING
        blocks.append(section(f"Approved so far by {voted}." if waits else f"{voted} had approved."))
    buttons = _buttons(seen, by, now)
    if why := _why(seen, by, now, company):
        blocks.append(section(why))
    blocks += actions(buttons)
    blocks.append(context(f"{request.id} · cluster {mrkdwn.escape(str(request.cluster))}"))
    return modal(f"Review {request.id}", blocks, callback_id="review", metadata=request.id)


def is_open(request: SnapshotRequest, now: datetime) -> bool:
    """Say whether a decision still counts: it waits, and its time is not over."""
    return request.state is State.WAITING and now < request.expires_at


def _state(request: SnapshotRequest, now: datetime) -> str:
    if request.state is State.WAITING and not is_open(request, now):
        return f"⌛ *Expired* {mrkdwn.when(request.expires_at)}"
    return wording.status(request)


_APPROVED: Final = frozenset({State.APPROVED, State.AVAILABLE, State.FAILED}) | IN_THE_CLOUD


def _decided(request: SnapshotRequest) -> list[tuple[str, str]]:
    """Return when it was decided and, where the state doesn't say so, by whom."""
    if request.decided_at is None or (request.state in _APPROVED and not wording.voters(request)):
        return []
    at = mrkdwn.when(request.decided_at)
    if request.state in _APPROVED:
        return [("Approved", f"{mrkdwn.users(wording.voters(request), joiner='and')}, {at}")]
    return [(wording.STATES[request.state].capitalize(), at)]


def _work(seen: Review) -> str:
    cluster = seen.facts.cluster
    if cluster is None:
        return "not known"
    return mrkdwn.escape(task(cluster)) or "none"


def _why(seen: Review, by: UserId, now: datetime, company: str) -> str:
    """Say why *by* can decide, or why not and who can; "" once nothing is left to decide."""
    request = seen.facts.request
    if not is_open(request, now):
        return ""
    if not seen.approve.allowed:
        return wording.refusal(seen.approve, company=company)
    if any(v.user == by for v in request.votes):
        return "You approved this already; it waits for somebody else's approval."
    return f"You can decide because: {_granted(seen.approve)}."


def _granted(decision: Decision) -> str:
    may = f"you may approve {mrkdwn.escape(decision.cluster_name, most=300)}"
    grant: Grant | None = decision.grant
    if grant is None or grant.role is not Role.APPROVE:
        return may
    return f"{may} (granted by {mrkdwn.user(grant.granted_by)}, {mrkdwn.day(grant.granted_at)})"


def _buttons(seen: Review, by: UserId, now: datetime) -> list[Block]:
    request = seen.facts.request
    about = f"{request.id}, snapshot of {request.cluster_name}"
    buttons = []
    if is_open(request, now) and seen.approve.allowed and not any(v.user == by for v in request.votes):
        buttons.append(
            button("✔ Approve…", names.APPROVE_WITH, means=f"Approve {about}", value=request.id, style="primary")
        )
        buttons.append(
            button("✖ Decline…", names.DECLINE_WITH, means=f"Decline {about}", value=request.id, style="danger")
        )
    if seen.withdraw.allowed and (is_open(request, now) or request.state is State.APPROVED):
        question = f"Take {request.id} back? No snapshot of {mrkdwn.plain(request.cluster_name, 64)} will be created."
        sure = confirm("Withdraw the request?", question, "Withdraw", "Keep it")
        buttons.append(button("Withdraw", names.WITHDRAW, means=f"Withdraw {about}", value=request.id, confirm=sure))
    ended = request.state in (State.FAILED, State.DECLINED, State.EXPIRED)
    if seen.ask.allowed and (ended or (request.state is State.WAITING and not is_open(request, now))):
        buttons.append(again(request))
    return buttons


def approve_form(request: SnapshotRequest) -> View:
    """Return the small form that approves, with a comment if one likes; it is the confirm step, too."""
    element = {"type": "plain_text_input", "action_id": names.ANSWER, "multiline": True, "max_length": COMMENT_MAX}
    return modal(
        f"Approve {request.id}",
        [section(question_markup(request)), entry("comment", "Comment", element, optional=True)],
        callback_id=names.APPROVE_FORM,
        submit="Approve",
        close="Cancel",
        metadata=request.id,
    )


def decline_form(request: SnapshotRequest) -> View:
    """Return the small form that declines, with the reason that the requester will read."""
    element = {"type": "plain_text_input", "action_id": names.ANSWER, "multiline": True, "max_length": COMMENT_MAX}
    hint = "The requester reads it: say what would make you approve."
    of = f"{mrkdwn.bold(request.name)} of {mrkdwn.escape(request.cluster_name, most=300)}"
    return modal(
        f"Decline {request.id}",
        [
            section(f"{mrkdwn.user(request.requester)} asks for {of}."),
            entry("reason", "Reason", element, hint=hint),
        ],
        callback_id=names.DECLINE_FORM,
        submit="Decline",
        close="Cancel",
        metadata=request.id,
    )
