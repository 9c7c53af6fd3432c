"""Intake for a snapshot: which clusters, what the form shows, and keeping the request.

Long because what the form shows is what is checked as it is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

import structlog

from bot.core.access import Action, Decision, Reason, administers, decide, no_member, nothing_to_ask
from bot.core.age import aged, how_old
from bot.core.asked import first_asked
from bot.core.errors import Conflict, IdTaken, InputError, NameTaken, TooManyOpen
from bot.core.grants import WHO_DECIDES, Role
from bot.core.ids import Actor, ChannelId, ClusterRef, Principal
from bot.core.keep import MOST, Keep
from bot.core.lifecycle import begin
from bot.core.person import Person
from bot.core.phrase import Phrase
from bot.core.record import Entry, as_facts, stated
from bot.core.request import TOO_MANY_OPEN, Capped, SnapshotRequest
from bot.core.scope import NamedCluster
from bot.core.scoped_rules import ClusterRule
from bot.core.snapshot import Cluster, ClusterState, latest, named
from bot.core.start import Start
from bot.inventory import Inventory
from bot.ports import Channels, SnapshotRules, Store
from bot.service.authority import Authority
from bot.service.breaking_glass import BreakingGlass
from bot.service.card_channels import CardChannels
from bot.service.closing import Closing
from bot.service.form import Ask, Draft, Emergency
from bot.service.joining import Joining
from bot.service.looker import Looker
from bot.service.on_behalf import OnBehalf
from bot.service.request_ids import drawn
from bot.service.timing import Timing
from bot.service.zones import caps

log = structlog.stdlib.get_logger()
_TRIES = 10
_JUST_NOW = timedelta(seconds=2)  # choosing a cluster looks again


class Intake:
    """From `/snapshot` to a committed request. *changed* is called after each commit: the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        glass: BreakingGlass,
        joining: Joining,
        store: Store,
        inventory: Inventory,
        rules: SnapshotRules,
        channels: Channels,
        channel: ChannelId | None,
        expire_after: timedelta,
        open_requests: int | None,  # of one person, at once
        keep_days: int,  # for which a snapshot is wanted where nobody says; 0: until somebody does
        zone: tzinfo,
        closing: Closing,
        timing: Timing,
        changed: Callable[[], None],
        asked: Callable[[SnapshotRequest], None],  # called with each new request, to count it
    ) -> None:
        self._zone = zone
        self._closing = closing
        self._timing = timing
        self._authority = authority
        self._glass = glass
        self._joining = joining
        self._on_behalf = OnBehalf(authority=authority)
        self._store = store
        self._inventory = inventory
        self.rules = rules
        self.card_channels = CardChannels(store=store, channels=channels, default=channel)
        self._clock = store.clock
        self._expire_after = expire_after
        self._open_requests = open_requests
        self.keep_days = keep_days
        self._changed = changed
        self._asked = asked

    async def askable(self, looker: Looker, text: str = "", *, ask_cloud: bool = True) -> list[Cluster]:
        """Return the clusters for which *looker* may ask and whose name or id contains *text* (case ignored)."""
        if no_member(looker.person, Action.REQUEST):
            return []
        wanted, may = text.strip().casefold(), looker.rights.has_on(looker.person, Role.REQUEST)
        return [
            cluster
            for cluster in await self._inventory.clusters(ask=ask_cloud)
            if (not wanted or wanted in cluster.name.casefold() or wanted in cluster.ref.id) and may(cluster)
        ]

    async def why_nothing_to_ask(self, looker: Looker) -> Decision | None:
        """Return why *looker* can't ask for any cluster at all, or None if they can (or no cloud is known yet)."""
        nothing = nothing_to_ask(looker.rights, looker.person)
        return nothing and await self._authority.naming(nothing)

    async def draft(self, actor: Actor, ref: ClusterRef, *, at: datetime | None = None) -> Draft:
        """Return what the form shows for *ref*, to start now or *at* a later moment.

        Raises:
            NotAllowed: *actor* may not ask for it.
            InputError: the cluster isn't known (field "cluster").
        """
        known_as = self._inventory.named(ref)
        await self._authority.require(actor, Action.REQUEST, known_as, fresh=False)
        cluster = await self._known_cluster(actor, known_as, max_age=_JUST_NOW)
        rule = await self._store.rule(cluster)
        person = await self._authority.person(actor)
        rights = await self._authority.rights(cluster=cluster, roles=WHO_DECIDES)
        own = await self._authority.rights_among(cluster, [actor.user])
        holdings = self._inventory.known(ref.cloud)
        return Draft(
            waived=rule.approval.waives(person, rights),
            breaks_glass=decide(own, person, Action.BREAK_GLASS, cluster).allowed,
            administers=administers(own, person, cluster),
            offer=await self._joining.offered(actor, cluster),
            groups=rights.groups,
            closures=await self._closing.of(cluster, at=at),
            cluster=cluster,
            rule=rule,
            last_snapshot=latest(holdings.snapshots, ref.id) if holdings else None,
            approvers=await self._authority.active(rule.approval.approvers(rights, cluster, [Principal(actor.user)])),
            anyone=rights.is_everyones(Role.APPROVE, cluster),
            channel=await self.card_channels.by_rule(rule),
            age=self._inventory.age(ref.cloud),
        )

    async def _known_cluster(
        self, actor: Actor, known_as: NamedCluster, *, max_age: timedelta | None = None
    ) -> Cluster:
        """Return the cluster; only for who has a right on it, there or not, under the name that it had and has now."""
        ref = known_as.ref
        if ref.cloud not in self._inventory.clouds:
            raise InputError({"cluster": Phrase("cloud-removed", {"cloud": ref.cloud})})
        holdings = await self._inventory.glance(ref.cloud, max_age=max_age)
        cluster = holdings.clusters.get(ref.id) if holdings else None
        if cluster is None:
            facts = self._inventory.age(ref.cloud)
            gone = aged(Phrase("cluster-unlisted"), facts, ref.cloud) if holdings else how_old(facts, ref.cloud)
            raise InputError({"cluster": Phrase("said-try-again" if facts.is_old else "said", {"words": gone})})
        if cluster.name != known_as.name:
            await self._authority.require(actor, Action.REQUEST, cluster, fresh=False)
        return cluster

    def wrong_words(self, ask: Ask) -> dict[str, Phrase]:
        """Return what is wrong with the fields "name", "description" and "keep"."""
        name, description = self.rules.check_name(ask.name), self.rules.check_description(ask.description)
        keep = None if 0 <= (ask.keep_days or 0) <= MOST else Phrase("keep-too-long", {"most": MOST})
        found = (("name", name), ("description", description), ("keep", keep))
        return {field: wrong for field, wrong in found if wrong}

    async def ask(self, actor: Actor, ask: Ask, *, origin: str, emergency: Emergency | None = None) -> SnapshotRequest:
        """Check and keep a new request; *origin* identifies the submission, so that a second copy makes no second.

        It does so for one person: what somebody else has sent of the same origin is none of theirs. In an *emergency*
        it starts without what its rule wants, where that isn't there anyway.

        Raises:
            InputError: fields "cluster" (also where too many of theirs are open), "name", "description", "keep",
                "day", "time", "channel", "behalf", and those of *emergency*.
            NotAllowed: *actor* may not ask for this cluster, or not in this way.
        """
        await self._authority.member(actor, Action.BREAK_GLASS if emergency else Action.REQUEST)
        origin = f"{origin}:{actor.user}"  # of this actor alone
        if kept := await self._store.by_origin(origin):
            return kept  # sent again after its answer was lost: its own snapshot may hold the name by now
        wrong = self.wrong_words(ask) | (emergency.wrong if emergency else {})
        if ask.cluster is None:
            wrong["cluster"] = Phrase("choose-cluster")
            if not ask.name:
                del wrong["name"]  # with a cluster there is a suggestion
            raise InputError(wrong)
        start, unfit = self._timing.read(ask.start)
        wrong |= unfit
        known_as = self._inventory.named(ask.cluster)
        if emergency:
            await self._authority.require(actor, Action.BREAK_GLASS, known_as)
        unusable = await self._allowed(actor, known_as, ask.channel, fresh=emergency is None)  # else it just was
        if unusable:
            raise InputError({"channel": unusable, **wrong})
        cluster = await self._known_cluster(actor, known_as)
        facts = self._inventory.age(ask.cluster.cloud)
        rule = await self._store.rule(cluster)
        channel = ask.channel or await self.card_channels.by_rule(rule) or rule.channel or self.card_channels.default
        if channel is None:
            wrong["channel"] = Phrase("choose-channel")
        elif not ask.channel and (problem := await self.card_channels.problem(channel)):
            wrong["channel"] = problem
        # what was so hours ago, or is so hours before, refuses nobody: the worker looks again before it acts, and waits
        if cluster.state is ClusterState.BLOCKED and not facts.is_old and ask.start is None:
            wrong["cluster"] = Phrase("cluster-blocked", {"cluster": cluster.name, "situation": cluster.situation})
        at = start.at if start else None
        if refused := await self._closing.refusal(actor, cluster, self._authority, emergency=bool(emergency), at=at):
            wrong["cluster"] = refused
        await self._inventory.catch_up(ask.cluster.cloud)  # another replica may have made it since we looked
        holdings = self._inventory.known(ask.cluster.cloud)
        if "name" not in wrong and holdings and (twin := named(holdings.snapshots, ask.name)):
            exists = Phrase("name-exists", {"name": twin.name})
            if twin.started:
                exists = Phrase("name-exists-since", {"name": twin.name, "made": twin.started.date()})
            wrong["name"] = Phrase("stop", {"words": aged(exists, facts, ask.cluster.cloud)})
        if emergency and ask.on_behalf not in (None, actor.user):
            wrong["behalf"] = Phrase("behalf-no-glass")
        if wrong or channel is None:
            raise InputError(wrong)
        other = await self._on_behalf.person(actor, ask.on_behalf, cluster)
        return await self._keep(actor, ask, cluster, rule, channel, origin, emergency, other, start)

    async def _allowed(
        self, actor: Actor, cluster: NamedCluster, channel: ChannelId | None, *, fresh: bool
    ) -> Phrase | None:
        """Check that *actor* may ask for *cluster*, and return what is wrong with *channel*, if anything.

        Slack is asked about both at once, since somebody waits; about a channel only for who may ask, as is known so
        far: others shall learn nothing of it.

        Raises:
            NotAllowed: they may not.
        """
        look, looking = self.card_channels.problem, None
        if channel and await self._authority.allows(actor, Action.REQUEST, cluster):
            looking = asyncio.create_task(look(channel))
        try:
            await self._authority.require(actor, Action.REQUEST, cluster, fresh=fresh)
            return await (looking or look(channel)) if channel else None
        finally:
            if looking:
                looking.cancel()

    async def _keep(
        self,
        actor: Actor,
        ask: Ask,
        cluster: Cluster,
        rule: ClusterRule,
        channel: ChannelId,
        origin: str,
        emergency: Emergency | None,
        other: Person | None,  # for whom *actor* asks
        start: Start | None,
    ) -> SnapshotRequest:
        now, approval = self._clock.now(), rule.approval
        person = await self._authority.person(actor)
        asked_by = actor.user if other else None
        owner = Principal(other.user if other else actor.user)
        rights = await self._authority.rights(cluster=cluster, roles=WHO_DECIDES)
        waived = all(approval.waives(each, rights) for each in (person, other) if each)
        if not (waived or emergency):
            await self._authority.require_approvers(actor, rule.approval, cluster, {owner, Principal(actor.user)})
        hold, why = await self._closing.hold(cluster, start)
        expires_at = now + (approval.decide_within or self._expire_after)
        entry = Entry(
            at=now,
            actor=actor.user,
            team=actor.team,
            action="request.asked",
            rule=Reason.GRANTED,
            cluster=cluster.ref,
            detail=stated(
                name=ask.name,
                on_behalf=other.user if other else None,
                start=str(start or ""),
                rule_of=str(rule.scope or ""),
                rule=as_facts(approval),
            ),
        )
        for attempt in range(_TRIES):
            request = SnapshotRequest(
                id=drawn(4 + attempt // 3),
                team=actor.team,
                owner=owner,
                asked_by=asked_by,
                cluster=cluster.ref,
                cluster_name=cluster.name,
                name=ask.name,
                description=ask.description,
                channel=channel,
                rule=approval,
                created_at=now,
                updated_at=now,
                expires_at=min(expires_at, start.at) if start else expires_at,
                start=start,
                keep=Keep(self.keep_days if ask.keep_days is None else ask.keep_days),
            )
            request = replace(request, asked=first_asked(request.awaited(rights), now, stages=request.stages_open))
            entries, due = [replace(entry, request_id=request.id)], timedelta(0)
            plain, capped = request, None
            if emergency:
                request, used = await self._glass.begun(plain, actor, emergency, entries[0])
                entries.append(used)
            if waived and not (emergency and not await self._glass.is_in_time(plain)):
                capped = Capped(caps(approval, request.owner, now, self._zone), request, entries, due)
                request = begin(replace(plain, waived=True, hold=hold, why=why))
                entries = [replace(entries[0], rule=Reason.WAIVED)]
            most = None if emergency else self._open_requests  # an emergency doesn't wait for what waits
            add = self._store.add(request, origin=origin, entries=entries, due_in=due, capped=capped, most_open=most)
            try:
                kept = await add
            except IdTaken:
                continue
            except NameTaken as e:
                raise InputError({"name": e.phrase}) from e
            except TooManyOpen as e:
                await self._authority.refused(actor, Action.REQUEST, TOO_MANY_OPEN, cluster.ref)
                raise InputError({"cluster": e.phrase}) from e
            if kept.id == request.id:  # else it was kept before: a second copy
                self._asked(kept)
            log.info("request.asked", request_id=kept.id, cluster=str(kept.cluster), by=actor.user)
            self._changed()
            return kept
        raise Conflict(f"no free request id in {_TRIES} tries")
