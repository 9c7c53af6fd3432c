"""What is shown on a terminal: text of others can't move the cursor, turn lines around or pose as lines of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from unicodedata import category

import click

from bot.core.text import canonical

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, directions and the like, halves of characters


def cell(text: str) -> str:
    """Return *text*, which others wrote, as a part of one line."""
    return canonical(text)


def echo(text: str, *, err: bool = False) -> None:
    """Print *text*, whose line ends are ours; what else can't be seen is left out."""
    click.echo(shown(text), err=err)


def shown(text: str) -> str:
    """Return *text*, whose line ends are ours, without what else can't be seen."""
    return "".join(char for char in text if char == "\n" or category(char) not in _UNSEEN)


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Print *columns* of *rows* below their names."""
    cells = [[cell(str(row[c] if row[c] is not None else "")) for c in columns] for row in rows]
    widths = [max(len(c), *(len(line[i]) for line in cells)) for i, c in enumerate(columns)]
    for line in [columns, *cells]:
        echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
