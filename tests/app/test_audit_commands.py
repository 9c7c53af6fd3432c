"""`snapshot-bot audit …` as a process: what it prints, its exit codes, and that a bot may run beside it."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.core.ids import RequestId
from bot.core.record import Damage, Head
from bot.store import open_store
from tests.fakes.clock import FakeClock
from tests.harness.contract_store import ANA, DWH, LAB, NOW, a_request, an_entry


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A database with twelve entries, one a day, on two clusters, of two people."""

    async def write() -> None:
        async with open_store(f"sqlite:///{tmp_path}/bot.db", exclusive=True, clock=FakeClock(NOW)) as store:
            await store.add(a_request(), origin="o", entries=[], due_in=None)
            for n in range(12):
                await store.record(
                    an_entry(
                        f"noted.{n}",
                        at=NOW + timedelta(days=n),
                        actor=ANA if n % 2 else "cli:root",
                        cluster=DWH if n % 3 else LAB,
                        request_id=RequestId("R-1") if n == 5 else None,
                        detail="=cmd|' /C calc'!A0" if n == 1 else "plain",
                    )
                )

    asyncio.run(write())
    return tmp_path


def run(place: Path, *args: str) -> Result:
    """Run `snapshot-bot audit` with *args* beside the database in *place*, in this process."""
    environ = {"SNAPSHOT_BOT_DATABASE": f"sqlite:///{place}/bot.db", "SNAPSHOT_BOT_DATABASE_FILE": None}
    return CliRunner(env=environ).invoke(cli, ["audit", *args], prog_name="snapshot-bot")


def process(place: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `snapshot-bot audit` with *args* beside the database in *place*, as a process."""
    env = {"PATH": os.environ["PATH"], "HOME": str(place), "SNAPSHOT_BOT_DATABASE": f"sqlite:///{place}/bot.db"}
    command = [sys.executable, "-m", "bot", "audit", *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=120)


def sql(place: Path, *statements: str) -> None:
    """Run *statements* as somebody does who may write to the file, without the triggers that stand against it."""
    with closing(sqlite3.connect(place / "bot.db", isolation_level=None)) as connection:
        for trigger in ("audit_no_update", "audit_no_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            connection.execute(statement)


def head(place: Path) -> Head:
    """Return where the record ends."""
    return Head.parse(json.loads(run(place, "verify", "--json").stdout)["checked"][0]["head"])


def test_the_page_about_it_says_what_each_finding_means():
    """Each by the name that `--json` gives it, and no other."""
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \| \S.+ \| \S.+ \|$", page, re.M) == list(Damage)


def test_a_sound_record_is_0_and_an_altered_one_3(place: Path):
    """So that a script can tell them from a command that couldn't look, which is neither."""
    sound = run(place, "verify")
    assert (sound.exit_code, "12 entries, unaltered" in sound.stdout) == (0, True)
    noted = head(place)
    assert run(place, "verify", "--head", str(noted)).exit_code == 0
    assert run(place, "verify", "--head", "nonsense").exit_code == 2
    sql(place, "UPDATE audit SET detail = 'nothing' WHERE seq = 7", "DELETE FROM audit WHERE seq = 9")
    altered = run(place, "verify")
    assert altered.exit_code == 3
    assert "Entry 7 was changed beside its text (detail)" in altered.stdout
    assert "Entries are missing, from 9 up to 9" in altered.stdout
    said = json.loads(run(place, "verify", "--json").stdout)
    assert (said["ok"], [(f["damage"], f["number"]) for f in said["checked"][0]["findings"]]) == (
        False,
        [("shown", 7), ("gap", 9)],
    )
    assert process(place, "verify").returncode == 3
    (place / "bot.db").unlink()
    assert process(place, "verify").returncode == 78


def test_a_record_that_was_shortened_with_its_count_needs_the_head_from_the_log(place: Path):
    """By itself it is sound: only what was noted outside shows it."""
    noted = head(place)
    last = "SELECT hash FROM audit WHERE seq = 8"
    sql(place, "DELETE FROM audit WHERE seq > 8", f"UPDATE audit_head SET seq = 8, hash = ({last})")
    assert run(place, "verify").exit_code == 0
    shown = run(place, "verify", "--head", str(noted))
    assert shown.exit_code == 3
    assert "ends before entry 12, which was noted elsewhere" in shown.stdout


def test_entries_are_shown_by_time_cluster_request_and_person(place: Path):
    """Newest first; each filter alone and together."""

    def actions(*args: str) -> list[str]:
        done = run(place, "show", "--json", *args)
        assert done.exit_code == 0, done.stderr
        return [entry["action"].removeprefix("noted.") for entry in json.loads(done.stdout)]

    assert actions() == [str(n) for n in range(11, -1, -1)]
    assert actions("--limit", "2") == ["11", "10"]
    assert actions("--since", "2026-11-26", "--until", "2026-11-28T00:00Z") == ["4", "3"]
    assert actions("--person", ANA, "--limit", "2") == ["11", "9"]
    assert actions("--request", "r-1") == ["5"]
    assert actions("--cluster", str(LAB)) == ["9", "6", "3", "0"]
    assert actions("--cluster", "DWH-prod", "--person", ANA) == ["11", "7", "5", "1"]
    assert run(place, "show", "--cluster", "nowhere").exit_code == 78
    table = run(place, "show", "--request", "R-1")
    assert "root on the command line" in run(place, "show", "--limit", "2").stdout
    assert "noted.5" in table.stdout


def test_csv_runs_in_no_spreadsheet(place: Path):
    """A formula that somebody wrote as a reason is text; numbers are numbers."""
    done = run(place, "export", "-", "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["number"] for row in rows] == [str(n) for n in range(1, 13)]
    assert rows[1]["detail"] == "'=cmd|' /C calc'!A0"
    assert done.stdout.splitlines()[1].startswith("1,")


def test_an_export_is_checked_by_itself_pruned_and_joined(place: Path):
    """What was exported goes, by an entry of the chain that goes on; both are sound, apart and together."""
    file = place / "2026.jsonl"
    written = run(place, "export", str(file))
    assert (written.exit_code, "12 entries, checked" in written.stdout) == (0, True), written.stderr
    assert file.stat().st_mode & 0o077 == 0
    assert run(place, "export", str(file)).exit_code == 78, "it is there"
    assert run(place, "verify", str(file)).exit_code == 0

    some = place / "some.jsonl"
    assert run(place, "export", str(some), "--person", ANA).exit_code == 0
    assert "nobody can say whether one is missing" in run(place, "verify", str(some)).stdout
    refused = run(place, "prune", "--before", "2026-11-28", "--exported", str(some), "--yes")
    assert refused.exit_code == 78

    noted = head(place)
    pruned = run(place, "prune", "--before", "2026-11-28", "--exported", str(file), "--yes")
    assert (pruned.exit_code, "up to 5" in pruned.stdout) == (0, True), pruned.stderr
    assert run(place, "verify").exit_code == 0
    assert run(place, "verify", "--head", str(noted)).exit_code == 0
    (entry,) = json.loads(run(place, "show", "--json", "--limit", "1").stdout)
    detail = json.loads(entry["detail"])
    assert (entry["action"], detail["first"], detail["last"], detail["count"]) == ("audit.pruned", 1, 5, 5)
    joined = run(place, "verify", str(file), "--joined", "--json")
    assert (joined.exit_code, json.loads(joined.stdout)["ok"]) == (0, True), joined.stdout

    again = run(place, "prune", "--before", "2026-11-28", "--exported", str(file), "--yes")
    assert "Nothing on record is as old" in again.stdout
    rest = place / "rest.jsonl"
    assert run(place, "export", str(rest)).exit_code == 0
    assert run(place, "verify", str(rest)).exit_code == 0
    sql(place, "DELETE FROM audit WHERE seq <= 6")
    assert [f["damage"] for f in json.loads(run(place, "verify", "--json").stdout)["checked"][0]["findings"]] == ["gap"]


def test_only_a_sound_export_of_all_that_would_go_lets_it_go(place: Path):
    """One that was changed, that ends too early, or of a record that isn't sound: nothing is deleted."""
    file = place / "2026.jsonl"
    assert run(place, "export", str(file)).exit_code == 0
    text = file.read_bytes()
    wanted = ["prune", "--before", "2026-11-28", "--exported", str(file), "--yes"]
    for bad in (text.replace(b"plain", b"plane", 1), text[:900], b"".join(text.splitlines(keepends=True)[:-1])):
        file.write_bytes(bad)
        assert run(place, *wanted).exit_code == 78
        assert run(place, "verify", str(file)).exit_code == 3
    file.write_bytes(text)
    sql(place, "UPDATE audit SET actor = 'me' WHERE seq = 11")
    refused = run(place, *wanted)
    assert (refused.exit_code, "The record isn't sound" in refused.stderr) == (78, True)
    assert len(json.loads(run(place, "show", "--json").stdout)) == 12


def test_an_export_and_a_record_that_do_not_belong_together_are_told(place: Path):
    """Another history: the export by itself is sound, and where they meet they differ."""
    file = place / "2026.jsonl"
    run(place, "export", str(file))
    other = place / "other"
    other.mkdir()

    async def write() -> None:
        async with open_store(f"sqlite:///{other}/bot.db", exclusive=True) as store:
            for n in range(20):
                await store.record(an_entry(f"other.{n}"))

    asyncio.run(write())
    shown = run(other, "verify", str(file), "--joined", "--json")
    assert shown.exit_code == 3
    assert [f["damage"] for c in json.loads(shown.stdout)["checked"] for f in c["findings"]] == ["rewritten"]


async def test_it_works_beside_a_bot_that_writes(place: Path):
    """Neither waits for the other, and what was written while it looked is no finding."""
    async with open_store(f"sqlite:///{place}/bot.db", exclusive=True) as bot:
        stop = asyncio.Event()

        async def write() -> int:
            count = 0
            while not stop.is_set():
                await bot.record(an_entry(f"beside.{count}"))
                count += 1
            return count

        writing = asyncio.create_task(write())
        file = place / "beside.jsonl"
        for args in (("verify",), ("export", str(file)), ("verify", str(file), "--joined")):
            done = await asyncio.to_thread(process, place, *args)
            assert done.returncode == 0, done.stdout + done.stderr
        stop.set()
        assert await writing > 0
