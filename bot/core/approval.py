"""Approval rules: how many, from whom; and the votes that they weigh."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.access import Action, Rights, Role, decide, others
from bot.core.ids import ChannelId, Principal, UserId
from bot.core.person import Person
from bot.core.phrase import Phrase
from bot.core.scope import Named


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word on one request; a person has one vote."""

    user: UserId
    approve: bool
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """What it takes to approve a request: nothing else knows whose votes count, and when they are enough.

    It is a number now: stages, groups and lists of names come here, and into the columns that keep it.
    """

    need: int = 1  # approvals by somebody other than the owner; 0 = none needed

    @property
    def phrase(self) -> Phrase:
        """What it takes, for who sets it."""
        return Phrase("rule-needs", {"count": self.need})

    @property
    def is_needed(self) -> bool:
        """Whether a request waits for anybody at all."""
        return self.need > 0

    def approvals(self, votes: Iterable[Vote]) -> tuple[UserId, ...]:
        """Return whose votes count as approvals, in order of time."""
        return tuple(v.user for v in sorted(votes, key=lambda v: v.at) if v.approve)

    def tally(self, votes: Iterable[Vote]) -> tuple[int, int]:
        """Return how many approvals there are in *votes*, and how many it takes."""
        return len(self.approvals(votes)), self.need

    def is_enough(self, votes: Iterable[Vote]) -> bool:
        """Say whether *votes* carry a request."""
        return len(self.approvals(votes)) >= self.need

    def approvers(self, rights: Rights, cluster: Named, owner: Principal) -> tuple[UserId, ...]:
        """Return who may approve a request of *owner* on *cluster*, in the order in which they got the right."""
        return others(rights, Role.APPROVE, cluster, owner)

    def could_still(self, approvers: Iterable[UserId], votes: Iterable[Vote]) -> tuple[UserId, ...]:
        """Return those of *approvers* whose vote would count beside *votes*."""
        voted = {v.user for v in votes}
        return tuple(user for user in approvers if user not in voted)

    def stands(
        self, rights: Rights, votes: Iterable[Vote], people: Iterable[Person], cluster: Named, owner: Principal
    ) -> bool:
        """Say whether *votes* are enough by the rights of now, which is asked again just before the create call.

        Of whom *people* says nothing, the vote doesn't count.
        """
        may = {p.user for p in people if decide(rights, p, Action.APPROVE, cluster, owner=owner).allowed}
        return self.is_enough(v for v in votes if v.user in may)


@dataclass(frozen=True, slots=True)
class ClusterRule:
    """What holds for requests on one cluster: what approves them, and where their cards go by default."""

    approval: ApprovalRule = field(default_factory=ApprovalRule)
    channel: ChannelId | None = None  # None: the bot's own default
