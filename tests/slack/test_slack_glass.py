"""Break-glass as people read it: the card in every state, lists, the alarm, the confirm form; within Slack's limits."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from bot.core.access import Action
from bot.core.approval import Vote
from bot.core.events import Hold
from bot.core.glass import BreakGlass
from bot.core.ids import ChannelId, UserId
from bot.core.message import CARD, RESULT, MessageKind, Owed
from bot.core.request import State
from bot.service import Ask
from bot.service.form import REASON_MOST
from bot.slack.drawing import glass_forms, wording
from bot.slack.drawing.lists import line
from bot.slack.drawing.posted import message
from bot.slack.drawing.reviewing import review
from tests.harness.facts import ANA, BEN, CLEO, HOSTILE, NOW, REF, a_draft, a_review, facts_of, in_state
from tests.harness.slack_limits import check_message, check_view

GLASS = BreakGlass(ANA, NOW, "prod is burning", here=(BEN, CLEO), directly=(UserId("U00000BEA"),))
STARTED = [s for s in State if s not in (State.WAITING, State.EXPIRED)]
ALARM = Owed(MessageKind.ALARM)


def started(state: State = State.APPROVED, **changes):
    """Return a request that ana started so; an approval of ben's was there."""
    return in_state(state, **{"glass": GLASS, "decided_by": ANA, **changes})


@pytest.mark.parametrize("state", STARTED)
def test_the_card_the_list_and_the_review_say_it_to_the_end(state: State):
    """Also what ended without a snapshot."""
    request = started(state)
    said = "🚨 Break-glass by <@U00000ANA>: *prod is burning*"
    assert said in str(message(CARD, facts_of(request)).blocks)
    assert said in line(facts_of(request))
    assert said in str(review(replace(a_review(state), facts=facts_of(request)), by=BEN, now=NOW, company="Acme"))


def test_a_request_that_was_approved_is_not_one():
    """Nothing of it is said there."""
    assert "Break-glass" not in str(message(CARD, facts_of(in_state(State.APPROVED))).blocks)
    assert wording.glass(in_state(State.APPROVED)) == ""


@pytest.mark.parametrize("state", [State.APPROVED, State.CREATING, State.AVAILABLE, State.FAILED])
def test_it_is_never_told_as_an_approval(state: State):
    """Neither by who did it, nor by who had voted."""
    votes = (Vote(BEN, True, NOW),)
    for owed in (CARD, RESULT, ALARM):
        told = message(owed, facts_of(started(state, votes=votes, counted=((BEN,),))))
        assert "pproved by" not in f"{told.text}{told.blocks}"
    assert "pproved" not in wording.already(started(state), by=BEN, action=Action.APPROVE)


def test_the_result_says_who_did_it():
    """Where else the approver stands."""
    said = message(RESULT, facts_of(started(State.AVAILABLE))).text
    assert said.endswith("is available: 42.7 GB, 4 min 10 s. 🚨 Break-glass by <@U00000ANA>.")


@pytest.mark.parametrize("hold", list(Hold))
def test_what_it_waits_for_is_said(hold: Hold):
    """One sign, not two."""
    said = wording.status(started(State.APPROVED, hold=hold))
    assert said.startswith("🚨 Break-glass by <@U00000ANA> · ")


def test_the_alarm_in_the_channel_mentions_those_who_are_there():
    """A direct message mentions nobody but who did it; who did it isn't among those who are called."""
    here = message(ALARM, facts_of(started()))
    assert here.text.startswith(
        "<@U00000BEN> and <@U0000CLEO>: 🚨 <@U00000ANA> started *before-migration-42* of dwh-prod"
    )
    directly = message(replace(ALARM, to=UserId("U00000BEA")), facts_of(started()))
    assert directly.text.startswith("🚨 <@U00000ANA> started")
    assert "U00000BEN" not in directly.text


def test_ten_are_mentioned_and_the_others_counted():
    """Never a group."""
    many = tuple(UserId(f"U0MANY{n:02}") for n in range(25))
    said = message(ALARM, facts_of(started(glass=replace(GLASS, here=many)))).text
    assert said.count("<@U0MANY") == 10
    assert "and 15 more" in said


@pytest.mark.parametrize(("state", "text"), list(product(STARTED, [HOSTILE, "&" * 300, "<!channel>", "*`_~"])))
def test_a_hostile_reason_is_only_text(state: State, text: str):
    """Within Slack's limits; a mention of a channel mentions nobody."""
    facts = facts_of(started(state, glass=replace(GLASS, reason=text)))
    for owed in (CARD, RESULT, ALARM, replace(ALARM, to=BEN)):
        told = message(owed, facts)
        check_message(told.text, told.blocks)
        assert "<!channel>" not in told.text
    check_view(review(replace(a_review(state), facts=facts), by=BEN, now=NOW, company="Acme"))


@pytest.mark.parametrize("text", [HOSTILE, "&" * 64, "x", "😀" * 64])
def test_the_confirm_form_keeps_to_the_limits(text: str):
    """Whatever the cluster and the snapshot are called; what it carries comes back."""
    ask = Ask(REF, text, "ünder", ChannelId("C00DWHOPS"))
    view = glass_forms.confirm_new(ask, text)
    check_view(view)
    assert glass_forms.CarriedAsk.of(view).ask() == ask
    waiting = in_state(State.WAITING, name=text, cluster_name=text, description=text, version=7)
    for changed in (False, True):
        view = glass_forms.confirm(waiting, reason="r" * REASON_MOST, changed=changed)
        check_view(view)
        carried = glass_forms.CarriedRequest.of(view)
        assert (carried.request, carried.version) == (waiting.id, 7)


def test_a_draft_says_nothing_of_it_by_itself():
    """The right has to be there."""
    assert not a_draft().breaks_glass
