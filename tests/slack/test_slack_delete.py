"""A deletion as people read it: what exactly, before it is asked for, while it waits, and once it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.ids import RequestId, SnapshotId
from bot.core.keep import Keep
from bot.core.message import CARD, RESULT, Facts, MessageKind, Owed
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.scoped_rules import ClusterRule
from bot.service import Deletable
from bot.slack.drawing import lists, views
from bot.slack.drawing.cards import question
from bot.slack.drawing.delete_forms import DeleteForm, delete_form
from bot.slack.drawing.posted import message
from bot.slack.drawing.reviewing import approve_form, decline_form, review
from tests.harness.facts import ANA, BEN, CLEO, HOSTILE, NOW, a_review, ends, facts_of, in_state
from tests.harness.slack_limits import check_message, check_view

STATES = [state for state in State if state not in (State.CREATING, State.AVAILABLE)]
TERM = Owed(MessageKind.TERM, ANA, 1)
ASKED = Keep(30, NOW, terms=1, told=1)


def deletion(state: State = State.WAITING, **changes: Any) -> SnapshotRequest:
    """Return ana's request to delete a snapshot."""
    known = {"snapshot_id": SnapshotId("s1"), "started_at": NOW, "size_gb": 42.7, "deletes": RequestId("R-2M4P")}
    return in_state(state, **{**known, "kind": Kind.DELETE, "description": "not needed", **changes})


def made(keep: Keep = ASKED, **facts: Any) -> Facts:
    """Return what is known of a snapshot that the bot may delete."""
    request = in_state(State.AVAILABLE, keep=keep, snapshot_id=SnapshotId("s1"))
    return facts_of(request, **{"deletes": True, **facts})


def buttons(blocks: Any) -> list[str]:
    """Return the labels of the buttons in *blocks*."""
    return [e["text"]["text"] for b in blocks if b["type"] == "actions" for e in b["elements"]]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ["before-migration-42", HOSTILE * 20])
def test_every_state_says_that_it_is_a_deletion(state: State, name: str):
    """On the card, in lists, in the review; within Slack's limits, whatever it is called."""
    request = deletion(state, name=name, cluster_name=name, knows_last=True)
    facts = facts_of(request)
    for owed in (CARD, RESULT):
        said = message(owed, facts)
        check_message(said.text, said.blocks)
        assert ends(said.text)
    card = str(message(CARD, facts).blocks)
    assert "Deletion of a snapshot of" in card
    assert "asks to delete" in card
    assert "42.7 GB, made <!date" in card
    assert "🗑️ deletion of" in lists.line(facts)
    shown = review(replace(a_review(state), facts=facts), by=BEN, now=NOW, company="Acme")
    check_view(shown)
    assert "asks to delete a snapshot of" in str(shown)
    assert "Break-glass" not in str(shown)
    assert "without approval" not in str(buttons(shown["blocks"]))
    assert "Ask again" not in str(buttons(message(CARD, facts).blocks))
    check_view(views.notice(views.asked_words(request)))


def test_nobody_approves_it_without_reading_what_exactly():
    """The dialog that asks once more, and the form for a comment, say when it was made, how big it is, and for good."""
    request = deletion()
    asks = question(request, "Ana")
    assert asks == (
        "Delete before-migration-42 of dwh-prod, 42.7 GB, made 23 Nov 14:05 UTC, asked by Ana (R-7K3F)? "
        "It can't be brought back."
    )
    assert len(question(deletion(name="x" * 64, cluster_name="y" * 64), "z" * 40)) <= 300
    check_view(form := approve_form(request))
    assert "It can't be brought back." in str(form)
    check_view(decline_form(request))


def test_the_last_good_one_is_said_to_who_decides():
    """They see that who asks knows it."""
    assert "It is the last good snapshot of dwh-prod" in str(message(CARD, facts_of(deletion(knows_last=True))).blocks)
    assert "last good" not in str(message(CARD, facts_of(deletion())).blocks)


@pytest.mark.parametrize("state", STATES)
def test_how_it_ends_is_told_in_its_own_words(state: State):
    """Never that a snapshot was made, or failed."""
    said = message(RESULT, facts_of(deletion(state))).text
    assert "your snapshot" not in said
    assert "is available" not in said
    if state is State.DELETED:
        assert said.startswith("<@U00000ANA> the snapshot *before-migration-42* of dwh-prod, 42.7 GB, made <!date")
    if state is State.WITHDRAWN:
        assert said.startswith("<@U00000ANA> the request to delete *before-migration-42* of dwh-prod was withdrawn by")


def test_while_the_cloud_is_at_it_the_card_says_so():
    """It was taken; it isn't deleted before the cloud shows it no more."""
    said = message(CARD, facts_of(deletion(State.SUBMITTING, accepted_at=NOW)))
    assert "🗑️ *Being deleted*" in str(said.blocks)


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("waived", [True, False])
@pytest.mark.parametrize("text", ["before-migration-42", HOSTILE * 20])
def test_the_form_says_what_exactly_and_asks_again_for_the_last(last: bool, waived: bool, text: str):
    """With the id, the size, the time, and what it takes; where it is the last good one, a box must be ticked."""
    request = replace(made().request, name=text, cluster_name=text, started_at=NOW)
    form = delete_form(Deletable(request, ClusterRule(), is_last=last, waived=waived))
    check_view(form)
    shown = str(form)
    assert "`s1`" in shown
    assert "42.7 GB, made <!date" in shown
    assert "It can't be brought back." in shown
    assert ("last good snapshot" in shown) is last
    assert ("last" in {b.get("block_id") for b in form["blocks"]}) is last
    assert form["submit"]["text"] == ("Delete it" if waived else "Request")


@pytest.mark.parametrize(("ticked", "knows"), [([], False), (["yes"], True), (["no"], False)])
def test_the_box_is_read(ticked: list[str], knows: bool):
    """Nothing else is a yes."""
    options = [{"value": value} for value in ticked]
    values = {"last": {"answer": {"type": "checkboxes", "selected_options": options}}}
    assert DeleteForm.read({"state": {"values": values}}).knows_last is knows


def test_where_it_is_on_the_question_at_the_end_has_the_button():
    """In place of the words on the console; not where somebody has asked for it already."""
    said = message(TERM, made())
    assert buttons(said.blocks) == ["Keep 30 days more", "Keep until I say", "Delete…"]
    assert "console" not in said.text
    asked = message(TERM, made(deletion=deletion()))
    assert buttons(asked.blocks) == ["Keep 30 days more", "Keep until I say"]
    assert "R-7K3F asks for it to be deleted." in asked.text
    assert "Delete…" not in buttons(message(TERM, made(deletes=False)).blocks)


@pytest.mark.parametrize("own", [True, False])
def test_the_review_has_the_button_for_who_may(own: bool):
    """At any time, also of what is kept for good; the card leads there."""
    for keep in (ASKED, Keep(), Keep(30, NOW + timedelta(days=9), terms=1)):
        facts = made(keep)
        seen = replace(a_review(State.AVAILABLE, own=own, approve=False), facts=facts)
        shown = buttons(review(seen, by=ANA if own else CLEO, now=NOW, company="Acme")["blocks"])
        assert ("Delete…" in shown) is own
        assert buttons(message(CARD, facts).blocks) == ["Review…"]
    gone = made(replace(ASKED, gone_at=NOW))
    assert buttons(message(CARD, gone).blocks) == []
