"""What goes along when data leave one engine for another: every table, row by row, and the record byte by byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.core.record import Head, Verdict

# In the order in which rows can be kept: what refers to another comes after it. Where the record ends, and how many
# requests there are in each state, isn't copied but found.
TABLES: Final = (
    *("requests", "votes", "messages", "asked_clusters", "grants", "rules", "freezes", "audit", "refusals"),
    *("looks", "cluster_names", "people", "throttles", "seen", "heartbeat", "restores", "restores_told", "runs"),
    *("subscriptions", "notices"),
)


class Source(Protocol):
    """Where data come from, which don't change meanwhile."""

    def rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of *table* in the order in which they were kept, by the names of their columns.

        And `at_row`, by which somebody finds a row.

        Raises:
            ConfigError: they can't be read.
        """
        ...

    def head(self) -> Head:
        """Return where the record ends."""
        ...

    def verdict(self) -> Verdict:
        """Check the record."""
        ...


@dataclass(frozen=True, slots=True)
class Moved:
    """How many rows of each table have moved, and what the record is like; *again*: an earlier try had moved them."""

    rows: Mapping[str, int]
    verdict: Verdict
    again: bool = False
