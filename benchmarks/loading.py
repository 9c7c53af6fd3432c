"""The load, from a process of its own: every delivery is made and signed before the clock starts.

`python -m benchmarks.loading` prints the port to which sockets connect; then it reads a `Job` a line, as JSON, and
prints its `Answered`. It is a closed loop: so many deliveries are under way at any time, each answer lets the next go.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from benchmarks import deliveries, wire

_ENVELOPE: Final = re.compile(r'"envelope_id": ?"([0-9a-f]+)"')
LATE: Final = b"slow just now"  # what the bot says where it has no answer in the time that Slack gives
_PATIENCE: Final = 60.0  # seconds without any answer, after which a job has failed


@dataclass(frozen=True, slots=True)
class Job:
    """*count* deliveries of *kind* (see `deliveries.KINDS`; "get": the path that is the argument), *at_once* each time.

    They go by HTTP to *port*, or over the socket of *who*. *arguments* are of each delivery in turn. Where *until* is
    given, a delivery has ended once the far ends at *far_port* were asked that, and not with the acknowledgement.
    """

    kind: str
    arguments: list[list[Any]]
    count: int
    at_once: int = 1
    port: int = 0
    who: str = ""
    until: str = ""
    far_port: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a job: seconds of each delivery and of all, statuses, and what the first answer was.

    *wrong* is how many answers named errors, *late* how many said that the bot gave up; *cpu* the seconds of processor
    time of who answered, where it was looked at.
    """

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    wrong: int = 0
    late: int = 0
    first: str = ""
    cpu: float = 0.0


class Tally:
    """Counts answers of one job, and gives out what goes next; *ended* is set once all are there."""

    def __init__(self, items: list[Any]) -> None:
        self._items = iter(items)
        self._left = len(items)
        self.took: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.wrong = 0
        self.late = 0
        self.first = ""
        self.ended = asyncio.Event()

    def next(self) -> Any | None:
        """Return what is to be sent next; None: that was all."""
        return next(self._items, None)

    def came(self, seconds: float, status: str, text: bytes) -> None:
        """Note an answer."""
        self.took.append(seconds)
        self.statuses[status] += 1
        self.wrong += b'"errors"' in text
        self.late += LATE in text
        self.first = self.first or text[:2000].decode(errors="replace")
        self._left -= 1
        if not self._left:
            self.ended.set()


class HttpSender(asyncio.Protocol):
    """One kept connection: sends a ready request, waits for its answer, sends the next."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._buffer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where requests go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def go(self) -> None:
        """Send the next request, if one is left."""
        if (request := self._tally.next()) is not None:
            self._sent_at = time.perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take an answer once it is whole."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or len(self._buffer) < end + 4 + wire.length_of(self._buffer[:end].lower()):
            return
        took = time.perf_counter() - self._sent_at
        self._tally.came(took, self._buffer[9:12].decode(), self._buffer[end + 4 :])
        self._buffer = b""
        self.go()


class SocketApps:
    """Where apps connect in Socket Mode; each by its name."""

    def __init__(self) -> None:
        self._open: dict[str, web.WebSocketResponse] = {}
        self._came = asyncio.Condition()
        self._answered: Callable[[str], None] = lambda text: None

    async def start(self) -> int:
        """Listen, and return the port."""
        app = web.Application()
        app.add_routes([web.get("/socket/{who}", self._connected)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    async def _connected(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True, compress=False)
        await socket.prepare(request)
        await socket.send_str(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": ""}}))
        async with self._came:
            self._open[request.match_info["who"]] = socket
            self._came.notify_all()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._answered(message.data)
        return socket

    async def run(self, who: str, frames: list[tuple[str, str]], at_once: int) -> Tally:
        """Deliver *frames* (envelope id and text) over the socket of *who*."""
        async with asyncio.timeout(_PATIENCE), self._came:
            await self._came.wait_for(lambda: who in self._open)
        socket, tally, sent = self._open[who], Tally(frames), dict[str, float]()

        async def go() -> None:
            if (frame := tally.next()) is not None:
                sent[frame[0]] = time.perf_counter()
                await socket.send_str(frame[1])

        def answered(text: str) -> None:
            found = _ENVELOPE.search(text)
            if found and (at := sent.pop(found[1], None)) is not None:
                tally.came(time.perf_counter() - at, "200", text.encode())
                going.append(asyncio.ensure_future(go()))

        going: list[asyncio.Future[None]] = []
        self._answered = answered
        for _ in range(at_once):
            await go()
        await _all_of(tally)
        return tally


async def _all_of(tally: Tally) -> None:
    """Wait for the end; TimeoutError where no answer has come for a while."""
    seen = -1
    while not tally.ended.is_set():
        if seen == len(tally.took):
            raise TimeoutError(f"no answer for {_PATIENCE:g} s after {seen} answers: {dict(tally.statuses)}")
        seen = len(tally.took)
        try:
            async with asyncio.timeout(_PATIENCE):
                await tally.ended.wait()
        except TimeoutError:
            continue


async def _by_http(port: int, requests: list[bytes], at_once: int) -> Tally:
    tally = Tally(requests)
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: HttpSender(tally), "127.0.0.1", port) for _ in range(at_once)]
    for _, sender in opened:
        sender.go()
    try:
        await _all_of(tally)
    finally:
        for transport, _ in opened:
            transport.close()
    return tally


async def asked_of(port: int, target: str) -> Any:
    """Return the JSON that the far ends at *port* answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {target} HTTP/1.1\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return json.loads(await reader.readexactly(wire.length_of(head.lower())))
    finally:
        writer.close()


async def _until_asked(job: Job, requests: list[bytes]) -> Tally:
    """Deliver one after the other, each until the far ends were asked what the job says."""
    tally = Tally(requests)
    counts = await asked_of(job.far_port, "/control/counts")
    number = counts.get(job.until, 0)
    what = job.until.replace(" ", "%20")
    for request in requests:
        number += 1
        began = time.monotonic()
        one = await _by_http(job.port, [request], 1)
        try:
            async with asyncio.timeout(_PATIENCE):
                came = await asked_of(job.far_port, f"/control/when?what={what}&number={number}")
        except TimeoutError:
            raise TimeoutError(f"no {job.until} in {_PATIENCE:g} s, after {len(tally.took)}") from None
        tally.came(came["at"] - began, next(iter(one.statuses)), one.first.encode())
    return tally


def _bodies(job: Job) -> Iterator[deliveries.Body]:
    for number in range(job.count):
        yield deliveries.made(job.kind, job.arguments[number % len(job.arguments)])


async def run(job: Job, sockets: SocketApps) -> Answered:
    """Make the deliveries, then send them, and return what came of it."""
    frames: list[tuple[str, str]] = []
    requests: list[bytes] = []
    if job.kind == "get":
        requests = [f"GET {job.arguments[0][0]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()] * job.count
    elif job.who:
        frames = [deliveries.as_envelope(body) for body in _bodies(job)]
    else:
        requests = [deliveries.as_request(body) for body in _bodies(job)]
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    try:
        if job.who:
            tally = await sockets.run(job.who, frames, job.at_once)
        elif job.until:
            tally = await _until_asked(job, requests)
        else:
            tally = await _by_http(job.port, requests, job.at_once)
    finally:
        gc.enable()
    seconds = time.perf_counter() - began
    return Answered(tally.took, seconds, dict(tally.statuses), tally.wrong, tally.late, tally.first)


async def main() -> None:
    """Run jobs until there are no more."""
    sockets = SocketApps()
    print(json.dumps({"port": await sockets.start()}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            said = asdict(await run(Job(**json.loads(line)), sockets))
        except (TimeoutError, OSError) as error:
            said = {"error": f"{type(error).__name__} {error}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
