"""Reviews at requests: one for review, many for lists, App Home."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.core.access import Action, audits_some, decide, no_member
from bot.core.age import Age
from bot.core.console import Console
from bot.core.freezes import told
from bot.core.grants import WHO_DECIDES, Role
from bot.core.holdings import is_last_of
from bot.core.ids import Actor, CloudName, ClusterRef, MessageRef, Principal, RequestId, UserId
from bot.core.message import CARD, Facts, ListItem
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Cluster, latest
from bot.core.visible import Portion, Visible
from bot.core.why import Code
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.closing import Closing
from bot.service.intake import Intake
from bot.service.joining import Joining
from bot.service.keeping import deletion_of
from bot.service.looker import Looker
from bot.service.naming import Naming
from bot.service.seeing import Seeing
from bot.service.shown import ClusterSeen, Overview, OwnRights, Review, RightsPage, Summary
from bot.service.whole_lists import COUNTED, SIZE, Listed, ListPage, Rest, start

_PORTIONS: Final = {Listed.OPEN: Portion.OPEN, Listed.ENDED: Portion.ENDED, Listed.ALL: Portion.ALL}
_NAMED: Final = 3  # requests that `help` names
_CLUSTERS: Final = 5  # clusters in App Home
_RIGHTS: Final = 5  # rights in App Home
_SHOWN: Final = 8  # requests in each part of App Home, which has room for 100 blocks


class Reviews:
    """What a person may see, gathered without asking the cloud."""

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        inventory: Inventory,
        intake: Intake,
        joining: Joining,
        naming: Naming,
        closing: Closing,
        console: Console,
        deletes: bool = False,
    ) -> None:
        self._closing = closing
        self._console = console
        self.deletes = deletes
        self._seeing = Seeing(authority=authority, store=store)
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._intake = intake
        self._joining = joining
        self._naming = naming

    async def facts(self, request: SnapshotRequest) -> Facts:
        """Gather what a card of *request* is drawn from, without asking the cloud."""
        facts = await self._facts(request)
        approvers, quiet, admins = await asyncio.gather(
            *(self._authority.active(users) for users in (facts.approvers, facts.quiet, facts.admins))
        )
        could_still = tuple(user for user in facts.could_still if user in approvers)
        facts = replace(facts, approvers=approvers, quiet=quiet, admins=admins, could_still=could_still)
        if request.state is not State.WAITING:
            return facts  # nobody is asked "sure?" any more, where a mention can't stand
        return replace(facts, asker=await self._authority.name(request.requester))

    def age(self, cloud: CloudName) -> Age:
        """Return how old what is known of *cloud* is."""
        return self._inventory.age(cloud)

    async def item(self, request: SnapshotRequest) -> ListItem:
        """Gather what *request* is drawn from in a list: not who may decide on it."""
        waits = request.state is State.WAITING
        closures = await self._closing.of(request.named, at=request.not_before) if waits else ()
        why = told(closures).why if closures else request.why
        by = str(why.facts.get("by", "")) if why and why.code is Code.FROZEN else ""
        return ListItem(
            request,
            age=self._inventory.age(request.cluster.cloud),
            closures=closures,
            freezer=await self._authority.name(UserId(by)) if by else "",
            console=self._console.address(request.cluster, request.snapshot_id) if request.snapshot_id else "",
        )

    async def _named_item(self, request: SnapshotRequest) -> ListItem:
        """The same, with who asked by name: for the "sure?" of its buttons, where a mention can't stand."""
        item = await self.item(request)
        return replace(item, asker=await self._authority.name(request.requester))

    async def _facts(self, request: SnapshotRequest) -> Facts:
        rights = await self._authority.rights(cluster=request.named, roles=WHO_DECIDES)
        holdings = self._inventory.known(request.cluster.cloud)
        card = await self._store.message(request.id, CARD)
        approvers = request.asks.approvers(rights, request.named, request.owners)
        quiet = rights.quiet(Role.APPROVE, request.named)
        loud = tuple(user for user in approvers if user not in quiet)
        voters = request.voters(rights)
        item = await self.item(request)
        return Facts(
            request=request,
            approvers=loud,
            could_still=request.asks.could_still(loud, voters, rights) if request.state is State.WAITING else (),
            groups=rights.groups,
            quiet=tuple(user for user in approvers if user in quiet),
            anyone=rights.is_everyones(Role.APPROVE, request.named),
            admins=rights.admins_of(request.named),
            cluster=self._inventory.cluster(request.cluster),
            last_snapshot=latest(holdings.snapshots, request.cluster.id) if holdings else None,
            card=card.ref if card else None,
            is_last=request.can_be_kept and is_last_of(holdings, request.snapshot_id),
            deletes=self.deletes,
            deletion=await deletion_of(self._store, request) if request.can_be_kept else None,
            closures=item.closures,
            freezer=item.freezer,
            console=item.console,
            age=item.age,
        )

    async def review(self, actor: Actor, request_id: RequestId, *, at: MessageRef | None = None) -> Review:
        """Return a request with what *actor* may do to it; *at* as for `Authority.request`.

        Raises:
            NotFound: there is none, or *actor* may not see it. NotAllowed: they may not, and stand before its card.
        """
        request, _ = await self._authority.request(actor, request_id, Action.VIEW, at=at)
        person = await self._authority.person(actor)
        rights = await self._authority.rights(cluster=request.named)
        return Review(
            facts=await self.facts(request),
            approve=await self._authority.naming(request.decide(rights, person, Action.APPROVE)),
            decline=request.decide(rights, person, Action.DECLINE),
            withdraw=request.decide(rights, person, Action.WITHDRAW),
            change=request.decide(rights, person, Action.CHANGE),
            ask=request.decide(rights, person, Action.REQUEST),
            glass=request.decide(rights, person, Action.BREAK_GLASS),
            keep=request.decide(rights, person, Action.KEEP),
            offer=await self._joining.offer(actor, request),
            delete=request.decide(rights, person, Action.DELETE),
        )

    async def may_ask(self, actor: Actor, cluster: ClusterRef) -> bool:
        """Say whether *actor* may ask for *cluster* now, so that it is offered to them."""
        return await self._authority.allows(actor, Action.REQUEST, self._inventory.named(cluster))

    async def may_see_some(self, actor: Actor) -> bool:
        """Say whether there can be a request that *actor* may see: their own, or one on a cluster of theirs."""
        return await self._may_see_some(await self._authority.looker(actor))

    async def _may_see_some(self, looker: Looker) -> bool:
        if no_member(looker.person, Action.VIEW):
            return False
        if looker.rights.of(looker.person) or looker.person.user in looker.rights.admins:
            return True
        return bool(await self._store.newest(Visible(Principal(looker.person.user)), limit=1))

    async def newest_of(self, actor: Actor) -> Facts | None:
        """Return the request that *actor* asked for last, however many others have asked since; None: they never did.

        Raises:
            NotAllowed: *actor* is no active member of the workspace.
        """
        await self._authority.member(actor, Action.VIEW)
        found = await self._store.load(await self._store.newest(Visible(Principal(actor.user)), limit=1))
        return await self.facts(found[0]) if found else None

    async def page(
        self,
        actor: Actor,
        what: Listed,
        *,
        cluster: ClusterRef | None = None,
        days: int = 0,
        first: int = 0,
        size: int = SIZE,
    ) -> ListPage:
        """Return a page of *what*: from number *first*, or the last where the list has become shorter.

        With *days*, what was asked for within so many, up to now.

        Raises:
            NotAllowed: *actor* is no active member of the workspace.
        """
        looker = await self._authority.looks(await self._authority.member(actor, Action.VIEW))
        counted = max(first + size, COUNTED)
        found = await self._listed(looker, what, counted + 1, cluster, days)
        first = start(first, len(found), size)
        shown = await asyncio.gather(*(self.item(r) for r in await self._store.load(found[first : first + size])))
        return ListPage(tuple(shown), first, min(len(found), counted), goes_on=len(found) > counted)

    async def _listed(
        self, looker: Looker, what: Listed, limit: int, cluster: ClusterRef | None = None, days: int = 0
    ) -> list[RequestId]:
        since = self._store.clock.now() - timedelta(days=days) if days else None
        match what:
            case Listed.WAITING:
                return await self._seeing.waiting(looker, limit=limit)
            case Listed.MINE:
                return await self._store.newest(
                    Visible(Principal(looker.person.user)), portion=Portion.OPEN, limit=limit
                )
            case Listed.OWN:
                mine = Visible(Principal(looker.person.user))
                return await self._store.newest(mine, cluster=cluster, since=since, limit=limit)
            case Listed.OPEN | Listed.ENDED | Listed.ALL:
                portion = _PORTIONS[what]
                return await self._seeing.newest(looker, portion=portion, cluster=cluster, since=since, limit=limit)

    async def begins_to_wait_for(self, actor: Actor, request: SnapshotRequest) -> bool:
        """Say whether *request* waits for *actor*, or they want it: their Home shows it."""
        person = await self._authority.person(actor)
        rights = await self._authority.rights_about(request, [person.user])
        return actor.user in request.wanted_by or request.awaits(rights, person)

    async def summary(self, actor: Actor) -> Summary:
        """Return what `help` says of *actor*."""
        looker = await self._authority.looker(actor)
        person, rights = looker.person, looker.rights
        waiting = await self._listed(looker, Listed.WAITING, COUNTED + 1)
        mine = await self._listed(looker, Listed.MINE, 1)
        return Summary(
            person=person,
            nothing=await self._intake.why_nothing_to_ask(looker),
            askable=tuple(await self._intake.askable(looker)),
            ages=self._naming.ages(looker),
            waiting=tuple(waiting[:_NAMED]),
            more_waiting=Rest.of(waiting, _NAMED),
            newest=mine[0] if mine else None,
            may_see=await self._may_see_some(looker),
            may_audit=audits_some(rights, person),
            may_freeze=person.user in rights.all_admins,
            may_administer=rights.administers_some(person),
        )

    async def overview(self, actor: Actor) -> Overview:
        """Return what App Home shows: what waits for *actor*, their own open ones, and what ended lately."""
        looker = await self._authority.looker(actor)
        person, rights = looker.person, looker.rights
        waiting = await self._listed(looker, Listed.WAITING, COUNTED + 1)
        mine = await self._listed(looker, Listed.MINE, COUNTED + 1)
        ended = await self._listed(looker, Listed.ENDED, _SHOWN + 1)
        parts = [await self._store.load(ids[:_SHOWN]) for ids in (waiting, mine, ended)]
        askable = await self._intake.askable(looker, ask_cloud=False)
        theirs = await self._store.clusters_of(Principal(person.user))
        first = sorted(askable, key=lambda c: (c.ref not in theirs, c.by_name))[:_CLUSTERS]
        clusters = {r.cluster: r.named for part in parts for r in part}
        return Overview(
            person=person,
            waiting_for_me=tuple(await asyncio.gather(*(self._named_item(r) for r in parts[0]))),
            mine=tuple([await self.item(r) for r in parts[1]]),
            recent=tuple([await self.item(r) for r in parts[2]]),
            may_request=bool(askable),
            nothing=await self._intake.why_nothing_to_ask(looker),
            ages=self._naming.ages(looker),
            askable=frozenset(c for c, n in clusters.items() if decide(rights, person, Action.REQUEST, n).allowed),
            more_waiting=Rest.of(waiting, _SHOWN),
            more_mine=Rest.of(mine, _SHOWN),
            has_ended_more=len(ended) > _SHOWN,
            may_administer=rights.administers_some(person),
            clusters=tuple([await self._seen(c) for c in first]),
            more_clusters=len(askable) - len(first),
            rights=self._own_rights(looker, first=0, size=_RIGHTS),
        )

    async def own_rights(self, actor: Actor, *, first: int = 0) -> RightsPage:
        """Return ten of the rights of *actor* from number *first*, or the last where they have become fewer.

        Raises:
            NotAllowed: *actor* is no active member of the workspace.
        """
        looker = await self._authority.looks(await self._authority.member(actor, Action.VIEW))
        total = len(looker.rights.reaching(looker.person))
        first = start(first, total)
        return RightsPage(self._own_rights(looker, first=first, size=SIZE), first, total)

    def _own_rights(self, looker: Looker, *, first: int, size: int) -> OwnRights:
        by_scope = sorted(looker.rights.reaching(looker.person), key=lambda g: (str(g.scope), g.role, g.granted_at))
        shown = tuple(by_scope[first : first + size])
        by_setting = looker.person.user in looker.rights.admins
        return OwnRights(shown, looker.rights.groups, by_setting, len(by_scope) - first - len(shown))

    async def _seen(self, cluster: Cluster) -> ClusterSeen:
        holdings = self._inventory.known(cluster.ref.cloud)
        last = latest(holdings.snapshots, cluster.ref.id) if holdings else None
        return ClusterSeen(cluster, last, self._inventory.age(cluster.ref.cloud), await self._closing.of(cluster))
