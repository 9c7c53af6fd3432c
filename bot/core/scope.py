"""What a right speaks of: one cluster, those whose name begins alike, those of a cloud, or every one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, Self

from bot.core.ids import CloudName, ClusterId, ClusterRef, canonical_cluster_id

EVERY: Final = "*"


class Named(Protocol):
    """A cluster together with its name: by the name it may be in a scope."""

    @property
    def ref(self) -> ClusterRef:
        """Which it is."""
        ...

    @property
    def name(self) -> str:
        """What it is called now."""
        ...


@dataclass(frozen=True, slots=True)
class NamedCluster:
    """A cluster of which no more is at hand than this."""

    ref: ClusterRef
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """*cloud* is a cloud's name, or `*`; *cluster* a cluster's id, or the beginning of a name and a star: `dwh-*`.

    The case of names doesn't count. A cluster that is renamed is in another scope with its new name.
    """

    cloud: str = EVERY
    cluster: str = EVERY

    def __post_init__(self) -> None:
        """Make two spellings of one scope one."""
        written = self.cluster.casefold() if self.cluster.endswith(EVERY) else canonical_cluster_id(self.cluster)
        object.__setattr__(self, "cluster", written)

    @classmethod
    def of(cls, cluster: ClusterRef) -> Scope:
        """Return the scope of exactly this *cluster*."""
        return cls(cluster.cloud, cluster.id)

    @property
    def beginning(self) -> str | None:
        """How the names of its clusters begin ("": they may have any); None where it is one cluster."""
        return self.cluster.removesuffix(EVERY) if self.cluster.endswith(EVERY) else None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str()` wrote.

        Raises:
            ValueError: it is something else.
        """
        cloud, slash, cluster = text.partition("/") if "/" in text else (EVERY, "/", text)
        if not (cloud and slash and cluster) or EVERY in cluster[:-1] or (EVERY in cloud and cloud != EVERY):
            raise ValueError(f"{text!r} is no scope")
        return cls(cloud, cluster)

    @property
    def ref(self) -> ClusterRef | None:
        """The one cluster that it is, if it is one."""
        return ClusterRef(CloudName(self.cloud), ClusterId(self.cluster)) if self.beginning is None else None

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """How closely it is drawn: of two scopes that cover one cluster, the higher one's rule holds.

        One cluster before a beginning, the longer beginning before the shorter, then the one that names its cloud. So
        no two scopes that cover one cluster are equal.
        """
        return self.beginning is None, len(self.beginning or ""), self.cloud != EVERY

    def is_within(self, wider: Scope) -> bool:
        """Say whether *wider* covers all that this one may cover, by the beginnings of names of both."""
        if self.beginning is None or wider.beginning is None:
            return False
        return wider.cloud in (EVERY, self.cloud) and self.beginning.startswith(wider.beginning)

    def covers(self, cluster: Named) -> bool:
        """Say whether *cluster* is in it."""
        if self.cloud not in (EVERY, cluster.ref.cloud):
            return False
        if self.beginning is None:
            return self.cluster == cluster.ref.id
        return cluster.name.casefold().startswith(self.beginning)

    def __str__(self) -> str:
        """Return it as it is written: `*`, `dwh-*`, `prod/*`, `prod/dwh-*` or `prod/CLUSTER-ID`."""
        return self.cluster if self.cloud == EVERY else f"{self.cloud}/{self.cluster}"


class Scopes:
    """Several scopes as one, for many clusters: *covers* takes as long for a hundred as for one."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        single: dict[str, set[str]] = {EVERY: set()}
        beginnings: dict[str, list[str]] = {EVERY: []}
        for scope in scopes:
            if scope.beginning is None:
                single.setdefault(scope.cloud, set()).add(scope.cluster)
            else:
                beginnings.setdefault(scope.cloud, []).append(scope.beginning)
        self._of = {
            cloud: (
                frozenset(single[EVERY] | single.get(cloud, set())),
                tuple(beginnings[EVERY] + beginnings.get(cloud, [])),
            )
            for cloud in single | beginnings
        }
        self.covers_all = "" in beginnings[EVERY]

    def __bool__(self) -> bool:
        """Whether they may cover anything."""
        return any(map(any, self._of.values()))

    def covers(self, cluster: Named) -> bool:
        """Say whether *cluster* is in one of them."""
        if self.covers_all:
            return True
        single, beginnings = self._of.get(cluster.ref.cloud) or self._of[EVERY]
        return cluster.ref.id in single or (bool(beginnings) and cluster.name.casefold().startswith(beginnings))


def scopes_of(cluster: Named) -> list[str]:
    """Return every *cluster* part of a scope that covers this one: its id, and each beginning of its name."""
    name = cluster.name.casefold()
    return [cluster.ref.id, *(name[:end] + EVERY for end in range(len(name) + 1))]
