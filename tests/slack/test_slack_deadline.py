"""Slack waits three seconds: answers to forms and lists are on their way before, no matter who else is slow."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from bot.core.errors import StoreUnavailable
from bot.core.ids import RequestId, TeamId, UserId
from bot.core.person import Person, Standing
from bot.core.phrase import Phrase
from tests.fakes.slack_bot import Bot


async def test_a_refused_form_is_answered_though_nobody_knows_names(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """A lost right is said on its field in time; who can give it back has no name there while Slack is slow."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod", Name="before-migration-42")
    await bot.idle()
    bot.store.given.clear()
    slow, person = asyncio.Event(), bot.edge.people.person

    async def some_are_slow(user: UserId, *, fresh: bool = False) -> Person:
        if user != bot.slack.user("ana").id:
            await slow.wait()
        return await person(user, fresh=fresh)

    monkeypatch.setattr(bot.edge.people, "person", some_are_slow)
    async with asyncio.timeout(30):
        sent = await form.submit()
    slow.set()
    await bot.idle()
    assert sent.errors["cluster"] == "There is no such cluster that you may ask for. U0000CLEO can give you that right."


async def test_a_list_that_takes_too_long_is_empty_in_time(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """An external select that is answered late shows Slack's own error; an empty list can be typed into again."""
    form = await bot.slack.user("ana").command("/snapshot")
    never = asyncio.Event()

    async def slow(*_: Any, **__: Any) -> list[Any]:
        await never.wait()
        return []

    monkeypatch.setattr(bot.inventory, "clusters", slow)
    bot.hurry(0.05)
    with capture_logs() as logs:
        assert await form.search("Cluster", "dwh") == []
    assert [e["event"] for e in logs] == ["options.failed"]
    answers = bot.metrics.answers()
    assert answers["newest"]["late"] == 1
    assert (answers["last_failed"]["kind"], answers["last_failed"]["error"]) == ("block_suggestion", "TooSlow")
    assert answers["slowest_seconds"] >= 0.05


async def test_what_could_not_be_saved_counts_as_a_failed_answer(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """A person who is told to try again was failed by us; one who may not was refused."""

    async def full(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("disk full", phrase=Phrase("fault"))

    await bot.slack.user("ben").command_reply("/snapshot create dwh-prod before-migration-42")
    monkeypatch.setattr(bot.store, "add", full)
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration-42")
    answers = bot.metrics.answers()
    assert (answers["newest"]["refused"], answers["newest"]["failed"]) == (1, 1)
    assert answers["last_failed"] == {
        "at": bot.clock.now().isoformat(),
        "kind": "command",
        "error": "StoreUnavailable",
    }


async def test_logs_say_which_request_a_click_is_about(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Whatever is logged of a click or a sent form carries the request's id, also in the work that goes on after it."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration-42")
    await bot.tell()
    seen: list[dict[str, Any]] = []

    async def person(user: UserId, *, fresh: bool = False) -> Person:
        seen.append(dict(get_contextvars()))
        return Person(user, TeamId("T0000ACME"), Standing.MEMBER, "somebody")

    monkeypatch.setattr(bot.edge.people, "person", person)
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✔ Approve…")
    await form.submit()
    await bot.idle()
    about = RequestId(bot.newest().id)
    assert {s["delivery"] for s in seen} == {"block_actions", "view_submission"}
    assert {s["request_id"] for s in seen} == {about}
    seen.clear()
    await ben.command_reply("/snapshot help")
    assert {s["delivery"] for s in seen} == {"command"}
    assert not any("request_id" in s for s in seen)
