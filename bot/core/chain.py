"""What checking the chain of the audit log found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """*rows* sound rows up to the hash *head*; *broken* is the first row that isn't sound, and *why*."""

    rows: int
    head: str
    broken: int | None = None
    why: str = ""
