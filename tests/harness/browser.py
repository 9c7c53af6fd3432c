"""A real Chromium for tests of the sandbox's page: one browser per session, a fresh window for each person.

Every window that a test opens must end without an error in its console, a script error, a dialog, or anything that the
page's Content Security Policy had to stop.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from slack_sandbox import App, Sandbox
from slack_sandbox.page import Page as SandboxPage
from tests.harness.scripted_slack_app import ScriptedApp, scripted

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENSHOTS = Path(__file__).parents[2] / "docs" / "screenshots"
EXPECT_MS = 15000
_WATCH = """
window.stopped = [];
document.addEventListener("securitypolicyviolation", (e) =>
  window.stopped.push(`${e.violatedDirective} ${e.blockedURI}`));
"""

OpenPage = Callable[..., Awaitable["Tab"]]
Windows = Callable[..., Awaitable[BrowserContext]]


class Tab:
    """One person's window."""

    def __init__(self, page: Page) -> None:
        """Watch *page* for what must not happen."""
        self.page = page
        self.wrong: list[str] = []
        page.on(
            "console", lambda m: self.wrong.append(f"console: {m.text}") if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda e: self.wrong.append(f"script error: {e}"))
        page.on("dialog", lambda d: self.wrong.append(f"dialog: {d.message}"))

    @property
    def composer(self) -> Locator:
        """Where one writes."""
        return self.page.locator(".main .composer textarea:visible")

    @property
    def modal(self) -> Locator:
        """The modal on top."""
        return self.page.locator(".modal:visible")

    @property
    def messages(self) -> Locator:
        """The messages of the channel that is shown."""
        return self.page.locator(".main .message:visible")

    async def send(self, line: str) -> None:
        """Type *line* and press Enter."""
        await self.composer.fill(line)
        await self.composer.press("Escape")  # the suggestions
        await self.composer.press("Enter")

    async def focused(self) -> str:
        """Return how the element with the focus is called: its label, or its words."""
        return str(
            await self.page.evaluate(
                "(e => e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent)"
                "(document.activeElement)"
            )
        )

    async def until(self, ready: Callable[[], Any], otherwise: str = "it didn't happen") -> None:
        """Return once *ready* returns something true, while the page goes on."""
        for _ in range(EXPECT_MS // 10):
            if ready():
                return
            await self.page.wait_for_timeout(10)
        raise AssertionError(otherwise)

    async def scan(self) -> None:
        """Check with axe that nothing on the page is a serious or critical barrier."""
        results = await Axe().run(self.page)
        bad = [v for v in results.response["violations"] if v["impact"] in ("serious", "critical")]
        assert not bad, "\n".join(f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes']]}" for v in bad)

    async def shot(self, name: str) -> None:
        """Keep a picture for the docs, where UPDATE_SCREENSHOTS=1 asks for it."""
        if os.environ.get("UPDATE_SCREENSHOTS") == "1":
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")


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
                await known[key].add_init_script(_WATCH)
            return known[key]

        yield window


@pytest_asyncio.fixture(loop_scope="session")
async def slack() -> AsyncIterator[Sandbox]:
    """Give a sandbox with its page."""
    app = App(commands=("/order", "/hello"))
    async with Sandbox(app, rate_limits=False, install=[SandboxPage().install]) as slack:
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
