"""Clusters that are called something else now: by its name a cluster is in a scope, so its rights and rules may change.

Admins of before and after are told, and requests that aren't in the cloud yet go by the new name.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import structlog

from bot.core.errors import SlackRefused, SlackUnavailable, StoreUnavailable
from bot.core.ids import CloudName, ClusterRef, UserId
from bot.core.phrase import Phrase
from bot.core.record import BOT, Entry, stated
from bot.core.scope import NamedCluster
from bot.inventory import Inventory
from bot.ports import Messenger, Store
from bot.service.authority import Authority
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()


class Renames:
    """Compares what looks see with the names that are kept, and tells of each change before it is kept as told."""

    def __init__(
        self, *, store: Store, inventory: Inventory, messenger: Messenger, authority: Authority, pace: Pace
    ) -> None:
        self._store = store
        self._clock = store.clock
        self._inventory = inventory
        self._messenger = messenger
        self._authority = authority
        self._pace = pace
        self._seen: dict[CloudName, datetime] = {}  # by cloud: the look that was compared last
        self._told: dict[tuple[ClusterRef, str], set[UserId]] = defaultdict(set)

    async def watch(self) -> None:
        """Compare each look, for ever."""
        while True:
            try:
                await self.compare()
            except (StoreUnavailable, SlackUnavailable) as e:
                log.warning("cluster.names_later", error=str(e))
            await self._clock.sleep(self._pace.poll)

    async def compare(self) -> None:
        """Compare the newest look at each cloud, where that wasn't done yet.

        Raises:
            StoreUnavailable, SlackUnavailable: not now; the next time says it again to who wasn't told.
        """
        for cloud in self._inventory.clouds:
            holdings = self._inventory.known(cloud)
            if holdings is None or self._seen.get(cloud) == holdings.at:
                continue
            kept = await self._store.cluster_names(cloud)
            named = {cluster.ref.id: cluster.name for cluster in holdings.clusters.values()}
            renamed = [cluster for cluster in named if cluster in kept and kept[cluster] != named[cluster]]
            for cluster in renamed:
                await self._renamed(ClusterRef(cloud, cluster), kept[cluster], named[cluster])
            if new := {cluster: name for cluster, name in named.items() if cluster not in kept}:
                await self._store.name_clusters(cloud, new)
            self._seen[cloud] = holdings.at

    async def _renamed(self, ref: ClusterRef, before: str, after: str) -> None:
        log.warning("cluster.renamed", cluster=str(ref), before=before, after=after)
        admins: dict[UserId, None] = {}
        for name in (before, after):
            named = NamedCluster(ref, name)
            admins |= dict.fromkeys((await self._authority.rights(cluster=named)).admins_of(named))
        told = self._told[ref, after]
        for admin in await self._authority.active(list(admins)):
            if admin not in told:
                await self._tell(admin, Phrase("cluster-renamed", {"before": before, "after": after}))
                told.add(admin)
        entry = Entry(
            at=self._clock.now(),
            actor=BOT,
            action="cluster.renamed",
            cluster=ref,
            detail=stated(before=before, after=after),
        )
        await self._store.name_clusters(ref.cloud, {ref.id: after}, entries=[entry])
        del self._told[ref, after]

    async def _tell(self, admin: UserId, said: Phrase) -> None:
        try:
            await self._messenger.tell(admin, said)
        except SlackRefused as e:
            log.error("admin.not_told", user=admin, error=str(e))
