"""Freezes of one cluster by its admins, from Slack. For others it is as if the cluster weren't there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from bot.core.access import Action, Reason, administers
from bot.core.endings import led
from bot.core.errors import BotError, InputError
from bot.core.freezes import Closure, Freeze
from bot.core.ids import Actor, CloudName, ClusterId, ClusterRef, FreezeId
from bot.core.phrase import Phrase
from bot.core.record import Entry
from bot.core.scope import NamedCluster, Scope
from bot.core.text import canonical
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.closing import Closing
from bot.service.freezing import Freezing, Frozen
from bot.service.naming import Naming
from bot.service.zones import own_zone


@dataclass(frozen=True, slots=True)
class FrozenHere:
    """What freezing *cluster* did; *zone* is the one in which its end was meant."""

    cluster: NamedCluster
    frozen: Frozen
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Unfrozen:
    """The freezes of *cluster* alone that were *ended*, and what *still* keeps snapshots of it from starting."""

    cluster: NamedCluster
    ended: tuple[Freeze, ...]
    still: tuple[Closure, ...]


class NoSuchFreeze(BotError):
    """There is no such freeze, or it is none of this person's."""

    phrase = Phrase("no-such-freeze")


class ClusterFreezes:
    """What admins of a cluster do. *changed* is called after each commit: the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        inventory: Inventory,
        naming: Naming,
        closing: Closing,
        zone: tzinfo,
        changed: Callable[[], None],
    ) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._naming = naming
        self._closing = closing
        self._zone = zone
        self._changed = changed

    async def freeze(self, actor: Actor, called: str, words: str) -> FrozenHere:
        """Freeze the cluster *called* so, as *words* say: `until mon 06:00 quarter end`, `for 3h …`, or a reason alone.

        Wall times are of the person's own zone, where Slack says which that is.

        Raises:
            InputError: no cluster of which *actor* is an admin is called so (field "cluster").
            NoSuchMoment, NoReason: the time can't be meant, or no reason is given.
            NotAllowed: *actor* is no active member of the workspace.
        """
        cluster = await self._administered(actor, called)
        zone = await self._zone_of(actor)
        until, reason = led(canonical(words), self._store.clock.now(), zone)
        frozen = await self._as(actor).freeze(Scope.of(cluster.ref), reason, until=until, cluster_name=cluster.name)
        self._changed()
        return FrozenHere(cluster, frozen, zone)

    async def unfreeze(self, actor: Actor, called: str) -> Unfrozen:
        """End every freeze of exactly the cluster *called* so; one that covers others, too, stays.

        Raises:
            InputError, NotAllowed: as for `freeze`.
        """
        cluster, freezing = await self._administered(actor, called), self._as(actor)
        ended = [freeze for freeze in await freezing.on(Scope.of(cluster.ref)) if await freezing.end(freeze)]
        self._changed()
        return Unfrozen(cluster, tuple(ended), await self._closing.of(cluster))

    async def undo(self, actor: Actor, freeze_id: FreezeId) -> Unfrozen:
        """End exactly that freeze; where it is over already nothing is *ended*.

        Raises:
            NoSuchFreeze: there is none that *actor* may end.
            NotAllowed: *actor* is no active member of the workspace.
        """
        await self._authority.member(actor, Action.VIEW)
        found = next((f for f in await self._store.freezes() if f.id == freeze_id), None)
        if found is None or found.scope.beginning is not None:
            raise NoSuchFreeze(f"no freeze of one cluster is {freeze_id}")
        ref = ClusterRef(CloudName(found.scope.cloud), ClusterId(found.scope.cluster))
        cluster = NamedCluster(ref, self._inventory.named(ref).name or found.cluster_name)
        if not await self._administers(actor, cluster):
            raise NoSuchFreeze(f"not for {actor.user}: {freeze_id}")
        ended = (found,) if await self._as(actor).end(found) else ()
        self._changed()
        return Unfrozen(cluster, ended, await self._closing.of(cluster))

    async def _administered(self, actor: Actor, called: str) -> NamedCluster:
        """Return the cluster *called* so, of which *actor* is an admin still, as far as Slack says now.

        Raises:
            InputError, NotAllowed: as for `freeze`.
        """
        cluster = self._inventory.named(await self._naming.resolve(actor, called, Action.VIEW, administered=True))
        if not await self._administers(actor, cluster):
            raise InputError({"cluster": Phrase("no-cluster-called", {"called": called, "action": Action.VIEW})})
        return cluster

    async def _administers(self, actor: Actor, cluster: NamedCluster) -> bool:
        """Say whether *actor* is an admin of *cluster*; that they aren't is recorded."""
        person = await self._authority.person(actor, fresh=True)
        rights = await self._authority.rights(cluster=cluster, person=person, fresh=True)
        if administers(rights, person, cluster):
            return True
        refused = Entry(
            at=self._store.clock.now(),
            actor=actor.user,
            team=actor.team,
            action="freeze.refused",
            rule=Reason.NO_GRANT,
            cluster=cluster.ref,
        )
        await self._store.refuse(refused)
        return False

    async def _zone_of(self, actor: Actor) -> tzinfo:
        """Return the zone that Slack says of *actor*; where it says none that is known here, the bot's."""
        return own_zone(await self._authority.person(actor), self._zone).zone

    def _as(self, actor: Actor) -> Freezing:
        return Freezing(store=self._store, by=actor.user, team=actor.team)
