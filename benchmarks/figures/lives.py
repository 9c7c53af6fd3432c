"""Whole lives of requests: how many a second beside bare create calls, and how often Slack is asked for one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from benchmarks import processes, universe
from benchmarks.crowd import Crowd, request_id
from benchmarks.far_ends import CREATE, OF_APPROVERS, Ends
from benchmarks.figures.clients import call, caller
from benchmarks.filling import fill
from benchmarks.loading import Job
from benchmarks.measuring import Bench, Measured, Unmeasurable, by_ratio

# The fewest calls to Slack with which a life can be shown as it is: the form opens, and who asks and the two who may
# approve are looked up, since it names them; rights are checked again when it is sent, at the click and before the
# cloud is asked (there both of who asked and who approved); the channel is looked at once, and who is in it; the card
# is posted, and drawn again for the approval, for each of four steps and for the end; a result, and a word to who has
# approved.
FEWEST: Final = {
    "views.open": 1,
    "users.info": 3 + 1 + 1 + 2,
    "conversations.info": 1,
    "conversations.members": 1,
    "chat.postMessage": 2,
    "chat.update": 6,
    "chat.postEphemeral": 1,
}
_STEPS: Final = 4
_SLACKS: Final = 0.15  # seconds that Slack takes to say who somebody is
_PACE: Final = {"SNAPSHOT_BOT_POLL_SECONDS": "5"}
_PATIENCE: Final = 900.0  # seconds for all of them


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the figures of whole lives."""
    for figure, seconds, calls in (("lives-50", 0.05, bench.size(100, 40)), ("lives-0", 0.0, bench.size(2000, 500))):
        if bench.wants(figure):
            yield _lives(bench, figure, seconds, calls)
    if bench.wants("life-calls"):
        yield _calls_of_a_life(bench)
    if bench.wants("life-people"):
        yield _people_asked(bench)


def _lives(bench: Bench, figure: str, seconds: float, calls: int) -> Measured:
    """Measure the bot between two blocks of the official client, which is slow or quick as the machine then is."""
    count = bench.size(10_000, 1_000)
    pairs = []
    for block in range(bench.size(1, 2)):
        before = _calls_a_second(bench.folder, seconds, calls)
        ours = _lives_a_second(bench.folder, count, seconds, f"{figure}-{block}")
        pairs += [(ours, before), (ours, _calls_a_second(bench.folder, seconds, calls))]
    return by_ratio(figure, pairs)


def _calls_a_second(folder: Path, seconds: float, calls: int) -> float:
    with processes.far_ends(folder, Ends(create_seconds=seconds)) as far, ExitStack() as stack:
        client = caller(stack, folder, far, "huaweicloudsdkdws")
        call(client, 20)
        return calls / call(client, calls).seconds


def _lives_a_second(folder: Path, count: int, seconds: float, name: str) -> float:
    """Return how many requests a second come to their end, from the first create call to the last that is noted."""
    database = folder / f"{name}.db"
    fill(database, Crowd(approved=count, clusters=count, all_ask=True))
    with (
        processes.far_ends(folder, Ends({"p0": count}, create_seconds=seconds)) as far,
        processes.bot(folder, database, far, environ=_PACE, name=name),
    ):
        began = far.when(CREATE, 1)
        _until_available(database, count)
        return count / (time.monotonic() - began)


def _until_available(database: Path, count: int) -> None:
    until = time.monotonic() + _PATIENCE
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        while time.monotonic() < until:
            states = dict(connection.execute("SELECT state, count(*) FROM requests GROUP BY state").fetchall())
            if states.get("AVAILABLE", 0) >= count:
                return
            time.sleep(0.2)
    raise Unmeasurable(f"not all of {count} requests came to their end in {_PATIENCE:g} s: {states}")


def _calls_of_a_life(bench: Bench) -> Measured:
    database = bench.folder / "life.db"
    fill(database, Crowd())
    quick = {"SNAPSHOT_BOT_POLL_SECONDS": "1"}
    with processes.load(bench.folder) as load:
        ends = Ends({"p0": 7}, looks=_STEPS + 1, socket_port=load.port)
        with (
            processes.far_ends(bench.folder, ends) as far,
            processes.bot(bench.folder, database, far, environ=quick, name="bot-life") as bot,
        ):
            before = far.counts()
            load.run(Job("command", [[universe.ONE, ""]], 1, port=bot.port, until="views.open", far_port=far.port))
            load.run(Job("form", [[universe.ONE, 0]], 1, port=bot.port, until="chat.postMessage", far_port=far.port))
            [waiting] = _ids(database)
            load.run(Job("click", [[universe.EVERYTHING, "approve", waiting]], 1, port=bot.port))
            _until_available(database, 1)
            far.quiet(2.0)
            spent = slack_calls(before, far.counts())
    told = ", ".join(f"{count} {method}" for method, count in sorted(spent.items()))
    return by_ratio("life-calls", [(sum(spent.values()), sum(FEWEST.values()))], told)


def slack_calls(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Return the calls of each of Slack's methods between two counts, but those that only keep the connection."""
    methods = (what for what in after if "." in what and " " not in what)
    spent = {method: after[method] - before.get(method, 0) for method in methods}
    return {method: number for method, number in spent.items() if number and method not in ("auth.test", "bots.info")}


def _ids(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [found for (found,) in connection.execute("SELECT id FROM requests")]


def _people_asked(bench: Bench) -> Measured:
    """Let five people approve a thousand requests at once, and count how often Slack is asked who they are.

    It takes as long to say so as Slack does: who wants to know meanwhile asks together. Who asked for the snapshots are
    others, of whom each is looked up as well.
    """
    count, people = bench.size(1_000, 200), 5
    database = bench.folder / "people.db"
    fill(database, Crowd(waiting=count, clusters=count, approvers=people, all_ask=True))
    approvers = [universe.approver(number) for number in range(people)]
    arguments: list[list[object]] = [[approvers[n % people], "approve", request_id(n)] for n in range(count)]
    with (
        processes.load(bench.folder) as load,
        processes.far_ends(bench.folder, Ends({"p0": count}, people_seconds=_SLACKS)) as far,
        processes.bot(bench.folder, database, far, environ=_PACE, name="bot-people") as bot,
    ):
        before = far.counts()
        done = load.run(Job("click", arguments, count, 64, bot.port), may_be_late=True)
        far.quiet(1.0, most=_PATIENCE)
        asked = far.counts()[OF_APPROVERS] - before.get(OF_APPROVERS, 0)
    return by_ratio("life-people", [(asked, people)], f"{count} approvals in {done.seconds:.1f} s")
