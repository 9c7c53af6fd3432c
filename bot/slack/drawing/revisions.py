"""A change of a request by who asked for it: in words, and the form in which it is made. Values in, views out; pure."""

from __future__ import annotations

from datetime import tzinfo

from bot.core.request import SnapshotRequest
from bot.core.revision import RequestPart, Revision
from bot.ports import SnapshotRules
from bot.slack.drawing import mrkdwn, names, starting
from bot.slack.drawing.blocks import Block, View, entry, modal, quote, section
from bot.slack.drawing.forms import Form, Text
from bot.words import listing, text, text_of, worded


class ChangeForm(Form):
    """What the request is to say from now on."""

    description: Text = ""


class MoveForm(Form):
    """When the request is to start from now on."""

    day: str | None = None
    time: str | None = None


def changed(request: SnapshotRequest) -> str:
    """Return who changed what of *request* and who must look again; "" where it is as it was first asked for."""
    if (revised := request.revised) is None:
        return ""
    said = text("changed", who=mrkdwn.user(revised.by), when=mrkdwn.when(revised.at), what=_parts(revised))
    if request.start and RequestPart.START in revised.parts:
        said = f"{said} {text('starts-now-at', when=starting.when(request.start))}"
    if not (again := request.must_look_again):
        return said
    return f"{said} {text('must-look-again', people=mrkdwn.users(again, joiner='and'))}"


def changed_since(request: SnapshotRequest) -> tuple[Block, ...]:
    """Return that *request* isn't what somebody had before them, and what it says now."""
    said = section(f"☝️ {changed_since_words(request)}")
    if request.revised and RequestPart.DESCRIPTION not in request.revised.parts:
        return (said,)
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
    return modal(
        text("change-title", request=request.id),
        [
            *(changed_since(request) if stale else ()),
            entry("description", text("description"), description, hint=worded(rules.description_hint), optional=True),
            *_falls(request),
        ],
        callback_id=names.CHANGE_FORM,
        submit=text("change-now"),
        close=text("cancel"),
        metadata=str(request.as_seen),
    )


def _falls(request: SnapshotRequest) -> list[Block]:
    """Return whose approvals of *request* fall by a change; nothing where there are none."""
    voters = [vote.user for vote in request.votes]
    if not voters:
        return []
    return [section(text("approvals-fall", people=mrkdwn.users(voters, joiner="and"), count=len(voters)))]


def move_form(request: SnapshotRequest, zone: tzinfo, *, is_theirs: bool, stale: bool = False) -> View:
    """Return the form in which the requester says when *request* is to start; it says whose approvals fall by that.

    *zone* is the one in which that is meant, *is_theirs*: Slack says that it is this person's. With *stale* it was sent
    for an earlier revision.
    """
    return modal(
        text("move-title", request=request.id),
        [
            *(changed_since(request) if stale else ()),
            *starting.day_and_time(zone, is_theirs=is_theirs, first=request.start, follows=False),
            *_falls(request),
        ],
        callback_id=names.MOVE_FORM,
        submit=text("move-now"),
        close=text("cancel"),
        metadata=str(request.as_seen),
    )
