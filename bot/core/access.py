"""`decide()`: a decision always comes with its reason. What is not known is refused.

Being in a channel is never authority.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from bot.core.errors import BotError
from bot.core.grants import Grant, Rights, Role
from bot.core.groups import is_group
from bot.core.ids import Principal, UserId
from bot.core.person import Person, Standing
from bot.core.phrase import Phrase
from bot.core.scope import Named


class Action(enum.StrEnum):
    """What somebody wants to do."""

    REQUEST = "request"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CHANGE = "change"  # what a request asks for, while it waits
    JOIN = "join"  # somebody else's request: to want it, too
    VIEW = "view"
    BREAK_GLASS = "break-glass"  # start without approval
    KEEP = "keep"  # say how much longer a snapshot is wanted
    DELETE = "delete"  # ask for a snapshot to be deleted


class Reason(enum.StrEnum):
    """By which rule a decision fell; also the name under which the audit log has it."""

    GRANTED = "granted"
    DENIED = "denied"
    OWN_REQUEST = "own-request"  # allowed: the requester's own (view, withdraw, keep)
    ADMIN = "admin"
    NOT_A_MEMBER = "not-a-member"
    NO_GRANT = "no-grant"
    NOBODY_APPROVES_THEIR_OWN = "nobody-approves-their-own"
    NOT_THE_REQUESTER = "not-the-requester"
    GROUPS_UNKNOWN = "groups-unknown"  # it depends on a group, and Slack doesn't say just now who is in it
    NO_PLACE = "no-place"  # no stage of the rule has a place for them now
    NOBODY_CAN_APPROVE = "nobody-can-approve"  # a stage of its rule can't be filled
    CHANGED = "changed"  # a rule or a right was changed, and the votes of before are enough now
    WAIVED = "waived"  # its rule wants no approval of this person
    OWN_APPROVAL = "own-approval"  # allowed: their own request, and the rule lets them


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may they?", with what a person needs to understand it.

    *who_can* are those who could do it instead, or (for a missing grant) those who could give the right. With *hides*
    it isn't theirs to know whether the cluster exists: nothing in the decision depends on that.
    """

    allowed: bool
    reason: Reason
    action: Action
    person: Person
    cluster_name: str = ""
    grant: Grant | None = None
    who_can: tuple[UserId, ...] = ()
    admins: tuple[UserId, ...] = ()
    hides: bool = False
    stage: int | None = None  # of the rule, from 1, that nobody can fill
    group: str = ""  # what the group is called of which Slack doesn't say who is in it
    about: str = ""  # of a refusal: the request's id or the cluster (CLOUD/ID) that *person* may see; "": they may not


class NotAllowed(BotError):
    """The rights don't allow it. The edge words it, since it names people."""

    phrase = Phrase("refused")

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"refused: {decision.reason}")
        self.decision = decision


_READ_THE_RECORD: Final = (Role.ADMIN, Role.AUDIT)
OF_THE_REQUESTER: Final = frozenset({Action.WITHDRAW, Action.CHANGE})  # alone: no right lets others do it
NEEDS: Final = {
    Action.REQUEST: Role.REQUEST,
    Action.CHANGE: Role.REQUEST,
    Action.JOIN: Role.REQUEST,
    Action.APPROVE: Role.APPROVE,
    Action.DECLINE: Role.APPROVE,
    Action.BREAK_GLASS: Role.BREAK_GLASS,
    Action.DELETE: Role.REQUEST,
}


def no_member(person: Person, action: Action) -> Decision | None:
    """Return the refusal of somebody who isn't an active member of the workspace, whatever it is about; else None."""
    if person.standing is Standing.MEMBER:
        return None
    return Decision(allowed=False, reason=Reason.NOT_A_MEMBER, action=action, person=person)


def audits_some(rights: Rights, person: Person) -> bool:
    """Say whether *person* may read the record of some clusters at least."""
    return audits(rights, person) or any(g.role in _READ_THE_RECORD for g in rights.of(person))


def audits(rights: Rights, person: Person, cluster: Named | None = None) -> bool:
    """Say whether *person* may read the record, of *cluster* or of all (None): its admins and auditors may."""
    if person.standing is not Standing.MEMBER:
        return False
    if person.user in rights.admins:
        return True
    if cluster is None:
        return any(rights.everywhere(person, role) for role in _READ_THE_RECORD)
    return any(rights.grant_of(person, role, cluster) for role in _READ_THE_RECORD)


def administers(rights: Rights, person: Person, cluster: Named) -> bool:
    """Say whether *person* is an admin of *cluster*."""
    if person.standing is not Standing.MEMBER:
        return False
    return person.user in rights.admins or rights.grant_of(person, Role.ADMIN, cluster) is not None


def nothing_to_ask(rights: Rights, person: Person) -> Decision | None:
    """Return why *person* can't ask for any cluster at all, or None if they can."""
    if any(g.role is Role.REQUEST for g in rights.of(person)) and person.standing is Standing.MEMBER:
        return None
    reason = Reason.NO_GRANT if person.standing is Standing.MEMBER else Reason.NOT_A_MEMBER
    return Decision(allowed=False, reason=reason, action=Action.REQUEST, person=person, admins=rights.all_admins)


def others(rights: Rights, role: Role, cluster: Named, owners: Collection[Principal]) -> tuple[UserId, ...]:
    """Return the people with *role* on *cluster* but the *owners*: nobody acts on their own request."""
    return tuple(user for user in rights.people(role, cluster) if Principal(user) not in owners)


def by_grants(rights: Rights, person: Person, role: Role, cluster: Named) -> tuple[Reason, Grant | None]:
    """Return by which rule *person*, a member, has *role* on *cluster* or hasn't, and the grant or denial behind it."""
    if grant := rights.grant_of(person, role, cluster):
        return Reason.GRANTED, grant
    if unclear := rights.unclear_for(person, role, cluster):
        return Reason.GROUPS_UNKNOWN, unclear
    denial = rights.denial_of(person, role, cluster)
    return Reason.DENIED if denial else Reason.NO_GRANT, denial


def decide(
    rights: Rights,
    person: Person,
    action: Action,
    cluster: Named,
    *,
    owners: Collection[Principal] = (),
    lets_own: bool = False,
) -> Decision:
    """Say whether *person* may take *action* on *cluster*; *owners* are whose the request is, where there is one.

    Rules, the first that applies decides: only active members of the workspace act (not guests, outsiders, bots,
    deactivated or unknown accounts); withdrawing and changing are the requester's alone, keeping longer and deleting
    theirs and the cluster's admins'; nobody declines their own, or approves it unless its rule lets them (*lets_own*);
    what remains needs a grant (changing and deleting that to ask), and a denial wins over every grant (also to start
    one's own without approval). Seeing is for the requester, admins of the cluster, and who has any role there.
    """

    instead = Role.APPROVE if action in OF_THE_REQUESTER else NEEDS.get(action, Role.APPROVE)

    could, admins = others(rights, instead, cluster, owners), rights.admins_of(cluster)

    def answer(allowed: bool, reason: Reason, grant: Grant | None = None) -> Decision:
        return Decision(
            allowed=allowed,
            reason=reason,
            action=action,
            person=person,
            cluster_name=cluster.name or str(cluster.ref),
            grant=grant,
            who_can=tuple(u for u in could if action is not Action.DELETE or u in admins),
            admins=admins,
        )

    if person.standing is not Standing.MEMBER:
        return answer(False, Reason.NOT_A_MEMBER)
    own = Principal(person.user) in owners
    if action in OF_THE_REQUESTER and not own:
        return answer(False, Reason.NOT_THE_REQUESTER)
    if action is Action.WITHDRAW:
        return answer(True, Reason.OWN_REQUEST)
    if action in (Action.KEEP, Action.DELETE) and not own:
        admin = person.user in admins
        if not admin or action is Action.KEEP:
            return answer(admin, Reason.ADMIN if admin else Reason.NOT_THE_REQUESTER)
    if action in (Action.VIEW, Action.KEEP):
        if own:
            return answer(True, Reason.OWN_REQUEST)
        if person.user in admins:
            return answer(True, Reason.ADMIN)
        grant = next(filter(None, (rights.grant_of(person, role, cluster) for role in Role)), None)
        return answer(grant is not None, Reason.GRANTED if grant else Reason.NO_GRANT, grant)
    if own and (action is Action.DECLINE or (action is Action.APPROVE and not lets_own)):
        return answer(False, Reason.NOBODY_APPROVES_THEIR_OWN)
    reason, grant = by_grants(rights, person, NEEDS[action], cluster)
    if reason is Reason.GRANTED:
        return answer(True, Reason.OWN_APPROVAL if own and action is Action.APPROVE else reason, grant)
    group = rights.groups.handle(grant.holder) if grant and reason is Reason.GROUPS_UNKNOWN else ""
    return replace(answer(False, reason, grant), group=group)


def by_grant(decision: Decision) -> dict[str, str]:
    """Return, for the record, by which grant *decision* fell, and by which group where that is one's."""
    grant = decision.grant
    if grant is None:
        return {}
    return {"grant": grant.id} | ({"group": grant.holder.id} if is_group(grant.holder) else {})


def hidden(decision: Decision, rights: Rights) -> Decision:
    """Return the refusal *decision* without what would say that the cluster exists, also by who could give the right.

    So it is the same for a cluster that isn't there; also while Slack doesn't say who is in which group.
    """
    reason = Reason.NO_GRANT if rights.groups.is_known else Reason.GROUPS_UNKNOWN
    unknown = replace(decision, reason=reason, grant=None, cluster_name="", who_can=(), group="")
    return replace(unknown, admins=rights.admins_of(), hides=True)
