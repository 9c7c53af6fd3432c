"""What keeps snapshots of a cluster from starting just now, and how much time it has taken: freezes, windows, hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from bot.core.access import Action
from bot.core.events import Hold
from bot.core.freezes import REFUSED, Closure, closed_time, closures, refusing
from bot.core.hours import is_open, open_time, opens_at
from bot.core.ids import Actor, UserId
from bot.core.phrase import Fact, Phrase
from bot.core.request import SnapshotRequest
from bot.core.scope import Named
from bot.core.start import Start
from bot.core.why import Why
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.zones import zone_of


class Closing:
    """Looks it up. Freezes and closed windows are those of now; hours are of the rule by which a request was decided.

    *zone* is the one of rules that name none.
    """

    def __init__(self, *, store: Store, zone: tzinfo) -> None:
        self._store = store
        self._zone = zone

    async def of(self, cluster: Named, *, emergency: bool = False, at: datetime | None = None) -> tuple[Closure, ...]:
        """Return what keeps snapshots of *cluster* from starting now, or *at* a later moment; what ends last is first.

        In an *emergency* that is what break-glass doesn't pass.
        """
        rule, freezes = await self._store.rule(cluster), await self._store.freezes(cluster=cluster)
        now = self._store.clock.now()
        found = closures(freezes, rule, max(now, at or now), zone_of(rule.approval, self._zone))
        return tuple(closure for closure in found if not (emergency and closure.passes_break_glass))

    async def hold(self, cluster: Named, start: Start | None = None) -> tuple[Hold, Why | None]:
        """Return as what a request on *cluster* that needs no approval begins: held, where it can't start now."""
        if start:
            return Hold.HOURS, start.why
        found = await self.of(cluster)
        return (Hold.FROZEN, found[0].why) if found else (Hold.NONE, None)

    async def refusal(
        self,
        actor: Actor,
        cluster: Named,
        authority: Authority,
        *,
        emergency: bool = False,
        at: datetime | None = None,
    ) -> Phrase | None:
        """Return why a request of *actor* on *cluster* for now, or *at* a later moment, is refused; None: it isn't.

        That is recorded.
        """
        refused = refusing(await self.of(cluster, emergency=emergency, at=at))
        if refused is None:
            return None
        await authority.refused(actor, Action.REQUEST, REFUSED, cluster.ref, detail=str(refused.why))
        return await _refused_words(refused, cluster, authority)

    def opens(self, request: SnapshotRequest) -> datetime | None:
        """Return when the hours of its rule let *request* start; None: now."""
        now, hours, zone = self._store.clock.now(), request.timing.hours, zone_of(request.rule, self._zone)
        return None if is_open(hours, now, zone) else opens_at(hours, now, zone)

    async def could_start_for(self, request: SnapshotRequest, since: datetime) -> timedelta:
        """Return for how long, *since* then, nothing of that has kept *request* from starting."""
        rule, freezes = await self._store.rule(request.named), await self._store.freezes(cluster=request.named)
        now = self._store.clock.now()
        if request.glass:
            rule = replace(rule, approval=request.timing)
            freezes = tuple(freeze for freeze in freezes if not freeze.passes_break_glass)
        closed = closed_time(freezes, rule, since, now, zone_of(rule.approval, self._zone))
        return open_time(request.timing.hours, since, now, zone_of(request.rule, self._zone), closed=closed)


async def _refused_words(closure: Closure, cluster: Named, authority: Authority) -> Phrase:
    """Return that *closure* refuses requests on *cluster*: a text in which a person stands by name."""
    when: Fact = closure.until or ""
    if closure.freeze is None:
        return Phrase("cluster-closed", {"cluster": cluster.name, "when": when})
    _, colon, login = closure.by.partition(":")
    who: Fact = closure.by
    if colon:
        who = Phrase("on-the-command-line", {"login": login})
    elif name := await authority.name(UserId(closure.by)):
        who = f"@{name}"
    reason, ends = closure.reason.rstrip(". "), str(bool(closure.until))
    return Phrase("cluster-frozen", {"cluster": cluster.name, "who": who, "reason": reason, "when": when, "ends": ends})
