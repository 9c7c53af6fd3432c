"""Exactly once under everything at once: kill -9, lost and wrong answers, lists that lag, other clocks, rivals.

The long form: `SNAPSHOT_BOT_TEST_LIVES=60 SNAPSHOT_BOT_TEST_SEED=… pytest -m kill tests/e2e/test_kill_campaign.py`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.request import State
from bot.store import open_store
from dws_sandbox import DwsSimulator
from dws_sandbox.descriptions import FORMS
from dws_sandbox.project import Twist
from tests.e2e.test_kill import ASKERS, SEED, People, Reaper, all_final, far_ends, rows, states, told_of
from tests.harness.running import World
from tests.harness.serving import serving, until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(900)]

LIVES = int(os.environ.get("SNAPSHOT_BOT_TEST_LIVES", "9"))
SAID = (
    "",
    "before the migration",
    "  Vor dem Umzug:\r\n fu\u0308r\u00a0Ana 🚀 👩🏽‍🚀 ½ ❤️\n",
    "x" * 256,
    "R-1; https://example.org/a?b (100%)",
)
OTHER_CASE = "our name in another case"
# Seconds that the cloud's and Slack's clocks are ahead of the bot's.
CLOCKS = ((0.0, 0.0), (3600.0, -3600.0), (-3600.0, 3600.0))


@dataclass
class FarEnd:
    """What the cloud did in truth: which snapshots came of our calls, and which of somebody else's."""

    cloud: DwsSimulator
    ours: dict[str, str] = field(default_factory=dict)  # id -> name
    theirs: dict[str, str] = field(default_factory=dict)

    def watch(self) -> None:
        """Tell apart from now on what each create call makes."""
        world = self.cloud.project
        create = world.create_snapshot

        def watched(asked: dict[str, Any], twist: Twist) -> Any:
            before, made = set(world.snapshots), None
            if twist.rival is not None and twist.rival.name == OTHER_CASE:
                twist = replace(twist, rival=replace(twist.rival, name=asked["name"].upper()))
            try:
                made = create(asked, twist)
            finally:
                for new in world.snapshots.keys() - before:
                    mine = made is not None and new == made.id
                    (self.ours if mine else self.theirs)[new] = world.snapshots[new].name
            return made

        world.create_snapshot = watched  # type: ignore[method-assign]


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


@pytest.mark.parametrize("clocks", CLOCKS, ids=lambda c: f"cloud {c[0]:+.0f} s, Slack {c[1]:+.0f} s")
async def test_whatever_goes_wrong_each_wish_ends_once_and_truly(
    tmp_path: Path, clocks: tuple[float, float], capsys: pytest.CaptureFixture[str]
):
    """A killed bot, a lying cloud, a lossy Slack: nothing lost, nothing doubled, no stranger's ours, ours never not."""
    lives = LIVES // len(CLOCKS)
    chance = random.Random(f"{SEED} {clocks}")
    under_way: Counter[State] = Counter()
    async with far_ends(tmp_path, cloud_ahead=clocks[0], slack_ahead=clocks[1]) as world:
        far_end = FarEnd(world.cloud)
        far_end.watch()
        people, trouble = People(world, chance, descriptions=SAID), Trouble(world, chance)
        reaper = Reaper(world, people, chance)
        crowd = [asyncio.create_task(people.ask(who)) for who in ASKERS] + [asyncio.create_task(people.approve())]
        try:
            for _ in range(lives):
                await trouble.arm()
                async with serving(world.environ, tmp_path) as bot:
                    people.wanted.release()
                    people.wanted.release()
                    await reaper.wait()
                    assert await bot.end(signal.SIGKILL) == -signal.SIGKILL
                    assert "Traceback" not in bot.err, f"seed {SEED}: {bot.err}"
                    under_way.update(await states(world))
            world.cloud.faults.clear()
            world.slack.site.faults.clear()
            async with serving(world.environ, tmp_path):
                await until(lambda: len(people.accepted) == 2 * lives or any(t.done() for t in crowd), seconds=60)
                gone = [t for t in crowd if t.done()]
                assert not gone, f"seed {SEED}: {gone}"
                assert len(people.accepted) == 2 * lives, f"seed {SEED}: {people.trying}"
                assert await all_final(world, seconds=120), f"seed {SEED}: {await rows(world, tmp_path)}"
        finally:
            for task in crowd:
                task.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)

        requests = await rows(world, tmp_path)
        counts = wrongs(requests, far_end, people.accepted, told_of(world.user("ben").channel("dwh-ops").messages))
        ends = Counter(str(r["state"]) for r in requests)
        with capsys.disabled():
            print(  # noqa: T201 -- the proof's figures, to be read in every run
                f"\n{lives} lives (seed {SEED}, clocks {clocks}), under way at the kills: "
                f"{', '.join(f'{n} {s}' for s, n in under_way.items())}; {sum(trouble.armed.values())} troubles of "
                f"{len(trouble.armed)} kinds; {world.cloud.calls.counts['create']} create calls made "
                f"{len(far_end.ours)} snapshots, rivals {len(far_end.theirs)}; "
                f"{', '.join(f'{n} {s}' for s, n in ends.items())}; wrong: {sum(counts.values())}"
            )
        assert not any(counts.values()), f"seed {SEED}: {counts} of {requests}"
        async with open_store(world.environ["SNAPSHOT_BOT_DATABASE"], exclusive=False) as store:
            assert (await store.verify_chain()).broken is None


def wrongs(
    requests: list[dict[str, object]], far_end: FarEnd, accepted: set[str], told: Counter[str]
) -> dict[str, int]:
    """Count what must not be, by both far ends."""
    kept = Counter(str(r["name"]) for r in requests)
    available = {str(r["snapshot_id"]): str(r["name"]) for r in requests if r["state"] == State.AVAILABLE}
    failed = {str(r["name"]) for r in requests if r["state"] == State.FAILED}
    rivals = {name.casefold() for name in far_end.theirs.values()}
    return {
        "requests lost": len(accepted - kept.keys()),
        "requests doubled": sum(n - 1 for n in kept.values()),
        "requests without an end": len(kept) - len(available) - len(failed),
        "snapshots doubled": sum(n - 1 for n in Counter(far_end.ours.values()).values()),
        "snapshots of nobody": len(set(far_end.ours.values()) - kept.keys()),
        "strangers' called ours": len(available.keys() & far_end.theirs.keys()),
        "ours disowned": len(failed & set(far_end.ours.values())),
        "available without ours": sum(far_end.ours.get(made) != name for made, name in available.items()),
        "failed without a rival": sum(name.casefold() not in rivals for name in failed),
        "messages lost": sum(not told[f"{r['id']}:{kind}"] for r in requests for kind in ("card", "result")),
        "messages doubled": sum(n - 1 for n in told.values()),
    }
