"""Approval rules: how many, from whom, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.core.access import Action, Person, Rights, Standing, decide
from bot.core.ids import ChannelId, ClusterRef, UserId


@dataclass(frozen=True, slots=True)
class ClusterRule:
    """What holds for requests on one cluster: how many approvals they need, and where their cards go by default."""

    need: int = 1  # approvals by somebody other than the requester; 0 = none needed
    channel: ChannelId | None = None  # None: the bot's own default


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word on one request; a person has one vote."""

    user: UserId
    approve: bool
    at: datetime
    comment: str = ""


def approvals(votes: Iterable[Vote]) -> tuple[UserId, ...]:
    """Return who approved, in order of time."""
    return tuple(v.user for v in sorted(votes, key=lambda v: v.at) if v.approve)


def is_enough(votes: Iterable[Vote], need: int) -> bool:
    """Say whether *votes* carry a request that needs *need* approvals."""
    return len(approvals(votes)) >= need


def still_stands(
    rights: Rights,
    votes: Iterable[Vote],
    people: Iterable[Person],
    *,
    need: int,
    ref: ClusterRef,
    requester: UserId,
) -> bool:
    """Say whether the approvals still count by the rights of now: checked again just before the create call."""
    known = {p.user: p for p in people}
    standing = [
        user
        for user in approvals(votes)
        if (person := known.get(user)) is not None
        and person.standing is Standing.MEMBER
        and decide(rights, person, Action.APPROVE, ref, requester=requester).allowed
    ]
    return len(standing) >= need
