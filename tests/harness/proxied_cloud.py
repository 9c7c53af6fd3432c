"""The worker on the real client, whose calls go through a proxy to the simulator: any answer can be given instead."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.core.events import Hold
from bot.core.grants import Role
from bot.core.ids import ClusterId, ClusterRef
from bot.core.message import OPERATOR
from bot.core.request import SnapshotRequest, State
from bot.dws.client import open_cloud
from bot.dws.credentials import read_clouds
from bot.environment import Environment
from bot.words import reasons, text
from dws_sandbox.model import SimCluster
from dws_sandbox.server import DwsSimulator
from tests.fakes.clock import FakeClock
from tests.fakes.impatient_clock import ImpatientClock
from tests.harness.working import ANA, BEN, Bench

PROD = ClusterId("11111111-2222-4333-8444-555555555555")
CREATE, SNAPSHOTS, CLUSTERS = ("POST", "snapshots"), ("GET", "snapshots"), ("GET", "clusters")
LOGIN = ("POST", "tokens")
CALLS = {"create": CREATE, "snapshots": SNAPSHOTS, "clusters": CLUSTERS, "login": LOGIN}
Case = dict[str, Any]


class Proxy(httpx.AsyncBaseTransport):
    """Passes calls on to the simulator, but for those of *instead*: method and last part of the path -> answer."""

    def __init__(self) -> None:
        self.instead: dict[tuple[str, str], tuple[int, dict[str, str], bytes]] = {}
        self.changed: dict[tuple[str, str], Callable[[httpx.Request, httpx.Response], httpx.Response]] = {}
        self.seen: list[tuple[str, str]] = []
        self._inner = httpx.AsyncHTTPTransport()

    def answer(self, call: tuple[str, str], case: Case) -> None:
        """Give the *case*'s answer to every *call* from now on: a status, and a JSON body, a text, bytes or nothing."""
        body = case.get("body")
        content = case["text"].encode() if "text" in case else b"" if body is None else json.dumps(body).encode()
        self.instead[call] = (case["status"], case.get("headers", {}), case.get("raw", content))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call = (request.method, request.url.path.rsplit("/", 1)[-1])
        self.seen.append(call)
        if canned := self.instead.get(call):
            status, headers, content = canned
            return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))
        response = await self._inner.handle_async_request(request)
        if change := self.changed.get(call):
            await response.aread()
            return change(request, response)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class Reality:
    """The bench on a real client; *proxy* is between it and the simulator."""

    bench: Bench
    simulator: DwsSimulator
    proxy: Proxy

    async def asked(self, name: str = "nightly-1") -> SnapshotRequest:
        """Return a request that is approved."""
        request = await self.bench.ask(name, need=0)
        self.bench.clock.advance(3)
        return request

    async def creating(self) -> SnapshotRequest:
        """Return a request whose snapshot is being created and was seen."""
        request = await self.asked()
        await self.bench.later()
        await self.bench.later()
        assert self.bench.now(request).state is State.CREATING
        return request

    def owes_operators(self, request: SnapshotRequest) -> bool:
        """Say whether the admins are called."""
        return (request.id, OPERATOR) in self.bench.store.told


@asynccontextmanager
async def a_reality() -> AsyncIterator[Reality]:
    """Run the simulator, and the use cases and the worker on the client that talks to it."""
    clock, proxy = FakeClock(), Proxy()
    impatient = ImpatientClock(clock)  # for the client's own waits
    cluster = SimCluster(PROD, "dwh-prod", "8.2.0", 42.7, datetime(2026, 1, 1, tzinfo=UTC))
    async with DwsSimulator(clock=impatient, clusters=[cluster], snapshot_seconds=3600.0) as simulator:
        nowhere = Path("/nonexistent")
        (settings,) = read_clouds(Environment(simulator.env(), cwd=nowhere, home=nowhere, etc=nowhere))
        async with open_cloud(settings, clock=impatient, transport=proxy) as cloud:
            bench = Bench(clock=clock)
            bench.pace = replace(bench.pace, post_timeout=30.0)
            bench.more_clouds = [cloud]  # by its name it takes the fake one's place
            bench.prod = replace(bench.prod, ref=ClusterRef(cloud.name, PROD))
            bench.grant(ANA, Role.REQUEST, bench.prod)
            bench.grant(BEN, Role.APPROVE, bench.prod)
            bench.start()
            yield Reality(bench, simulator, proxy)


def outcome(request: SnapshotRequest) -> str:
    """Return what became of *request*, in the words of the cases."""
    match (request.state, request.hold):
        case (State.FAILED, _):
            return "fail"
        case (State.APPROVED | State.SUBMITTING, Hold.PERMISSION):
            return "address" if "address" in reasons.problem(request.why) else "permission"
        case (State.APPROVED | State.SUBMITTING, hold):
            return str(hold)
        case (state, _):
            return str(state)


def does(request: SnapshotRequest, *, calls_operators: bool) -> str:
    """Return in words what the bot does with *request* now."""
    if request.state is State.FAILED:
        return "ends the request"
    match (request.state, request.hold):
        case (State.CREATING, Hold.NONE):
            found = "follows the snapshot"
        case (State.CREATING, _):
            found = "looks again, and follows the snapshot"
        case (State.SUBMITTING, _):
            found = "looks whether the snapshot was made; if not, asks again"
        case (_, Hold.BUSY):
            found = "waits its turn, and asks again"
        case _:
            found = "asks again"
    return f"calls the operators, {found}" if calls_operators else found


def says(request: SnapshotRequest) -> str:
    """Return what is told of *request*, without marks and times."""
    if request.state is State.CREATING and request.hold is Hold.CLOUD:
        return text("goes-on-unseen")
    if request.hold is Hold.BUSY:
        return text("waits-turn-with", cluster=request.cluster_name, task=reasons.problem(request.why))
    return " ".join(filter(None, (reasons.problem(request.why), reasons.advice(request.why))))


async def what_comes_of(there: Reality, row: Case) -> tuple[str, str]:
    """Return what the bot does and says when the call that *row* is about is answered so."""
    call = CALLS[row["to"]]
    request = await there.creating() if row["to"] in ("snapshots", "clusters") else await there.asked()
    there.proxy.answer(call, row)
    if call is LOGIN:
        there.proxy.answer(CREATE, {"status": 401})  # so that it logs in once more
    await there.bench.later()
    held = there.bench.now(request)
    return does(held, calls_operators=there.owes_operators(request)), says(held)
