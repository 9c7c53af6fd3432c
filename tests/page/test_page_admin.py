"""An admin of a new workspace sets it up from Slack alone, in the browser: few clicks, and seen before it is saved."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from slack_sandbox.people import SlackUser
from tests.harness.browser import Tab
from tests.harness.running import World, a_world

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

MOST = 25  # clicks and entries


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        app = world.slack.app
        app.scopes = (*app.scopes, "usergroups:read")
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def slack(world):
    """Give the world's sandbox to the fixtures of browser.py."""
    return world.slack


class Hand:
    """What a person does, counted: each click, and each field into which something is typed."""

    def __init__(self, tab: Tab) -> None:
        self.tab, self.count = tab, 0

    async def click(self, what: Locator) -> None:
        self.count += 1
        await what.click()

    async def press(self, button: str) -> None:
        await self.click(self.tab.modal.last.get_by_role("button", name=button, exact=True))

    async def choose(self, field: str, option: str, *, typed: str = "") -> None:
        """Open a list, type into it where it is long, and take an option."""
        box = self.tab.modal.last.get_by_role("combobox", name=re.compile(rf"^{re.escape(field)}( \(optional\))?$"))
        await self.click(box)
        if typed:
            self.count += 1
            await box.fill(typed)
        await self.click(self.tab.page.get_by_role("option", name=option, exact=True))


async def ten(world: World) -> None:
    """Let there be a group of ten, and two teams who approve."""
    names = [f"engineer-{number}" for number in range(1, 11)]
    for number, name in enumerate(names):
        person = SlackUser(f"U0000ENG{number}", name, name.title(), "one of ten data engineers")
        world.slack.site.workspace.people[person.id] = person
    world.slack.admin.create_group("data-eng", names)
    world.slack.admin.create_group("security", ["ada", "dan"])


async def test_a_new_workspace_is_set_up_in_few_clicks(open_page, world):
    """A group may ask, production takes two stages; what each changes is said first, and it is so afterwards."""
    await ten(world)
    cleo = await open_page("cleo")
    hand = Hand(cleo)
    hand.count += 1
    await cleo.send("/snapshot admin")
    await expect(cleo.modal).to_contain_text("Rights")
    await cleo.scan()
    await cleo.shot("admin")
    await hand.press("Grant a right")
    await expect(cleo.modal.last).to_contain_text("What it changes")
    await hand.choose("Group, or everyone", "@data-eng", typed="data")
    await hand.choose("On", "dwh-*")
    await expect(cleo.modal.last).to_contain_text("gain request on")
    await cleo.scan()
    await cleo.shot("admin-grant")
    await hand.press("Save")
    await expect(cleo.modal.last).to_contain_text("@data-eng may request on dwh-*")
    await hand.press("Set the rule of some clusters")
    await expect(cleo.modal.last).to_contain_text("For which clusters?")
    box = cleo.modal.last.get_by_role("combobox")
    await hand.click(box)
    await hand.click(cleo.page.get_by_role("option", name="dwh-prod", exact=True))
    await expect(cleo.modal.last).to_contain_text("Stage 2")
    await hand.choose("Stage 1: by these groups", "@dba")
    await hand.choose("Stage 2", "one approval")
    await hand.choose("Stage 2: by these groups", "@security")
    await expect(cleo.modal.last).to_contain_text("A request there pings")
    await cleo.scan()
    await cleo.shot("admin-rule")
    await hand.press("Save")
    await expect(cleo.modal.last).to_contain_text("one approval by @dba, then one approval by @security")
    await cleo.shot("admin-done")
    assert hand.count <= MOST, hand.count
