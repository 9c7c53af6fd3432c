"""Nothing is lost and nothing doubled, whenever the bot's process dies; the proof that the laws of storage hold."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.admin import administering
from bot.core.request import State
from dws_sandbox import DwsSimulator
from dws_sandbox.model import SimCluster
from slack_sandbox.app import LEAST_SCOPES, App
from slack_sandbox.clock import SandboxClock
from slack_sandbox.inputs import NotPossible
from slack_sandbox.sandbox import Card, Sandbox, Unexpected
from tests.harness.running import World, environment, give_roles
from tests.harness.serving import command, serving, until

pytestmark = pytest.mark.kill

KILLS = 20
ASKERS = ("ana", "ada", "dan")
CLUSTERS = tuple(f"dwh-{n}" for n in range(6))
SEED = int(os.environ.get("SNAPSHOT_BOT_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


@asynccontextmanager
async def far_ends(
    folder: Path, *, snapshot_seconds: float = 0.3, cloud_ahead: float = 0.0, slack_ahead: float = 0.0, **settings: str
) -> AsyncIterator[World]:
    """Start a cloud with six clusters and a Slack in which the bot may look for its messages; not the bot.

    Their clocks are so many seconds ahead of the bot's.
    """
    now = datetime.now(UTC)
    clusters = [
        SimCluster(f"00000000-1111-4222-8333-{n:012d}", name, "8.3.0.109", 5.0, now) for n, name in enumerate(CLUSTERS)
    ]
    app = App(scopes=(*LEAST_SCOPES, "channels:history", "groups:history"))
    clock = SandboxClock()
    clock.advance(slack_ahead)
    async with (
        DwsSimulator(snapshot_seconds=snapshot_seconds, clusters=clusters, snapshots=[], ahead=cloud_ahead) as cloud,
        Sandbox(app, clock=clock, rate_limits=False) as slack,
    ):
        slack.admin.invite("dwh-ops", app.bot_user_id)
        quick = {"SNAPSHOT_BOT_POST_TIMEOUT_SECONDS": "1", "SNAPSHOT_BOT_SETTLE_SECONDS": "0.3"}
        environ = environment(slack, cloud, folder) | quick | settings
        await give_roles(environ, slack, {"ben": ["approve"], **{who: ["request"] for who in ASKERS}}, cluster="*")
        yield World(slack, cloud, environ)


class People:
    """Askers and an approver who go on whatever happens; they know which of their wishes were answered "accepted".

    Whoever asks by the form says one of *descriptions*.
    """

    def __init__(self, world: World, chance: random.Random, *, descriptions: Sequence[str] = ("",)) -> None:
        self.world = world
        self.chance = chance
        self._descriptions = descriptions
        self.accepted: set[str] = set()
        self.submitting = asyncio.Event()  # somebody has just sent a form
        self.wanted = asyncio.Semaphore(0)
        self.trying: dict[str, str] = {}  # what each asker hears
        self._number = 0

    async def ask(self, who: str) -> None:
        """Ask for what is wanted, one after the other, by the modal or by the command."""
        while True:
            await self.wanted.acquire()
            self._number += 1
            name = f"wish-{self._number}"
            by = self._by_modal if self.chance.random() < 0.6 else self._by_command
            while name not in self.accepted:
                if await by(who, name, self.chance.choice(CLUSTERS)):
                    self.accepted.add(name)
                else:
                    await asyncio.sleep(0.05)

    async def _by_modal(self, who: str, name: str, cluster: str) -> bool:
        try:
            modal = await self.world.user(who).command("/snapshot", seconds=2)
            await modal.enter("Cluster", cluster)
            await modal.wait_for("one approval by @ben needed", seconds=2)  # the form is redrawn for the cluster
            await modal.enter("Name", name)
            if description := self.chance.choice(self._descriptions):
                await modal.enter("Description", description)
        except (
            TimeoutError,
            Unexpected,
            NotPossible,
        ) as e:  # nothing opened, or nothing was on offer: the bot is dead
            self.trying[who] = f"form {name}: {e!r}"
            return False
        for _ in range(100):  # a form whose answer was lost is still there, and is sent again
            self.submitting.set()
            sent = await modal.submit()
            self.trying[who] = f"form {name}: {sent.outcome} {sent.modal.text if sent.modal else ''}"
            if sent.outcome.status == "ok":
                return True
            await asyncio.sleep(0.1)
        return False

    async def _by_command(self, who: str, name: str, cluster: str) -> bool:
        try:
            answer = await self.world.user(who).command_reply(f"/snapshot create {cluster} {name}", seconds=2)
        except (
            TimeoutError,
            Unexpected,
            NotPossible,
        ) as e:  # nothing opened, or nothing was on offer: the bot is dead
            self.trying[who] = f"command {name}: {e!r}"
            return False
        self.trying[who] = f"command {name}: {answer.text}"
        # a command that is sent again is another one, and hears that its predecessor was kept
        return "R-" in answer.text or "Another open request" in answer.text or "this name exists" in answer.text

    async def approve(self) -> None:
        """Let ben press Approve on every card that has the button, again and again."""
        ben = self.world.user("ben")
        while True:
            for card in ben.channel("dwh-ops").messages:
                if not card.gone and "Approve" in card.buttons:
                    with suppress(Unexpected, NotPossible):  # the card has changed since
                        await ben.click(card, "Approve")
            await asyncio.sleep(0.05)


class Reaper:
    """Chooses when the bot dies: at random, or in the midst of a call that is slow just then."""

    def __init__(self, world: World, people: People, chance: random.Random) -> None:
        self.world = world
        self.people = people
        self.chance = chance
        self.moments: Counter[str] = Counter()

    async def wait(self) -> None:
        """Return when the bot shall die."""
        moments: dict[str, Callable[[], Awaitable[None]]] = {
            "any time": self._any_time,
            "create call": self._create_call,
            "post of a message": self._post,
            "update of a card": self._update,
            "form sent": self._form,
            "answer dropped": self._dropped,
        }
        # each at least thrice in twenty, in an order that chance decides
        moment = sorted(moments, key=lambda m: (self.moments[m], self.chance.random()))[0]
        self.moments[moment] += 1
        await moments[moment]()

    async def _any_time(self) -> None:
        await asyncio.sleep(self.chance.uniform(0.0, 0.8))

    async def _create_call(self) -> None:
        slow = self.chance.choice(("slow", "late"))  # done at once and answered late, or done late
        self.world.cloud.break_next(slow, on="create", seconds=0.3)
        before = self.world.cloud.calls.count("create")
        await self._until(lambda: self.world.cloud.calls.count("create") > before, margin=0.45)

    async def _post(self) -> None:
        await self._slack_call("chat.postMessage")

    async def _update(self) -> None:
        await self._slack_call("chat.update")

    async def _slack_call(self, method: str) -> None:
        await self.world.slack.fault("slow", method=method, seconds=0.2)
        waiting = len(self.world.slack.site.faults.waiting)
        await self._until(lambda: len(self.world.slack.site.faults.waiting) < waiting, margin=0.3)

    async def _form(self) -> None:
        self.people.submitting.clear()
        await self._until(self.people.submitting.is_set, margin=0.05)

    async def _dropped(self) -> None:
        fault = self.chance.choice(("drop_before", "drop_after"))
        if self.chance.random() < 0.5:
            self.world.cloud.break_next(fault, on="create")
            await self._until(lambda: not self.world.cloud.faults.armed, margin=0.5)
        else:
            await self.world.slack.fault(fault, method="chat.postMessage")
            await self._until(lambda: not self.world.slack.site.faults.waiting, margin=0.5)

    async def _until(self, ready: Callable[[], bool], *, margin: float) -> None:
        """Wait for *ready*, two seconds at most, and then for a part of *margin* seconds."""
        await until(ready, seconds=2)
        await asyncio.sleep(self.chance.uniform(0.0, margin))


async def rows(world: World, folder: Path) -> list[dict[str, object]]:
    """Return all requests as an operator sees them, beside a running bot or without one."""
    listed = await command(world.environ, folder, "requests", "--json", "--limit", "1000")
    assert listed.code == 0, listed.err
    found: list[dict[str, object]] = json.loads(listed.out)
    return found


async def states(world: World) -> list[State]:
    """Return the states of all open requests, as they are stored."""
    async with administering(world.environ) as admin:
        return [r.state for r in await admin.requests(only_open=True, limit=1000)]


async def all_final(world: World, *, seconds: float) -> bool:
    """Return whether every request came to its end and every card shows it, within *seconds*."""
    ben = world.user("ben")
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if not await states(world):
            async with administering(world.environ) as admin:
                requests = await admin.requests(only_open=False, limit=1000)
            told = told_of(ben.channel("dwh-ops").messages)
            if all(told[f"{r.id}:card"] and told[f"{r.id}:result"] for r in requests):
                return True
        await asyncio.sleep(0.1)
    return False


def told_of(messages: list[Card]) -> Counter[str]:
    """Return how many messages there are of each key that the bot puts into its messages' metadata."""
    payloads = [m.body.get("metadata", {}).get("event_payload", {}) for m in messages]
    return Counter(p["key"] for p in payloads if "key" in p)


async def test_killed_twenty_times_nothing_is_lost_or_doubled(tmp_path, capsys):
    """kill -9 at twenty moments, in the midst of create calls, posts and forms: each wish ends in one snapshot."""
    chance = random.Random(SEED)
    under_way: Counter[State] = Counter()  # at the kills
    async with far_ends(tmp_path) as world:
        people = People(world, chance)
        reaper = Reaper(world, people, chance)
        crowd = [asyncio.create_task(people.ask(who)) for who in ASKERS] + [asyncio.create_task(people.approve())]
        try:
            for _ in range(KILLS):
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
                await until(lambda: len(people.accepted) == 2 * KILLS or any(t.done() for t in crowd), seconds=30)
                gone = [t for t in crowd if t.done()]
                assert not gone, f"seed {SEED}: {gone}"
                assert len(people.accepted) == 2 * KILLS, f"seed {SEED}: {people.trying}"
                assert await all_final(world, seconds=30), f"seed {SEED}: {await rows(world, tmp_path)}"
        finally:
            for task in crowd:
                task.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)

        requests = await rows(world, tmp_path)
        made = Counter(s.name for s in world.cloud.project.snapshots.values())
        ids = {s.name: s.id for s in world.cloud.project.snapshots.values()}
        told = told_of(world.user("ben").channel("dwh-ops").messages)
        kept = {str(r["name"]) for r in requests}
        approved = {str(r["name"]) for r in requests if r["decided_by"]}
        counts = {
            "requests lost": len(people.accepted - kept),
            "requests doubled": len(requests) - len(kept),
            "snapshots lost": len(approved - made.keys()),
            "snapshots doubled": sum(n - 1 for n in made.values()),
            "snapshots of nobody": len(made.keys() - kept),
            "messages lost": sum(not told[f"{r['id']}:{kind}"] for r in requests for kind in ("card", "result")),
            "messages doubled": sum(n - 1 for n in told.values()),
        }
        lost = sum(n for what, n in counts.items() if "lost" in what)
        doubled = sum(n for what, n in counts.items() if "doubled" in what)
        with capsys.disabled():
            print(  # noqa: T201 -- the proof's figures, to be read in every run
                f"\n{KILLS} kills (seed {SEED}; {', '.join(f'{n} at {m}' for m, n in reaper.moments.items())}), "
                f"under way then: {', '.join(f'{n} {state}' for state, n in under_way.items())}; "
                f"{len(requests)} requests, {len(made)} snapshots, {sum(told.values())} messages: "
                f"lost {lost}, doubled {doubled}"
            )
        odd = {"lost": people.accepted - kept, "unknown": kept - people.accepted}
        assert not any(counts.values()), f"seed {SEED}: {counts}, {odd}"
        wrong = [r for r in requests if r["state"] != State.AVAILABLE or r["snapshot_id"] != ids[str(r["name"])]]
        assert not wrong, f"seed {SEED}: {wrong}"
        late = [c.text for c in world.user("ben").channel("dwh-ops").messages if "Approve" in c.buttons]
        assert not late, f"seed {SEED}: {late}"


async def test_sigterm_in_the_midst_of_everything_ends_well_and_the_next_start_finishes(tmp_path):
    """A create call unanswered, a snapshot half done, a form open and one on its way: exit 0 in time, nothing lost."""
    async with far_ends(tmp_path, snapshot_seconds=1.5) as world:
        ana, ada = world.user("ana"), world.user("ada")
        async with serving(world.environ, tmp_path) as bot:
            half = await world.ask("ana", "half-done", cluster="dwh-0")
            await world.approve("ben", half)
            await half.wait_for("Creating")
            unanswered = await world.ask("ana", "unanswered", cluster="dwh-1")
            world.cloud.break_next("slow", on="create", seconds=30)
            await world.approve("ben", unanswered)
            await unanswered.wait_for("Sent to the cloud")
            still_open = await ana.command("/snapshot")
            await still_open.enter("Cluster", "dwh-2")
            await still_open.wait_for("one approval")
            await still_open.enter("Name", "from-the-open-form")
            sent = asyncio.create_task(ada.command_reply("/snapshot create dwh-3 on-its-way"))
            await asyncio.sleep(0)
            began = time.monotonic()
            assert await bot.end(signal.SIGTERM) == 0
            assert time.monotonic() - began < 10
            assert "Traceback" not in bot.err
        assert world.cloud.faults.armed == ()
        accepted = not isinstance((await asyncio.gather(sent, return_exceptions=True))[0], BaseException)
        before = {r["name"]: r["state"] for r in await rows(world, tmp_path)}
        assert before["half-done"] == State.CREATING
        assert before["unanswered"] in (State.SUBMITTING, State.CREATING)
        assert accepted <= ("on-its-way" in before)

        async with serving(world.environ, tmp_path):
            await world.slack.wait_for_app()
            assert (await still_open.submit()).outcome.status == "ok"
            third = await ana.channel("dwh-ops").wait_for("from-the-open-form")
            await world.approve("ben", third)
            for card in (half, unanswered, third):
                await card.wait_for("Available", seconds=10)
                await card.wait_for_reply("is available")
        assert sorted(s.name for s in world.cloud.project.snapshots.values()) == [
            "from-the-open-form",
            "half-done",
            "unanswered",
        ]


async def test_sigterm_is_in_time_though_nothing_answers(tmp_path):
    """The cloud and Slack hang, and people wait: SIGTERM still ends the bot with 0 before supervisors lose patience."""
    async with far_ends(tmp_path, SNAPSHOT_BOT_POST_TIMEOUT_SECONDS="60") as world:
        ana, ben = world.user("ana"), world.user("ben")
        async with serving(world.environ, tmp_path) as bot:
            card = await world.ask("ana", "hangs", cluster="dwh-0")
            for method in ("users.info", "chat.update", "chat.postEphemeral", "views.open"):
                await world.slack.fault("slow", method=method, seconds=9.5, times=10)
            world.cloud.break_next("late", on="any", times=10, seconds=30)
            clicks = [
                asyncio.create_task(ben.click(card, "Approve")),
                asyncio.create_task(ana.send_command("/snapshot")),
            ]
            await asyncio.sleep(0.2)
            began = time.monotonic()
            assert await bot.end(signal.SIGTERM) == 0
            assert time.monotonic() - began < 10
            assert "Traceback" not in bot.err
            await asyncio.gather(*clicks)


async def test_sigterm_while_it_starts_is_no_failure(tmp_path):
    """Slack hangs at the start: SIGTERM ends it at once, with 0 and without a stack trace."""
    async with far_ends(tmp_path) as world:
        await world.slack.fault("slow", method="auth.test", seconds=9)
        async with serving(world.environ, tmp_path, up=False) as bot:
            assert await until(lambda: not world.slack.site.faults.waiting, seconds=20)
            began = time.monotonic()
            assert await bot.end(signal.SIGTERM) == 0
            assert time.monotonic() - began < 3
            assert "Traceback" not in bot.err


async def test_one_bot_per_database_and_commands_beside_it(tmp_path):
    """A second `serve` on the database is refused in clear words; `grant` and `requests` work beside the first."""
    async with far_ends(tmp_path) as world, serving(world.environ, tmp_path) as first:
        async with serving(world.environ, tmp_path, up=False) as second:
            assert await second.wait() == 1
        assert f"served by another bot already (process {first.process.pid})" in second.err
        assert "Traceback" not in second.err

        cleo = world.user("cleo")
        card = await world.ask("ana", "goes-on", cluster="dwh-0")
        given = await command(world.environ, tmp_path, "grant", cleo.id, "dwh-0", "--role", "approve")
        assert (given.code, given.out) == (0, f"{cleo.id} may approve on dwh-0\n")
        await world.approve("cleo", card)
        await card.wait_for("Available", seconds=10)
        (row,) = await rows(world, tmp_path)
        assert (row["name"], row["state"], row["decided_by"]) == ("goes-on", State.AVAILABLE, cleo.id)
        assert (await first.get("/healthz")).status_code == 200
