"""Changes of rights and rules in words, a line each: what comes (+), what goes (−), what is otherwise (~)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.core.grants import Grant
from bot.core.ids import ChannelId, Principal
from bot.core.right_changes import GrantChange, RightChange, RuleChange
from bot.core.scope import EVERY, Scope
from bot.core.scoped_rules import ScopeRule
from bot.words import text
from bot.words.rule_words import described


def scope_words(scope: Scope, cluster_name: str = "") -> str:
    """Return what *scope* is called; of one cluster, its name where that is known."""
    if scope.beginning is None:
        return cluster_name or str(scope)
    if scope.beginning:
        return str(scope)
    return text("every-cluster") if scope.cloud == EVERY else text("every-cluster-of", cloud=scope.cloud)


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """Words for somebody who reads of people as *called*, of an end as *until*, of other text as *name* writes it."""

    called: Callable[[Principal], str]
    until: Callable[[datetime], str]
    name: Callable[[str], str] = str
    channel: Callable[[ChannelId], str] = str

    def line(self, change: RightChange) -> str:
        """Return *change* in a line."""
        sign = "~" if change.before and change.after else "+" if change.after else "−"
        return f"{sign} {self._rule(change) if isinstance(change, RuleChange) else self._grant(change)}"

    def _rule(self, change: RuleChange) -> str:
        scope = self.name(scope_words(change.scope))
        before, after = (self.rule(side) if side else "" for side in (change.before, change.after))
        if before and after:
            return text("rule-changes", scope=scope, before=before, after=after)
        return text("rule-of", scope=scope, rule=before or after)

    def _grant(self, change: GrantChange) -> str:
        said = self.right(change.grant)
        if change.before and change.after:
            before, after = (self.terms(side) or text("for-good") for side in (change.before, change.after))
            return text("right-changes", right=said, before=before, after=after)
        terms = self.terms(change.grant)
        return text("right-with-terms", right=said, terms=terms) if terms else said

    def right(self, grant: Grant) -> str:
        """Return who may, or may not, do what where."""
        where = self.name(scope_words(grant.scope, grant.cluster_name))
        return text("right", who=self.called(grant.holder), role=grant.role, scope=where, denies=str(grant.denies))

    def terms(self, grant: Grant) -> str:
        """Return until when, whether they are left in peace, and why; "" where nothing of that is said."""
        terms = grant.terms
        until = self.until(terms.until) if terms.until else ""
        parts = (until, text("quiet") if terms.quiet else "", self.name(terms.reason) if terms.reason else "")
        return ", ".join(part for part in parts if part)

    def rule(self, rule: ScopeRule) -> str:
        """Return what *rule* takes, and where its cards go, as far as it says so."""
        parts = [described(rule.approval, self.called)] if rule.approval else []
        parts += [text("cards-go-to", channel=self.channel(rule.channel))] if rule.channel else []
        return "; ".join(parts)
