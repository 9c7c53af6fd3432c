"""What a failure on the wire means: whether a request may have been done is the one thing that must never be wrong."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from bot.aiohttp_transport import AiohttpTransport
from bot.dws.client import NEVER_SENT
from tests.harness.certificates import self_signed, served_with

WAITS = httpx.Timeout(60.0)  # what ends by itself must not end by the clock
Answering = Callable[["Far", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Far:
    """A server that keeps what it was sent, by connection."""

    port: int = 0
    connections: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """Return the next request, whole."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0)
        self.sent.append(head + await reader.readexactly(length))
        self.was_asked.set()
        return self.sent[-1]


@asynccontextmanager
async def serving(answering: Answering, tls: ssl.SSLContext | None = None) -> AsyncIterator[Far]:
    """Serve, each connection with *answering*."""
    far = Far()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far.connections.append(b"")
        try:
            await answering(far, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
    far.port = server.sockets[0].getsockname()[1]
    try:
        yield far
    finally:
        server.close()


@asynccontextmanager
async def client(*, verify: ssl.SSLContext | None = None, most: int = 8, proxy: str | None = None, timeout=WAITS):
    """Open a client as the bot does."""
    way = AiohttpTransport(verify=verify or ssl.create_default_context(), most=most, proxy=proxy)
    async with httpx.AsyncClient(transport=way, trust_env=False, timeout=timeout, follow_redirects=False) as http:
        yield http


def answer(body: bytes = b"{}", head: str = "") -> bytes:
    """Return an answer."""
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode("latin-1") + body


def reset(writer: asyncio.StreamWriter) -> None:
    """Have the connection end with a reset."""
    taken = writer.get_extra_info("socket")
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def closes(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)


async def resets(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    reset(writer)


async def closes_within_the_head(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-")


async def closes_within_the_body(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    writer.write(answer(b"0123456789")[:-5])


async def resets_within_the_body(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    writer.write(answer(b"0123456789")[:-5])
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


async def breaks_a_chunk(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01")


async def talks_nonsense(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


async def is_silent(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    await reader.read()


async def is_silent_within_the_body(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await far.read(reader)
    writer.write(answer(b"0123456789")[:-5])
    await reader.read()


MAY_BE_DONE = {
    closes: httpx.RemoteProtocolError,
    resets: httpx.ReadError,
    closes_within_the_head: httpx.RemoteProtocolError,
    closes_within_the_body: httpx.RemoteProtocolError,
    resets_within_the_body: httpx.RemoteProtocolError,
    breaks_a_chunk: httpx.RemoteProtocolError,
    talks_nonsense: httpx.RemoteProtocolError,
    is_silent: httpx.ReadTimeout,
    is_silent_within_the_body: httpx.ReadTimeout,
}


@pytest.mark.parametrize("tls", [False, True], ids=["", "tls"])
@pytest.mark.parametrize("failing", MAY_BE_DONE, ids=lambda f: f.__name__)
async def test_a_request_on_its_way_is_never_called_unsent(failing, tls, tmp_path):
    """Nor sent again by the client, on a connection of its own and on one that was kept."""

    async def first_well(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/well" in await far.read(reader):
            writer.write(answer())
            await far.read(reader)
        reader.feed_data(far.sent.pop())
        await failing(far, reader, writer)

    certificate = self_signed(tmp_path) if tls else None
    verify = ssl.create_default_context(cafile=certificate) if certificate else None
    is_timed = MAY_BE_DONE[failing] is httpx.ReadTimeout
    timeout = httpx.Timeout(0.3, connect=60.0) if is_timed else WAITS
    async with serving(first_well, served_with(certificate) if certificate else None) as far:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{far.port}"
        for kept in (False, True):
            async with client(verify=verify, timeout=timeout) as http:
                far.sent.clear()
                if kept:
                    assert (await http.get(f"{url}/well")).json() == {}
                with pytest.raises(MAY_BE_DONE[failing]) as raised:
                    await http.post(f"{url}/create", content=b'{"snapshot": 1}')
            assert not isinstance(raised.value, NEVER_SENT)
            assert [sent.partition(b" HTTP")[0] for sent in far.sent] == [b"GET /well"] * kept + [b"POST /create"]


async def test_a_request_that_finds_its_kept_connection_closed_may_be_done():
    """Whether the far end read it before it closed can't be known."""

    async def once(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await far.read(reader)
        writer.write(answer())
        await far.read(reader)
        reset(writer)

    async with serving(once) as far, client() as http:
        await http.get(f"http://127.0.0.1:{far.port}/")
        with pytest.raises(httpx.TransportError) as raised:
            await http.post(f"http://127.0.0.1:{far.port}/", content=b"{}")
    assert not isinstance(raised.value, NEVER_SENT)


async def refused(tmp_path, monkeypatch) -> None:
    async with client() as http:
        await http.post(f"http://127.0.0.1:{free_port()}/", content=b"{}")


async def refused_by_a_proxys_port(tmp_path, monkeypatch) -> None:
    async with client(proxy=f"http://127.0.0.1:{free_port()}") as http:
        await http.post("https://dws.invalid/", content=b"{}")


async def no_such_host(tmp_path, monkeypatch) -> None:
    async with client() as http:
        await http.post("http://dws.invalid/", content=b"{}")


async def of_an_unknown_ca(tmp_path, monkeypatch) -> None:
    async with serving(closes, served_with(self_signed(tmp_path))) as far, client() as http:
        await http.post(f"https://127.0.0.1:{far.port}/", content=b"{}")


async def for_another_host(tmp_path, monkeypatch) -> None:
    certificate = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=certificate)
    async with serving(closes, served_with(certificate)) as far, client(verify=trusting) as http:
        await http.post(f"https://localhost:{far.port}/", content=b"{}")


async def without_tls(tmp_path, monkeypatch) -> None:
    async def talks(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async with serving(talks) as far, client() as http:
        await http.post(f"https://127.0.0.1:{far.port}/", content=b"{}")


async def hung_up_in_the_handshake(tmp_path, monkeypatch) -> None:
    async def hangs_up(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with serving(hangs_up) as far, client() as http:
        await http.post(f"https://127.0.0.1:{far.port}/", content=b"{}")


async def silent_in_the_handshake(tmp_path, monkeypatch) -> None:
    async def waits(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(waits) as far, client(timeout=httpx.Timeout(5.0, connect=0.3)) as http:
        await http.post(f"https://127.0.0.1:{far.port}/", content=b"{}")


async def no_connection_free(tmp_path, monkeypatch) -> None:
    async with serving(is_silent) as far, client(most=1, timeout=httpx.Timeout(5.0, pool=0.3)) as http:
        url = f"http://127.0.0.1:{far.port}/"
        first = asyncio.create_task(http.post(url, content=b"{}"))
        try:
            await far.was_asked.wait()
            await http.post(url, content=b"{}")
        finally:
            assert len(far.sent) == 1
            first.cancel()


UNSENT = {
    refused: httpx.ConnectError,
    refused_by_a_proxys_port: httpx.ConnectError,
    no_such_host: httpx.ConnectError,
    of_an_unknown_ca: httpx.ConnectError,
    for_another_host: httpx.ConnectError,
    without_tls: httpx.ConnectError,
    hung_up_in_the_handshake: httpx.ConnectError,
    silent_in_the_handshake: httpx.ConnectTimeout,
    no_connection_free: httpx.ConnectTimeout,
}


@pytest.mark.parametrize("trying", UNSENT, ids=lambda f: f.__name__)
async def test_what_never_left_is_called_so(trying, tmp_path, monkeypatch):
    """So that it can be tried again at once."""
    with pytest.raises(UNSENT[trying]) as raised:
        await trying(tmp_path, monkeypatch)
    assert isinstance(raised.value, NEVER_SENT)


def free_port() -> int:
    """Return a port where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def well(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await far.read(reader)
        writer.write(answer())


async def test_a_request_goes_out_as_it_was_built():
    """The address and the headers that were signed, and none that the lower library would like to add."""
    async with serving(well) as far, client() as http:
        url = f"http://127.0.0.1:{far.port}/v1.0/p%7E%2f%41/snapshots?a=%7E+b&c=%c3%a9"
        await http.post(url, content=b'{"a": 1}', headers={"X-Sdk-Date": "20261127T000000Z"})
        await http.get(url)
    post, get = far.sent
    assert post.startswith(b"POST /v1.0/p%7E%2f%41/snapshots?a=%7E+b&c=%c3%a9 HTTP/1.1\r\n")
    assert post.endswith(b'\r\n\r\n{"a": 1}')
    assert header_names(post) == sorted(
        [b"host", b"accept", b"accept-encoding", b"connection", b"user-agent", b"x-sdk-date", b"content-length"]
    )
    assert header_names(get) == sorted([b"host", b"accept", b"accept-encoding", b"connection", b"user-agent"])
    assert len(far.connections) == 1


def header_names(request: bytes) -> list[bytes]:
    """Return the names of the headers of *request*."""
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return sorted(line.partition(b":")[0].lower() for line in lines)


async def test_a_long_token_can_be_read():
    """IAM's come in a header, with the catalogue in them longer than aiohttp takes by itself."""

    async def says(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await far.read(reader)
        writer.write(answer(head=f"X-Subject-Token: {'M' * 60_000}\r\n"))
        await far.read(reader)

    async with serving(says) as far, client() as http:
        got = await http.get(f"http://127.0.0.1:{far.port}/")
    assert got.headers["X-Subject-Token"] == "M" * 60_000


async def test_headers_are_bounded():
    """One without an end isn't read for ever."""

    async def says(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await far.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            writer.write(b"M" * 10_000)
            await writer.drain()

    async with serving(says) as far, client() as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(f"http://127.0.0.1:{far.port}/")


@pytest.mark.parametrize("value", ["secret\n", "sec\rret", "sec\0ret"])
async def test_a_header_that_no_wire_carries_is_refused_without_its_value(value):
    """It comes from a setting, and may be a secret."""
    async with serving(well) as far, client() as http:
        with pytest.raises(httpx.LocalProtocolError) as raised:
            await http.get(f"http://127.0.0.1:{far.port}/", headers={"X-Auth-Token": value})
    assert "sec" not in str(raised.value)
    assert far.sent == []


async def test_cookies_of_a_far_end_are_not_its_next_requests():
    """A gateway's sticky session is nobody's login: httpx keeps what it keeps, aiohttp nothing besides."""

    async def bakes(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await far.read(reader)
            writer.write(answer(head="Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"))

    async with serving(bakes) as far, client() as http:
        first = await http.get(f"http://127.0.0.1:{far.port}/")
        await http.get(f"http://127.0.0.1:{far.port}/")
    assert first.headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert far.sent[1].lower().count(b"cookie:") == 1


async def test_what_is_not_read_to_its_end_keeps_no_connection():
    """Or what is left of it would be taken for the next answer."""

    async def long(far: Far, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await far.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 70_000)
        await reader.read()

    async with serving(long) as far, client() as http:
        for _ in range(2):
            async with http.stream("GET", f"http://127.0.0.1:{far.port}/") as got:
                assert got.status_code == 200
    assert len(far.connections) == 2
