"""The name with which the form opens that asks again for what an earlier request asked for."""

from __future__ import annotations

from bot.core.request import OPEN, SnapshotRequest
from bot.core.snapshot import name_key, named
from bot.inventory import Inventory
from bot.ports import SnapshotRules, Store


class AskingAgain:
    """Looks whether a name that was asked for before is free, without asking the cloud."""

    def __init__(self, *, store: Store, inventory: Inventory, rules: SnapshotRules) -> None:
        self._store = store
        self._inventory = inventory
        self._rules = rules

    async def name(self, before: SnapshotRequest) -> str:
        """Return the name of *before* where a new request may have it; "" where the form's own suggestion is better.

        A suggestion of then says when that was, so a new one takes its place.
        """
        if self._rules.is_suggestion(before.name):
            return ""
        holdings = self._inventory.known(before.cluster.cloud)
        if holdings is None or named(holdings.snapshots, before.name):
            return ""
        open_there = await self._store.find(states=OPEN, cluster=before.cluster)
        taken = {name_key(request.name) for request in open_there}
        return "" if name_key(before.name) in taken else before.name
