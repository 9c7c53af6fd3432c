"""A network between a bot and its database, which can be cut without either of them being told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Relay:
    """Carries bytes to *target*, a port of this machine; while it is cut, none arrive anywhere."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._carries = asyncio.Event()
        self._carries.set()
        self.port = 0

    def cut(self) -> None:
        """Let nothing through: connections stay, and are silent."""
        self._carries.clear()

    def join(self) -> None:
        """Let through what came meanwhile, and what comes."""
        self._carries.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either end closes it."""
        await self._carries.wait()
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            ways = [asyncio.create_task(self._carry(*way)) for way in ((reader, back), (there, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                back.close()
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._carries.wait()
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def relayed(target: int) -> AsyncIterator[Relay]:
    """Open a relay to *target*."""
    relay = Relay(target)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        relay.join()
        server.close()
