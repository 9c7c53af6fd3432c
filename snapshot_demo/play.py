"""`snapshot-bot demo`: the real bot between a simulated cloud and a sandbox Slack, and the story that shows it.

Either far end can be the real one; then there is no story, since its people and clusters are the sandbox's. What the
environment says of a real end counts only for the end that is real: a simulated cloud never means a real one.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bot import log as logs
from bot.admin import administering
from bot.app import running
from bot.config import DatabaseSettings, Settings
from bot.core.approval import Stage, Tier, Waiver
from bot.core.errors import BotError, ConfigError
from bot.core.phrase import as_told
from bot.proxies import VARIABLES as PROXY_VARIABLES
from bot.scopes import holder
from bot.secret_values import secret_values
from bot.serving import stopping_signals
from bot.store import made
from dws_sandbox import DwsSimulator
from slack_sandbox.address import HOST
from slack_sandbox.app import LEAST_SCOPES, App
from slack_sandbox.cli import cannot_listen, stopped_by_signal
from slack_sandbox.page import Page
from slack_sandbox.sandbox import Sandbox
from snapshot_demo.clock import MovableClock
from snapshot_demo.story import Story
from snapshot_demo.terminal import Terminal

_ROLES: Final = (("ana", "request"), ("ada", "request"), ("ben", "approve"), ("bea", "approve"))
_SNAPSHOT_SECONDS: Final = 6.0
_CLOUD_VARIABLES: Final = ("OS_", "HUAWEICLOUD_", "DWS_", "SNAPSHOT_BOT_CLOUDS")
_SLACK_VARIABLES: Final = ("SLACK_", "SNAPSHOT_BOT_")
_QUICK: Final = {
    "SNAPSHOT_BOT_POLL_SECONDS": "0.7",
    "SNAPSHOT_BOT_SETTLE_SECONDS": "2",
    "SNAPSHOT_BOT_POST_TIMEOUT_SECONDS": "8",
}


async def ended_by_signals(work: Coroutine[Any, Any, None]) -> None:
    """Do *work*; a signal to stop cancels it, so that everything is closed and the folder of the demo removed."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in stopping_signals():
        if number is not signal.SIGINT:  # Ctrl-C, which is asyncio's
            loop.add_signal_handler(number, task.cancel)
    await task


async def play(environ: Mapping[str, str], *, stay: bool, story: bool, slack: str, cloud: str, port: int) -> None:
    """Start everything, play the story, and *stay* until Ctrl-C where asked.

    Raises:
        BotError: it could not start, or the story went another way.
    """
    logs.configure(level="WARNING", as_json=False, secrets=secret_values(environ))
    terminal = Terminal(sys.stdout, environ)
    clock = MovableClock()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="snapshot-bot-demo-")))
        variables = {"PATH": environ.get("PATH", ""), "HOME": environ.get("HOME", "")}
        if "real" in (slack, cloud):
            variables |= {name: environ[name] for name in PROXY_VARIABLES if name in environ}
        simulator = sandbox = None
        if cloud == "simulator":
            simulator = await stack.enter_async_context(DwsSimulator(clock=clock, snapshot_seconds=_SNAPSHOT_SECONDS))
            variables |= simulator.env() | _QUICK
        else:
            variables |= {k: v for k, v in environ.items() if k.startswith(_CLOUD_VARIABLES)}
        if slack == "sandbox":
            sandbox = await stack.enter_async_context(_sandbox(clock, port, simulator))
            variables |= _sandbox_variables(sandbox)
        else:
            variables = _slack_variables(environ) | variables
        variables |= {"SNAPSHOT_BOT_DATABASE": f"sqlite:///{folder}/demo.db", "SNAPSHOT_BOT_LISTEN": "127.0.0.1:0"}
        settings = Settings.read(variables)
        if sandbox:
            roles = [(sandbox.user(who).id, role) for who, role in _ROLES]
        else:
            roles = [(user, role) for user in _players(settings) for role in ("request", "approve")]
        await _give_roles(variables, roles, simulator, sandbox)
        await stack.enter_async_context(running(settings, variables, clock=clock))
        if sandbox:
            await sandbox.wait_for_app()
        if story and sandbox and simulator:
            simulator.break_next("slow", on="create", seconds=0.8)  # long enough to see "sent to the cloud"
            await _tell(Story(sandbox, terminal, move=clock.advance), terminal, stay=stay)
        if stay:
            await _stay(terminal, sandbox, environ, settings.command)


@asynccontextmanager
async def _sandbox(clock: MovableClock, port: int, simulator: DwsSimulator | None) -> AsyncIterator[Sandbox]:
    app = App(
        scopes=(*LEAST_SCOPES, "channels:history", "groups:history", "usergroups:read"),
        events=("app_home_opened", "user_change"),
        commands=("/snapshot",),
        shortcuts=({"name": "Take a snapshot", "type": "global", "callback_id": "snapshot"},),
    )
    page = Page(simulator.url if simulator else None)
    sandbox = Sandbox(app, clock=clock, port=port, install=[page.install])
    try:
        try:
            await sandbox.start()
        except OSError as e:
            raise ConfigError(cannot_listen(HOST, port, e)) from e
        yield sandbox
    finally:
        await sandbox.close()


def _sandbox_variables(sandbox: Sandbox) -> dict[str, str]:
    return {
        **sandbox.env(),
        "SNAPSHOT_BOT_ADMINS": sandbox.user("cleo").id,
        "SNAPSHOT_BOT_CHANNEL": sandbox.site.workspace.channel("dwh-ops").id,
    }


def _slack_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what *environ* says of the real Slack and of the bot, but nothing of a cloud."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(_SLACK_VARIABLES) and not name.startswith(_CLOUD_VARIABLES)
    }


def _players(settings: Settings) -> Sequence[str]:
    """Return the people of a real Slack who ask and approve in the demo.

    Raises:
        ConfigError: there are none, or Slack could not reach the bot.
    """
    if not settings.socket_mode:
        raise ConfigError("The demo reaches a real Slack by Socket Mode only: set SLACK_APP_TOKEN.")
    if not settings.admins:
        raise ConfigError(
            "Who shall play? Set SNAPSHOT_BOT_ADMINS to your Slack user id (and a colleague's, who approves): "
            "the demo lets them ask and approve."
        )
    return settings.admins


async def _give_roles(
    variables: Mapping[str, str],
    roles: Iterable[tuple[str, str]],
    simulator: DwsSimulator | None,
    sandbox: Sandbox | None,
) -> None:
    """As the operator would: on every cluster; of the simulator's one needs no approval, and one that of two teams."""
    await made(DatabaseSettings.read(variables).database)
    async with administering(variables) as admin:
        everywhere = await admin.scope("*")
        for who, role in roles:
            await admin.grant(holder(who), role, everywhere)
        if simulator:
            await admin.rule(await admin.scope("dwh-dev"), waiver=Waiver())
        if simulator and sandbox:
            bea, cleo = (holder(sandbox.user(who).id) for who in ("bea", "cleo"))
            stage = await admin.scope("dwh-stage")
            await admin.grant(cleo, "approve", stage)
            stages = (Stage(1, (holder(sandbox.site.workspace.group("dba").id),)), Stage(1, (bea,)))
            await admin.rule(stage, stages=stages, tiers=(Tier(timedelta(hours=1), (cleo,)),))


async def _tell(story: Story, terminal: Terminal, *, stay: bool) -> None:
    try:
        await story.play()
    except (AssertionError, TimeoutError) as e:
        raise BotError(
            f"the story went wrong: {e}", phrase=as_told(f"The story went another way than it should: {e}")
        ) from e
    terminal.heading("That was the main job")
    play_on = "play on below, " if stay else "`make demo` at a terminal to play on yourself, "
    terminal.note(
        "The bot was the real one, over Socket Mode and HTTP; only Slack and the cloud were made up. "
        f"Next: {play_on}README.md “Install it for real” for your own workspace, `snapshot-bot doctor` to check the "
        "settings there."
    )


async def _stay(terminal: Terminal, sandbox: Sandbox | None, environ: Mapping[str, str], command: str) -> None:
    if sandbox:
        address = f"{sandbox.origin}/?as=ana"
        terminal.heading("The sandbox is open")
        terminal.note(f"{address}   (Ctrl-C ends it)")
        if sys.platform in ("darwin", "win32") or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
            await asyncio.to_thread(webbrowser.open, address)
    else:
        terminal.note(f"The bot runs in your Slack; type {command} there. Ctrl-C ends it.")
    await stopped_by_signal().wait()
