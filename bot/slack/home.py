"""App Home: what waits for this person, what they asked for, what ended lately. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.access import Action, Decision, Reason, Standing
from bot.core.message import Facts
from bot.core.request import State
from bot.service import Overview
from bot.slack import mrkdwn, names, wording
from bot.slack.blocks import Block, View, actions, button, context, divider, header, section
from bot.slack.messages import card_buttons


def home(seen: Overview, *, company: str, notice: str = "") -> View:
    """Return the Home tab of one person; *notice* is what their last click did, if anything."""
    blocks: list[Block] = [section(notice), divider()] if notice else []
    if seen.person.standing is not Standing.MEMBER:
        blocks.append(section(wording.refusal(_no_member(seen), company=company)))
        return {"type": "home", "blocks": blocks}
    blocks.append(header("Snapshots of GaussDB(DWS) clusters"))
    if seen.may_request:
        means = "Take a snapshot: opens the form"
        blocks += actions([button("Take a snapshot", names.TAKE, means=means, style="primary")])
        if old := wording.old_lists(seen.ages):
            blocks.append(context(old))
    elif seen.nothing is not None:
        blocks.append(section(wording.refusal(seen.nothing, company=company)))
    else:
        blocks.append(section(wording.no_cluster_seen(seen.ages)))
    blocks += _part(seen, "Waiting for you", seen.waiting_for_me, "Nothing waits for your decision.")
    if seen.more_waiting:
        blocks.append(
            context(f"and {seen.more_waiting} more that expire later: decide on their cards, in their channels")
        )
    blocks += _part(seen, "Your open requests", seen.mine, "You have no open requests.", own=True)
    if seen.more_mine:
        blocks.append(context(f"and {seen.more_mine} more, older: their cards, in their channels, show how they stand"))
    blocks += _part(seen, "Ended lately", seen.recent, "Nothing has ended yet.")
    if seen.has_ended_more:
        blocks.append(context(f"and older ones: `{names.COMMAND} status` with a request's id shows each"))
    blocks.append(context(f"`{names.COMMAND} help` shows what you can do in a channel."))
    return {"type": "home", "blocks": blocks}


def _no_member(seen: Overview) -> Decision:
    return Decision(allowed=False, reason=Reason.NOT_A_MEMBER, action=Action.VIEW, person=seen.person)


def _part(seen: Overview, title: str, requests: Sequence[Facts], none: str, *, own: bool = False) -> list[Block]:
    blocks = [divider(), section(f"*{title}*" if requests else f"*{title}*\n{none}")]
    for facts in requests:
        blocks.append(section(line(facts)))
        may_ask = facts.request.cluster in seen.askable
        buttons = card_buttons(facts.request, may_ask=may_ask, asker=facts.asker)
        # nobody approves their own: a button that only refuses isn't shown to them
        blocks += actions([b for b in buttons if not (own and b["action_id"] == names.APPROVE)])
    return blocks


def line(facts: Facts) -> str:
    """Return one request in two lines, and what stands in its way: for Home and for lists."""
    request = facts.request
    of = f"{mrkdwn.code(request.name)} of {mrkdwn.escape(request.cluster_name, most=200)}"
    by = f"{mrkdwn.user(request.requester)}, {mrkdwn.when(request.created_at)}"
    status = wording.status_seen(request, facts.age)
    if request.state is State.WAITING:
        status += f" · expires {mrkdwn.when(request.expires_at)}"
    trouble = mrkdwn.cut(wording.trouble(request), 300)
    return "\n".join(part for part in (f"*{request.id}* {of} · {by}", status, trouble) if part)
