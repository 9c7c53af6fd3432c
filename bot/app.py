"""The composition root: the only module that knows every part; what is opened here is closed here."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket as sockets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot import __version__
from bot import log as logs
from bot.clients import HttpClients
from bot.clock import SystemClock
from bot.clouds import opened_clouds, snapshot_rules
from bot.config import Settings
from bot.core.console import Console
from bot.first_tries import first_look, first_try
from bot.heads import told_to_the_log
from bot.inventory import Inventory
from bot.metrics import SLACK, Metrics
from bot.operations import Operations, listening
from bot.ports import Called, Clock, Store
from bot.secret_values import secret_values
from bot.service import Service
from bot.slack.door.http_mode import PATH
from bot.slack.edge import SlackConnection, SlackEdge, open_edge
from bot.slack.handlers.runner import ANSWER_SECONDS
from bot.status import About, Status
from bot.stops import remembered
from bot.store import open_store, shown
from bot.words import Languages
from bot.worker import Pace, Worker
from bot.worker.announcements import Announcements
from bot.worker.outbox import Outbox
from bot.worker.renames import Renames
from bot.worker.restore_notice import RestoreNotice
from bot.worker.retention import Retention
from bot.worker.steps import Steps

log = structlog.stdlib.get_logger()

# Seconds for what is under way at SIGTERM. Supervisors commonly kill after 10, and these add up: in HTTP mode the time
# in which a balancer hears that we go, and the requests under way; then the worker's steps while
# answers to Slack get their time twice, socket and tasks.
GRACE: Final = 6.0
_ANSWERS_GRACE: Final = 3.0
_REQUESTS_GRACE: Final = 2.0
_LINGER: Final = 1.0
_FOR_FACTS: Final = 0.32  # of the time for an answer, after which a form opens with "One moment" instead


def opened_slack(settings: Settings) -> AbstractAsyncContextManager[AsyncWebClient]:
    """Open a Web API client with the bot token; nothing is sent before the first call."""
    clients = HttpClients(settings.proxies, settings.certificates)
    return clients.opened_web(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that runs: where it listens, and for operators; *done* ends only if a part of it fails, with the error.

    Once it has stopped, *is_clean* says whether all that was under way was finished.
    """

    port: int
    operations_port: int
    done: asyncio.Task[None]
    is_clean: Callable[[], bool]


@asynccontextmanager
async def running(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    clock: Clock | None = None,
    linger: float = _LINGER,
    deadline: float = ANSWER_SECONDS,
    lease: float = Pace().lease,
) -> AsyncIterator[Running]:
    """Run the bot until the block ends; then it takes nothing new, finishes what is under way, and closes.

    Neither Slack nor a cloud has to be there. *linger* is for how many seconds in HTTP mode deliveries are still taken
    after `/readyz` has said that it stops; *deadline* is in how many seconds Slack is answered, at
    the latest. *lease* is that of `Pace`: who moves the *clock* gives one that is longer than that.

    Raises:
        ConfigError: what waiting can't fix: settings, tokens, credentials, the database.
        StoreUnavailable: the database is locked, full or served by another process.
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
        lease=lease,
    )
    async with AsyncExitStack() as stack:
        wake = asyncio.Event()
        opening_store = open_store(settings.database, exclusive=True, clock=clock, woken=wake.set)
        store = await stack.enter_async_context(opening_store)
        clock = store.clock
        owner = f"{sockets.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        stop = await stack.enter_async_context(remembered(store, owner))
        await stack.enter_async_context(told_to_the_log(store))
        metrics.stopped_before(stop.before.clean if stop.before else None)
        about = About(
            database=shown(settings.database),
            slack_mode="socket" if settings.socket_mode else "http",
            started_at=clock.now(),
            before=stop.before,
        )
        clients = HttpClients(settings.proxies, settings.certificates)
        opening = opened_clouds(environ, clock, clients=clients, calls_of=metrics.calls_of)
        clouds = await stack.enter_async_context(opening)
        metrics.expect(clouds)
        called = metrics.calls_of(SLACK)
        edge = await stack.enter_async_context(_edge(settings, clock, store, clients, called, deadline))
        inventory = Inventory(clouds, store=store, poll=timedelta(seconds=settings.poll_seconds))
        stack.push_async_callback(inventory.close)
        service = Service(
            store=store,
            inventory=inventory,
            rules=snapshot_rules(),
            people=edge.people,
            groups=edge.groups,
            zone=settings.zone,
            channels=edge.channels,
            admins=settings.admins,
            channel=settings.channel,
            expire_after=settings.expire_after,
            open_requests=settings.open_requests,
            console=Console(settings.console_url),
            keep_days=settings.keep_snapshot_days,
            deletes=settings.delete == "on",
            changed=wake.set,
            metrics=metrics,
        )
        steps = Steps(
            store=store,
            inventory=inventory,
            authority=service.authority,
            channels=edge.channels,
            pace=pace,
            metrics=metrics,
            zone=settings.zone,
            deletes=settings.delete == "on",
        )
        worker = Worker(
            store=store,
            steps=steps,
            outbox=Outbox(
                store=store,
                messenger=edge.messenger,
                reviews=service.reviews,
                pace=pace,
                metrics=metrics,
                channels=edge.channels,
                channel=settings.channel,
            ),
            pace=pace,
            owner=owner,
            wake=wake,
        )
        listener = edge.listening(service, metrics=metrics, patience=_FOR_FACTS * deadline)
        slack = await stack.enter_async_context(listener)
        status = Status(
            store=store,
            inventory=inventory,
            slack=lambda: slack.uplink.condition,
            ties=lambda: slack.uplink.ties,
            workspace=lambda: slack.me.workspace() if slack.me else None,
            clock=clock,
            metrics=metrics,
            troubles=steps.troubles,
            about=about,
            redact=logs.Redaction(secret_values(environ)).value,
        )
        takes = (lambda: True) if settings.socket_mode else slack.is_connected
        operations = Operations(store=store, metrics=metrics, status=status, takes=takes)
        probes, reports = operations.probes(), operations.reports()
        apart = settings.operations_address
        events = [] if settings.socket_mode else [web.post(PATH, slack.handle)]
        outer = [*probes, *events, *([] if apart else reports)]
        port = operations_port = 0
        if apart:
            door = listening(*apart, [*probes, *reports], setting="SNAPSHOT_BOT_OPERATIONS_LISTEN")
            operations_port = await stack.enter_async_context(door)
        if settings.socket_mode:  # open to the end, so that it can be seen how the bot stops
            port = await stack.enter_async_context(listening(*settings.address, outer))
        await inventory.restore()
        await first_look(inventory)
        working = operations.working = asyncio.create_task(worker.run(GRACE), name="worker")
        watching = asyncio.create_task(status.watch(), name="status")
        looking = asyncio.create_task(inventory.watch(), name="looks")
        linking = asyncio.create_task(slack.uplink.run(), name="slack")
        notice = RestoreNotice(store=store, messenger=edge.messenger, authority=service.authority, pace=pace)
        telling = asyncio.create_task(notice.tell(), name="restore")
        renames = Renames(
            store=store, inventory=inventory, messenger=edge.messenger, authority=service.authority, pace=pace
        )
        naming = asyncio.create_task(renames.watch(), name="names")
        announcements = Announcements(
            store=store,
            messenger=edge.messenger,
            authority=service.authority,
            reviews=service.reviews,
            channels=edge.channels,
            pace=pace,
            metrics=metrics,
            owner=owner,
        )
        announcing = asyncio.create_task(announcements.watch(), name="notices")
        retention = Retention(store=store, keep=settings.keep)
        dropping = asyncio.create_task(retention.watch(), name="retention")
        loops = (watching, looking, linking, naming, dropping, announcing)
        stack.push_async_callback(_stop, slack, worker, working, telling, *loops)
        if not settings.socket_mode:  # shut before the edge is closed: what comes in then could not be answered
            port = await stack.enter_async_context(listening(*settings.address, outer, grace=_REQUESTS_GRACE))
        stack.push_async_callback(_leave, operations, 0.0 if settings.socket_mode else linger)
        await first_try(slack, linking)
        operations.started = True
        done = asyncio.create_task(_ended(working, *loops), name="done")
        stack.callback(done.cancel)
        log.info(
            "bot.started",
            version=__version__,
            port=port,
            operations_port=operations_port or port,
            socket_mode=settings.socket_mode,
        )
        stop.is_clean = lambda: not (worker.cut_off or slack.tasks.cut_off)
        yield Running(port=port, operations_port=operations_port or port, done=done, is_clean=stop.is_clean)


async def _ended(*parts: asyncio.Task[None]) -> None:
    """Return, or raise what it raised, once one of *parts* has ended."""
    ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    for part in ended:
        part.result()


async def _leave(operations: Operations, linger: float) -> None:
    """Say that deliveries should go elsewhere, while they are still taken for *linger* seconds."""
    log.info("bot.stopping")
    operations.stopping = True
    await asyncio.sleep(linger)


async def _stop(
    slack: SlackConnection, worker: Worker, working: asyncio.Task[None], *others: asyncio.Task[None]
) -> None:
    """Take nothing new from Slack, finish what is under way, leave the rest to the next start."""
    worker.stop()
    for task in others:
        task.cancel()
    await slack.close(_ANSWERS_GRACE)
    await asyncio.wait({working, *others})


def _edge(
    settings: Settings, clock: Clock, store: Store, clients: HttpClients, called: Called, deadline: float
) -> AbstractAsyncContextManager[SlackEdge]:
    app_token, signing_secret = settings.slack_app_token, settings.slack_signing_secret
    return open_edge(
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=app_token.get_secret_value() if app_token else None,
        signing_secret=signing_secret.get_secret_value() if signing_secret and not app_token else None,
        base_url=settings.slack_api_url,
        app_id=settings.slack_app_id or "",
        command=settings.command,
        clock=clock,
        store=store,
        clients=clients,
        languages=Languages(),
        called=called,
        deadline=deadline,
    )
