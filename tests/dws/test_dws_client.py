"""The client over HTTP: what it sends, what it repeats, and what becomes of every failure on the way."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import json
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.core.errors import (
    CloudError,
    CloudForbidden,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
    ConfigError,
)
from bot.core.ids import CloudName, ClusterId, SnapshotId
from bot.dws import client as client_module
from bot.dws.bounds import MOST_BYTES
from bot.dws.client import DwsClient, open_cloud
from bot.dws.credentials import CloudSettings
from bot.dws.logins import KeyLogin, PasswordLogin
from bot.ports import Cloud
from bot.words import reasons
from tests.fakes.impatient_clock import ImpatientClock
from tests.harness.certificates import self_signed, served_with

PROJECT = "0123456789abcdef0123456789abcdef"
CLUSTER = ClusterId("11111111-2222-4333-8444-555555555555")
KEYS = KeyLogin(access_key="AK", secret_key=SecretStr("SK"), project_id=PROJECT)
EMPTY: dict[str, list[object]] = {"snapshots": [], "clusters": []}

Answer = Callable[[httpx.Request], httpx.Response]


def settings(endpoint: str = "https://dws.example") -> CloudSettings:
    return CloudSettings(name=CloudName("prod"), login=KEYS, endpoint=endpoint, region="eu-de")


@pytest.fixture
def clock() -> ImpatientClock:
    return ImpatientClock()


def mocked(clock: ImpatientClock, answer: Answer, *, jitter: float = 1.0) -> AbstractAsyncContextManager[DwsClient]:
    """Open a client whose requests *answer* answers."""
    return open_cloud(settings(), clock=clock, transport=httpx.MockTransport(answer), jitter=lambda: jitter)


class Recorder:
    """Answers with the next of *answers*, the last one for ever, and remembers the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


async def test_it_is_a_cloud(clock: ImpatientClock) -> None:
    """The service needs no more than the port."""
    async with mocked(clock, Recorder(httpx.Response(200, json=EMPTY))) as cloud:
        port: Cloud = cloud
        assert port.name == "prod"
        assert await port.clusters() == []


async def test_create_sends_the_documented_request(clock: ImpatientClock) -> None:
    """Path, JSON type and body are the reference's; nothing asks for compression."""
    answer = Recorder(httpx.Response(200, json={"snapshot": {"id": "s-1"}}))
    async with mocked(clock, answer) as cloud:
        assert (await cloud.create_snapshot(CLUSTER, "nightly", "OPS-1")).id == "s-1"
    (request,) = answer.requests
    assert (request.method, str(request.url)) == ("POST", f"https://dws.example/v1.0/{PROJECT}/snapshots")
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept-Encoding"] == "identity"
    assert json.loads(request.content) == {
        "snapshot": {"name": "nightly", "cluster_id": CLUSTER, "description": "OPS-1"}
    }


Call = Callable[[DwsClient], Awaitable[object]]
READS: dict[str, Call] = {
    "clusters": lambda cloud: cloud.clusters(),
    "cluster": lambda cloud: cloud.cluster(CLUSTER),
    "snapshots": lambda cloud: cloud.snapshots(),
    "snapshot": lambda cloud: cloud.snapshot(SnapshotId("s-1")),
}


def create(cloud: DwsClient) -> Awaitable[object]:
    return cloud.create_snapshot(CLUSTER, "nightly", "")


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_reads_are_tried_three_times(clock: ImpatientClock, read: str, status: int) -> None:
    """Each wait is longer than the one before, and at the end the failure is told."""
    answer = Recorder(httpx.Response(status))
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudUnavailable):
            await READS[read](cloud)
    assert len(answer.requests) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError("refused"), httpx.RemoteProtocolError("closed"), httpx.ReadError("reset"), httpx.Response(503)],
)
async def test_a_read_succeeds_at_the_third_try(clock: ImpatientClock, failure: Exception | httpx.Response) -> None:
    """Two failures of the passing kind go unnoticed."""
    answer = Recorder(failure, failure, httpx.Response(200, json=EMPTY))
    async with mocked(clock, answer) as cloud:
        assert await cloud.snapshots() == []


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Mon, 23 Nov 2026 14:05:00 GMT", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)),
        ("Monday, 23-Nov-26 14:05:00 GMT", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)),
        ("Mon Nov 23 14:05:00 2026", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 16:05:00 +0200", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)),
        (None, None),
        ("", None),
        ("just now", None),
        ("2026-11-23T14:05:00Z", None),
        ("1795442700", None),
        ("Mon, 99 Nov 2026 14:05:00 GMT", None),
        ("Mon, 23 Nov 2026 14:05:00 +9999", None),
        ("Mon, 23 Nov 2026 14:05:00 +99999999999999999999", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -0900", None),
        ("Wed, 01 Jan 3000 00:00:00 GMT", None),
        ("\xff\xfe", None),
    ],
)
async def test_the_clouds_own_time_is_that_of_its_list(clock: ImpatientClock, date: str | None, at: datetime | None):
    """In any form that HTTP allows; what is missing or nonsense is not known, and breaks nothing."""
    headers = [] if date is None else [(b"Date", date.encode("latin-1"))]
    async with mocked(clock, Recorder(httpx.Response(200, json=EMPTY, headers=headers))) as cloud:
        assert await cloud.snapshots() == []
        assert cloud.listed_at == at


async def test_the_clouds_time_is_of_the_try_that_succeeded(clock: ImpatientClock) -> None:
    """Errors come from gateways, and earlier."""
    times = [{"Date": f"Mon, 23 Nov 2026 14:05:0{n} GMT"} for n in range(2)]
    answer = Recorder(httpx.Response(503, headers=times[0]), httpx.Response(200, json=EMPTY, headers=times[1]))
    async with mocked(clock, answer) as cloud:
        await cloud.snapshots()
        assert cloud.listed_at == datetime(2026, 11, 23, 14, 5, 1, tzinfo=UTC)


async def test_waits_are_jittered(clock: ImpatientClock) -> None:
    """Clients that failed together come back apart: from half the delay to all of it."""
    async with mocked(clock, Recorder(httpx.Response(503)), jitter=0.0) as cloud:
        with pytest.raises(CloudUnavailable):
            await cloud.snapshots()
    assert clock.slept == [0.25, 0.5]


async def test_retry_after_is_honoured(clock: ImpatientClock) -> None:
    """The cloud's own wait counts where it is longer than ours."""
    answer = Recorder(httpx.Response(429, headers={"Retry-After": "4"}), httpx.Response(200, json=EMPTY))
    async with mocked(clock, answer) as cloud:
        await cloud.snapshots()
    assert clock.slept == [4.0]


async def test_a_long_retry_after_is_left_to_the_caller(clock: ImpatientClock) -> None:
    """Nobody sits through a minute; the error says when to come back, and nothing is sent before."""
    answer = Recorder(httpx.Response(503, headers={"Retry-After": "60"}))
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudUnavailable) as caught:
            await cloud.snapshots()
    assert caught.value.retry_after == 60
    assert len(answer.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    "failure", [httpx.Response(400), httpx.Response(401), httpx.Response(403), httpx.ReadTimeout("slow")]
)
async def test_a_read_is_not_repeated_where_that_would_not_help(
    clock: ImpatientClock, failure: httpx.Response | Exception
) -> None:
    """A refusal stays one, and somebody has waited for a time-out long enough."""
    answer = Recorder(failure)
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudError):
            await cloud.snapshots()
    assert len(answer.requests) == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(200, text="half"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
    ],
)
async def test_the_create_call_is_never_repeated(clock: ImpatientClock, failure: httpx.Response | Exception) -> None:
    """There is no idempotency token: after a lost answer the bot has to look first."""
    answer = Recorder(failure)
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudUnavailable):
            await create(cloud)
    assert len(answer.requests) == 1


def every_httpx_exception() -> list[type[Exception]]:
    """Return every exception class of httpx's that is not merely a base of others."""
    found = [c for _, c in inspect.getmembers(httpx, inspect.isclass) if issubclass(c, Exception)]
    assert len(found) > 20
    return found


def raised(kind: type[Exception], request: httpx.Request) -> Exception:
    """Make an exception of *kind*, whatever its constructor wants."""
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500, request=request))
    wanted = inspect.signature(kind).parameters.values()
    needs_text = any(p.name in ("message", "args") for p in wanted)
    return kind("x") if needs_text else kind()


NEVER_SENT = {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout}
WRONG_ADDRESS = {httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects}


@pytest.mark.parametrize("kind", every_httpx_exception(), ids=lambda k: k.__name__)
async def test_no_httpx_exception_is_left_unmapped(clock: ImpatientClock, kind: type[Exception]) -> None:
    """Whatever httpx raises is a CloudError, and only a connection that never was did surely nothing."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise raised(kind, request)

    async with mocked(clock, fail) as cloud:
        with pytest.raises(CloudError) as caught:
            await create(cloud)
        for read in READS.values():
            with pytest.raises(CloudError):
                await read(cloud)
    assert kind.__name__ in str(caught.value)
    if kind in WRONG_ADDRESS:
        assert type(caught.value) is CloudForbidden
    else:
        assert isinstance(caught.value, CloudUnavailable)
        assert caught.value.maybe_done is (kind not in NEVER_SENT)


async def test_a_login_that_cannot_be_reached_did_nothing(clock: ImpatientClock) -> None:
    """Even a reset is harmless while the bot is logging in: the create call comes after."""
    login = PasswordLogin(
        iam="https://iam.example", password=SecretStr("p"), user_name="u", domain_name="d", project_name="eu-de"
    )
    by_password = CloudSettings(name=CloudName("prod"), login=login, endpoint="https://dws.example")
    token = {"project": {"id": PROJECT, "name": "eu-de"}}
    answers: list[httpx.Response | Exception] = [
        httpx.ReadError("reset"),
        httpx.Response(201, headers={"X-Subject-Token": "t"}, json={"token": token}),
        httpx.Response(401, json={"error_code": "APIGW.0307", "error_msg": "token must be renewed"}),
        httpx.ReadError("reset"),
    ]
    answer = Recorder(*answers)
    async with open_cloud(by_password, clock=clock, transport=httpx.MockTransport(answer)) as cloud:
        for _ in range(2):  # at the first login, and at the renewal after a 401
            with pytest.raises(CloudUnavailable) as caught:
                await create(cloud)
            assert caught.value.maybe_done is False
    assert [r.url.path.split("/")[-1] for r in answer.requests] == ["tokens", "tokens", "snapshots", "tokens"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed(clock: ImpatientClock, status: int) -> None:
    """A login or a request to create goes nowhere that the operator didn't name."""
    answer = Recorder(httpx.Response(status, headers={"Location": "https://elsewhere.example/"}))
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudForbidden) as caught:
            await create(cloud)
    assert "address" in reasons.problem(caught.value.why)
    assert len(answer.requests) == 1


async def test_what_is_gone_is_not_found(clock: ImpatientClock) -> None:
    """A read says so at once."""
    answer = Recorder(httpx.Response(400, json={"error_code": "DWS.5149", "error_msg": "invalid snapshot id"}))
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudNotFound):
            await cloud.snapshot(SnapshotId("s-1"))


@pytest.mark.parametrize("read", READS)
async def test_only_what_names_a_thing_can_be_told_that_it_is_gone(clock: ImpatientClock, read: str) -> None:
    """ "Not found or permission denied" of a list is no word on any cluster or snapshot."""
    answer = Recorder(httpx.Response(403, json={"error_code": "DWS.0015", "error_msg": "Not found or denied."}))
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudForbidden if read in ("clusters", "snapshots") else CloudNotFound):
            await READS[read](cloud)


async def test_a_create_call_is_told_that_its_cluster_may_be_gone(clock: ImpatientClock) -> None:
    """The same words leave open which it is: a look tells."""
    answer = Recorder(httpx.Response(403, json={"error_code": "DWS.0015", "error_msg": "Not found or denied."}))
    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudForbidden) as caught:
            await create(cloud)
    assert caught.value.perhaps_gone


async def test_errors_and_the_operators_line_hold_no_secret(clock: ImpatientClock) -> None:
    """Neither the secret key nor the signature."""
    async with mocked(clock, Recorder(httpx.Response(400, json={"error_code": "DWS.5001", "error_msg": "x"}))) as cloud:
        with pytest.raises(CloudRejected) as caught:
            await create(cloud)
    assert "SK" not in str(caught.value) + str(caught.value.why)
    async with mocked(clock, Recorder(httpx.Response(200, json=EMPTY))) as cloud:
        assert await cloud.whoami() == f"the access key AK… in project {PROJECT} at https://dws.example: 0 clusters"


# ---- over real connections

Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENT = httpx.Timeout(60.0)  # what ends by itself must not end by the clock
FAST = httpx.Timeout(0.2, connect=60.0)


@asynccontextmanager
async def serving(serve: Served, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Answer connections on loopback with *serve*, after the request's head; yield the endpoint."""

    handling: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client left, which is what some tests are about, or the test is over
        finally:
            handling.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling)
        await server.wait_closed()


async def fails_over(serve: Served, clock: ImpatientClock, call: Call = create) -> CloudUnavailable:
    """Return what *call* raises against *serve*."""
    timeout = FAST if serve is _hang else PATIENT
    async with serving(serve) as endpoint, open_cloud(settings(endpoint), clock=clock, timeout=timeout) as cloud:
        with pytest.raises(CloudUnavailable) as caught:
            await call(cloud)
    return caught.value


async def test_a_refused_connection_did_nothing(clock: ImpatientClock) -> None:
    """Nobody listens: the create call can be made again."""
    async with serving(_hang) as endpoint:
        pass
    async with open_cloud(settings(endpoint), clock=clock) as cloud:
        with pytest.raises(CloudUnavailable) as caught:
            await create(cloud)
    assert caught.value.maybe_done is False


async def test_an_unknown_host_did_nothing(clock: ImpatientClock) -> None:
    """The name doesn't resolve (`.invalid` never does)."""
    async with open_cloud(settings("http://dws.invalid"), clock=clock) as cloud:
        with pytest.raises(CloudUnavailable) as caught:
            await create(cloud)
    assert caught.value.maybe_done is False


async def _hang(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1.0)


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"snapshot":')
    await writer.drain()


async def _no_http(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()


@pytest.mark.parametrize("serve", [_hang, _reset, _half, _no_http])
async def test_a_lost_answer_may_have_acted(clock: ImpatientClock, serve: Served) -> None:
    """Silence, a reset, half an answer, no HTTP: the request was sent, so the list has to tell."""
    assert (await fails_over(serve, clock)).maybe_done is True


async def test_an_answer_that_drips_ends(clock: ImpatientClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte comes in time, the whole never does: the call has its own end."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _byte in range(100):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    monkeypatch.setattr(client_module, "WHOLE_CALL", 0.1)
    lost = await fails_over(drip, clock)
    assert lost.maybe_done is True
    assert "TimeoutError" in str(lost)


async def test_an_endless_answer_is_cut_off(clock: ImpatientClock) -> None:
    """Ten megabytes are far beyond any list; what comes after is not read."""
    sent = 0

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        block = b" " * 0x40000
        while sent < 8 * MOST_BYTES:
            writer.write(b"40000\r\n" + block + b"\r\n")
            await writer.drain()
            sent += len(block)

    assert "longer than" in str(await fails_over(pour, clock))
    assert sent < 2 * MOST_BYTES


async def test_an_announced_excess_is_not_read(clock: ImpatientClock) -> None:
    """Content-Length alone is enough."""

    async def announce(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {MOST_BYTES + 1}\r\n\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.1)

    assert "longer than" in str(await fails_over(announce, clock))


def raw_deflate(plain: bytes) -> bytes:
    """Return *plain* without zlib's frame, as some servers send what they call deflate."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(plain) + packer.flush()


def sending(body: bytes, encoding: str = "") -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Return what answers with *body* as it is, in small parts."""

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        named = f"Content-Encoding: {encoding}\r\n" if encoding else ""
        writer.write(f"HTTP/1.1 200 OK\r\n{named}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        for start in range(0, len(body), 4096):
            writer.write(body[start : start + 4096])
            await writer.drain()

    return send


PLAIN = json.dumps(
    {"snapshots": [{"id": f"s-{n}", "name": f"{n * 2_654_435_761:x}" * 9} for n in range(1000)]}
).encode()
BOMB_BYTES = 8 * MOST_BYTES


def bomb(*, wbits: int) -> bytes:
    """Return little that unpacks to *BOMB_BYTES*."""
    packer = zlib.compressobj(1, wbits=wbits)
    return b"".join(packer.compress(b" " * 0x100000) for _ in range(BOMB_BYTES // 0x100000)) + packer.flush()


# Not made on import: every process that collects the tests would pay for it.
PACKED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip": ("gzip", lambda: gzip.compress(PLAIN)),
    "gzip, said in another case": ("GZIP ", lambda: gzip.compress(PLAIN)),
    "gzip by its old name": ("x-gzip", lambda: gzip.compress(PLAIN)),
    "gzip, and it isn't said": ("", lambda: gzip.compress(PLAIN)),
    "gzip in two members": ("gzip", lambda: gzip.compress(PLAIN[:5]) + gzip.compress(PLAIN[5:])),
    "unpacked on the way, and still called gzip": ("gzip", lambda: PLAIN),
    "deflate": ("deflate", lambda: zlib.compress(PLAIN)),
    "deflate without a frame": ("deflate", lambda: raw_deflate(PLAIN)),
    "identity": ("identity", lambda: PLAIN),
}


@pytest.mark.parametrize("case", PACKED)
async def test_a_compressed_answer_is_read(clock: ImpatientClock, case: str) -> None:
    """None was asked for; some gateways send it all the same."""
    encoding, body = PACKED[case]
    async with serving(sending(body(), encoding)) as endpoint, open_cloud(settings(endpoint), clock=clock) as cloud:
        assert len(await cloud.snapshots()) == 1000


UNREADABLE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a bomb of gzip": ("gzip", lambda: bomb(wbits=31), "longer than 10485760 bytes"),
    "a bomb of deflate": ("deflate", lambda: bomb(wbits=15), "longer than 10485760 bytes"),
    "many small members": ("", lambda: gzip.compress(b"x" * 100) * 1000, "can't be unpacked as gzip"),
    "gzip without its end": ("gzip", lambda: gzip.compress(PLAIN)[:-9], "breaks off"),
    "gzip that goes on as nonsense": (
        "gzip",
        lambda: gzip.compress(PLAIN)[:50] + b"?" * 100,
        "can't be unpacked as gzip",
    ),
    "no deflate": ("deflate", lambda: b"?" * 100, "can't be unpacked as deflate"),
    "brotli": ("br", lambda: PLAIN, "compressed"),
    "gzip in gzip": ("gzip, gzip", lambda: gzip.compress(gzip.compress(PLAIN)), "compressed"),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_what_unpacks_to_too_much_or_not_at_all_is_refused(clock: ImpatientClock, case: str) -> None:
    """Within the bound of any answer, and little of it in memory at a time."""
    encoding, body, told = UNREADABLE[case]
    packed = body()
    tracemalloc.start()
    try:
        async with serving(sending(packed, encoding)) as endpoint, open_cloud(settings(endpoint), clock=clock) as cloud:
            with pytest.raises(CloudUnavailable, match=told):
                await cloud.snapshots()
        assert tracemalloc.get_traced_memory()[1] < 4 * MOST_BYTES
    finally:
        tracemalloc.stop()


def paged(answer: Callable[[dict[str, str]], dict[str, object]]) -> Recorder:
    """Return a cloud whose lists *answer* makes by the query."""

    class Paged(Recorder):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return httpx.Response(200, json=answer(dict(request.url.params)))

    return Paged(httpx.Response(500))


ALL = [{"id": f"s-{n}", "name": f"n-{n}"} for n in range(25)]


def by_marker(asked: dict[str, str]) -> dict[str, object]:
    start = int(asked.get("marker", 0))
    more = {"next_marker": str(start + 10)} if start < 20 else {"next_marker": None}
    return {"snapshots": ALL[start : start + 10], "page_info": more}


def by_link(asked: dict[str, str]) -> dict[str, object]:
    start = int(asked.get("from", 0))
    more = [{"rel": "next", "href": f"https://elsewhere.example/x?from={start + 10}&limit=10"}] if start < 20 else []
    return {"snapshots": ALL[start : start + 10], "snapshots_links": more}


def by_offset(asked: dict[str, str]) -> dict[str, object]:
    start = int(asked.get("offset", 0))
    return {"snapshots": ALL[start : start + 10], "count": "25"}


def by_page_number(asked: dict[str, str]) -> dict[str, object]:
    start = 10 * int(asked.get("offset", 0))
    return {"snapshots": ALL[start : start + 10], "count": 25}


@pytest.mark.parametrize("answer", [by_marker, by_link, by_offset, by_page_number])
async def test_a_list_is_read_to_its_last_page(
    clock: ImpatientClock, answer: Callable[[dict[str, str]], dict[str, object]]
) -> None:
    """However a page says that another follows; all of them from the one address that the login is for."""
    cloud_side = paged(answer)
    async with mocked(clock, cloud_side) as cloud:
        assert [s.id for s in await cloud.snapshots()] == [item["id"] for item in ALL]
    assert {request.url.host for request in cloud_side.requests} == {"dws.example"}


async def test_a_count_that_is_wrong_is_found_out_once(clock: ImpatientClock) -> None:
    """The same list again and again, or an error for what it doesn't know: it is whole, and not asked about twice."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url.query, "ascii"))
        if "offset=10" in asked[-1]:
            return httpx.Response(400, json={"error_code": "DWS.0001", "error_msg": "Invalid parameter."})
        return httpx.Response(200, json={"snapshots": ALL[:10], "count": 99})

    asked: list[str] = []
    async with mocked(clock, answer) as cloud:
        assert len(await cloud.snapshots()) == 10
        assert len(await cloud.snapshots()) == 10
    assert asked == ["", "offset=10&limit=10", "offset=1&limit=10", ""]


async def test_a_list_without_an_end_is_no_answer(clock: ImpatientClock) -> None:
    """Each page another id, and another marker: it is left, and nothing is made of the part."""

    def endless(asked: dict[str, str]) -> dict[str, object]:
        number = int(asked.get("marker", 0))
        return {"snapshots": [{"id": f"s-{number}"}], "next_marker": number + 1}

    async with mocked(clock, paged(endless)) as cloud:
        with pytest.raises(CloudUnavailable, match="more than 200 pages"):
            await cloud.snapshots()


@pytest.mark.parametrize("status", [400, 403, 500])
async def test_a_page_that_is_announced_and_fails_fails_the_list(clock: ImpatientClock, status: int) -> None:
    """Never a shorter list."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.query:
            return httpx.Response(status, json={"error_code": "DWS.8888", "error_msg": "no"})
        return httpx.Response(200, json={"clusters": [{"id": "c"}], "links": {"next": "/v1.0/x/clusters?marker=c"}})

    async with mocked(clock, answer) as cloud:
        with pytest.raises(CloudError):
            await cloud.clusters()


async def test_the_list_of_a_large_project_is_read(clock: ImpatientClock) -> None:
    """Ten thousand snapshots fit."""
    items = [{"id": f"s-{n}", "name": f"nightly-{n}", "status": "AVAILABLE", "size": 1.5} for n in range(10_000)]
    body = json.dumps({"snapshots": items, "count": 10_000}).encode()

    async with serving(answering(body)) as endpoint, open_cloud(settings(endpoint), clock=clock) as cloud:
        assert len(await cloud.snapshots()) == 10_000


async def test_cancelling_a_call_is_not_an_error_of_the_cloud(clock: ImpatientClock) -> None:
    """A shutdown passes through."""
    async with serving(_hang) as endpoint, open_cloud(settings(endpoint), clock=clock) as cloud:
        task = asyncio.create_task(cloud.snapshots())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def answering(body: bytes) -> Served:
    """Answer 200 with *body*, once."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    return serve


async def test_connections_are_few(clock: ImpatientClock) -> None:
    """Forty calls at once go over at most 24 connections at a time: more than the worker's sixteen, for people."""
    open_now = most = 0
    answer = answering(json.dumps(EMPTY).encode())

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.005)
        await answer(reader, writer)
        open_now -= 1

    async with serving(count) as endpoint, open_cloud(settings(endpoint), clock=clock) as cloud:
        await asyncio.gather(*(cloud.snapshots() for _ in range(40)))
    assert most == 24


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a file with a self-signed certificate for 127.0.0.1 and its key."""
    return self_signed(tmp_path)


async def test_a_private_certificate_is_trusted_only_where_named(clock: ImpatientClock, certificate: Path) -> None:
    """OS_CACERT makes a cloud's own authority good; without it the connection does not come about."""
    async with serving(answering(json.dumps(EMPTY).encode()), served_with(certificate)) as endpoint:
        async with open_cloud(replace(settings(endpoint), ca_file=certificate), clock=clock) as cloud:
            assert await cloud.snapshots() == []
        async with open_cloud(settings(endpoint), clock=clock) as cloud:
            with pytest.raises(CloudUnavailable, match="CERTIFICATE_VERIFY_FAILED") as caught:
                await create(cloud)
    assert caught.value.maybe_done is False


async def test_a_file_without_certificates_is_the_operators(clock: ImpatientClock, tmp_path: Path) -> None:
    """It is found on opening, and named."""
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        async with open_cloud(replace(settings(), ca_file=wrong), clock=clock):
            pass


async def test_retry_after_as_a_date_counts_from_the_answer(clock: ImpatientClock) -> None:
    """With the answer's own date the clocks need not agree."""
    headers = {"Retry-After": "Fri, 02 Jan 2026 03:04:08 GMT", "Date": "Fri, 02 Jan 2026 03:04:05 GMT"}
    answer = Recorder(httpx.Response(503, headers=headers), httpx.Response(200, json=EMPTY))
    async with mocked(clock, answer) as cloud:
        await cloud.snapshots()
    assert clock.slept == [3.0]
    assert clock.now() > datetime(2026, 11, 23, tzinfo=UTC)
