"""Requests as somebody may see them: as many as are shown are read, however many there are.

Each walk goes along an index in the order of the list, and ends after as many as are wanted of it; those of all
clusters are one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, RequestId, UserId
from bot.core.scope import EVERY, NamedCluster, Scope
from bot.core.visible import Portion, Turn, Visible
from bot.store import columns, moments
from bot.store.merging import merged, turn
from bot.store.postgres.session import Session

_STATES: Final = {
    Portion.ALL: "",
    Portion.OPEN: "AND state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING')",
    Portion.ENDED: "AND state IN ('AVAILABLE', 'DELETED', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')",
}
_ON: Final = "cloud = w.cloud AND cluster = w.cluster AND cluster_name = w.name"
_OF: Final = "requester = %(owner)s AND requester_kind = %(kind)s"
_SHARED: Final = """(joined <> '[]' OR asked_by IS NOT NULL) AND (
    asked_by = %(owner)s OR joined::jsonb @> jsonb_build_array(jsonb_build_object('user', %(owner)s::text))
)"""
_ALIKE: Final = """
    SELECT number, id, cloud, cluster, cluster_name,
        requester = %(user)s OR votes IS NOT NULL OR joined <> '[]' OR asked_by IS NOT NULL AS special, requester,
        rule, escalated, votes, joined, asked_by
    FROM (
        SELECT r.*, (SELECT json_agg(json_build_array(v."user", v.approve) ORDER BY v."user")::text
            FROM votes v WHERE v.request_id = r.id) AS votes
        FROM requests r WHERE number = ANY(%(numbers)s)
    ) AS seen
"""


@dataclass(frozen=True, slots=True)
class _Walks:
    """One for each of *on*, by its place, then one for the requests *of* an owner, or for all (*on* None).

    With *shared* one more, for what the owner has joined, or asked for somebody else.
    """

    session: Session
    on: tuple[NamedCluster, ...] | None
    of: Principal | None
    within: ClusterRef | None = None
    shared: bool = False

    def __len__(self) -> int:
        return (1 if self.on is None else len(self.on) + (self.of is not None)) + self.shared

    def by(self, order: str, where: str, values: Mapping[str, object]) -> _Walked:
        """Return what walks in the *order* of two columns, by those *where* it is so."""
        at = order.partition(" ")[0].rstrip(",")

        def walked(far: Mapping[int, int]) -> Iterator[tuple[int, datetime, int]]:
            on = [(number, most, c) for number, most in far.items() for c in (self.on or ())[number : number + 1]]
            if on:
                yield from self._rows(
                    "SELECT w.walk, each.* FROM unnest(%(walks)s::int[], %(most)s::int[], %(clouds)s::text[], "  # noqa: S608
                    "%(clusters)s::text[], %(names)s::text[]) AS w (walk, most, cloud, cluster, name) "
                    f"CROSS JOIN LATERAL (SELECT {at} AS at, number FROM requests "
                    f"WHERE {_ON} {where} ORDER BY {order} LIMIT w.most) AS each",
                    {
                        **values,
                        "walks": [number for number, _, _ in on],
                        "most": [most for _, most, _ in on],
                        "clouds": [c.ref.cloud for _, _, c in on],
                        "clusters": [c.ref.id for _, _, c in on],
                        "names": [c.name for _, _, c in on],
                    },
                )
            for number in (n for n in far if n >= len(self.on or ())):
                alone = self._alone(_SHARED if self.shared and number == len(self) - 1 else _OF)
                yield from self._rows(
                    f"SELECT %(walk)s AS walk, {at} AS at, number FROM requests "  # noqa: S608
                    f"WHERE {alone} {where} ORDER BY {order} LIMIT %(most)s",
                    {**values, **self._values(), "walk": number, "most": far[number]},
                )

        return walked

    def _alone(self, whose: str) -> str:
        if self.on is None and whose == _OF:
            return "true"
        return whose if self.within is None else f"{whose} AND cloud = %(cloud)s AND cluster = %(cluster)s"

    def _values(self) -> dict[str, object]:
        owner, within = self.of, self.within
        return {
            "owner": owner.id if owner else None,
            "kind": owner.kind.value if owner else None,
            "cloud": within.cloud if within else None,
            "cluster": within.id if within else None,
        }

    def _rows(self, statement: str, values: Mapping[str, object]) -> Iterator[tuple[int, datetime, int]]:
        for row in self.session.rows(statement, values):
            yield row["walk"], row["at"], row["number"]


_Walked = Callable[[Mapping[int, int]], Iterator[tuple[int, datetime, int]]]


def add_cluster(session: Session, cluster: ClusterRef, name: str) -> None:
    """Note that there is a request on *cluster* under this *name*."""
    session.count(
        "INSERT INTO asked_clusters (cloud, cluster, name, folded) "
        "VALUES (%(cloud)s, %(cluster)s, %(name)s, %(folded)s) ON CONFLICT DO NOTHING",
        {"cloud": cluster.cloud, "cluster": cluster.id, "name": name, "folded": name.casefold()},
    )


def clusters(session: Session, scopes: Collection[Scope]) -> frozenset[NamedCluster]:
    """Return the clusters on which there are requests, by each name that these have or had, that *scopes* cover."""
    found = set[NamedCluster]()
    for scope in scopes:
        where, values = _within(scope)
        there = session.rows(f"SELECT cloud, cluster, name FROM asked_clusters WHERE {where}", values)  # noqa: S608
        found |= {
            NamedCluster(ClusterRef(CloudName(row["cloud"]), ClusterId(row["cluster"])), row["name"]) for row in there
        }
    return frozenset(found)


def _within(scope: Scope) -> tuple[str, dict[str, str]]:
    if (ref := scope.ref) is not None:
        where, values = "cluster = %(cluster)s", {"cluster": str(ref.id)}
    else:
        beginning = scope.beginning or ""
        where = "folded >= %(first)s AND folded < %(after)s"
        values = {"first": beginning, "after": beginning + "\U0010ffff"}
    if scope.cloud == EVERY:
        return where, values
    return f"{where} AND cloud = %(cloud)s", {**values, "cloud": scope.cloud}


def clusters_of(session: Session, owner: Principal) -> set[ClusterRef]:
    """Return the clusters for which *owner* has asked."""
    found = session.rows(
        f"SELECT DISTINCT cloud, cluster FROM requests WHERE {_OF}",  # noqa: S608 -- our own words
        {"owner": owner.id, "kind": owner.kind.value},
    )
    return {ClusterRef(CloudName(row["cloud"]), ClusterId(row["cluster"])) for row in found}


def newest(
    session: Session,
    visible: Visible,
    portion: Portion,
    cluster: ClusterRef | None,
    since: datetime | None,
    limit: int,
) -> list[RequestId]:
    """Return at most *limit* requests of *portion* that are *visible* (and on *cluster*), the newest first.

    With *since*, those that were asked for then or later.
    """
    walks = _walks(session, visible, cluster)
    if portion is Portion.OPEN and visible.owner is not None and walks.on is not None:
        walks = replace(walks, shared=True)
    within = " AND created_at >= %(since)s" if since else ""
    values = {"since": since} if since else {}
    walked = walks.by("created_at DESC, number DESC", f"{_STATES[portion]}{within}", values)
    numbers = [number for _, number in merged(walked, len(walks), limit, newest_first=True)]
    ids = session.rows("SELECT number, id FROM requests WHERE number = ANY(%(numbers)s)", {"numbers": numbers})
    called = {row["number"]: RequestId(row["id"]) for row in ids}
    return [called[number] for number in numbers]


def turns(session: Session, visible: Visible, user: UserId, after: Turn | None, limit: int) -> list[Turn]:
    """Return at most *limit* requests that are *visible* and wait for people now, as *user* sees them.

    Those whose time is over first come first; *after* that one, where it is given.
    """
    walks = _walks(session, visible, None)
    where = "AND state = 'WAITING' AND expires_at > (SELECT clock_timestamp())"
    values: dict[str, object] = {}
    if after is not None:
        where = f"{where} AND (expires_at, number) > (%(after)s, %(behind)s)"
        values = {"after": datetime.fromisoformat(after.place[0]), "behind": after.place[1]}
    places = merged(walks.by("expires_at, number", where, values), len(walks), limit, newest_first=False)
    found = session.rows(_ALIKE, {"user": user, "numbers": [number for _, number in places]})
    asked = {number: row for number, *row in (row.values() for row in found)}
    return [turn((moments.text(columns.time(at)), number), *asked[number]) for at, number in places]


def _walks(session: Session, visible: Visible, cluster: ClusterRef | None) -> _Walks:
    if visible.clusters is None and cluster is None:
        return _Walks(session, None, None)
    on = visible.clusters
    if on is None:
        on = clusters(session, [Scope.of(cluster)]) if cluster else frozenset()
    return _Walks(session, tuple(c for c in on if cluster in (None, c.ref)), visible.owner, cluster)
