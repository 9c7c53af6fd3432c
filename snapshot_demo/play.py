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
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from bot import log as logs
from bot.admin import administering
from bot.app import running
from bot.command_settings import DatabaseSettings
from bot.config import Settings
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
from snapshot_demo.past_days import LENGTH, PastDays
from snapshot_demo.replica_story import ReplicaStory, told
from snapshot_demo.replicas import Replicas, listed, replicated
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
_OF_PYTHON: Final = ("PYTHONPATH",)  # how another process finds the bot where it isn't installed
_BELOW: Final = "play on below, "
_AT_A_TERMINAL: Final = "`make demo` at a terminal to play on yourself, "
_THAT_WAS_IT: Final = (
    "The bot was the real one, over Socket Mode and HTTP; only Slack and the cloud were made up. "
    "Next: {play_on}README.md “Install it for real” for your own workspace, `snapshot-bot doctor` to check the "
    "settings there."
)
_THAT_WAS_REPLICAS: Final = (
    "Each process was the real `snapshot-bot serve`, and the database was a real server; only Slack and the cloud were "
    "made up. Next: docs/postgresql.md says what several processes share, deploy/replicas runs them as containers."
)


async def ended_by_signals(work: Coroutine[Any, Any, None]) -> None:
    """Do *work*; a signal to stop cancels it, so that everything is closed and the folder of the demo removed."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in stopping_signals():
        if number is not signal.SIGINT:  # Ctrl-C, which is asyncio's
            loop.add_signal_handler(number, task.cancel)
    await task


async def play(
    environ: Mapping[str, str],
    *,
    stay: bool,
    story: bool,
    slack: str,
    cloud: str,
    port: int,
    replicas: int | None = None,
) -> None:
    """Start everything, play the story, and *stay* until Ctrl-C where asked.

    With *replicas* the bot is so many processes on a PostgreSQL server; both far ends are to be simulated then.

    Raises:
        BotError: it could not start, or the story went another way.
    """
    logs.configure(level="WARNING", as_json=False, secrets=secret_values(environ))
    terminal = Terminal(sys.stdout, environ)
    has_past = stay and not replicas and (slack, cloud) == ("sandbox", "simulator")
    clock = MovableClock(behind=LENGTH if has_past else timedelta(0))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="snapshot-bot-demo-")))
        variables = {"PATH": environ.get("PATH", ""), "HOME": environ.get("HOME", "")}
        database = f"sqlite:///{folder}/demo.db"
        if replicas:
            terminal.note("Starting a PostgreSQL server of the demo's own …")
            database = stack.enter_context(_server(folder))
            variables |= {name: environ[name] for name in _OF_PYTHON if name in environ}
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
        variables |= {"SNAPSHOT_BOT_DATABASE": database, "SNAPSHOT_BOT_LISTEN": "127.0.0.1:0"}
        settings = Settings.read(variables)
        if sandbox:
            roles = [(sandbox.user(who).id, role) for who, role in _ROLES]
        else:
            roles = [(user, role) for user in _players(settings) for role in ("request", "approve")]
        await _give_roles(variables, roles, simulator, sandbox)
        processes = None
        if replicas:
            terminal.note(f"Starting {replicas} processes of the bot …")
            processes = await stack.enter_async_context(replicated(variables, folder, replicas))
        else:
            await stack.enter_async_context(running(settings, variables, clock=clock))
        if sandbox:
            await sandbox.wait_for_app(connections=replicas or 1)
        if has_past and sandbox:
            terminal.note("Playing what the last days brought, so that there is something to look at …")
            await _tell(PastDays(sandbox, move=clock.advance).play(), terminal)
        if story and sandbox and simulator and processes:
            await _tell(ReplicaStory(sandbox, simulator, processes, terminal).play(), terminal)
            terminal.heading("That is what several processes are for")
            terminal.note(_THAT_WAS_REPLICAS)
        elif story and sandbox and simulator:
            simulator.break_next("slow", on="create", seconds=0.8)  # long enough to see "sent to the cloud"
            await _tell(Story(sandbox, terminal, move=clock.advance).play(), terminal)
            terminal.heading("That was the main job")
            terminal.note(_THAT_WAS_IT.format(play_on=_BELOW if stay else _AT_A_TERMINAL))
        if stay and processes:
            _watch(terminal, processes, folder)
        if stay:
            await _stay(terminal, sandbox, environ, settings.command)


def _server(folder: Path) -> AbstractContextManager[str]:
    """Return what runs a PostgreSQL server in *folder*, and gives the URL of a database on it.

    Raises:
        ConfigError: the driver isn't installed.
    """
    try:
        from snapshot_demo.postgres_server import one_database
    except ImportError as error:
        raise ConfigError(
            f"--replicas needs psycopg, which can't be loaded ({error.name or type(error).__name__}). "
            "Install the bot with it: pip install 'dws-snapshot-bot[postgres]'"
        ) from None
    return one_database(folder)


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


async def _tell(story: Coroutine[Any, Any, None], terminal: Terminal) -> None:
    try:
        await story
    except (AssertionError, TimeoutError) as e:
        raise BotError(
            f"the story went wrong: {e}", phrase=as_told(f"The story went another way than it should: {e}")
        ) from e


def _watch(terminal: Terminal, processes: Replicas, folder: Path) -> None:
    """List the processes, and tell from now on what each of them does."""
    terminal.heading("The processes")
    for line in listed(processes.all):
        terminal.note(line)
    terminal.note(f"Their logs: {folder}/process-N.log")
    terminal.note(
        "Kill one (kill -9 PID) and go on in Slack: what the others do is told below. They go by the server's time, "
        "which the page's clock doesn't move."
    )
    processes.heard = partial(told, terminal)


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
