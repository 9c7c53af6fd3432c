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
    """A request on *cluster* that waits for people.

    Those that are *alike* wait for the vote of somebody who may approve on their clusters, or none of them does: by
    their rules and stages. One that *is_special* has votes, is wanted by several, or is the own one of who looks: its
    cluster, its votes and who wants it play a part, and are in *alike*. *place* says to the store where the list goes
    on after it.
    """

    id: RequestId
    cluster: NamedCluster
    alike: Hashable
    is_special: bool = False
    place: tuple[str, int] = ("", 0)
