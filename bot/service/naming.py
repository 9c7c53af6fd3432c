"""Which clusters somebody means by what they typed, of those that they may know of."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from bot.core.access import Action, decide, no_member
from bot.core.age import Age, which_are_old
from bot.core.errors import InputError
from bot.core.grants import Role
from bot.core.ids import Actor, CloudName, ClusterRef, Principal
from bot.core.phrase import Phrase, as_told, listed
from bot.core.scope import EVERY
from bot.core.snapshot import Cluster
from bot.core.text import lookup_key
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.looker import Looker

_OFFERED: Final = 3  # names at most


class Naming:
    """Names of clusters and clouds, for one person at a time: what they may not know of isn't there for them."""

    def __init__(self, *, authority: Authority, store: Store, inventory: Inventory) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory

    async def resolve(
        self, actor: Actor, text: str, action: Action = Action.REQUEST, *, administered: bool = False
    ) -> ClusterRef:
        """Return the cluster that *actor* calls *text*, for *action*: a name (case ignored) or an id.

        Only those count on which they have some right or, to look, a request, or (*administered*) of which they are an
        admin: another one is as if it weren't there.

        Raises:
            InputError: none or several fit (field "cluster").
            NotAllowed: *actor* is no active member of the workspace, and hears of no cluster.
        """
        person = await self._authority.member(actor, action)
        rights = await self._authority.rights(person=person)
        theirs = set[ClusterRef]()
        if action is Action.VIEW:
            theirs = await self._store.clusters_of(Principal(person.user))
        seen = await self._inventory.clusters()
        if administered:
            clusters = [c for c in seen if person.user in rights.admins_of(c)]
        else:
            clusters = [c for c in seen if c.ref in theirs or decide(rights, person, Action.VIEW, c).allowed]
        fitting = called(text, clusters)
        if len(fitting) > 1 and action is Action.REQUEST:
            fitting = [c for c in fitting if rights.grant_of(person, Role.REQUEST, c)] or fitting
        if len(fitting) > 1:
            names = " or ".join(str(c.ref) for c in fitting)
            raise InputError({"cluster": Phrase("several-clusters", {"called": text, "clusters": names})})
        if not fitting:
            await self._authority.unknown(actor, person, action, text)
            if old := which_are_old(self.ages(Looker(person, rights))):
                raise InputError(
                    {"cluster": Phrase("no-cluster-known", {"called": text, "action": action, "ages": old})}
                )
            to_ask = [c.name for c in clusters if rights.grant_of(person, Role.REQUEST, c)]
            if near := nearest(text, to_ask if action is Action.REQUEST else [c.name for c in clusters]):
                meant = listed([as_told(name) for name in near], joiner="or")
                why = Phrase("no-cluster-called-but", {"called": text, "action": action, "near": meant})
                raise InputError({"cluster": why})
            raise InputError({"cluster": Phrase("no-cluster-called", {"called": text, "action": action})})
        return fitting[0].ref

    def ages(self, looker: Looker) -> Mapping[CloudName, Age]:
        """Return how old the lists of clusters are, by cloud project: those in which *looker* may ask for something."""
        if no_member(looker.person, Action.REQUEST):
            return {}
        theirs = {g.scope.cloud for g in looker.rights.of(looker.person)}
        return {cloud: age for cloud, age in self._inventory.ages().items() if {EVERY, cloud} & theirs}


def called(text: str, clusters: Collection[Cluster]) -> list[Cluster]:
    """Return those of *clusters* whose name (case ignored) or id *text* is, with any dash where none is exactly so."""
    exactly = [c for c in clusters if text in (c.ref.id, str(c.ref)) or c.name.casefold() == text.casefold()]
    key = lookup_key(text)
    return exactly or [c for c in clusters if key in (c.ref.id, lookup_key(str(c.ref)), lookup_key(c.name))]


def nearest(text: str, names: Iterable[str]) -> list[str]:
    """Return those of *names* that somebody may have meant by *text*: that it is a part of, or else the nearest."""
    by_key = {lookup_key(name): name for name in names}
    key = lookup_key(text)
    if contain := sorted((name for name in by_key if key and key in name), key=len):
        return [by_key[found] for found in contain[:_OFFERED]]
    near = difflib.get_close_matches(key, by_key, n=_OFFERED)
    return [by_key[found] for found in near if _likeness(key, found) == _likeness(key, near[0])]


def _likeness(key: str, name: str) -> float:
    return difflib.SequenceMatcher(None, name, key).ratio()
