"""What reviews, help and Home show to one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.access import Decision
from bot.core.age import Age
from bot.core.freezes import Closure
from bot.core.grants import Grant
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import CloudName, ClusterRef, RequestId
from bot.core.message import Facts, ListItem
from bot.core.person import Person
from bot.core.snapshot import Cluster, Snapshot
from bot.service.offer import Offer
from bot.service.whole_lists import NO_REST, Rest


@dataclass(frozen=True, slots=True)
class Review:
    """A request with what the person who looks may do to it, and why (or why not).

    *ask*: ask for its cluster; *change*: what it asks for; *glass*: let it start without approval; *keep*: say how long
    it is kept; *delete*: ask for its deletion; *offer*: join it, where they can.
    """

    facts: Facts
    approve: Decision
    decline: Decision
    withdraw: Decision
    change: Decision
    ask: Decision
    glass: Decision
    keep: Decision
    delete: Decision
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What one person can do now, in few words: *waiting* are the first ids of what waits for them."""

    person: Person
    nothing: Decision | None  # why they can't ask for any cluster; None: they can, or the clouds aren't seen
    ages: Mapping[CloudName, Age]  # how old the lists of clusters are
    waiting: tuple[RequestId, ...] = ()
    more_waiting: Rest = NO_REST
    newest: RequestId | None = None  # of their own open ones
    askable: tuple[Cluster, ...] = ()  # for which they may ask
    may_see: bool = False  # some requests, their own or by any right
    may_audit: bool = False  # read the record
    may_freeze: bool = False  # some clusters, as their admin
    may_administer: bool = False  # something


@dataclass(frozen=True, slots=True)
class ClusterSeen:
    """A cluster as it was seen last, its newest usable snapshot, and what keeps snapshots from starting there."""

    cluster: Cluster
    last: Snapshot | None
    age: Age
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnRights:
    """What gives one person rights, or denies them; *more* is how many don't show.

    *by_setting*: they are an admin of every cluster by the bot's settings.
    """

    grants: tuple[Grant, ...] = ()
    groups: Groups = NO_GROUPS  # what those are called through whom they have them
    by_setting: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """What App Home shows to one person; *askable* are the clusters of these requests for which they may ask.

    What waits for them is there by when it expires, the rest newest first; *more_…* is how many don't show.
    """

    person: Person
    waiting_for_me: tuple[ListItem, ...]
    mine: tuple[ListItem, ...]
    recent: tuple[ListItem, ...]
    may_request: bool
    nothing: Decision | None  # as in Summary
    ages: Mapping[CloudName, Age]
    askable: frozenset[ClusterRef] = frozenset()
    more_waiting: Rest = NO_REST
    more_mine: Rest = NO_REST
    has_ended_more: bool = False
    may_administer: bool = False
    clusters: tuple[ClusterSeen, ...] = ()  # for which they may ask: first those that they have asked for
    more_clusters: int = 0
    rights: OwnRights = OwnRights()


@dataclass(frozen=True, slots=True)
class RightsPage:
    """The rights of one person from place *first* (counted from 0) of *total*."""

    rights: OwnRights
    first: int
    total: int
