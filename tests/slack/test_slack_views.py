"""Modals, their answers, App Home and the private texts: pure, within the limits, and form and view can't drift."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import product
from typing import Any

import pytest

from bot.core.access import Action, Decision, Reason
from bot.core.age import Age
from bot.core.approval import ApprovalRule, Meanwhile, Vote
from bot.core.events import Hold
from bot.core.freezes import Closure, Freeze
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, FreezeId, TeamId, UserId
from bot.core.person import Person, Standing
from bot.core.phrase import COMMAND
from bot.core.request import FINAL, State
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ClusterRule
from bot.core.snapshot import Cluster, Obstacle, ObstacleCode
from bot.dws.rules import DwsRules
from bot.service import Draft, ListPage
from bot.service.cluster_freezes import FrozenHere, Unfrozen
from bot.service.freezing import Frozen
from bot.slack.drawing import (
    cards,
    forms,
    freeze_answers,
    help,
    home,
    lists,
    mrkdwn,
    reviewing,
    revisions,
    starting,
    views,
)
from bot.slack.drawing.blocks import View, label, section
from bot.slack.handlers.commands import SUBCOMMANDS
from bot.words import worded
from tests.harness.cases import case
from tests.harness.facts import (
    ANA,
    BEN,
    HOSTILE,
    NOW,
    REF,
    a_draft,
    a_refusal,
    a_review,
    a_summary,
    an_overview,
    facts_of,
    in_state,
)
from tests.harness.slack_limits import check_message, check_view

TEXTS = ["dwh-prod", HOSTILE, "&" * 300, "😀" * 300, ""]


def a_form(draft: Draft | None = None, **more: Any) -> View:
    """Return the form as it opens with dwh-prod chosen, or with *draft*'s cluster."""
    draft = draft or a_draft()
    return views.request_form(draft, now=NOW, moment=NOW, rules=DwsRules(), preset=draft.channel, **more)


def sent(view: View, **answers: Any) -> dict[str, Any]:
    """Return *view* as Slack sends it when it is submitted, with *answers* by field; the rest as it was drawn."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, field = block["element"], forms.field_of(block["block_id"])
        match element["type"]:
            case "plain_text_input":
                answer: Any = {"value": answers.get(field, element.get("initial_value"))}
            case "conversations_select":
                answer = {"selected_conversation": answers.get(field, element.get("initial_conversation"))}
            case _:
                chosen = answers.get(field, (element.get("initial_option") or {}).get("value"))
                answer = {"selected_option": {"value": chosen, "text": label("dwh", 75)} if chosen else None}
        values[block["block_id"]] = {element["action_id"]: {"type": element["type"], **answer}}
    return {**view, "state": {"values": values}}


def inputs(view: View) -> set[str]:
    """Return the fields that a view asks for."""
    return {forms.field_of(b["block_id"]) for b in view["blocks"] if b["type"] == "input"}


def test_forms_and_views_cannot_drift():
    """Each form reads exactly the fields that its view asks for."""
    request = in_state(State.WAITING)
    form = a_form(a_draft(administers=True))
    timed = form | {"blocks": starting.fitted(form["blocks"], starting.day_and_time(UTC, is_theirs=True))}
    assert inputs(timed) == set(forms.RequestForm.model_fields)
    assert inputs(a_form()) == inputs(timed) - {"behalf", "day", "time"}
    assert inputs(reviewing.approve_form(request)) == set(forms.ApproveForm.model_fields)
    assert inputs(reviewing.decline_form(request)) == set(forms.DeclineForm.model_fields)
    assert inputs(revisions.change_form(request, DwsRules())) == set(revisions.ChangeForm.model_fields)


def test_a_form_is_read_as_it_was_filled():
    """Answers come back as the use case takes them, blanks around them gone."""
    view = sent(a_form(), name="  nightly-1 ", description=None)
    ask = forms.RequestForm.read(view).ask()
    assert (ask.cluster, ask.name, ask.description, ask.channel) == (REF, "nightly-1", "", "C00DWHOPS")


@pytest.mark.parametrize("state", [None, {}, {"values": []}, {"values": {}}])
def test_a_form_without_answers_is_empty(state: Any):
    """Slack sends a list, or nothing, where nothing was answered."""
    form = forms.RequestForm.read({"state": state})
    assert (form.cluster, form.name, form.description, form.channel) == (None, "", "", None)


@pytest.mark.parametrize("value", ["no-slash", "/", "a/", None])
def test_an_option_that_is_not_ours_is_no_cluster(value: str | None):
    """What can't be one of our options counts as nothing chosen."""
    assert forms.RequestForm.read(sent(a_form(), cluster=value)).cluster is None


def test_errors_name_input_blocks_only():
    """Errors go to the block that holds the field now; an unknown field's to the first input."""
    view = a_form()
    errors = forms.errors_by_block({"name": "a", "channel": "b", "": "c", "cluster": "d"}, view)
    assert errors == {"name": "a", "channel": "b", "cluster": "c d"}
    ids = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
    assert set(errors) <= ids


def field(view: View, name: str) -> dict[str, Any]:
    """Return the input block of a field."""
    return next(b for b in view["blocks"] if b["type"] == "input" and forms.field_of(b["block_id"]) == name)


def drawn(view: View, draft: Draft, *, again: bool = False, **answers: Any) -> View:
    """Return *view*, as Slack sends it with *answers* by field, drawn for the cluster of *draft*."""
    return views.chosen(sent(view, **answers), draft, now=NOW, moment=NOW, rules=DwsRules(), again=again)


DEV = Cluster(ref=ClusterRef(CloudName("default"), ClusterId("dev-id")), name="dwh-dev")


def test_another_cluster_changes_no_field_but_what_name_suggests():
    """Every input block is the one that Slack sent, with its ids and first values; the suggestion is a placeholder."""
    first = a_form(description="why")
    second = drawn(first, a_draft(cluster=DEV))
    for kept in ("cluster", "description", "keep", "channel"):
        assert field(second, kept) == field(first, kept)
    name, before = field(second, "name"), field(first, "name")
    assert before["element"]["placeholder"]["text"] == "dwh-prod-20261123-140500"
    assert name["element"].pop("placeholder")["text"] == "dwh-dev-20261123-140500"
    assert name == {**before, "element": {k: v for k, v in before["element"].items() if k != "placeholder"}}
    assert "initial_value" not in name["element"]
    fields = ["cluster", "about", "name", "description", "keep", "when", "channel"]
    assert [b["block_id"] for b in second["blocks"]] == fields


def test_the_suggestion_rides_with_its_cluster():
    """What is filed for an empty name is what the placeholder shows, for the cluster that it was made for."""
    carried = forms.Carried.of(drawn(a_form(), a_draft(cluster=DEV), again=True))
    assert carried.suggested_for(DEV.ref) == forms.Suggested(
        cluster=DEV.ref, name="dwh-dev-20261123-140500", channel=ChannelId("C00DWHOPS")
    )
    assert carried.suggested_for(REF) is None
    assert carried.suggested_for(None) is None


@pytest.mark.parametrize(
    "metadata",
    [
        *("", "no json", "[]", "7", None, {}, "[" * 9, '"\\ud800"', '{"here": "\\ud800"}', '{"here": 7}'),
        *('{"moment": "2026-11-23T14:05:12"}', '{"moment": "soon"}', '{"suggested": 1}'),
        '{"suggested": {"cluster": "no-slash", "name": "x"}}',
    ],
)
def test_metadata_that_is_not_ours_carries_nothing(metadata: Any):
    """A form of another version, or nonsense: the form works without what it carried."""
    assert forms.Carried.of({"private_metadata": metadata}) == forms.Carried()


@pytest.mark.parametrize("again", [False, True])
def test_a_form_of_nonsense_is_drawn_as_it_came(again: bool):
    """Slack signs only what we drew; whatever else were in a view, its blocks go back as they are."""
    strange: list[Any] = [
        {"type": "input", "block_id": "name"},
        {"type": "input", "block_id": "channel", "element": "x"},
    ]
    strange += [{"type": "divider"}, {"type": "input", "block_id": None, "element": {"type": "plain_text_input"}}]
    view = {"id": "V1", "type": "modal", "blocks": strange, "state": None}
    assert views.chosen(view, a_draft(), now=NOW, moment=NOW, rules=DwsRules(), again=again)["blocks"] == strange
    assert (
        views.chosen({"id": "V1", "type": "modal"}, a_draft(), now=NOW, moment=NOW, rules=DwsRules(), again=again)[
            "blocks"
        ]
        == []
    )


def test_metadata_stays_within_its_limit():
    """The longest names of clouds, clusters and channels leave room."""
    ref = ClusterRef(CloudName("c" * 110), ClusterId("i" * 36))
    cluster = Cluster(ref=ref, name="n" * 300)
    view = a_form(a_draft(cluster=cluster), here=ChannelId("C" * 20))
    assert len(view["private_metadata"]) < 600
    check_view(view)


def test_another_channel_than_the_one_preset_is_a_line():
    """The field keeps what somebody may have chosen; the line says where an empty one goes, and is there once."""
    first = a_form()
    other = drawn(first, a_draft(cluster=DEV, channel=ChannelId("C0000DEV")))
    assert field(other, "channel")["element"] == field(first, "channel")["element"]
    assert field(other, "channel")["optional"]
    assert other["blocks"][-1]["elements"][0]["text"] == "If it is left empty: <#C0000DEV>"
    again = drawn(other, a_draft(cluster=DEV, channel=ChannelId("C0000DEV")))
    assert again["blocks"] == other["blocks"]
    back = drawn(other, a_draft())
    assert back["blocks"][-1] == field(back, "channel")
    assert not field(back, "channel")["optional"]


def test_a_form_that_was_sent_says_what_it_will_file_and_keeps_what_it_had():
    """The answer to a form may say what is in it, for nobody types until it comes; a redraw takes the words away."""
    form, created_at_once = a_form(description="first"), a_draft(cluster=DEV, rule=ClusterRule(ApprovalRule.of(0)))
    view = drawn(form, created_at_once, again=True, description="typed", channel="C1")
    said = "☝️ It will be called `dwh-dev-20261123-140500`. Press *Create* again to send it so."
    assert view["blocks"][3]["elements"][0]["text"] == said
    assert field(view, "description")["element"]["initial_value"] == "typed"
    assert field(view, "channel")["element"]["initial_conversation"] == "C1"
    assert field(view, "cluster")["element"]["initial_option"] == views.option(DEV)
    assert field(view, "cluster")["element"]["min_query_length"] == 0
    assert view["submit"]["text"] == "Create"
    check_view(view)
    assert said not in str(drawn(view, a_draft()))
    emptied = views.chosen(
        sent(a_form(description="first"), description=None),
        a_draft(),
        now=NOW,
        moment=NOW,
        rules=DwsRules(),
        again=True,
    )
    assert "initial_value" not in field(emptied, "description")["element"]


@pytest.mark.parametrize(
    ("answers", "channel", "words"),
    [
        (
            {"name": None, "channel": None},
            "C0000DEV",
            "`dwh-dev-20261123-140500` and told in <#C0000DEV>.",
        ),
        ({"name": "mine-1", "channel": None}, "C0000DEV", "It will be told in <#C0000DEV>. Press *Request* again"),
        ({"name": "mine-1", "channel": None}, None, "☝️ Choose a channel for the card and the result."),
    ],
)
def test_what_it_will_file_are_the_fields_left_empty(answers: Any, channel: Any, words: str):
    """Name, channel or both; where there is no channel, to choose one."""
    draft = a_draft(cluster=DEV, channel=channel)
    view = drawn(a_form(), draft, again=True, **answers)
    assert words in view["blocks"][3]["elements"][0]["text"]


def test_the_channel_is_the_clusters_then_the_bots_then_where_one_types():
    """An empty field means the rule's or the bot's channel, else where the command was typed."""
    here = ChannelId("C0HERE")
    form = views.request_form(None, now=NOW, moment=NOW, rules=DwsRules(), here=here)
    assert "initial_conversation" not in field(form, "channel")["element"]
    for channel, filed in (("C00DWHOPS", "C00DWHOPS"), (None, "C0HERE")):
        suggested = forms.Carried.of(drawn(form, a_draft(channel=channel))).suggested
        assert suggested is not None
        assert suggested.channel == filed


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (a_draft(), "*dwh-prod* · 🟢 Available · no snapshot yet · one approval by <@U00000BEN> needed"),
        (a_draft(rule=ClusterRule(ApprovalRule.of(0))), "no approval needed"),
        (a_draft(rule=ClusterRule(ApprovalRule.of(2))), "two approvals by <@U00000BEN> needed"),
        (a_draft(approvers=()), "one approval needed, and nobody may give it yet"),
        (
            a_draft(cluster=Cluster(ref=REF, name="dwh-prod", task=Obstacle(ObstacleCode.SNAPSHOT))),
            "🟡 Busy (a snapshot is running): yours waits its turn",
        ),
        (
            a_draft(cluster=Cluster(ref=REF, name="dwh-prod", block=Obstacle(ObstacleCode.READ_ONLY))),
            "🔴 Read-only",
        ),
    ],
)
def test_the_line_says_how_the_cluster_is_and_who_approves(draft: Draft, words: str):
    """State as light and word, last snapshot, rule."""
    assert words in views.about(draft, NOW)


def test_the_line_says_how_old_the_last_snapshot_is():
    """Ages are words in a form that is open now."""
    last = facts_of(in_state(State.WAITING)).last_snapshot
    assert last is not None
    assert "last snapshot 3 h ago, 42.7 GB" in views.about(a_draft(last_snapshot=last), NOW + timedelta(hours=3))
    long = replace(last, finished=NOW + timedelta(minutes=4, seconds=10))
    told = views.about(a_draft(last_snapshot=long), NOW + timedelta(hours=3))
    assert "last snapshot 3 h ago, 42.7 GB, took 4 min 10 s" in told


@pytest.mark.parametrize("text", TEXTS)
def test_every_form_is_within_the_limits(text: str):
    """Whatever clusters are called and people have typed."""
    cluster = Cluster(
        ref=ClusterRef(CloudName("eu-de"), REF.id), name=text, block=Obstacle(ObstacleCode.OTHER_STATUS, text)
    )
    draft = a_draft(cluster=cluster)
    for description in ("", text[:256]):
        view = a_form(draft, here=ChannelId("C0HERE"), description=description)
        check_view(view)
        check_view(views.with_line({**view, "id": "V1", "hash": "h"}, views.about(draft, NOW)))
        check_view(drawn(view, a_draft(channel=ChannelId("C1")), again=True))
    check_view(views.request_form(None, now=NOW, moment=NOW, rules=DwsRules()))
    check_view(views.loading())
    check_view(views.notice("Words."))
    for need in (0, 1, 3):
        state = State.WAITING if need else State.APPROVED
        check_view(
            views.notice(views.asked_words(in_state(state, rule=ApprovalRule.of(need), name=text, cluster_name=text)))
        )
    check_view(reviewing.approve_form(in_state(State.WAITING, cluster_name=text)))
    decline = reviewing.decline_form(in_state(State.WAITING, cluster_name=text))
    check_view(decline)
    typed = {"values": {"reason": {"answer": {"type": "plain_text_input", "value": text[:250]}}}}
    check_view(views.in_vain({**decline, "state": typed}, "Words."))


def test_a_list_has_at_most_a_hundred_options():
    """Slack takes no more; with more of them people type a part of the name."""
    clusters = [Cluster(ref=REF, name=f"dwh-{i}") for i in range(150)]
    assert len(views.options(clusters)) == 100


def buttons(view: View) -> list[str]:
    """Return the labels of a view's buttons."""
    return [e["text"]["text"] for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("text", ["dwh-prod", HOSTILE], ids=ascii)
def test_every_review_is_within_the_limits(state: State, text: str):
    """Every state, as each kind of person sees it."""
    for hold, approve, own in product(Hold, (True, False), (True, False)):
        with case(hold, "approve" if approve else "", "own" if own else ""):
            seen = a_review(state, approve=approve, own=own, hold=hold, cluster_name=text, name=text, description=text)
            check_view(reviewing.review(seen, by=BEN, now=NOW, company="Acme", notice="Done."))


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_review_of_what_has_ended_decides_nothing(state: State):
    """Opened late, it shows the present state without Approve, Decline or Withdraw."""
    for own in (True, False):
        view = reviewing.review(a_review(state, own=own), by=BEN, now=NOW, company="Acme")
        assert set(buttons(view)) <= {"Ask again"}


def test_a_review_says_why_one_can_decide():
    """The approver reads by which grant they decide."""
    view = reviewing.review(a_review(State.WAITING), by=BEN, now=NOW, company="Acme")
    assert buttons(view) == ["✔ Approve…", "✖ Decline…", "Why?"]
    assert "You can decide because: you may approve dwh-prod (granted by <@U0000CLEO>, " in str(view)


def test_a_review_says_why_one_cannot_and_who_can():
    """Without the right: the facts, the rule, and no button that decides."""
    view = reviewing.review(a_review(State.WAITING, approve=False), by=ANA, now=NOW, company="Acme")
    assert buttons(view) == ["Why?"]
    assert "You may not approve snapshots of dwh-prod. <@U00000BEA> and <@U00000DBA> can." in str(view)


def test_a_review_without_news_of_the_cluster_says_so():
    """Where the cloud wasn't seen yet, nothing is invented; nor is a grant."""
    seen = a_review(State.WAITING)
    unseen = replace(seen.facts, cluster=None, last_snapshot=None, age=Age(NOW))
    seen = replace(seen, facts=unseen, approve=replace(seen.approve, grant=None))
    view = reviewing.review(seen, by=BEN, now=NOW, company="Acme")
    check_view(view)
    for what in ("*Cluster*\\ndwh-prod · not known", "*Last snapshot*\\nnot known", "*Running work*\\nnot known"):
        assert what in str(view)
    assert "You can decide because: you may approve dwh-prod." in str(view)


def test_who_voted_already_waits_for_others():
    """One person has one vote."""
    seen = a_review(State.WAITING, rule=ApprovalRule.of(2), votes=(Vote(BEN, True, NOW),))
    view = reviewing.review(seen, by=BEN, now=NOW, company="Acme")
    assert buttons(view) == ["Why?"]
    assert "it waits for somebody else's approval" in str(view)
    assert "Approved so far by <@U00000BEN>." in str(view)


def test_a_review_whose_time_is_over_says_so_before_the_worker_does():
    """WAITING past its end is shown as expired."""
    view = reviewing.review(a_review(State.WAITING, own=True), by=ANA, now=NOW + timedelta(hours=9), company="Acme")
    assert buttons(view) == ["Ask again"]
    assert "⌛ *Expired*" in str(view)


@pytest.mark.parametrize("state", [State.FAILED, State.DECLINED, State.EXPIRED, State.WAITING])
def test_asking_again_is_offered_only_to_who_may_ask(state: State):
    """The approver who may not ask for the cluster sees no button that would refuse them: in the review, on Home."""
    later = NOW + timedelta(hours=9)
    assert buttons(reviewing.review(a_review(state, own=True), by=ANA, now=later, company="Acme")) == ["Ask again"]
    assert buttons(reviewing.review(a_review(state), by=BEN, now=later, company="Acme")) == []
    ended = facts_of(in_state(state if state in FINAL else State.FAILED))
    for askable, seen in ((frozenset({REF}), ["Ask again"]), (frozenset(), [])):
        view = home.home(an_overview(waiting_for_me=(), mine=(), recent=(ended,), askable=askable), company="Acme")
        assert buttons(view) == ["Take a snapshot", *seen]


@pytest.mark.parametrize("state", [State.WAITING, State.APPROVED])
def test_the_requester_may_withdraw_until_the_cloud_is_asked(state: State):
    """Withdraw asks once more, and is gone once the cloud has the request."""
    view = reviewing.review(a_review(state, own=True, approve=False), by=ANA, now=NOW, company="Acme")
    assert buttons(view) == (["Change…", "Withdraw", "Why?"] if state is State.WAITING else ["Withdraw"])
    later = reviewing.review(a_review(State.SUBMITTING, own=True, approve=False), by=ANA, now=NOW, company="Acme")
    assert buttons(later) == []


def test_home_shows_what_waits_with_its_buttons():
    """Approve and Review… are on the tab as on the card."""
    view = home.home(an_overview(), company="Acme", notice="Done.")
    check_view(view)
    assert buttons(view) == ["Take a snapshot", "Approve", "Review…", "Ask again"]


def test_lists_say_what_stands_in_the_way():
    """A failed request names its reason and the advice wherever it is listed."""
    said = lists.line(facts_of(in_state(State.FAILED)))
    assert "❌ *Failed*\nThe cloud could not finish it.\nAsk again." in said


def test_home_stays_within_the_limits_when_full():
    """Ten of everything, with hostile names."""
    many = tuple(facts_of(in_state(s, name=HOSTILE, cluster_name=HOSTILE)) for s in [State.WAITING] * 10)
    check_view(home.home(an_overview(waiting_for_me=many, mine=many, recent=many), company="Acme", notice="Done."))


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
def test_home_shows_nothing_to_who_is_no_member(standing: Standing):
    """A guest or outsider sees the rule and no request."""
    person = Person(BEN, TeamId("T0000ACME"), standing)
    view = home.home(an_overview(person=person), company="Acme")
    check_view(view)
    assert len(view["blocks"]) == 1
    assert "R-7K3F" not in str(view)


@pytest.mark.parametrize("text", TEXTS)
def test_private_texts_are_within_the_limits(text: str):
    """Help, lists and status, whatever is in them."""
    many = [facts_of(in_state(s, name=text, cluster_name=text)) for s in State]
    clusters = [Cluster(ref=REF, name=text)] * 5
    nothing = a_refusal(Reason.NO_GRANT, Action.REQUEST, cluster_name="")
    said = [
        help.help_text(a_summary(askable=tuple(clusters)), company="Acme", first=mrkdwn.escape(text)),
        help.help_text(a_summary(waiting=(), newest=None, nothing=nothing), company=text, first=""),
        help.list_text(ListPage(tuple(many), 0, 60), cluster=text),
        help.list_text(ListPage((), 0, 0), cluster=text),
        help.no_request_yet(),
    ]
    for say in said:
        check_message(say.text, say.blocks)


@pytest.mark.parametrize("text", TEXTS)
def test_whole_lists_are_within_the_limits(text: str):
    """Requests and clusters, whatever they are called; a page says where a count ends that isn't all."""
    many = tuple(facts_of(in_state(s, name=text, cluster_name=text)) for s in State)
    place = lists.ListPlace("all", 0, REF)
    counted = lists.requests_page(place, ListPage(many, 90, 100, goes_on=True))
    check_view(counted)
    assert "91–100 of more than 100" in str(counted)
    assert "Older ›" in str(counted)
    last = lists.requests_page(place, ListPage(many, 90, 100))
    assert "91–100 of 100" in str(last)
    assert "Older ›" not in str(last)
    freeze = Freeze(FreezeId("F-1"), Scope(), text, text, NOW, NOW)
    shown = [(Cluster(ref=REF, name=text), [Closure(NOW, Meanwhile.HOLD, text, text, freeze)])] * 10
    ages = {REF.cloud: Age(NOW, NOW, is_old=True)}
    check_view(lists.clusters_page(lists.ListPlace("clusters", 20), shown, ages, first=20, total=40))


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_said_of_a_freeze_is_within_the_limits(text: str):
    """Whatever its reason and its cluster are called, who froze it, and however much it holds; nobody is mentioned."""
    freeze = Freeze(FreezeId("F-1"), Scope(), text, text, NOW, NOW)
    cluster, many = NamedCluster(REF, text), [in_state(State.APPROVED)] * 40
    still = (Closure(None, Meanwhile.HOLD, text, text, freeze), Closure(NOW, Meanwhile.REFUSE, text))
    for say in (
        freeze_answers.frozen_here(FrozenHere(cluster, Frozen(freeze, many, many), UTC)),
        freeze_answers.unfrozen(Unfrozen(cluster, (freeze,) * 9, ()), none="freeze-none"),
        freeze_answers.unfrozen(Unfrozen(cluster, (), still), none="freeze-over"),
    ):
        check_message(say.text, say.blocks)
        assert "<!channel>" not in say.text
    facts = facts_of(in_state(State.WAITING), closures=still)
    check_message(cards.card(facts).text, cards.card(facts).blocks)
    check_message(lists.line(facts), [section(lists.line(facts))])
    check_view(a_form(replace(a_draft(), closures=still)))


def test_help_names_every_command_with_an_example():
    """The list has what the command takes."""
    commands = [(row.usage(COMMAND), worded(row.does), row.example_typed(COMMAND)) for row in SUBCOMMANDS]
    said = str(help.help_text(a_summary(), commands=commands, company="Acme").blocks)
    create = "create CLUSTER NAME [at 02:00] [keep 30d] [DESCRIPTION]"
    for words in (create, "list [mine|open|ended] [7d] [CLUSTER]", "status [REQUEST]", "help"):
        assert f"`/snapshot {words}`" in said
    assert all(f"e.g. `{row.example_typed(COMMAND)}`" in said for row in SUBCOMMANDS if row.example)


def test_whoever_has_nothing_to_ask_for_is_told_who_helps():
    """A refusal in help, as everywhere: the rule and who can change it."""
    decision: Decision = a_refusal(Reason.NO_GRANT, Action.REQUEST, cluster_name="")
    said = help.help_text(a_summary(nothing=decision), company="Acme").text
    assert "<@U0000CLEO> can give you one." in said
    assert UserId("U00000BEA") not in said
