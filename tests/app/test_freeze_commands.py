"""`freeze`, `unfreeze`, `freezes`, and the closed windows of `rule`, as an operator types them."""

from __future__ import annotations

import json
import re

import pytest

from tests.app.test_scopes import said
from tests.harness.running import World, a_world


@pytest.fixture
async def world(tmp_path):
    """Both far ends, and no bot yet."""
    async with a_world(tmp_path, start=False) as world:
        world.environ["SNAPSHOT_BOT_TIMEZONE"] = "Europe/Berlin"
        yield world


async def rows(world: World, folder) -> list[dict[str, object]]:
    """Return the freezes that are on as scripts see them."""
    found: list[dict[str, object]] = json.loads(await said(world, folder, "freezes", "--json"))
    return found


async def test_a_freeze_says_all_that_it_does(world, tmp_path):
    """In the bot's zone; it is listed until it is ended, by its id or by what it is for."""
    told = await said(world, tmp_path, "freeze", "dwh-prod", "the move", "--until", "2099-12-31 18:00", "--refuse")
    assert re.fullmatch(
        r"dwh-prod: frozen until 2099-12-31 18:00 \(Europe/Berlin\): the move \(requests are refused; F-\w{8}\)\n"
        r"It holds no request now\.\n",
        told,
    ), told
    await said(world, tmp_path, "freeze", "*", "audit", "--break-glass-passes")
    one, every = await rows(world, tmp_path)
    assert (one["cluster"], one["until"], one["meanwhile"]) == ("dwh-prod", "2099-12-31T17:00:00+00:00", "refuse")
    assert (every["cluster"], every["until"], every["passes_break_glass"]) == ("every cluster", None, True)
    table = await said(world, tmp_path, "freezes")
    assert "until 2099-12-31 18:00 (Europe/Berlin)" in table
    assert "until somebody ends it" in table
    assert await said(world, tmp_path, "unfreeze", "DWH-prod") == f"dwh-prod: {one['id']} ended (the move)\n"
    assert (
        await said(world, tmp_path, "unfreeze", str(every["id"]).lower())
        == f"every cluster: {every['id']} ended (audit)\n"
    )
    assert "Nothing is frozen." in await said(world, tmp_path, "freezes")
    assert re.search(
        r"ended \d{4}-\d\d-\d\d \d\d:\d\d by \S+ on the command line", await said(world, tmp_path, "freezes", "--all")
    )
    recorded = await said(world, tmp_path, "audit", "show")
    assert "freeze.set" in recorded
    assert "freeze.ended" in recorded


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("dwh-prod", "it", "--until", "2020-01-01"), "2020-01-01 is over already, so nothing was changed."),
        (("dwh-prod", "it", "--until", "2027-03-28 02:30"), "doesn't exist in Europe/Berlin"),
        (("dwh-prod", "it", "--until", "soon"), "'soon' is no day and no moment."),
        (("dwh-prod", "it", "--for", "91d"), "'91d' is no length of time."),
        (("dwh-prod", "it", "--for", "3h", "--until", "mon 06:00"), "give one of them"),
        (("dwh-prod", "   "), "Say why: those whose requests wait read it."),
        (("dwh-nope", "it"), "No cluster is called dwh-nope."),
    ],
)
async def test_what_is_not_understood_freezes_nothing(world, tmp_path, args, words):
    """The message says what is wrong."""
    assert words in await said(world, tmp_path, "freeze", *args, code=1)
    assert await rows(world, tmp_path) == []


async def test_only_what_is_meant_exactly_is_ended(world, tmp_path):
    """A freeze of many stays where one of them is named, and the other way round."""
    await said(world, tmp_path, "freeze", "dwh-*", "the move", "--for", "3h")
    for written in ("dwh-prod", "*", "F-22222222"):
        told = await said(world, tmp_path, "unfreeze", written, code=1)
        assert f"No freeze of {written} is on." in told or "No cluster is called F-22222222" in told
    assert len(await rows(world, tmp_path)) == 1


async def test_closed_windows_are_shown_as_they_will_be(world, tmp_path):
    """The next five, by the wall clock of the rule's zone; none any more with `never`."""
    told = await said(
        world,
        tmp_path,
        "rule",
        "dwh-*",
        "--closed",
        "fri-sun 22:00-06:00",
        "--while-closed",
        "refuse",
        "--zone",
        "Asia/Tokyo",
    )
    assert "never Fri, Sat and Sun 22:00–06:00 (requests are refused then)" in told
    _, windows = told.split("Closed next (Asia/Tokyo):\n")
    lines = windows.splitlines()
    assert len(lines) == 5
    for line in lines:
        assert re.fullmatch(r"  (Fri|Sat|Sun) \d{4}-\d\d-\d\d 22:00 – (Sat|Sun|Mon) \d{4}-\d\d-\d\d 06:00", line), line
    told = await said(world, tmp_path, "rule", "dwh-*", "--closed", "never")
    assert "Closed next" not in told
    assert '"closed"' not in await said(world, tmp_path, "rules", "--json")


async def test_a_rule_that_never_opens_is_refused(world, tmp_path):
    """Nothing is saved."""
    args = ("rule", "dwh-*", "--hours", "mon 08:00-10:00", "--closed", "mon 07:00-12:00")
    assert "By this rule nothing could ever start" in await said(world, tmp_path, *args, code=1)
    assert json.loads(await said(world, tmp_path, "rules", "--json")) == []
