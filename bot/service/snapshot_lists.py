"""The snapshots that a cloud has of a cluster, also those made elsewhere, one page at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.core.access import Action
from bot.core.age import Age
from bot.core.console import Console
from bot.core.errors import InputError
from bot.core.ids import Actor, ClusterRef
from bot.core.phrase import Phrase
from bot.core.request import SnapshotRequest
from bot.core.snapshot import Snapshot, Storage
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.naming import Naming
from bot.service.whole_lists import SIZE, start

_PATIENCE: Final = 1.5  # seconds for the cloud: who asks waits
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)  # where the cloud tells no time


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """A snapshot, and the request that it came of; None: it was made elsewhere, or before the data begin."""

    snapshot: Snapshot
    request: SnapshotRequest | None
    console: str = ""  # where the cloud's console shows it; "": not known


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """The *lines* from place *first* (counted from 0, the newest first) of *total*, which take *size_gb* together.

    *age* is how old all this is; *name* is what the cluster is called.
    """

    cluster: ClusterRef
    name: str
    lines: tuple[SnapshotLine, ...]
    first: int
    total: int
    size_gb: float
    age: Age
    storage: Storage | None = None  # None: the cloud doesn't say, or not soon

    @property
    def more(self) -> int:
        """How many come after these."""
        return self.total - self.first - len(self.lines)


class SnapshotLists:
    """What there is of a cluster, for those who have some right on it."""

    def __init__(
        self, *, authority: Authority, store: Store, inventory: Inventory, naming: Naming, console: Console
    ) -> None:
        self._console = console
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._naming = naming

    async def newest(self, actor: Actor, text: str) -> SnapshotPage:
        """Return the newest ten snapshots of the cluster that *actor* calls *text*.

        Raises:
            InputError: none, or several, are called so, of those on which *actor* has some right (field "cluster").
            NotAllowed: *actor* is no active member of the workspace.
        """
        ref = await self._naming.resolve(actor, text, Action.VIEW)
        if not await self._may_see(actor, ref):  # a request of theirs alone lets them name it
            raise InputError({"cluster": Phrase("no-cluster-called", {"called": text, "action": Action.VIEW})})
        return await self._page(ref, first=0)

    async def page(self, actor: Actor, ref: ClusterRef, *, first: int = 0) -> SnapshotPage:
        """Return ten snapshots of *ref* from place *first*; none to who has no right on it, or is no member."""
        if ref.cloud not in self._inventory.clouds or not await self._may_see(actor, ref):
            name = self._inventory.named(ref).name
            return SnapshotPage(ref, name, (), 0, 0, 0.0, Age(self._store.clock.now()))
        return await self._page(ref, first=first)

    async def _page(self, ref: ClusterRef, *, first: int) -> SnapshotPage:
        glance = self._inventory.glance(ref.cloud, patience=_PATIENCE)
        seen, storage = await asyncio.gather(glance, self._inventory.storages.of(ref))
        found = [s for s in seen.snapshots if s.cluster_id == ref.id] if seen else []
        found.sort(key=lambda s: (s.started or _BEFORE_ALL, s.id), reverse=True)
        first = start(first, len(found))
        shown = found[first : first + SIZE]
        asked = await self._store.requests_of(ref.cloud, [snapshot.id for snapshot in shown])
        at = self._console.address
        lines = tuple(SnapshotLine(snapshot, asked.get(snapshot.id), at(ref, snapshot.id)) for snapshot in shown)
        name, size = self._inventory.named(ref).name, sum(snapshot.size_gb for snapshot in found)
        return SnapshotPage(ref, name, lines, first, len(found), size, self._inventory.age(ref.cloud), storage)

    async def _may_see(self, actor: Actor, ref: ClusterRef) -> bool:
        looker = await self._authority.looker(actor)
        return looker.sees(self._inventory.named(ref))
