"""Cards, results and calls for an operator: every state with every hold, within Slack's limits, whatever is typed."""

from __future__ import annotations

from itertools import product

import pytest

from bot.core.access import Action, Decision, Reason
from bot.core.approval import ApprovalRule, Vote
from bot.core.events import Hold
from bot.core.ids import CloudName, ClusterRef, SnapshotId, UserId
from bot.core.message import ASKS, CARD, OPERATOR, RESULT, Facts, MessageKind, Owed
from bot.core.person import Standing
from bot.core.request import FINAL, SnapshotRequest, State
from bot.core.why import Code, Why
from bot.slack.drawing import rights, wording
from bot.slack.drawing.posted import message
from tests.harness.cases import case
from tests.harness.facts import ALLOWS, ANA, BEN, CLEO, HOSTILE, NOW, REF, a_refusal, a_request, facts_of, in_state
from tests.harness.slack_limits import check_markup, check_message


def kinds(state: State) -> list[MessageKind]:
    """Return what is posted of a request in *state*."""
    return [kind for kind in MessageKind if state is State.WAITING or kind not in ASKS - {MessageKind.COPY}]


@pytest.mark.parametrize("state", State)
def test_every_state_and_hold_is_drawn_within_the_limits(state: State):
    """No state, hold and kind of message breaks a limit of Slack's."""
    for hold, kind in product(Hold, kinds(state)):
        with case(hold, kind):
            say = message(Owed(kind), facts_of(in_state(state, hold=hold)))
            check_message(say.text, say.blocks)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("text", [HOSTILE, "&" * 256, "<" * 4000, "😀" * 256, "`" * 256, "\u202e" * 9, ""], ids=ascii)
def test_hostile_text_is_only_text_everywhere(state: State, text: str):
    """Whatever people or the cloud write mentions nobody, links nothing and hides nothing; nor does it break limits."""
    typed = {"name": text, "cluster_name": text, "description": text, "words": text}
    for hold, kind in product(Hold, kinds(state)):
        with case(hold, kind):
            request = in_state(state, hold=hold, why=Why.as_told(text, text), **typed)
            say = message(Owed(kind), facts_of(request, asker=text))
            check_message(say.text, say.blocks)


def words(owed: Owed, facts: Facts) -> str:
    """Return everything that a message says."""
    return str(message(owed, facts).blocks)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (in_state(State.WAITING), "⏳ *Waiting for approval* · 0 of 1"),
        (
            in_state(State.WAITING, rule=ApprovalRule.of(2), votes=(Vote(BEN, True, NOW),)),
            "⏳ *Waiting for approval* · 1 of 2",
        ),
        (in_state(State.APPROVED), "👍 *Approved* by <@U00000BEN> · starting"),
        (
            in_state(State.APPROVED, rule=ApprovalRule.of(0), votes=(), decided_by=None),
            "👍 *No approval needed* · starting",
        ),
        (
            in_state(State.APPROVED, hold=Hold.QUEUE, place=2),
            "🕒 *Approved* by <@U00000BEN> · 2nd in line for dwh-prod (another request is before it)",
        ),
        (
            in_state(State.APPROVED, hold=Hold.BUSY, why=Why(Code.BUSY, {"obstacle": "restore"})),
            "🕒 *Approved* by <@U00000BEN> · dwh-prod is busy (a restore is running); waiting its turn",
        ),
        (
            in_state(State.APPROVED, hold=Hold.BLOCKED, why=Why(Code.BLOCKED, {"obstacle": "read-only"})),
            "⏸️ *Approved* by <@U00000BEN> · dwh-prod is read-only; waiting until it is available",
        ),
        (in_state(State.APPROVED, hold=Hold.LOGIN), "🛠️ *Approved* by <@U00000BEN> · waiting for an operator"),
        (in_state(State.APPROVED, hold=Hold.CLOUD), "🌩️ *Approved* by <@U00000BEN> · delayed, trying again by itself"),
        (in_state(State.SUBMITTING), "📤 *Sent to the cloud* · waiting for its answer"),
        (in_state(State.CREATING), "📸 *Creating* · 42 %"),
        (in_state(State.CREATING, percent=None), "📸 *Creating*"),
        (in_state(State.AVAILABLE), "✅ *Available* · 42.7 GB · took 4 min 10 s"),
        (in_state(State.AVAILABLE, size_gb=0.0, finished_at=None), "✅ *Available*"),
        (in_state(State.FAILED), "❌ *Failed*"),
        (in_state(State.DECLINED), "🚫 *Declined* by <@U00000BEN>: There is one from noon."),
        (in_state(State.WITHDRAWN, decided_by=ANA), "↩️ *Withdrawn* by <@U00000ANA>"),
        (in_state(State.EXPIRED), "⌛ *Expired*, nobody decided in 8 h"),
        (
            in_state(State.EXPIRED, rule=ApprovalRule.of(2), votes=(Vote(BEN, True, NOW),)),
            "⌛ *Expired*, only 1 of 2 approved in 8 h",
        ),
    ],
)
def test_the_card_says_the_state_in_words(request_: SnapshotRequest, status: str):
    """Each state is an emoji and a word; each hold says what it waits for."""
    say = message(CARD, facts_of(request_))
    assert say.blocks[1]["text"]["text"] == status
    assert status in say.text


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (State.WAITING, ["Approve", "Review…", "Why?"]),
        (State.APPROVED, ["Review…", "Why?"]),
        (State.SUBMITTING, []),
        (State.CREATING, []),
        (State.AVAILABLE, []),
        (State.FAILED, ["Ask again"]),
        (State.DECLINED, ["Ask again"]),
        (State.WITHDRAWN, []),
        (State.EXPIRED, ["Ask again"]),
    ],
)
def test_buttons_are_there_only_where_there_is_something_to_press(state: State, labels: list[str]):
    """Buttons vanish with the need for them; each names its request to a screen reader."""
    blocks = message(CARD, facts_of(in_state(state))).blocks
    buttons = [e for b in blocks if b["type"] == "actions" for e in b["elements"]]
    assert [b["text"]["text"] for b in buttons] == labels
    assert all("R-7K3F" in b["accessibility_label"] for b in buttons)
    assert all(b["value"] == "R-7K3F" for b in buttons)


def test_approve_asks_once_more_what_it_means():
    """The confirm dialog names the request, who asks, and the consequences."""
    blocks = message(CARD, facts_of(a_request())).blocks
    dialog = blocks[-1]["elements"][0]["confirm"]
    assert dialog["text"]["text"] == (
        "Create before-migration-42 of dwh-prod, asked by Ana (R-7K3F)? It is a full backup and keeps the cluster busy "
        "(restart, scaling and VACUUM FULL must wait)."
    )


@pytest.mark.parametrize("state", sorted(State))
def test_approvers_are_mentioned_only_while_they_must_act(state: State):
    """A mention is for somebody who must act or was waiting."""
    dba = UserId("U00000DBA")
    said = words(CARD, facts_of(in_state(state), approvers=(dba,)))
    assert ("<@U00000DBA>" in said) is (state is State.WAITING)


def test_a_card_that_nobody_can_approve_says_who_can_change_that():
    """Without approvers the card names the admins."""
    said = words(CARD, facts_of(a_request(), approvers=()))
    assert "nobody may give it yet" in said
    assert "<@U0000CLEO> can give somebody the right" in said


def test_the_card_names_cloud_cluster_and_the_last_snapshot():
    """With several clouds the card says which; the cluster's state only while it matters."""
    request = a_request(cluster=ClusterRef(CloudName("eu-de"), REF.id))
    assert "dwh-prod · eu-de · available" in words(CARD, facts_of(request))
    assert "42.7 GB" in words(CARD, facts_of(request))
    done = words(CARD, facts_of(in_state(State.AVAILABLE)))
    assert "dwh-prod · available" not in done


def test_a_failure_says_what_and_what_to_do():
    """The card and the result give the problem and the advice."""
    for owed in (CARD, RESULT):
        said = words(owed, facts_of(in_state(State.FAILED)))
        assert "The cloud could not finish it." in said
        assert "Ask again." in said


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (
            State.AVAILABLE,
            "<@U00000ANA> your snapshot *before-migration-42* of dwh-prod is available: 42.7 GB, 4 min 10 s. "
            "Approved by <@U00000BEN>.",
        ),
        (
            State.FAILED,
            "<@U00000ANA> your snapshot *before-migration-42* of dwh-prod failed. "
            "The cloud could not finish it. Ask again.",
        ),
        (
            State.DECLINED,
            "<@U00000ANA> your request for *before-migration-42* of dwh-prod was declined by <@U00000BEN>: "
            "There is one from noon.",
        ),
        (
            State.EXPIRED,
            "<@U00000ANA> your request for *before-migration-42* of dwh-prod expired: nobody decided in 8 h.",
        ),
    ],
)
def test_the_result_tells_the_requester(state: State, text: str):
    """Each end is one sentence to the person who asked."""
    assert message(RESULT, facts_of(in_state(state))).text == text


def test_the_operators_call_mentions_admins_and_says_what_to_mend():
    """Whose move it is, is called by name."""
    request = in_state(State.APPROVED, hold=Hold.LOGIN, why=Why(Code.LOGIN_REFUSED))
    say = message(OPERATOR, facts_of(request))
    assert say.text.startswith("<@U0000CLEO>: The bot's login to the cloud was refused.")
    assert "goes on by itself" in say.text


REFUSALS = [r for r in Reason if r not in ALLOWS]


@pytest.mark.parametrize("reason", REFUSALS)
def test_every_refusal_has_words_in_both_kinds_of_text(reason: Reason):
    """No rule refuses without words; in plain text people are named, not mentioned."""
    for action, standing in product(Action, Standing):
        with case(action, standing):
            decision = a_refusal(reason, action, standing=standing, cluster_name=HOSTILE)
            said = rights.refusal(decision, company="Acme <!here>")
            check_markup(said)
            assert said.endswith(".")
            named = rights.refusal(decision, company="Acme", pen=rights.Pen({CLEO: "@cleo"}))
            assert "<@" not in named.replace("<@U1>", "")
            assert "*" not in named


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        (
            a_refusal(Reason.NO_GRANT, Action.APPROVE),
            "You may not approve snapshots of dwh-prod. <@U00000BEA> and <@U00000DBA> can.",
        ),
        (
            a_refusal(Reason.NO_GRANT, Action.REQUEST),
            "You may not request snapshots of dwh-prod. <@U0000CLEO> can give you that right.",
        ),
        (
            a_refusal(Reason.NO_GRANT, Action.APPROVE, who_can=(), admins=()),
            "You may not approve snapshots of dwh-prod. No admin is set; the bot's operator can give you that right.",
        ),
        (
            a_refusal(Reason.NOBODY_APPROVES_THEIR_OWN, Action.APPROVE),
            "Nobody approves their own request on dwh-prod. <@U00000BEA> and <@U00000DBA> can.",
        ),
        (
            a_refusal(Reason.NOT_A_MEMBER, Action.APPROVE, standing=Standing.OUTSIDER),
            "Your account belongs to another company; only members of *Acme* can decide here.",
        ),
        (
            a_refusal(Reason.NO_GRANT, Action.REQUEST, cluster_name=""),
            "You have no cluster to ask for yet. <@U0000CLEO> can give you one.",
        ),
    ],
)
def test_refusals_name_the_rule_and_the_next_step(decision: Decision, text: str):
    """What, by which rule, who can."""
    assert rights.refusal(decision, company="Acme") == text


def test_a_permission_is_no_refusal():
    """Wording a yes as a no is a fault of ours, not a sentence."""
    with pytest.raises(ValueError, match="no refusal"):
        rights.refusal(a_refusal(Reason.GRANTED, Action.VIEW), company="Acme")


@pytest.mark.parametrize("state", State)
def test_whoever_comes_second_hears_how_it_stands(state: State):
    """Every state has words for a click that lost."""
    for action in Action:
        with case(action):
            said = wording.already(in_state(state), by=CLEO, action=action)
            check_markup(said)
            if state in FINAL or state is State.APPROVED:
                assert "already" in said.lower() or "expired" in said


def test_who_was_first_is_named_with_the_time():
    """ "Already approved by @ben at 14:07; nothing more to do." """
    said = wording.already(in_state(State.CREATING), by=CLEO, action=Action.APPROVE)
    assert said.startswith("Already approved by <@U00000BEN> <!date^")
    assert said.endswith("; nothing more to do.\n📸 *Creating* · 42 %")


def test_a_second_vote_of_the_same_person_says_so():
    """Still waiting and voted: it is one's own vote that was first."""
    request = in_state(State.WAITING, rule=ApprovalRule.of(2), votes=(Vote(BEN, True, NOW),))
    assert "You approved this already" in wording.already(request, by=BEN, action=Action.APPROVE)
    assert "1 of 2 approvals so far" in wording.already(request, by=BEN, action=Action.APPROVE)
    assert "This request expired" in wording.already(request, by=CLEO, action=Action.APPROVE)


def test_too_late_to_withdraw_says_why():
    """Once the cloud was asked, nothing can be taken back."""
    for state in (State.SUBMITTING, State.CREATING, State.AVAILABLE):
        said = wording.already(in_state(state), by=ANA, action=Action.WITHDRAW)
        assert "too late to withdraw" in said.lower()


def test_an_expired_request_with_an_approval_is_not_called_undecided():
    """One of two approved: the result says how far it came."""
    request = in_state(State.EXPIRED, rule=ApprovalRule.of(2), votes=(Vote(BEN, True, NOW),))
    assert "expired: only 1 of 2 approved in 8 h." in message(RESULT, facts_of(request)).text


def test_who_has_approved_is_not_named_among_those_who_can():
    """The card's text calls only for those whose vote is still to come."""
    request = in_state(State.WAITING, rule=ApprovalRule.of(2), votes=(Vote(BEN, True, NOW),))
    facts = facts_of(request, approvers=(BEN, UserId("U00000BEA")))
    assert message(CARD, facts).text.endswith("1 of 2. <@U00000BEA> can approve it.")


def test_where_the_snapshot_is_in_the_console_is_said_with_the_result():
    """Its id, in the result and in the details; nothing where it isn't known."""
    made = in_state(State.AVAILABLE, snapshot_id=SnapshotId("5a1e-42"))
    assert "R-7K3F · Snapshot `5a1e-42`" in str(message(RESULT, facts_of(made)).blocks)
    assert "Snapshot `" not in str(message(RESULT, facts_of(in_state(State.AVAILABLE))).blocks)


def test_who_comes_too_late_to_withdraw_hears_how_to_stop_it():
    """While it is being made, in the cloud's console: the bot can't; before and after there is nothing to stop."""
    asked = "Who may use the cloud's console can still stop it there"
    assert asked in wording.already(in_state(State.CREATING), by=ANA, action=Action.WITHDRAW)
    assert asked not in wording.already(in_state(State.SUBMITTING), by=ANA, action=Action.WITHDRAW)
    assert asked not in wording.already(in_state(State.AVAILABLE), by=ANA, action=Action.WITHDRAW)
