"""A rule with two stages and groups, as people see it in the browser: whose turn it is, why me, why not yet."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from bot.admin import administering
from bot.rule_options import stage
from bot.scopes import holder
from tests.harness.browser import Tab
from tests.harness.running import World, a_world

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

DBA = "S00000DBA"  # the sandbox's @dba: ben and bea


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


async def two_teams(world: World) -> None:
    """Let one of @dba, then one of @security approve dwh-prod, as an operator does."""
    security = world.slack.admin.create_group("security", ["ada"])
    async with administering(world.environ) as admin:
        prod = await admin.scope("dwh-prod")
        for group in (DBA, security.id):
            await admin.grant(holder(group), "approve", prod)
        await admin.rule(prod, stages=(stage(f"1 of {DBA}"), stage(f"1 of {security.id}")))


def card(tab: Tab) -> Locator:
    return tab.messages.filter(has_text="Snapshot of dwh-prod").first


async def approve(tab: Tab) -> None:
    await card(tab).get_by_role("button", name=re.compile("^Approve R-")).click()
    await tab.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()


async def test_one_from_each_team_in_the_browser(open_page, world):
    """The card says whose turn it is, in each window; who comes too early reads who can; Why says it in lines."""
    await two_teams(world)
    ana, ben, ada = [await open_page(who) for who in ("ana", "ben", "ada")]
    await ana.send("/snapshot create dwh-prod before-migration-42 Before the customer migration, OPS-42")
    await expect(card(ana)).to_contain_text("stage 1 of 2")
    await expect(card(ana)).to_contain_text("⏳ @dba: 0 of 1")
    await approve(ada)
    await expect(ada.messages.last).to_contain_text("has no place for your approval just now")
    await approve(ben)
    await expect(card(ada)).to_contain_text("✓ @dba: 1 of 1 · @ben")
    await expect(card(ada)).to_contain_text("stage 2 of 2")
    await card(ada).evaluate("card => card.scrollIntoView()")  # which a card that is drawn again meanwhile doesn't fail
    await ada.scan()
    await ada.shot("stages")
    await card(ada).get_by_role("button", name=re.compile("^Why")).click()
    await expect(ada.modal).to_contain_text("You can approve")
    await ada.scan()
    await ada.shot("why")
    await ada.modal.get_by_role("button", name="Close").last.click()
    await approve(ada)
    await expect(card(ana)).to_contain_text("Approved by @ben and @ada")
    await expect(card(ana)).to_contain_text("Available", timeout=15_000)
