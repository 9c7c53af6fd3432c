"""Which channels hear of which clusters' snapshots: set up, listed and ended by those who may see these clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.core.access import Action
from bot.core.errors import InputError
from bot.core.ids import Actor, ChannelId
from bot.core.phrase import Phrase
from bot.core.record import Entry, stated
from bot.core.scope import EVERY, NamedCluster, Scope
from bot.core.subscriptions import Heard, Subscription
from bot.inventory import Inventory
from bot.ports import Channels, Store
from bot.service.authority import Authority
from bot.service.looker import Looker
from bot.service.naming import Naming

_MOST: Final = 50  # of one channel


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A *subscription* that was set up, and what its clusters are *called*."""

    subscription: Subscription
    called: str


class Subscribing:
    """What people do about who hears, each from anywhere."""

    def __init__(
        self, *, authority: Authority, store: Store, inventory: Inventory, naming: Naming, channels: Channels
    ) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._naming = naming
        self._channels = channels

    async def subscribe(self, actor: Actor, channel: ChannelId, text: str, events: frozenset[Heard]) -> Subscribed:
        """Let *channel* hear of *events* on what *actor* calls *text*: a cluster, or the beginning of names and a star.

        Raises:
            InputError: there is no such cluster that they may see (field "cluster"); or the bot can't write there, or
                it is a private channel that isn't theirs (field "channel"), which is one answer.
            NotAllowed: *actor* is no active member of the workspace.
        """
        cluster = await self._meant(actor, text)
        is_private = await self._usable(actor, channel)
        scope = Scope.of(cluster.ref) if isinstance(cluster, NamedCluster) else cluster
        theirs = [s for s in await self._store.subscriptions() if s.channel == channel]
        if len(theirs) >= _MOST and all(s.scope != scope for s in theirs):
            raise InputError({"channel": Phrase("notify-too-many", {"count": _MOST})})
        subscription = Subscription(
            channel=channel,
            scope=scope,
            events=events,
            set_by=actor.user,
            team=actor.team,
            set_at=self._store.clock.now(),
            cluster_name=cluster.name if isinstance(cluster, NamedCluster) else "",
            is_private=is_private,
        )
        await self._store.subscribe(subscription, self._entry(actor, "subscription.set", subscription))
        return Subscribed(subscription, self.called(subscription))

    async def listed(self, actor: Actor) -> tuple[Subscription, ...]:
        """Return the subscriptions that are theirs, or of clusters that they may see; paused ones, too.

        Of a private channel they learn only where they are in it, or set it up.

        Raises:
            NotAllowed: *actor* is no active member of the workspace.
            SlackUnavailable: Slack doesn't say who is in a private channel.
        """
        await self._authority.member(actor, Action.VIEW)
        looker = await self._authority.looker(actor)
        shown = [
            s
            for s in await self._store.subscriptions()
            if s.set_by == actor.user or self._sees(looker, s.scope, self.called(s))
        ]
        hidden = {s.channel for s in shown if s.is_private and s.set_by != actor.user}
        for channel in [*hidden]:
            if not await self._channels.absent(channel, [actor.user]):
                hidden.remove(channel)
        return tuple(s for s in shown if s.set_by == actor.user or s.channel not in hidden)

    async def end(self, actor: Actor, channel: ChannelId | None = None, text: str = "") -> tuple[Subscription, ...]:
        """End what `listed` shows of *channel* (None: of any) and *text* ("": all), and return it.

        Raises:
            NotAllowed, SlackUnavailable: as for `listed`.
        """
        found = await self.listed(actor)
        if channel is not None:
            found = tuple(s for s in found if s.channel == channel)
        if text:
            key = text.casefold()
            found = tuple(s for s in found if key in (str(s.scope).casefold(), self.called(s).casefold()))
        return await self._ended(actor, found)

    async def end_one(self, actor: Actor, channel: ChannelId, scope: Scope) -> tuple[Subscription, ...]:
        """End the one of *channel* and *scope*, where `listed` shows it, and return it.

        Raises:
            NotAllowed, SlackUnavailable: as for `listed`.
        """
        found = [s for s in await self.listed(actor) if (s.channel, s.scope) == (channel, scope)]
        return await self._ended(actor, found)

    async def _ended(self, actor: Actor, found: Sequence[Subscription]) -> tuple[Subscription, ...]:
        ended = []
        for one in found:
            if await self._store.unsubscribe(one.channel, one.scope, self._entry(actor, "subscription.ended", one)):
                ended.append(one)
        return tuple(ended)

    def called(self, subscription: Subscription) -> str:
        """Return what the clusters of *subscription* are called now, as people type it."""
        if subscription.scope.ref is None:
            return str(subscription.scope)
        return self._inventory.named(subscription.scope.ref).name or subscription.cluster_name

    async def _meant(self, actor: Actor, text: str) -> NamedCluster | Scope:
        """Return the cluster, or the clusters by name, that *actor* calls *text* and may see some of."""
        if not text.endswith(EVERY):
            ref = await self._naming.resolve(actor, text, Action.VIEW)
            named = self._inventory.named(ref)
            if (await self._authority.looker(actor)).sees(named):  # a request of theirs alone lets them name it
                return named
            raise self._none(text)
        await self._authority.member(actor, Action.VIEW)
        try:
            scope = Scope.parse(text)
        except ValueError:
            raise self._none(text) from None
        await self._inventory.clusters()
        if not self._sees(await self._authority.looker(actor), scope):
            raise self._none(text)
        return scope

    def _none(self, text: str) -> InputError:
        return InputError({"cluster": Phrase("no-cluster-called", {"called": text, "action": Action.VIEW})})

    def _sees(self, looker: Looker, scope: Scope, called: str = "") -> bool:
        """Say whether *looker* may see the one cluster of *scope*, *called* so, or some of those that are known now."""
        if looker.sees_all:
            return True
        if scope.ref is not None:
            return looker.sees(NamedCluster(scope.ref, called))
        known = [self._inventory.known(cloud) for cloud in self._inventory.clouds]
        clusters = (c for holdings in known if holdings for c in holdings.clusters.values())
        return any(scope.covers(c) and looker.sees(c) for c in clusters)

    async def _usable(self, actor: Actor, channel: ChannelId) -> bool:
        """Return whether *channel* is private; a private one of others is as if it weren't there.

        Raises:
            InputError: the bot can't write there (field "channel").
        """
        seen = await self._channels.seen(channel)
        if seen.is_private and await self._channels.absent(channel, [actor.user]):
            seen = replace(seen, problem=self._channels.not_here())
        if seen.problem is not None:
            raise InputError({"channel": seen.problem})
        return seen.is_private

    def _entry(self, actor: Actor, action: str, of: Subscription) -> Entry:
        detail = stated(channel=of.channel, scope=str(of.scope), events=" ".join(sorted(of.events)))
        now = self._store.clock.now()
        return Entry(now, actor.user, action, cluster=of.scope.ref, team=actor.team, detail=detail)
