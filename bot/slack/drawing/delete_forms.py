"""Deleting a snapshot: what exactly, in words, and the form that asks for it. Values in, views and words out; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.core.message import Facts
from bot.core.request import Kind, SnapshotRequest, State
from bot.service import Deletable
from bot.service.deletions import REASON_MOST
from bot.slack.drawing import mrkdwn, names, ruled, wording
from bot.slack.drawing.blocks import Block, View, button, entry, label, modal, section
from bot.slack.drawing.forms import Form, Text
from bot.words import size, text, utc

_YES: Final = "yes"


class DeleteForm(Form):
    """Why, and the box that says that one knows that no other good snapshot is left."""

    reason: Text = ""
    last: tuple[str, ...] = ()

    @property
    def knows_last(self) -> bool:
        """Whether the box is ticked."""
        return _YES in self.last


def what(request: SnapshotRequest, when: Callable[[datetime], str] = mrkdwn.when) -> str:
    """Return the snapshot's size and when it was made, as far as they are on record: "41.9 GB, made 3 May 14:05"."""
    made = text("made", when=when(request.started_at)) if request.started_at else text("made-unknown")
    return ", ".join([size(request.size_gb), made] if request.size_gb else [made])


def exactly(request: SnapshotRequest) -> str:
    """Return what a deletion would delete, and what that means; "" of another request."""
    if request.kind is not Kind.DELETE:
        return ""
    shown = text("deletes-what", what=what(request), snapshot=mrkdwn.code(request.snapshot_id or "–"))
    if request.state is State.DELETED:
        return shown
    last = text("delete-knows-last", cluster=mrkdwn.escape(request.cluster_name, most=300))
    return f"{shown} {text('delete-for-good')}" + (f"\n{last}" if request.knows_last else "")


def question(request: SnapshotRequest, snapshot: str, who: str, *, marked: bool) -> str:
    """Ask whether to delete exactly this; *who* asks for it, "" where that isn't known. *marked*: in mrkdwn."""
    facts = {"snapshot": snapshot, "what": what(request, mrkdwn.when if marked else utc()), "request": request.id}
    return text("delete-question-of", who=who, **facts) if who else text("delete-question", **facts)


def delete_button(facts: Facts) -> list[Block]:
    """Return the button that opens the form; none where the bot may not delete, or somebody has asked for it."""
    request = facts.request
    if not (facts.deletes and request.can_be_kept) or facts.deletion:
        return []
    means = text("delete-means", about=wording.about(request))
    return [button(text("delete-ask"), names.DELETE, means=means, value=request.id, style="danger")]


def delete_form(offer: Deletable) -> View:
    """Return the form that asks for the deletion; where no other good snapshot is left, it asks that again."""
    request = offer.request
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    of = wording.snapshot_of(request, name=mrkdwn.bold)
    said = text("delete-asks", snapshot=of, what=what(request), id=mrkdwn.code(request.snapshot_id or "–"))
    needs = text("none-needed") if offer.waived else ruled.approvals_needed(offer.rule.approval)
    blocks = [section(f"🗑️ {said} {text('delete-for-good')}"), section(text("delete-needs", needs=needs))]
    words: Block = {
        "type": "plain_text_input",
        "action_id": names.ANSWER,
        "multiline": True,
        "max_length": REASON_MOST,
    }
    blocks.append(entry("reason", text("reason"), words, optional=True))
    if offer.is_last:
        blocks.insert(1, section(text("keep-is-last", cluster=cluster)))
        box = {
            "text": label(text("delete-last-box", cluster=mrkdwn.plain(request.cluster_name, 28)), 75),
            "value": _YES,
        }
        box_field: Block = {"type": "checkboxes", "action_id": names.ANSWER, "options": [box]}
        blocks.append(entry("last", text("delete-last"), box_field))
    submit = text("delete-now") if offer.waived else text("request")
    return modal(
        text("delete-title"),
        blocks,
        callback_id=names.DELETE_FORM,
        submit=submit,
        close=text("cancel"),
        metadata=request.id,
    )
