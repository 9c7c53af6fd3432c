"""A change of a request by who asked for it: in words, and the form in which it is made. Values in, views out; pure."""

from __future__ import annotations

from bot.core.request import SnapshotRequest
from bot.core.revision import Revision
from bot.ports import SnapshotRules
from bot.slack.drawing import mrkdwn, names
from bot.slack.drawing.blocks import Block, View, entry, modal, quote, section
from bot.slack.drawing.forms import Form, Text
from bot.words import listing, text, text_of, worded


class ChangeForm(Form):
    """What the request is to say from now on."""

    description: Text = ""


def changed(request: SnapshotRequest) -> str:
    """Return who changed what of *request* and who must look again; "" where it is as it was first asked for."""
    if (revised := request.revised) is None:
        return ""
    said = text("changed", who=mrkdwn.user(revised.by), when=mrkdwn.when(revised.at), what=_parts(revised))
    if not (again := request.must_look_again):
        return said
    return f"{said} {text('must-look-again', people=mrkdwn.users(again, joiner='and'))}"


def changed_since(request: SnapshotRequest) -> tuple[Block, ...]:
    """Return that *request* isn't what somebody had before them, and what it says now."""
    said = section(f"☝️ {changed_since_words(request)}")
    return (said, quote(request.description)) if request.description else (said, section(text("no-description")))


def changed_since_words(request: SnapshotRequest) -> str:
    """Return the same in words, without what it says now."""
    return f"{text_of(request, 'revised-since', request=request.id)}\n{changed(request)}".rstrip()


def changed_since_text(request: SnapshotRequest) -> str:
    """Return the same in words, with what it says now: for places that show one text."""
    now = f"> {mrkdwn.escape(request.description, most=600)}" if request.description else text("no-description")
    return f"{changed_since_words(request)}\n{now}"


def looks_again(request: SnapshotRequest, people: str) -> str:
    """Return the call to *people*, whose approval fell, to look once more."""
    revised = request.revised
    who, what = (mrkdwn.user(revised.by), _parts(revised)) if revised else ("", "")
    return text("look-again", people=people, who=who, what=what, request=request.id)


def _parts(revised: Revision) -> str:
    return listing([text("request-part", part=part) for part in revised.parts], joiner="and")


def change_form(
    request: SnapshotRequest, rules: SnapshotRules, first: str | None = None, *, stale: bool = False
) -> View:
    """Return the form in which the requester changes what *request* asks for; it says whose approvals fall by that.

    With *stale* it was sent for an earlier revision, with *first*.
    """
    description: Block = {
        "type": "plain_text_input",
        "action_id": names.ANSWER,
        # the form's own words say what is too long; Slack's would only stop the typing
        "max_length": rules.description_max * 2,
    }
    if shown := request.description if first is None else first:
        description["initial_value"] = shown
    voters = [vote.user for vote in request.votes]
    falls = text("approvals-fall", people=mrkdwn.users(voters, joiner="and"), count=len(voters)) if voters else ""
    return modal(
        text("change-title", request=request.id),
        [
            *(changed_since(request) if stale else ()),
            entry("description", text("description"), description, hint=worded(rules.description_hint), optional=True),
            *([section(falls)] if falls else []),
        ],
        callback_id=names.CHANGE_FORM,
        submit=text("change-now"),
        close=text("cancel"),
        metadata=str(request.as_seen),
    )
