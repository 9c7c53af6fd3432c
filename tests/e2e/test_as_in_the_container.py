"""The bot as a container runs it, without Docker: a user of its own, no capability, nothing to write but its folder.

A run of it from question to result, and what it leaves behind: no secret that it was given stands in any of it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.harness.running import World, a_world
from tests.harness.serving import Serving, command, surroundings

USER, GROUP = 10001, 0
PROXY_PASSWORD = "S3qzvwxjkpdhgy"
# In a mount namespace of its own: all that is mounted becomes read-only but for $1, and what hides Python from others
# ($2, "": nothing does) shows only that ($3). Then no user, group, capability or setuid program of root's is left.
INSIDE = f"""
set -eu
data=$1 hidden=$2 python=$3
shift 3
mount --make-rprivate /
if [ -n "$hidden" ]; then
    mount --bind "$python" "$data"
    mount -t tmpfs -o mode=755 none "$hidden"
    mkdir -p "$python"
    mount --move "$data" "$python"
fi
mount --bind "$data" "$data"
while read -r _ at _; do
    case $at in "$data" | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) continue ;; esac
    mount -o remount,bind,ro "$at"
done < /proc/self/mounts
exec setpriv --reuid {USER} --regid {GROUP} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
"""


def needs() -> str:
    """Return what this machine lacks for it, "" where it has all."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return "only root can give up what root has, and setpriv isn't everywhere"
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, timeout=60, check=False)
    return "" if tried.returncode == 0 else "this machine gives nobody a mount namespace"


pytestmark = pytest.mark.skipif(bool(needs()), reason=needs() or "it can be tried here")


@pytest.fixture
def data() -> Iterator[Path]:
    """The one folder that it may write to; pytest's own are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="bot-data-"))
    yield folder
    shutil.rmtree(folder)


def hidden() -> str:
    """Return the folder that keeps other users from this Python, "" where none does."""
    above = [Path(sys.base_prefix), *Path(sys.base_prefix).parents]
    return next((str(folder) for folder in reversed(above) if not folder.stat().st_mode & 0o001), "")


@asynccontextmanager
async def contained(environ: dict[str, str], data: Path) -> AsyncIterator[Serving]:
    """Run `serve` so, until it is up."""
    data.chmod(0o770)
    for path in (data, *data.rglob("*")):
        os.chown(path, USER, GROUP)
    process = await asyncio.create_subprocess_exec(
        *("unshare", "-m", "sh", "-c", INSIDE, "sh", str(data), hidden(), sys.base_prefix),
        *(sys.executable, "-m", "bot", "serve"),
        env=surroundings(environ, data),
        cwd="/",  # not even what lies there for a while goes anywhere but to its folder
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        limit=2**20,
    )
    bot = Serving(process)
    bot._reading = asyncio.create_task(bot._read())
    try:
        await bot.up()
        yield bot
    finally:
        await bot.end()


def given(world: World, environ: dict[str, str]) -> dict[str, str]:
    """Return the secrets that the bot was given, by what they are."""
    app, cloud = world.slack.app, world.cloud
    secrets = {
        "bot token": app.bot_token,
        "app token": app.app_token,
        "signing secret": app.signing_secret,
        "cloud's password": cloud.password,
        "secret key": cloud.sk,
        "proxy's password": PROXY_PASSWORD,
    }
    found = {what: secret for what, secret in secrets.items() if any(secret in value for value in environ.values())}
    assert len(found) == 4, found.keys()
    return found


@pytest.mark.parametrize(("http", "keys"), [(False, False), (True, True)], ids=["socket-password", "http-keys"])
async def test_it_runs_without_any_power_and_leaves_no_secret(data: Path, http: bool, keys: bool):
    """A request from the form to its result; looked through are log, database, reports, record, `doctor`, processes."""
    async with a_world(data, http=http, start=False) as world:
        proxy = f"http://bot:{PROXY_PASSWORD}@127.0.0.1:9"  # for https alone, which nothing here is
        environ = {**world.environ, "SNAPSHOT_BOT_LOG_LEVEL": "DEBUG", "HTTPS_PROXY": proxy}
        if keys:
            environ = {k: v for k, v in environ.items() if not k.startswith("OS_")} | world.cloud.env_aksk()
        async with contained(environ, data) as bot:
            if http:
                world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            else:
                await world.slack.wait_for_app()
            card = await world.ask("ana", "without-power")
            await world.approve("ben", card)
            await card.wait_for("Available", seconds=60)
            process = Path(f"/proc/{bot.process.pid}")
            status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
            assert {status[f"Cap{kind}"].strip("0") for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {""}
            assert (status["NoNewPrivs"], status["Uid"].split()) == ("1", [str(USER)] * 4)
            children = "".join(task.read_text() for task in process.glob("task/*/children"))
            assert children == "", "it starts no other program, which could be shown what it holds"
            left = {
                "command line": (process / "cmdline").read_bytes(),
                "/status": (await bot.get("/status")).content,
                "/metrics": (await bot.get("/metrics")).content,
            }
            for args in (("doctor",), ("requests", "--json"), ("audit", "export", "-"), ("access", "export")):
                done = await command(environ, data, *args)
                left[" ".join(args)] = (done.out + done.err).encode()
            assert await bot.end(signal.SIGTERM) == 0
        world.slack.app.request_url = None
        left["log"] = bot.err.encode()
        left |= {path.name: path.read_bytes() for path in data.rglob("*") if path.is_file()}
        secrets = given(world, environ)
    assert "bot.db" in left
    assert b"without-power" in left["audit export -"]
    assert b"without-power" in left["bot.db"] + left.get("bot.db-wal", b"")
    for what, secret in secrets.items():
        assert [where for where, said in left.items() if secret.encode() in said] == [], what


def test_elsewhere_nothing_can_be_written(data: Path):
    """What the test above stands on: the same surroundings refuse a file anywhere else, and where it was started."""
    code = (
        "import pathlib, sys\n"
        "for folder in sys.argv[1:]:\n"
        "    try: pathlib.Path(folder, 'written').touch(); print(folder)\n"
        "    except OSError: pass\n"
    )
    data.chmod(0o770)
    os.chown(data, USER, GROUP)
    places = [str(data), ".", "/", "/tmp", "/var/tmp", str(Path(__file__).parent), sys.prefix, sys.base_prefix]
    inside = ["unshare", "-m", "sh", "-c", INSIDE, "sh", str(data), hidden(), sys.base_prefix]
    done = subprocess.run(
        [*inside, sys.executable, "-c", code, *places], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.split(), done.stderr) == ([str(data)], "")
