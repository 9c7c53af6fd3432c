"""The bot as a process of its own, `python -m bot …` with nothing but environment variables; killed by its id."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.harness.forking import Forked, forge, forkable

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Finished:
    """What a command that ended left behind."""

    code: int
    out: str
    err: str


@dataclass
class Serving:
    """A `serve` process; *lines* is its standard error so far."""

    process: Process | Forked
    lines: list[str] = field(default_factory=list)
    port: int = 0
    operations_port: int = 0
    _up: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its log, each line read as JSON."""
        return [json.loads(line) for line in self.lines]

    @property
    def err(self) -> str:
        """All of its standard error."""
        return "".join(self.lines)

    async def get(self, path: str) -> httpx.Response:
        """Ask its HTTP listener, or where it is another that for operators."""
        port = self.operations_port if path in ("/status", "/metrics") else self.port
        async with httpx.AsyncClient(verify=False) as http:  # plain HTTP: no certificates have to be read
            return await http.get(f"http://127.0.0.1:{port}{path}", timeout=10)

    async def up(self, seconds: float = 90.0) -> None:
        """Return once it says that it runs, with *port* set."""
        up, ended = asyncio.ensure_future(self._up.wait()), asyncio.ensure_future(self.process.wait())
        try:
            await asyncio.wait({up, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            ended.cancel()
        assert self._up.is_set(), f"it does not start: {self.err}"

    async def end(self, number: signal.Signals = signal.SIGKILL, *, seconds: float = 60.0) -> int:
        """Send it a signal and return its exit code once it is gone."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(seconds):
            return await self.wait()

    async def wait(self) -> int:
        """Return its exit code once it is gone and all that it said is read."""
        code = await self.process.wait()
        if self._reading:
            await self._reading
        return code

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.lines.append(line)
            if '"bot.started"' in line:
                started = json.loads(line)
                self.port, self.operations_port = started["port"], started["operations_port"]
                self._up.set()


async def until(ready: Callable[[], object], *, seconds: float) -> bool:
    """Look every few milliseconds whether *ready* is true, for *seconds* at most; return whether it was."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if ready():
            return True
        await asyncio.sleep(0.005)
    return False


def surroundings(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the whole environment of a bot process: *environ*, and a home without anybody's clouds.yaml."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), "LANG": "C.UTF-8", **environ}


async def _python(
    *args: str, environ: Mapping[str, str], folder: Path, out: bool, forked: bool, limit: int = 2**16
) -> Process | Forked:
    """Start Python with *args*: where they are the bot's own, by a fork, unless *environ* says how Python begins."""
    env = surroundings(environ, folder)
    if forked and args[:2] == ("-m", "bot") and forkable(environ):
        usual = surroundings({}, Path("/nonexistent"))
        return await forge(*usual.items()).start(*args[2:], env=env, cwd=folder, out=out, limit=limit)
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *args,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=PIPE if out else subprocess.DEVNULL,
        stderr=PIPE,
        limit=limit,
    )


@asynccontextmanager
async def serving(
    environ: Mapping[str, str], folder: Path, *, up: bool = True, forked: bool = True
) -> AsyncIterator[Serving]:
    """Start `serve` and wait until it runs, unless *up* is False; at the end it is killed if it still runs."""
    process = await _python("-m", "bot", "serve", environ=environ, folder=folder, out=False, forked=forked, limit=2**20)
    bot = Serving(process)
    bot._reading = asyncio.create_task(bot._read())
    try:
        if up:
            await bot.up()
        yield bot
    finally:
        await bot.end()


async def command(
    environ: Mapping[str, str],
    folder: Path,
    *args: str,
    seconds: float = 90.0,
    python: tuple[str, ...] = ("-m", "bot"),
    forked: bool = True,
) -> Finished:
    """Run `python -m bot ARGS…` to its end."""
    process = await _python(*python, *args, environ=environ, folder=folder, out=True, forked=forked)
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())
