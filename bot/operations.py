"""Health, readiness and metrics over HTTP, beside Slack's own path in HTTP mode."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.core.errors import BotError, ConfigError
from bot.metrics import Metrics
from bot.ports import Clock, Store

_BODY_LIMIT = 1024 * 1024  # bytes; Slack's own requests are far below


class Operations:
    """Answers whether the bot works: *connected* says whether Slack can reach it, *working* is its worker."""

    def __init__(
        self,
        *,
        store: Store,
        metrics: Metrics,
        clock: Clock,
        connected: Callable[[], Awaitable[bool]],
        working: asyncio.Task[None],
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._connected = connected
        self._working = working

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while the process does its work."""
        if self._working.done():
            return web.Response(status=503, text="the worker has ended\n")
        return web.Response(text="ok\n")

    async def readyz(self, _: web.Request) -> web.Response:
        """200 while requests can be taken; 503 with the reason otherwise."""
        problems = [p for p in (await self._store_problem(), await self._slack_problem()) if p]
        return web.Response(status=503 if problems else 200, text="\n".join(problems or ["ready"]) + "\n")

    async def metrics(self, _: web.Request) -> web.Response:
        """Return Prometheus' exposition format; 503 while the database can't be asked."""
        try:
            due, counts = await self._store.next_due(), await self._store.counts()
        except BotError as e:
            return web.Response(status=503, text=f"database: {e}\n")
        overdue = (self._clock.now() - due).total_seconds() if due else 0.0
        body = self._metrics.text(counts, overdue)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _store_problem(self) -> str | None:
        try:
            await self._store.counts()
        except BotError as e:
            return f"database: {e}"
        return None

    async def _slack_problem(self) -> str | None:
        return None if await self._connected() else "slack: no connection; the bot keeps trying"

    @asynccontextmanager
    async def listening(self, host: str, port: int, *, routes: Iterable[web.RouteDef]) -> AsyncIterator[int]:
        """Listen on *host*:*port* (0: any free one) and yield the port.

        Raises:
            ConfigError: the address can't be listened on.
        """
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.add_routes(
            [
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
                web.get("/metrics", self.metrics),
                *routes,
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0, auto_decompress=False)  # Slack packs nothing
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            try:
                await site.start()
            except OSError as e:
                # asyncio puts the address into its own words; a name that isn't found has no errno of the system's
                why = os.strerror(e.errno) if e.errno and e.errno > 0 else e.strerror
                raise ConfigError(
                    f"SNAPSHOT_BOT_LISTEN: {host}:{port} can't be listened on ({why}). "
                    "Choose a free port, or stop what listens there."
                ) from e
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
