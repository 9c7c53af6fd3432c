"""An answer does as much work on a database of years as on one of weeks: counted in SQLite's own steps, not in time.

The lists of each of the people who look are as long in both, so that what differs is what the others have.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, timedelta

import pytest

from benchmarks import universe
from benchmarks.crowd import Crowd
from benchmarks.filling import fill
from bot.core.ids import Actor, TeamId, UserId
from bot.core.request import State
from bot.core.visible import Visible
from bot.dws.rules import DwsRules
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.service import Listed, Service
from bot.store import open_store
from bot.store.sqlite.store import SqliteStore
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.slack import FakeChannels, FakeGroups, FakePeople

WEEKS = Crowd(200, 4_000, people=200, clusters=20, in_groups=True)
YEARS = Crowd(2_000, 40_000, grants=20_000, people=2_000, clusters=200, in_groups=True)
TEAM = TeamId(universe.TEAM)
PEOPLE = tuple(map(UserId, (universe.EVERYTHING, universe.TWENTY, universe.ONE)))
COARSE = 20  # steps that are counted as one
MOST = 1.3


@pytest.fixture(scope="module")
def databases(tmp_path_factory) -> dict[str, str]:
    """Both, filled once."""
    folder = tmp_path_factory.mktemp("grown")
    for name, crowd in (("weeks", WEEKS), ("years", YEARS)):
        fill(folder / f"{name}.db", crowd, now=FakeClock().now())
    return {name: f"sqlite:///{folder}/{name}.db" for name in ("weeks", "years")}


class Counted:
    """A database with the use cases on it, and how many steps SQLite takes for a question."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        clock = store.clock
        cloud = FakeCloud(clock)
        self.service = Service(
            store=store,
            inventory=Inventory({cloud.name: cloud}, store=store),
            rules=DwsRules(),
            people=FakePeople(TEAM, PEOPLE),
            groups=FakeGroups(),
            zone=UTC,
            channels=FakeChannels(),
            admins=[],
            channel=None,
            expire_after=timedelta(hours=8),
            changed=lambda: None,
            metrics=Metrics(),
        )

    @contextmanager
    def counting(self) -> Iterator[list[int]]:
        """Count the steps until the end, in the list's one number."""
        steps = [0]

        def more() -> int:
            steps[0] += COARSE
            return 0

        reading = self.store._reading
        reading.set_progress_handler(more, COARSE)
        try:
            yield steps
        finally:
            reading.set_progress_handler(None, 0)

    async def steps(self, ask: Callable[[Counted, Actor], Awaitable[object]], user: UserId) -> int:
        """Return how many it takes to answer *user*."""
        with self.counting() as steps:
            await ask(self, Actor(TEAM, user))
        return steps[0]


@asynccontextmanager
async def counted(url: str) -> AsyncIterator[Counted]:
    """Open the database for counting."""
    async with open_store(url, exclusive=False, clock=FakeClock()) as store:
        assert isinstance(store, SqliteStore)
        yield Counted(store)


async def _form(here: Counted, actor: Actor) -> object:
    return await here.service.intake.askable(await here.service.authority.looker(actor))


QUESTIONS: dict[str, Callable[[Counted, Actor], Awaitable[object]]] = {
    "help": lambda c, actor: c.service.reviews.summary(actor),
    "Home": lambda c, actor: c.service.reviews.overview(actor),
    "list": lambda c, actor: c.service.reviews.page(actor, Listed.ALL),
    "what waits": lambda c, actor: c.service.reviews.page(actor, Listed.WAITING),
    "what ended": lambda c, actor: c.service.reviews.page(actor, Listed.ENDED, first=20),
    "form": _form,
}


@pytest.mark.parametrize("user", PEOPLE)
@pytest.mark.parametrize("what", QUESTIONS)
async def test_an_answer_does_not_grow_with_what_others_have(databases, what, user):
    """For who may see everything, twenty clusters, or one."""
    took = {}
    for name, url in databases.items():
        async with counted(url) as here:
            took[name] = await here.steps(QUESTIONS[what], user)
    assert took["weeks"] > 0
    assert took["years"] <= MOST * took["weeks"] + 20 * COARSE, took


@pytest.mark.parametrize("what", ["counts", "oldest", "not_sent", "frozen_cards", "unreached", "next_due"])
async def test_what_operators_ask_does_not_grow(databases, what):
    """What `/status` and `/metrics` ask of the database."""
    took = {}
    for name, url in databases.items():
        async with counted(url) as here:
            took[name] = await here.steps(lambda c, _: getattr(c.store, what)(), PEOPLE[-1])
    assert took["years"] <= MOST * took["weeks"] + 2 * COARSE, took


async def test_the_line_of_a_cluster_is_found_without_its_past(databases):
    """Before each call to the cloud it is looked at: it took a step for each request that the cluster ever had."""
    async with counted(databases["years"]) as here:
        (newest,) = await here.store.newest(Visible(clusters=None), limit=1)
        (request,) = await here.store.load([newest])
        ended = [State.AVAILABLE]
        assert len(await here.store.find(states=ended, cluster=request.cluster, limit=1000)) >= 100
        assert await here.steps(lambda c, _: c.store.line(request.cluster), PEOPLE[-1]) <= 10 * COARSE
