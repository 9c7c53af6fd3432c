"""What an admin has before them: the rights, rules and freezes that they reach, a page of each that is long."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from bot.core.freezes import Freeze
from bot.core.grants import Grant, Rights
from bot.core.groups import Groups
from bot.core.ids import CloudName
from bot.core.person import Person
from bot.core.scope import EVERY, NamedCluster, Scope, scopes_of
from bot.core.scoped_rules import ScopeRule
from bot.ports import Store
from bot.service.undoing import LastChange
from bot.service.whole_lists import COUNTED, start

SIZE: Final = 5  # of rights and of rules on a page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reach:
    """What *person* is an admin of, by *rights*; *clusters* are those of them that are known now."""

    person: Person
    rights: Rights
    clusters: tuple[NamedCluster, ...]
    clouds: tuple[CloudName, ...]
    named: Callable[[Scope], NamedCluster | None]

    def has(self, scope: Scope) -> bool:
        """Say whether it is all theirs."""
        return self.rights.administers(self.person, scope, self.named(scope))

    @property
    def groups(self) -> Groups:
        """Who is in which user group."""
        return self.rights.groups


@dataclass(frozen=True, slots=True)
class AdminPage(Generic[T]):
    """Some, from number *first* (counted from 0) of *total*; *goes_on*: there are more than are counted."""

    shown: tuple[T, ...]
    first: int
    total: int
    goes_on: bool = False

    @property
    def has_more(self) -> bool:
        """Whether any come after these."""
        return self.goes_on or self.first + len(self.shown) < self.total


@dataclass(frozen=True, slots=True)
class Administered:
    """The grants and rules that somebody reaches, the *last* change of these, if one is on record, and *freezes* on."""

    reach: Reach
    grants: AdminPage[Grant]
    rules: AdminPage[tuple[Scope, ScopeRule]]
    freezes: tuple[Freeze, ...]
    last: LastChange | None
    at: datetime


async def administered(
    store: Store, reach: Reach, *, about: str, rights: int, rules: int, last: LastChange | None
) -> Administered:
    """Return what *reach* has, or what of it is *about* a holder or a scope; the pages begin with these numbers."""
    scopes, now = _about(about, reach), store.clock.now()

    def is_shown(scope: Scope, holder: str = "") -> bool:
        return reach.has(scope) and (not about or about == holder or scope in (scopes or ()))

    ruled = [(scope, rule) for scope, rule in (await store.rules()).items() if is_shown(scope)]
    frozen = tuple(f for f in await store.freezes() if f.is_on(now) and is_shown(f.scope, f.set_by))
    grants = await _grants(store, reach, scopes, "" if scopes else about, rights)
    return Administered(reach, grants, _page(ruled, rules), frozen, last, now)


def _about(about: str, reach: Reach) -> set[Scope] | None:
    """Return the scopes that are *about* one: itself, and what covers the cluster that it is. None: it is none."""
    if EVERY not in about and "/" not in about:
        return None
    try:
        scope = Scope.parse(about)
    except ValueError:
        return None
    cluster = reach.named(scope)
    covering = scopes_of(cluster) if cluster in reach.clusters else ()
    return {scope, *(Scope(cloud, each) for each in covering for cloud in (scope.cloud, EVERY))}


async def _grants(store: Store, reach: Reach, about: set[Scope] | None, holder: str, first: int) -> AdminPage[Grant]:
    scopes: Collection[Scope] | None = about
    if not reach.has(Scope()):
        scopes = [scope for scope in about or await store.granted_scopes() if reach.has(scope)]

    async def page(first: int) -> tuple[list[Grant], int]:
        return await store.grants_page(scopes=scopes, holder=holder, skip=first, limit=SIZE + 1, counted=COUNTED + 1)

    shown, total = await page(first)
    if first and not shown:  # the list has become shorter
        first = start(first, total, SIZE)
        shown, total = await page(first)
    counted = max(min(total, COUNTED), first + len(shown))
    return AdminPage(tuple(shown[:SIZE]), first, counted, goes_on=total > COUNTED and len(shown) > SIZE)


def _page(found: Sequence[T], first: int) -> AdminPage[T]:
    first = start(first, len(found), SIZE)
    return AdminPage(tuple(found[first : first + SIZE]), first, len(found))
