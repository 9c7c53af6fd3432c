"""Snapshots for later from Slack: the form's day and time, `at 02:00`, and what people read of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.events import Hold
from bot.core.grants import Role
from bot.core.request import State
from bot.slack.handlers.leading import CREATE, leading
from tests.fakes.slack_bot import ON_PROD, Bot, Right

# the sandbox begins on Monday, 2026-11-23, 14:05 UTC, which is 15:05 in Berlin, where everybody is
TONIGHT = datetime(2026, 11, 24, 1, tzinfo=UTC)


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana may ask for dwh-prod, ben approves it."""
    return ON_PROD


async def later_form(bot: Bot, who: str = "ana"):
    form = await bot.slack.user(who).command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(When="at another time")
    await bot.idle()
    return form


async def test_day_and_time_are_in_ones_own_zone(bot: Bot):
    """The hint names it; the name that is suggested goes by that time; wall time and zone are kept."""
    form = await later_form(bot)
    assert "In Europe/Berlin, your time zone in Slack" in form.text
    await form.fill(Day="2026-11-24")
    await form.fill(Time="02:00")
    await bot.idle()
    assert form.placeholder("Name") == "dwh-prod-20261124-010000"  # UTC, as all names are
    sent = await form.submit()
    assert sent.errors == {}
    request = bot.newest()
    assert request.start
    assert (str(request.start), request.start.at) == ("2026-11-24 02:00 Europe/Berlin", TONIGHT)
    assert (request.name, request.state) == ("dwh-prod-20261124-010000", State.WAITING)
    assert "(2026-11-24 02:00 Europe/Berlin) if it is approved by then." in form.text


async def test_back_to_now_is_as_if_nothing_had_been_chosen(bot: Bot):
    """The fields go, and so does the name for that time."""
    form = await later_form(bot)
    await form.fill(Day="2026-11-24", Time="02:00")
    await bot.idle()
    await form.fill(When="now")
    await bot.idle()
    assert "Europe/Berlin" not in form.text
    assert form.placeholder("Name").startswith("dwh-prod-20261123-1405")
    assert (await form.submit()).errors == {}
    assert bot.newest().start is None


async def test_the_choice_comes_before_the_cluster_as_well(bot: Bot):
    """Whichever is chosen first; what was put in stays."""
    bot.grant("ana", Role.REQUEST, next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-dev"))
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(When="at another time")
    await bot.idle()
    await form.fill(Day="2026-11-24", Time="02:00")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert (form.value("Day"), form.value("Time")) == ("2026-11-24", "02:00")
    assert form.placeholder("Name") == "dwh-prod-20261124-010000"
    assert (await form.submit()).errors == {}
    assert bot.newest().start


@pytest.mark.parametrize(
    ("day", "time", "errors"),
    [
        ("2026-11-22", "02:00", {"day": "2026-11-22 02:00 is over already in Europe/Berlin."}),
        ("2026-11-23", "15:05", {"time": "2026-11-23 15:05 is over already in Europe/Berlin."}),
        ("2027-11-23", "15:05", {"day": "2027-11-23 15:05 is too far ahead: 90 days at most."}),
    ],
)
async def test_a_time_that_cannot_be_is_an_error_on_its_field(bot: Bot, day, time, errors):
    """And what was put in stays."""
    form = await later_form(bot)
    await form.fill(Day=day, Time=time)
    await bot.idle()
    sent = await form.submit()
    assert sent.errors == errors
    assert form.value("Day") == day
    assert bot.store.requests == {}


async def test_an_hour_that_the_clock_skips_is_said_in_the_form(bot: Bot):
    """On the field, with the zone."""
    bot.clock.advance((datetime(2027, 3, 20, tzinfo=UTC) - bot.clock.now()).total_seconds())
    form = await later_form(bot)
    await form.fill(Day="2027-03-28", Time="02:30")
    await bot.idle()
    assert (await form.submit()).errors == {
        "time": "'2027-03-28 02:30' doesn't exist in Europe/Berlin: the clock goes forward then."
    }


async def test_it_says_when_on_its_card(bot: Bot):
    """While it waits, to who decides, and once it is approved: in each reader's zone, with the time that was meant."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    said = (await ana.command_reply("/snapshot create dwh-prod nightly-1 at 02:00 Before the migration")).text
    assert "2026-11-24 02:00 Europe/Berlin" in said
    request = bot.newest()
    assert (request.name, request.description, request.start and request.start.at) == (
        "nightly-1",
        "Before the migration",
        TONIGHT,
    )
    await bot.tell()
    card = await ben.channel("dwh-ops").wait_for("nightly-1")
    assert "Starts" in card.text
    assert "2026-11-24 02:00 Europe/Berlin" in card.text
    await ben.click(card, "Approve")
    assert bot.newest().state is State.APPROVED


async def test_the_documents_show_it_as_it_is(bot: Bot):
    """What is typed and what is answered, with times as in UTC."""
    _, typed, shown = (
        (Path(__file__).parents[2] / "docs" / "later.md").read_text().split("```")[1].partition("/snapshot create")
    )
    line, _, answer = shown.partition("\n\n")
    said = (await bot.slack.user("ana").command_reply(f"{typed}{line}")).text
    assert re.sub("R-[0-9A-Z]{4,}", "R-…", re.sub("[*`]", "", said)) == answer.strip()


@pytest.mark.parametrize(
    ("words", "found", "rest"),
    [
        ("at 02:00 Before the migration", "02:00", "Before the migration"),
        ("AT mon 06:00", "mon 06:00", ""),
        ("at 2026-12-31 18:00 at last", "2026-12-31 18:00", "at last"),
        ("at 02:00 at 03:00 twice", "02:00", "at 03:00 twice"),
        ("at last", None, "at last"),
        ("at money 12:00", None, "at money 12:00"),
        ("at 12 o'clock", None, "at 12 o'clock"),
        ("at 02:00h it rains", None, "at 02:00h it rains"),
        ("Before, at 02:00", None, "Before, at 02:00"),
        ("", None, ""),
    ],
)
def test_a_time_counts_only_before_the_description(words, found, rest):
    """And only where it looks like one; a word that merely begins a description stays there."""
    assert leading(words, CREATE) == ({"at": found} if found else {}, rest)


async def test_a_description_that_begins_with_at(bot: Bot):
    """Stays one."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1 at last")
    assert (bot.newest().description, bot.newest().start) == ("at last", None)


async def test_a_time_that_is_none_is_said(bot: Bot):
    """With the forms that are understood; nothing is kept."""
    said = (await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1 at 25:00 x")).text
    assert "'25:00' is no time at which something can start. Write 02:00," in said
    assert bot.store.requests == {}


async def test_without_a_zone_of_ones_own_the_bots_is_said(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Aloud, where Slack names none that is known here: in the form and in the answer."""
    monkeypatch.setattr("slack_sandbox.people.zone_fields", lambda name, now: {"tz": "Mars/Olympus"})
    form = await later_form(bot)
    assert "In UTC: Slack names no time zone of yours" in form.text
    said = (await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1 at 02:00")).text
    assert "Slack names no time zone of yours, so the time is one of UTC." in said
    assert bot.newest().start
    assert str(bot.newest().start) == "2026-11-24 02:00 UTC"


async def test_it_is_moved_in_the_review_and_on_home(bot: Bot):
    """With a form that has its time; whose approval falls is said there, and the card says when it starts now."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    await ana.command_reply("/snapshot create dwh-prod nightly-1 at 02:00")
    await bot.tell()
    card = await ben.channel("dwh-ops").wait_for("nightly-1")
    await ben.click(card, "Approve")
    held = bot.newest()
    bot.store.requests[held.id] = replace(held, hold=Hold.HOURS, why=held.start.why if held.start else None)
    await bot.tell()
    assert "(2026-11-24 02:00 Europe/Berlin)" in card.text
    home = await ana.home()
    await home.wait_for("nightly-1")
    form = await ana.click_for_modal(home, "Move…")
    assert (form.value("Day"), form.value("Time")) == ("2026-11-24", "02:00")
    assert "approved it as it is: that approval falls" in form.text
    await form.fill(Time="03:00")
    assert (await form.submit()).errors == {}
    await bot.idle()
    moved = bot.newest()
    assert moved.start
    assert (str(moved.start), moved.state) == ("2026-11-24 03:00 Europe/Berlin", State.WAITING)
    await bot.tell()
    assert "must look again" in card.text
    assert "It starts" in card.text
    form = await ana.click_for_modal(await ana.click_for_modal(card, "Review…"), "Move…")
    await form.fill(Day="2026-11-20")
    assert (await form.submit()).errors == {"day": "2026-11-20 03:00 is over already in Europe/Berlin."}
