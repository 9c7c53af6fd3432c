"""The sandbox's server: Web API, Socket Mode, response URLs, driver and live socket on one loopback port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from slack_sandbox.app import App
from slack_sandbox.clients import Clients
from slack_sandbox.clock import Clock, SandboxClock
from slack_sandbox.delivery import Delivery
from slack_sandbox.driver import Driver
from slack_sandbox.events import RETRY_DELAYS, Events
from slack_sandbox.exchanges import Exchanges
from slack_sandbox.faults import Faults
from slack_sandbox.live import Live
from slack_sandbox.rates import Rates
from slack_sandbox.responses import Responses
from slack_sandbox.screens import Screens
from slack_sandbox.site import Site
from slack_sandbox.sockets import Sockets
from slack_sandbox.tickets import Tickets
from slack_sandbox.webapi import WebApi
from slack_sandbox.workspace import Workspace
from slack_sandbox.world import World

HOST = "127.0.0.1"


class Server:
    """A Slack that listens on 127.0.0.1 only; `async with` starts and stops it.

    *ack_seconds*, *retry_delays*, *ping_seconds* and *grace_seconds* are real time; *clock* is the workspace's, by
    which a trigger id lives for *trigger_seconds*. Each of *install* gets the aiohttp application before it starts, and
    may add routes to it (the page does).
    """

    def __init__(
        self,
        app: App | None = None,
        *,
        clock: Clock | None = None,
        port: int = 0,
        rate_limits: bool = True,
        ack_seconds: float = 3.0,
        trigger_seconds: float = 3.0,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        ping_seconds: float = 10.0,
        grace_seconds: float = 2.0,
        install: Sequence[Callable[[web.Application], None]] = (),
    ) -> None:
        """Build the parts; nothing listens yet. *port* 0 takes any that is free."""
        app = app or App()
        world = World(app, clock or SandboxClock())
        sockets = Sockets(app, world.changes, ping_seconds=ping_seconds, grace_seconds=grace_seconds)
        exchanges, faults = Exchanges(world.clock, world.changes), Faults(world.changes)
        delivery = Delivery(app, sockets, exchanges, ack_seconds=ack_seconds)
        self.site = Site(
            app=app,
            world=world,
            screens=Screens(world),
            tickets=Tickets(world.clock, trigger_seconds=trigger_seconds),
            faults=faults,
            exchanges=exchanges,
            sockets=sockets,
            delivery=delivery,
            events=Events(app, world, delivery, faults, retry_delays=retry_delays),
        )
        self.clients = Clients(self.site)
        self.workspace = Workspace(self.site)
        self._api = WebApi(self.site, Rates(on=rate_limits))
        self._responses = Responses(self.site)
        self._driver = Driver(self.site, self.clients, self.workspace)
        self._live = Live(self.site, self._driver.state)
        self._wanted_port, self._install = port, tuple(install)
        self._runner: web.AppRunner | None = None
        self.origin = ""

    @property
    def api_url(self) -> str:
        """What an app takes for `https://slack.com/api/`."""
        return f"{self.origin}/api/"

    def routes(self) -> web.Application:
        """Return the aiohttp application, with what *install* adds."""
        application = web.Application(middlewares=[self._local_only], client_max_size=4 * 1024 * 1024)
        application.router.add_route("*", "/api/{method}", self._api.handle)
        application.router.add_get("/link/", self.site.sockets.handle)
        application.router.add_post("/{kind:commands|actions|app}/{team}/{number}/{secret}", self._responses.handle)
        application.router.add_get("/_sandbox/live", self._live.handle)
        self._driver.add_routes(application.router)
        for install in self._install:
            install(application)
        return application

    @web.middleware
    async def _local_only(self, request: web.Request, handler: object) -> web.StreamResponse:
        """Refuse the driver and live socket to other sites' pages: only our own Host, and our own Origin if any."""
        if request.path.startswith("/_sandbox"):
            port = urlsplit(self.origin).port
            hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
            origin = request.headers.get("Origin")
            if request.host not in hosts or (origin is not None and origin not in {f"http://{h}" for h in hosts}):
                return web.json_response({"ok": False, "error": "only pages of this sandbox may do this"}, status=403)
        assert callable(handler)
        response: web.StreamResponse = await handler(request)
        return response

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken; nothing stays open.
        """
        await self.site.delivery.start()
        self._runner = web.AppRunner(self.routes(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self._wanted_port).start()
        except OSError:
            await self.close()
            raise
        port = self._runner.addresses[0][1]
        self.origin = self.site.tickets.origin = f"http://{HOST}:{port}"

    async def close(self) -> None:
        """Stop everything that `start()` and the people's deeds have started."""
        self.site.faults.release()
        await self.site.events.close()
        await self.site.sockets.close()
        await self._live.close()
        if self._runner:
            await self._runner.cleanup()
        await self.site.delivery.close()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.close()
