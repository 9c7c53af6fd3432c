"""Work that is counted and not timed: the steps that SQLite takes for an answer, on databases of several sizes.

A busy machine changes nothing about it. What Python does with the rows is not in it; the figures of growth time that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks import universe
from benchmarks.crowd import CLOUD, Crowd
from benchmarks.filling import fill
from bot.clock import SystemClock
from bot.core.channel import ChannelSeen
from bot.core.grants import Role, Terms
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import Actor, ChannelId, CloudName, ClusterId, ClusterRef, Principal, TeamId, UserId
from bot.core.login_life import LoginLife
from bot.core.person import Person, Standing
from bot.core.phrase import Phrase
from bot.core.scope import Scope
from bot.core.snapshot import Cluster, Snapshot
from bot.dws.rules import DwsRules
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.service import Listed, Service
from bot.service.wishes import Wish, giving, ruling
from bot.store import open_store
from bot.store.sqlite import file
from bot.store.sqlite.store import SqliteStore
from bot.worker.pace import Pace

_COARSE: Final = 10  # steps that are counted as one
_ADMIN: Final = UserId(universe.ADMIN)
_NEWCOMER: Final = UserId("U0NEWCOMER")
_FIRST_CLUSTER: Final = Scope(CLOUD, universe.cluster_id(0))
_TEAM: Final = TeamId(universe.TEAM)
_REPORTED: Final = ("counts", "oldest", "not_sent", "frozen_cards", "unreached", "next_due")


class _AllMembers:
    """A workspace in which everybody is a member."""

    team = _TEAM

    async def person(self, user: UserId, *, fresh: bool = False) -> Person:
        return Person(user, _TEAM, Standing.MEMBER, user.lower())


class _WithoutGroups:
    """A workspace without user groups."""

    async def groups(self, *, fresh: bool = False) -> Groups:
        return NO_GROUPS


class _OpenChannels:
    """Channels into which the bot may post, with everybody in them."""

    async def problem(self, channel: ChannelId) -> Phrase | None:
        return None

    async def seen(self, channel: ChannelId) -> ChannelSeen:
        """Return a public one in which all is well."""
        return ChannelSeen()

    def not_here(self) -> Phrase:
        """Return what nobody reads."""
        return Phrase("channel-unseen")

    async def absent(self, channel: ChannelId, users: object) -> list[UserId]:
        return []


class _IdleCloud:
    """A cloud project with so many clusters, where nothing runs."""

    name = CloudName(CLOUD)
    listed_at = None
    clock_ahead = None
    login_life = LoginLife()

    def __init__(self, clusters: int) -> None:
        ids = ((ClusterId(universe.cluster_id(n)), universe.cluster_name(n)) for n in range(clusters))
        self._clusters = [Cluster(ClusterRef(self.name, id), name) for id, name in ids]

    async def clusters(self) -> list[Cluster]:
        return self._clusters

    async def snapshots(self) -> list[Snapshot]:
        return []


class CountedAnswers:
    """The use cases over a database of its own size, and how many steps SQLite takes for them."""

    def __init__(self, store: SqliteStore, clusters: int) -> None:
        self.store = store
        cloud: Any = _IdleCloud(clusters)
        self.service = Service(
            store=store,
            inventory=Inventory({cloud.name: cloud}, store=store),
            rules=DwsRules(),
            people=_AllMembers(),
            groups=_WithoutGroups(),
            zone=UTC,
            channels=_OpenChannels(),
            admins=[_ADMIN],
            channel=None,
            expire_after=timedelta(hours=8),
            changed=lambda: None,
            metrics=Metrics(),
        )

    async def steps(self, ask: Ask, user: UserId) -> int:
        """Return how many it takes to answer *user*, to read and to write."""
        ticks = 0

        def tick() -> int:
            nonlocal ticks
            ticks += 1
            return 0

        both = (self.store._reading, self.store._writer._connection)
        for connection in both:
            connection.set_progress_handler(tick, _COARSE)
        try:
            await ask(self, Actor(_TEAM, user))
        finally:
            for connection in both:
                connection.set_progress_handler(None, 0)
        return ticks * _COARSE


Ask = Callable[[CountedAnswers, Actor], Awaitable[object]]


async def _form(here: CountedAnswers, actor: Actor) -> None:
    looker = await here.service.authority.looker(actor)
    await here.service.intake.why_nothing_to_ask(looker)
    await here.service.intake.askable(looker)


async def _status(here: CountedAnswers, actor: Actor) -> None:
    if newest := await here.service.reviews.newest_of(actor):
        await here.service.reviews.may_ask(actor, newest.request.cluster)


async def _grant(here: CountedAnswers, actor: Actor) -> None:
    people, name = [Principal(_NEWCOMER)], universe.cluster_name(0)
    await _change(here, actor, giving(people, Role.REQUEST, _FIRST_CLUSTER, Terms(), denies=False, name=name))


async def _rule(here: CountedAnswers, actor: Actor) -> None:
    await _change(here, actor, ruling(_FIRST_CLUSTER, needs_reason=True))


async def _change(here: CountedAnswers, actor: Actor, wish: Wish) -> None:
    tried = await here.service.administering.tried(actor, wish)
    await here.service.administering.make(actor, wish, seen=tried.version)


async def _why(here: CountedAnswers, actor: Actor) -> None:
    await here.service.whys.of_person(actor, universe.cluster_name(0))


async def _report(here: CountedAnswers, actor: Actor) -> None:
    for what in _REPORTED:
        await getattr(here.store, what)()


async def _round(here: CountedAnswers, actor: Actor) -> None:
    lease = timedelta(seconds=1)
    for claim in (here.store.claim, here.store.claim_messages):
        await claim(owner=actor.user, lease=lease, limit=16)
    await here.store.next_due()


async def _start(here: CountedAnswers, actor: Actor) -> None:
    file._release_leases(here.store._writer._connection)
    await here.store.hasten(beyond=Pace().longest)


ASKERS: Final = tuple(map(UserId, (universe.EVERYTHING, universe.TWENTY, universe.ONE)))
# What is asked, and by whom: of several, it is the most that counts. Then what nobody asks for.
QUESTIONS: Final[Mapping[str, tuple[Ask, tuple[UserId, ...]]]] = {
    "`/snapshot help`": (lambda here, actor: here.service.reviews.summary(actor), ASKERS),
    "the Home tab": (lambda here, actor: here.service.reviews.overview(actor), ASKERS),
    "`/snapshot list`": (lambda here, actor: here.service.reviews.page(actor, Listed.ALL), ASKERS),
    "the form, as it opens": (_form, ASKERS),
    "`/snapshot status`": (_status, ASKERS),
    "`/snapshot why`": (_why, ASKERS),
    "`/status`, for operators": (_report, (_ADMIN,)),
    "one round of the worker": (_round, (_ADMIN,)),
    "`/snapshot audit`, by an admin": (lambda here, actor: here.service.record.page(actor), (_ADMIN,)),
    "Administration": (lambda here, actor: here.service.administering.look(actor), (_ADMIN,)),
    "a right on a cluster, tried and given": (_grant, (_ADMIN,)),
    "the rule of a cluster, tried and set": (_rule, (_ADMIN,)),
    "a start": (_start, (_ADMIN,)),
}


def sized(ended: int) -> Crowd:
    """Return who and what there is where so many requests have ended: ten thousand people for 200,000 of them.

    As many requests, grants and clusters for each person in all sizes, and never fewer clusters than a person has.
    """
    people = max(20, ended // 20)
    clusters = max(20, people // 10)
    return Crowd(people, ended, grants=people * 10, people=people, clusters=clusters, in_groups=True, approvers=10)


@asynccontextmanager
async def opened(database: Path, clusters: int) -> AsyncIterator[CountedAnswers]:
    """Open *database* for counting."""
    async with open_store(f"sqlite:///{database}", exclusive=False, clock=SystemClock()) as store:
        assert isinstance(store, SqliteStore)
        yield CountedAnswers(store, clusters)


async def count(database: Path, crowd: Crowd) -> dict[str, int]:
    """Return the steps for each question on *database*, which has *crowd* in it."""
    found = {}
    for what, (ask, users) in QUESTIONS.items():
        async with opened(database, crowd.clusters) as here:
            found[what] = max([await here.steps(ask, user) for user in users])
    return found


def filled(folder: Path, ended: int) -> tuple[Path, Crowd]:
    """Return a new database in *folder* in which so many requests have ended, and what is in it."""
    database, crowd = folder / f"{ended}.db", sized(ended)
    fill(database, crowd)
    return database, crowd
