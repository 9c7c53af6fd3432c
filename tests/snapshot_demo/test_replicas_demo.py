"""`snapshot-bot demo --replicas N`: processes of the bot, and a server of the demo's own; none of them stays behind."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bot.core.errors import BotError, ConfigError
from snapshot_demo import postgres_server
from snapshot_demo.children import tied
from snapshot_demo.cli import demo
from snapshot_demo.play import play
from snapshot_demo.postgres_server import PostgresProcess
from snapshot_demo.replicas import replicated
from tests.harness.lives import LONG_FORM
from tests.harness.serving import ROOT, surroundings, until

PATIENCE = 120.0  # seconds for any one thing


@dataclass
class Demo:
    """A demo that runs, with its temporary folders in *place*; *lines* is what it has said."""

    process: Process
    place: Path
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that it has said."""
        return "".join(self.lines)

    @property
    def pids(self) -> list[int]:
        """The processes that it has said it has started, and its server."""
        servers = [int(file.read_text().splitlines()[0]) for file in self.place.glob("*/data/postmaster.pid")]
        return [*(int(found) for found in re.findall(r"process \d +pid (\d+)", self.text)), *servers]

    async def says(self, words: str) -> str:
        """Return the next line that has *words*, once it comes."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stdout.readline()).decode():
                self.lines.append(line)
                if words in line:
                    return line
        raise AssertionError(f"it ended without {words!r}: {self.text} {await self._errors()}")

    async def end(self) -> tuple[int, str]:
        """Return its exit code and what it said of errors, once it has ended; all that it says is read."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            self.lines.append((await self.process.stdout.read()).decode())
            errors = await self._errors()
            return await self.process.wait(), errors

    async def _errors(self) -> str:
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder for temporary ones that other users can pass through: the server is another user's than root's."""
    with tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@asynccontextmanager
async def played(place: Path, *args: str) -> AsyncIterator[Demo]:
    """Start the demo with *args*; at the end it is killed if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", *args),
        env=surroundings({"TMPDIR": str(place)}, place),
        cwd=place,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield Demo(process, place)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def is_there(pid: int) -> bool:
    """Say whether there is such a process; one that ended and waits for who started it isn't."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


async def test_one_is_killed_and_each_request_has_one_end(postgres_binaries: Path, place: Path):
    """The story, as a person starts it: two requests, a killed process, and of each one snapshot, card and result."""
    async with played(place, "--replicas", "2", "--no-stay") as run:
        killed = re.search(r"kill -9 (\d+)", await run.says("kill -9"))
        assert killed is not None
        pids = run.pids
        assert int(killed[1]) in pids
        assert len(pids) == 3
        code, errors = await run.end()
    assert (code, errors) == (0, ""), run.text
    assert run.text.count("1 snapshot in the cloud, 1 card, 1 result") == 2
    [asked] = re.findall(r"(process \d)  asks the cloud for the snapshot \((R-\w+)\)\n.*answer is still on", run.text)
    [heir] = re.findall(
        rf"(process \d)  finds the snapshot in the cloud's list, and follows it \({asked[1]}\)", run.text
    )
    assert f"{asked[0]}  is gone" in run.text
    assert heir != asked[0]
    assert [pid for pid in pids if is_there(pid)] == []
    assert [*place.glob("snapshot-bot-demo-*")] == []


@pytest.mark.kill
@LONG_FORM
async def test_one_may_be_killed_by_hand(postgres_binaries: Path, place: Path):
    """With --stay each process is listed with where it says how it is; its end is told, and Ctrl-C ends all."""
    async with played(place, "--replicas", "2", "--stay", "--no-story") as run:
        await run.says("The sandbox is open")
        (first, url), (second, _) = re.findall(r"pid (\d+) +(http\S+/status)", run.text)
        async with httpx.AsyncClient(verify=False) as http:  # plain HTTP: no certificates have to be read
            report = (await http.get(url, timeout=PATIENCE)).json()
        assert report["database"]["ok"]
        assert report["database"]["place"].startswith("PostgreSQL at 127.0.0.1:")
        os.kill(int(first), signal.SIGKILL)
        await run.says("process 1  has ended (killed)")
        assert is_there(int(second))
        pids = run.pids
        run.process.send_signal(signal.SIGINT)
        assert await run.end() == (0, "")
    assert [pid for pid in pids if is_there(pid)] == []
    assert [*place.glob("snapshot-bot-demo-*")] == []


@pytest.mark.kill
@LONG_FORM
async def test_a_signal_in_the_middle_leaves_nothing_behind(postgres_binaries: Path, place: Path):
    """SIGTERM in the story: processes, server and folder are gone."""
    async with played(place, "--replicas", "2") as run:
        await run.says("keeps the request")
        pids = run.pids
        assert len(pids) == 3
        run.process.terminate()
        code, errors = await run.end()
    assert (code, "Traceback" in errors) == (143, False), errors
    assert [pid for pid in pids if is_there(pid)] == []
    assert [*place.glob("snapshot-bot-demo-*")] == []


@pytest.mark.kill
@LONG_FORM
@pytest.mark.skipif(not tied(signal.SIGTERM), reason="this machine can't end a process with the one that started it")
async def test_nothing_outlives_a_demo_that_is_killed(postgres_binaries: Path, place: Path):
    """The processes and the server end by themselves, though nobody is left who could stop them."""
    async with played(place, "--replicas", "2", "--stay", "--no-story") as run:
        await run.says("The sandbox is open")
        pids = run.pids
        assert len(pids) == 3
        run.process.kill()
        await run.process.wait()
        assert await until(lambda: not any(map(is_there, pids)), seconds=PATIENCE), pids


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("3", "--slack", "real"), "leave out --slack real and --cloud real"),
        (("3", "--cloud", "real"), "leave out --slack real and --cloud real"),
        (("1",), "1 is not in the range 2<=x<=9"),
        (("10",), "10 is not in the range 2<=x<=9"),
    ],
    ids=" ".join,
)
def test_what_can_t_be_played_is_refused(args: tuple[str, ...], words: str):
    """A real end, one process, and more connections than Slack gives an app."""
    done = CliRunner().invoke(demo, ["--replicas", *args])
    assert (done.exit_code, words in done.output) == (2, True), done.output


async def start() -> None:
    """Start the demo in this process."""
    await play({}, stay=False, story=False, slack="sandbox", cloud="simulator", port=0, replicas=2)


async def test_without_a_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """One line, with Debian's name of the package."""
    monkeypatch.setattr(postgres_server, "binaries", lambda: None)
    with pytest.raises(ConfigError, match="on Debian: apt-get install postgresql") as told:
        await start()
    assert "\n" not in str(told.value)


async def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """One line, with the extra's name."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "snapshot_demo.postgres_server")
    with pytest.raises(ConfigError, match=r"needs psycopg.*pip install 'dws-snapshot-bot\[postgres\]'"):
        await start()


def test_root_needs_another_user_for_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The server refuses to be root's: where its own user isn't there, that is said."""

    def nobody(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwnam", nobody)
    with pytest.raises(ConfigError, match="there is no user postgres here"):
        PostgresProcess.made(tmp_path, tmp_path)


def test_a_server_that_can_t_be_made_says_why(postgres_binaries: Path, place: Path):
    """What initdb says last, and what to do."""
    (place / "data").mkdir()
    (place / "data" / "something").touch()
    with pytest.raises(ConfigError, match=rf"can't be made in {place}: .*Name another place.*TMPDIR"):
        PostgresProcess.made(postgres_binaries, place)


def test_a_server_that_doesn_t_start_says_why(postgres_binaries: Path, place: Path):
    """The end of its own log."""
    server = PostgresProcess.made(postgres_binaries, place, ("no_such_setting=1",), options=("--no-sync",))
    with pytest.raises(BotError, match=r"doesn't start: .*no_such_setting"):
        server.start()


async def test_a_process_that_doesn_t_start_says_why(tmp_path: Path):
    """The cause that it logs, with which of them it is."""
    with pytest.raises(BotError, match=r"(?s)process 1 didn't start: .*SLACK_BOT_TOKEN"):
        async with replicated(surroundings({}, tmp_path), tmp_path, 2):
            pass


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")
@pytest.mark.parametrize(("args", "wanted"), [("--replicas 3", 1), ("--replicas=2 --stay", 1), ("--stay", 0)])
def test_make_demo_installs_a_server_where_one_is_needed(args: str, wanted: int):
    """With --replicas among ARGS, before the demo starts."""
    said = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "demo", f"ARGS={args}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert said.count("scripts/setup server") == wanted
    assert said.splitlines()[-1].endswith(f"snapshot-bot demo {args}")
