"""What the form shows of a cluster, and what a person answers in it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.age import Age
from bot.core.freezes import Closure
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import ChannelId, ClusterRef, UserId
from bot.core.scoped_rules import ClusterRule
from bot.core.snapshot import Cluster, Snapshot
from bot.core.text import canonical


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person wants: the answers of the form; the description in one line of canonical text, however typed."""

    cluster: ClusterRef | None
    name: str
    description: str
    channel: ChannelId | None

    def __post_init__(self) -> None:
        """Make the description canonical: it is checked, kept, sent and compared as it stands here."""
        object.__setattr__(self, "description", canonical(self.description))


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form shows once a cluster is chosen."""

    cluster: Cluster
    rule: ClusterRule
    last_snapshot: Snapshot | None
    approvers: tuple[UserId, ...]  # who can approve a request of this person, quiet ones, too: nobody is pinged yet
    channel: ChannelId | None
    age: Age  # of the cloud's facts
    anyone: bool = False  # whether every active member but the requester can approve
    waived: bool = False  # this person needs no approval, as long as the rule's caps allow
    closures: tuple[Closure, ...] = ()  # what keeps a snapshot from starting now
    groups: Groups = NO_GROUPS  # what those are called that the rule names
