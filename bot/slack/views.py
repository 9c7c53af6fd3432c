"""The form behind `/snapshot`, and modals that only tell something. Values in, views out; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.core.ids import ChannelId, ClusterRef
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import DESCRIPTION_HINT, DESCRIPTION_MAX, NAME_HINT, NAME_MAX, Cluster, ClusterState
from bot.service import Draft
from bot.slack import mrkdwn, names, wording
from bot.slack.blocks import Block, View, actions, button, context, entry, label, modal, section

OPTIONS_MOST: Final = 100  # Slack's limit
_ABOUT = "about"
_TITLE = "Take a snapshot"
CHOOSE: Final = "Choose a cluster to see how it is and who approves."


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds already, kept when it is drawn again.

    A field whose block id stays keeps what was typed, whatever is sent; a new id makes the new suggestion show.
    """

    description: str = ""
    name: str = ""
    name_block: str = ""  # of a name that somebody edited, else ""
    channel_block: str = ""  # likewise


def option(ref: ClusterRef, name: str) -> Block:
    """Return a cluster as an option; Slack wants the initial one equal to the list's, so both come from here."""
    return {"text": label(wording.cluster_label(ref, name), 75), "value": str(ref)}


def options(clusters: list[Cluster]) -> list[Block]:
    """Return at most a hundred options, Slack's limit; whoever has more types a part of the name."""
    return [option(c.ref, c.name) for c in clusters[:OPTIONS_MOST]]


def first_options(clusters: list[Cluster]) -> Block:
    """Return as many options as Slack takes, under a heading that says how to find the others."""
    heading = f"The first {OPTIONS_MOST} of {len(clusters)}: type a part of the name"
    return {"label": label(heading, 75), "options": options(clusters)}


def request_form(
    draft: Draft | None,
    *,
    now: datetime,
    here: ChannelId | None = None,
    channel: ChannelId | None = None,
    typed: Typed | None = None,
) -> View:
    """Return the form: for the chosen cluster's *draft*, or with nothing chosen yet.

    *here* is where the command was typed, for a cluster that has no channel of its own; *channel* the bot's default.
    """
    typed = typed or Typed()
    cluster: Block = {
        "type": "external_select",
        "action_id": names.CLUSTER,
        "min_query_length": 0,
        "placeholder": label("Choose a cluster", 150),
    }
    if draft:
        cluster["initial_option"] = option(draft.cluster.ref, draft.cluster.name)
    line = about(draft, now) if draft else CHOOSE
    return modal(
        _TITLE,
        [
            entry("cluster", "Cluster", cluster, dispatch=True),
            context(line, _ABOUT),
            _name(draft, typed),
            _description(typed),
            _channel((draft.channel if draft else channel) or here, typed),
        ],
        callback_id=names.REQUEST_FORM,
        submit="Create" if draft and draft.rule.need == 0 else "Request",
        close="Cancel",
        metadata=json.dumps({"here": here} if here else {}),
    )


def _name(draft: Draft | None, typed: Typed) -> Block:
    suggested = typed.name or (draft.suggested_name if draft else "")
    element: Block = {"type": "plain_text_input", "action_id": names.ANSWER, "max_length": NAME_MAX * 2}
    if suggested:
        element["initial_value"] = suggested
    return entry(typed.name_block or f"name:{suggested}", "Name", element, hint=NAME_HINT)


def _description(typed: Typed) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": names.ANSWER,
        "max_length": DESCRIPTION_MAX
        * 2,  # the form's own words say what is too long; Slack's would only stop the typing
    }
    if typed.description:
        element["initial_value"] = typed.description
    return entry("description", "Description", element, hint=DESCRIPTION_HINT, optional=True)


def _channel(suggested: ChannelId | None, typed: Typed) -> Block:
    element: Block = {
        "type": "conversations_select",
        "action_id": names.ANSWER,
        "filter": {
            "include": ["public", "private"],
            "exclude_bot_users": True,
            "exclude_external_shared_channels": True,
        },
        "placeholder": label("Choose a channel", 150),
    }
    if suggested:
        element["initial_conversation"] = suggested
    block_id = typed.channel_block or f"channel:{suggested or ''}"
    return entry(block_id, "Tell this channel", element, hint="The card and the result appear there.")


def about(draft: Draft, now: datetime) -> str:
    """Return the line under the cluster: how it is, its last snapshot, how old that is, who approves."""
    cluster = mrkdwn.bold(wording.cluster_label(draft.cluster.ref, draft.cluster.name))
    state = wording.cluster_state(draft.cluster, draft.age)
    if draft.cluster.state is ClusterState.BUSY and not draft.age.is_old:
        state = f"{state}: yours waits its turn"
    latest = wording.last_snapshot(draft.last_snapshot, draft.age, now)
    last = f"last snapshot {latest}" if draft.last_snapshot else "no snapshot yet"
    seen = [wording.age(draft.age, draft.cluster.ref.cloud)] if draft.age.is_old else []
    rule = wording.rule(draft.rule.need, draft.approvers)
    needed = f"{rule} needed" if draft.rule.need and draft.approvers else rule
    return " · ".join([cluster, state, last, *seen, needed])


def with_line(view: Mapping[str, Any], line: str) -> View:
    """Return the open form *view*, as Slack sent it, with another line under the cluster and nothing else changed."""
    sent = ("type", "callback_id", "title", "submit", "close", "private_metadata")
    kept = {key: view[key] for key in sent if view.get(key)}
    blocks = [context(line, _ABOUT) if b.get("block_id") == _ABOUT else b for b in view["blocks"]]
    return {**kept, "blocks": blocks}


def here_of(view: Mapping[str, Any]) -> ChannelId | None:
    """Return the channel in which the command was typed, as `request_form` kept it."""
    try:
        here = json.loads(view.get("private_metadata") or "{}").get("here")
    except (ValueError, AttributeError, RecursionError):
        return None
    return ChannelId(here) if isinstance(here, str) and here else None


def loading(title: str = _TITLE) -> View:
    """Return what shows while the form is being filled: opened at once, since Slack's ticket to open lives 3 s."""
    return modal(title, [section("⏳ One moment: looking at the clusters…")], close="Cancel")


def notice(markup: str, *, title: str = _TITLE, again: SnapshotRequest | None = None) -> View:
    """Return a modal that only says something; *again* adds the button that opens the form anew."""
    buttons = []
    if again is not None:
        means = f"Ask again for a snapshot of {again.cluster_name}, as in {again.id}"
        buttons.append(button("Ask again", names.ASK_AGAIN, means=means, value=again.id))
    return modal(title, [section(markup), *actions(buttons)])


def asked(request: SnapshotRequest) -> View:
    """Return what the form turns into once the request is kept: what happens next, and where to see it."""
    return notice(asked_words(request))


def asked_words(request: SnapshotRequest) -> str:
    """Say that the request is kept, what happens next, and where to see it."""
    of = f"{mrkdwn.code(request.name)} of {mrkdwn.escape(request.cluster_name, most=300)}"
    where = f"The card and the result appear in {mrkdwn.channel(request.channel)}."
    if request.state is State.WAITING:
        head = f"⏳ *{request.id}* asks for {of}. It waits for {wording.approvals_needed(request.need)}"
        return f"{head} until {mrkdwn.when(request.expires_at)}. {where}"
    return f"{wording.status(request)}\n*{request.id}* is {of}. {where}"
