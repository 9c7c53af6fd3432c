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
        self._serving = set[asyncio.Task[None]]()
        self.port = 0

    def cut(self) -> None:
        """Let nothing through: connections stay, and are silent."""
        self._carries.clear()

    def join(self) -> None:
        """Let through what came meanwhile, and what comes."""
        self._carries.set()

    def lead(self, target: int) -> None:
        """Carry what is opened from now on to another port; connections that are cut stay so for good."""
        self._target = target
        if not self._carries.is_set():
            self._carries = asyncio.Event()
            self._carries.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either end closes it, or the relay ends."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        carries = self._carries
        try:
            with suppress(OSError, asyncio.CancelledError):  # of a server's task that is cancelled the loop complains
                await carries.wait()
                await self._connect(reader, writer, carries)
        finally:
            writer.close()
            self._serving.discard(task)

    async def _connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, carries: asyncio.Event
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [asyncio.create_task(_carry(*way, carries)) for way in ((reader, back), (there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            back.close()

    async def end(self) -> None:
        """Close every connection."""
        serving = [*self._serving]
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, carries: asyncio.Event) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            await carries.wait()
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
        server.close()
        await relay.end()
