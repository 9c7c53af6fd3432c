"""App Home: what waits for this person, what they asked for, their clusters, what ended lately. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.access import Action, no_member
from bot.core.message import ListItem
from bot.core.phrase import COMMAND
from bot.service import Listed, Overview, OwnRights
from bot.slack.drawing import closed, explained, mrkdwn, names, rights, situations, wording
from bot.slack.drawing.blocks import Block, View, actions, button, context, divider, header, section
from bot.slack.drawing.cards import card_buttons, move_button, withdraw_button
from bot.slack.drawing.lists import CLUSTERS, RIGHTS, ListPlace, count_of, line, snapshots_of
from bot.words import text


def home(seen: Overview, *, company: str, command: str = COMMAND, notice: str = "") -> View:
    """Return the Home tab of one person; *notice* is what their last click did, if anything."""
    blocks: list[Block] = [section(notice), divider()] if notice else []
    if refused := no_member(seen.person, Action.VIEW):
        blocks.append(section(rights.refusal(refused, company=company)))
        return {"type": "home", "blocks": blocks}
    blocks.append(header(text("home-title")))
    admin = button(text("administration"), names.ADMIN, means=text("administration"))
    if seen.may_request:
        take = button(text("take-a-snapshot"), names.TAKE, means=text("take-a-snapshot-means"), style="primary")
        blocks += actions([take, *([admin] if seen.may_administer else [])])
        if old := wording.old_lists(seen.ages):
            blocks.append(context(old))
    elif seen.nothing is not None:
        blocks.append(section(rights.refusal(seen.nothing, company=company)))
    else:
        blocks.append(section(wording.no_cluster_seen(seen.ages)))
    if seen.may_administer and not seen.may_request:
        blocks += actions([admin])
    blocks += _part(seen, text("home-waiting"), seen.waiting_for_me, text("home-none-waiting"))
    if seen.more_waiting:
        blocks.append(_rest(text("home-more-waiting", count=count_of(seen.more_waiting)), Listed.WAITING))
    blocks += _part(seen, text("home-yours"), seen.mine, text("home-none-yours"), own=True)
    if seen.more_mine:
        blocks.append(_rest(text("home-more-yours", count=count_of(seen.more_mine)), Listed.MINE))
    blocks += _clusters(seen)
    blocks += _part(seen, text("home-ended"), seen.recent, text("home-none-ended"))
    if seen.has_ended_more:
        blocks.append(_rest(text("home-more-ended"), Listed.ENDED))
    blocks += _rights(seen.rights)
    blocks.append(context(text("home-help", command=f"`{command} help`")))
    return {"type": "home", "blocks": blocks}


def _part(seen: Overview, title: str, requests: Sequence[ListItem], none: str, *, own: bool = False) -> list[Block]:
    blocks = [divider(), section(f"*{title}*" if requests else f"*{title}*\n{none}")]
    for item in requests:
        blocks.append(section(line(item)))
        may_ask = item.request.cluster in seen.askable
        buttons = card_buttons(item.request, may_ask=may_ask, asker=item.asker)
        # nobody approves their own: a button that only refuses isn't shown to them; the review explains
        left_out = {names.WHY, names.APPROVE} if own else {names.WHY}
        if own and item.request.waits_for_its_time:
            buttons += [move_button(item.request), withdraw_button(item.request)]
        blocks += actions([b for b in buttons if b["action_id"] not in left_out])
    return blocks


def _clusters(seen: Overview) -> list[Block]:
    """Return the clusters for which one may ask, each with what can be done there; nothing where there is none."""
    if not seen.clusters:
        return []
    blocks = [divider(), section(f"*{text('home-clusters')}*")]
    for there in seen.clusters:
        name = wording.cluster_label(there.cluster.ref, there.cluster.name)
        last = situations.last_snapshot(there.last, there.age)
        last = text("last-snapshot-was", last=last) if there.last else text("no-snapshot-yet")
        parts = (mrkdwn.bold(name), situations.cluster_state(there.cluster, there.age), last)
        blocks.append(section("\n".join(filter(None, [" · ".join(parts), closed.noted(there.closures)]))))
        take, means = text("home-take"), text("home-take-means", cluster=name)
        ask = button(take, names.TAKE, means=means, value=str(there.cluster.ref))
        blocks += actions([ask, snapshots_of(there.cluster)])
    if seen.more_clusters:
        rest = text("list-rest", count=seen.more_clusters)
        blocks.append(section(rest, accessory=ListPlace(CLUSTERS).show_all()))
    return blocks


def _rights(own: OwnRights) -> list[Block]:
    """Return what gives them rights, in short, with why behind a button; nothing where they have none."""
    said = [text("own-right-by-setting")] if own.by_setting else []
    said += [explained.in_short(grant, own.groups) for grant in own.grants]
    if not said:
        return []
    if own.more:
        said.append(text("list-rest", count=own.more))
    why = button(text("explain"), names.SHOW_ALL, means=text("home-rights-means"), value=str(ListPlace(RIGHTS)))
    words = "\n".join([f"*{text('home-rights')}*", *said])
    return [divider(), section(words, accessory=why if own.grants else None)]


def _rest(words: str, what: Listed) -> Block:
    return section(words, accessory=ListPlace(what).show_all())
