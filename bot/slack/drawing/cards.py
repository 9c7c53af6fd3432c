"""What the channel reads: the card, the result, the call for an operator. Facts in, text and blocks out; pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.ids import UserId
from bot.core.message import Facts
from bot.core.request import NOT_STARTED, Kind, SnapshotRequest, State
from bot.slack.drawing import (
    closed,
    delete_forms,
    joining_words,
    keep_words,
    mrkdwn,
    names,
    revisions,
    rights,
    ruled,
    situations,
    starting,
    wording,
)
from bot.slack.drawing.blocks import Block, actions, button, confirm, context, fields, header, quote, section
from bot.words import duration, ended, listing, size, text, text_of


@dataclass(frozen=True, slots=True)
class Say:
    """Something to say: *text* makes sense alone (notifications, screen readers), *blocks* show it."""

    text: str
    blocks: tuple[Block, ...] = ()


def card(facts: Facts, *, may_ask: bool = True) -> Say:
    """Return the one card of a request as it stands now. While it waits, it mentions who must act.

    The channel's card is everybody's; *may_ask* False is for one person who may not ask for the cluster.
    """
    request = facts.request
    who = joining_words.askers(request)
    blocks = [
        header(text_of(request, "card-title", cluster=request.cluster_name)),
        section(_status(facts)),
        section(text_of(request, "asks-for", who=who, snapshot=mrkdwn.code(request.name))),
    ]
    if what := delete_forms.exactly(request):
        blocks.append(section(what))
    if alarm := wording.glass(request):
        blocks.append(section(alarm))
    if request.description:
        blocks.append(quote(request.description))
    if changed := revisions.changed(request):
        blocks.append(section(changed))
    blocks += ruled.progress(request, facts.groups)
    if waits := wording.waits_closed(facts):
        blocks.append(section(waits))
    if trouble := wording.trouble(request):
        blocks.append(section(trouble))
    about = [(text("cluster"), cluster_words(facts)), *wording.starts(request)]
    if request.state is State.AVAILABLE:  # then the last one is this one
        blocks.append(fields(about))
    else:
        about.append((text("last-snapshot"), situations.last_snapshot(facts.last_snapshot, facts.age)))
        blocks += [fields(about), context(wording.seen(facts, stays=True))]
    if request.words and request.state not in (State.DECLINED, State.WITHDRAWN) and request.decided_by:
        blocks.append(context(text("said-by", who=mrkdwn.user(request.decided_by))))
        blocks.append(quote(request.words))
    if recovered := wording.recovered(request):
        blocks.append(context(recovered))
    blocks.append(context(_small_print(facts)))
    blocks += actions(card_buttons(request, may_ask=may_ask, asker=facts.asker, deletes=facts.deletes))
    return Say(_headline(facts), tuple(blocks))


def _status(facts: Facts) -> str:
    return wording.status(facts.request, closed.called(facts.freezer))


def _headline(facts: Facts) -> str:
    request = facts.request
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    asks = text_of(request, "asks-for-snapshot", who=joining_words.askers(request), cluster=cluster)
    to_act = ""
    if request.state is State.WAITING and facts.could_still:
        to_act = f" {text('can-approve', people=mrkdwn.users(facts.could_still))}"
    return f"{asks} ({request.id}, {mrkdwn.code(request.name)}): {ended(_status(facts))}{to_act}"


def cluster_words(facts: Facts) -> str:
    """Return the cluster's name, and how it is as long as that matters."""
    shown = mrkdwn.escape(wording.cluster_label(facts.request.cluster, facts.request.cluster_name), most=300)
    if facts.request.state not in NOT_STARTED:
        return shown
    if facts.cluster is None:
        unseen = text("not-known") if facts.age.seen_at is None else text("not-listed")
        return f"{shown} · {unseen}"
    return f"{shown} · {wording.marked(facts.cluster.situation)}"


def _small_print(facts: Facts) -> str:
    request = facts.request
    parts: list[str] = [request.id]
    match request.state:
        case State.WAITING:
            parts.append(_rule(facts))
            if not (facts.approvers or facts.quiet or facts.anyone) and facts.admins:
                parts.append(text("can-give-right", people=mrkdwn.users(facts.admins)))
            parts.append(text("expires", when=mrkdwn.when(request.expires_at)))
        case State.SUBMITTING | State.CREATING | State.AVAILABLE | State.FAILED if request.decided_at:
            by = wording.approved_by(request, bold=False)
            parts.append(f"{by} {mrkdwn.when(request.decided_at)}" if not request.waived else by)
        case _:
            parts.append(text("asked-when", when=mrkdwn.when(request.created_at)))
    return " · ".join(filter(None, (*parts, keep_words.kept(request))))


def _rule(facts: Facts) -> str:
    quiet = len(facts.quiet)
    return ruled.rule(facts.request.rule, facts.approvers, quiet=quiet, anyone=facts.anyone, groups=facts.groups)


def card_buttons(
    request: SnapshotRequest, *, may_ask: bool = True, asker: str = "", deletes: bool = False
) -> list[Block]:
    """Return what can be pressed just now; none in most states. *asker* is what the requester is called."""
    about, seen = wording.about(request), str(request.as_seen)
    look = review_button(request)
    why = rights.why_button(about, value=request.id)
    match request.state:
        case _ if request.is_sought:
            return []
        case State.WAITING:
            if request.rule.needs_reason:
                means = text("approve-means", about=about)
                form = button(text("approve-with"), names.APPROVE_WITH, means=means, value=seen, style="primary")
                return [form, look, why]
            approve = button(
                text("approve"),
                names.APPROVE,
                means=text("approve-means", about=about),
                value=seen,
                style="primary",
                confirm=confirm(text_of(request, "approve-question-title"), question(request, asker), text("approve")),
            )
            return [approve, look, why]
        case State.APPROVED:
            return [look, why]  # the requester can still withdraw there
        case State.AVAILABLE if request.can_be_kept and (request.keep.until is not None or deletes):
            return [look]  # how long it is kept can be said there, or that it is to be deleted
        case _ if request.can_be_asked_again() and may_ask:
            return [again(request)]
        case _:
            return []


def review_button(request: SnapshotRequest) -> Block:
    """Return the button that opens the review."""
    means = text("review-means", about=wording.about(request))
    return button(text("review"), names.REVIEW, means=means, value=request.id)


def move_button(request: SnapshotRequest) -> Block:
    """Return the button that opens the form in which its start is changed."""
    means = text("move-means", about=wording.about(request))
    return button(text("move"), names.MOVE, means=means, value=str(request.as_seen))


def withdraw_button(request: SnapshotRequest) -> Block:
    """Return the button that takes it back, which asks once more."""
    question = text_of(request, "withdraw-question", request=request.id, cluster=mrkdwn.plain(request.cluster_name, 64))
    sure = confirm(text("withdraw-title"), question, text("withdraw"), text("keep-it"))
    means = text("withdraw-means", about=wording.about(request))
    return button(text("withdraw"), names.WITHDRAW, means=means, value=str(request.as_seen), confirm=sure)


def question(request: SnapshotRequest, asker: str) -> str:
    """Ask whether to do exactly this, and say what it means; plain text, which takes no mention of *asker*."""
    of = text("name-of", name=mrkdwn.plain(request.name, 64), cluster=mrkdwn.plain(request.cluster_name, 64))
    who = mrkdwn.plain(asker, 40) if asker else ""
    if request.kind is Kind.DELETE:
        return delete_forms.question(request, of, who, marked=False)
    if request.start:
        of = text("to-start", snapshot=of, when=str(request.start))
    if not who:
        return text("approve-question", snapshot=of, request=request.id)
    return text("approve-question-of", snapshot=of, who=who, request=request.id)


def question_markup(request: SnapshotRequest) -> str:
    """Ask the same where mentions can stand."""
    of, who = wording.snapshot_of(request, name=mrkdwn.bold), mrkdwn.user(request.requester)
    if request.kind is Kind.DELETE:
        return delete_forms.question(request, of, who, marked=True)
    if request.start:
        of = text("to-start", snapshot=of, when=starting.when(request.start))
    return text("approve-question-of", snapshot=of, who=who, request=request.id)


def again(request: SnapshotRequest) -> Block:
    """Return the button that opens the form with this request's cluster and description in it."""
    means = text_of(request, "ask-again-means", cluster=request.cluster_name, request=request.id)
    return button(text("ask-again"), names.ASK_AGAIN, means=means, value=request.id)


def result(facts: Facts, to: UserId | None = None) -> Say:
    """Return the reply that tells all who want it how it ended, or *to* alone; the only place that mentions them so."""
    request = facts.request
    of = wording.snapshot_of(request, name=mrkdwn.bold)
    waiting = _waiting(request, to)
    who = listing([mrkdwn.user(user) for user in waiting], joiner="and")  # each is called, however many
    by = mrkdwn.user(request.decided_by or "")
    match request.state:
        case State.AVAILABLE:
            facts_of_it = [size(request.size_gb)] if request.size_gb else []
            if request.took is not None:
                facts_of_it.append(duration(request.took))
            approved = wording.approved_by(request, bold=False)
            if facts_of_it:
                told = ", ".join(facts_of_it)
                said = text_of(request, "result-available-with", who=who, snapshot=of, facts=told, approved=approved)
            else:
                said = text_of(request, "result-available", who=who, snapshot=of, approved=approved)
        case State.DELETED:
            approved = wording.approved_by(request, bold=False)
            said = text("result-deleted", who=who, snapshot=of, what=delete_forms.what(request), approved=approved)
        case State.FAILED:
            why = " ".join(wording.troubles(request)) or text("no-reason")
            said = text_of(request, "result-failed", who=who, snapshot=of, reasons=why)
        case State.DECLINED:
            reason = ended(mrkdwn.escape(request.words, most=900)) or text("no-reason-given")
            said = text_of(request, "result-declined", who=who, snapshot=of, by=by, reason=reason)
        case State.EXPIRED:
            said = text_of(request, "result-expired", who=who, snapshot=of, undecided=wording.undecided(request))
        case State.WITHDRAWN if waiting and request.kind is Kind.DELETE:  # somebody else kept the snapshot longer
            said = text("delete-withdrawn", snapshot=of, who=who, by=by)
        case State.WITHDRAWN if waiting:
            said = text_of(request, "result-withdrawn-to", who=who, snapshot=of, by=by)
        case State.WITHDRAWN:  # told only where the card can't show it; who took it back waits for nothing
            said = text_of(request, "result-withdrawn", snapshot=of)
        case _:
            said = text_of(request, "result-open", who=who, snapshot=of, status=ended(_status(facts)))
    is_needed_still = request.state is State.WITHDRAWN and waiting and request.kind is Kind.CREATE
    buttons = [again(request)] if request.can_be_asked_again() or is_needed_still else []
    about: str = request.id
    if request.state is State.AVAILABLE and request.snapshot_id:
        about = f"{request.id} · {text('snapshot-id')} {wording.snapshot_id(request.snapshot_id, facts.console)}"
        about = " · ".join(filter(None, (about, keep_words.kept(request))))
    return Say(said, (section(said), context(about), *actions(buttons)))


def _waiting(request: SnapshotRequest, to: UserId | None) -> tuple[UserId, ...]:
    """Return who waits for the end of *request*, and hears it in the channel, or *to* alone; not who took it back."""
    if to is not None:
        return (to,)
    directly = [joiner.user for joiner in request.joined if joiner.directly]
    took_back = request.decided_by if request.state is State.WITHDRAWN else None
    return tuple(user for user in request.wanted_by if user not in directly and user != took_back)


def operator(facts: Facts) -> Say:
    """Return the reply that calls the admins: the request waits until an operator has fixed something."""
    request = facts.request
    called = mrkdwn.users(facts.admins, joiner="and") if facts.admins else text("operators")
    problem = ended(closed.problem(request, most=900)) or text("access-broken")
    call = f"{called}: {problem}"
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    waiting = text_of(request, "goes-on-by-itself", request=request.id, cluster=cluster)
    return Say(f"{call} {waiting}", (section(call), context(waiting)))
