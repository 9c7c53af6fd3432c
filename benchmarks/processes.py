"""The processes of a measurement, each on its core: what is measured on one, load and far ends on another."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from benchmarks import universe
from benchmarks.far_ends import Ends
from benchmarks.loading import Answered, Job
from benchmarks.measuring import Unmeasurable

ROOT: Final = Path(__file__).resolve().parents[1]
MEASURED: Final = 0  # the number of a core
BESIDE: Final = 1
_START: Final = 90.0  # seconds for a process to be up


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def asked(port: int, path: str, *, timeout: float = 30.0) -> tuple[int, bytes]:
    """Return status and body of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def posted(port: int, request: bytes) -> int:
    """Send a whole *request* as it is, and return the status of its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        return int(connection.recv(4096).split(b" ", 2)[1])


def _on_core(number: int) -> None:
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[number % len(cores)]})


@dataclass(frozen=True, slots=True)
class Child:
    """A process that runs, and where it writes what goes wrong."""

    process: subprocess.Popen[str]
    log: Path

    def said(self) -> dict[str, Any]:
        """Return the next line that it prints, as JSON."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Unmeasurable(f"{self.process.args!r} ended: {self.end()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def tell(self, document: object) -> None:
        """Send it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(document) + "\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-500:]

    def cpu(self) -> float:
        """Return the seconds of processor time that it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return how much memory it has, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


@contextmanager
def running(
    arguments: Sequence[str], log: Path, *, core: int, environ: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Run this Python with *arguments* on a core; it is ended with the block."""
    usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**usual, **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if environ is None else errors,
            stderr=errors,
            text=True,
            preexec_fn=lambda: _on_core(core),
        )
    try:
        yield Child(process, log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


@dataclass(frozen=True, slots=True)
class Load:
    """The process that makes the load; sockets connect to *port*."""

    running: Child
    port: int

    def run(self, job: Job, *, may_be_late: bool = False) -> Answered:
        """Run *job*; Unmeasurable where one of its deliveries wasn't answered as it should be.

        *may_be_late*: that the bot gave up counts as an answer, after the time that it took.
        """
        self.running.tell(asdict(job))
        said = self.running.said()
        if "error" in said:
            raise Unmeasurable(f"{job.kind} {job.arguments[0]}: {said['error']}")
        outcome = Answered(**said)
        if set(outcome.statuses) != {"200"} or outcome.wrong or (outcome.late and not may_be_late):
            faults = f"{outcome.wrong} with errors, {outcome.late} too late"
            raise Unmeasurable(f"{job.kind}: {outcome.statuses}, {faults}: {outcome.first}")
        return outcome


@contextmanager
def load(folder: Path) -> Iterator[Load]:
    """Start what makes the load."""
    with running(["-m", "benchmarks.loading"], folder / "loading.log", core=BESIDE) as process:
        yield Load(process, process.said()["port"])


@dataclass(frozen=True, slots=True)
class Far:
    """Slack's Web API and the clouds, as they are asked at *port*."""

    running: Child
    port: int
    ends: Ends

    def counts(self) -> dict[str, int]:
        """Return how often each thing was asked so far."""
        found: dict[str, int] = json.loads(asked(self.port, "/control/counts")[1])
        return found

    def when(self, what: str, number: int) -> float:
        """Return when *what* was asked for that often, by the machine's monotonic clock; wait for it."""
        path = f"/control/when?what={quote(what)}&number={number}"
        return float(json.loads(asked(self.port, path, timeout=_START)[1])["at"])

    def quiet(self, seconds: float = 0.3, *, most: float = 120.0) -> None:
        """Return once nothing has been asked for so long; what follows an answer is done by then."""
        until, before = time.monotonic() + most, self.counts()
        while time.monotonic() < until:
            time.sleep(seconds)
            now = self.counts()
            if now == before:
                return
            before = now
        raise Unmeasurable(f"the far ends are still asked after {most:g} s: {before}")


@contextmanager
def far_ends(folder: Path, ends: Ends, *, name: str = "far") -> Iterator[Far]:
    """Start the far ends."""
    command = ["-m", "benchmarks.far_ends", json.dumps(asdict(ends))]
    with running(command, folder / f"{name}.log", core=BESIDE) as process:
        yield Far(process, process.said()["port"], ends)


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot: the real app behind its real door."""

    running: Child
    port: int
    operations_port: int

    def get(self, path: str) -> bytes:
        """Return what it answers an operator."""
        status, body = asked(self.operations_port, path)
        if status not in (200, 503):
            raise Unmeasurable(f"{path}: {status}")
        return body


def bot_environment(database: Path, far: Far, *, socket_as: str = "") -> dict[str, str]:
    """Return the variables by which the bot finds *database* and *far*; Socket Mode where it has a name for that."""
    api = f"http://127.0.0.1:{far.port}/api/"
    way = {"SLACK_APP_TOKEN": universe.app_token(socket_as)} if socket_as else {"SLACK_SIGNING_SECRET": universe.SECRET}
    keys = {"OS_ACCESS_KEY": "A" * 20, "OS_SECRET_KEY": "s" * 40, "OS_REGION_NAME": "eu-de"}
    place = {"OS_PROJECT_ID": "p0", "DWS_ENDPOINT": f"http://127.0.0.1:{far.port}"}
    return {
        **way,
        **keys,
        **place,
        "SLACK_BOT_TOKEN": universe.BOT_TOKEN,
        "SLACK_API_URL": api,
        "SNAPSHOT_BOT_DATABASE": f"sqlite:///{database}",
        "SNAPSHOT_BOT_CHANNEL": universe.CHANNEL,
        "SNAPSHOT_BOT_ADMINS": universe.ADMIN,
        "SNAPSHOT_BOT_OPEN_REQUESTS": "10000",  # one person of the universe asks for all
    }


@contextmanager
def bot(
    folder: Path,
    database: Path,
    far: Far,
    *,
    socket_as: str = "",
    environ: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    name: str = "bot",
    pause: float = 0.01,
) -> Iterator[Bot]:
    """Start the bot and wait until it is ready, asking every *pause* seconds.

    *environ* are further variables, and *without* those that it doesn't get.
    """
    port, operations = free_port(), free_port()
    listening = {
        "SNAPSHOT_BOT_LISTEN": f"127.0.0.1:{port}",
        "SNAPSHOT_BOT_OPERATIONS_LISTEN": f"127.0.0.1:{operations}",
    }
    usual = {**bot_environment(database, far, socket_as=socket_as), **listening}
    variables = {name: value for name, value in usual.items() if name not in without} | dict(environ or {})
    command = ["-m", "bot", "serve"]
    with running(command, folder / f"{name}.log", core=MEASURED, environ=variables) as process:
        answered(process, port, "/readyz", pause=pause)
        yield Bot(process, port, operations)


def answered(process: Child, port: int, path: str, *, pause: float = 0.01) -> None:
    """Return once *process* answers *path* with 200; Unmeasurable where it ends before that."""
    until = time.monotonic() + _START
    while time.monotonic() < until:
        if process.process.poll() is not None:
            raise Unmeasurable(f"{process.process.args!r} ended: {process.end()}")
        try:
            if asked(port, path)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(pause)
    raise Unmeasurable(f"{process.process.args!r} isn't ready after {_START:g} s: {process.end()}")


def listens(process: Child, port: int, *, pause: float = 0.01) -> None:
    """Return once *process* listens on *port*."""
    until = time.monotonic() + _START
    while time.monotonic() < until:
        if process.process.poll() is not None:
            raise Unmeasurable(f"{process.process.args!r} ended: {process.end()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(pause)
        else:
            return
    raise Unmeasurable(f"{process.process.args!r} doesn't listen: {process.end()}")
