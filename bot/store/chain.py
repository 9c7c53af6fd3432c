"""The chain of the audit log, whatever engine keeps it: each row carries a SHA-256 over the hash before and itself.

Who can write the database can also forge a whole new chain; an operator who notes `Verdict.head` elsewhere sees that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.record import Verdict

START: Final = "0" * 64  # what the first row is chained to


def link(before: str, content: Iterable[object]) -> str:
    """Return the hash of the row with *content* (its number first) that follows the one with the hash *before*."""
    canonical = json.dumps([before, *content], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def verify(rows: Iterable[tuple[Sequence[object], str]], given: int) -> Verdict:
    """Check *rows*, each its content (its number first) and its hash, from the first to the number *given* last."""
    head, number = START, 0
    for content, written in rows:
        number += 1
        if content[0] != number:
            return Verdict(number - 1, head, number, "the row is missing")
        if written != link(head, content):
            return Verdict(number - 1, head, number, "the row, or one before it, was changed or put in")
        head = written
    if given != number:
        return Verdict(number, head, number + 1, f"rows are missing at the end, up to {given}")
    return Verdict(number, head)
