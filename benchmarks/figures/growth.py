"""What years of use cost: every answer on a large database beside the same on one with little more than it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from benchmarks import processes, universe
from benchmarks.crowd import Crowd, request_id, requester
from benchmarks.far_ends import CREATE, Ends
from benchmarks.filling import fill
from benchmarks.goals import ASKED, MAY_NOT, ORDERS, PEOPLE
from benchmarks.loading import Answered, Job
from benchmarks.measuring import Bench, Measured, by_ratio, interleaved, ms, tried
from benchmarks.processes import Bot, Far, Load

_CLUSTERS = 1_000
_USERS = dict(zip(PEOPLE, (universe.EVERYTHING, universe.TWENTY, universe.ONE), strict=True))
_TYPED = {
    "help": "help",
    "list": "list",
    "status": "status",
    "create": f"create {universe.cluster_name(0)} {{new}}",
    "withdraw": "withdraw R-ZZZZ",
    "audit": "audit",
    "why": f"why {universe.cluster_name(0)}",
    "modal": "",
}
_REPORTS = ("status", "metrics")
_NAMED = 10  # approvers of everything, as many as a card names
# As much in each list of each of the measured people as in the large one: what it takes to draw is no growth.
_SMALL = Crowd(200, 4_000, people=200, clusters=20, in_groups=True, approvers=_NAMED)
_SLOW = 0.3  # seconds for one answer, from which on fewer are enough


@dataclass(frozen=True, slots=True)
class Side:
    """A bot on one of the databases, with far ends of its own; *first* is the number of its first waiting request."""

    load: Load
    far: Far
    bot: Bot
    first: int = 0

    def run(self, job: Job, *, report: bool = False, quiet: bool = False) -> Answered:
        """Run *job* on this bot (*report*: on what operators ask); *quiet*: until what follows is done as well."""
        port = self.bot.operations_port if report else self.bot.port
        outcome = self.load.run(replace(job, port=port, far_port=self.far.port), may_be_late=True)
        if quiet:
            self.far.quiet(0.15)
        return outcome


def crowd(bench: Bench, order: str) -> Crowd:
    """Return what is in the large database: years of use by a large company."""
    size = bench.size(1_000_000, 200_000)
    older = order == "older"
    return Crowd(10_000, size, grants=size, clusters=_CLUSTERS, waiting_older=older, in_groups=True, approvers=_NAMED)


def job(what: str, who: str) -> Job:
    """Return how *who* (see PEOPLE) asks for *what* (see ASKED), once."""
    user = _USERS[who]
    match what:
        case "home":
            return Job("home", [[user]], 0, until="views.publish")
        case "modal":
            return Job("command", [[user, _TYPED[what]]], 0, until="views.open")
        case _:
            return Job("command", [[user, _TYPED[what]]], 0)


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the figures of growth, for what waits newer and older than what ended."""
    for order in ORDERS:
        if any(map(bench.wants, figures(order))):
            yield from _of_order(bench, order)


def figures(order: str) -> list[str]:
    """Return the names of the figures of *order*."""
    asked = [f"growth-{what}-{who}-{order}" for what in ASKED for who in PEOPLE if (what, who) not in MAY_NOT]
    return [*asked, *(f"growth-{name}-{order}" for name in (*_REPORTS, "admin", "approval"))]


def _of_order(bench: Bench, order: str) -> Iterator[Measured]:
    large = crowd(bench, order)
    wants_approval = bench.wants(f"growth-approval-{order}")
    blocks, each = bench.size(5, 7), bench.size(100, 40)
    with ExitStack() as stack:
        load = stack.enter_context(processes.load(bench.folder))

        def side(name: str, contents: Crowd) -> Side:
            database = bench.folder / f"{name}.db"
            fill(database, contents)
            stack.callback(database.unlink)
            ends = Ends({"p0": _CLUSTERS}, in_groups=True, socket_port=load.port)
            far = stack.enter_context(processes.far_ends(bench.folder, ends, name=f"far-{name}"))
            bot = stack.enter_context(processes.bot(bench.folder, database, far, name=f"bot-{name}"))
            return Side(load, far, bot, contents.ended)

        full, small = (
            side(f"full-{order}", large),
            side(f"small-{order}", replace(_SMALL, waiting_older=large.waiting_older)),
        )
        yield from _reports(bench, order, full, small)  # first: what is approved next shows in `/status`
        if wants_approval:  # before Home is open, which is drawn again for each
            few = side(f"few-{order}", replace(large, waiting=_CLUSTERS, ended=0, grants=0, all_ask=True))
            ours, theirs = (_approving(side, large.people, each) for side in (full, few))
            figure = f"growth-approval-{order}"
            yield tried(figure, lambda: by_ratio(figure, ms(interleaved(blocks, ours, theirs), 99)))
        yield from _answers(bench, order, full, small)


def _comparing(bench: Bench, full: Side, small: Side) -> Callable[..., Measured]:
    """Return what measures a job on both sides; see `Side.run` for its options."""
    # Many short blocks: what else the machine does falls on few of them, and on both sides of one alike.
    blocks, each = 11, bench.size(15, 6)

    def both(figure: str, asked: Job, *, report: bool = False, quiet: bool = False) -> Measured:
        once = full.run(replace(asked, count=1), report=report, quiet=quiet)
        sized = replace(asked, count=2 if once.seconds > _SLOW else each)
        pairs = interleaved(
            3 if once.seconds > _SLOW else blocks,
            lambda: full.run(sized, report=report, quiet=quiet),
            lambda: small.run(sized, report=report, quiet=quiet),
        )
        late = sum(ours.late for ours, _ in pairs)
        return by_ratio(figure, ms(pairs, 50), "the bot gave up: no answer in time" if late else "")

    return both


def _reports(bench: Bench, order: str, full: Side, small: Side) -> Iterator[Measured]:
    both = _comparing(bench, full, small)
    for name in _REPORTS:
        if bench.wants(figure := f"growth-{name}-{order}"):
            yield tried(figure, partial(both, figure, Job("get", [[f"/{name}"]], 0), report=True))


def _answers(bench: Bench, order: str, full: Side, small: Side) -> Iterator[Measured]:
    both = _comparing(bench, full, small)
    if bench.wants(figure := f"growth-admin-{order}"):
        yield tried(figure, partial(both, figure, Job("command", [[universe.ADMIN, "admin"]], 0, until="views.open")))
    for what in ASKED:
        for who in PEOPLE:
            if (what, who) not in MAY_NOT and bench.wants(figure := f"growth-{what}-{who}-{order}"):
                yield tried(figure, partial(both, figure, job(what, who), quiet=what == "create"))


def _approving(side: Side, people: int, each: int) -> Callable[[], Answered]:
    """Return what approves the next requests, one after the other, each until the cloud is called.

    Each is on a cluster of its own; those of the measured people are left out, who have other rights.
    """
    waiting = range(side.first, side.first + _CLUSTERS)
    ids = iter([request_id(n) for n in waiting if requester(n, people).startswith("U0P")])

    def approve() -> Answered:
        arguments: list[list[object]] = [[universe.EVERYTHING, "approve", next(ids)] for _ in range(each)]
        asked = Job("click", arguments, len(arguments), until=CREATE)
        return side.run(asked, quiet=True)

    return approve
