"""Bot processes without the second that Python needs to import the bot: forked from one that has imported it.

Each is a process as `python -m bot` makes it: environment, folder, standard streams, signals and exit code of its own,
and it runs `bot.cli.main`. Only the imports were done before. Where the environment says how Python, the C library or
OpenSSL themselves begin, that is too late: `forkable` says so, and the caller starts `python -m bot` itself.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

READ_BEFORE_MAIN = ("PYTHON", "LD_", "SSL_", "OPENSSL_", "LC_", "LANG", "MALLOC", "AIOHTTP_", "MULTIDICT_", "YARL_")


def forkable(environ: Mapping[str, str]) -> bool:
    """Return whether a process with *environ* beside the usual one may be forked."""
    return not any(name.startswith(READ_BEFORE_MAIN) for name in environ)


@dataclass
class Forked:
    """A forked bot, with what is used of `asyncio.subprocess.Process`."""

    pid: int
    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None
    _exit: asyncio.Task[int]

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self._exit.result() if self._exit.done() else None

    def send_signal(self, number: int) -> None:
        """Send it a signal; `ProcessLookupError` where it is gone."""
        if self._exit.done():
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Return its exit code once it is gone."""
        return await asyncio.shield(self._exit)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Read all that it writes, and wait for its end."""
        out, err = await asyncio.gather(*(s.read() if s else _nothing() for s in (self.stdout, self.stderr)))
        await self.wait()
        return out, err


async def _nothing() -> bytes:
    return b""


class Forge:
    """The process that has imported the bot, and forks."""

    def __init__(self, surroundings: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = f"{self._folder.name}/forge"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with listener:
            listener.bind(self._path)
            listener.listen(64)
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(listener.fileno())],
                env=dict(surroundings),
                stdin=subprocess.PIPE,  # it ends when this process does, however that ends
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
            )
        self._end = weakref.finalize(self, _ended, self.process, self._folder)

    async def start(self, *args: str, env: Mapping[str, str], cwd: Path, out: bool, limit: int = 2**16) -> Forked:
        """Fork a process for `python -m bot ARGS…`; its standard output is read only where *out* is True."""
        loop = asyncio.get_running_loop()
        pipes = [os.pipe() for _ in range(1 + out)]
        theirs = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        theirs.connect(self._path)
        hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN  # a process takes that over from who starts it
        asked = json.dumps({"args": args, "env": dict(env), "cwd": str(cwd), "hangs_up": hangs_up}).encode()
        socket.send_fds(theirs, [len(asked).to_bytes(4, "big")], [write for _, write in pipes])
        theirs.sendall(asked)
        for _, write in pipes:
            os.close(write)
        readers = []
        for read, _ in pipes:
            reader = asyncio.StreamReader(limit=limit)
            await loop.connect_read_pipe(lambda r=reader: asyncio.StreamReaderProtocol(r), os.fdopen(read, "rb"))  # type: ignore[misc]
            readers.append(reader)
        told, writer = await asyncio.open_unix_connection(sock=theirs)
        pid = int(await told.readline())

        async def exit_code() -> int:
            try:
                return int(await told.readline())
            finally:
                writer.close()

        return Forked(pid, readers[1] if out else None, readers[0], asyncio.create_task(exit_code()))


def _ended(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    if process.stdin:
        process.stdin.close()
    process.wait()
    folder.cleanup()


@functools.cache
def forge(*surroundings: tuple[str, str]) -> Forge:
    """Return the one of this test process: started when it is first needed, killed when the tests end."""
    return Forge(dict(surroundings))


def _serve(listener: socket.socket) -> None:
    """Import the bot; then fork for each that connects, and tell it the process id and the exit code."""
    import bot.admin
    import bot.serving  # noqa: F401 - what the commands import when they are called
    from bot.cli import main
    from bot.words.languages import current

    current()  # the texts are read once, as `serve` does when it is up

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for the bots
    gc.collect()
    gc.freeze()
    while sys.stdin.fileno() not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _read_nothing()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if _is_to_run(connection):
                main()
            os._exit(0)
        connection.close()


def _read_nothing() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _is_to_run(connection: socket.socket) -> bool:
    """Fork once more; return True in the bot, and in its parent False when the bot is gone and its end is told."""
    length, fds, _, _ = socket.recv_fds(connection, 4, 2)
    asked = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    pid = os.fork()
    if pid:
        for fd in fds:
            os.close(fd)
        with suppress(BrokenPipeError):
            connection.sendall(f"{pid}\n".encode())
            connection.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
        return False
    connection.close()
    for number, fd in zip((2, 1), fds, strict=False):
        os.dup2(fd, number)
        os.close(fd)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - they know what was there
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGHUP, signal.SIG_DFL if asked["hangs_up"] else signal.SIG_IGN)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    sys.argv[:] = ["bot", *asked["args"]]
    return True


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
