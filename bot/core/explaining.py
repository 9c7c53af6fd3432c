"""Why somebody may or may not: the checks of a decision in the order in which they were made, each with its facts.

Nothing is decided here: what held and what didn't is read from the decision, and from what it was made of.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from bot.core.access import NEEDS, OF_THE_REQUESTER, Action, Decision, Reason, audits, by_grants, decide, no_member
from bot.core.approval import Stage
from bot.core.grants import Grant, Rights, Role
from bot.core.ids import UserId
from bot.core.person import Person
from bot.core.request import SnapshotRequest, State
from bot.core.scope import Named


class CheckKind(enum.StrEnum):
    """What is checked."""

    MEMBER = "member"  # whether they are an active member of the workspace
    OWN = "own"  # whose request it is
    RIGHT = "right"  # whether a grant gives it, and nothing denies it
    PLACE = "place"  # whether the rule has a place for their approval now


@dataclass(frozen=True, slots=True)
class CheckMade:
    """A check that was made, and whether it *held*."""

    kind: CheckKind
    held: bool


class PlaceState(enum.StrEnum):
    """How the rule of a request that waits takes somebody's approval."""

    OPEN = "open"
    VOTED = "voted"  # it has it already
    FULL = "full"  # the stage that takes it has all that it needs
    LATER = "later"  # the stage that takes it begins when those before it are full
    NONE = "none"  # no stage takes it: they name others


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where in a rule somebody's approval counts: in *stage*, whose *number* is from 1, and of which *have* are there.

    None: in no stage.
    """

    state: PlaceState
    stage: Stage | None = None
    number: int = 0
    have: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """A *decision* with the *checks* that led to it; where one didn't hold it is the last, and decided.

    *place* is there where an approval is explained of a request that waits. *others* could do it, too; *quiet* are
    those who have the right and aren't pinged for it. *anyone*: every member has the right, so *others* aren't all.
    """

    decision: Decision
    checks: tuple[CheckMade, ...]
    place: RulePlace | None = None
    others: tuple[UserId, ...] = ()
    quiet: frozenset[UserId] = frozenset()
    anyone: bool = False


_ORDER: Final = {
    Action.REQUEST: (CheckKind.MEMBER, CheckKind.RIGHT),
    Action.APPROVE: (CheckKind.MEMBER, CheckKind.OWN, CheckKind.RIGHT, CheckKind.PLACE),
    Action.DECLINE: (CheckKind.MEMBER, CheckKind.OWN, CheckKind.RIGHT),
    Action.WITHDRAW: (CheckKind.MEMBER, CheckKind.OWN),
    Action.CHANGE: (CheckKind.MEMBER, CheckKind.OWN, CheckKind.RIGHT),
    Action.JOIN: (CheckKind.MEMBER, CheckKind.RIGHT),
    Action.VIEW: (CheckKind.MEMBER, CheckKind.RIGHT),
    Action.BREAK_GLASS: (CheckKind.MEMBER, CheckKind.RIGHT),
    Action.KEEP: (CheckKind.MEMBER, CheckKind.OWN),
    Action.DELETE: (CheckKind.MEMBER, CheckKind.OWN, CheckKind.RIGHT),
}
FAILED_BY: Final = {
    Reason.NOT_A_MEMBER: CheckKind.MEMBER,
    Reason.NOBODY_APPROVES_THEIR_OWN: CheckKind.OWN,
    Reason.NOT_THE_REQUESTER: CheckKind.OWN,
    Reason.NO_GRANT: CheckKind.RIGHT,
    Reason.DENIED: CheckKind.RIGHT,
    Reason.GROUPS_UNKNOWN: CheckKind.RIGHT,
    Reason.NO_PLACE: CheckKind.PLACE,
}


def explain(
    rights: Rights, person: Person, action: Action, cluster: Named, request: SnapshotRequest | None = None
) -> Explanation:
    """Return why *person* may take *action* on *cluster*, or on *request*, which is one on it; or why they may not."""
    decision = request.decide(rights, person, action) if request else decide(rights, person, action, cluster)
    failed = None if decision.allowed else FAILED_BY[decision.reason]
    others, place, role = decision.who_can, None, None if action in OF_THE_REQUESTER else NEEDS.get(action)
    if request and action is Action.APPROVE:
        others, waits = (), request.state is State.WAITING
        if waits:
            able = request.asks.approvers(rights, cluster, request.owners)
            others = request.asks.could_still(able, request.voters(rights), rights)
        if waits and failed in (None, CheckKind.PLACE):
            place = _place(request, rights, person.user)
    order = [kind for kind in _ORDER[action] if kind is not CheckKind.PLACE or place]
    made = order[: order.index(failed) + 1] if failed else order
    return Explanation(
        decision=decision,
        checks=tuple(CheckMade(kind, held=kind is not failed) for kind in made),
        place=place,
        others=tuple(user for user in others if user != person.user) if role else (),
        quiet=rights.quiet(role, cluster) if role else frozenset(),
        anyone=role is not None and rights.is_everyones(role, cluster),
    )


def _place(request: SnapshotRequest, rights: Rights, user: UserId) -> RulePlace:
    rule, voters = request.asks, request.voters(rights)
    counted = rule.count(voters, rights)

    def at(state: PlaceState, number: int) -> RulePlace:
        return RulePlace(state, rule.stages[number], number + 1, len(counted[number]))

    if request.vote_of(user):
        seat = next((number for number, filled in enumerate(counted) if user in filled), None)
        return RulePlace(PlaceState.VOTED) if seat is None else at(PlaceState.VOTED, seat)
    if rule.would_count(user, voters, rights):
        then = rule.count((*voters, user), rights)
        return at(PlaceState.OPEN, next(n for n, filled in enumerate(then) if len(filled) > len(counted[n])))
    taking = [number for number, stage in enumerate(rule.stages) if stage.takes(user, rights)]
    if not taking:
        return RulePlace(PlaceState.NONE)
    later = [number for number in taking if number >= rule.stages_open(counted)]
    return at(PlaceState.LATER, later[0]) if later else at(PlaceState.FULL, taking[0])


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """Whether somebody has *role* on a cluster, by which rule, and the grant or denial behind it."""

    role: Role
    reason: Reason
    grant: Grant | None = None

    @property
    def is_held(self) -> bool:
        """Whether they have it."""
        return self.reason in (Reason.GRANTED, Reason.ADMIN)


def roles_held(rights: Rights, person: Person, cluster: Named) -> tuple[RoleHeld, ...]:
    """Return of each role whether *person* has it on *cluster*; ADMIN: by the bot's settings, or as its admin."""
    if no_member(person, Action.VIEW):
        return tuple(RoleHeld(role, Reason.NOT_A_MEMBER) for role in Role)
    found = []
    for role in Role:
        held = RoleHeld(role, *by_grants(rights, person, role, cluster))
        by_admin = (role is Role.ADMIN and person.user in rights.admins) or (
            role is Role.AUDIT and audits(rights, person, cluster)
        )
        found.append(RoleHeld(role, Reason.ADMIN) if by_admin and not held.is_held else held)
    return tuple(found)
