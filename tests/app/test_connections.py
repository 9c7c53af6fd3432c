"""Connections without a request: each has its time, there are only so many, and who asks is answered all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot import operations
from bot.connections import Heads
from bot.operations import listening
from tests.harness.serving import until


@asynccontextmanager
async def answering(
    monkeypatch: pytest.MonkeyPatch, *, seconds: float = 60.0, most: int = 256, spared: float = 0.0
) -> AsyncIterator[int]:
    """Listen with these limits, and yield the port."""
    monkeypatch.setattr(operations, "_HEAD_SECONDS", seconds)
    monkeypatch.setattr(operations, "_MOST_HEADS", most)
    monkeypatch.setattr(operations, "_SPARED", spared)

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=f"hello {(await request.read()).decode()}")

    async with listening("127.0.0.1", 0, [web.get("/", hello), web.post("/", hello)]) as port:
        yield port


async def answer(port: int, *pieces: bytes) -> bytes:
    """Send *pieces*, one at a time, and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    try:
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("size", [1, 3, 10_000])
async def test_a_request_is_answered_however_it_is_cut(monkeypatch: pytest.MonkeyPatch, size: int):
    """A byte at a time, the end of the head in two pieces, all at once with its body."""
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyou"
    async with answering(monkeypatch) as port:
        got = await answer(port, *(sent[i : i + size] for i in range(0, len(sent), size)))
    assert got.startswith(b"HTTP/1.1 200")
    assert got.endswith(b"hello you")


async def test_two_requests_come_on_one_connection(monkeypatch: pytest.MonkeyPatch):
    """Once the first head is there the connection is the handler's, also for what came with it."""
    one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    async with answering(monkeypatch) as port:
        got = await answer(port, one + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert got.count(b"HTTP/1.1 200") == 2


async def test_who_sends_no_head_in_time_is_left(monkeypatch: pytest.MonkeyPatch):
    """Without an answer: nothing was asked."""
    async with answering(monkeypatch, seconds=0.05) as port:
        assert await answer(port, b"GET / HT") == b""


async def test_of_too_many_that_wait_the_oldest_goes(monkeypatch: pytest.MonkeyPatch):
    """Who asks meanwhile is answered."""
    async with answering(monkeypatch, most=3) as port:
        slow = [asyncio.create_task(answer(port, b"GET")) for _ in range(8)]
        assert await until(lambda: sum(task.done() for task in slow) == 5, seconds=30)
        got = await answer(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 200")
    assert await asyncio.gather(*slow) == [b""] * 8, "the rest goes when the bot stops"


async def test_none_goes_that_has_just_come(monkeypatch: pytest.MonkeyPatch):
    """However many ask at once: each head that is on its way is read."""
    asked = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with answering(monkeypatch, most=3, spared=30) as port:
        answers = await asyncio.gather(*(answer(port, asked[:9], asked[9:]) for _ in range(40)))
    assert {a.partition(b"\r\n")[0] for a in answers} == {b"HTTP/1.1 200 OK"}


async def test_a_head_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch):
    """The handler says so; no more is kept of it than any request may have."""
    async with answering(monkeypatch) as port:
        got = await answer(port, b"GET / HTTP/1.1\r\nX: ", *[b"a" * 16_384] * 5)
    assert b" 400 " in got.partition(b"\r\n")[0]


async def test_what_was_given_up_waits_no_more():
    """Its timer is gone with it."""
    heads = Heads(asyncio.Protocol, seconds=60, most=2, spared=0)
    server = await asyncio.get_running_loop().create_server(heads, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await until(lambda: len(heads), seconds=30)
    heads.close()
    assert len(heads) == 0
    writer.close()
    server.close()
