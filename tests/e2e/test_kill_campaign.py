"""Exactly once under everything at once: kill -9, lost and wrong answers, lists that lag, other clocks, rivals."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.store import open_store
from dws_sandbox.descriptions import FORMS
from tests.harness.crowd import far_ends
from tests.harness.figures import Figures
from tests.harness.lives import LIVES, OTHER_CASE, SEED, live
from tests.harness.running import World

pytestmark = [pytest.mark.kill, pytest.mark.timeout(900 + 60 * LIVES)]

SAID = (
    "",
    "before the migration",
    "  Vor dem Umzug:\r\n fu\u0308r\u00a0Ana 🚀 👩🏽‍🚀 ½ ❤️\n",
    "x" * 256,
    "R-1; https://example.org/a?b (100%)",
)
# Seconds that the cloud's and Slack's clocks are ahead of the bot's.
CLOCKS = ((0.0, 0.0), (3600.0, -3600.0), (-3600.0, 3600.0))


class Trouble:
    """Arms what goes wrong in a life: of each sort at most one, by chance."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._cloud = world.cloud
        self._slack = world.slack
        self._chance = chance
        self.armed: Counter[str] = Counter()

    async def arm(self) -> None:
        """Arm what this life has to bear."""
        self._cloud.faults.clear()
        self._slack.site.faults.clear()
        chance = self._chance
        if chance.random() < 0.8:
            self._answer()
        if chance.random() < 0.4:
            self._break(chance.choice(("slow", "late")), on="create", seconds=chance.choice((0.5, 1.5)))
        if chance.random() < 0.4:
            self._break("late_listing", times=2, seconds=chance.choice((0.5, 2.0, 4.0)))
        if chance.random() < 0.5:
            self._break("rewords", times=2, form=chance.choice(list(FORMS)))
        if chance.random() < 0.5:
            # Each can be told from ours; the very same one, begun after our look, could not if our answer was lost.
            twin = chance.choice(({"seconds": 30.0}, {"description": "theirs"}, {"name": OTHER_CASE}))
            self._break("rival", **twin)
        if chance.random() < 0.3:
            fault = chance.choice(("drop_before", "server_error", "throttled", "denied", "bad_gateway", "garbage"))
            self._break(fault, on=chance.choice(("list", "clusters")), times=chance.randint(1, 3))
        if chance.random() < 0.4:
            method = chance.choice(("chat.postMessage", "chat.update"))
            fault = chance.choice(("drop_before", "drop_after"))
            self.armed[f"{method} {fault}"] += 1
            await self._slack.fault(fault, method=method, times=2)

    def _answer(self) -> None:
        chance = self._chance
        acting = ("server_error", "unavailable", "bad_gateway", "gateway_timeout")
        fault = chance.choice(
            ("drop_before", "drop_after", "empty_200", "garbage", "throttled", "conflict", "busy", "denied", *acting)
        )
        acts = chance.random() < 0.5 if fault in acting else None
        self._break(fault, on="create", times=chance.randint(1, 3), acts=acts)

    def _break(
        self, fault: str, *, on: str = "create", times: int = 1, acts: bool | None = None, **options: Any
    ) -> None:
        self.armed[f"{on} {fault}{'' if acts is None else ' done' if acts else ' not done'}"] += 1
        self._cloud.break_next(fault, times, on, acts=acts, **options)


@pytest.mark.telling
@pytest.mark.parametrize(
    "clocks", CLOCKS if LIVES else CLOCKS[1:2], ids=lambda c: f"cloud {c[0]:+.0f} s, Slack {c[1]:+.0f} s"
)
@pytest.mark.parametrize(
    "history", [True, False] if LIVES else [True], ids=lambda may: "history" if may else "no history"
)
async def test_whatever_goes_wrong_each_wish_ends_once_and_truly(
    tmp_path: Path,
    clocks: tuple[float, float],
    history: bool,
    figures: Figures,
    engine: str,
    database_in: Callable[[Path], str],
):
    """A killed bot, a lying cloud, a lossy Slack: nothing lost, nothing doubled, no stranger's ours, ours never not.

    Where the bot may not look for its messages, one whose posting was cut off may come twice, and never not at all.
    """
    seed = f"{SEED}; clocks {clocks}"
    chance = random.Random(f"{SEED} {clocks}")
    database = database_in(tmp_path)
    cloud, slack = clocks
    async with far_ends(
        tmp_path, cloud_ahead=cloud, slack_ahead=slack, history=history, SNAPSHOT_BOT_DATABASE=database
    ) as world:
        trouble, kills = Trouble(world, chance), LIVES // len(CLOCKS) or 3
        lives = await live(
            world,
            tmp_path,
            kills=kills,
            seed=seed,
            chance=chance,
            trouble=trouble.arm,
            descriptions=SAID,
            seconds=60,
            history=history,
        )
        figures.keep(
            "kills beside faults of both far ends",
            f"{engine}, {'may' if history else 'may not'} look for its messages; seed {seed}",
            wrong=sum(lives.wrongs().values()),
            **lives.figures,
            troubles=trouble.armed.total(),
            kinds_of_trouble=len(trouble.armed),
            create_calls=world.cloud.calls.counts["create"],
        )
        assert not any(lives.wrongs().values()), f"seed {seed}: {lives.wrongs()} of {lives.requests}"
        async with open_store(world.environ["SNAPSHOT_BOT_DATABASE"], exclusive=False) as store:
            assert (await store.verify_chain()).broken is None
