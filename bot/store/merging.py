"""Requests as somebody may see them, merged from walks along indexes: as many as are shown are read, or few more.

A walk goes by the requests of one cluster, or of one owner, in the order of the list; there may be thousands of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, TypeVar

from bot.core.ids import CloudName, ClusterId, ClusterRef, RequestId
from bot.core.scope import NamedCluster
from bot.core.visible import Turn

At = TypeVar("At", bound=Any)  # a moment, as an engine has it: comparable
_SHARE: Final = 12  # places at least by which a walk comes at first


def merged(
    walked: Callable[[Mapping[int, int]], Iterable[tuple[int, At, int]]],
    walks: int,
    limit: int,
    *,
    newest_first: bool,
) -> list[tuple[At, int]]:
    """Return the first *limit* places, each a time and a row's number, of what that many *walks* come by.

    *walked* gets by the number of a walk how many places are wanted of it at most, and yields them in its order, each
    with the walk's number. Each is walked for its share at first, and twice as far as long as it may have more that
    belong to these.
    """
    found = set[tuple[At, int]]()
    far = {number: max(_SHARE, 2 * limit // walks) for number in range(walks)}
    while far:
        ends: dict[int, tuple[At, int]] = {}
        came = Counter[int]()
        for number, at, row in walked({n: min(most, limit) for n, most in far.items()}):
            found.add((at, row))
            ends[number] = (at, row)
            came[number] += 1
        cut = sorted(found, reverse=newest_first)[limit - 1 : limit]
        far = {
            n: most * 2
            for n, most in far.items()
            if came[n] == most < limit and (not cut or (ends[n] > cut[0]) is newest_first)
        }
    return sorted(found, reverse=newest_first)[:limit]


def turn(
    place: tuple[str, int],
    request_id: str,
    cloud: str,
    cluster: str,
    name: str,
    special: bool | int,
    requester: str,
    *asks: Hashable,
) -> Turn:
    """Return a request that waits: *special* where its votes, or who asked, play a part."""
    named = NamedCluster(ClusterRef(CloudName(cloud), ClusterId(cluster)), name)
    alike = (named, requester, *asks) if special else asks
    return Turn(RequestId(request_id), named, alike, is_special=bool(special), place=place)
