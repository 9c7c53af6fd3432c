"""Who is in which user group: the fake and the real one keep the same promises; what isn't said clearly isn't known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

pytest.register_assert_rewrite("tests.harness.contract_groups")

from bot.clients import HttpClients  # noqa: E402
from bot.core.errors import SlackUnavailable  # noqa: E402 -- the asserts of the suite are to explain themselves
from bot.core.groups import Groups  # noqa: E402
from bot.core.ids import Principal, PrincipalKind, TeamId, UserId  # noqa: E402
from bot.slack.outbound.usergroups import SlackGroups, read  # noqa: E402
from slack_sandbox import App, Sandbox  # noqa: E402
from slack_sandbox.faults import SlackFault  # noqa: E402
from slack_sandbox.waiting import PATIENCE  # noqa: E402
from tests.fakes.clock import FakeClock  # noqa: E402
from tests.fakes.slack import FakeGroups  # noqa: E402
from tests.fakes.store import FakeStore  # noqa: E402
from tests.harness.contract_groups import ANA, BEA, BEN, DBA, GroupsContract  # noqa: E402
from tests.harness.falters import FALTERS  # noqa: E402

TEAM = TeamId("T0000ACME")


class FakeSide:
    """The fake."""

    def __init__(self) -> None:
        self.groups = FakeGroups()
        self.set_dba(BEN, BEA)

    def set_dba(self, *members: UserId) -> None:
        self.groups.put(DBA.id, *members, handle="dba")

    def disable_dba(self) -> None:
        self.groups.put(DBA.id, BEN, BEA, handle="dba", is_enabled=False)

    def fall_silent(self) -> None:
        self.groups.gone = True

    def speak(self) -> None:
        self.groups.gone = False


class RealSide:
    """The real one in front of the sandbox, by a clock of ours; *patient* is another one, for calls that are held."""

    def __init__(self, slack: Sandbox, client: AsyncWebClient) -> None:
        self.slack, self.client, self.clock = slack, client, FakeClock()
        self.store = FakeStore(clock=self.clock)
        self.groups = SlackGroups(client, store=self.store, team=TEAM, patience=30)
        self.patient = SlackGroups(client, store=self.store, team=TEAM, patience=60)

    def set_dba(self, *members: UserId) -> None:
        self.slack.admin.set_group("dba", list(members))

    def disable_dba(self) -> None:
        self.slack.admin.disable_group("dba")

    def fall_silent(self) -> None:
        self.fault("error_500", times=99)

    def speak(self) -> None:
        self.slack.site.faults.clear()

    def fault(self, name: str, **terms: Any) -> None:
        """Let *name* strike the next calls."""
        self.slack.site.faults.add(SlackFault(name, method="usergroups.list", **terms))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What the calls so far had as arguments."""
        return [e["payload"] for e in self.slack.site.exchanges.list() if e["what"] == "usergroups.list"]

    async def until_held(self) -> None:
        """Wait until the sandbox holds a call."""
        faults = self.slack.site.faults
        await self.slack.site.workspace.changes.until(lambda: faults.held or None, PATIENCE)

    def answer(self, monkeypatch: pytest.MonkeyPatch, data: object) -> None:
        """Let Slack answer with *data* from now on."""

        async def answered(**_: object) -> SimpleNamespace:
            return SimpleNamespace(data=data)

        monkeypatch.setattr(self.client, "usergroups_list", answered)


class TestFakeGroups(GroupsContract):
    """The fake that other tests use."""

    @pytest.fixture
    def side(self) -> FakeSide:
        """A fake Slack with @dba."""
        return FakeSide()


@pytest.fixture
async def side() -> AsyncIterator[RealSide]:
    """A sandbox whose app may read user groups."""
    async with Sandbox(App(scopes=("usergroups:read",))) as slack, HttpClients().slack() as http:
        yield RealSide(slack, HttpClients().web(slack.app.bot_token, base_url=slack.api_url, session=http))


class TestSlackGroups(GroupsContract):
    """The Web API."""


# What Slack is asked, and when


async def test_one_call_asks_for_all_of_it(side: RealSide):
    """Members, how many there are, and disabled groups; of our workspace, where it is known which that is."""
    await side.groups.groups()
    unknown = SlackGroups(side.client, store=side.store)
    await unknown.groups(fresh=True)
    unknown.belong_to(TEAM)
    await unknown.groups(fresh=True)
    included = {"include_users": "1", "include_disabled": "1", "include_count": "1"}
    assert side.calls == [included | {"team_id": TEAM}, included, included | {"team_id": TEAM}]


async def test_drawing_asks_again_after_five_minutes(side: RealSide):
    """Deciding asks each time, and what it heard is good for drawing, too."""
    for seconds, fresh, calls in ((0, False, 1), (300, False, 1), (1, False, 2), (1, True, 3), (299, False, 3)):
        side.clock.advance(seconds)
        await side.groups.groups(fresh=fresh)
        assert len(side.calls) == calls


async def test_who_asks_while_a_call_runs_shares_the_next_one(side: RealSide):
    """What that call answers may be from before they asked; to draw it is good enough."""
    side.fault("hold")
    first = asyncio.create_task(side.patient.groups(fresh=True))
    await side.until_held()
    drawn = asyncio.create_task(side.patient.groups())
    others = [asyncio.create_task(side.patient.groups(fresh=True)) for _ in range(30)]
    await asyncio.sleep(0)
    assert len(side.calls) == 1
    side.slack.site.faults.release()
    before = await first
    side.set_dba(ANA)
    assert await drawn == before
    assert {groups.members(DBA) for groups in await asyncio.gather(*others)} == {frozenset({ANA})}
    assert len(side.calls) == 2


async def test_who_asks_at_once_shares_one_call(side: RealSide):
    """It hasn't begun yet for any of them."""
    await asyncio.gather(*(side.groups.groups(fresh=True) for _ in range(30)))
    assert len(side.calls) == 1


async def test_who_goes_away_takes_the_answer_from_nobody(side: RealSide):
    """Of those who wait for the call that runs, and for the next one; also where it is who asked first."""
    side.fault("hold")
    running = [asyncio.create_task(side.patient.groups()) for _ in range(3)]
    await side.until_held()
    waiting = [asyncio.create_task(side.patient.groups(fresh=True)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in (running[0], waiting[0]):
        task.cancel()
    await asyncio.gather(running[0], waiting[0], return_exceptions=True)
    side.slack.site.faults.release()
    answers = await asyncio.gather(*running[1:], *waiting[1:])
    assert [groups.has(DBA, BEN) for groups in answers] == [True] * 4
    assert len(side.calls) == 2


# Where Slack doesn't say


@pytest.mark.parametrize("fault", FALTERS, ids=lambda f: f.get("error", f["name"]))
async def test_slack_is_asked_twice(side: RealSide, fault: dict[str, Any]):
    """One failure decides nothing; after two nobody knows, and the next question is a call again."""
    side.fault(**fault)
    assert (await side.groups.groups(fresh=True)).has(DBA, BEN)
    side.fault(**fault, times=9)
    groups = await side.groups.groups(fresh=True)
    assert (groups.is_known, groups.has(DBA, BEN), groups.may_have(DBA, ANA)) == (False, False, True)
    side.speak()
    assert (await side.groups.groups(fresh=True)).has(DBA, BEN)


@pytest.mark.parametrize("code", ["missing_scope", "invalid_auth", "invalid_team", "surprise_of_2027"])
async def test_a_bot_that_may_not_ask_knows_nothing(side: RealSide, code: str):
    """It isn't asked a second time for the same answer."""
    side.fault("error", error=code)
    groups = await side.groups.groups(fresh=True)
    assert (groups.is_known, groups.is_unclear(DBA), groups.handle(DBA)) == (False, True, DBA.id)
    assert len(side.calls) == 1


async def test_a_plan_without_user_groups_has_none(side: RealSide):
    """That is known, and remembered like any answer."""
    side.slack.site.workspace.paid = False
    assert await side.groups.groups() == Groups()
    await side.groups.groups()
    assert len(side.calls) == 1


async def test_a_slack_that_hangs_is_no_answer(side: RealSide):
    """Two seconds for both tries; here less."""
    side.fault("hold", times=2)
    hasty = SlackGroups(side.client, store=side.store, team=TEAM, patience=0.05)
    assert not (await hasty.groups(fresh=True)).is_known


async def test_a_failure_is_no_answer_and_leaves_slack_in_peace(side: RealSide):
    """For two seconds nobody asks again to draw; deciding asks each time. An answer of before is none any more."""
    side.fault("error", error="missing_scope", times=2)
    for seconds, fresh, calls, known in (
        (0, False, 1, False),
        (2, False, 1, False),
        (0, True, 2, False),
        (2.1, False, 3, True),
        (299, False, 3, True),
    ):
        side.clock.advance(seconds)
        assert (await side.groups.groups(fresh=fresh)).is_known is known
        assert len(side.calls) == calls
    side.fault("error", error="missing_scope")
    assert not (await side.groups.groups(fresh=True)).is_known
    assert not (await side.groups.groups()).is_known
    side.clock.advance(2.1)
    assert (await side.groups.groups()).has(DBA, BEN)


async def test_slacks_own_time_is_kept_to(side: RealSide):
    """After a 429 nobody asks before it is over, in no process that shares the database."""
    side.fault("ratelimited", retry_after=30)
    other = SlackGroups(side.client, store=side.store, team=TEAM)
    assert not (await side.groups.groups(fresh=True)).is_known
    for seconds in (0, 29):
        side.clock.advance(seconds)
        assert not (await side.groups.groups(fresh=True)).is_known
        assert not (await other.groups(fresh=True)).is_known
    assert len(side.calls) == 1
    side.clock.advance(1)
    assert (await other.groups(fresh=True)).is_known
    assert (await side.groups.groups(fresh=True)).is_known


@pytest.mark.parametrize(
    "data",
    [
        {"ok": True},
        {"ok": True, "usergroups": {}},
        {"ok": True, "usergroups": ["S00000DBA"]},
        {"ok": True, "usergroups": [{"handle": "dba", "users": [], "user_count": 0, "date_delete": 0}]},
        [],
    ],
    ids=str,
)
async def test_nonsense_is_no_answer(side: RealSide, monkeypatch: pytest.MonkeyPatch, data: object):
    """A list that isn't one, or has something without an id: nobody knows which group that is."""
    side.answer(monkeypatch, data)
    groups = await side.groups.groups(fresh=True)
    assert (groups.is_known, groups.known) == (False, {})


# One group that isn't clear

WELL: dict[str, Any] = {"id": "S1", "handle": "dba", "users": ["U1", "W2"], "user_count": 2, "date_delete": 0}
S1 = Principal("S1", PrincipalKind.GROUP)


@pytest.mark.parametrize("changes", [{}, {"user_count": "2", "date_delete": "0"}], ids=str)
def test_a_group_is_what_slack_says_of_it(changes: dict[str, Any]):
    """Numbers come as numbers or as text, and people of an Enterprise Grid by W…"""
    groups = read([WELL | changes])
    assert groups.members(S1) == {"U1", "W2"}
    assert not groups.is_unclear(S1)


@pytest.mark.parametrize(
    "changes",
    [
        {"user_count": 3},
        {"user_count": 1},
        {"user_count": "two"},
        {"user_count": True},
        {"user_count": None},
        {"users": ["U1", "U1"]},  # one is missing
        {"users": None},
        {"users": "U1,W2"},
        {"users": ["U1", None]},
        {"users": ["U1", ""]},
        {"date_delete": None},
        {"date_delete": "never"},
        {"handle": None},
        {"handle": "\u200b"},
    ],
    ids=str,
)
def test_a_group_about_which_slack_contradicts_itself_is_not_known(changes: dict[str, Any]):
    """It gives nobody anything and may deny everybody something; the others are known."""
    other = WELL | {"id": "S2", "handle": "ops"}
    groups = read([WELL | changes, other])
    assert (set(groups.known), set(groups.unclear), groups.is_known) == ({"S2"}, {"S1"}, True)
    assert (groups.has(S1, UserId("U1")), groups.may_have(S1, UserId("U9")), groups.is_unclear(S1)) == (
        False,
        True,
        True,
    )
    assert groups.handle(S1) == ("S1" if "handle" in changes else "@dba")


def test_a_group_that_is_listed_twice_is_not_known():
    """Which of the two holds?"""
    groups = read([WELL, WELL | {"users": ["U3"], "user_count": 1}])
    assert (set(groups.known), set(groups.unclear)) == (set(), {"S1"})


def test_a_list_with_something_that_is_no_group_is_none():
    """Whichever it is may be any of those that are asked about."""
    with pytest.raises(SlackUnavailable):
        read([WELL, {"name": "nameless"}])


# The log


async def test_each_change_is_logged_once(side: RealSide, monkeypatch: pytest.MonkeyPatch):
    """Silence, a group that isn't clear, and that all is known again; a scope that is missing with what to do."""

    async def logged(times: int = 2) -> list[dict[str, Any]]:
        with capture_logs() as lines:
            for _ in range(times):
                await side.groups.groups(fresh=True)
        return [dict(line) for line in lines]

    assert await logged() == []  # nothing was wrong before
    side.fault("error", error="missing_scope", times=2)
    [line] = await logged()
    assert (line["event"], line["log_level"]) == ("group.unknown", "warning")
    assert "missing_scope" in line["error"]
    assert [line["event"] for line in await logged()] == ["group.known"]
    side.slack.app.scopes = ("chat:write",)
    [line] = await logged()
    assert "needs the scope usergroups:read" in line["error"]
    assert "manifest --with groups" in line["advice"]
    side.answer(monkeypatch, {"ok": True, "usergroups": [WELL | {"user_count": 9}]})
    [line] = await logged()
    assert (line["event"], line["groups"]) == ("group.unknown", ["S1"])
    side.answer(monkeypatch, {"ok": True, "usergroups": [WELL]})
    assert [line["event"] for line in await logged()] == ["group.known"]
