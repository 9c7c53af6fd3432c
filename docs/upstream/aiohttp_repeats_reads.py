"""aiohttp's ClientSession sends an idempotent request a second time, when the server hung up instead of an answer.

Exit code: 0 where it does and can be told not to, 1 where either isn't so any more.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

import aiohttp

arrived: list[str] = []


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer /first, and hang up when anything else has arrived, answer or none."""
    while head := await reader.readuntil(b"\r\n\r\n"):
        method, path, _ = head.decode().split(" ", 2)
        if path != "/first":
            arrived.append(method)
            break
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def times(method: str, *, kept: bool, again: bool = True) -> int:
    """Ask once; return how often that arrived. *kept*: on a connection that has brought an answer before."""
    server = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    arrived.clear()
    async with aiohttp.ClientSession() as session:
        session._retry_connection = again  # the only way to say so, and no public one
        if kept:
            async with session.get(f"{url}/first") as answer:
                await answer.read()
        with suppress(aiohttp.ServerDisconnectedError):
            await session.request(method, f"{url}/second")
    server.close()
    return len(arrived)


async def main() -> int:
    """Print what happens; return the exit code."""
    ways = [(method, kept) for method in ("GET", "DELETE", "POST") for kept in (True, False)]
    seen = {way: await times(way[0], kept=way[1]) for way in ways}
    for (method, kept), count in seen.items():
        print(f"one {method:6} on a {'kept' if kept else 'new':4} connection that ends unanswered: sent {count} ×")
    told = await times("GET", kept=True, again=False)
    print(f"the same GET with _retry_connection = False:              sent {told} ×")
    return 0 if seen["GET", True] == 2 and seen["POST", True] == 1 and told == 1 else 1


sys.exit(asyncio.run(main()))
