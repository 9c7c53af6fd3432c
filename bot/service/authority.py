"""Who acts, and whether they may: the one place where the use cases check rights, before they look what there is.

Long because it is the one place, and asks for no more rights than each question needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from bot.core.access import Action, Decision, NotAllowed, Reason, by_grant, decide, hidden, no_member
from bot.core.approval import ApprovalRule, Counted, OwnApproval, unclear_groups
from bot.core.errors import NotFound, SlackUnavailable
from bot.core.grants import WHO_DECIDES, Rights, Role
from bot.core.groups import NO_GROUPS, Groups, GroupsUnknown
from bot.core.ids import Actor, ClusterRef, MessageRef, Principal, RequestId, UserId
from bot.core.person import Person, Standing
from bot.core.record import Entry, stated
from bot.core.request import SnapshotRequest, State
from bot.core.scope import Named
from bot.ports import People, Store, UserGroups
from bot.service.looker import Looker

NAMED: Final = 10  # people at most who are named one by one
_NAMING: Final = 0.5  # seconds to ask who they are: somebody may wait for the answer


class Authority:
    """Standing and rights of who acts, looked up again at each step; refusals are recorded with their rule."""

    def __init__(self, *, store: Store, people: People, groups: UserGroups, admins: Collection[UserId]) -> None:
        self._store = store
        self._people = people
        self._groups = groups
        self._clock = store.clock
        self._admins = frozenset(admins)

    async def person(self, actor: Actor, *, fresh: bool = False) -> Person:
        """Return who *actor* is; who acts as of a team that isn't theirs is an outsider, whatever else Slack says.

        In an Enterprise Grid that may be any workspace of theirs, as long as ours is one of them, too.
        """
        person = await self.account(actor.user, fresh=fresh)
        if person.standing is Standing.MEMBER and not person.is_of(actor.team):
            return replace(person, standing=Standing.OUTSIDER)
        return person

    async def looker(self, actor: Actor) -> Looker:
        """Return who *actor* is with their rights, for what is shown to them: nothing is decided by it."""
        return await self.looks(await self.person(actor))

    async def looks(self, person: Person) -> Looker:
        """Return *person* with their rights, as `looker` does."""
        return Looker(person, await self.rights(person=person))

    async def allows(self, actor: Actor, action: Action, cluster: Named) -> bool:
        """Say whether *actor* may take *action* on *cluster* by what is known: nothing is decided or recorded by it."""
        person = await self.person(actor)
        return decide(await self.rights_among(cluster, [person.user]), person, action, cluster).allowed

    async def account(self, user: UserId, *, fresh: bool = False) -> Person:
        """Return who *user* is by what Slack says of the account, where nobody acts just now."""
        return await self._people.person(user, fresh=fresh)

    async def name(self, user: UserId) -> str:
        """Return what *user* is called, for texts that mention nobody; "" where Slack doesn't say."""
        with suppress(SlackUnavailable):
            return (await self.account(user)).name
        return ""

    async def active(self, users: Sequence[UserId]) -> tuple[UserId, ...]:
        """Return *users* but those who are no active members, as far as Slack says soon, until enough are found.

        For naming people: rights that a guest, an outsider or a deactivated account holds let nobody act.
        """
        found: list[UserId] = []
        left = list(users)
        loop = asyncio.get_running_loop()
        until = loop.time() + _NAMING
        while left and len(found) < NAMED:
            asked, left = left[:NAMED], left[NAMED:]
            active = await self._active(asked, max(0.0, until - loop.time()))
            found += [user for user in asked if user in active]
        return (*found, *left)

    async def _active(self, users: Sequence[UserId], seconds: float) -> set[UserId]:
        """Return those of *users* who are active members, or of whom Slack says nothing within *seconds*."""
        found: dict[UserId, Person] = {}

        async def ask(user: UserId) -> None:
            with suppress(SlackUnavailable):
                found[user] = await self._people.person(user)

        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(ask(user) for user in users))
        return {user for user in users if user not in found or found[user].standing is Standing.MEMBER}

    async def naming(self, decision: Decision) -> Decision:
        """Return *decision* so that it names only people who can act now."""
        who_can, admins = await asyncio.gather(self.active(decision.who_can), self.active(decision.admins))
        return replace(decision, who_can=who_can, admins=admins)

    async def rights(
        self,
        *,
        cluster: Named | None = None,
        roles: Collection[Role] = tuple(Role),
        person: Person | None = None,
        groups: Groups | None = None,
        fresh: bool = False,
    ) -> Rights:
        """Return the rights of *roles* on *cluster*, or of *person*, with who is in which group.

        *fresh* asks Slack again who that is: always where something is changed, never needed to show something.
        *groups* are what it said just now, where it was asked.
        """
        if groups is None:
            groups = await self._known_groups(fresh=fresh)
        holders = person.principals | groups.of(person.user) if person else ()
        # last: Slack may have taken its time
        rights = await self._store.rights(cluster=cluster, roles=roles, holders=holders)
        return replace(rights, admins=rights.admins | self._admins, groups=groups)

    async def _known_groups(self, *, fresh: bool) -> Groups:
        return await self._groups.groups(fresh=fresh) if await self._store.names_groups() else NO_GROUPS

    async def rights_among(self, cluster: Named, users: Collection[UserId], *, fresh: bool = False) -> Rights:
        """Return the rights that decide what *users* may do on *cluster*; by them nobody else may anything.

        *fresh* as for `rights`.
        """
        groups = await self._known_groups(fresh=fresh)
        rights = await self._store.rights_among(cluster, users)  # last: Slack may have taken its time
        return replace(rights, admins=self._admins, groups=groups)

    async def rights_about(
        self, request: SnapshotRequest, users: Collection[UserId] = (), *, fresh: bool = False
    ) -> Rights:
        """Return the rights that decide what *users* may do to *request*, and whose votes on it count.

        Those of everybody on its cluster where the rule asks whether there is somebody else. *fresh* as for `rights`.
        """
        if request.asks.own is OwnApproval.IF_NOBODY_ELSE:
            return await self.rights(cluster=request.named, fresh=fresh)
        return await self.rights_among(request.named, {*users, *(v.user for v in request.votes)}, fresh=fresh)

    async def standing(self, request: SnapshotRequest, *, seen: Person | None = None) -> Counted:
        """Return whose votes on *request* fill which stage by the rights and the people of now, asked for again.

        *seen* was looked up just now, to decide whether they may vote; who is in which group was asked for as well.

        Raises:
            SlackUnavailable, GroupsUnknown: Slack doesn't say who somebody is, or who is in a group that matters.
        """
        voters = [v.user for v in request.votes if seen is None or v.user != seen.user]
        people = await asyncio.gather(*(self.account(user, fresh=True) for user in voters))
        rights = await self.rights_about(request, fresh=seen is None)
        _clear_groups(request.asks, rights)
        return request.standing(rights, [*people, seen] if seen else people)

    async def require_approvers(
        self, actor: Actor, rule: ApprovalRule, cluster: Named, owners: Collection[Principal] = ()
    ) -> None:
        """Check that somebody could approve a request of *owners* (None given: of *actor*), which *actor* makes.

        One that nobody could approve would wait for nothing.

        Raises:
            NotAllowed: nobody could; it says which stage, and is recorded.
        """
        stage = await self.unmet(rule, cluster, owners or {Principal(actor.user)})
        if stage is None:
            return
        rights = await self.rights(cluster=cluster, roles=WHO_DECIDES)
        nobody = Decision(
            allowed=False,
            reason=Reason.NOBODY_CAN_APPROVE,
            action=Action.REQUEST,
            person=await self.person(actor),
            cluster_name=cluster.name,
            admins=rights.admins_of(cluster),
            stage=stage + 1 if len(rule.stages) > 1 else None,
        )
        await self._record_refusal(actor, nobody, cluster.ref)
        raise NotAllowed(await self.naming(nobody))

    async def unmet(self, rule: ApprovalRule, cluster: Named, owners: Collection[Principal]) -> int | None:
        """Return the number, from 0, of the first stage of *rule* that nobody can fill for *owners*; None: all can be.

        Whom Slack doesn't call an active member soon isn't one of them; unknown is no reason to say that nobody can.

        Raises:
            GroupsUnknown: it isn't known that all can be, and Slack doesn't say who is in a group that matters.
        """
        rights = await self.rights(cluster=cluster, roles=WHO_DECIDES)
        able = await self.active(rule.approvers(rights, cluster, owners))
        stage = rule.unmet(able, rights, anybody=rights.is_everyones(Role.APPROVE, cluster))
        if stage is not None:
            _clear_groups(rule, rights)
        return stage

    async def member(self, actor: Actor, action: Action) -> Person:
        """Return who *actor* is, if they may act here at all; a refusal is recorded, then raised.

        Asked before anything is looked up that they name: what they hear would tell them whether it is there.

        Raises:
            NotAllowed: only active members of the workspace act.
        """
        person = await self.person(actor)
        if refusal := no_member(person, action):
            await self._record_refusal(actor, refusal)
            raise NotAllowed(refusal)
        return person

    async def require(
        self,
        actor: Actor,
        action: Action,
        cluster: Named,
        *,
        fresh: bool = True,
    ) -> Decision:
        """Return why *actor* may take *action* on *cluster*; a refusal is recorded, then raised.

        Asked before it is looked up whether *cluster* is there: who has no right on it hears the same in both cases.
        *fresh* asks Slack again who they are: always where something is changed, never needed to show something.

        Raises:
            NotAllowed: they may not.
        """
        person = await self.person(actor, fresh=fresh)
        rights = await self.rights_among(cluster, [person.user], fresh=fresh)
        decision = decide(rights, person, action, cluster)
        if not decision.allowed:  # the words name who may
            rights = await self.rights(cluster=cluster, groups=rights.groups)
            decision = decide(rights, person, action, cluster)
        if not decision.allowed:
            await self._record_refusal(actor, decision, cluster.ref)
            by_rights = decision.reason in (Reason.NO_GRANT, Reason.DENIED, Reason.GROUPS_UNKNOWN)
            if decide(rights, person, Action.VIEW, cluster).allowed:
                decision = replace(decision, about=str(cluster.ref))
            elif by_rights:
                decision = hidden(decision, rights)
            raise NotAllowed(await self.naming(decision))
        return decision

    async def unknown(self, actor: Actor, person: Person, action: Action, called: str) -> None:
        """Note on record that *actor* named a cluster, *called* so, that isn't there for them, if it is at all."""
        refusal = Decision(allowed=False, reason=Reason.NO_GRANT, action=action, person=person)
        await self._record_refusal(actor, refusal, detail=stated(cluster=called))

    async def request(
        self, actor: Actor, request_id: RequestId, action: Action, *, at: MessageRef | None = None
    ) -> tuple[SnapshotRequest, Decision]:
        """Return the request and why *actor* may take *action* on it; a refusal is recorded, then raised.

        It is the one way to a request that somebody names, so that who may not see it doesn't learn whether it exists:
        by the answer, by what is asked meanwhile, and by what is written. *at* is the message in which they pressed a
        button, if they did: who stands before the request's own card learns nothing by a refusal that names it.

        Raises:
            NotFound: there is none, or they may not see it. NotAllowed: they may not.
        """
        person = await self.person(actor, fresh=action is not Action.VIEW)
        request = await self._of_now(request_id)
        named, fresh = request.named if request else None, action is not Action.VIEW
        groups = None
        if request:
            rights = await self.rights_about(request, [person.user], fresh=fresh)
            if (decision := request.decide(rights, person, action)).allowed:
                return request, decision
            groups = rights.groups
        rights = await self.rights(cluster=named, person=person, groups=groups, fresh=fresh)
        if refusal := no_member(person, action):
            await self._record_refusal(actor, refusal, request.cluster if request else None, request)
            raise NotAllowed(refusal)
        if request is None:
            missing = Decision(allowed=False, reason=Reason.NO_GRANT, action=action, person=person)
            await self._record_refusal(actor, missing, detail=stated(request=request_id))
            raise NotFound(f"no request {request_id}")
        decision = request.decide(rights, person, action)
        if not decision.allowed:
            await self._record_refusal(actor, decision, request.cluster, request)
            if request.decide(rights, person, Action.VIEW).allowed:
                raise NotAllowed(await self.naming(replace(decision, about=request.id)))
            if await self._is_shown(request, at):
                raise NotAllowed(await self.naming(decision))
            raise NotFound(f"not for {actor.user}: {request_id}")
        return request, decision

    async def _of_now(self, request_id: RequestId) -> SnapshotRequest | None:
        """Return the request; while it waits, with the rule of now, which the worker may not have noted yet."""
        request = await self._store.get(request_id)
        if request is None or request.state is not State.WAITING:
            return request
        rule = await self._store.rule(request.named)
        if rule.approval == request.rule:
            return request
        return replace(request, rule=rule.approval, rule_set_by=rule.set_by, rule_set_at=rule.set_at, escalated=0)

    async def _is_shown(self, request: SnapshotRequest, at: MessageRef | None) -> bool:
        """Say whether the message *at* is one of the bot's about *request*."""
        if at is None:
            return False
        return any(message.ref == at for message in await self._store.messages(request.id))

    async def _record_refusal(
        self,
        actor: Actor,
        decision: Decision,
        ref: ClusterRef | None = None,
        request: SnapshotRequest | None = None,
        *,
        detail: str = "",
    ) -> None:
        said = by_grant(decision)
        detail = detail or (stated(**said) if said else "")
        await self.refused(actor, decision.action, decision.reason, ref, request, detail=detail)

    async def refused(
        self,
        actor: Actor,
        action: Action,
        rule: str,
        ref: ClusterRef | None = None,
        request: SnapshotRequest | None = None,
        *,
        detail: str = "",
    ) -> None:
        """Record that *actor* was refused *action* by *rule*."""
        await self._store.refuse(
            Entry(
                at=self._clock.now(),
                actor=actor.user,
                team=actor.team,
                action="ask.refused" if action is Action.REQUEST else f"{action}.refused",
                rule=rule,
                request_id=request.id if request else None,
                cluster=ref,
                detail=detail,
            )
        )


def _clear_groups(rule: ApprovalRule, rights: Rights) -> None:
    """Check that Slack says who is in the groups on which an approval by *rule* depends.

    Raises:
        GroupsUnknown: it doesn't.
    """
    if unclear_groups(rule, rights):
        raise GroupsUnknown("nobody knows just now who is in a group on which an approval depends")
