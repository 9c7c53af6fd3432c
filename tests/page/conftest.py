"""A real Chromium for tests of the sandbox's page: one browser per session, a fresh window for each person.

Every window that a test opens must end without an error in its console, a script error, a dialog, or anything that the
page's Content Security Policy had to stop.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from slack_sandbox import App, Sandbox
from slack_sandbox.page import Page as SandboxPage
from tests.harness.browser import ARGS, CHROMIUM, EXPECT_MS, WATCH, OpenPage, Tab, Windows
from tests.harness.scripted_slack_app import ScriptedApp, scripted
from tests.harness.unhurried import UNHURRIED


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Give the one browser."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no Chromium at {CHROMIUM}; set CHROMIUM")
    expect.set_options(timeout=EXPECT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def windows(browser: Browser) -> AsyncIterator[Windows]:
    """Give what returns the browser context of a test's first, second, … window, for some settings.

    Contexts are kept, for each sandbox has a port of its own, so storage is never shared. Each window has its own,
    since Chromium draws a tab behind another only once a second.
    """
    async with contextlib.AsyncExitStack() as stack:
        known: dict[str, BrowserContext] = {}

        async def window(number: int, **settings: Any) -> BrowserContext:
            key = f"{number} {json.dumps(settings, sort_keys=True)}"
            if key not in known:
                known[key] = await browser.new_context(**settings)
                stack.push_async_callback(known[key].close)
                await known[key].add_init_script(WATCH)
            return known[key]

        yield window


@pytest_asyncio.fixture(loop_scope="session")
async def slack() -> AsyncIterator[Sandbox]:
    """Give a sandbox with its page."""
    app = App(commands=("/order", "/hello"))
    async with Sandbox(app, rate_limits=False, install=[SandboxPage().install], **UNHURRIED) as slack:
        yield slack


@pytest_asyncio.fixture(loop_scope="session")
async def app(slack: Sandbox) -> AsyncIterator[ScriptedApp]:
    """Give the app whose answers the test writes."""
    async with scripted(slack) as app:
        yield app


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(windows: Windows, slack: Sandbox) -> AsyncIterator[OpenPage]:
    """Give what opens a window: `await open_page("ana", hash="#general", color_scheme="dark")`."""
    async with contextlib.AsyncExitStack() as stack:
        tabs: list[Tab] = []

        async def open_page(who: str, *, hash: str = "", **context: Any) -> Tab:
            settings: dict[str, Any] = {
                "viewport": {"width": 1360, "height": 860},
                "timezone_id": "Europe/Berlin",
                "reduced_motion": "reduce",
            }
            window = await windows(len(tabs), **settings | context)
            tab = Tab(await window.new_page())
            stack.push_async_callback(tab.page.close)
            tabs.append(tab)
            await tab.page.goto(f"{slack.origin}/?as={who}{hash}" if who else slack.origin, wait_until="commit")
            await tab.page.locator(".switcher-name, .chooser").first.wait_for(state="attached")
            return tab

        yield open_page
        for tab in tabs:
            tab.wrong += await tab.page.evaluate("window.stopped")
        assert not (wrong := [w for tab in tabs for w in tab.wrong]), wrong
