"""Deliveries with nonsense in them: one value of what Slack really sends, replaced by any other.

Sources: what the sandbox's Slack sends; RFC 8259, for what a parser of JSON may meet.
"""

from __future__ import annotations

import copy
import json
import logging
from typing import Any, Final

from hypothesis import strategies as st

MARK: Final = "\N{SNOWMAN}"
_GONE: Final = ""  # in place of a value: the key is left out

# JSON as it is written, since Python can't write some of it
NONSENSE: Final = [
    *(
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e999",
        "NaN",
        '""',
        '"x"',
        "[]",
        "{}",
        "[null]",
        "[1]",
        '["x"]',
        "[[]]",
        "[{}]",
    ),
    *('{"id": null}', '{"id": 5}', '{"id": "U1"}', '{"id": {}}', '{"type": []}', '{"": ""}', '{"value": 1}'),
    *('"\\ud800"', '"a\\udfffb"', '"\\u0000"', '"a\\nb"', '"../../etc"', '"U1\\n"', '"\\u202e"', '"<!channel>"'),
    '"' + "x" * 100_000 + '"',
    "1" * 5_000,
    *("[" * depth + "]" * depth for depth in (50, 150, 500, 5_000, 100_000)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (150, 5_000)),
    '"' + "[" * 2_900 + '"',
    _GONE,
]


class Failures(logging.Handler):
    """Everything that is logged as an error, or with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it if something went wrong that nobody foresaw."""
        said = record.getMessage()
        if record.levelno >= logging.ERROR or record.exc_info or "Traceback" in said:
            self.seen.append(said)


class Recorded(list[dict[str, Any]]):
    """Deliveries; Hypothesis shows what an example was given, and these fill pages."""

    def __repr__(self) -> str:
        """Say how many there are."""
        return f"{len(self)} deliveries"


def written(delivery: dict[str, Any]) -> str:
    """Return *delivery* with MARK in it as JSON; the mark stays as it is."""
    return json.dumps(delivery, ensure_ascii=False)


def replaced(delivery: dict[str, Any], way: list[int], nonsense: str) -> tuple[dict[str, Any], str]:
    """Return *delivery* with a mark where *way* leads, and as text with *nonsense* there: JSON, or nothing at all."""
    marked: dict[str, Any] = copy.deepcopy(delivery)
    place: Any = marked
    key: Any = None
    for step in way:
        children: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not children:
            break
        holder, key = place, children[step % len(children)]
        place = holder[key]
        if not isinstance(place, dict | list):
            break
    if key is None:
        return marked, nonsense or "{}"
    if nonsense == _GONE:
        del holder[key]
    else:
        holder[key] = MARK
    return marked, written(marked).replace(f'"{MARK}"', nonsense)


def kind_of(delivery: dict[str, Any]) -> str:
    """Return the Socket Mode envelope in which a delivery comes."""
    if "command" in delivery:
        return "slash_commands"
    return "events_api" if delivery.get("type") == "event_callback" else "interactive"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
).map(json.dumps)
