"""The form behind `/snapshot`, and modals that only tell something. Values in, views out; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.core.age import Age
from bot.core.events import Hold
from bot.core.freezes import Closure
from bot.core.ids import ChannelId, CloudName, UserId
from bot.core.keep import UNTIL_TOLD
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Cluster, ClusterState
from bot.ports import SnapshotRules
from bot.service import Draft
from bot.slack.drawing import closed, form_parts, keep_words, mrkdwn, names, ruled, situations, starting, wording
from bot.slack.drawing import request_fields as fields
from bot.slack.drawing.blocks import Block, View, context, entry, label, modal, section
from bot.slack.drawing.form_parts import FormLine
from bot.slack.drawing.forms import Carried, RequestForm, Suggested, answers, field_of
from bot.words import listing, sentence, text, text_of, worded

OPTIONS_MOST: Final = 100  # Slack's limit
_SENT: Final = ("type", "callback_id", "title", "submit", "close", "private_metadata")


def option(cluster: Cluster, age: Age | None = None) -> Block:
    """Return a cluster as an option, with what makes it unusable; *age* is that of its cloud's facts.

    Slack wants the initial option equal to the list's, so both come from here.
    """
    shown = {"text": label(wording.cluster_label(cluster.ref, cluster.name), 75), "value": str(cluster.ref)}
    if cluster.state is not ClusterState.BLOCKED or (age and age.is_old):
        return shown
    return shown | {"description": label(text("unusable", situation=worded(cluster.situation)), 75)}


def options(clusters: list[Cluster], ages: Mapping[CloudName, Age] | None = None) -> list[Block]:
    """Return at most a hundred options, Slack's limit; with more of them people type a part of the name."""
    return [option(c, (ages or {}).get(c.ref.cloud)) for c in clusters[:OPTIONS_MOST]]


def first_options(clusters: list[Cluster], ages: Mapping[CloudName, Age] | None = None) -> Block:
    """Return as many options as Slack takes, under a heading that says how to find the others."""
    heading = text("first-clusters", count=OPTIONS_MOST, all=len(clusters))
    return {"label": label(heading, 75), "options": options(clusters, ages)}


def request_form(
    draft: Draft | None,
    *,
    now: datetime,
    moment: datetime,
    rules: SnapshotRules,
    here: ChannelId | None = None,
    preset: ChannelId | None = None,
    description: str = "",
    called: str = "",
    keep_days: int = UNTIL_TOLD,
    on_behalf: UserId | None = None,
) -> View:
    """Return the form as it opens: with *draft*'s cluster chosen, or with none yet.

    *here* is where the command was typed, for a cluster that has no channel of its own; *preset* the channel that is
    chosen already; *moment* the form's own, see `Timing.moment`. *description* and, as its name, *called* stand there;
    *keep_days* is for how long it is kept at first, *on_behalf* for whom it is, where that is somebody else.
    """
    cluster: Block = {
        "type": "external_select",
        "action_id": names.CLUSTER,
        "min_query_length": 0,
        "placeholder": label(text("cluster-placeholder"), 150),
    }
    if draft:
        cluster["initial_option"] = option(draft.cluster, draft.age)
    name: Block = {"type": "plain_text_input", "action_id": names.ANSWER, "max_length": rules.name_max * 2}
    if called:
        name["initial_value"] = called
    form = modal(
        text("take-a-snapshot"),
        [
            entry("cluster", text("cluster"), cluster, dispatch=True),
            context(text("choose-to-see"), FormLine.ABOUT),
            entry("name", text("name"), name, hint=worded(rules.name_hint), optional=True),
            fields.description(description, rules),
            fields.keep(keep_days),
            starting.choice(),
            fields.channel(preset),
            *([form_parts.behalf(on_behalf)] if draft and draft.administers else []),
        ],
        callback_id=names.REQUEST_FORM,
        submit=text("request"),
        close=text("cancel"),
        metadata=Carried(here=here, moment=moment).model_dump_json(exclude_none=True),
    )
    return chosen(form, draft, now=now, moment=moment, rules=rules) if draft else form


def chosen(
    view: Mapping[str, Any],
    draft: Draft,
    *,
    now: datetime,
    moment: datetime,
    rules: SnapshotRules,
    starts: str = "",
    again: bool = False,
) -> View:
    """Return the open form *view* for the chosen cluster and start: what it says changes, never what was put in.

    Every input keeps its ids, with which Slack keeps what is in it, and what is typed while this is on its way: so the
    suggested name is a placeholder, and another channel than the one preset is a line. With *again* the form has just
    been sent before they were shown: it says what it will file, and waits for a second press. *starts* is the start for
    which *moment* is, see `Carried`.
    """
    carried, submit = Carried.of(view), text("create") if draft.waived else text("request")
    suggested = Suggested(
        cluster=draft.cluster.ref,
        name=rules.suggest_name(draft.cluster.name, moment),
        channel=draft.channel or carried.here,
    )
    blocks, form = list[Block](), RequestForm.read(view)
    for block in _as_sent(view, draft) if again else view.get("blocks", ()):
        match field_of(block.get("block_id") or ""), block.get("element"):
            case FormLine.ABOUT, _:
                blocks.append(context(about(draft, now), FormLine.ABOUT))
                blocks += form_parts.offer(draft, now)
            case "name", dict(element):
                shown = {**element, "placeholder": label(suggested.name, 150)}
                blocks.append({**block, "element": shown, "optional": True})
                if again:
                    blocks.append(context(_will_be(suggested, form, submit), FormLine.WILL_BE))
            case "channel", dict(element):
                other = suggested.channel if suggested.channel != element.get("initial_conversation") else None
                blocks.append({**block, "optional": other is not None})
                if other:
                    blocks.append(context(text("if-left-empty", channel=mrkdwn.channel(other)), FormLine.IF_EMPTY))
            case line, _ if line in form_parts.OF_A_CLUSTER:
                pass  # said of another cluster, or of what was sent before
            case FormLine.BEHALF, _ if not (draft.administers or form.behalf):
                pass
            case _:
                blocks.append(block)
    if draft.administers and all(field_of(block.get("block_id") or "") != FormLine.BEHALF for block in blocks):
        blocks.append(form_parts.behalf())
    if draft.breaks_glass:
        blocks.append(form_parts.without_approval(draft))
    carries = carried.model_copy(update={"moment": moment, "suggested": suggested, "starts": starts})
    metadata = carries.model_dump_json(exclude_none=True)
    return {**frame(view), "submit": label(submit, 24), "private_metadata": metadata, "blocks": blocks}


def without_offer(view: Mapping[str, Any]) -> View:
    """Return the open form *view* without the offer to join, and with every field as it is."""
    kept = [b for b in view.get("blocks", ()) if b.get("block_id") not in (FormLine.OFFER, FormLine.OFFERED)]
    return {**frame(view), "blocks": kept}


def _will_be(suggested: Suggested, form: RequestForm, button: str) -> str:
    """Say what is filed for the fields that *form* left empty."""
    says = [] if form.name else [text("will-be-called", name=mrkdwn.code(suggested.name))]
    if suggested.channel and not form.channel:
        says.append(text("will-be-told-in", channel=mrkdwn.channel(suggested.channel)))
    if not says:
        return f"☝️ {text('choose-channel')}"
    return f"☝️ {text('will-be', what=listing(says), button=f'*{button}*')}"


def _as_sent(view: Mapping[str, Any], draft: Draft | None = None) -> Iterator[Block]:
    """Yield the blocks of a form that was sent, each input with what was in it: nobody types before the answer."""
    values = (view.get("state") or {}).get("values") or {}
    for block in view.get("blocks", ()):
        element, state = block.get("element"), values.get(block.get("block_id"), {})
        first: Block
        match element:
            case {"type": "external_select"} if draft:
                first = {"initial_option": option(draft.cluster, draft.age)}
            case {"type": "static_select", "action_id": action_id, "options": offered}:
                picked = (state.get(action_id, {}).get("selected_option") or {}).get("value")
                first = {"initial_option": next((o for o in offered if o["value"] == picked), None)}
            case {"type": "plain_text_input", "action_id": action_id}:
                first = {"initial_value": state.get(action_id, {}).get("value") or None}
            case {"type": "datepicker", "action_id": action_id}:
                first = {"initial_date": state.get(action_id, {}).get("selected_date")}
            case {"type": "timepicker", "action_id": action_id}:
                first = {"initial_time": state.get(action_id, {}).get("selected_time")}
            case {"type": "conversations_select", "action_id": action_id}:
                first = {"initial_conversation": state.get(action_id, {}).get("selected_conversation")}
            case {"type": "users_select", "action_id": action_id}:
                first = {"initial_user": state.get(action_id, {}).get("selected_user")}
            case _:
                yield block
                continue
        yield {**block, "element": {name: value for name, value in {**element, **first}.items() if value is not None}}


def in_vain(view: Mapping[str, Any], why: str, *, accessory: Block | None = None) -> View:
    """Return the form *view*, which was sent in vain: *why* stands above it, and what was typed stays, to be copied.

    *accessory*, such as a button, stands beside it.
    """
    return told(view, f"{why}\n_{text('not-sent')}_" if any(answers(view).values()) else why, accessory=accessory)


def told(view: Mapping[str, Any], words: str, *, accessory: Block | None = None) -> View:
    """Return the open modal *view* with *words* above it, and what was typed as it is."""
    blocks = [block for block in _as_sent(view) if block.get("block_id") != FormLine.IN_VAIN]
    return {**frame(view), "blocks": [{**section(words, accessory=accessory), "block_id": FormLine.IN_VAIN}, *blocks]}


def with_errors(view: Mapping[str, Any], errors: Mapping[str, str]) -> View:
    """Return the form *view* as it was sent, with *errors* (by block id) in words above it, and every field as it is.

    For when a redraw is under way, which would wipe Slack's own errors.
    """
    kept = below_words(view)
    labels = {block.get("block_id"): (block.get("label") or {}).get("text", "") for block in kept}
    lines = [
        f"🔴 {mrkdwn.bold(labels.get(block) or text('form'))}: {mrkdwn.escape(why)}" for block, why in errors.items()
    ]
    return {**frame(view), "blocks": [{**section("\n".join(lines)), "block_id": FormLine.IN_VAIN}, *kept]}


def below_words(view: Mapping[str, Any]) -> list[Block]:
    """Return the blocks of *view* without what it tells above its fields of an earlier press."""
    return [block for block in view.get("blocks", ()) if block.get("block_id") != FormLine.IN_VAIN]


def has_words_above(view: Mapping[str, Any]) -> bool:
    """Say whether *view* tells of an earlier press above its fields: the next answer takes the place of those words."""
    return any(block.get("block_id") == FormLine.IN_VAIN for block in view.get("blocks", ()))


def frame(view: Mapping[str, Any]) -> View:
    """Return what an open view, as Slack sent it, has around its blocks."""
    return {key: view[key] for key in _SENT if view.get(key)}


def about(draft: Draft, now: datetime) -> str:
    """Return the line under the cluster: how it is, its last snapshot, how old that is, who approves."""
    cluster = mrkdwn.bold(wording.cluster_label(draft.cluster.ref, draft.cluster.name))
    state = situations.cluster_state(draft.cluster, draft.age)
    if draft.cluster.state is ClusterState.BUSY and not draft.age.is_old:
        state = text("yours-waits", state=state)
    latest = situations.last_snapshot(draft.last_snapshot, draft.age, now)
    last = text("last-snapshot-was", last=latest) if draft.last_snapshot else text("no-snapshot-yet")
    rule = ruled.rule(
        draft.rule.approval, draft.approvers, anyone=draft.anyone, waived=draft.waived, groups=draft.groups
    )
    needed = text("rule-needed", rule=rule) if (draft.approvers or draft.anyone) and not draft.waived else rule
    seen = wording.age(draft.age, draft.cluster.ref.cloud) if draft.age.is_old else ""
    line = " · ".join(filter(None, (cluster, state, last, seen, needed)))
    return f"{line}\n{closed.asking(draft.closures)}".rstrip()


def with_line(view: Mapping[str, Any], line: str) -> View:
    """Return the open form *view*, as Slack sent it, with another line under the cluster and every field as it is.

    What the form said for another cluster goes.
    """
    kept = [b for b in view.get("blocks", ()) if b.get("block_id") not in form_parts.OF_A_CLUSTER]
    blocks = [context(line, FormLine.ABOUT) if b.get("block_id") == FormLine.ABOUT else b for b in kept]
    return {**frame(view), "blocks": blocks}


def loading(title: str = "") -> View:
    """Return what shows while a modal's facts are gathered: opened at once, since Slack's ticket to open lives 3 s."""
    return modal(title or text("take-a-snapshot"), [section(f"⏳ {text('one-moment')}")], close=text("cancel"))


def notice(markup: str, *, title: str = "") -> View:
    """Return a modal that only says something."""
    return modal(title or text("take-a-snapshot"), [section(markup)])


def asked_words(request: SnapshotRequest, closures: Sequence[Closure] = ()) -> str:
    """Say that the request is kept, what happens next, and where to see it; *closures* keep it from starting now."""
    said = "" if request.hold is Hold.FROZEN else closed.asking(closures)  # else its status says so
    return f"{_asked(request)}\n{said}".rstrip()


def _asked(request: SnapshotRequest) -> str:
    facts = {
        "request": f"*{request.id}*",
        "snapshot": wording.snapshot_of(request),
        "channel": mrkdwn.channel(request.channel),
    }
    if request.state is State.WAITING:
        starts = f"\n🕒 {text('starts-once-approved', when=starting.when(request.start))}" if request.start else ""
        until, needs = mrkdwn.when(request.expires_at), ruled.approvals_needed(request.rule)
        said = f"⏳ {text_of(request, 'asked-and-waits', needs=needs, until=until, **facts)}"
    else:
        said = f"{wording.status(request)}\n{text_of(request, 'asked', **facts)}"
        starts = ""
    return " ".join(filter(None, (said, sentence(keep_words.kept(request))))) + starts
