"""What is posted about a request, by what is owed; here are the words to those who may decide."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from bot.core.ids import Principal, UserId
from bot.core.message import Facts, MessageKind, Owed, whom
from bot.core.request import SnapshotRequest
from bot.slack.drawing import mrkdwn, revisions, ruled, wording
from bot.slack.drawing.blocks import context, quote, section
from bot.slack.drawing.cards import Say, card, operator, result
from bot.slack.drawing.glass_forms import alarm
from bot.slack.drawing.term_messages import term
from bot.words import duration, text, text_of


def message(owed: Owed, facts: Facts) -> Say:
    """Return the message that is *owed* about the request in *facts*."""
    match owed.kind:
        case MessageKind.CARD | MessageKind.COPY:
            return card(facts)
        case MessageKind.TURN | MessageKind.REMINDER:
            return asking(owed, facts)
        case MessageKind.ALARM:
            return alarm(owed, facts)
        case MessageKind.TERM:
            return term(owed, facts)
        case MessageKind.RESULT:
            return result(facts, owed.to)
        case MessageKind.OPERATOR:
            return operator(facts)
        case _:
            assert_never(owed.kind)


def asking(owed: Owed, facts: Facts) -> Say:
    """Return the message that is *owed* to who may decide; only those who haven't are mentioned."""
    request, people = facts.request, whom(owed, facts)
    said = _reminder(request, people) if owed.kind is MessageKind.REMINDER else _turn(facts, people)
    revised = request.revised
    looks_again = owed.kind is MessageKind.TURN and revised and {*people} <= {*revised.again}
    if looks_again:
        said = revisions.looks_again(request, mrkdwn.users(people))
    of = wording.snapshot_of(request, name=mrkdwn.bold)
    when = mrkdwn.when(request.expires_at)
    about = text_of(request, "waits-until", request=request.id, snapshot=of, when=when)
    now_says = [quote(request.description)] if looks_again and request.description else []
    return Say(f"{said} {about}", (section(said), *now_says, context(about)))


def _reminder(request: SnapshotRequest, people: tuple[UserId, ...]) -> str:
    since = (request.asked.reminded_at or request.created_at) - request.created_at
    minutes = timedelta(minutes=max(1, since // timedelta(minutes=1)))
    return text("still-waiting", people=mrkdwn.users(people), length=duration(minutes))


def _turn(facts: Facts, people: tuple[UserId, ...]) -> str:
    request = facts.request
    tiers = [who for tier in request.rule.tiers[: request.escalated] for who in tier.by]
    them = mrkdwn.users(people)
    if all(Principal(user) in tiers or any(facts.groups.has(who, user) for who in tiers) for user in people):
        return f"{ruled.escalated(request, facts.groups)} {text('your-turn', people=them)}"
    if not request.rule.side_by_side and request.stages_open > 1:
        stage, stages = request.stages_open, len(request.rule.stages)
        return f"{text('stage-opens', stage=stage, stages=stages)} {text('your-turn', people=them)}"
    return text("your-turn", people=them)
