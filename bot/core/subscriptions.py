"""Channels that hear what becomes of snapshots: who wants to hear of what, and what there is to tell. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.ids import ChannelId, RequestId, TeamId, UserId
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.scope import NamedCluster, Scope
from bot.core.why import Why


@enum.unique
class Heard(enum.StrEnum):
    """What a channel can hear of; the values are what people type."""

    MADE = "made"  # it can be used
    FAILED = "failed"  # there will be none, or it can't be used any more
    DELETED = "deleted"
    ASKED = "asked"


USUAL: Final = frozenset({Heard.MADE, Heard.FAILED})  # where nobody says otherwise


@enum.unique
class Pause(enum.StrEnum):
    """Why a channel hears nothing for now: until somebody sets it up again."""

    ARCHIVED = "archived"
    PRIVATE = "private"  # it was public when somebody chose it
    CLOSED = "closed"  # the bot can't write there any more: it was removed, or the channel is private now, or read-only
    SHARED = "shared"  # another company reads it
    RIGHTS = "rights"  # who set it up may not see the cluster any more


@dataclass(frozen=True, slots=True)
class Subscription:
    """A *channel* that hears of *events* on the clusters of *scope*, as far as *set_by* may see these.

    *cluster_name* is what a single cluster was called when it was set up. There is one of a channel and a scope.
    """

    channel: ChannelId
    scope: Scope
    events: frozenset[Heard]
    set_by: UserId
    team: TeamId
    set_at: datetime
    cluster_name: str = ""
    is_private: bool = False  # whether the channel was, when it was chosen
    paused: Pause | None = None

    def wants(self, news: News) -> bool:
        """Say whether *news* are for its channel."""
        return self.paused is None and news.event in self.events and self.scope.covers(news.cluster)


@dataclass(frozen=True, slots=True)
class News:
    """What happened to one snapshot, *at* which moment; *request* is None where it wasn't asked for here.

    *name* is the snapshot's; *snapshot* its id, "" where there never was one. *automatic*: by the cluster's own
    schedule. *why* is how it failed, where that is known.
    """

    event: Heard
    cluster: NamedCluster
    name: str
    at: datetime
    snapshot: str = ""
    request: RequestId | None = None
    requester: UserId | None = None
    outside: bool = False  # nobody did it here
    automatic: bool = False
    why: Why | None = None

    @property
    def about(self) -> str:
        """What it is about: a channel hears of it once."""
        return f"{self.cluster.ref.cloud}:{self.snapshot or self.request}:{self.event}"


def news_of(before: SnapshotRequest | None, after: SnapshotRequest) -> News | None:
    """Return what there is to tell as *after* is saved in the place of *before* (None: it is new).

    That it was asked for, or how it ended; nothing of what is changed later. Of a deletion, that it is done.
    """
    events = {State.AVAILABLE: Heard.MADE, State.FAILED: Heard.FAILED}
    event = Heard.ASKED if before is None else events.get(after.state)
    if after.kind is Kind.DELETE:
        event = Heard.DELETED if after.state is State.DELETED else None
    is_old = before is not None and before.state is after.state
    if event is None or is_old:
        return None
    return News(
        event=event,
        cluster=after.named,
        name=after.name,
        at=after.updated_at,
        snapshot=after.snapshot_id or "",
        request=after.id,
        requester=after.requester,
        why=after.why if event is Heard.FAILED else None,
    )


def hearers(subscriptions: Iterable[Subscription], news: News, *, but: ChannelId | None = None) -> list[ChannelId]:
    """Return the channels that want to hear *news*, each once; not *but*, which shows it anyway."""
    return [*dict.fromkeys(s.channel for s in subscriptions if s.wants(news) and s.channel != but)]


def events_in(words: Sequence[str]) -> frozenset[Heard] | None:
    """Return the events that somebody typed: names of them, or "all"; USUAL for nothing, None for anything else."""
    if not words:
        return USUAL
    if [*words] == ["all"]:
        return frozenset(Heard)
    try:
        return frozenset(Heard(word) for word in words)
    except ValueError:
        return None
