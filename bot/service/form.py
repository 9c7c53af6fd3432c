"""What the form shows of a cluster, and what a person answers in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.age import Age
from bot.core.freezes import Closure
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import ChannelId, ClusterRef, UserId
from bot.core.phrase import Phrase
from bot.core.scoped_rules import ClusterRule
from bot.core.snapshot import Cluster, Snapshot
from bot.core.start import WallTime
from bot.core.text import canonical
from bot.service.offer import Offer


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person wants: the answers of the form; the description in one line of canonical text, however typed."""

    cluster: ClusterRef | None
    name: str
    description: str
    channel: ChannelId | None
    keep_days: int | None = None  # 0: until somebody says; None: as the settings have it
    on_behalf: UserId | None = None  # for whom an admin asks; None: for themself
    start: WallTime | None = None  # None: as soon as it may

    def __post_init__(self) -> None:
        """Make the description canonical: it is checked, kept, sent and compared as it stands here."""
        object.__setattr__(self, "description", canonical(self.description))


REASON_MOST: Final = 300  # characters: the card shows it whole


@dataclass(frozen=True, slots=True)
class Emergency:
    """Why somebody can't wait for an approval; *aware*: they know that everybody who could give it is told."""

    reason: str
    aware: bool

    def __post_init__(self) -> None:
        """Make the reason canonical: it is kept and shown as it stands here."""
        object.__setattr__(self, "reason", canonical(self.reason))

    @property
    def wrong(self) -> dict[str, Phrase]:
        """What is wrong with the fields "reason" and "aware"."""
        wrong = {} if self.aware else {"aware": Phrase("glass-not-aware")}
        if not self.reason:
            wrong["reason"] = Phrase("glass-reason-missing")
        elif len(self.reason) > REASON_MOST:
            wrong["reason"] = Phrase("too-long", {"count": len(self.reason), "most": REASON_MOST})
        return wrong


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
    breaks_glass: bool = False  # this person may create it without approval, in an emergency
    waived: bool = False  # this person needs no approval, as long as the rule's caps allow
    closures: tuple[Closure, ...] = ()  # what keeps a snapshot from starting now
    groups: Groups = NO_GROUPS  # what those are called that the rule names
    offer: Offer | None = None  # what somebody else has asked for, and this person can join
    administers: bool = False  # this person is an admin of it, and may ask for others
