"""How long a snapshot is kept, as people read and say it: the form, the line, cards, lists, the question at the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.ids import SnapshotId
from bot.core.keep import CHOICES, Keep
from bot.core.message import CARD, RESULT, MessageKind, Owed
from bot.core.request import SnapshotRequest, State
from bot.dws.rules import DwsRules
from bot.slack.drawing import keep_words, views, wording
from bot.slack.drawing.forms import RequestForm
from bot.slack.drawing.glass_forms import CarriedAsk, confirm_new
from bot.slack.drawing.posted import message
from bot.slack.drawing.reviewing import review
from bot.slack.handlers.leading import CREATE, leading
from tests.harness.facts import ANA, CLEO, HOSTILE, NOW, a_draft, a_review, facts_of, in_state
from tests.harness.slack_limits import check_message, check_view

UNTIL = NOW + timedelta(days=30)
RUNS = Keep(30, UNTIL, terms=1)
TERM = Owed(MessageKind.TERM, ANA, 1)
OF = "*before-migration-42* of dwh-prod"
DAY = f"<!date^{int(UNTIL.timestamp())}^{{date_short_pretty}}|2026-12-23>"


def available(keep: Keep, **changes) -> SnapshotRequest:
    """Return a request whose snapshot is there, and kept so."""
    return in_state(State.AVAILABLE, keep=keep, snapshot_id=SnapshotId("s1"), **changes)


def field(days: int):
    """Return the form's field where *days* are the default."""
    form = views.request_form(None, now=NOW, moment=NOW, rules=DwsRules(), keep_days=days)
    check_view(form)
    return next(b["element"] for b in form["blocks"] if b.get("block_id") == "keep")


@pytest.mark.parametrize(("days", "first"), [(30, "30 days"), (7, "7 days"), (0, "until I say"), (14, "14 days")])
def test_the_form_offers_how_long(days: int, first: str):
    """Seven, thirty, ninety days, until I say; what the settings have is chosen, and offered, too."""
    shown = field(days)
    assert shown["initial_option"]["text"]["text"] == first
    assert shown["initial_option"] in shown["options"]
    assert [o["value"] for o in shown["options"]] == [*map(str, sorted({*CHOICES, days} - {0})), "0"]


@pytest.mark.parametrize("value", ["30", "0"])
def test_a_choice_comes_through_the_form(value: str):
    """Also where it is sent before the redraw has come, and through the form of an emergency."""
    shown = views.request_form(None, now=NOW, moment=NOW, rules=DwsRules(), keep_days=7)
    option = {"text": {"type": "plain_text", "text": "as Slack sends it"}, "value": value}
    state = {"values": {"keep": {"answer": {"type": "static_select", "selected_option": option}}}}
    assert RequestForm.read({"state": state}).ask().keep_days == int(value)
    again = views.chosen({**shown, "state": state}, a_draft(), now=NOW, moment=NOW, rules=DwsRules(), again=True)
    kept = next(b["element"] for b in again["blocks"] if b.get("block_id") == "keep")
    assert kept["initial_option"]["value"] == value
    assert kept["initial_option"] in kept["options"]
    ask = RequestForm.read({"state": state}).ask()
    carried = CarriedAsk.of(confirm_new(replace(ask, cluster=a_draft().cluster.ref, name="x"), "dwh-prod"))
    assert carried.ask().keep_days == int(value)


@pytest.mark.parametrize("value", [None, "", "x", "-1", "99999", "٣"])
def test_a_form_of_before_says_nothing(value: str | None):
    """Then it is as the settings have it."""
    state = {"values": {"keep": {"answer": {"type": "static_select", "selected_option": {"value": value}}}}}
    assert RequestForm.read({"state": state}).ask().keep_days is None
    assert RequestForm.read({"state": {"values": {}}}).ask().keep_days is None


@pytest.mark.parametrize(
    ("text", "keep", "description"),
    [
        ("keep 30d Before the migration", "30d", "Before the migration"),
        ("KEEP  7D\tOPS-42", "7D", "OPS-42"),
        ("keep 30d", "30d", ""),
        ("keep the old tables", None, "keep the old tables"),
        ("keep 30days of it", None, "keep 30days of it"),
        ("keep", None, "keep"),
        ("Before keep 30d", None, "Before keep 30d"),
        ("keep 30d keep 7d", "30d", "keep 7d"),
        ("keep 2h x", "2h", "x"),
        ("", None, ""),
        ("keeper 30d", None, "keeper 30d"),
    ],
)
def test_an_option_counts_before_the_description_alone(text: str, keep: str | None, description: str):
    """And where a length follows; each once."""
    assert leading(text, CREATE) == ({"keep": keep} if keep else {}, description)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (in_state(State.WAITING, keep=Keep(30)), "to be kept for 30 days"),
        (in_state(State.CREATING, keep=Keep(1)), "to be kept for 1 day"),
        (in_state(State.WAITING), ""),
        (in_state(State.FAILED, keep=Keep(30)), ""),
        (available(RUNS), f"kept until {DAY}"),
        (available(replace(RUNS, told=1)), f"was to be kept until {DAY}"),
        (available(Keep()), ""),
        (available(replace(RUNS, gone_at=NOW)), ""),
    ],
)
def test_cards_and_answers_say_how_long(request_: SnapshotRequest, said: str):
    """Nothing where nothing is said, or there is no snapshot."""
    assert keep_words.kept(request_) == said
    card = str(message(CARD, facts_of(request_)).blocks)
    assert said in card
    assert ("kept" in card) is bool(said)
    assert (said in str(review(a_review_of(request_), by=ANA, now=NOW, company="Acme"))) is bool(said) or not said


def a_review_of(request: SnapshotRequest, *, own: bool = True):
    """Return what ana sees of her *request*."""
    return replace(a_review(request.state, own=own, approve=False), facts=facts_of(request))


def test_the_result_says_until_when():
    """Beside the snapshot's id."""
    assert f"kept until {DAY}" in str(message(RESULT, facts_of(available(RUNS))).blocks)


def test_the_question_is_one_message_with_its_buttons():
    """What, until when, how big; each button carries the term that it was drawn for."""
    said = message(TERM, facts_of(available(replace(RUNS, told=1))))
    check_message(said.text, list(said.blocks))
    assert said.text.startswith(f"*before-migration-42* of dwh-prod was to be kept until {DAY}: 42.7 GB.")
    assert "the cloud's console" in said.text
    buttons = said.blocks[-1]["elements"]
    assert [(b["text"]["text"], b["value"]) for b in buttons] == [
        ("Keep 30 days more", "R-7K3F.1"),
        ("Keep until I say", "R-7K3F.1"),
    ]


@pytest.mark.parametrize("last", [True, False])
def test_the_last_good_snapshot_is_never_asked_about_without_saying_so(last: bool):
    """Without it there would be none, or none that stays."""
    said = message(TERM, facts_of(available(replace(RUNS, told=1)), is_last=last))
    assert ("last good snapshot of dwh-prod" in said.text) is last
    assert ("last good snapshot of dwh-prod" in str(said.blocks)) is last


def test_where_the_requester_is_gone_the_admins_are_called():
    """In the channel; who asked can't press anything."""
    said = message(replace(TERM, to=None), facts_of(available(replace(RUNS, told=1)), admins=(CLEO,)))
    assert said.text.startswith("<@U0000CLEO>: <@U00000ANA> can't be asked any more")


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (
            replace(RUNS, terms=2, told=1, by=ANA),
            f"{OF} is kept until {DAY}, as <@U00000ANA> said.",
        ),
        (
            Keep(0, None, terms=1, told=1, by=ANA),
            f"{OF} is kept until somebody deletes it, as <@U00000ANA> said.",
        ),
        (replace(RUNS, told=1, gone_at=NOW), "🗑️ *before-migration-42* of dwh-prod: Not in the cloud any more (since "),
    ],
)
def test_once_it_is_said_the_message_says_so(keep: Keep, said: str):
    """Nothing is left to press."""
    shown = message(TERM, facts_of(available(keep)))
    assert shown.text.startswith(said)
    assert "actions" not in [b["type"] for b in shown.blocks]


@pytest.mark.parametrize("own", [True, False])
def test_the_review_has_the_buttons_for_who_may(own: bool):
    """Also while the term runs; not once it is gone, nor where it has no end."""
    there = str(review(a_review_of(available(RUNS), own=own), by=ANA, now=NOW, company="Acme"))
    assert ("Keep 30 days more" in there) is own
    for keep in (replace(RUNS, gone_at=NOW), Keep()):
        shown = str(review(a_review_of(available(keep)), by=ANA, now=NOW, company="Acme"))
        assert "Keep 30 days more" not in shown


def test_what_is_gone_is_not_called_available():
    """On the card, and in lists."""
    assert "Available" not in wording.status(available(replace(RUNS, gone_at=NOW)))


@pytest.mark.parametrize("keep", [RUNS, replace(RUNS, told=1), replace(RUNS, gone_at=NOW), Keep(0, None, 1, 1, ANA)])
def test_any_text_keeps_slacks_limits(keep: Keep):
    """Whatever the snapshot and its cluster are called."""
    hostile = available(keep, name=HOSTILE * 20, cluster_name=HOSTILE * 20)
    for owed in (TERM, replace(TERM, to=None), CARD, RESULT):
        said = message(owed, facts_of(hostile, is_last=True))
        check_message(said.text, list(said.blocks))
    check_view(review(a_review_of(hostile), by=ANA, now=NOW, company=HOSTILE))
