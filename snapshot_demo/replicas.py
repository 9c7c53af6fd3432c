"""Several processes of `snapshot-bot serve` on one database, each started as an operator would start it.

What each of them does is read from its log.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TextIO

from bot.core.errors import BotError
from bot.core.phrase import as_told
from snapshot_demo.children import tied

_UP: Final = 90.0  # seconds
_DOWN: Final = 15.0  # seconds; a bot that is told to stop takes ten at the most
_LINE: Final = 2**20  # bytes of one line of a log, at the most

Heard = Callable[["Replica", Mapping[str, Any]], None]


class Replica:
    """One process; *events* are the lines of its log so far."""

    def __init__(self, number: int, process: Process, log: TextIO) -> None:
        self.number = number
        self.name = f"process {number}"
        self.events: list[Mapping[str, Any]] = []
        self.process = process
        self.log = log

    @property
    def is_running(self) -> bool:
        """Say whether it is there."""
        return self.process.returncode is None

    @property
    def status_url(self) -> str:
        """Return where it says how it is; "" before it runs."""
        started = self.did("bot.started")
        return f"http://127.0.0.1:{started['operations_port']}/status" if started else ""

    def did(self, event: str, **facts: str) -> Mapping[str, Any] | None:
        """Return the first line of its log about *event* with these *facts*, None where there is none."""
        return next((e for e in self.events if e.get("event") == event and facts.items() <= e.items()), None)


class Replicas:
    """The processes; *heard* is called with each line that one of them logs."""

    def __init__(self) -> None:
        self.all: list[Replica] = []
        self.heard: Heard = lambda *_: None
        self._changed = asyncio.Event()
        self._reading: list[asyncio.Task[None]] = []

    @property
    def running(self) -> list[Replica]:
        """Return those that are there."""
        return [r for r in self.all if r.is_running]

    async def start(self, environ: Mapping[str, str], folder: Path) -> None:
        """Start one more, with *environ* alone as its environment; its log goes to a file in *folder*, too."""
        number = len(self.all) + 1
        # A session of its own: Ctrl-C at the terminal is for this process, which then stops what it has started.
        process = await asyncio.create_subprocess_exec(
            *tied(signal.SIGTERM),
            *(sys.executable, "-m", "bot", "serve"),
            env=dict(environ),
            cwd=folder,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
            limit=_LINE,
            start_new_session=True,
        )
        log = (folder / f"process-{number}.log").open("w", encoding="utf-8")
        replica = Replica(number, process, log)
        self.all.append(replica)
        self._reading.append(asyncio.create_task(self._read(replica), name=replica.name))

    async def up(self) -> None:
        """Return once all of them run.

        Raises:
            BotError: one has ended instead; with the cause that it logs.
        """

        def ready() -> bool:
            return all(replica.status_url or not replica.is_running for replica in self.all)

        with suppress(TimeoutError):
            await self._until(ready, _UP, "")
        for replica in self.all:
            if not (replica.is_running and replica.status_url):
                last = replica.events[-1] if replica.events else {}
                text = f"{replica.name} didn't start: {last.get('cause') or last.get('event') or 'it said nothing'}"
                raise BotError(text, phrase=as_told(text))

    async def who(self, event: str, *, seconds: float, **facts: str) -> Replica:
        """Return who logs *event* with these *facts*, once somebody has.

        Raises:
            TimeoutError: nobody has, after so many *seconds*.
        """

        def found() -> Replica | None:
            return next((r for r in self.all if r.did(event, **facts)), None)

        await self._until(found, seconds, f"no process says {event}")
        replica = found()
        assert replica is not None
        return replica

    async def kill(self, replica: Replica) -> None:
        """Kill it (-9), and return once it is gone."""
        replica.process.kill()
        await replica.process.wait()

    async def close(self) -> None:
        """Stop those that run, and kill those that don't stop; *heard* hears nothing of that."""
        self.heard = lambda *_: None
        for replica in self.running:
            with suppress(ProcessLookupError):
                replica.process.terminate()
        try:
            ends = [asyncio.ensure_future(replica.process.wait()) for replica in self.all]
            if ends:
                await asyncio.wait(ends, timeout=_DOWN)
        finally:
            for replica in self.running:
                with suppress(ProcessLookupError):
                    replica.process.kill()
            await asyncio.gather(*self._reading, return_exceptions=True)
            for replica in self.all:
                replica.log.close()

    async def _read(self, replica: Replica) -> None:
        assert replica.process.stderr is not None
        while line := (await replica.process.stderr.readline()).decode(errors="replace"):
            replica.log.write(line)
            replica.log.flush()
            with suppress(ValueError):  # what Python itself says isn't JSON
                if isinstance(said := json.loads(line), dict):
                    replica.events.append(said)
                    self.heard(replica, said)
                    self._tell()
        await replica.process.wait()
        self.heard(replica, {"event": "process.ended", "code": replica.process.returncode})
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, ready: Callable[[], object], seconds: float, otherwise: str) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    await self._changed.wait()
        except TimeoutError as e:
            raise TimeoutError(f"{otherwise} within {seconds:g} s") from e


@asynccontextmanager
async def replicated(environ: Mapping[str, str], folder: Path, count: int) -> AsyncIterator[Replicas]:
    """Run *count* processes, each with *environ* alone as its environment, until the block ends.

    Raises:
        BotError: one of them doesn't start.
    """
    replicas = Replicas()
    try:
        for _ in range(count):
            await replicas.start(environ, folder)
        await replicas.up()
        yield replicas
    finally:
        await replicas.close()


def listed(replicas: Sequence[Replica]) -> list[str]:
    """Return a line for each of *replicas*: its number, its process id, and where it says how it is."""
    return [f"{r.name}   pid {r.process.pid:<8} {r.status_url if r.is_running else 'has ended'}" for r in replicas]
