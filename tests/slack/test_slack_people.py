"""Who may act at all: what Slack doesn't say clearly is no member. And which channels a card can go to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients import HttpClients
from bot.core.errors import ConfigError, SlackRefused, SlackUnavailable, StoreUnavailable
from bot.core.ids import ChannelId, TeamId, UserId
from bot.core.person import Standing
from bot.core.phrase import Phrase
from bot.slack.door import identity
from bot.slack.outbound.channels import SlackChannels
from bot.slack.outbound.users import SlackPeople, read
from bot.words import say, worded
from slack_sandbox import App, Sandbox
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.harness.falters import FALTERS

TEAM, OPS = TeamId("T0000ACME"), ChannelId("C00DWHOPS")
MEMBER: dict[str, Any] = {"id": "U1", "team_id": TEAM, "name": "ana", "profile": {"display_name": "Ana"}}


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"is_admin": True}, Standing.MEMBER),
        ({"deleted": True}, Standing.DEACTIVATED),
        ({"is_bot": True}, Standing.BOT),
        ({"is_workflow_bot": True}, Standing.BOT),
        ({"is_connector_bot": True}, Standing.BOT),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_restricted": True, "is_ultra_restricted": True}, Standing.GUEST),
        ({"is_stranger": True}, Standing.OUTSIDER),
        ({"team_id": "T0OTHER"}, Standing.OUTSIDER),
        ({"team_id": None}, Standing.OUTSIDER),
        ({"team_id": "T0OTHER", "is_restricted": True}, Standing.OUTSIDER),
        ({"team_id": "T0GRID", "enterprise_user": {"enterprise_id": "E1", "teams": [TEAM]}}, Standing.MEMBER),
        ({"team_id": "T0GRID", "enterprise_user": {"enterprise_id": "E1", "teams": ["T0X"]}}, Standing.OUTSIDER),
        ({"team_id": "T0GRID", "enterprise_user": {"enterprise_id": "E1"}}, Standing.OUTSIDER),
        ({"id": "U2"}, Standing.UNKNOWN),
    ],
)
def test_an_account_is_what_slack_says_of_it(changes: dict[str, Any], standing: Standing):
    """Only an active, full member of this workspace is a MEMBER."""
    assert read({**MEMBER, **changes}, user=UserId("U1"), team=TEAM).standing is standing


def test_an_account_of_an_enterprise_grid_is_of_all_its_workspaces():
    """Its home, the others and the organisation, and no other: by each it may be named in what Slack sends."""
    grid = {"enterprise_id": "E1", "teams": [TEAM, "T0GRID3"]}
    person = read({**MEMBER, "team_id": "T0GRID2", "enterprise_user": grid}, user=UserId("U1"), team=TEAM)
    assert all(person.is_of(TeamId(team)) for team in (TEAM, "T0GRID2", "T0GRID3", "E1"))
    assert not any(person.is_of(TeamId(team)) for team in ("T0OTHER", "E2", ""))


def test_slackbot_is_a_bot_though_slack_denies_it():
    """Slack says `is_bot: false` of USLACKBOT."""
    found = {**MEMBER, "id": "USLACKBOT", "is_bot": False}
    assert read(found, user=UserId("USLACKBOT"), team=TEAM).standing is Standing.BOT


def test_an_empty_answer_is_nobody():
    """An answer without a user is no member."""
    assert read({}, user=UserId("U1"), team=TEAM).standing is Standing.UNKNOWN


@dataclass
class Side:
    """The sandbox, and people looked up there by a clock of ours."""

    slack: Sandbox
    people: SlackPeople
    channels: SlackChannels
    clock: FakeClock
    base_url: str
    store: FakeStore

    def asked(self, method: str) -> int:
        """Return how often the app called *method*."""
        return sum(1 for e in self.slack.site.exchanges.list() if e["what"] == method)


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    """A sandbox whose app may read users and channels."""
    scopes = ("chat:write", "users:read", "channels:read", "groups:read")
    async with Sandbox(App(scopes=scopes)) as slack, HttpClients().slack() as http:
        web = HttpClients().web(slack.app.bot_token, base_url=slack.api_url, session=http)
        clock = FakeClock()
        store = FakeStore(clock=clock)
        people = SlackPeople(web, team=TEAM, store=store, patience=10)
        yield Side(slack, people, SlackChannels(web, bot_name="snapshots", patience=10), clock, slack.api_url, store)


@pytest.mark.parametrize(
    ("who", "standing"),
    [
        ("ana", Standing.MEMBER),
        ("wim", Standing.MEMBER),
        ("gus", Standing.GUEST),
        ("gil", Standing.GUEST),
        ("otto", Standing.OUTSIDER),
        ("dora", Standing.DEACTIVATED),
        ("slackbot", Standing.BOT),
        ("deploybot", Standing.BOT),
    ],
)
async def test_everybody_in_the_workspace_is_told_apart(side: Side, who: str, standing: Standing):
    """One of each kind of account, asked from Slack."""
    user = UserId(side.slack.site.workspace.person(who).id)
    assert (await side.people.person(user)).standing is standing


async def test_nobody_is_unknown(side: Side):
    """An id that Slack doesn't know may do nothing."""
    assert (await side.people.person(UserId("U0NOBODY"))).standing is Standing.UNKNOWN


async def test_a_decision_asks_anew_and_fails_closed(side: Side):
    """A fresh look trusts no memory: where Slack doesn't answer, nobody is a member."""
    ana = UserId(side.slack.user("ana").id)
    assert (await side.people.person(ana)).standing is Standing.MEMBER
    await side.slack.fault("error_500", method="users.info", times=2)
    with pytest.raises(SlackUnavailable):
        await side.people.person(ana, fresh=True)
    assert (await side.people.person(ana)).standing is Standing.MEMBER
    side.slack.admin.change_person("ana", is_restricted=True)
    assert (await side.people.person(ana)).standing is Standing.MEMBER
    assert (await side.people.person(ana, fresh=True)).standing is Standing.GUEST


async def problem(side: Side, channel: ChannelId) -> str:
    """Return why *channel* can't be used, in words."""
    found = await side.channels.problem(channel)
    assert found is not None
    return worded(found)


falters = pytest.mark.parametrize("fault", FALTERS, ids=lambda f: f.get("error", f["name"]))


@falters
async def test_slack_is_asked_twice_and_then_it_is_slacks_fault(side: Side, fault: dict[str, Any]):
    """One failure decides nothing; two are no word about the person or the channel, and the words name Slack."""
    ana, ops = UserId(side.slack.user("ana").id), ChannelId("C00DWHOPS")
    await side.slack.fault(**fault, method="users.info")
    assert (await side.people.person(ana, fresh=True)).standing is Standing.MEMBER
    await side.slack.fault(**fault, method="users.info", times=9)
    with pytest.raises(SlackUnavailable) as e:
        await side.people.person(ana, fresh=True)
    assert say(e.value).startswith("Slack isn't answering the bot's question about who you are just now")
    await side.slack.fault(**fault, method="conversations.info")
    assert await side.channels.problem(ops) is None
    await side.slack.fault(**fault, method="conversations.info", times=9)
    assert (await problem(side, ops)).startswith("Slack isn't answering the bot's question about this")
    if not fault["name"].startswith("drop"):  # the HTTP client itself asks once more where a kept connection breaks
        assert (side.asked("users.info"), side.asked("conversations.info")) == (4, 4)


async def test_a_long_throttle_is_not_waited_for(side: Side):
    """Somebody waits for the answer: where Slack wants more time than they have, it is asked once."""
    await side.slack.fault("ratelimited", method="*", retry_after=30, times=2)
    with pytest.raises(SlackUnavailable):
        await side.people.person(UserId(side.slack.user("ana").id))
    assert "isn't answering" in await problem(side, OPS)
    assert (side.asked("users.info"), side.asked("conversations.info")) == (1, 1)


@pytest.mark.parametrize(
    ("code", "words"),
    [("missing_scope", "Slack refuses to tell the bot who you are"), ("invalid_auth", "An operator must fix that")],
)
async def test_a_bot_that_may_not_ask_blames_nobody_but_itself(side: Side, code: str, words: str):
    """What is wrong with the bot's token or scopes is no word about who clicked, and isn't tried twice."""
    await side.slack.fault("error", method="users.info", error=code)
    with pytest.raises(SlackRefused) as e:
        await side.people.person(UserId(side.slack.user("ana").id))
    assert words in say(e.value)
    assert side.asked("users.info") == 1


@pytest.mark.parametrize("code", ["missing_scope", "invalid_auth"])
async def test_a_bot_that_may_not_look_at_a_channel_names_the_operator(side: Side, code: str):
    """No other choice of the person's makes up for a scope or a token that was taken away."""
    await side.slack.fault("error", method="conversations.info", error=code)
    problem = await side.channels.problem(ChannelId("C00DWHOPS"))
    assert problem is not None
    assert "An operator must fix that (`snapshot-bot doctor` says how)" in worded(problem)


async def test_an_answer_without_the_person_is_no_answer(side: Side, monkeypatch: pytest.MonkeyPatch):
    """ok without a user, or with another one, says nothing of the one who was asked about."""

    async def hollow(**_: object) -> SimpleNamespace:
        return SimpleNamespace(data={"ok": True, "user": {"id": "U0OTHER"}})

    monkeypatch.setattr(side.people._client, "users_info", hollow)
    with pytest.raises(SlackUnavailable, match="without the user"):
        await side.people.person(UserId(side.slack.user("ana").id))


async def test_who_changed_is_asked_about_anew(side: Side):
    """Also where Slack was asked before they changed and answers after."""
    ana = UserId(side.slack.user("ana").id)
    await side.people.person(ana)
    side.slack.admin.change_person("ana", deleted=True)
    await side.people.forget(ana)
    assert (await side.people.person(ana)).standing is Standing.DEACTIVATED


async def test_a_slow_slack_is_no_answer(side: Side):
    """A person at a form waits two seconds at most, for both tries; a first that hangs leaves time for another."""
    ana, never, calls = UserId(side.slack.user("ana").id), asyncio.Event(), []

    class Hanging(AsyncWebClient):
        """A client whose first *hang* calls are never answered."""

        hang = 1

        async def users_info(self, *_: Any, user: str, **__: Any) -> Any:
            """Hang, or say that they are a member."""
            calls.append(user)
            if len(calls) <= self.hang:
                await never.wait()
            return SimpleNamespace(data={"ok": True, "user": {**MEMBER, "id": user}})

    client = Hanging("xoxb-hangs")
    people = SlackPeople(client, team=TEAM, store=side.store)
    assert (await people.person(ana)).standing is Standing.MEMBER  # in real time: less would fail on a busy machine
    client.hang = 4
    with pytest.raises(SlackUnavailable, match="TimeoutError"):
        await people.person(ana, fresh=True)
    assert len(calls) == 4


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("C00DWHOPS", None),
        ("C0GENERAL", None),
        ("C0DWHPRIV", None),
        ("C0DWHSECR", "I'm not in this channel: invite me with /invite @snapshots, or choose another."),
        ("C0NOWHERE", "I'm not in this channel: invite me with /invite @snapshots, or choose another."),
        ("C0PARTNER", "#partners is shared with another company. Choose a channel of your own."),
        ("C000000OLD", "#old is archived. Choose another channel."),
    ],
)
async def test_a_channel_is_checked_before_it_is_used(side: Side, channel: str, words: str | None):
    """A card that can't appear is refused with the way to fix it; details never go to another company."""
    problem = await side.channels.problem(ChannelId(channel))
    assert (problem and worded(problem)) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"name": "x", "is_private": True, "is_member": False}, "I'm not in this channel: invite me"),
        ({"name": "x", "is_read_only": True}, "nobody but its owners may post"),
        ({"name": "x", "is_pending_ext_shared": True}, "shared with another company"),
        ({"is_im": True}, "a direct message is no place"),
        ({"is_mpim": True}, "a direct message is no place"),
    ],
)
def test_more_reasons_against_a_channel(found: dict[str, Any], words: str, side: Side):
    """What the sandbox's channels don't have."""
    problem = side.channels._judge(found)
    assert problem is not None
    assert words in worded(problem)


async def test_a_channel_that_slack_says_nothing_about_is_refused(side: Side):
    """Unknown is no: it might be shared with another company."""
    await side.slack.fault("error_500", method="conversations.info", times=2)
    assert "Try again in a minute" in await problem(side, OPS)
    await side.slack.fault("error", method="conversations.info", error="unheard_of")
    assert "doesn't let me look" in await problem(side, OPS)


async def test_a_wrong_token_is_an_error_with_its_fix():
    """The operator reads which setting is wrong and where to find the right one."""
    async with Sandbox() as slack, HttpClients().slack() as http:
        web = HttpClients().web("xoxb-wrong", base_url=slack.api_url, session=http)
        with pytest.raises(ConfigError, match=r"SLACK_BOT_TOKEN \(invalid_auth\).*OAuth & Permissions"):
            await identity.connect(web)
        with pytest.raises(ConfigError, match=r"SLACK_APP_TOKEN \(invalid_auth\).*connections:write"):
            await identity.open_connection(web, "xapp-wrong")


async def test_slack_out_of_reach_is_nobodys_mistake():
    """No answer at the start is no wrong token."""
    async with Sandbox() as slack, HttpClients().slack() as http:
        web = HttpClients().web(slack.app.bot_token, base_url=slack.api_url, session=http)
        await slack.fault("error_500", method="auth.test")
        with pytest.raises(SlackUnavailable):
            await identity.connect(web)
        me = await identity.connect(web)
        assert (me.team, me.team_name, me.bot_id) == (TEAM, "Acme", slack.app.bot_id)


async def test_a_users_token_is_no_bots():
    """auth.test answers for any token; the bot needs its own."""
    async with Sandbox() as slack, HttpClients().slack() as http:
        web = HttpClients().web(slack.app.bot_token, base_url=slack.api_url, session=http)
        slack.app.bot_id = ""
        with pytest.raises(ConfigError, match="a user's token"):
            await identity.connect(web)


@pytest.mark.parametrize(
    ("url", "app_id"),
    [
        ("wss://x/link/?ticket=1&app_id=A012AB", "A012AB"),
        ("wss://x/link/?ticket=1&app_id=5fe3b1c2d4", ""),
        ("wss://x/link/?ticket=1", ""),
    ],
)
def test_only_an_app_id_is_taken_for_one(url: str, app_id: str):
    """What Slack puts into the socket's address may be a hash: compared with deliveries, it would refuse them all."""
    me = identity.Identity(TEAM, "Acme", UserId("UBOT"), "BBOT", "snapshots", "")
    assert identity.with_app_of(me, url).app_id == app_id
    assert identity.with_app_of(replace(me, app_id="A1SET"), url).app_id == "A1SET"


def test_what_somebody_calls_themselves_can_be_kept_and_shown():
    """Canonical, without half characters: these no database holds; a name of which nothing is left gives way."""
    profile = {"display_name": "\u200b\u202e", "real_name": "Ana\ud83d\n Requester\0"}
    person = read({**MEMBER, "profile": profile, "tz": "\ud800"}, user=UserId("U1"), team=TEAM)
    assert (person.name, person.zone) == ("Ana Requester", "\ufffd")


async def test_what_slack_said_outlives_the_process(side: Side):
    """After a restart nobody is asked about whom Slack spoke of that day, and their zone and locale are known."""
    ana = UserId(side.slack.user("ana").id)
    said = await side.people.person(ana)
    again = SlackPeople(side.people._client, team=TEAM, store=side.store, patience=10)
    assert await again.person(ana) == said
    assert said.zone == "Europe/Berlin"
    assert side.asked("users.info") == 1
    person = read({**MEMBER, "tz": "Asia/Tokyo", "locale": "ja-JP"}, user=UserId("U1"), team=TEAM)
    assert (person.zone, person.locale) == ("Asia/Tokyo", "ja-JP")


async def test_an_answer_from_before_a_change_is_not_kept(side: Side, monkeypatch: pytest.MonkeyPatch):
    """Slack answers late, and they were deactivated meanwhile: the next look asks again."""
    ana = UserId(side.slack.user("ana").id)

    async def late(user: str, **_: bool) -> SimpleNamespace:
        side.clock.advance(1)
        await side.people.forget(ana)
        return SimpleNamespace(data={"ok": True, "user": {**MEMBER, "id": user}})

    with monkeypatch.context() as patched:
        patched.setattr(side.people._client, "users_info", late)
        await side.people.person(ana)
    side.slack.admin.change_person("ana", deleted=True)
    assert (await side.people.person(ana)).standing is Standing.DEACTIVATED


async def test_a_database_in_trouble_keeps_nobody_from_being_known(side: Side, monkeypatch: pytest.MonkeyPatch):
    """Slack is asked each time, and waiting for a write that hangs ends soon."""
    ana = UserId(side.slack.user("ana").id)

    async def broken(*_: object, **__: object) -> None:
        raise StoreUnavailable("disk full", phrase=Phrase("database-closing"))

    async def hangs(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.slack.outbound.users._SAVING", 0.01)
    for write in (broken, hangs):
        monkeypatch.setattr(side.store, "save_person", write)
        monkeypatch.setattr(side.store, "person", broken)
        assert (await side.people.person(ana)).standing is Standing.MEMBER
    assert side.asked("users.info") == 2


async def test_all_who_wait_for_a_fresh_look_share_one_that_begins_after_they_asked(side: Side):
    """A hundred votes of one person's at once are two calls; one who goes away takes nothing from the others."""
    ana = UserId(side.slack.user("ana").id)
    first = asyncio.create_task(side.people.person(ana, fresh=True))
    await asyncio.sleep(0)
    others = [asyncio.create_task(side.people.person(ana, fresh=True)) for _ in range(100)]
    await asyncio.sleep(0)
    others[0].cancel()
    found = await asyncio.gather(first, *others[1:])
    assert {person.standing for person in found} == {Standing.MEMBER}
    assert side.asked("users.info") == 2
    await side.people.person(ana, fresh=True)
    assert side.asked("users.info") == 3


async def test_what_was_said_five_minutes_ago_is_old(side: Side):
    """To draw it will do until then."""
    ana = UserId(side.slack.user("ana").id)
    await side.people.person(ana)
    for seconds, asked in ((299, 1), (2, 2)):
        side.clock.advance(seconds)
        await side.people.person(ana)
        assert side.asked("users.info") == asked
