"""Rules of scopes, and which of them holds for a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.approval import ApprovalRule
from bot.core.ids import ChannelId
from bot.core.scope import Named, Scope


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """What was set for the clusters of one scope, by whom, when; None: nothing, so that a wider scope's holds."""

    approval: ApprovalRule | None = None
    channel: ChannelId | None = None
    set_by: str = ""
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClusterRule:
    """What holds for requests on one cluster: what approves them, and where their cards go by default.

    *scope* is whose rule it is: None where nothing was set, and one approval is what it takes.
    """

    approval: ApprovalRule = field(default_factory=ApprovalRule)
    channel: ChannelId | None = None  # None: the bot's own default
    scope: Scope | None = None
    set_by: str = ""
    set_at: datetime | None = None


def rule_of(cluster: Named, rules: Iterable[tuple[Scope, ScopeRule]]) -> ClusterRule:
    """Return what holds for *cluster*: of each thing what the closest scope that covers it says."""
    covering = sorted((r for r in rules if r[0].covers(cluster)), key=lambda r: r[0].rank, reverse=True)
    channel = next((rule.channel for _, rule in covering if rule.channel is not None), None)
    for scope, rule in covering:
        if rule.approval is not None:
            return ClusterRule(rule.approval, channel, scope, rule.set_by, rule.set_at)
    return ClusterRule(channel=channel)
