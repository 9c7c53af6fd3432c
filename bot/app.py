"""The composition root: the only module that knows every part; what is opened here is closed here."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket as sockets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot import __version__
from bot import log as logs
from bot.clock import SystemClock
from bot.clouds import opened_clouds
from bot.config import Settings
from bot.core.errors import BotError, CloudError, ConfigError, SlackUnavailable
from bot.core.ids import CloudName
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.operations import Operations
from bot.ports import Clock
from bot.secret_values import secret_values
from bot.service import Service
from bot.slack import identity
from bot.slack.edge import SlackEdge, open_edge
from bot.slack.http import PATH
from bot.store import open_store
from bot.worker import Pace, Worker
from bot.worker.steps import Steps
from bot.worker.telling import Telling

log = structlog.stdlib.get_logger()

# Seconds for what is under way at SIGTERM. Supervisors commonly kill after 10, and these add up: HTTP requests (see
# Operations), then the worker's steps while answers to Slack get their time twice, socket and tasks.
GRACE: Final = 6.0
_ANSWERS_GRACE: Final = 3.0
_FIRST_LOOK: Final = 3.0  # seconds


@asynccontextmanager
async def opened_slack(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    """Open a Web API client with the bot token; nothing is sent before the first call."""
    async with identity.session() as http:
        token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        yield identity.client(token, base_url=url, http=http, proxies=settings.proxies)


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that runs: *port* is where it listens, *done* ends only if a part of it dies."""

    port: int
    done: asyncio.Task[None]


@asynccontextmanager
async def running(
    settings: Settings, environ: Mapping[str, str], *, clock: Clock | None = None
) -> AsyncIterator[Running]:
    """Run the bot until the block ends; then it takes nothing new, finishes what is under way, and closes.

    Raises:
        ConfigError: tokens, credentials or the database aren't usable; nothing was served.
    """
    clock = clock or SystemClock()
    metrics = Metrics()
    pace = Pace(
        poll=settings.poll_seconds,
        retry=settings.poll_seconds,
        operator=min(60.0, settings.poll_seconds * 4),
        settle=settings.settle_seconds,
        post_timeout=settings.post_timeout_seconds,
        give_up=settings.give_up_hours * 3600,
    )
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.database, exclusive=True))
        clouds = await stack.enter_async_context(opened_clouds(environ, clock))
        edge = await stack.enter_async_context(_opened_edge(settings, clock))
        inventory = Inventory(clouds, clock, poll=timedelta(seconds=settings.poll_seconds))
        stack.push_async_callback(inventory.close)
        wake = asyncio.Event()
        service = Service(
            store=store,
            inventory=inventory,
            people=edge.people,
            clock=clock,
            team=edge.identity.team,
            admins=settings.admins,
            channel=settings.channel,
            expire_after=settings.expire_after,
            changed=wake.set,
        )
        worker = Worker(
            store=store,
            clock=clock,
            steps=Steps(store=store, inventory=inventory, gate=service.gate, clock=clock, pace=pace, metrics=metrics),
            telling=Telling(
                store=store,
                clock=clock,
                messenger=edge.messenger,
                looking=service.looking,
                pace=pace,
                metrics=metrics,
                channel=settings.channel,
            ),
            pace=pace,
            owner=f"{sockets.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            wake=wake,
        )
        edge.listen(service, delivered=metrics.delivery)
        await _first_look(inventory)
        working = asyncio.create_task(worker.run(GRACE), name="worker")
        stack.push_async_callback(_stop, edge, worker, working)
        operations = Operations(store=store, metrics=metrics, clock=clock, connected=edge.is_connected, working=working)
        routes = [web.post(PATH, edge.http.handle)] if edge.http else []
        port = await stack.enter_async_context(operations.listening(*settings.address, routes=routes))
        await edge.connect()
        log.info("bot.started", version=__version__, port=port, socket_mode=settings.socket_mode)
        yield Running(port=port, done=working)


async def _stop(edge: SlackEdge, worker: Worker, working: asyncio.Task[None]) -> None:
    """Take nothing new from Slack, finish what is under way, leave the rest to the next start."""
    log.info("bot.stopping")
    worker.stop()
    await edge.close(_ANSWERS_GRACE)
    await asyncio.wait({working})


async def _first_look(inventory: Inventory) -> None:
    """See every cloud once, so that the first form shows clusters; a silent one keeps nothing from starting."""

    async def look(name: CloudName) -> None:
        try:
            async with asyncio.timeout(_FIRST_LOOK):
                await inventory.look(name)
        except (CloudError, TimeoutError) as e:
            why = str(e) or f"no answer within {_FIRST_LOOK:g} s"
            log.warning("cloud.not_seen", cloud=name, error=why, fix="`snapshot-bot doctor` says how to mend it")

    await asyncio.gather(*(look(name) for name in inventory.clouds))


@asynccontextmanager
async def _opened_edge(settings: Settings, clock: Clock) -> AsyncIterator[SlackEdge]:
    app_token, signing_secret = settings.slack_app_token, settings.slack_signing_secret
    try:
        async with open_edge(
            bot_token=settings.slack_bot_token.get_secret_value(),
            app_token=app_token.get_secret_value() if app_token else None,
            signing_secret=signing_secret.get_secret_value() if signing_secret and not app_token else None,
            base_url=settings.slack_api_url,
            app_id=settings.slack_app_id or "",
            clock=clock,
            proxies=settings.proxies,
        ) as edge:
            yield edge
    except SlackUnavailable as e:
        raise ConfigError(
            f"Slack isn't answering at {settings.slack_api_url} ({e}). Check the network and SLACK_API_URL."
        ) from e


async def serve(environ: Mapping[str, str]) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises:
        BotError: it could not start, or a part of it died.
    """
    settings = Settings.read(environ)
    logs.configure(level=settings.log_level, as_json=settings.log_format == "json", secrets=secret_values(environ))
    stop = asyncio.Event()
    task, starting = asyncio.current_task(), True

    def halt() -> None:
        stop.set()
        if starting and task is not None:
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, halt)
    try:
        async with running(settings, environ) as bot:
            starting = False
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait({waiting, bot.done}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if bot.done.done() and not stop.is_set():
                raise BotError("the worker ended", say="The bot's worker died; its log says why. Start it again.")
    except asyncio.CancelledError:
        if task is None or not stop.is_set():
            raise
        task.uncancel()  # told to stop before it was up, which is no failure
        log.info("bot.stopped_while_starting")
