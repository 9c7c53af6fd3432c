"""The whole bot for end-to-end tests: the real `running()`, a DWS simulator and a Slack sandbox, over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import httpx

from bot.admin import administering
from bot.app import running
from bot.config import Settings
from bot.core.ids import Principal
from bot.store import made
from dws_sandbox import DwsSimulator
from slack_sandbox.app import LEAST_SCOPES, App
from slack_sandbox.page import Page
from slack_sandbox.sandbox import Card, Modal, Sandbox, Submitted, UserSession
from slack_sandbox.waiting import PATIENCE, Unexpected, until
from snapshot_demo.clock import MovableClock
from tests.harness.unhurried import ANSWER_SECONDS, UNHURRIED

_ANSWERED = 5.0  # seconds
FOR_OPERATORS = ("/status", "/metrics")
# who may do what on dwh-prod in most stories
ROLES = {"ana": ["request"], "ada": ["request"], "ben": ["approve"], "bea": ["approve"]}


@dataclass
class World:
    """A running bot and both its far ends. *environ* is what the bot was started with."""

    slack: Sandbox
    cloud: DwsSimulator
    environ: dict[str, str]
    port: int = 0
    operations_port: int = 0

    def user(self, who: str) -> UserSession:
        """Return a person of the sandbox."""
        return self.slack.user(who)

    async def ask(self, who: str, name: str, *, cluster: str = "dwh-prod", description: str = "") -> Card:
        """Let *who* ask by the modal and return the card that appears in the channel."""
        modal = await self.form(who)
        await modal.enter("Cluster", cluster)
        await modal.enter("Name", name)
        if description:
            await modal.enter("Description", description)
        await sent(modal)
        return await self.user(who).channel("dwh-ops").wait_for(name)

    async def form(self, who: str) -> Modal:
        """Let *who* open the form; again where the bot took too long or Slack says that it did, as people do."""
        async with asyncio.timeout(90):
            while True:
                try:
                    modal = await self.user(who).command("/snapshot")
                except Unexpected as e:
                    if not (str(e).startswith("no_response") or "took too long" in str(e)):
                        raise
                    continue
                shown = partial(_form_or_too_late, modal)  # where the bot is slow, "One moment" is shown first
                if await until(modal.workspace, shown, PATIENCE, "there is no form") == "form":
                    return modal

    async def approve(self, who: str, card: Card) -> None:
        """Let *who* press Approve on the card; again where the bot took too long, or asks them to, as people do."""
        async with asyncio.timeout(60):
            while await self._is_pressed_in_vain(who, card):
                pass

    async def _is_pressed_in_vain(self, who: str, card: Card) -> bool:
        heard = len(self._private(who))
        outcome = await self.user(who).click(card, "Approve")
        if outcome.status == "no_response":
            return True
        assert outcome.status == "ok", outcome
        with suppress(TimeoutError):  # the answer may be what a test lets get lost
            answers = await until(
                self.slack.site.workspace, lambda: self._private(who)[heard:] or None, _ANSWERED, "no answer"
            )
            return "ry again in a minute" in answers[-1]
        return False

    def _private(self, who: str) -> list[str]:
        """Return what *who* alone was told in the channel of the cards."""
        return [c.text for c in self.user(who).channel("dwh-ops").messages if c.is_private]

    async def get(self, path: str) -> httpx.Response:
        """Ask the bot's own HTTP listener, or where it is another that for operators."""
        port = self.operations_port if path in FOR_OPERATORS else self.port
        async with httpx.AsyncClient(verify=False) as http:  # plain HTTP: no certificates have to be read
            return await http.get(f"http://127.0.0.1:{port}{path}", timeout=10)


def _form_or_too_late(modal: Modal) -> str | None:
    if "Cluster" in modal.text:
        return "form"
    return "too late" if "took too long" in modal.text else None


async def sent(modal: Modal) -> Submitted:
    """Send a form that has no mistake; once more where the bot asks for it, as people do: a machine may be busy."""
    async with asyncio.timeout(60):
        result = await modal.submit()
        while "Send it once more" in str(result.errors):
            result = await modal.submit()
    assert not result.errors, result.errors
    return result


def environment(slack: Sandbox, cloud: DwsSimulator, folder: Path, *, http: bool = False) -> dict[str, str]:
    """Return the variables by which a bot finds both far ends; it is quick where a real one is patient."""
    way_in = (
        {"SLACK_SIGNING_SECRET": slack.app.signing_secret, "SLACK_APP_ID": slack.app.app_id}
        if http
        else {"SLACK_APP_TOKEN": slack.app.app_token}
    )
    return {
        **cloud.env(),
        **way_in,
        "SLACK_BOT_TOKEN": slack.app.bot_token,
        "SLACK_API_URL": slack.api_url,
        "SNAPSHOT_BOT_DATABASE": f"sqlite:///{folder}/bot.db",
        "SNAPSHOT_BOT_LISTEN": "127.0.0.1:0",
        **({"SNAPSHOT_BOT_OPERATIONS_LISTEN": "127.0.0.1:0"} if http else {}),
        "SNAPSHOT_BOT_CHANNEL": slack.site.workspace.channel("dwh-ops").id,
        "SNAPSHOT_BOT_ADMINS": slack.user("cleo").id,
        "SNAPSHOT_BOT_POLL_SECONDS": "0.2",
        "SNAPSHOT_BOT_SETTLE_SECONDS": "0.2",
        "SNAPSHOT_BOT_POST_TIMEOUT_SECONDS": "2",
    }


async def give_roles(
    environ: dict[str, str], slack: Sandbox, roles: Mapping[str, Sequence[str]] = ROLES, *, cluster: str = "dwh-prod"
) -> None:
    """Give people *roles* on *cluster*, as an operator would."""
    await made(environ["SNAPSHOT_BOT_DATABASE"])
    async with administering(environ) as admin:
        scope = await admin.scope(cluster)
        for who, theirs in roles.items():
            for role in theirs:
                await admin.grant(Principal(slack.user(who).id), role, scope)


@asynccontextmanager
async def a_world(
    folder: Path,
    *,
    http: bool = False,
    snapshot_seconds: float = 0.6,
    start: bool = True,
    rate_limits: bool = True,
    history: bool = False,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[World]:
    """Start everything, on one clock that can be moved, and with the sandbox's page.

    *environ* are further variables. With *start* False the bot itself isn't started; with *history* it may look for its
    own messages.
    """
    scopes = (*LEAST_SCOPES, *(("channels:history", "groups:history") if history else ()))
    app = App(scopes=scopes, events=("app_home_opened", "user_change"), commands=("/snapshot",))
    clock = MovableClock()
    async with (
        DwsSimulator(clock=clock, snapshot_seconds=snapshot_seconds) as cloud,
        Sandbox(app, clock=clock, rate_limits=rate_limits, install=[Page(cloud.url).install], **UNHURRIED) as slack,
    ):
        if history:
            slack.admin.invite("dwh-ops", app.bot_user_id)
        world = World(slack, cloud, {**environment(slack, cloud, folder, http=http), **environ})
        await give_roles(world.environ, slack)
        if not start:
            yield world
            return
        async with started(world, http=http):
            yield world


@asynccontextmanager
async def started(world: World, *, http: bool = False) -> AsyncIterator[None]:
    """Run the bot in this process, on the world's environment, and wait until Slack can reach it."""
    async with started_without_slack(world, http=http):
        if not http:
            await world.slack.wait_for_app()
        yield


@asynccontextmanager
async def started_without_slack(world: World, *, http: bool = False) -> AsyncIterator[None]:
    """Run the bot in this process, on the world's environment, whether Slack is there or not."""
    shared = world.slack.site.workspace.clock
    clock = shared if isinstance(shared, MovableClock) else None  # None: the machine's own
    async with running(
        Settings.read(world.environ), world.environ, clock=clock, linger=0, deadline=ANSWER_SECONDS
    ) as bot:
        world.port, world.operations_port = bot.port, bot.operations_port
        if http:
            world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        yield
        assert not bot.done.done(), bot.done
    world.slack.app.request_url = None
    await asyncio.sleep(0)
