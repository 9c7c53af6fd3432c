"""The sandbox's server: Web API, Socket Mode, response URLs, driver and live socket on one port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from slack_sandbox.address import HOST, in_url, is_loopback
from slack_sandbox.app import App
from slack_sandbox.client_state import ClientStates
from slack_sandbox.clients import Clients
from slack_sandbox.clock import SandboxClock, WorkspaceClock
from slack_sandbox.driver import Driver
from slack_sandbox.events import RETRY_DELAYS, Events
from slack_sandbox.exchanges import Exchanges
from slack_sandbox.faults import SlackFaults
from slack_sandbox.files import FileStore
from slack_sandbox.live import Live
from slack_sandbox.people import TEAM
from slack_sandbox.rates import Rates
from slack_sandbox.responses import Responses
from slack_sandbox.schedule import Schedule
from slack_sandbox.site import Site
from slack_sandbox.sockets import Sockets
from slack_sandbox.tickets import Tickets
from slack_sandbox.transport import Transport
from slack_sandbox.webapi import WebApi
from slack_sandbox.workspace import Workspace
from slack_sandbox.workspace_admin import WorkspaceAdmin


class Server:
    """A Slack that listens on 127.0.0.1, or on *host*; `async with` starts and stops it.

    *ack_seconds*, *retry_delays*, *ping_seconds* and *grace_seconds* are real time; *clock* is the workspace's, by
    which a trigger id lives for *trigger_seconds*. Each of *install* gets the aiohttp application before it starts, and
    may add routes to it (the page does).
    """

    def __init__(
        self,
        app: App | None = None,
        *,
        clock: WorkspaceClock | None = None,
        port: int = 0,
        host: str = HOST,
        rate_limits: bool = True,
        ack_seconds: float = 3.0,
        trigger_seconds: float = 3.0,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        ping_seconds: float = 10.0,
        grace_seconds: float = 2.0,
        install: Sequence[Callable[[web.Application], None]] = (),
    ) -> None:
        """Build the parts; nothing listens yet. *port* 0 takes any that is free.

        *host* is also what its URLs name; where it is every address of the machine they have the machine's name.
        """
        app = app or App()
        workspace = Workspace(app, clock or SandboxClock())
        sockets = Sockets(app, workspace.changes, ping_seconds=ping_seconds, grace_seconds=grace_seconds)
        exchanges, faults = Exchanges(workspace.clock, workspace.changes), SlackFaults(workspace.changes)
        transport = Transport(app, sockets, exchanges, ack_seconds=ack_seconds)
        events = Events(app, workspace, transport, faults, retry_delays=retry_delays)
        self.site = Site(
            app=app,
            workspace=workspace,
            client_states=ClientStates(workspace),
            tickets=Tickets(workspace.clock, trigger_seconds=trigger_seconds),
            faults=faults,
            exchanges=exchanges,
            sockets=sockets,
            transport=transport,
            events=events,
            schedule=Schedule(workspace, events),
        )
        self.clients = Clients(self.site)
        self.admin = WorkspaceAdmin(self.site)
        self._api = WebApi(self.site, Rates(on=rate_limits))
        self._responses = Responses(self.site)
        self._driver = Driver(self.site, self.clients, self.admin)
        self._files = FileStore(self.site)
        self._live = Live(self.site, self._driver.state)
        self._host, self._wanted_port, self._install = host, port, tuple(install)
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
        application.router.add_post("/upload/v1/{secret}", self._files.upload)
        application.router.add_get(f"/files-pri/{TEAM}-{{file}}/{{name}}", self._files.private)
        application.router.add_get("/_sandbox/files/{file}", self._files.shown)
        application.router.add_get("/_sandbox/live", self._live.handle)
        self._driver.add_routes(application.router)
        for install in self._install:
            install(application)
        return application

    @web.middleware
    async def _local_only(self, request: web.Request, handler: object) -> web.StreamResponse:
        """Refuse the driver and live socket to other sites' pages: only our own Host, and our own Origin if any.

        Where others can reach us anyway, they may call us by any name: then the Origin alone has to be ours.
        """
        if request.path.startswith("/_sandbox"):
            own = urlsplit(self.origin)
            hosts = {f"127.0.0.1:{own.port}", f"localhost:{own.port}", own.netloc}
            if not is_loopback(self._host):
                hosts.add(request.host)
            origin = request.headers.get("Origin")
            if request.host not in hosts or (origin is not None and origin not in {f"http://{h}" for h in hosts}):
                return web.json_response({"ok": False, "error": "only pages of this sandbox may do this"}, status=403)
        assert callable(handler)
        response: web.StreamResponse = await handler(request)
        return response

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken, or *host* isn't an address of this machine; nothing stays open.
        """
        await self.site.transport.start()
        self._runner = web.AppRunner(self.routes(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        except OSError:
            await self.close()
            raise
        port = self._runner.addresses[0][1]
        self.origin = self.site.tickets.origin = f"http://{in_url(self._host)}:{port}"

    async def close(self) -> None:
        """Stop everything that `start()` and people's actions have started."""
        self.site.faults.release()
        await self.site.schedule.close()
        await self.site.events.close()
        await self.site.sockets.close()
        await self._live.close()
        if self._runner:
            await self._runner.cleanup()
        await self.site.transport.close()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop."""
        await self.close()
