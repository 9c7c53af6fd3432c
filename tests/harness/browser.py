"""One person's window of the sandbox's page, and how Chromium is started for it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Locator, Page

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
WATCH = """
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
