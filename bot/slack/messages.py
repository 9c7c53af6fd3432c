"""What the channel reads: the card, the result, the call for an operator. Facts in, text and blocks out; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from bot.core.message import Facts, MessageKind
from bot.core.request import SnapshotRequest, State
from bot.core.wording import duration, ended, size
from bot.slack import mrkdwn, names, wording
from bot.slack.blocks import Block, actions, button, confirm, context, fields, header, quote, section

_AGAIN: Final = frozenset({State.FAILED, State.EXPIRED, State.DECLINED})
_NOT_STARTED: Final = frozenset({State.WAITING, State.APPROVED})


@dataclass(frozen=True, slots=True)
class Say:
    """Something to say: *text* makes sense alone (notifications, screen readers), *blocks* show it."""

    text: str
    blocks: tuple[Block, ...] = ()


def message(kind: MessageKind, facts: Facts) -> Say:
    """Return the message of *kind* about the request in *facts*."""
    match kind:
        case MessageKind.CARD:
            return card(facts)
        case MessageKind.RESULT:
            return result(facts)
        case MessageKind.OPERATOR:
            return operator(facts)
        case _:
            assert_never(kind)


def card(facts: Facts, *, may_ask: bool = True) -> Say:
    """Return the one card of a request as it stands now. While it waits, it mentions who must act.

    The channel's card is everybody's; *may_ask* False is for one person who may not ask for the cluster.
    """
    request = facts.request
    who = mrkdwn.user(request.requester)
    blocks = [
        header(f"Snapshot of {request.cluster_name}"),
        section(wording.status(request)),
        section(f"{who} asks for {mrkdwn.code(request.name)}"),
    ]
    if request.description:
        blocks.append(quote(request.description))
    if trouble := wording.trouble(request):
        blocks.append(section(trouble))
    about = [("Cluster", cluster_words(facts))]
    if request.state is State.AVAILABLE:  # then the last one is this one
        blocks.append(fields(about))
    else:
        about.append(("Last snapshot", wording.last_snapshot(facts.last_snapshot, facts.age)))
        blocks += [fields(about), context(wording.seen(facts, stays=True))]
    if request.words and request.state not in (State.DECLINED, State.WITHDRAWN) and request.decided_by:
        blocks.append(context(f"{mrkdwn.user(request.decided_by)} said:"))
        blocks.append(quote(request.words))
    blocks.append(context(_small_print(facts)))
    blocks += actions(card_buttons(request, may_ask=may_ask, asker=facts.asker))
    return Say(_headline(facts), tuple(blocks))


def _headline(facts: Facts) -> str:
    request = facts.request
    asks = f"{mrkdwn.user(request.requester)} asks for a snapshot of {mrkdwn.escape(request.cluster_name, most=300)}"
    to_act = ""
    left = [user for user in facts.approvers if not any(v.user == user for v in request.votes)]
    if request.state is State.WAITING and left:
        to_act = f" {mrkdwn.users(left)} can approve it."
    return f"{asks} ({request.id}, {mrkdwn.code(request.name)}): {ended(wording.status(request))}{to_act}"


def cluster_words(facts: Facts) -> str:
    """Return the cluster's name, and how it is as long as that matters."""
    shown = mrkdwn.escape(wording.cluster_label(facts.request.cluster, facts.request.cluster_name), most=300)
    if facts.request.state not in _NOT_STARTED:
        return shown
    if facts.cluster is None:
        unseen = "not known" if facts.age.seen_at is None else "not in the cloud's list"
        return f"{shown} · {unseen}"
    return f"{shown} · {mrkdwn.escape(facts.cluster.situation)}"


def _small_print(facts: Facts) -> str:
    request = facts.request
    parts: list[str] = [request.id]
    match request.state:
        case State.WAITING:
            parts.append(wording.rule(request.need, facts.approvers))
            if not facts.approvers and facts.admins:
                parts.append(f"{mrkdwn.users(facts.admins)} can give somebody the right")
            parts.append(f"expires {mrkdwn.when(request.expires_at)}")
        case State.SUBMITTING | State.CREATING | State.AVAILABLE | State.FAILED if request.decided_at:
            by = wording.approved_by(request).replace("*", "")
            parts.append(f"{by} {mrkdwn.when(request.decided_at)}" if request.need else by)
        case _:
            parts.append(f"asked {mrkdwn.when(request.created_at)}")
    return " · ".join(parts)


def card_buttons(request: SnapshotRequest, *, may_ask: bool = True, asker: str = "") -> list[Block]:
    """Return what can be pressed just now; none in most states. *asker* is what the requester is called."""
    about = f"{request.id}, snapshot of {request.cluster_name}"
    look = button("Review…", names.REVIEW, means=f"Review {about}", value=request.id)
    match request.state:
        case State.WAITING:
            approve = button(
                "Approve",
                names.APPROVE,
                means=f"Approve {about}",
                value=request.id,
                style="primary",
                confirm=confirm("Create a snapshot?", question(request, asker), "Approve"),
            )
            return [approve, look]
        case State.APPROVED:
            return [look]  # the requester can still withdraw there
        case state if state in _AGAIN and may_ask:
            return [again(request)]
        case _:
            return []


_CONSEQUENCES: Final = "It is a full backup and keeps the cluster busy (restart, scaling and VACUUM FULL must wait)."


def question(request: SnapshotRequest, asker: str) -> str:
    """Ask whether to create exactly this, and say what it means; plain text, which takes no mention of *asker*."""
    of = f"{mrkdwn.plain(request.name, 64)} of {mrkdwn.plain(request.cluster_name, 64)}"
    by = f", asked by {mrkdwn.plain(asker, 40)}" if asker else ""
    return f"Create {of}{by} ({request.id})? {_CONSEQUENCES}"


def question_markup(request: SnapshotRequest) -> str:
    """Ask the same where mentions can stand."""
    of = f"{mrkdwn.bold(request.name)} of {mrkdwn.escape(request.cluster_name, most=300)}"
    return f"Create {of}, asked by {mrkdwn.user(request.requester)} ({request.id})? {_CONSEQUENCES}"


def again(request: SnapshotRequest) -> Block:
    """Return the button that opens the form with this request's cluster and description in it."""
    about = f"Ask again for a snapshot of {request.cluster_name}, as in {request.id}"
    return button("Ask again", names.ASK_AGAIN, means=about, value=request.id)


def result(facts: Facts) -> Say:
    """Return the reply that tells the requester how it ended; the only place that mentions them."""
    request = facts.request
    name = mrkdwn.bold(request.name)
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    who = mrkdwn.user(request.requester)
    by = mrkdwn.user(request.decided_by or "")
    match request.state:
        case State.AVAILABLE:
            facts_of_it = [size(request.size_gb)] if request.size_gb else []
            if request.took is not None:
                facts_of_it.append(duration(request.took))
            told = f": {', '.join(facts_of_it)}" if facts_of_it else ""
            approved = wording.approved_by(request).replace("*", "")
            text = f"{who} your snapshot {name} of {cluster} is available{told}. {approved}."
        case State.FAILED:
            reasons = wording.trouble(request).replace("\n", " ") or "The cloud gave no reason."
            text = f"{who} your snapshot {name} of {cluster} failed. {reasons}"
        case State.DECLINED:
            reason = ended(mrkdwn.escape(request.words, most=900)) or "no reason given."
            text = f"{who} your request for {name} of {cluster} was declined by {by}: {reason}"
        case State.EXPIRED:
            text = f"{who} your request for {name} of {cluster} expired: {wording.undecided(request)}."
        case State.WITHDRAWN:  # told only where the card can't show it; who took it back waits for nothing
            text = f"The request for {name} of {cluster} was taken back by who asked; no snapshot is created for it."
        case _:
            text = f"{who} your request for {name} of {cluster}: {ended(wording.status(request))}"
    buttons = [again(request)] if request.state in _AGAIN else []
    return Say(text, (section(text), context(request.id), *actions(buttons)))


def operator(facts: Facts) -> Say:
    """Return the reply that calls the admins: the request waits until an operator has mended something."""
    request = facts.request
    called = mrkdwn.users(facts.admins, joiner="and") if facts.admins else "Operators"
    problem = ended(mrkdwn.escape(request.problem, most=900)) or "The bot's access to the cloud must be fixed."
    text = f"{called}: {problem}"
    waiting = f"{request.id}, a snapshot of {mrkdwn.escape(request.cluster_name, most=300)}, then goes on by itself."
    return Say(f"{text} {waiting}", (section(text), context(waiting)))
