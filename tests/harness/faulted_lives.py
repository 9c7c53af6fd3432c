"""A request's whole life with one thing that goes wrong in it: what people saw, how long it took, what came of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.admin import administering
from bot.core.request import FINAL, State
from dws_sandbox.model import SimCluster
from slack_sandbox.inputs import NotPossible
from slack_sandbox.sandbox import Card, Unexpected
from snapshot_demo.clock import MovableClock
from tests.harness.lives import Made, told_of
from tests.harness.running import World, a_world, give_roles
from tests.harness.serving import until

STEP: Final = 2.0  # simulated seconds at a time: less than a lease is renewed in
_LOOKED: Final = 2.5  # simulated seconds: then what was seen is old enough to look again
_TICK: Final = 0.02  # real seconds for one of them
_PATIENCE: Final = 90.0  # real seconds for a life
_MARKS: Final = "⏳👍🕒📤📸✅❌🚫↩⌛❄"
_NAMES: Final = re.compile(r"\b(?:life|dwh)-\d+\b|R-[0-9A-Z]{4,}|<!date[^>]*>|\d{1,2}:\d{2}")


@dataclass
class Life:
    """One life: the *states* that its card showed, what *people* were told besides, and how it ended."""

    name: str
    cluster: str
    states: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    end: State | None = None
    seconds: float = 0.0  # from the wish to its end, by the clock that the bot has
    wrong: list[str] = field(default_factory=list)
    card_stays: bool = False  # as it was: Slack lets nobody edit it
    is_denied: bool = False  # the cloud says in every way that it has no such snapshot

    def saw(self, text: str) -> None:
        """Note the line of a card that says how it stands."""
        line = next((line.strip() for line in text.splitlines() if line.strip()[:1] in _MARKS), "")
        said = _NAMES.sub("…", re.sub(r"\d+ %", "n %", line))
        if said and said not in self.states:
            self.states.append(said)

    def heard(self, text: str) -> None:
        """Note what somebody was told."""
        said = _NAMES.sub("…", " ".join(text.split()))
        if said and said not in self.people:
            self.people.append(said)


Meanwhile = Callable[["FaultedLives", Life], Coroutine[Any, Any, None]]


class FaultedLives:
    """Lives one after the other, each on a cluster of its own; while the cloud works the clock runs fast."""

    def __init__(self, world: World, made: Made) -> None:
        self.world = world
        self._made = made
        clock = world.slack.site.workspace.clock
        assert isinstance(clock, MovableClock)
        self._clock = clock
        self._number = 0
        self._decided = asyncio.Event()

    async def live(
        self,
        arm: Callable[[], Awaitable[object]],
        ends: Sequence[State] = (State.AVAILABLE,),
        *,
        by_form: bool = False,
        card_stays: bool = False,
        is_denied: bool = False,
        hurried: bool = False,
    ) -> Life:
        """Let ana ask and ben approve with what *arm* lets go wrong, and return what came of it, once it has ended.

        While people ask and decide the clock runs as theirs does, unless *hurried*: then it is the cloud they wait for.

        It is wrong where it ends otherwise than as one of *ends*, or where anything is lost, doubled or untrue.
        """
        life = await self._begin()
        life.card_stays, life.is_denied = card_stays, is_denied
        await arm()
        return await self._live(life, ends, by_form=by_form, hurried=hurried)

    async def live_beside(self, meanwhile: Meanwhile, ends: Sequence[State]) -> Life:
        """Let it go well on our side, while *meanwhile* does something elsewhere; return what came of it."""
        life = await self._begin()
        beside = asyncio.create_task(meanwhile(self, life))
        lived = await self._live(life, ends)
        await beside
        return lived

    async def waiting(self, life: Life) -> None:
        """Return once the card waits for an approval."""
        await until(lambda: (card := self._card(life)) and "Approve" in card.buttons, seconds=_PATIENCE)

    async def being_made(self, life: Life) -> str:
        """Return the id of its snapshot once the cloud makes it."""
        await until(lambda: life.name in self._made.ours.values(), seconds=_PATIENCE)
        return next(made for made, name in self._made.ours.items() if name == life.name)

    def cluster_of(self, life: Life) -> str:
        """Return the id of the cluster that *life* is about."""
        return self.world.cloud.cluster_id(life.cluster)

    async def _begin(self) -> Life:
        self._number += 1
        life = Life(f"life-{self._number}", f"dwh-{self._number}")
        made = SimCluster(
            f"00000000-1111-4222-8333-{self._number:012d}", life.cluster, "8.3.0.109", 5.0, self._clock.now()
        )
        self.world.cloud.project.clusters[made.id] = made
        self._clock.advance(_LOOKED)  # what was seen of the cloud is old: this cluster is new
        await asyncio.sleep(0.05)
        return life

    async def _live(self, life: Life, ends: Sequence[State], *, by_form: bool = False, hurried: bool = False) -> Life:
        began = self._clock.now()
        ticking = asyncio.create_task(self._tick(at_once=hurried))
        try:
            async with asyncio.timeout(_PATIENCE):
                await (self._fill_in(life) if by_form else self._ask(life))
                await self._decide(life)
                self._decided.set()
                await self._end(life)
        except TimeoutError:
            life.wrong.append("it has no end")
        finally:
            ticking.cancel()
            self._decided.clear()
            self.world.cloud.faults.clear()
            self.world.slack.site.faults.clear()
        life.seconds = (self._clock.now() - began).total_seconds()
        await self._judge(life, ends)
        return life

    async def _tick(self, *, at_once: bool) -> None:
        if not at_once:
            await self._decided.wait()
        while True:
            await asyncio.sleep(_TICK)
            self._clock.advance(STEP)

    async def _ask(self, life: Life) -> None:
        """Ask as people do: again until a card is there, or the bot says that there is such a request."""
        ana = self.world.user("ana")
        while self._card(life) is None:
            try:
                said = (await ana.command_reply(f"/snapshot create {life.cluster} {life.name}", seconds=4)).text
                life.heard(said)
                if "R-" not in said and "nother open request" not in said:
                    await asyncio.sleep(0.3)
                    continue
            except (TimeoutError, Unexpected, NotPossible) as e:
                life.heard(f"(Slack: {str(e)[:60]})")
            for _ in range(200):
                if self._card(life) is not None:
                    return
                await asyncio.sleep(0.02)

    async def _fill_in(self, life: Life) -> None:
        """Ask by the form, as `World.ask` does; again where that isn't to be had."""
        while True:
            try:
                life.saw((await self.world.ask("ana", life.name, cluster=life.cluster)).text)
                return
            except Unexpected as e:
                life.heard(str(e).partition("but: ")[2] or f"(Slack: {str(e)[:60]})")
                await asyncio.sleep(0.3)

    async def _decide(self, life: Life) -> None:
        """Press Approve as people do: again while the card offers it and nothing came of it."""
        ben = self.world.user("ben")
        while (found := await self._request(life)) is None or found[1] is State.WAITING:
            card = self._card(life)
            if card is None or "Approve" not in card.buttons:
                await asyncio.sleep(0.03)
                continue
            life.saw(card.text)
            before = len(self._private())
            try:
                await ben.click(card, "Approve")
            except (Unexpected, NotPossible) as e:
                life.heard(f"(Slack: {str(e)[:60]})")
            for _ in range(100):
                if len(self._private()) > before or "Approve" not in card.buttons:
                    break
                await asyncio.sleep(0.02)
            for told in self._private()[before:]:
                life.heard(told.text)
            await asyncio.sleep(0.1)

    async def _end(self, life: Life) -> None:
        """Wait until it has ended and everybody was told."""
        while True:
            card = self._card(life)
            if card is not None:
                life.saw(card.text)
            found = await self._request(life)
            if found is not None and found[1] in FINAL:
                told = told_of(self._channel())
                if told[f"{found[0]}:result"] and (
                    life.card_stays or (life.states[-1:] and life.states[-1][0] in "✅❌")
                ):
                    life.end = found[1]
                    return
            await asyncio.sleep(0.03)

    async def _judge(self, life: Life, ends: Sequence[State]) -> None:
        """Count what must not be, by both far ends."""
        if life.end is not None and life.end not in ends:
            life.wrong.append(f"it ended as {life.end}")
        ours = [made for made, name in self._made.ours.items() if name == life.name]
        now, there = self._clock.now(), self.world.cloud.project.snapshots
        usable = [made for made in ours if made in there and there[made].status(now) != "UNAVAILABLE"]
        if len(ours) > 1:
            life.wrong.append(f"{len(ours)} snapshots")
        if (life.end is State.AVAILABLE) != bool(usable) and not life.is_denied:
            life.wrong.append(f"the card says {life.end}, and of ours {len(usable)} can be used")
        async with administering(self.world.environ) as admin:
            ids = [r.id for r in await admin.requests(only_open=False, limit=1000) if r.name == life.name]
        if len(ids) != 1:
            life.wrong.append(f"{len(ids)} requests")
        told = told_of(self._channel())
        for one in ids:
            for kind in ("card", "result"):
                if told[f"{one}:{kind}"] != 1:
                    life.wrong.append(f"{told[f'{one}:{kind}']} of the {kind}")

    async def _request(self, life: Life) -> tuple[str, State] | None:
        async with administering(self.world.environ) as admin:
            found = [r for r in await admin.requests(only_open=False, limit=1000) if r.name == life.name]
        return (found[0].id, found[0].state) if found else None

    def _card(self, life: Life) -> Card | None:
        name = re.compile(rf"\b{life.name}\b")
        for card in self._channel():
            payload = card.body.get("metadata", {}).get("event_payload", {})
            if str(payload.get("key", "")).endswith(":card") and name.search(card.text):
                return card
        return None

    def _channel(self) -> list[Card]:
        return self.world.user("ben").channel("dwh-ops").messages

    def _private(self) -> list[Card]:
        return [card for card in self._channel() if card.is_private]


@asynccontextmanager
async def faulted_lives(folder: Path, *, http: bool) -> AsyncIterator[FaultedLives]:
    """Start the whole bot with both far ends, in which lives go wrong one after the other."""
    quick = {"SNAPSHOT_BOT_POST_TIMEOUT_SECONDS": "1"}
    async with a_world(folder, http=http, snapshot_seconds=60, rate_limits=False, history=True, environ=quick) as world:
        await give_roles(world.environ, world.slack, {"ana": ["request"], "ben": ["approve"]}, cluster="*")
        made = Made()
        with made.by(world.cloud):
            yield FaultedLives(world, made)
