"""People who go on asking and approving whatever becomes of the bot, and the moments at which it is killed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from dws_sandbox import DwsSimulator
from dws_sandbox.model import SimCluster
from slack_sandbox.app import LEAST_SCOPES, App
from slack_sandbox.clock import SandboxClock
from slack_sandbox.inputs import NotPossible
from slack_sandbox.sandbox import Sandbox, Unexpected
from tests.harness.running import World, environment, give_roles
from tests.harness.serving import until

ASKERS = ("ana", "ada", "dan")
CLUSTERS = tuple(f"dwh-{n}" for n in range(6))


@asynccontextmanager
async def far_ends(
    folder: Path,
    *,
    snapshot_seconds: float = 0.3,
    cloud_ahead: float = 0.0,
    slack_ahead: float = 0.0,
    history: bool = True,
    **settings: str,
) -> AsyncIterator[World]:
    """Start a cloud with six clusters and a Slack; not the bot. With *history* it may look for its messages there.

    Their clocks are so many seconds ahead of the bot's.
    """
    now = datetime.now(UTC)
    clusters = [
        SimCluster(f"00000000-1111-4222-8333-{n:012d}", name, "8.3.0.109", 5.0, now) for n, name in enumerate(CLUSTERS)
    ]
    app = App(scopes=(*LEAST_SCOPES, *(("channels:history", "groups:history") if history else ())))
    clock = SandboxClock()
    clock.advance(slack_ahead)
    async with (
        DwsSimulator(snapshot_seconds=snapshot_seconds, clusters=clusters, snapshots=[], ahead=cloud_ahead) as cloud,
        Sandbox(app, clock=clock, rate_limits=False) as slack,
    ):
        slack.admin.invite("dwh-ops", app.bot_user_id)
        quick = {"SNAPSHOT_BOT_POST_TIMEOUT_SECONDS": "1", "SNAPSHOT_BOT_SETTLE_SECONDS": "0.3"}
        quick["SNAPSHOT_BOT_OPEN_REQUESTS"] = "10000"  # they don't wait for what they asked for before
        environ = environment(slack, cloud, folder) | quick | settings
        await give_roles(environ, slack, {"ben": ["approve"], **{who: ["request"] for who in ASKERS}}, cluster="*")
        yield World(slack, cloud, environ)


class People:
    """Askers and an approver who go on whatever happens; they know which of their wishes were answered "accepted".

    Who asks by the form says one of *descriptions*.
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
        except (TimeoutError, Unexpected, NotPossible) as e:  # the bot is dead: nothing opened, or was on offer
            self.trying[who] = f"form {name}: {e!r}"
            return False
        while True:  # a form whose answer was lost is still there, and is sent again: a new one finds its name taken
            self.submitting.set()
            sent = await modal.submit()
            self.trying[who] = f"form {name}: {sent.outcome} {sent.modal.text if sent.modal else ''}"
            if sent.outcome.status == "ok":
                return True
            await asyncio.sleep(0.1)

    async def _by_command(self, who: str, name: str, cluster: str) -> bool:
        try:
            answer = await self.world.user(who).command_reply(f"/snapshot create {cluster} {name}", seconds=2)
        except (TimeoutError, Unexpected, NotPossible) as e:  # the bot is dead: nothing opened, or was on offer
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


@asynccontextmanager
async def at_it(people: People) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Let every asker ask and the approver approve until the block ends; none of their tasks ends by itself."""
    crowd = [asyncio.create_task(people.ask(who)) for who in ASKERS] + [asyncio.create_task(people.approve())]
    try:
        yield crowd
    finally:
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)


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
        # each as often as any other, in an order that chance decides
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
