"""An answer does as much work on a database of years as on one of weeks: counted in SQLite's own steps, not in time.

The lists of each of the people who look are as long in both, so that what differs is what the others have.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.counting import ASKERS, QUESTIONS, Ask, CountedAnswers, opened
from benchmarks.crowd import Crowd
from benchmarks.filling import fill
from bot.core.ids import UserId
from bot.core.request import State
from bot.core.visible import Visible
from bot.service import Listed

pytestmark = pytest.mark.no_cover  # what runs is filling, and the same answers for two databases
WEEKS = Crowd(200, 4_000, grants=2_000, people=200, clusters=20, in_groups=True, approvers=10)
YEARS = Crowd(2_000, 40_000, grants=20_000, people=2_000, clusters=200, in_groups=True, approvers=10)
SIZES = {"weeks": WEEKS, "years": YEARS}
MOST = 1.3
MORE: dict[str, tuple[Ask, tuple[UserId, ...]]] = {  # what else people may turn to
    "what waits": (lambda here, actor: here.service.reviews.page(actor, Listed.WAITING), ASKERS),
    "what ended": (lambda here, actor: here.service.reviews.page(actor, Listed.ENDED, first=20), ASKERS),
}
ASKED = {**QUESTIONS, **MORE}


@pytest.fixture(scope="module")
def databases(tmp_path_factory) -> dict[str, Path]:
    """Both, filled once."""
    folder = tmp_path_factory.mktemp("grown")
    for name, crowd in SIZES.items():
        fill(folder / f"{name}.db", crowd)
    return {name: folder / f"{name}.db" for name in SIZES}


@pytest.mark.parametrize(("what", "user"), [(what, user) for what, (_, users) in ASKED.items() for user in users])
async def test_an_answer_does_not_grow_with_what_others_have(databases, what, user):
    """For who may see everything, twenty clusters, or one; what admins and operators ask, a start, and the worker."""
    took = {}
    for name, database in databases.items():
        async with opened(database, SIZES[name].clusters) as here:
            took[name] = await here.steps(ASKED[what][0], user)
    assert took["weeks"] > 0
    assert took["years"] <= MOST * took["weeks"] + 400, took


async def test_the_line_of_a_cluster_is_found_without_its_past(databases):
    """Before each call to the cloud it is looked at: it took a step for each request that the cluster ever had."""

    async def line(here: CountedAnswers, _: object) -> None:
        await here.store.line(request.cluster)

    async with opened(databases["years"], YEARS.clusters) as here:
        (newest,) = await here.store.newest(Visible(clusters=None), limit=1)
        (request,) = await here.store.load([newest])
        ended = [State.AVAILABLE]
        assert len(await here.store.find(states=ended, cluster=request.cluster, limit=1000)) >= 100
        assert await here.steps(line, ASKERS[-1]) <= 200
