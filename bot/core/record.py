"""The record of who did what: an entry of the audit log, and what checking its chain found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bot.core.ids import ClusterRef, RequestId

Fact: TypeAlias = "str | int | Mapping[str, Fact] | None"


def stated(**facts: Fact) -> str:
    """Return *facts* as an entry's detail: a JSON object, without those that are empty."""
    return json.dumps({name: fact for name, fact in facts.items() if fact not in ("", None)}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit log: who did what, by which rule, with what outcome. Never a secret."""

    at: datetime
    actor: str  # a Slack user id, "cli:<login>" or "bot"
    action: str  # "request.voted", "request.approved", "grant.added", "ask.refused", …
    rule: str = ""  # the rule that decided, as in access.Reason
    request_id: RequestId | None = None
    cluster: ClusterRef | None = None
    team: str = ""  # of a Slack user, as Slack's payload named it; "" for the bot and the command line
    detail: str = ""  # facts, see `stated`; a reason, see Why; an older version wrote words, which stay as they are


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the chain found: *rows* sound rows up to the hash *head*; *broken* is the first that isn't sound.

    *why* says what is wrong with it.
    """

    rows: int
    head: str
    broken: int | None = None
    why: str = ""
