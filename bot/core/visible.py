"""Which requests somebody may see, as data by which a store can look for them without reading the others."""

from __future__ import annotations

import enum
from collections.abc import Hashable
from dataclasses import dataclass

from bot.core.ids import Principal, RequestId
from bot.core.request import FINAL, OPEN, SnapshotRequest, State
from bot.core.scope import NamedCluster


class Portion(enum.Enum):
    """Which of them: a store can look for each without a look at the rest."""

    ALL = frozenset(State)
    OPEN = OPEN
    ENDED = FINAL


@dataclass(frozen=True, slots=True)
class Visible:
    """Their *owner*'s own (None: nobody's), and those on *clusters* under just these names; None: on every cluster."""

    owner: Principal | None = None
    clusters: frozenset[NamedCluster] | None = frozenset()

    def has(self, request: SnapshotRequest) -> bool:
        """Say whether *request* is one of them."""
        return self.clusters is None or request.named in self.clusters or request.owner == self.owner


@dataclass(frozen=True, slots=True)
class Turn:
    """A request that waits for people. Those that are *alike* wait for the vote of somebody, or none of them does.

    That is so by their clusters, rules, stages and votes, and who asked, where it plays a part. *place* says where the
    list goes on after this one, to the store that gave it.
    """

    id: RequestId
    alike: Hashable
    place: tuple[str, int]
