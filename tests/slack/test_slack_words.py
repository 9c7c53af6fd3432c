"""The kinds of clumsy and untrue words, over every state, hold, age and surface: said once, ended, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import pytest

from bot.core.access import Action, Reason
from bot.core.age import Age
from bot.core.approval import ApprovalRule, Vote
from bot.core.errors import CloudForbidden, CloudLoginRefused, CloudNotFound, CloudRejected, CloudUnavailable
from bot.core.events import Hold
from bot.core.grants import Role
from bot.core.ids import CloudName, ClusterRef, RequestId
from bot.core.message import ASKS, CARD, RESULT, Facts, MessageKind, Owed
from bot.core.person import Standing
from bot.core.request import FINAL, SnapshotRequest, State
from bot.core.snapshot import Cluster
from bot.core.why import Code, Why
from bot.service import ListPage
from bot.service.whole_lists import Rest
from bot.slack.drawing import help, home, lists, reviewing, rights, views, wording
from bot.slack.drawing.posted import message
from bot.words import reasons
from tests.harness.cases import case
from tests.harness.facts import (
    ALLOWS,
    ANA,
    BEN,
    CLEO,
    FACTS,
    NOW,
    REF,
    a_draft,
    a_refusal,
    a_review,
    a_summary,
    an_overview,
    ends,
    facts_of,
    in_state,
)
from tests.harness.slack_limits import check_message, check_view

BEFORE = NOW - timedelta(hours=5)
NOW_SEEN = Age(BEFORE, NOW, is_old=False)
NOBODY_LOOKED = Age(BEFORE, BEFORE)
SILENT = Age(BEFORE, BEFORE, is_silent=True)
NEVER_SEEN = Age(BEFORE)
NEVER_ANSWERED = Age(BEFORE, is_silent=True)
AGES = [NOW_SEEN, NOBODY_LOOKED, SILENT, NEVER_SEEN, NEVER_ANSWERED]

PROBLEMS = {
    Hold.NONE: None,
    Hold.QUEUE: None,
    Hold.BUSY: Why(Code.BUSY),
    Hold.BLOCKED: Why(Code.BLOCKED, {"obstacle": "read-only"}),
    Hold.LOGIN: CloudLoginRefused("401").why,
    Hold.PERMISSION: CloudForbidden("403").why,
    Hold.CLOUD: CloudUnavailable("503").why,
    Hold.APPROVERS: Why(Code.NOBODY_APPROVES, {"stage": 2, "stages": 2, "need": 1}),
    Hold.FROZEN: Why(Code.FROZEN, {"by": "cli:root", "reason": "quarter end.", "until": "2026-11-23T19:00:00+00:00"}),
    Hold.HOURS: Why(Code.OUT_OF_HOURS, {"until": "2026-11-23T19:00:00+00:00"}),
}
FAILURES = [
    (reasons.problem(CloudRejected("400", message="Invalid parameter.").why), "Ask again."),
    (reasons.problem(CloudRejected("400", message="no").why), "Ask again."),
    (reasons.problem(CloudNotFound("404").why), "Choose another cluster."),
    ("Choose another cluster.", "Choose another cluster."),
    ("The cluster no longer exists in the cloud.", "Choose another one."),
    ("It broke", "Look in the cloud's console"),
    ("The snapshot is gone from the cloud: somebody deleted it, or the cloud gave it up.", "Ask again."),
    ("", ""),
]
FAILED = [Why(code, FACTS) for code in Code if code not in (Code.AS_TOLD, Code.BUSY, Code.BLOCKED)]
FAILED += [Why.as_told(problem, advice) for problem, advice in FAILURES]
REASONS = ["no", "There is one from noon.", "Why now?", "later…"]

_DATE = re.compile(r"<!date[^<>]*>")
_MARKUP = re.compile(r"<[@#][^<>]*>")
_DOUBLED_STOP = re.compile(r"[.,;:!?…]\s*[.,;:]")
_ONE_THINGS = re.compile(r"\b1 [a-z]{2,}s\b")
_RAW = re.compile(rf"cli:|\bin default\b|\b({'|'.join([*State, *(r for r in Reason if '-' in r)])})\b")


def lines(blocks: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Return every text of *blocks* as it is written, buttons' labels aside."""
    for block in blocks:
        if isinstance(text := block.get("text"), dict) and block["type"] != "button":
            yield text["text"]
        for part in block.get("fields", ()):
            yield part["text"]
        if block["type"] in ("context", "rich_text", "rich_text_quote"):
            yield from lines(block["elements"])
        elif isinstance(text, str):
            yield text


def check_words(said: Iterable[str]) -> None:
    """Fail where one of the texts that stand together is clumsy, or two of them say the same."""
    texts = [_DATE.sub("then", _MARKUP.sub("@who", text)).replace("*", "") for text in said]
    sentences = [s.strip().rstrip(".!?").casefold() for text in texts for s in re.findall(r"[^.!?\n·]+[.!?]", text)]
    for n, sentence in enumerate(sentences):
        others = sentences[:n] + sentences[n + 1 :]
        assert len(sentence.split()) < 2 or not any(sentence in other for other in others), texts
    for text in texts:
        assert not _DOUBLED_STOP.search(text), text
        assert not _ONE_THINGS.search(text), text
        assert not _RAW.search(text), text
        words = text.casefold().split()
        assert not any(a == b != "·" for a, b in pairwise(words)), text


def requests(state: State, hold: Hold) -> Iterator[SnapshotRequest]:
    """Return requests in *state* with *hold*, with each text that the worker or people give them."""
    for need, voted in ((1, 0), (1, 1), (2, 1), (2, 2), (0, 0)):
        if state is State.WAITING and voted >= need:
            continue  # it waits no more
        votes = tuple(Vote(user, True, NOW) for user in (BEN, CLEO)[:voted])
        known: dict[str, Any] = {"rule": ApprovalRule.of(need), "votes": votes, "decided_by": BEN if need else None}
        if state in (State.WAITING, State.EXPIRED):
            known["decided_by"] = None
        elif state is State.WITHDRAWN:
            known["decided_by"] = ANA
        if state is State.DECLINED:
            yield from (in_state(state, hold=hold, **known | {"words": reason}) for reason in REASONS)
        elif state is State.FAILED:
            yield from (in_state(state, **known | {"why": why}) for why in FAILED)
        elif state is State.WAITING or state in FINAL:
            yield in_state(state, **known)
        else:
            yield in_state(state, hold=hold, why=PROBLEMS[hold], place=2 if hold is Hold.QUEUE else 1, **known)


@pytest.fixture(params=AGES, ids=["fresh", "as of", "silent", "never seen", "never answered"])
def age(request: pytest.FixtureRequest) -> Age:
    """How old the cloud's facts are, in each way."""
    found: Age = request.param
    return found


def seen_at(request: SnapshotRequest, age: Age) -> Facts:
    """Return what *request* is drawn from where the cloud's facts are of *age*."""
    facts = facts_of(request, age=age)
    return facts if age.seen_at else replace(facts, cluster=None, last_snapshot=None)


HELD = {State.APPROVED, State.SUBMITTING, State.CREATING}
EVERYTHING = [(state, hold) for state, hold in product(State, Hold) if state in HELD or hold is Hold.NONE]


@pytest.mark.parametrize(("state", "hold"), EVERYTHING)
def test_messages_say_it_once_and_to_the_end(state: State, hold: Hold):
    """Cards (the status answer is one), results and calls for operators."""
    kinds = [kind for kind in MessageKind if kind not in ASKS or state is State.WAITING]  # else nobody is asked
    for request, kind, age in product(requests(state, hold), kinds, AGES):
        with case(kind, age, request):
            say = message(Owed(kind), seen_at(request, age))
            check_message(say.text, say.blocks)
            check_words([say.text])
            check_words(lines(say.blocks))
            assert ends(say.text), say.text


@pytest.mark.parametrize(("state", "hold"), EVERYTHING)
def test_reviews_and_lines_say_it_once(state: State, hold: Hold):
    """The review modal as approver and requester see it, the lines of Home and of the list."""
    reviews = {own: a_review(state, own=own, approve=not own) for own in (True, False)}
    for request, age in product(requests(state, hold), AGES):
        with case(age, request):
            facts = seen_at(request, age)
            for own, seen in reviews.items():
                grant = replace(seen.approve.grant, granted_by="cli:root") if seen.approve.grant else None
                seen = replace(seen, facts=facts, approve=replace(seen.approve, grant=grant))
                view = reviewing.review(seen, by=ANA if own else BEN, now=NOW, company="Acme")
                check_view(view)
                check_words(lines(view["blocks"]))
            check_words(lists.line(facts).split("\n"))
            check_words(help.list_text(ListPage((facts,), 0, 1)).text.split("\n"))
            check_words(views.asked_words(request).split("\n"))


@pytest.mark.parametrize("state", State)
def test_who_comes_second_hears_it_once(state: State):
    """What a click that lost is answered."""
    for request, action, by in product(requests(state, Hold.NONE), Action, (ANA, BEN, CLEO)):
        with case(action, by, request):
            said = wording.already(request, by=by, action=action, age=SILENT)
            check_words(said.split("\n"))
            assert ends(said.split("\n")[0])
            assert ("hasn't answered since" in said) is ("42 %" in said), "progress of hours ago isn't how it is"


@pytest.mark.parametrize("reason", [r for r in Reason if r not in ALLOWS])
def test_refusals_say_it_once(reason: Reason):
    """Every rule, with and without somebody else who can."""
    for action, standing in product(Action, Standing):
        for changes in ({}, {"who_can": (), "admins": ()}, {"cluster_name": ""}):
            with case(action, standing, changes):
                said = rights.refusal(a_refusal(reason, action, standing=standing, **changes), company="Acme")
                check_words([said])
                assert ends(said)


def test_the_check_finds_each_kind():
    """What was clumsy before fails the check: it could fail."""
    for clumsy in (
        "It is gone. Choose another cluster. Choose another cluster.",
        "Correct it and ask again. Ask again.",
        "Declined by X: no..",
        "Too short: 1 characters.",
        "You may not (rule: no-grant).",
        "granted by cli:root",
        "It no longer exists in default.",
        "R-1: WAITING",
        "and and more",
    ):
        with pytest.raises(AssertionError):
            check_words([clumsy])


# Each of the words that were wrong


def test_a_reason_and_its_time_stand_apart():
    """What somebody wrote isn't followed by words of ours: the time has a field of its own."""
    view = reviewing.review(a_review(State.DECLINED, words="no"), by=BEN, now=NOW, company="Acme")
    said = list(lines(view["blocks"]))
    assert said[0].endswith("🚫 *Declined* by <@U00000BEN>: no")
    assert f"*Declined*\n{date(NOW)}" in said


@pytest.mark.parametrize("state", [State.APPROVED, State.SUBMITTING, State.CREATING, State.AVAILABLE, State.FAILED])
def test_the_time_of_the_approval_is_not_that_of_the_state(state: State):
    """It didn't fail, nor become available, when it was approved."""
    view = reviewing.review(a_review(state), by=BEN, now=NOW + timedelta(hours=1), company="Acme")
    said = list(lines(view["blocks"]))
    assert date(NOW) not in said[0]
    assert f"*Approved*\n<@U00000BEN>, {date(NOW)}" in said


def test_approved_so_far_is_said_only_while_more_is_needed():
    """At one of one nothing is "so far"; who approved what was declined is still told."""
    for state in State:
        votes = (Vote(CLEO, True, NOW),)
        seen = a_review(state, rule=ApprovalRule.of(2 if state is State.WAITING else 1), votes=votes)
        said = " ".join(lines(reviewing.review(seen, by=BEN, now=NOW, company="Acme")["blocks"]))
        assert ("Approved so far by <@U0000CLEO>." in said) is (state is State.WAITING)
        over = state in (State.DECLINED, State.WITHDRAWN, State.EXPIRED)
        assert ("<@U0000CLEO> had approved." in said) is over


def test_an_old_rows_advice_is_not_said_twice():
    """Rows that were kept with the same advice in problem and advice read well."""
    for problem, advice in FAILURES[:4]:
        said = message(RESULT, facts_of(in_state(State.FAILED, why=Why.as_told(problem, advice)))).text
        assert said.casefold().count(advice.casefold().rstrip(".")) == 1


def test_a_right_that_the_command_line_gave_is_said_in_words():
    """No id of ours: who it was, and where."""
    seen = a_review(State.WAITING)
    assert seen.approve.grant is not None
    seen = replace(seen, approve=replace(seen.approve, grant=replace(seen.approve.grant, granted_by="cli:root")))
    said = str(reviewing.review(seen, by=BEN, now=NOW, company="Acme"))
    assert "(granted by root on the command line, <!date^" in said


def test_approving_asks_about_this_request():
    """Name, cluster, who and the request's id; where Slack doesn't say who, the rest."""

    def asked(**changes: Any) -> str:
        blocks = message(CARD, facts_of(in_state(State.WAITING), **changes)).blocks
        return str(blocks[-1]["elements"][0]["confirm"]["text"]["text"])

    means = "It is a full backup and keeps the cluster busy (restart, scaling and VACUUM FULL must wait)."
    assert asked() == f"Create before-migration-42 of dwh-prod, asked by Ana (R-7K3F)? {means}"
    assert asked(asker="") == f"Create before-migration-42 of dwh-prod (R-7K3F)? {means}"
    form = str(reviewing.approve_form(in_state(State.WAITING)))
    assert "Create *before-migration-42* of dwh-prod, asked by <@U00000ANA> (R-7K3F)?" in form


def test_the_question_is_never_cut():
    """The longest names that DWS and Slack allow leave the whole question within Slack's 300 characters."""
    long = in_state(State.WAITING, name="n" * 64, cluster_name="c" * 64, id="R-7K3FABCD")
    blocks = message(CARD, facts_of(long, asker="A" * 80)).blocks
    assert blocks[-1]["elements"][0]["confirm"]["text"]["text"].endswith("must wait).")


@pytest.mark.parametrize("hold", [h for h in Hold if h is not Hold.NONE])
def test_an_answer_that_came_is_not_waited_for(hold: Hold):
    """Once an answer is lost or was no, the card doesn't say that it waits for it."""
    said = wording.status(in_state(State.SUBMITTING, hold=hold, why=PROBLEMS[hold]))
    assert "waiting for its answer" not in said


# Facts have an age


def date(moment: Any) -> str:
    """Return *moment* as Slack draws it for each reader."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


SAID = {
    NOW_SEEN: f"As of {date(NOW)}.",
    NOBODY_LOOKED: f"As of {date(BEFORE)}.",
    SILENT: f"The cloud hasn't answered since {date(BEFORE)}.",
    NEVER_SEEN: f"The cloud hasn't been seen since the bot started ({date(BEFORE)}).",
    NEVER_ANSWERED: f"The cloud hasn't answered since the bot started ({date(BEFORE)}).",
}


@pytest.mark.parametrize("state", sorted(set(State) - {State.AVAILABLE}))
def test_a_card_always_says_when_the_cloud_was_seen(state: State, age: Age):
    """It stays in the channel for hours, and isn't drawn again for its age."""
    said = list(lines(message(CARD, seen_at(in_state(state), age)).blocks))
    assert SAID[age] in said
    if age.seen_at is None:
        assert "*Last snapshot*\nnot known" in said


def test_what_is_drawn_for_a_moment_says_it_only_where_it_is_old(age: Age):
    """The review modal and the form: nothing is added to what is as it is."""
    seen = replace(a_review(State.WAITING), facts=seen_at(in_state(State.WAITING), age))
    said = " ".join(lines(reviewing.review(seen, by=BEN, now=NOW, company="Acme")["blocks"]))
    assert (SAID[age] in said) is age.is_old
    line = views.about(a_draft(age=age), NOW)
    assert (SAID[age][1:-1] in line) is age.is_old
    assert ("🟢" in line, "⚪" in line) == (not age.is_old, age.is_old)


@pytest.mark.parametrize("state", [State.WAITING, State.APPROVED])
def test_a_cluster_that_isnt_seen_is_not_called_anything(state: State):
    """Never seen, and seen but not in the list, are two things."""
    never = str(message(CARD, seen_at(in_state(state), NEVER_SEEN)).blocks)
    assert "dwh-prod · not known" in never
    gone = str(message(CARD, facts_of(in_state(state), cluster=None)).blocks)
    assert "dwh-prod · not in the cloud's list" in gone


def test_progress_that_is_old_says_so_in_lists(age: Age):
    """42 % of five hours ago isn't 42 % now."""
    line = lists.line(seen_at(in_state(State.CREATING), age))
    assert line.endswith("42 %") is not age.is_old
    assert (SAID[age][1:-1] in line) is age.is_old
    held = in_state(State.CREATING, hold=Hold.CLOUD, why=PROBLEMS[Hold.CLOUD])
    assert "hasn't answered" not in lists.line(seen_at(held, SILENT)), "the trouble says it already"
    assert f"42 %, as of {date(BEFORE)}" in lists.line(seen_at(held, SILENT))


def test_a_cloud_with_a_name_is_called_by_it():
    """With several clouds one knows which of them is silent; whatever it is called, it is only text."""
    named = ClusterRef(CloudName("<!here>"), REF.id)
    cluster = Cluster(ref=named, name="dwh-prod")
    assert "the cloud &lt;!here&gt; hasn't answered since" in views.about(a_draft(cluster=cluster, age=SILENT), NOW)
    eu, de, nl = map(CloudName, ("eu", "de", "nl"))
    old = wording.old_lists({eu: SILENT, de: NOBODY_LOOKED, nl: NOW_SEEN})
    assert old == (f"The cloud eu hasn't answered since {date(BEFORE)}. The clusters of de are as of {date(BEFORE)}.")


def test_home_and_help_do_not_call_a_silent_cloud_empty(age: Age):
    """Nothing to ask for because the cloud isn't seen, isn't the person's lack of a right."""
    ages = {REF.cloud: age}
    overview = an_overview(may_request=False, waiting_for_me=(), mine=(), ages=ages)
    view = home.home(overview, company="Acme")
    check_view(view)
    said = help.help_text(a_summary(waiting=(), newest=None, ages=ages), company="Acme")
    check_message(said.text, said.blocks)
    for text in (str(view), said.text):
        assert ("The cloud shows no cluster of yours just now." in text) is not age.is_old
        assert ("hasn't" in text or "as of" in text) is age.is_old
        assert "can give you one" not in text


def test_home_and_help_say_how_old_their_list_of_clusters_is(age: Age):
    """A cluster that was made since isn't in it."""
    overview = an_overview(ages={REF.cloud: age})
    clusters = [Cluster(ref=REF, name="dwh-prod")]
    view = home.home(overview, company="Acme")
    said = help.help_text(a_summary(ages=overview.ages, askable=tuple(clusters)), company="Acme")
    for text in (str(view), said.text):
        assert (date(age.seen_at or age.started_at) in text and "he cl" in text) or not age.is_old
        assert ("hasn't" in text or "are as of" in text) is age.is_old


def test_more_than_three_that_wait_are_one_list():
    """ "R-1, R-2, R-3 and 2 more", not "and R-3 and more"."""
    waiting = tuple(RequestId(f"R-222{n}") for n in range(3))
    for rest, words in ((Rest(2), "2 more"), (Rest(97, goes_on=True), "more than 97 more")):
        said = help.help_text(a_summary(waiting=waiting, more_waiting=rest), company="Acme").text
        assert f"Decide on R-2220, R-2221, R-2222 and {words}: on the card" in said


def test_who_has_no_right_hears_who_gives_it_on_home():
    """The rule and who can change it, as in the form."""
    nothing = a_refusal(Reason.NO_GRANT, Action.REQUEST, cluster_name="")
    view = home.home(an_overview(may_request=False, nothing=nothing), company="Acme")
    assert "You have no cluster to ask for yet. <@U0000CLEO> can give you one." in str(view)
    assert Role.REQUEST not in str(view["blocks"][1])
