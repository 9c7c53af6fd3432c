"""What is measured, against what, and how good it should be: the one table of it.

A goal is a ratio, ours by theirs; None where a figure is only shown. *cause* says what bounds a figure that misses its
goal, as the last profile showed it: it is printed with the miss. *family*, where set, is the line of the table in which
figures that differ only in who asks stand together, by the worst of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

BOLT: Final = "bare Bolt"
SMALL: Final = "a database with little more than is shown"
EMPTY: Final = "an empty database"
SDK: Final = "huaweicloudsdkdws"
ONE_PROCESS: Final = "one process"


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure: *most* or *least* is its goal, *unit* that of both numbers whose ratio it is."""

    figure: str
    what: str
    against: str
    unit: str = "ms"
    most: float | None = None
    least: float | None = None
    family: str = ""
    cause: str = ""

    @property
    def line(self) -> str:
        """What its line in the table is called."""
        return self.family or self.what

    @property
    def text(self) -> str:
        """The goal as it is written."""
        if self.most is not None:
            return f"≤ {self.most:g} ×"
        return f"≥ {self.least:g} ×" if self.least is not None else "–"

    def is_met(self, ratio: float) -> bool:
        """Say whether *ratio* is as good as the goal, if there is one."""
        return (self.most is None or ratio <= self.most) and (self.least is None or ratio >= self.least)

    def badness(self, ratio: float) -> float:
        """Return how far *ratio* is from the goal: above 1 it misses it."""
        if self.most is not None:
            return ratio / self.most
        return self.least / ratio if self.least is not None and ratio else 0.0


_DISPATCH: Final = "what help says is looked up in a dozen questions; Bolt's dispatch; a durable row for each delivery"
_LINES: Final = "of each cluster that somebody may see the first requests are looked at, to find the first of all"
_ROWS: Final = "rights are read once more for each question that an answer puts together"
_GRANTS: Final = "the approvers of the cluster are read, since the words name them"
_CAUSES: Final = {"help": _LINES, "home": _LINES, "create": _GRANTS, "why": _GRANTS, "modal": _GRANTS}

PEOPLE: Final = ("everything", "twenty", "one")
ORDERS: Final = ("newer", "older")  # than what has ended, is what waits
_WHO: Final = {
    "everything": "an approver of everything",
    "twenty": "an approver of 20 clusters",
    "one": "a requester of one",
}
ASKED: Final = {
    "help": "`/snapshot help`",
    "list": "`/snapshot list`",
    "status": "`/snapshot status`",
    "create": "`/snapshot create`",
    "withdraw": "`/snapshot withdraw` of what isn't there",
    "audit": "`/snapshot audit`",
    "why": "`/snapshot why`",
    "modal": "the form, until it opens",
    "home": "the Home tab, until it is drawn",
}
MAY_NOT: Final = {("create", "everything"), ("create", "twenty")}  # who only approves asks for nothing


def _growth() -> Iterator[Goal]:
    for what, who, order in product(ASKED, PEOPLE, ORDERS):
        if (what, who) not in MAY_NOT:
            yield Goal(
                f"growth-{what}-{who}-{order}",
                f"{ASKED[what]} of {_WHO[who]}, what waits {order} than what ended",
                SMALL,
                most=1.3,
                family=f"{ASKED[what]}, 10,000 waiting, 1,000,000 ended, 1,000,000 grants",
                cause=_CAUSES.get(what, _ROWS),
            )
    for order in ORDERS:
        more = f"what waits {order} than what ended"
        yield Goal(
            f"growth-admin-{order}",
            f"`/snapshot admin`, until the overview opens, {more}",
            SMALL,
            most=1.3,
            family="`/snapshot admin`, same database",
            cause="a page of rights and every rule are read",
        )
        yield Goal(
            f"growth-approval-{order}",
            f"approval → create call, p99, {more}",
            SMALL,
            most=1.2,
            family="approval → create call, p99, same database",
            cause="the card and the line of the cluster are looked at again before the call",
        )
        for path in ("status", "metrics"):
            yield Goal(
                f"growth-{path}-{order}",
                f"`/{path}`, {more}",
                SMALL,
                most=1.2,
                family=f"`/{path}`, same database",
                cause="what an answer counts is kept; what is left is the write that proves that it can be saved",
            )


GOALS: Final = (
    Goal("ack-alone", "`/snapshot help` over HTTP, one at a time, p50", BOLT, most=0.085, cause=_DISPATCH),
    Goal("ack-16", "`/snapshot help` over HTTP, 16 at a time, p99", BOLT, most=0.7, cause=_DISPATCH),
    Goal(
        "ack-64", "`/snapshot help` over HTTP, 64 at a time, throughput", BOLT, "a second", least=1.0, cause=_DISPATCH
    ),
    Goal("ack-cpu", "`/snapshot help` over HTTP, 64 at a time, processor time of each", BOLT),
    Goal(
        "socket-alone",
        "`/snapshot help` over Socket Mode, one at a time, p50",
        "Bolt's handler",
        most=0.04,
        cause=_DISPATCH,
    ),
    Goal(
        "socket-64",
        "`/snapshot help` over Socket Mode, 64 at a time, throughput",
        "Bolt's handler",
        "a second",
        least=1.1,
        cause=_DISPATCH,
    ),
    Goal("socket-cpu", "`/snapshot help` over Socket Mode, 64 at a time, processor time of each", "Bolt's handler"),
    Goal(
        "form-alone",
        "form sent → checked, committed, acknowledged; one at a time, p50",
        f"{BOLT}'s empty ack",
        most=0.3,
        cause="a commit for the replay row, then two calls to Slack at once, then the commit of the request",
    ),
    Goal(
        "form-64",
        "form sent → acknowledged, 64 at a time, throughput",
        f"{BOLT}'s empty ack",
        "a second",
        least=0.38,
        cause="the form is parsed twice, and its card is posted meanwhile",
    ),
    Goal(
        "form-cpu",
        "form sent → acknowledged and card posted, 64 at a time, processor time of each",
        f"{BOLT}'s empty ack",
    ),
    Goal("start", "start until `/readyz`", f"{BOLT}'s first answer", most=1.3, cause="imports, mostly"),
    *_growth(),
    Goal(
        "options",
        "options of the cluster select, 5,000 clusters",
        "50 clusters",
        most=1.5,
        cause="rights are compared with every cluster before the first hundred are shown",
    ),
    Goal(
        "lives-50",
        "whole lives a second, 10,000 approved at once, the cloud answers in 50 ms",
        f"{SDK}'s create calls in a row",
        "a second",
        least=10,
        cause="the loop's own work for each life, see lives at 0 ms",
    ),
    Goal(
        "lives-0",
        "the same, the cloud answers at once",
        f"{SDK}'s create calls in a row",
        "a second",
        least=0.3,
        cause="a card is drawn and sent three times in a life at least; the client takes 1 ms of a create call",
    ),
    Goal("looks", "list calls a cycle, 10,000 running in 3 projects", "2 for each project", "calls", most=1.05),
    Goal("idle-cpu", "processor time while 10,000 wait", "a core", "cores", most=0.005),
    Goal("idle-memory", "memory while 10,000 wait", EMPTY, "MB", most=1.1),
    Goal(
        "client-cpu",
        "a create call's processor time in the client",
        SDK,
        most=0.6,
        cause="httpx builds, signs and reads each call in Python; its connections are aiohttp's",
    ),
    Goal("client-time", "a create call, the cloud answers at once, p50", SDK),
    Goal("client-cpu-otc", "a create call's processor time in the client", "otcextensions"),
    Goal(
        "client-size",
        "size of the bot with all that it needs, without byte code",
        SDK,
        "MB",
        most=0.9,
        cause="babel's data of every locale are half of it (33 MB); aiohttp and pydantic-core are 13 MB",
    ),
    Goal("durable-alone", "a row that is kept for sure, one at a time, p50", "sqlite3, a commit each"),
    Goal("durable-64", "the same, 64 at a time", "sqlite3, a commit each", "a second"),
    Goal(
        "life-calls",
        "calls to Slack for a whole life: ask, approve, 4 steps, result",
        "the fewest possible",
        "calls",
        most=1.3,
        cause="who acts is looked up again at each check, and the card is drawn again after every save",
    ),
    Goal(
        "life-people",
        "`users.info` while 5 people approve 1,000 requests at once",
        "people",
        "calls",
        most=3,
        cause="who acts is looked up again for each approval, and who approved once more before the cloud is asked",
    ),
    Goal("replicas-units", "create calls and messages, 3 processes on one PostgreSQL", ONE_PROCESS, "calls", most=1.0),
    Goal(
        "replicas-statements",
        "statements for a whole life, 3 processes",
        ONE_PROCESS,
        "statements",
        most=1.1,
        cause="each process looks for work of its own while there is none",
    ),
    Goal("replicas-looks", "list calls a cycle, 3 processes", ONE_PROCESS, "calls", most=1.05),
    Goal("replicas-lives", "whole lives a second, 3 processes", ONE_PROCESS, "a second"),
)


def goal_of(figure: str) -> Goal:
    """Return the goal of *figure*.

    Raises:
        StopIteration: there is no such figure.
    """
    return next(goal for goal in GOALS if goal.figure == figure)
