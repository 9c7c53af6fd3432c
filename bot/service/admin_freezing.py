"""Freezes by admins in Slack, of whatever they reach: one cluster, the beginning of names, a cloud, everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.core.access import Reason
from bot.core.approval import Meanwhile
from bot.core.endings import NoSuchMoment, end_of
from bot.core.errors import InputError
from bot.core.freezes import Freeze
from bot.core.ids import Actor, FreezeId
from bot.core.phrase import Phrase
from bot.core.record import Entry
from bot.core.scope import Scope
from bot.core.text import canonical
from bot.ports import Store
from bot.service.administered import Reach
from bot.service.administering import Administering
from bot.service.cluster_freezes import NoSuchFreeze
from bot.service.freezing import Freezing, Frozen


@dataclass(frozen=True, slots=True)
class FreezeWish:
    """What a form asks for: *on* None where nothing is chosen; *until* as it was typed, "" for no end."""

    on: Scope | None
    until: str
    reason: str
    meanwhile: Meanwhile
    passes_break_glass: bool


@dataclass(frozen=True, slots=True)
class EndedFreeze:
    """A *freeze* as it is kept now, and the *name* of its cluster; *was_on* until it was ended, else over before."""

    freeze: Freeze
    name: str
    was_on: bool


class AdminFreezing:
    """What admins do. *changed* is called after each commit: the worker looks at once."""

    def __init__(self, *, administering: Administering, store: Store, changed: Callable[[], None]) -> None:
        self._administering = administering
        self._store = store
        self._changed = changed

    async def freeze(self, actor: Actor, wish: FreezeWish, *, freeze_id: FreezeId) -> tuple[Frozen, tzinfo]:
        """Freeze what *wish* says, once for each *freeze_id*; return that, and the zone in which its end was meant.

        Raises:
            NotAllowed: *actor* is no admin. InputError: by field, what isn't theirs or can't be meant.
        """
        reach = await self._administering.reach(actor, fresh=True)
        scope, reason = wish.on, canonical(wish.reason)
        zone = self._administering.zone(reach.person)
        wrong: dict[str, Phrase] = {}
        if scope is None:
            wrong["on"] = Phrase("no-clusters-chosen")
        elif not _is_there(scope, reach):
            await self._refuse(actor, scope)
            wrong["on"] = Phrase("not-yours-to-change")
        until: datetime | None = None
        try:
            written = canonical(wish.until)
            until = end_of(written, self._store.clock.now(), zone) if written else None
        except NoSuchMoment as e:
            wrong["ends"] = e.phrase
        if not reason:
            wrong["reason"] = Phrase("admin-freeze-why")
        if scope is None or wrong:
            raise InputError(wrong)
        named = reach.named(scope)
        frozen = await Freezing(store=self._store, by=actor.user, team=actor.team).freeze(
            scope,
            reason,
            until=until,
            meanwhile=wish.meanwhile,
            passes_break_glass=wish.passes_break_glass,
            cluster_name=named.name if named else "",
            freeze_id=freeze_id,
        )
        self._changed()
        return frozen, zone

    async def end(self, actor: Actor, freeze_id: FreezeId) -> EndedFreeze:
        """End exactly that freeze.

        Raises:
            NotAllowed: *actor* is no admin. NoSuchFreeze: there is none that is theirs.
        """
        reach = await self._administering.reach(actor, fresh=True)
        found = await self._kept(freeze_id)
        if not reach.has(found.scope):
            await self._refuse(actor, found.scope)
            raise NoSuchFreeze(f"not for {actor.user}: {freeze_id}")
        was_on = await Freezing(store=self._store, by=actor.user, team=actor.team).end(found)
        self._changed()
        named = reach.named(found.scope)
        return EndedFreeze(await self._kept(freeze_id), (named and named.name) or found.cluster_name, was_on)

    async def _kept(self, freeze_id: FreezeId) -> Freeze:
        for freeze in await self._store.freezes():
            if freeze.id == freeze_id:
                return freeze
        raise NoSuchFreeze(f"no freeze is {freeze_id}")

    async def _refuse(self, actor: Actor, scope: Scope) -> None:
        now, rule = self._store.clock.now(), Reason.NO_GRANT
        await self._store.refuse(
            Entry(at=now, actor=actor.user, team=actor.team, action="freeze.refused", rule=rule, cluster=scope.ref)
        )


def _is_there(scope: Scope, reach: Reach) -> bool:
    return reach.has(scope) and (scope.ref is None or any(c.ref == scope.ref for c in reach.clusters))
