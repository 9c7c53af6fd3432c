"""What a start loads and reads: counted, since milliseconds differ by machine."""

from __future__ import annotations

import inspect
import re
import sqlite3
import ssl
import subprocess
import sys
from contextlib import closing

import pytest
from sqlite_utils import Database

from bot.app import running
from bot.config import Settings
from bot.store import made
from bot.store.sqlite import schema
from tests.harness.running import a_world
from tests.harness.serving import surroundings

# What migrates a database, with what it brings along, what reads a clouds.yaml, what the first sentence needs, and what
# a database on a server needs.
HEAVY = ("sqlite_utils", "sqlite_fts4", "pluggy", "tabulate", "yaml", "babel", "fluent", "dateutil", "pytz", "psycopg")


@pytest.fixture
def certificates_are_read_once() -> None:
    """Let them be read as they are: that is what is counted here."""


def loaded(statements: str, folder, **environ: str) -> set[str]:
    """Return the names of the modules that a process of its own has loaded after *statements*."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statements}\nimport sys\nprint(*sys.modules, file=sys.stderr)"],
        env=surroundings(environ, folder),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {*done.stderr.splitlines()[-1].split()}


def test_what_serves_loads_nothing_that_most_starts_have_no_use_for(tmp_path):
    """With the names of some that it does load, or this would hold whatever it loads."""
    names = loaded("import bot.serving", tmp_path)
    assert {"bot.app", "slack_bolt", "httpx"} <= names
    assert [name for name in HEAVY if name in names] == []


def test_no_model_is_built_before_it_is_used(tmp_path):
    """To load a module that has models builds none of their schemas: pydantic takes milliseconds for each."""
    names = loaded(
        "import bot.serving, sys\nfrom pydantic import BaseModel\n"
        "def of(kind):\n    yield kind\n    for k in kind.__subclasses__(): yield from of(k)\n"
        "ours = [k for k in of(BaseModel) if k.__module__.startswith('bot.')]\n"
        "sys.modules |= {f'{k.__name__}={k.__pydantic_complete__}': None for k in ours}",
        tmp_path,
    )
    assert {"Settings=False", "Click=False", "RequestForm=False"} <= names
    assert [name for name in names if name.endswith("=True")] == []


async def test_a_database_that_is_up_to_date_is_opened_without_what_migrates_it(tmp_path):
    """To serve it, and to look at it beside the bot."""
    url = f"sqlite:///{tmp_path}/bot.db"
    await made(url)
    for exclusive in (True, False):
        names = loaded(
            "import asyncio\nfrom bot.store import open_store\n"
            f"async def run():\n    async with open_store({url!r}, exclusive={exclusive}): pass\n"
            "asyncio.run(run())",
            tmp_path,
        )
        assert "sqlite3" in names
        assert "sqlite_utils" not in names


LOOKING = """
import gc, sys
from bot import cli, loading

collected, run = [], loading.run
gc.callbacks.append(lambda phase, about: collected.append(phase))

async def work():
    return gc.isenabled(), gc.get_freeze_count() > 50_000

def looking(served):
    served.close()
    loaded = len(collected)
    print(loaded, *run(work()), file=sys.stderr)

loading.run, sys.argv[1:] = looking, ["serve"]
cli.main()
"""


def test_no_garbage_is_collected_while_a_command_loads(tmp_path):
    """Nor is looked at later what was loaded, tens of thousands of objects; then garbage is collected as ever."""
    done = subprocess.run(
        [sys.executable, "-c", LOOKING],
        env=surroundings({}, tmp_path),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "0 True True\n")


def test_every_migration_is_applied_once_and_in_order(tmp_path):
    """None that the module has is left out, and what is read of a file is what sqlite-utils wrote into it."""
    in_the_module = [name for name, _ in inspect.getmembers(schema, inspect.isfunction) if re.match(r"m\d{3}_", name)]
    assert [*schema.NAMES] == sorted(in_the_module)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        assert (schema.applied(connection), schema.pending(connection)) == ([], [*schema.NAMES])
        schema.migrations().apply(Database(connection), stop_before="m002_looks")
        assert (schema.applied(connection), schema.pending(connection)) == (["m001_initial"], [*schema.NAMES[1:]])
        assert [m.name for m in schema.migrations().pending(Database(connection))] == schema.pending(connection)


@pytest.mark.parametrize("http", [False, True], ids=["socket mode", "http mode"])
async def test_the_trusted_certificates_are_read_once(tmp_path, monkeypatch, http):
    """By all clouds and Slack together: hundreds of them take longer than all else that is done at the start."""
    async with a_world(tmp_path, http=http, start=False) as world:
        read, made_now = [], ssl.create_default_context

        def counted(*args, **options):
            read.append(options)
            return made_now(*args, **options)

        monkeypatch.setattr("ssl.create_default_context", counted)
        async with running(Settings.read(world.environ), world.environ, linger=0):
            assert read == [{"cafile": None, "capath": None}]
