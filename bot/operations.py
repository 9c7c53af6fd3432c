"""What an operator's tools ask over HTTP, beside Slack's own path in HTTP mode.

`/healthz`: the event loop moves and the worker lives; else start the process again. `/readyz`: this process takes
deliveries; no far end counts, so that an outage doesn't take away the one who could tell people of it. `/status`: how
each dependency is. `/metrics`: the same and more, for Prometheus.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.connections import Heads
from bot.core.errors import BotError, ConfigError
from bot.metrics import Metrics
from bot.ports import Store
from bot.status import Status

_BODY_LIMIT: Final = 1024 * 1024  # bytes; Slack's own requests are far below
_HEAD_SECONDS: Final = 10.0  # for the first head of a connection
_MOST_HEADS: Final = 256  # connections without one, but for those of the last second
_SPARED: Final = 1.0
_BACKLOG: Final = 128  # connections that the system keeps until they are taken


class Operations:
    """Answers how the bot is.

    *takes* says whether deliveries can be taken once the bot has *started*; *working*, where set, is its worker.
    """

    def __init__(
        self, *, store: Store, metrics: Metrics, status: Status, takes: Callable[[], bool] = lambda: True
    ) -> None:
        self.working: asyncio.Task[None] | None = None
        self.started = False
        self.stopping = False
        self._store = store
        self._metrics = metrics
        self._status = status
        self._takes = takes

    def probes(self) -> list[web.RouteDef]:
        """Return what a supervisor or a balancer asks."""
        return [web.get("/healthz", self.healthz), web.get("/readyz", self.readyz)]

    def reports(self) -> list[web.RouteDef]:
        """Return what only an operator should see."""
        return [web.get("/status", self.status), web.get("/metrics", self.metrics)]

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while the process does its work."""
        if self.working is not None and self.working.done():
            return web.Response(status=503, text="the worker has ended\n")
        return web.Response(text="ok\n")

    async def readyz(self, _: web.Request) -> web.Response:
        """200 while this process takes deliveries; 503 with the reason otherwise."""
        problem = self._not_ready()
        return web.Response(status=503 if problem else 200, text=f"{problem or 'ready'}\n")

    def _not_ready(self) -> str:
        if self.stopping:
            return "stopping"
        if not self.started:
            return "starting"
        return "" if self._takes() else "starting: Slack hasn't said yet who the bot is"

    async def status(self, _: web.Request) -> web.Response:
        """200 while every dependency is well, else 503; as JSON how each is, and what is under way."""
        report = await self._status.report()
        return web.json_response(report, status=200 if report["ok"] else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Return Prometheus' exposition format; what the database can't say just now is left out."""
        self._metrics.conditions(await self._status.look())
        try:
            due, counts, oldest = await self._store.next_due(), await self._store.counts(), await self._store.oldest()
        except BotError:
            self._metrics.shared(None)
            body = self._metrics.text(None, None)
        else:
            now, overdue = self._store.clock.now(), -due if due is not None else 0.0
            ages = {what: (now - since).total_seconds() for what, since in oldest.items()}
            self._metrics.shared(await self._status.sharing())
            body = self._metrics.text(counts, overdue, ages)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


@asynccontextmanager
async def listening(
    host: str,
    port: int,
    routes: Iterable[web.RouteDef],
    *,
    setting: str = "SNAPSHOT_BOT_LISTEN",
    grace: float = 0.5,
) -> AsyncIterator[int]:
    """Listen on *host*:*port* (0: any free one), which *setting* names, and yield the port.

    At the end, answers that are under way have *grace* seconds.

    Raises:
        ConfigError: the address can't be listened on.
    """
    app = web.Application(client_max_size=_BODY_LIMIT)
    app.add_routes(list(routes))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace, auto_decompress=False)  # Slack packs nothing
    await runner.setup()
    assert runner.server is not None, "set up just now"
    heads = Heads(runner.server, seconds=_HEAD_SECONDS, most=_MOST_HEADS, spared=_SPARED)
    try:
        try:
            server = await asyncio.get_running_loop().create_server(heads, host, port, backlog=_BACKLOG)
        except OSError as e:
            # asyncio puts the address into its own words; a name that isn't found has no errno of the system's
            why = os.strerror(e.errno) if e.errno and e.errno > 0 else e.strerror
            raise ConfigError(
                f"{setting}: {host}:{port} can't be listened on ({why}). "
                "Choose a free port, or stop what listens there."
            ) from e
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
    finally:
        heads.close()
        await runner.cleanup()
