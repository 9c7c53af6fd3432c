"""The review modal and the two small forms that decide. Values in, views out; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.core.access import Decision
from bot.core.grants import Grant, Role
from bot.core.ids import UserId
from bot.core.request import IN_THE_CLOUD, Kind, SnapshotRequest, State
from bot.service import Review
from bot.slack.drawing import (
    delete_forms,
    joining_words,
    keep_words,
    mrkdwn,
    names,
    revisions,
    rights,
    ruled,
    situations,
    wording,
)
from bot.slack.drawing.blocks import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    entry,
    fields,
    modal,
    quote,
    section,
)
from bot.slack.drawing.cards import again, cluster_words, move_button, question_markup, withdraw_button
from bot.slack.drawing.delete_forms import delete_button
from bot.slack.drawing.term_messages import keep_buttons
from bot.words import text, text_of

_LINES: Final[Block] = {
    "type": "plain_text_input",
    "action_id": names.ANSWER,
    "multiline": True,
    "max_length": 500,
}


def review(seen: Review, *, by: UserId, now: datetime, company: str, notice: str = "") -> View:
    """Return the modal in which *by* looks at a request and decides; *notice* is what just happened, if anything."""
    request = seen.facts.request
    blocks: list[Block] = [section(notice), divider()] if notice else []
    who, cluster = joining_words.askers(request), mrkdwn.bold(request.cluster_name)
    asks = text_of(request, "asks-for-snapshot", who=who, cluster=cluster)
    blocks.append(section(f"{asks}\n{_state(request, now)}"))
    pairs = [
        (text("name"), mrkdwn.code(request.name)),
        (text("cluster"), cluster_words(seen.facts)),
        *wording.starts(request),
        (text("last-snapshot"), situations.last_snapshot(seen.facts.last_snapshot, seen.facts.age, now)),
        (text("running-work"), _work(seen)),
        (text("asked-at"), mrkdwn.when(request.created_at)),
    ]
    if request.state is State.WAITING:
        pairs.append((text("expires-at"), mrkdwn.when(request.expires_at)))
    pairs += _decided(request)
    if keep := keep_words.kept(request):
        pairs.append((text("keep-field"), keep))
    if request.snapshot_id:
        pairs.append((text("snapshot-id"), wording.snapshot_id(request.snapshot_id, seen.facts.console)))
    blocks.append(fields(pairs))
    if age := wording.seen(seen.facts, stays=False):
        blocks.append(context(age))
    if what := delete_forms.exactly(request):
        blocks.append(section(what))
    if seen.facts.deletion:
        blocks.append(section(text("delete-asked", request=seen.facts.deletion.id)))
    if alarm := wording.glass(request):
        blocks.append(section(alarm))
    if request.description:
        blocks.append(quote(request.description))
    if changed := revisions.changed(request):
        blocks.append(section(changed))
    blocks += ruled.progress(request, seen.facts.groups)
    if trouble := wording.trouble(request):
        blocks.append(section(trouble))
    if (votes := request.approvals) and request.state not in _APPROVED:
        voted = mrkdwn.users(votes, joiner="and")
        waits = request.state is State.WAITING
        blocks.append(section(text("approved-so-far", people=voted) if waits else text("had-approved", people=voted)))
    if recovered := wording.recovered(request):
        blocks.append(context(recovered))
    buttons = _buttons(seen, by, now)
    if why := _why(seen, by, now, company):
        blocks.append(section(why))
    blocks += actions(buttons)
    blocks.append(context(f"{request.id} · {text('cluster-id', cluster=mrkdwn.escape(str(request.cluster)))}"))
    return modal(text("review-title", request=request.id), blocks, callback_id=names.REVIEW_MODAL, metadata=request.id)


def _state(request: SnapshotRequest, now: datetime) -> str:
    if request.has_expired(now):
        return f"⌛ *{text_of(request, 'status', state=State.EXPIRED)}* {mrkdwn.when(request.expires_at)}"
    return wording.status(request)


_APPROVED: Final = frozenset({State.APPROVED, State.AVAILABLE, State.DELETED, State.FAILED}) | IN_THE_CLOUD


def _decided(request: SnapshotRequest) -> list[tuple[str, str]]:
    """Return when it was decided and, where the state doesn't say so, by whom."""
    if request.decided_at is None or (request.state in _APPROVED and not wording.voters(request)):
        return []
    at = mrkdwn.when(request.decided_at)
    if request.state in _APPROVED:
        return [
            (
                text_of(request, "status", state=State.APPROVED),
                f"{mrkdwn.users(wording.voters(request), joiner='and')}, {at}",
            )
        ]
    return [(text_of(request, "status", state=request.state), at)]


def _work(seen: Review) -> str:
    cluster = seen.facts.cluster
    if cluster is None:
        return text("not-known")
    return wording.marked(cluster.task.phrase) if cluster.task else text("no-work")


def _why(seen: Review, by: UserId, now: datetime, company: str) -> str:
    """Say why *by* can decide, or why not and who can; "" once nothing is left to decide."""
    request = seen.facts.request
    if not request.can_be_decided(now):
        return ""
    if not seen.approve.allowed:
        return rights.refusal(seen.approve, company=company)
    if request.vote_of(by):
        return text("waits-for-another")
    return text("can-decide", because=_granted(seen.approve))


def _granted(decision: Decision) -> str:
    may = text("may-approve", cluster=mrkdwn.escape(decision.cluster_name, most=300))
    grant: Grant | None = decision.grant
    if grant is None or grant.role is not Role.APPROVE:
        return may
    return text("granted", may=may, who=mrkdwn.user(grant.granted_by), day=mrkdwn.day(grant.granted_at))


def _buttons(seen: Review, by: UserId, now: datetime) -> list[Block]:
    request = seen.facts.request
    about = wording.about(request)
    buttons = []
    if request.can_be_decided(now) and not request.vote_of(by):
        approve = (names.APPROVE_WITH, text("approve-means", about=about), "primary")
        decline = (names.DECLINE_WITH, text("decline-means", about=about), "danger")
        for decision, words, (action, means, style) in (
            (seen.approve, f"✔ {text('approve-with')}", approve),
            (seen.decline, f"✖ {text('decline-with')}", decline),
        ):
            if decision.allowed:
                buttons.append(button(words, action, means=means, value=str(request.as_seen), style=style))
    if seen.change.allowed and request.can_be_changed(now):
        means = text("change-means", about=about)
        buttons.append(button(text("change"), names.CHANGE, means=means, value=str(request.as_seen)))
    if seen.change.allowed and request.start and request.can_be_moved(now):
        buttons.append(move_button(request))
    if seen.withdraw.allowed and request.can_be_withdrawn and not request.has_expired(now):
        buttons.append(withdraw_button(request))
    if seen.offer:
        buttons.append(joining_words.join_button(seen.offer))
    if any(joiner.user == by for joiner in request.joined) and request.can_be_joined(now):
        buttons.append(joining_words.leave_button(request))
    if seen.glass.allowed and request.can_be_decided(now) and request.kind is Kind.CREATE:
        means = text("glass-means", about=about)
        buttons.append(button(text("glass"), names.BREAK_GLASS, means=means, value=request.id))
    if seen.keep.allowed and request.can_be_kept:
        buttons += keep_buttons(request)
    if seen.delete.allowed:
        buttons += delete_button(seen.facts)
    if seen.ask.allowed and request.can_be_asked_again(now):
        buttons.append(again(request))
    if request.can_be_decided(now):
        buttons.append(rights.why_button(about, value=request.id))
    return buttons


def approve_form(request: SnapshotRequest, comment: str = "", *, changed: bool = False) -> View:
    """Return the small form that approves, with a comment if one likes; it is the confirm step, too.

    With *changed* it was sent for an earlier revision, with *comment*.
    """
    needed = request.rule.needs_reason
    hint = text("approval-needs-reason") if needed else ""
    words = entry("comment", text("comment"), _lines(comment), optional=not needed, hint=hint)
    title = text("approve-title", request=request.id)
    return _small_form(
        request, names.APPROVE_FORM, title, text("approve"), section(question_markup(request)), words, changed=changed
    )


def decline_form(request: SnapshotRequest, reason: str = "", *, changed: bool = False) -> View:
    """Return the small form that declines, with the reason that the requester will read.

    With *changed* it was sent for an earlier revision, with *reason*.
    """
    of = wording.snapshot_of(request, name=mrkdwn.bold)
    asks = section(text("stop", words=text_of(request, "asks-for", who=mrkdwn.user(request.requester), snapshot=of)))
    words = entry("reason", text("reason"), _lines(reason), hint=text("reason-hint"))
    title = text("decline-title", request=request.id)
    return _small_form(request, names.DECLINE_FORM, title, text("decline"), asks, words, changed=changed)


def _lines(first: str) -> Block:
    return {**_LINES, "initial_value": first} if first else _LINES


def _small_form(
    request: SnapshotRequest, callback_id: str, title: str, submit: str, *blocks: Block, changed: bool
) -> View:
    above = revisions.changed_since(request) if changed else ()
    return modal(
        title,
        (*above, *blocks),
        callback_id=callback_id,
        submit=submit,
        close=text("cancel"),
        metadata=str(request.as_seen),
    )
