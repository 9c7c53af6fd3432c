"""The record, one page at a time, for those who may read it. To the others it is as if there were none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.access import Action, Reason, audits
from bot.core.errors import InputError
from bot.core.ids import Actor, CloudName, ClusterId, ClusterRef
from bot.core.phrase import Phrase
from bot.core.record import Entry, Selection
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.naming import Naming
from bot.service.whole_lists import COUNTED, SIZE, Rest, start

_NOWHERE: Final = ClusterRef(CloudName("?"), ClusterId("?"))  # on which only who may read all has a right


@dataclass(frozen=True, slots=True)
class RecordLine:
    """An entry with its number, and what its cluster is called ("" where that isn't known)."""

    number: int
    entry: Entry
    cluster_name: str = ""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The *lines* from place *first* (counted from 0, the newest first) of *total*; *goes_on*: there are more."""

    lines: tuple[RecordLine, ...]
    first: int
    total: int
    goes_on: bool = False

    @property
    def more(self) -> Rest:
        """How many come after these."""
        return Rest(self.total - self.first - len(self.lines), self.goes_on)


class RecordReading:
    """What people may read of the record in Slack."""

    def __init__(self, *, authority: Authority, store: Store, inventory: Inventory, naming: Naming) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._naming = naming

    async def cluster(self, actor: Actor, text: str) -> ClusterRef:
        """Return the cluster that *text* names; one that is gone is named CLOUD/ID.

        Raises:
            InputError: none is called so, or *actor* may not read the record (field "cluster").
            NotAllowed: *actor* is no active member of the workspace.
        """
        try:
            ref = await self._naming.resolve(actor, text, Action.VIEW)
            unknown = None
        except InputError as e:
            unknown = e
            try:
                ref = ClusterRef.parse(text)  # one that is gone
            except ValueError:
                ref = _NOWHERE
        if not await self._may_read(actor, ref):
            raise InputError({"cluster": Phrase("no-cluster-called", {"called": text, "action": Action.VIEW})})
        if unknown is not None and ref == _NOWHERE:
            raise unknown
        return ref

    async def page(self, actor: Actor, cluster: ClusterRef | None = None, *, first: int = 0) -> RecordPage:
        """Return ten entries about *cluster*, or all, from place *first*; none to those who may not read them.

        Raises:
            NotAllowed: *actor* is no active member of the workspace.
        """
        if not await self._may_read(actor, cluster):
            return RecordPage((), 0, 0)
        selection, counted = Selection(cluster=cluster), max(first + SIZE, COUNTED)
        found, total = await self._store.record_page(selection, skip=first, limit=SIZE, counted=counted + 1)
        if not found and total:  # it was pruned meanwhile
            first = start(first, total)
            found, total = await self._store.record_page(selection, skip=first, limit=SIZE, counted=counted + 1)
        lines = tuple(self._line(number, entry) for number, entry in found)
        return RecordPage(lines, first, min(total, counted), goes_on=total > counted)

    def _line(self, number: int, entry: Entry) -> RecordLine:
        seen = self._inventory.cluster(entry.cluster) if entry.cluster else None
        return RecordLine(number, entry, seen.name if seen else "")

    async def _may_read(self, actor: Actor, cluster: ClusterRef | None) -> bool:
        """Say whether *actor* may read the record of *cluster*, or of all; a refusal is on it."""
        person = await self._authority.member(actor, Action.VIEW)
        named = self._inventory.named(cluster) if cluster else None
        if audits(await self._authority.rights(cluster=named, person=person), person, named):
            return True
        now, rule = self._store.clock.now(), Reason.NO_GRANT
        await self._store.refuse(Entry(at=now, actor=actor.user, team=actor.team, action="audit.refused", rule=rule))
        return False
