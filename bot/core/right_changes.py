"""Changes of rights and rules: what there is at one moment, what is otherwise at another, and what each entry keeps.

The entry of a change has the whole thing before and after it, so that exactly this change can be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, TypeAlias

from bot.core.grants import Grant, Role
from bot.core.ids import ClusterRef, GrantId, Principal
from bot.core.person import EVERYONE
from bot.core.read_back import read_back
from bot.core.record import Entry, Fact, as_facts
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule

GrantKey: TypeAlias = tuple[Principal, Role, Scope, bool]
_ADDED: Final = "grant.added"
_REMOVED: Final = "grant.removed"
_RULE_SET: Final = "rule.set"
_RULE_REMOVED: Final = "rule.removed"
ACTIONS: Final = (_ADDED, _REMOVED, _RULE_SET, _RULE_REMOVED)  # of the entries that are about changes


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsPart:
    """Some of all grants and rules: the grants of *keys*, of *ids* and on *scopes*, all of admins, and *rules*.

    What a change is about is a part of any size, and all that is read for it.
    """

    keys: Collection[GrantKey] = ()
    ids: Collection[GrantId] = ()
    scopes: Collection[Scope] = ()
    rules: Collection[Scope] = ()

    def has(self, grant: Grant) -> bool:
        """Say whether *grant* is in it."""
        return grant.role is Role.ADMIN or grant.key in self.keys or grant.id in self.ids or grant.scope in self.scopes


OF_ADMINS: Final = RightsPart()


@dataclass(frozen=True, slots=True)
class RightsState:
    """Grants by key and rules by scope, all or a part; *number* is that of the last change of any on record, or 0."""

    grants: Mapping[GrantKey, Grant]
    rules: Mapping[Scope, ScopeRule]
    number: int = 0

    @classmethod
    def of(cls, grants: Sequence[Grant], rules: Mapping[Scope, ScopeRule], number: int = 0) -> Self:
        """Return the state of these *grants* and *rules*."""
        return cls({g.key: g for g in grants}, rules, number)

    def part(self, part: RightsPart) -> Self:
        """Return what *part* has of it; its number stays."""
        grants = {key: g for key, g in self.grants.items() if part.has(g)}
        return replace(self, grants=grants, rules={s: r for s, r in self.rules.items() if s in part.rules})

    def by_id(self, grant: GrantId) -> Grant | None:
        """Return the grant of this id."""
        return next((g for g in self.grants.values() if g.id == grant), None)

    def with_grants(self, grants: Iterable[Grant]) -> Self:
        """Return it with *grants*, each in the place of one with its key."""
        return replace(self, grants={**self.grants, **{grant.key: grant for grant in grants}})

    def without_grants(self, gone: Callable[[Grant], bool]) -> Self:
        """Return it without the grants that are *gone*."""
        return replace(self, grants={key: g for key, g in self.grants.items() if not gone(g)})

    def with_rule(self, scope: Scope, rule: ScopeRule | None) -> Self:
        """Return it with *rule* for *scope*; None: without one."""
        others = {s: r for s, r in self.rules.items() if s != scope}
        return replace(self, rules=others if rule is None else {**others, scope: rule})


@dataclass(frozen=True, slots=True)
class GrantChange:
    """A grant *before* and *after*, of one key; None: there is none."""

    before: Grant | None
    after: Grant | None

    @property
    def grant(self) -> Grant:
        """The grant that it is about."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def scope(self) -> Scope:
        """What it speaks of."""
        return self.grant.scope

    @property
    def action(self) -> str:
        """What its entry is called."""
        return _ADDED if self.after else _REMOVED

    @property
    def cluster(self) -> ClusterRef | None:
        """Which cluster its entry names: none, as there may be many."""
        return None

    def facts(self) -> dict[str, Fact]:
        """Return what its entry states."""
        return _grant_facts(self.grant) | {"before": as_facts(self.before), "after": as_facts(self.after)}

    def back(self) -> GrantChange:
        """Return what takes it back."""
        return GrantChange(self.after, self.before)

    def is_there(self, state: RightsState) -> bool:
        """Say whether *state* has the grant as this change left it."""
        return state.grants.get(self.grant.key) == self.after


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The rule of *scope* *before* and *after*; None: there is none."""

    scope: Scope
    before: ScopeRule | None
    after: ScopeRule | None

    @property
    def action(self) -> str:
        """What its entry is called."""
        return _RULE_SET if self.after else _RULE_REMOVED

    @property
    def cluster(self) -> ClusterRef | None:
        """Which cluster its entry names, where it is for one."""
        return self.scope.ref

    def facts(self) -> dict[str, Fact]:
        """Return what its entry states."""
        before, after = as_facts(self.before or ScopeRule()), as_facts(self.after)
        return {"cloud": self.scope.cloud, "cluster": self.scope.cluster, "before": before, "after": after}

    def back(self) -> RuleChange:
        """Return what takes it back."""
        return RuleChange(self.scope, self.after, self.before)

    def is_there(self, state: RightsState) -> bool:
        """Say whether *state* has the rule as this change left it."""
        return state.rules.get(self.scope) == self.after


RightChange: TypeAlias = GrantChange | RuleChange


def changes(before: RightsState, after: RightsState) -> Iterator[RightChange]:
    """Yield what is otherwise *after* than *before*: first what is gone, in the order in which it was there."""
    for key, grant in before.grants.items():
        if key not in after.grants:
            yield GrantChange(grant, None)
    for key, grant in after.grants.items():
        if (was := before.grants.get(key)) is not grant and was != grant:
            yield GrantChange(was, grant)
    for scope in dict.fromkeys((*before.rules, *after.rules)):
        if (had := before.rules.get(scope)) != (has := after.rules.get(scope)):
            yield RuleChange(scope, had, has)


def changed(state: RightsState, made: Iterable[RightChange]) -> RightsState:
    """Return *state* with what was *made* of it, one after the other."""
    grants, rules = dict(state.grants), dict(state.rules)
    for change in made:
        if isinstance(change, RuleChange):
            rules.pop(change.scope, None)
            rules |= {change.scope: change.after} if change.after else {}
        else:
            grants.pop(change.grant.key, None)
            grants |= {change.grant.key: change.after} if change.after else {}
    return replace(state, grants=grants, rules=rules)


def change_in(entry: Entry) -> RightChange:
    """Return the change that *entry* is about.

    Raises:
        ValueError: it doesn't hold all of it, as those of older versions.
    """
    facts = json.loads(entry.detail or "{}")
    sides = [facts.get(side) or None for side in ("before", "after")]
    if sides == [None, None] or (entry.action in (_REMOVED, _RULE_REMOVED)) != (sides[1] is None):
        raise ValueError(f"{entry.action} doesn't say all that it changed")
    if entry.action in (_ADDED, _REMOVED):
        return GrantChange(*(None if side is None else read_back(Grant, side) for side in sides))
    was, now = (None if side is None else read_back(ScopeRule, side) for side in sides)
    return RuleChange(Scope(facts["cloud"], facts["cluster"]), was, now)


def _grant_facts(grant: Grant) -> dict[str, Fact]:
    terms = grant.terms
    return {
        "grant": grant.id,
        "holder": "everyone" if grant.holder == EVERYONE else grant.holder.id,
        "role": grant.role,
        "cloud": grant.scope.cloud,
        "cluster": grant.scope.cluster,
        "denies": "yes" if grant.denies else None,
        "until": terms.until.isoformat() if terms.until else None,
        "reason": terms.reason,
        "quiet": "yes" if terms.quiet else None,
    }
