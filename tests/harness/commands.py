"""The sandboxes' commands as processes of their own, and the examples in their READMEs."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Command:
    """A command that runs, and what it has printed so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """The variables that its lines set in a shell that reads them."""
        exports = (shlex.split(line, comments=True) for line in self.lines)
        return dict(words[1].split("=", 1) for words in exports if words and words[0] == "export")

    async def read_until(self, text: str, *, seconds: float = 60.0) -> None:
        """Read its lines until one has *text*."""
        assert self.process.stdout is not None
        async with asyncio.timeout(seconds):
            while not any(text in line for line in self.lines):
                line = await self.process.stdout.readline()
                assert line, f"it ended before it said {text!r}: {self.lines}"
                self.lines.append(line.decode().rstrip("\n"))

    async def ended(self, *, seconds: float = 60.0) -> tuple[int, str, str]:
        """Return its exit code, and what else it wrote to standard output and standard error."""
        async with asyncio.timeout(seconds):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def started(*arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Command]:
    """Run Python with *arguments* and only *env*; what still runs at the end is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        *arguments,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def entry(package: str) -> tuple[str, str]:
    """Return what Python runs for the command of *package*, as `scripts/setup` writes it."""
    return "-c", f"from {package}.cli import main\nmain()"


@asynccontextmanager
async def sandbox(package: str, *arguments: str) -> AsyncIterator[Command]:
    """Run the command of *package* until it listens."""
    async with started(*entry(package), *arguments) as command:
        await command.read_until("Ctrl-C ends it")
        yield command


async def run(package: str, *arguments: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command that ends by itself."""
    async with started(*entry(package), *arguments) as command:
        return await command.ended()


def examples(package: str, language: str) -> list[str]:
    """Return the code in the README of *package* that is in *language*."""
    readme = (ROOT / package / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.M | re.S)


def curled(line: str) -> tuple[str, str]:
    """Return the URL and the body of a `curl -d BODY URL`."""
    curl, option, body, url = shlex.split(line)
    assert (curl, option) == ("curl", "-d")
    return url, body
