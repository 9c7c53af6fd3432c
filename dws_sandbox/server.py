"""The simulator as a server: joins IAM, gateway, DWS, faults and control API on one port."""

from __future__ import annotations

import asyncio
from email.utils import format_datetime
from typing import Any, Final, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from dws_sandbox import control, json_http
from dws_sandbox.address import HOST, in_url
from dws_sandbox.api import DwsRoutes
from dws_sandbox.authentication import Authenticator
from dws_sandbox.call_log import CallLog, CallRecord
from dws_sandbox.faults import Armed, CloudFaults, Sort
from dws_sandbox.iam import Account, Iam
from dws_sandbox.iam_routes import IamRoutes
from dws_sandbox.model import CloudClock, OwnClock, RealClock, SimCluster, SimSnapshot
from dws_sandbox.project import Project
from dws_sandbox.refusals import Refusal, unpublished
from dws_sandbox.seeds import seed_clusters, seed_snapshots
from dws_sandbox.wrong_answers import wrong_answer

_BODY_MAX: Final = 12 * 1024**2  # bytes; API Gateway User Guide, "Signing": body of at most 12 MB


class DwsSimulator:
    """A DWS and an IAM on 127.0.0.1: `async with DwsSimulator(clock=clock) as cloud: …`.

    *port* 0 takes a free one; *host* is another address to listen on, and what the URLs name (the machine's name where
    it is every address). A snapshot takes *snapshot_seconds* of *clock*, or *seconds_per_gb* for each GB of its
    cluster; the cluster stays busy for *settle_seconds* after it. *clusters* and *snapshots* replace the seeds. Its own
    clock is *ahead* seconds before *clock*, in everything that it says and checks; `cloud.clock.ahead` changes that.
    """

    def __init__(
        self,
        *,
        clock: CloudClock | None = None,
        ahead: float = 0.0,
        port: int = 0,
        host: str = HOST,
        region: str = "eu-de",
        project_id: str = "0123456789abcdef0123456789abcdef",
        project_name: str | None = None,
        domain: str = "OTC-EU-DE-00000000001000000001",
        username: str = "snapshot-bot",
        password: str = "sandbox-Passw0rd",  # noqa: S107 - opens nothing but this simulator
        ak: str = "AKSANDBOX00000000001",
        sk: str = "SKsandbox/0000000000000000000000000001",
        seconds_per_gb: float = 3.0,
        snapshot_seconds: float | None = None,
        settle_seconds: float = 0.0,
        clusters: list[SimCluster] | None = None,
        snapshots: list[SimSnapshot] | None = None,
    ) -> None:
        """Set up the project; nothing listens yet. *project_name* defaults to the region's own project."""
        self.clock = OwnClock(clock or RealClock(), ahead)
        self.account = Account(
            region=region,
            project_id=project_id,
            project_name=project_name or region,
            domain=domain,
            username=username,
            password=password,
            ak=ak,
            sk=sk,
        )
        now = self.clock.now()
        seeded = seed_snapshots(now) if clusters is None else []
        self.project = Project(
            self.clock,
            clusters=seed_clusters(now) if clusters is None else clusters,
            snapshots=seeded if snapshots is None else snapshots,
            seconds_per_gb=seconds_per_gb,
            snapshot_seconds=snapshot_seconds,
            settle_seconds=settle_seconds,
        )
        self.faults = CloudFaults()
        self.calls = CallLog()
        self.iam = Iam(self.account, self.clock)
        self.authenticator = Authenticator(self.iam, self.clock)
        self._host, self._wanted_port = host, port
        self._port: int | None = None
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        """Return the DWS endpoint, without a path.

        Raises:
            RuntimeError: the simulator is not running.
        """
        if self._port is None:
            raise RuntimeError("the simulator is not running")
        return f"http://{in_url(self._host)}:{self._port}"

    @property
    def auth_url(self) -> str:
        """Return the IAM endpoint, `…/v3`."""
        return f"{self.url}/v3"

    @property
    def region(self) -> str:
        """Return the region's name."""
        return self.account.region

    @property
    def project_id(self) -> str:
        """Return the project's id, 32 hex digits."""
        return self.account.project_id

    @property
    def project_name(self) -> str:
        """Return the project's name."""
        return self.account.project_name

    @property
    def domain(self) -> str:
        """Return the name of the user's domain."""
        return self.account.domain

    @property
    def username(self) -> str:
        """Return the user's name."""
        return self.account.username

    @property
    def password(self) -> str:
        """Return the user's password."""
        return self.account.password

    @property
    def ak(self) -> str:
        """Return the user's permanent access key."""
        return self.account.ak

    @property
    def sk(self) -> str:
        """Return the secret of *ak*."""
        return self.account.sk

    def env(self) -> dict[str, str]:
        """Return the variables by which a client logs in with user and password, as openstacksdk reads them."""
        return {
            "OS_AUTH_URL": self.auth_url,
            "OS_IDENTITY_API_VERSION": "3",
            "OS_USERNAME": self.username,
            "OS_PASSWORD": self.password,
            "OS_USER_DOMAIN_NAME": self.domain,
            "OS_PROJECT_NAME": self.project_name,
            "OS_PROJECT_DOMAIN_NAME": self.domain,
            "OS_REGION_NAME": self.region,
        }

    def env_aksk(self) -> dict[str, str]:
        """Return the variables by which a client signs with AK/SK, as Huawei's SDK and otcextensions read them."""
        return {
            "HUAWEICLOUD_SDK_AK": self.ak,
            "HUAWEICLOUD_SDK_SK": self.sk,
            "HUAWEICLOUD_SDK_PROJECT_ID": self.project_id,
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": self.url,
            f"HUAWEICLOUD_SDK_REGION_DWS_{self.region.upper().replace('-', '_')}": self.url,
            "OS_ACCESS_KEY": self.ak,
            "OS_SECRET_KEY": self.sk,
            "OS_PROJECT_ID": self.project_id,
            "OS_REGION_NAME": self.region,
            "DWS_ENDPOINT": self.url,
        }

    def break_next(
        self, fault: str, times: int = 1, on: str | None = None, *, acts: bool | None = None, **options: Any
    ) -> Armed:
        """Let the next *times* calls of kind *on* (see `faults.KINDS`; "any") go wrong as *fault* says.

        *acts* decides whether the call is carried out before the wrong answer; *options* are the fault's own.

        Raises:
            ValueError: there is no such fault, kind or option.
        """
        return self.faults.arm(fault, times=times, on=on, acts=acts, options=options)

    def revoke_tokens(self) -> int:
        """Make every token and temporary key invalid now; return how many tokens there were."""
        return self.iam.revoke_tokens()

    def cluster_id(self, name: str) -> str:
        """Return the id of the cluster called *name*.

        Raises:
            KeyError: there is none.
        """
        for cluster in self.project.clusters.values():
            if cluster.name == name:
                return cluster.id
        raise KeyError(name)

    def routes(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=_BODY_MAX, middlewares=[self._serve])
        IamRoutes(self.iam, self.authenticator).add_to(app.router)
        DwsRoutes(self.project, self.authenticator, self.faults.next_twist).add_to(app.router)
        control.ControlRoutes(self.project, self.clock, self.faults, self.calls, self.iam, self.authenticator).add_to(
            app.router
        )
        return app

    async def start(self) -> None:
        """Begin to listen; after a stop on the same port as before, with everything as it was.

        Raises:
            OSError: the port is taken, or *host* isn't an address of this machine.
        """
        self._closing.clear()
        runner = web.AppRunner(self.routes(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._wanted_port)
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = self._wanted_port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; what still waits in a delay is answered at once."""
        self._closing.set()
        runner, self._runner, self._port = self._runner, None, None
        if runner is not None:
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop listening."""
        await self.stop()

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(control.PREFIX + "/"):
            control.check_origin(request, self._host)
            return await handler(request)
        kind = _kind(request)
        path, _, query = request.raw_path.partition("?")
        call = CallRecord(kind, request.method, path, query, self.project.now())
        self.calls.add(call)
        response = await self._misbehave(request, handler, kind)
        if response is not None:
            call.status = response.status
            response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
            return response
        call.status = 0
        if request.transport is not None:
            request.transport.close()
        return web.Response()  # goes nowhere: the connection is closed

    async def _misbehave(self, request: web.Request, handler: Handler, kind: str) -> web.StreamResponse | None:
        """Return the answer, right or wrong; None: close the connection."""
        delay = self.faults.take(kind, Sort.DELAY)
        wrong = self.faults.take(kind, Sort.ANSWER)
        await request.read()
        if delay is not None and not delay.acts:
            await self._wait(delay.options["seconds"])
        response = None if wrong is not None and not wrong.acts else await self._truth(request, handler, kind)
        if delay is not None and delay.acts:
            await self._wait(delay.options["seconds"])
        if wrong is None:
            return response
        return None if wrong.fault.name.startswith("drop_") else wrong_answer(wrong, kind)

    async def _truth(self, request: web.Request, handler: Handler, kind: str) -> web.StreamResponse:
        try:
            if kind == "unknown":
                raise unpublished()
            return await handler(request)
        except Refusal as e:
            return json_http.refusal(e)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return


def _kind(request: web.Request) -> str:
    """Return what kind of call it is, as in `faults.KINDS`; "unknown" where no route fits."""
    resource = request.match_info.route.resource
    if resource is None or resource.name is None:
        return "unknown"
    kind = resource.name.partition(".")[0]
    return "check" if kind == "token" and request.method != "POST" else kind
