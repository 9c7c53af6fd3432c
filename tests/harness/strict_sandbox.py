"""The fixtures of the fidelity tests: a strict sandbox whose clock stands still, and an app scripted by the test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from slack_sandbox import App, Sandbox, SandboxClock
from tests.harness.scripted_slack_app import EVERY_SCOPE, NOON, ScriptedApp, scripted
from tests.harness.unhurried import UNHURRIED


@pytest.fixture
def installed() -> App:
    """The app; a test may change it before it uses *slack*."""
    return App(scopes=EVERY_SCOPE)


@pytest.fixture
async def slack(installed: App) -> AsyncIterator[Sandbox]:
    """A sandbox whose clock stands still at noon, and that repeats events at once."""
    async with Sandbox(
        installed, clock=SandboxClock(NOON), retry_delays=(0, 0, 0), ack_seconds=UNHURRIED["ack_seconds"]
    ) as slack:
        yield slack


@pytest.fixture
async def app(slack: Sandbox) -> AsyncIterator[ScriptedApp]:
    """A scripted app behind a request URL."""
    async with scripted(slack) as app:
        yield app
