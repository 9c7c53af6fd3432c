"""Freezes, and the closed windows of rules: while one of them is on, no snapshot of a cluster starts.

They stop starts alone: a snapshot that runs is followed to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from bot.core.approval import ApprovalRule, Meanwhile
from bot.core.hours import Stretch, ends_at, open_time, stretches
from bot.core.ids import FreezeId
from bot.core.scope import Scope
from bot.core.scoped_rules import ClusterRule
from bot.core.why import Code, Why

REFUSED: Final = "frozen"  # the rule by which the record has the refusal of a request


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing starts on the clusters of *scope* until then (None: until somebody ends it).

    It is on from the moment it is kept, whatever a clock shows later: *set_at* counts only for time that is over.
    """

    id: FreezeId
    scope: Scope
    reason: str
    set_by: str  # as in Entry.actor
    set_at: datetime
    until: datetime | None = None
    meanwhile: Meanwhile = Meanwhile.HOLD
    passes_break_glass: bool = False
    cluster_name: str = ""  # for reading, where the scope is one cluster
    ended_at: datetime | None = None  # somebody has ended it
    ended_by: str = ""

    def is_on(self, at: datetime) -> bool:
        """Say whether it keeps something from starting *at* that moment."""
        return self.ended_at is None and (self.until is None or at < self.until)

    def lasted(self, until: datetime) -> Stretch:
        """Return when it was on, as far as that is before *until*."""
        return self.set_at, min(end for end in (self.until, self.ended_at, until) if end is not None)


@dataclass(frozen=True, slots=True)
class Closure:
    """What keeps snapshots of a cluster from starting now: a *freeze*, or (None) a closed window of its rule.

    *until* None: until somebody ends it. *by* is who froze it, or set the rule.
    """

    until: datetime | None
    meanwhile: Meanwhile
    by: str
    reason: str = ""
    freeze: Freeze | None = None

    @property
    def passes_break_glass(self) -> bool:
        """Whether it lets an emergency through: a window is the rule's, which that passes."""
        return self.freeze is None or self.freeze.passes_break_glass

    @property
    def why(self) -> Why:
        """Return it as the reason for which a request doesn't start."""
        facts = {"by": self.by, "reason": self.reason, "until": self.until.isoformat() if self.until else ""}
        code = Code.FROZEN if self.freeze else Code.WINDOW_CLOSED
        return Why(code, {name: fact for name, fact in facts.items() if fact})


def closures(freezes: Iterable[Freeze], rule: ClusterRule, at: datetime, zone: tzinfo) -> tuple[Closure, ...]:
    """Return what keeps a cluster with *rule* from snapshots *at* that moment; what ends last comes first.

    *freezes* are those that cover it, *zone* is the one of the rule's windows.
    """
    found = [Closure(f.until, f.meanwhile, f.set_by, f.reason, f) for f in freezes if f.is_on(at)]
    if (until := ends_at(rule.approval.closed, at, zone)) is not None:
        found.append(Closure(until, rule.approval.while_closed, rule.set_by))
    return tuple(sorted(found, key=lambda c: c.until or datetime.max.replace(tzinfo=UTC), reverse=True))


def is_ever_open(rule: ApprovalRule) -> bool:
    """Say whether there are moments in a week at which *rule* lets something start."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    later = monday + timedelta(days=14)
    return open_time(rule.hours, monday, later, UTC, closed=stretches(rule.closed, monday, later, UTC)) > timedelta(0)


def told(of: Sequence[Closure]) -> Closure:
    """Return the one of these that is told: one that refuses requests before others, then the one that ends last."""
    return refusing(of) or of[0]


def refusing(of: Iterable[Closure]) -> Closure | None:
    """Return the first of these in which requests are refused; None: they are held."""
    return next((closure for closure in of if closure.meanwhile is Meanwhile.REFUSE), None)


def closed_time(
    freezes: Iterable[Freeze], rule: ClusterRule, since: datetime, until: datetime, zone: tzinfo
) -> list[Stretch]:
    """Return when, between *since* and *until*, nothing could start on a cluster with *rule* under *freezes*."""
    return [*(f.lasted(until) for f in freezes), *stretches(rule.approval.closed, since, until, zone)]
