"""Freezes in administration: made and ended by admins alone, of what is theirs, once, and never by what is forged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.approval import Meanwhile
from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.ids import FreezeId
from bot.core.scope import Scope
from bot.slack.drawing import names
from slack_sandbox import payloads
from slack_sandbox.sandbox import Modal
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox

MONDAY = datetime(2026, 11, 30, 5, tzinfo=UTC)  # 06:00 in Berlin, where everybody of the sandbox is


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with bot_in_sandbox(rights=ON_PROD, rate_limits=False) as running:
        await running.inventory.clusters()
        yield running


def scope(bot: Bot, name: str) -> Scope:
    return Scope.of(next(c for c in bot.cloud.known_clusters.values() if c.name == name).ref)


def on(bot: Bot) -> list[Freeze]:
    return [f for f in bot.store.frozen.values() if f.is_on(bot.clock.now())]


def put(bot: Bot, number: int = 1, of: Scope | None = None, **changes: Any) -> Freeze:
    """Freeze dwh-prod as ben, without a word."""
    at = bot.clock.now() + timedelta(seconds=number)
    freeze = Freeze(FreezeId(f"F-{number}"), of or scope(bot, "dwh-prod"), f"quarter {number}", "U00000BEN", at, MONDAY)
    bot.store.frozen[freeze.id] = replace(freeze, **changes)
    return bot.store.frozen[freeze.id]


def admin_of_dev(bot: Bot, who: str = "dan") -> None:
    """Make *who* an admin of dwh-dev alone."""
    bot.grant(who, Role.ADMIN, next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-dev"))


async def opened(bot: Bot, who: str = "cleo") -> Modal:
    """Open the overview and return it."""
    modal = await bot.slack.user(who).command("/snapshot admin")
    await modal.wait_for("Freezes")
    return modal


async def form_of(bot: Bot, overview: Modal, who: str = "cleo") -> Modal:
    """Open the form and return it."""
    user = bot.slack.user(who)
    await user.click(overview, "Freeze…")
    return await user.wait_for_modal("Requests meanwhile")


def clicked(bot: Bot, who: str, action: str, value: str) -> dict[str, Any]:
    """Return a click that *who* forges."""
    person = bot.slack.site.workspace.person(who)
    view = {"id": "V1", "type": "modal", "callback_id": names.ADMIN_OVERVIEW, "private_metadata": "0:0:", "blocks": []}
    return {
        "type": "block_actions",
        "team": {"id": "T0000ACME"},
        "user": {"id": person.id, "team_id": person.team_id},
        "view": view | {"state": {"values": {}}},
        "trigger_id": "1.2.3",
        "actions": [{"type": "button", "action_id": action, "value": value}],
    }


def sent(bot: Bot, who: str, value: str) -> dict[str, Any]:
    """Return a form of a freeze of *value* that *who* forges."""
    chosen = {"type": "external_select", "selected_option": {"value": value}}
    reason = {"type": "plain_text_input", "value": "forged"}
    values = {"on": {names.ADMIN_SCOPE: chosen}, "reason": {names.ANSWER: reason}}
    forged = clicked(bot, who, "", "")
    del forged["actions"]
    view = forged["view"] | {"callback_id": names.ADMIN_FREEZE_FORM, "state": {"values": values}}
    view["blocks"] = [{"type": "input", "block_id": "on"}]
    return forged | {"type": "view_submission", "view": view}


async def test_an_admin_freezes_and_ends(bot: Bot):
    """Wall times are of their zone; it says what it holds, which goes on afterwards; both are on record."""
    ana = bot.slack.user("ana")
    await ana.command_reply("/snapshot create dwh-prod before-1")
    await bot.tell()
    card = await ana.channel("dwh-ops").wait_for("before-1")
    overview = await opened(bot)
    assert "Freezes · 0" in overview.text
    form = await form_of(bot, overview)
    await form.enter("On", "dwh-*", search="dwh")
    await form.enter("Until", "Mon 06:00")
    await form.enter("Reason", "quarter\u200b <!channel> *end*")
    await form.enter("Besides", ["Break-glass passes it"])
    done = await form.submit()
    assert not done.errors, done.errors
    await overview.wait_for("is frozen until")
    await overview.wait_for("Freezes · 1")
    assert f"It holds one request: {bot.newest().id}." in overview.text
    cleo = bot.slack.user("cleo")
    shown = f"{overview.target(cleo).blocks}"
    assert "requests wait; break-glass passes it" in shown
    assert "<!channel>" not in shown
    assert "&lt;!channel&gt;" in shown
    (freeze,) = on(bot)
    assert (freeze.scope, freeze.reason) == (Scope(cluster="dwh-*"), "quarter <!channel> *end*")
    assert (freeze.until, freeze.meanwhile, freeze.passes_break_glass) == (MONDAY, Meanwhile.HOLD, True)
    await bot.tell()
    assert "Frozen by @cleo" in card.text
    await cleo.click(overview, "End")
    await overview.wait_for("is ended.")
    await overview.wait_for("Freezes · 0")
    await bot.tell()
    assert "Frozen" not in card.text
    made = [(e.action, e.actor, e.team) for e in bot.store.log if e.action.startswith("freeze.")]
    assert made == [("freeze.set", cleo.id, "T0000ACME"), ("freeze.ended", cleo.id, "T0000ACME")]


async def test_requests_are_refused_for_a_length_of_time(bot: Bot):
    """As the form says; the cluster's name is kept with it."""
    overview = await opened(bot)
    form = await form_of(bot, overview)
    await form.enter("On", "dwh-prod", search="prod")
    await form.enter("Until", "3h")
    await form.enter("Reason", "the move")
    await form.enter("Requests meanwhile", "are refused")
    assert not (await form.submit()).errors
    await overview.wait_for("requests are refused")
    (freeze,) = on(bot)
    assert (freeze.scope, freeze.cluster_name) == (scope(bot, "dwh-prod"), "dwh-prod")
    assert (freeze.until, freeze.meanwhile) == (freeze.set_at + timedelta(hours=3), Meanwhile.REFUSE)


async def test_without_an_end_it_is_on_until_somebody_ends_it(bot: Bot):
    """So the field is empty, and the line says so."""
    overview = await opened(bot)
    form = await form_of(bot, overview)
    await form.enter("On", "every cluster", search="every")
    await form.enter("Reason", "incident")
    assert not (await form.submit()).errors
    await overview.wait_for("until somebody ends that: incident")
    assert [f.until for f in on(bot)] == [None]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("soon", "'soon' is no day and no moment."),
        ("2020-01-01 10:00", "2020-01-01 10:00 is over already"),
        ("91d", "'91d' is no length of time."),
        ("2027-03-28 02:30", "doesn't exist in Europe/Berlin"),
    ],
)
async def test_a_mistake_is_said_on_its_field(bot: Bot, typed: str, said: str):
    """All of them at once; nothing is kept, and what was typed stays."""
    form = await form_of(bot, await opened(bot))
    await form.enter("On", "dwh-prod", search="prod")
    await form.enter("Until", typed)
    await form.enter("Reason", "\u200b\u2060")
    done = await form.submit()
    assert set(done.errors) == {"ends", "reason"}
    assert said in done.errors["ends"]
    assert "Say why" in done.errors["reason"]
    assert form.value("Until") == typed
    assert bot.store.frozen == {}


async def test_an_admin_of_one_cluster_sees_and_reaches_it_alone(bot: Bot):
    """Others' freezes aren't there; a form or a button that is forged changes nothing and says nothing more."""
    admin_of_dev(bot)
    mine = put(bot, 2, scope(bot, "dwh-dev"))
    theirs = [put(bot), put(bot, 3, Scope()), put(bot, 4, Scope(cluster="dwh-*"))]
    overview = await opened(bot, "dan")
    assert "Freezes · 1" in overview.text
    assert "quarter 2" in overview.text
    assert "dwh-prod" not in overview.text
    form = await form_of(bot, overview, "dan")
    assert await form.search("On", "") == ["dwh-dev"]
    for value in (str(scope(bot, "dwh-prod")), "*", "dwh-*", "default/nowhere"):
        answer = await bot.deliver(sent(bot, "dan", value))
        assert "no such clusters of which you are an admin" in (answer.body or "")
    assert "Choose for which clusters" in str((await bot.deliver(sent(bot, "dan", "//"))).body)
    for freeze in (*theirs, replace(mine, id=FreezeId("F-404"))):
        await bot.deliver(clicked(bot, "dan", names.ADMIN_END_FREEZE, freeze.id))
        await bot.idle()
    assert on(bot) == [mine, *theirs]
    assert {e.action for e in bot.store.log if e.actor == bot.slack.user("dan").id} == {"freeze.refused"}
    await bot.slack.user("dan").click(overview, "End")
    await overview.wait_for("is ended.")
    assert on(bot) == theirs


@pytest.mark.parametrize("who", ["ana", "gil", "otto"])
@pytest.mark.parametrize("entry", ["form", "send", "end"])
async def test_nobody_else_reaches_any_of_it(bot: Bot, who: str, entry: str):
    """A member, a guest, an outsider: nothing is changed or told, and the refusal is on record."""
    freeze = put(bot)
    match entry:
        case "send":
            body = sent(bot, who, str(freeze.scope))
        case "end":
            body = clicked(bot, who, names.ADMIN_END_FREEZE, freeze.id)
        case _:
            body = clicked(bot, who, names.ADMIN_FREEZE, "")
    answer = await bot.deliver(body)
    await bot.idle()
    told = f"{answer.body} {bot.slack.user(who).notices}"
    assert "dwh-prod" not in told
    assert "quarter" not in told
    assert on(bot) == [freeze]
    person = bot.slack.site.workspace.person(who)
    assert [e.action for e in bot.store.log if e.actor == person.id] == ["administration.refused"]


async def test_a_right_that_was_taken_meanwhile_is_none(bot: Bot):
    """The form and the button were shown to an admin, and used by none."""
    admin_of_dev(bot)
    freeze = put(bot, 1, scope(bot, "dwh-dev"))
    overview = await opened(bot, "dan")
    form = await form_of(bot, overview, "dan")
    await form.enter("On", "dwh-dev", search="dev")
    await form.enter("Reason", "mine")
    bot.store.given = [g for g in bot.store.given if g.role is not Role.ADMIN]
    await form.submit()
    await bot.deliver(clicked(bot, "dan", names.ADMIN_END_FREEZE, freeze.id))
    await bot.idle()
    assert on(bot) == [freeze]
    await bot.slack.user("dan").click(overview, "End")
    await bot.idle()
    assert "quarter" not in overview.text
    assert "There is no such cluster that you may ask for." in overview.text
    assert on(bot) == [freeze]


async def test_two_presses_freeze_once(bot: Bot):
    """Also when the second comes after the freeze was ended."""
    form = await form_of(bot, await opened(bot))
    await form.enter("On", "dwh-dev", search="dev")
    await form.enter("Reason", "once")
    cleo = bot.slack.user("cleo")
    payload = payloads.view_submission(bot.slack.site, bot.slack.site.workspace.person("cleo"), form.target(cleo))
    await asyncio.gather(*(bot.slack.send("interactive", payload) for _ in range(2)))
    await bot.idle()
    (freeze,) = on(bot)
    bot.store.frozen[freeze.id] = replace(freeze, ended_at=bot.clock.now(), ended_by="U00000BEN")
    await bot.slack.send("interactive", payload)
    assert on(bot) == []
    assert len([e for e in bot.store.log if e.action == "freeze.set"]) == 1


async def test_an_end_by_another_or_by_itself_is_told_as_such(bot: Bot):
    """Nothing is recorded, and who ended it, if anybody did, is named."""
    freeze = put(bot)
    cleo = bot.slack.user("cleo")
    overview = await opened(bot)
    bot.store.frozen[freeze.id] = replace(freeze, ended_at=bot.clock.now(), ended_by="U00000BEN")
    await cleo.click(overview, "End")
    await overview.wait_for("The freeze of *dwh-prod*")
    assert "was over already: @ben ended it" in overview.text
    put(bot)
    overview = await opened(bot)
    bot.store.frozen[freeze.id] = replace(freeze, until=bot.clock.now())
    await cleo.click(overview, "End")
    await overview.wait_for("was over already.")
    assert not [e for e in bot.store.log if e.action == "freeze.ended"]


async def test_many_are_bounded_and_searched(bot: Bot):
    """Ten, the newest first, and how many more; those of a cluster alone where it is searched."""
    for number in range(12):
        put(bot, number, scope(bot, "dwh-dev"))
    put(bot, 12)
    overview = await opened(bot)
    await overview.wait_for("Freezes · 13")
    assert "3 more" in overview.text
    assert "quarter 12" in overview.text
    assert "quarter 2 " not in overview.text
    await overview.enter(names.ADMIN_ABOUT, "dwh-prod", search="prod")
    await overview.wait_for("Only what is about")
    assert "Freezes · 1*" in overview.text
    assert "quarter 11" not in overview.text
