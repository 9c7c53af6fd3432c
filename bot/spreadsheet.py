"""CSV that no spreadsheet runs: a cell of text that it would take for a formula gets an apostrophe before it.

Source: OWASP, "CSV Injection". Numbers that are ours stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = tuple("=+-@＝＋－＠")  # the wide forms too: some programs take them for the others
_MARKS: Final = ("\t", "\r", "\n")


def cell(value: str | int) -> str | int:
    """Return *value* as a cell: text whose first character that isn't blank begins a formula can't begin one."""
    if isinstance(value, int):
        return value
    return f"'{value}" if value.lstrip().startswith(_FORMULA) or value.startswith(_MARKS) else value


def line(values: Sequence[str | int]) -> str:
    """Return *values* as a line, text in quotation marks (RFC 4180)."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerow([cell(v) for v in values])
    return written.getvalue()


def lines(rows: Iterable[Sequence[str | int]]) -> Iterable[str]:
    """Return each of *rows* as a line."""
    return map(line, rows)
