"""The record of who did what: one entry of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.ids import ClusterRef, RequestId


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit log: who did what, by which rule, with what outcome. Never a secret."""

    at: datetime
    actor: str  # a Slack user id, "cli:<login>" or "bot"
    action: str  # "request.voted", "request.approved", "grant.added", "request.refused", …
    rule: str = ""  # the rule that decided, as in access.Reason
    request_id: RequestId | None = None
    cluster: ClusterRef | None = None
    detail: str = ""
