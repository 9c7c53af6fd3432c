"""Approval rules: how many, from whom, in which order; and the votes that they weigh.

A rule has stages. One person fills one place of one stage, and who fills which is found at each look (the best
fit), so that the order of votes never matters. Nothing else knows whose votes count, and when they are enough: a new
condition comes here, and into the command or form that sets it.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from bot.core.access import Action, decide, others
from bot.core.grants import Grant, Rights, Role
from bot.core.groups import is_group
from bot.core.hours import Hours
from bot.core.ids import Principal, PrincipalKind, UserId
from bot.core.loudness import Loudness
from bot.core.person import EVERYONE, Person
from bot.core.scope import Named

Owners: TypeAlias = Collection[Principal]  # whose a request is: they want it
# For each stage who fills its places, as they were counted; the empty tuple: nobody was counted yet.
Counted: TypeAlias = tuple[tuple[UserId, ...], ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word on one request; a person has one vote."""

    user: UserId
    approve: bool
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """*need* approvals by different people of *by*: people and groups; () is all who may approve the cluster.

    Being named here gives no right: who is to fill a place has to have the right to approve as well.
    """

    need: int = 1
    by: tuple[Principal, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a stage that asks for nobody.

        Raises:
            ValueError: it needs less than one approval.
        """
        if self.need < 1:
            raise ValueError("a stage needs at least one approval")

    def takes(self, user: UserId, rights: Rights) -> bool:
        """Say whether a vote of *user*, who may approve, can fill a place of it."""
        return not self.by or rights.is_one_of(user, self.by)


class OwnApproval(enum.StrEnum):
    """Whether the requester's own approval counts, by a click of its own: asking never is a vote."""

    NEVER = "never"
    IF_NOBODY_ELSE = "if-nobody-else"  # where nobody else could fill the place
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who of *by* needs no approval, and how often in a day, which begins at midnight in the rule's zone.

    *per_person* and *per_cluster* are how many requests of one person, and on one cluster, go without; None: any.
    """

    by: tuple[Principal, ...] = (EVERYONE,)
    per_person: int | None = None
    per_cluster: int | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """Who may decide, too, once a request has waited for *after*: they can fill a place of every stage.

    As for a stage, being named gives no right. Those who may before keep their say.
    """

    after: timedelta
    by: tuple[Principal, ...]


class Meanwhile(enum.StrEnum):
    """What becomes of a request that is made while nothing may start."""

    HOLD = "hold"  # it is kept and approved, and starts afterwards
    REFUSE = "refuse"


_ONE: Final = (Stage(),)
REMIND_AFTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """What it takes to approve a request, when its snapshot may start, and how long there is time for both."""

    stages: tuple[Stage, ...] = _ONE
    side_by_side: bool = False  # all stages at once; else each begins when those before it are full
    needs_reason: bool = False  # an approval says why
    own: OwnApproval = OwnApproval.NEVER
    waiver: Waiver | None = None
    tiers: tuple[Tier, ...] = ()  # who else may decide after how long, the soonest first
    hours: tuple[Hours, ...] = ()  # in one of them it may start; () is always
    closed: tuple[Hours, ...] = ()  # in none of them it may start, whatever its hours are
    while_closed: Meanwhile = Meanwhile.HOLD
    zone: str = ""  # in which its hours and days are meant, as in the tz database; "": the bot's
    decide_within: timedelta | None = None  # of asking; None: as long as the bot's settings say
    remind_after: timedelta | None = None  # of asking, then twice as long each time; None: REMIND_AFTER
    without_reminders: bool = False
    loud: Loudness = Loudness.CHANNEL  # of how a request ended
    start_within: timedelta | None = None  # of the first moment at which it may start; None: as the settings say

    def __post_init__(self) -> None:
        """Refuse a rule that asks for nobody: who needs no approval stands in its waiver.

        Raises:
            ValueError: it has no stage, or its tiers aren't in the order of their times.
        """
        if not self.stages:
            raise ValueError("a rule has at least one stage")
        times = [tier.after for tier in self.tiers]
        if times != sorted(set(times)):
            raise ValueError("each tier comes later than the one before")

    @classmethod
    def of(cls, need: int) -> ApprovalRule:
        """Return the rule of *need* approvals by all who may; 0: nobody who may ask needs any."""
        return cls(stages=(Stage(need),)) if need else cls(waiver=Waiver())

    def widened(self, tiers: int) -> ApprovalRule:
        """Return the rule as it is once the first so many *tiers* may decide, too."""
        more = tuple(who for tier in self.tiers[:tiers] for who in tier.by)
        if not more:
            return self
        return replace(self, stages=tuple(replace(s, by=s.by + more) if s.by else s for s in self.stages))

    @property
    def reminds_after(self) -> timedelta | None:
        """How long after they were asked approvers are reminded first; None: they aren't."""
        return None if self.without_reminders else self.remind_after or REMIND_AFTER

    @property
    def need(self) -> int:
        """How many approvals it takes, all stages together."""
        return sum(stage.need for stage in self.stages)

    def waives(self, person: Person, rights: Rights) -> bool:
        """Say whether a request of *person* needs no approval, as long as there is room under the waiver's caps."""
        return self.waiver is not None and rights.is_one_of(person.user, self.waiver.by)

    def count(self, voters: Iterable[UserId], rights: Rights) -> Counted:
        """Return which of *voters*, who may approve, fill which stage: as many places as can be, earlier ones first."""
        return _fitted(self.stages, tuple(dict.fromkeys(voters)), rights)

    def is_enough(self, counted: Counted) -> bool:
        """Say whether every place is filled."""
        return sum(len(filled) for filled in counted) >= self.need

    def stages_open(self, counted: Counted) -> int:
        """Return how many stages, from the first, take votes now."""
        if self.side_by_side:
            return len(self.stages)
        for place, stage in enumerate(self.stages):
            if len(counted[place] if place < len(counted) else ()) < stage.need:
                return place + 1
        return len(self.stages)

    def would_count(self, user: UserId, voters: Collection[UserId], rights: Rights) -> bool:
        """Say whether a vote of *user*, who may approve, fills a place beside those of *voters* in a stage of now."""
        if user in voters:
            return False
        now = self.stages[: self.stages_open(self.count(voters, rights))]
        before, after = (_filled(_fitted(now, tuple(of), rights)) for of in (voters, (*voters, user)))
        return after > before

    def could_still(self, users: Iterable[UserId], voters: Collection[UserId], rights: Rights) -> tuple[UserId, ...]:
        """Return those of *users*, who may approve, whose vote would fill a place beside those of *voters*."""
        alike: dict[tuple[bool, ...], bool] = {}  # people whom the same stages take: one answer does for all
        found = []
        for user in (user for user in users if user not in voters):
            taken = tuple(stage.takes(user, rights) for stage in self.stages)
            if taken not in alike:
                alike[taken] = self.would_count(user, voters, rights)
            if alike[taken]:
                found.append(user)
        return tuple(found)

    def unmet(self, users: Sequence[UserId], rights: Rights, *, anybody: bool = False) -> int | None:
        """Return the number, from 0, of the first stage that can't be filled if all *users* approve; None: all can.

        *anybody*: every member of the workspace may approve, so that only named stages can lack somebody.
        """
        stages = tuple(stage for stage in self.stages if not (anybody and (not stage.by or EVERYONE in stage.by)))
        places = [place for place, stage in enumerate(self.stages) if stage in stages]
        counted = _fitted(stages, tuple(users), rights)
        lacking = (
            place for place, stage, filled in zip(places, stages, counted, strict=True) if len(filled) < stage.need
        )
        return next(lacking, None)

    def approvers(self, rights: Rights, cluster: Named, owners: Owners) -> tuple[UserId, ...]:
        """Return who may approve a request of *owners* on *cluster* and fits a stage, by when they got the right."""
        found = dict.fromkeys(rights.people(Role.APPROVE, cluster))
        if rights.is_everyones(Role.APPROVE, cluster):  # then those by name are whom a stage names
            named = [user for stage in self.stages for who in stage.by for user in rights.members(who)]
            found |= dict.fromkeys(user for user in named if rights.has(user, Role.APPROVE, cluster))
        without = () if self.own is OwnApproval.ALLOWED else owners
        able = (user for user in found if Principal(user) not in without)
        return tuple(user for user in able if any(stage.takes(user, rights) for stage in self.stages))

    def lets_own(self, rights: Rights, voters: Collection[UserId], cluster: Named, owners: Owners) -> bool:
        """Say whether *owners* may approve their own request on *cluster* beside the votes of *voters*."""
        if self.own is not OwnApproval.IF_NOBODY_ELSE:
            return self.own is OwnApproval.ALLOWED
        if rights.is_everyones(Role.APPROVE, cluster):
            return False
        return not self.could_still(others(rights, Role.APPROVE, cluster, owners), voters, rights)

    def standing(
        self, rights: Rights, votes: Iterable[Vote], people: Iterable[Person], cluster: Named, owners: Owners
    ) -> Counted:
        """Return who fills which stage by the rights of now; of whom *people* says nothing, the vote doesn't count."""
        known = {person.user: person for person in people}
        voters: list[UserId] = []
        own: list[UserId] = []
        for vote in sorted(votes, key=lambda v: v.at):
            person = known.get(vote.user)
            if vote.approve and person and decide(rights, person, Action.APPROVE, cluster).allowed:
                (own if Principal(vote.user) in owners else voters).append(vote.user)
        if own and self.lets_own(rights, voters, cluster, owners):
            voters += own
        return self.count(voters, rights)


def groups_in(rule: ApprovalRule) -> frozenset[Principal]:
    """Return the user groups that *rule* names."""
    named = [p for stage in rule.stages for p in stage.by]
    named += [p for tier in rule.tiers for p in tier.by]
    named += rule.waiver.by if rule.waiver else ()
    return frozenset(p for p in named if p.kind is PrincipalKind.GROUP)


def name_groups(grants: Iterable[Grant], rules: Iterable[ApprovalRule]) -> bool:
    """Say whether some of *grants* or *rules* name a user group, so that Slack has to say who is in it."""
    return any(is_group(grant.holder) for grant in grants) or any(map(groups_in, rules))


def unclear_groups(rule: ApprovalRule, rights: Rights) -> frozenset[Principal]:
    """Return the groups on which an approval by *rule* depends, and of which Slack doesn't say who is in them."""
    named = groups_in(rule) | {g.holder for g in rights.grants if is_group(g.holder) and g.role is Role.APPROVE}
    return frozenset(group for group in named if rights.groups.is_unclear(group))


def _filled(counted: Counted) -> int:
    return sum(len(filled) for filled in counted)


def _fitted(stages: Sequence[Stage], voters: Sequence[UserId], rights: Rights) -> Counted:
    """Return a largest matching of *voters* to the places of *stages*, in which earlier places are filled first.

    Each place in turn takes a voter who is free, or one whose own place another voter can take (Kuhn's algorithm).
    """
    takes = [[user for user in voters if stage.takes(user, rights)] for stage in stages]
    place_of: dict[UserId, tuple[int, int]] = {}

    def seat(stage: int, place: int, tried: set[UserId]) -> bool:
        for user in takes[stage]:
            if user in tried:
                continue
            tried.add(user)
            if user not in place_of or seat(*place_of[user], tried):
                place_of[user] = (stage, place)
                return True
        return False

    for number, stage in enumerate(stages):
        for place in range(stage.need):
            if not seat(number, place, set()):
                break  # what one place of a stage can't have, the next can't either
    seated = {seat: user for user, seat in place_of.items()}
    return tuple(
        tuple(sorted((user for (s, _), user in seated.items() if s == number), key=voters.index))
        for number in range(len(stages))
    )
