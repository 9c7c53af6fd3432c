"""Deliveries for others stop at the door, answered in the form that their kind wants; who acts is read from ids."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt.response import BoltResponse

from bot.core.errors import BotError
from bot.core.ids import TeamId, UserId
from bot.slack.door.admission import Admission, refusal
from bot.slack.door.dispatch import parse
from bot.slack.door.identity import Identity
from tests.harness.slack_limits import check_view

US = Identity(
    team=TeamId("T0000ACME"),
    team_name="Acme",
    bot_user=UserId("UBOT"),
    bot_id="BBOT",
    bot_name="snapshots",
    url="",
    app_id="A1",
)
GRID = replace(US, enterprise="E1")


def whole(body: dict[str, Any]) -> dict[str, Any]:
    """Return *body* with what its kind can't be without, where it isn't what a test is about."""
    if "command" in body:
        return {"user_id": "U1", **body}
    if body["type"] == "event_callback":
        return {"event": {"type": "app_home_opened", "user": "U1"}, **body}
    view = {"view": {"id": "V1", "type": "modal", **(body.get("view") or {})}} if "view" in body else {}
    actions = [{"type": "button", "action_id": "approve"}]
    return {"actions": actions, **body, **view, "user": {"id": "U1", **(body.get("user") or {})}}


class Entrance:
    """An admission, and what went through it."""

    def __init__(self, identity: Identity = US) -> None:
        self.seen: set[str] = set()
        self.through = 0
        self.fails = False
        self.told: list[str] = []
        self.admission = Admission(identity, first_time=self._first_time, tell=lambda _, words: self.told.append(words))

    async def _first_time(self, key: str) -> bool:
        if self.fails:
            raise BotError("disk full")
        new = key not in self.seen
        self.seen.add(key)
        return new

    async def _next(self) -> BoltResponse:
        self.through += 1
        return BoltResponse(status=200, body="through")

    async def __call__(self, body: dict[str, Any]) -> BoltResponse:
        return await self.admission.check(parse(whole(body)), self._next)


@pytest.mark.parametrize(
    ("body", "through"),
    [
        ({"command": "/snapshot", "team_id": "T0000ACME", "api_app_id": "A1"}, True),
        ({"command": "/snapshot", "team_id": "T0000ACME"}, True),
        ({"command": "/snapshot", "team_id": "T0000ACME", "api_app_id": "A2"}, False),
        ({"command": "/snapshot", "team_id": "T0OTHER", "api_app_id": "A1"}, False),
        ({"command": "/snapshot", "api_app_id": "A1"}, False),
        ({"type": "block_actions", "team": {"id": "T0000ACME"}, "user": {"team_id": "T0OTHER"}}, True),
        ({"type": "block_actions", "team": {"id": "T0OTHER"}, "user": {"team_id": "T0OTHER"}}, False),
        ({"type": "block_actions", "team": None, "user": {}}, False),
        (
            {
                "type": "view_submission",
                "team": {"id": "T0OTHER"},
                "view": {"app_installed_team_id": "T0000ACME"},
            },
            True,
        ),
        ({"type": "event_callback", "team_id": "T0OTHER", "authorizations": [{"team_id": "T0000ACME"}]}, True),
        ({"type": "event_callback", "team_id": "T0000ACME", "authorizations": [{"team_id": "T0OTHER"}]}, False),
        ({"type": "block_actions", "team": {"id": "T0GRID2"}, "enterprise": {"id": "E1"}}, False),
    ],
)
async def test_only_our_own_installations_deliveries_get_through(body: dict[str, Any], through: bool):
    """App and installation must be ours; where the person is at home is decided later, with words for them."""
    door = Entrance()
    await door(body)
    assert bool(door.through) is through


async def test_an_org_wide_installation_is_known_by_its_enterprise():
    """In Enterprise Grid the payload's team may be null or another workspace of the same organisation."""
    door = Entrance(GRID)
    await door({"type": "block_actions", "team": None, "enterprise": {"id": "E1"}})
    await door({"type": "block_actions", "team": {"id": "T0GRID2"}, "enterprise": {"id": "E1"}})
    assert door.through == 2
    await door({"type": "block_actions", "team": {"id": "T0GRID2"}, "enterprise": {"id": "E2"}})
    assert door.through == 2


async def test_an_event_comes_in_once():
    """Slack delivers again with the same event id; where it can't be remembered, Slack shall try again."""
    door = Entrance()
    event = {
        "type": "event_callback",
        "team_id": "T0000ACME",
        "event_id": "Ev1",
        "event": {"type": "app_home_opened", "user": "U1"},
    }
    assert [(await door(event)).status for _ in range(2)] == [200, 200]
    assert door.through == 1
    door.fails = True
    assert (await door(event)).status == 503


@pytest.mark.parametrize(
    "what", ["command", "view_submission", "block_suggestion", "block_actions", "shortcut", "event"]
)
def test_a_refusal_has_the_form_that_slack_wants(what: str):
    """A wrong form shows "We had some trouble connecting" to the person who clicked."""
    answer = refusal(what, "Not here.")
    assert answer.status == 200
    match what:
        case "command":
            assert json.loads(answer.body)["response_type"] == "ephemeral"
        case "view_submission":
            assert json.loads(answer.body)["response_action"] == "update"
            check_view(json.loads(answer.body)["view"])
        case "block_suggestion":
            assert json.loads(answer.body) == {"options": []}
        case _:
            assert answer.body == ""


def test_kinds():
    """What is delivered, for the metrics: a few words, whatever Slack sends."""
    assert parse(whole({"command": "/snapshot", "type": "x"})).kind == "command"
    assert parse(whole({"type": "event_callback"})).kind == "event"
    assert parse(whole({"type": "view_closed", "view": {}})).kind == "view_closed"
    assert parse({"type": "brand_new"}).kind == "other"


@pytest.mark.parametrize(
    ("identity", "body", "team"),
    [
        (US, {"user": {"id": "U1", "team_id": "T0000ACME"}}, "T0000ACME"),
        (US, {"user": {"id": "U1", "team_id": "T0OTHER"}, "team": {"id": "T0000ACME"}}, "T0OTHER"),
        (US, {"user": {"id": "U1"}, "team": {"id": "T0000ACME"}}, ""),
        (US, {"user_id": "U1", "team_id": "T0000ACME", "user_name": "U2"}, "T0000ACME"),
        (US, {"event": {"type": "app_home_opened", "user": "U1"}, "team_id": "T0000ACME"}, "T0000ACME"),
        (US, {"user": {"id": "U1", "team_id": "T0GRID2"}, "enterprise": {"id": "E1"}}, "T0GRID2"),
        (GRID, {"user": {"id": "U1", "team_id": "T0GRID2"}, "enterprise": {"id": "E1"}}, "T0GRID2"),
        (GRID, {"user": {"id": "U1", "team_id": "T0GRID2"}, "enterprise": {"id": "E2"}}, "T0GRID2"),
        (GRID, {"user": {"id": "U1"}, "enterprise": {"id": "E1"}}, ""),
    ],
)
def test_who_acts_is_read_from_ids_alone(identity: Identity, body: dict[str, Any], team: str):
    """The actor's home team, not where they clicked; without one, nobody's."""
    kind = "block_actions" if "user" in body else "event_callback" if "event" in body else "command"
    delivery = parse(whole({"command": "/snapshot", **body} if kind == "command" else {"type": kind, **body}))
    actor = identity.actor(delivery)
    assert (actor.user, actor.team) == ("U1", team)
