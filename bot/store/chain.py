"""The chain of the audit log, whatever keeps it: each entry's text has the hash of the one before, and is hashed.

Who can write the database can also forge a whole new chain; a `Head` that was noted elsewhere shows that.

The exact text is kept, with the layout it is in, so that nothing has to be built again to check it. Layout 1 is a JSON
array: the hash before, the number, then the eight fields in order. Layout 2 is a JSON object of what isn't empty, so
that a field more needs no new layout. Both are ASCII on one line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.ids import ClusterRef, RequestId
from bot.core.record import Entry, Head, Recorded
from bot.store import moments

START: Final = "0" * 64  # what the first entry follows
LAYOUT: Final = 2
_LAYOUT_1: Final = ("at", "actor", "action", "rule", "request_id", "cloud", "cluster", "detail")
FIELDS: Final = (*_LAYOUT_1, "team")  # of an entry, as they stand in its text and beside it; each has a column
_NULLABLE: Final = frozenset({"request_id", "cloud", "cluster", "team"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What an entry's text says: its *number*, the hash *before* it, and its fields, "" for those that are empty."""

    number: int
    before: str
    fields: Mapping[str, str]


def following(head: Head, entry: Entry) -> Recorded:
    """Return *entry* as the one after *head*, in the present layout."""
    said = Statement(head.number + 1, head.hash, _fields(entry))
    stated = {"layout": LAYOUT, "number": said.number, "before": said.before}
    text = _written(stated | {name: value for name, value in said.fields.items() if value})
    return Recorded(said.number, LAYOUT, text, hash_of(text), shown_of(said))


def shown_of(said: Statement) -> dict[str, bytes | None]:
    """Return what stands beside the text of an entry that says so, for queries."""
    fields = {name: said.fields.get(name, "") for name in FIELDS}
    shown = {name: None if name in _NULLABLE and not value else value for name, value in fields.items()}
    shown["before"] = said.before
    return {name: None if value is None else value.encode() for name, value in shown.items()}


def text_of_layout_1(before: str, content: list[object]) -> bytes:
    """Return the text of a row that an older version chained to *before*: its number first, then the fields."""
    return _written([before, *content])


def hash_of(text: bytes) -> str:
    """Return the SHA-256 of *text*, in hexadecimal digits."""
    return hashlib.sha256(text).hexdigest()


def read(layout: int, text: bytes) -> Statement:
    """Return what *text* says.

    Raises:
        ValueError: it isn't in this *layout*.
    """
    match layout, json.loads(text.decode("ascii")):
        case 1, [str(before), int(number), *values] if len(values) == len(_LAYOUT_1):
            fields: dict[str, object] = dict(zip(_LAYOUT_1, values, strict=True))
        case 2, {"layout": 2, "number": int(number), "before": str(before), **stated}:
            fields = {str(name): value for name, value in stated.items()}
        case _:
            raise ValueError(f"not of layout {layout}")
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    if any(value is not None and name not in texts for name, value in fields.items()):
        raise ValueError("a field is no text")
    return Statement(number, before, texts)


def entry_of(said: Statement) -> Entry:
    """Return the entry that *said* states."""
    fields = {name: said.fields.get(name, "") for name in FIELDS}
    return Entry(
        at=datetime.fromisoformat(fields["at"]),
        actor=fields["actor"],
        action=fields["action"],
        rule=fields["rule"],
        request_id=RequestId(fields["request_id"]) if fields["request_id"] else None,
        cluster=ClusterRef.parse(f"{fields['cloud']}/{fields['cluster']}") if fields["cloud"] else None,
        team=fields["team"],
        detail=fields["detail"],
    )


def _fields(entry: Entry) -> dict[str, str]:
    ref = entry.cluster
    return {
        "at": moments.text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "rule": entry.rule,
        "request_id": entry.request_id or "",
        "cloud": ref.cloud if ref else "",
        "cluster": ref.id if ref else "",
        "team": entry.team,
        "detail": entry.detail,
    }


def _written(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode("ascii")
