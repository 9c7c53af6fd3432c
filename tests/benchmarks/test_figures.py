"""What the groups of figures count by, at the smallest size; how long anything takes is asserted nowhere."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import Any

import pytest

from benchmarks import __main__, processes, universe, wire
from benchmarks.crowd import Crowd, cluster_of, requester, snapshot_id
from benchmarks.far_ends import CREATE, Ends, FarEnds
from benchmarks.figures import clients, durable, growth, lives
from benchmarks.goals import ASKED, ORDERS, PEOPLE
from benchmarks.loading import LATE, Tally
from benchmarks.measuring import Bench, Measured, Unmeasurable, tried


def asked(ends: FarEnds, method: str, target: str, body: Mapping[str, Any] | None = None) -> Any:
    """Return the JSON that the far ends answer."""
    given = ends.answer(wire.RawRequest(method, target, b"", json.dumps(body).encode() if body else b""))
    assert isinstance(given, bytes)
    return json.loads(given.partition(b"\r\n\r\n")[2])


def test_projects_share_the_clusters_and_what_runs():
    """No cluster is in two of them, and each running snapshot is in the project of its cluster."""
    far = FarEnds(Ends({"a": 2, "b": 2, "c": 2}, looks=2, running=6))
    found = {p: {c["id"] for c in asked(far, "GET", f"/v1.0/{p}/clusters")["clusters"]} for p in "abc"}
    assert set.union(*found.values()) == {universe.cluster_id(n) for n in range(6)}
    assert sum(map(len, found.values())) == 6
    listed = {p: asked(far, "GET", f"/v1.0/{p}/snapshots")["snapshots"] for p in "abc"}
    assert all(s["cluster_id"] in found[p] for p, snapshots in listed.items() for s in snapshots)
    assert {s["id"] for snapshots in listed.values() for s in snapshots} == {snapshot_id(n) for n in range(6)}


def test_a_snapshot_ends_after_as_many_looks_as_were_wanted():
    """With its progress before that; the calls are counted, and when each came can be asked."""
    far = FarEnds(Ends({"p0": 1}, looks=2))
    made = asked(far, "POST", "/v1.0/p0/snapshots", {"snapshot": {"name": "n", "cluster_id": universe.cluster_id(0)}})
    looks = [asked(far, "GET", "/v1.0/p0/snapshots")["snapshots"][0] for _ in range(2)]
    assert [look["id"] for look in looks] == [made["snapshot"]["id"]] * 2
    assert asked(far, "GET", "/control/counts")[CREATE] == 1
    assert looks[1]["status"] == "AVAILABLE"


def test_requests_in_a_row_are_on_different_clusters():
    """So that each can be approved and run at once; for the sizes that figures use."""
    for crowd in (Crowd(), Crowd(clusters=10_000), Crowd(clusters=200)):
        assert len({cluster_of(n, crowd) for n in range(crowd.clusters)}) == crowd.clusters


def test_only_calls_for_people_count_as_calls_to_slack():
    """Not the cloud's, and not what only keeps the connection."""
    before = {"users.info": 2, "auth.test": 1}
    after = {"users.info": 5, "auth.test": 4, "views.open": 1, "POST snapshots": 1, "GET clusters of p.0": 2}
    assert lives.slack_calls(before, after) == {"users.info": 3, "views.open": 1}


def test_the_size_counts_what_is_needed_once():
    """Of the bot more than of a library that it needs; pip, which is there anyway, isn't counted."""
    assert 0 < clients.size(["click"]) == clients.size(["click", "click", "pip"])
    assert clients.size(["aiohttp"]) > clients.size(["multidict"])
    assert clients.product_size() > clients.size(["aiohttp", "pydantic"])


@pytest.mark.parametrize("client", ["bot", "huaweicloudsdkdws"])
def test_a_client_makes_the_calls(client, tmp_path):
    """One after the other, each answered with an id; the processor time is its own."""
    with processes.far_ends(tmp_path, Ends()) as far, ExitStack() as stack:
        done = clients.call(clients.caller(stack, tmp_path, far, client), 2)
        assert far.counts()[CREATE] == 2
    assert len(done.took) == 2
    assert done.cpu > 0


async def test_rows_are_kept_by_both(tmp_path):
    """As many as were asked for, through the bot's writer and by sqlite3."""
    done = await durable.kept(tmp_path / "bot.db", 6, 3)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        assert (len(done.took), connection.execute("SELECT count(*) FROM seen").fetchone()) == (6, (6,))
    with closing(sqlite3.connect(tmp_path / "raw.db")) as connection:
        connection.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, at TEXT)")
    assert len(durable.inserted(tmp_path / "raw.db", 4).took) == 4


def test_growth_has_a_job_for_everything_that_is_asked(tmp_path):
    """By a person who may ask for it, or hears that they may not."""
    users = {growth.job(what, who).arguments[0][0] for what in ASKED for who in PEOPLE}
    assert users == {universe.EVERYTHING, universe.TWENTY, universe.ONE}
    assert {growth.job(what, "one").kind for what in ASKED} == {"command", "home"}
    quick, full = (growth.crowd(Bench(tmp_path, quick=quick), ORDERS[1]) for quick in (True, False))
    assert (quick.ended, full.ended, full.grants) == (200_000, 1_000_000, 1_000_000)
    assert full.waiting_older
    assert requester(3, full.people) == universe.person(3 * 7919 % 10_000)


def test_a_figure_that_fails_says_why_in_one_line():
    """The others go on; what is no fault of the measurement's is raised."""

    def fails() -> Measured:
        raise Unmeasurable("the bot\n  ended")

    assert tried("start", fails) == Measured("start", why_not="Unmeasurable: the bot ended")


def test_answers_of_a_bot_that_gave_up_are_counted():
    """And answers with errors; the job ends with the last of them."""
    tally = Tally([1, 2, 3])
    for text in (b"Slack or the cloud is slow just now.", b'{"errors": {}}', b"ok"):
        assert not tally.ended.is_set()
        tally.came(0.1, "200", text)
    assert (tally.late, tally.wrong, tally.ended.is_set()) == (1, 1, True)


def test_the_bot_says_what_the_load_takes_for_giving_up():
    """The words are those of the catalogue."""
    catalogue = (processes.ROOT / "bot" / "words" / "en.ftl").read_text(encoding="utf-8")
    assert any(line.startswith("too-slow = ") and LATE.decode() in line for line in catalogue.splitlines())


def test_the_figures_are_listed(capsys):
    """Each with its goal, those that were asked for."""
    assert __main__.main(["--list", "ack-64"]) == 0
    assert capsys.readouterr().out.split()[:3] == ["ack-64", "≥", "1"]
