"""Why somebody may or may not, for those who may see what it is about: nothing is told that isn't theirs to know."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.core.access import NEEDS, Action, Decision, decide
from bot.core.explaining import Explanation, RoleHeld, explain, roles_held
from bot.core.freezes import Closure
from bot.core.grants import WHO_DECIDES, Rights, Role
from bot.core.groups import Groups
from bot.core.ids import Actor, ClusterRef, MessageRef, RequestId, UserId
from bot.core.person import Person
from bot.core.request import NOT_STARTED, SnapshotRequest
from bot.core.scope import Named, NamedCluster
from bot.core.scoped_rules import ClusterRule
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.closing import Closing
from bot.service.naming import Naming


@dataclass(frozen=True, slots=True)
class Explained:
    """Why somebody may or may not, by which *rule*, and what the groups in it are called; of *request*, if of one.

    *glass*: by which right who broke the glass did it, as it is now; of a request that waits, by which they may do it.
    """

    why: Explanation
    rule: ClusterRule
    groups: Groups
    request: SnapshotRequest | None = None
    closures: tuple[Closure, ...] = ()  # what keeps snapshots of the cluster from starting now
    glass: Decision | None = None


@dataclass(frozen=True, slots=True)
class RolesExplained:
    """What *person* may do on *cluster*, and why; *admins* are its admins, *own*: it is the person who asks."""

    person: Person
    cluster: NamedCluster
    roles: tuple[RoleHeld, ...]
    rule: ClusterRule
    admins: tuple[UserId, ...]
    groups: Groups
    own: bool
    closures: tuple[Closure, ...] = ()


class Whys:
    """Explanations by the rights and rules of now."""

    def __init__(
        self, *, authority: Authority, store: Store, inventory: Inventory, naming: Naming, closing: Closing
    ) -> None:
        self._closing = closing
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._naming = naming

    async def of_request(
        self, actor: Actor, request_id: RequestId, action: Action, *, at: MessageRef | None = None
    ) -> Explained:
        """Return why *actor* may take *action* on a request, or may not; *at* as for `Authority.request`.

        Raises:
            NotFound: there is none, or *actor* may not see it. NotAllowed: they may not, and stand before its card.
        """
        request, _ = await self._authority.request(actor, request_id, Action.VIEW, at=at)
        rule = await self._store.rule(request.named)
        if rule.approval != request.rule:  # it was decided by another
            rule = ClusterRule(request.rule)
        return await self._explained(actor, action, request.named, rule, request)

    async def of_cluster(self, actor: Actor, ref: ClusterRef, action: Action = Action.REQUEST) -> Explained:
        """Return why *actor* may ask for snapshots of the cluster *ref*, or take another *action* there, or may not.

        Raises:
            NotAllowed: *actor* may not know whether it is there.
        """
        named = self._inventory.named(ref)
        await self._authority.require(actor, Action.VIEW, named, fresh=False)
        return await self._explained(actor, action, named, await self._store.rule(named))

    async def of_person(self, actor: Actor, text: str, user: UserId | None = None) -> RolesExplained:
        """Return what *user* (None: *actor*) may do on the cluster that *text* names; of others to its admins alone.

        Raises:
            InputError: none or several are called so, or *actor* isn't an admin of it (field "cluster").
            NotAllowed: *actor* is no active member of the workspace.
        """
        own = user in (None, actor.user)
        cluster = self._inventory.named(await self._naming.resolve(actor, text, Action.VIEW, administered=not own))
        person = await (self._authority.person(actor) if own or user is None else self._authority.account(user))
        rights = await self._authority.rights_among(cluster, [person.user])
        deciders = await self._authority.rights(cluster=cluster, roles=[Role.ADMIN])
        return RolesExplained(
            person=person,
            cluster=cluster,
            roles=roles_held(rights, person, cluster),
            rule=await self._store.rule(cluster),
            admins=await self._authority.active(deciders.admins_of(cluster)),
            groups=rights.groups,
            own=own,
            closures=await self._closing.of(cluster),
        )

    async def _rights(self, person: Person, action: Action, cluster: Named) -> Rights:
        """Return all rights of *person* on *cluster*, and those by which others decide there or could take *action*."""
        roles = {*WHO_DECIDES, Role.BREAK_GLASS, *([NEEDS[action]] if action in NEEDS else [])}
        own = await self._authority.rights_among(cluster, [person.user])
        rights = await self._authority.rights(cluster=cluster, roles=roles)
        both = sorted(dict.fromkeys((*rights.grants, *own.grants)), key=lambda grant: grant.granted_at)
        return replace(rights, grants=tuple(both))

    async def _explained(
        self, actor: Actor, action: Action, cluster: Named, rule: ClusterRule, request: SnapshotRequest | None = None
    ) -> Explained:
        person = await self._authority.person(actor)
        rights = await self._rights(person, action, cluster)
        why = explain(rights, person, action, cluster, request)
        others = await self._authority.active(why.others)
        why = replace(why, decision=await self._authority.naming(why.decision), others=others)
        glass = None
        if request and action is not Action.BREAK_GLASS:
            who = await self._authority.account(request.glass.by) if request.glass else person
            glass = decide(rights, who, Action.BREAK_GLASS, cluster)
        starts = request is None or request.state in NOT_STARTED
        emergency = request is not None and request.glass is not None
        closures = await self._closing.of(cluster, emergency=emergency) if starts else ()
        return Explained(why, rule, rights.groups, request, closures, glass)
