"""Intake for a snapshot: which clusters, what the form shows, and keeping the request."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.core.access import Action, Decision, Reason, Role, Standing
from bot.core.age import Age
from bot.core.approval import ClusterRule
from bot.core.errors import Conflict, InputError, NameTaken
from bot.core.ids import Actor, ChannelId, CloudName, ClusterRef, RequestId, UserId
from bot.core.lifecycle import begin
from bot.core.record import Entry
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import (
    Cluster,
    ClusterState,
    Snapshot,
    check_description,
    check_name,
    latest,
    named,
)
from bot.core.text import canonical
from bot.core.wording import age, aged, cloud_name, old_lists, sentence, utc
from bot.inventory import Inventory
from bot.ports import Clock, Store
from bot.service.authority import Authority

log = structlog.stdlib.get_logger()

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: read aloud at night
_TRIES = 10
_JUST_NOW = timedelta(seconds=2)  # choosing a cluster looks again


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person wants: the answers of the form; the description in one line of canonical text, however typed."""

    cluster: ClusterRef | None
    name: str
    description: str
    channel: ChannelId | None

    def __post_init__(self) -> None:
        """Make the description canonical: it is checked, kept, sent and compared as it stands here."""
        object.__setattr__(self, "description", canonical(self.description))


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form shows once a cluster is chosen."""

    cluster: Cluster
    rule: ClusterRule
    last_snapshot: Snapshot | None
    approvers: tuple[UserId, ...]
    channel: ChannelId | None
    age: Age  # of the cloud's facts


class Intake:
    """From `/snapshot` to a committed request. *changed* is called after each commit: the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        inventory: Inventory,
        clock: Clock,
        channel: ChannelId | None,
        expire_after: timedelta,
        changed: Callable[[], None],
    ) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._clock = clock
        self._channel = channel
        self._expire_after = expire_after
        self._changed = changed

    async def askable(self, actor: Actor, text: str = "") -> list[Cluster]:
        """Return the clusters for which *actor* may ask and whose name or id contains *text* (case ignored)."""
        person = await self._authority.person(actor)
        if person.standing is not Standing.MEMBER:
            return []
        rights = await self._authority.rights(user=actor.user)
        wanted = text.strip().casefold()
        return [
            cluster
            for cluster in await self._inventory.clusters()
            if rights.grant_of(actor.user, Role.REQUEST, cluster.ref)
            and (wanted in cluster.name.casefold() or wanted in cluster.ref.id)
        ]

    async def why_nothing_to_ask(self, actor: Actor) -> Decision | None:
        """Return why *actor* can't ask for any cluster at all, or None if they can (or the clouds aren't known yet)."""
        person = await self._authority.person(actor)
        rights = await self._authority.rights(user=actor.user)
        if person.standing is not Standing.MEMBER:
            reason = Reason.NOT_A_MEMBER
        elif any(g.role is Role.REQUEST for g in rights.grants if g.user == actor.user):
            return None
        else:
            reason = Reason.NO_GRANT
        return Decision(allowed=False, reason=reason, action=Action.REQUEST, person=person, admins=rights.all_admins)

    async def draft(self, actor: Actor, ref: ClusterRef) -> Draft:
        """Return what the form shows for *ref*.

        Raises:
            NotAllowed: *actor* may not ask for it.
            InputError: the cluster isn't known (field "cluster").
        """
        cluster = await self._known_cluster(ref, max_age=_JUST_NOW)
        await self._authority.require(actor, Action.REQUEST, ref, cluster_name=cluster.name, fresh=False)
        rule = await self._store.rule(ref)
        rights = await self._authority.rights(cluster=ref)
        holdings = self._inventory.known(ref.cloud)
        return Draft(
            cluster=cluster,
            rule=rule,
            last_snapshot=latest(holdings.snapshots, ref.id) if holdings else None,
            approvers=tuple(u for u in rights.holders(Role.APPROVE, ref) if u != actor.user),
            channel=rule.channel or self._channel,
            age=self._inventory.age(ref.cloud),
        )

    def ages(self) -> Mapping[CloudName, Age]:
        """Return how old the lists of clusters are, by cloud project."""
        return self._inventory.ages()

    async def was_asked(self, origin: str) -> bool:
        """Say whether a request was kept that came of *origin*."""
        return await self._store.by_origin(origin) is not None

    async def moment(self) -> datetime:
        """Return a second that belongs to one form: the names that it suggests end in it, and no other form's do.

        It is now, or the next that is free: of two forms that open together one is a second ahead, also where another
        process opens the other.
        """
        now = self._clock.now()
        moment = now.replace(microsecond=0)
        while not await self._store.first_time(f"form:{moment.isoformat()}", now):
            moment += timedelta(seconds=1)
        return moment

    async def channels(self, clusters: Iterable[Cluster]) -> set[ChannelId | None]:
        """Return where cards of *clusters* go; None stands for those with no channel, where the bot has none either."""
        return {(await self._store.rule(cluster.ref)).channel or self._channel for cluster in clusters}

    async def resolve(self, actor: Actor, text: str) -> ClusterRef:
        """Return the cluster that *actor* calls *text*: a name (case ignored) or an id.

        Raises:
            InputError: none or several fit (field "cluster").
            NotAllowed: *actor* is no active member of the workspace, and hears of no cluster.
        """
        await self._authority.member(actor, Action.REQUEST)
        clusters = await self._inventory.clusters()
        fitting = [c for c in clusters if text in (c.ref.id, str(c.ref)) or c.name.casefold() == text.casefold()]
        if len(fitting) > 1:
            rights = await self._authority.rights(user=actor.user)
            fitting = [c for c in fitting if rights.grant_of(actor.user, Role.REQUEST, c.ref)] or fitting
        if len(fitting) > 1:
            names = " or ".join(str(c.ref) for c in fitting)
            raise InputError({"cluster": f"Several clusters are called {text}; say which: {names}."})
        if not fitting:
            if old := old_lists(self._inventory.ages(), utc(self._clock.now())):
                raise InputError({"cluster": f"The bot knows no cluster called {text}. {old} Try again in a minute."})
            raise InputError({"cluster": f"There is no cluster called {text}. /snapshot help shows those you may use."})
        return fitting[0].ref

    async def _known_cluster(self, ref: ClusterRef, *, max_age: timedelta | None = None) -> Cluster:
        if ref.cloud not in self._inventory.clouds:
            removed = f"The cloud project {ref.cloud} is not among the bot's any more. Choose another cluster."
            raise InputError({"cluster": removed})
        holdings = await self._inventory.glance(ref.cloud, max_age=max_age)
        cluster = holdings.clusters.get(ref.id) if holdings else None
        if cluster is None:
            facts, when = self._inventory.age(ref.cloud), utc(self._clock.now())
            unseen = age(facts, when, cloud_name(ref.cloud))
            gone = aged("this cluster isn't in the cloud project (any more)", facts, when, cloud_name(ref.cloud))
            why = sentence(gone if holdings else unseen)
            raise InputError({"cluster": f"{why} Try again in a minute." if facts.is_old else why})
        return cluster

    async def ask(self, actor: Actor, ask: Ask, *, origin: str) -> SnapshotRequest:
        """Check and keep a new request; *origin* identifies the submission, so that a second copy makes no second.

        Raises:
            InputError: fields "cluster", "name", "description", "channel".
            NotAllowed: *actor* may not ask for this cluster.
        """
        kept = await self._store.by_origin(origin)
        if kept is not None and kept.requester == actor.user:
            return kept  # sent again after its answer was lost: its own snapshot may hold the name by now
        wrong: dict[str, str] = {}
        if problem := check_name(ask.name):
            wrong["name"] = problem
        if problem := check_description(ask.description):
            wrong["description"] = problem
        if ask.cluster is None:
            wrong["cluster"] = "Choose a cluster."
            if not ask.name:
                del wrong["name"]  # with a cluster there is a suggestion
            raise InputError(wrong)
        cluster = await self._known_cluster(ask.cluster)
        await self._authority.require(actor, Action.REQUEST, ask.cluster, cluster_name=cluster.name)
        rule = await self._store.rule(ask.cluster)
        channel = ask.channel or rule.channel or self._channel
        if channel is None:
            wrong["channel"] = "Choose a channel for the card and the result."
        facts = self._inventory.age(ask.cluster.cloud)
        # what was so hours ago refuses nobody: the worker looks again before it acts, and waits
        if cluster.state is ClusterState.BLOCKED and not facts.is_old:
            wrong["cluster"] = f"{cluster.name} is {cluster.situation} just now; snapshots need an available cluster."
        holdings = self._inventory.known(ask.cluster.cloud)
        if "name" not in wrong and holdings and (twin := named(holdings.snapshots, ask.name)):
            made = f", made on {twin.started.day} {twin.started:%B}" if twin.started else ""
            exists = f"A snapshot with this name exists (names ignore case): {twin.name}{made}"
            wrong["name"] = f"{aged(exists, facts, utc(self._clock.now()), cloud_name(ask.cluster.cloud))}."
        if wrong or channel is None:
            raise InputError(wrong)
        return await self._keep(actor, ask, cluster, rule, channel, origin)

    async def _keep(
        self, actor: Actor, ask: Ask, cluster: Cluster, rule: ClusterRule, channel: ChannelId, origin: str
    ) -> SnapshotRequest:
        now = self._clock.now()
        entry = Entry(
            at=now,
            actor=actor.user,
            action="request.asked",
            rule=Reason.GRANTED,
            cluster=cluster.ref,
            detail=f"{ask.name}; approvals needed: {rule.need}",
        )
        for attempt in range(_TRIES):
            request = begin(
                SnapshotRequest(
                    id=_draw_id(4 + attempt // 3),
                    team=actor.team,
                    requester=actor.user,
                    cluster=cluster.ref,
                    cluster_name=cluster.name,
                    name=ask.name,
                    description=ask.description,
                    channel=channel,
                    need=rule.need,
                    created_at=now,
                    updated_at=now,
                    expires_at=now + self._expire_after,
                )
            )
            due = request.expires_at if request.state is State.WAITING else now
            try:
                kept = await self._store.add(
                    request, origin=origin, entries=[replace(entry, request_id=request.id)], due_at=due
                )
            except KeyError:
                continue
            except NameTaken as e:
                raise InputError({"name": e.say}) from e
            log.info("request.asked", request_id=kept.id, cluster=str(kept.cluster), by=actor.user)
            self._changed()
            return kept
        raise Conflict(f"no free request id in {_TRIES} tries")


def _draw_id(length: int) -> RequestId:
    return RequestId("R-" + "".join(secrets.choice(_ALPHABET) for _ in range(length)))
