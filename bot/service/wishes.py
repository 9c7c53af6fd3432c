"""What an admin wants changed, as one thing: to be tried, or to be made where it is as it was seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.core.grants import BY_NAME, Grant, Role, Terms
from bot.core.ids import ChannelId, Principal
from bot.core.person import EVERYONE
from bot.core.phrase import Phrase
from bot.core.right_changes import GrantKey, RightsPart, RightsState, RuleChange
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service.administration import Administration
from bot.service.undoing import LastChange

Thing: TypeAlias = GrantKey | Scope  # the key of a grant, or whose rule it is


@dataclass(frozen=True, slots=True)
class Wish:
    """What an admin wants to *do*, about which *things*; *scopes* are what these speak of."""

    things: tuple[Thing, ...]
    do: Callable[[Administration], Awaitable[object]]

    @property
    def scopes(self) -> set[Scope]:
        """What they have to be an admin of: of everything to deny, or let go of denying, somebody to be one anywhere.

        Who is denied it on one cluster is no admin of every cluster any more.
        """
        return {thing if isinstance(thing, Scope) else _scope_of(*thing) for thing in self.things}

    @property
    def part(self) -> RightsPart:
        """The grants and rules that it is about."""
        rules = {thing for thing in self.things if isinstance(thing, Scope)}
        return RightsPart(keys={thing for thing in self.things if not isinstance(thing, Scope)}, rules=rules)

    def version(self, state: RightsState) -> str:
        """Return what tells the things as they are in *state* from what they are once somebody has changed them."""
        found = [state.rules.get(t) if isinstance(t, Scope) else state.grants.get(t) for t in self.things]
        times = [t.set_at if isinstance(t, ScopeRule) else t.granted_at for t in found if t is not None]
        return "-".join([str(len(times)), *sorted({f"{at.timestamp():.6f}" for at in times if at})[-3:]])


def _scope_of(who: Principal, role: Role, scope: Scope, denies: bool) -> Scope:
    return Scope() if denies and role is Role.ADMIN else scope


def giving(people: Sequence[Principal], role: Role, scope: Scope, terms: Terms, *, denies: bool, name: str) -> Wish:
    """Return the wish to give, or deny, a right."""
    return Wish(
        tuple((who, role, scope, denies) for who in people),
        lambda to: to.grant_all(people, role, scope, terms, denies=denies, cluster_name=name),
    )


def taking_back(grant: Grant) -> Wish:
    """Return the wish to take a grant back."""
    return Wish((grant.key,), lambda to: to.revoke_one(grant.id))


def ruling(scope: Scope, *, channel: ChannelId | None = None, **approval: object) -> Wish:
    """Return the wish to set what is given of a rule; see `Administration.rule`."""
    return Wish((scope,), lambda to: to.rule(scope, channel=channel, **approval))


def unruling(scope: Scope) -> Wish:
    """Return the wish to remove a rule."""
    return Wish((scope,), lambda to: to.remove_rule(scope))


def undoing(last: LastChange) -> Wish:
    """Return the wish to undo a change."""
    keys = (change.scope if isinstance(change, RuleChange) else change.grant.key for change in last.changes)
    return Wish(tuple(keys), lambda to: to.undo(last))


def wrong_right(people: Sequence[Principal], role: Role, *, denies: bool) -> dict[str, Phrase]:
    """Return what is wrong with who is to have *role*, by field."""
    if not people:
        return {"people": Phrase("nobody-chosen")}
    if EVERYONE in people and role in BY_NAME and not denies:
        return {"group": Phrase("not-everyones", {"role": role})}
    return {}
