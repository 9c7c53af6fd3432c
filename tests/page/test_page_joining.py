"""What one person has asked for, another joins in the browser, and it is changed while it waits."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness.running import a_world, give_roles

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

NEW = "Before the migration of OPS-43"


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def slack(world):
    """Give the world's sandbox to the fixtures of browser.py."""
    return world.slack


async def test_two_ask_for_one_and_it_is_changed_before_it_is_decided(open_page, world):
    """Ada joins in her form; Ana changes the description; Ben approves what it says then, and both hear of the end."""
    await give_roles(world.environ, world.slack, {"ada": ["request"]}, cluster="dwh-prod")
    ana, ada, ben = [await open_page(who) for who in ("ana", "ada", "ben")]
    await ana.send("/snapshot create dwh-prod before-migration-42 Before the customer migration, OPS-42")
    card, hers, his = (tab.messages.filter(has_text="Snapshot of dwh-prod").first for tab in (ana, ada, ben))
    await expect(his).to_contain_text("Waiting for approval")

    await ada.send("/snapshot")
    await expect(ada.modal).to_contain_text("@ana asked for a snapshot of dwh-prod")
    description = ada.modal.get_by_role("textbox", name=re.compile("Description"))
    await description.fill("mine")
    await ada.scan()
    await ada.shot("join")
    await ada.modal.get_by_role("button", name=re.compile("^Join R-")).click()
    await expect(ada.modal).to_contain_text("you are told with @ana how it ends")
    await ada.modal.get_by_role("button", name="Close").last.click()
    await expect(hers).to_contain_text("@ana, with @ada, asks for")

    await card.get_by_role("button", name=re.compile("^Review R-")).click()
    await ana.modal.get_by_role("button", name=re.compile("^Change R-")).click()
    field = ana.modal.get_by_role("textbox", name=re.compile("Description"))
    await expect(field).to_have_value("Before the customer migration, OPS-42")
    await field.fill(NEW)
    await ana.modal.get_by_role("button", name="Change", exact=True).click()
    await expect(ana.modal).to_contain_text("You changed R-")
    await ana.modal.get_by_role("button", name="Close").last.click()
    await expect(his).to_contain_text(NEW)
    await expect(his).to_contain_text("Changed by @ana")
    await his.evaluate("card => card.scrollIntoView()")
    await ben.scan()
    await ben.shot("changed")

    await his.get_by_role("button", name=re.compile("^Approve R-")).click()
    await ben.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    await expect(ana.messages.last).to_contain_text("@ana and @ada your snapshot", timeout=15_000)
