"""How the work of an answer grows with what is in the database, as a table and as a chart: `--curves`."""

from __future__ import annotations

import asyncio
import math
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from benchmarks import counting

SIZES: Final = (200, 2_000, 20_000, 200_000)  # requests that have ended
_FLAT: Final = 1.3  # times, from the second size to the last: what grows by less is called flat
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 900, 460, 90, 250, 40, 56  # pixels
_APART: Final = 15  # pixels between two labels
_GOOD, _BAD, _PLAIN = "#2f7d4f", "#b5482f", "#5b6b7a"  # as in the chart of the figures


def measure(folder: Path, sizes: Sequence[int]) -> dict[str, Any]:
    """Fill a database in *folder* for each of *sizes* and count; return the steps by question, and the files' bytes."""
    kept: dict[str, Any] = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "ended": list(sizes),
        "bytes": [],
        "steps": {what: [] for what in counting.QUESTIONS},
    }
    for ended in sizes:
        print(f"{ended:,} ended requests …", file=sys.stderr, flush=True)
        database, crowd = counting.filled(folder, ended)
        kept["bytes"].append(database.stat().st_size)
        for what, steps in asyncio.run(counting.count(database, crowd)).items():
            kept["steps"][what].append(steps)
        database.unlink()
    return kept


def grows(steps: Sequence[int]) -> bool:
    """Say whether *steps* become more from the second size on: the first has too little to fill an answer."""
    return steps[-1] > _FLAT * max(steps[min(1, len(steps) - 1)], 1)


def table(kept: Mapping[str, Any]) -> str:
    """Return the table, as Markdown: the steps of each question, and the size of the file."""
    rows = [
        f"| ended requests | {' | '.join(f'{ended:,}' for ended in kept['ended'])} |",
        f"|---|{'---|' * len(kept['ended'])}",
    ]
    for what, steps in kept["steps"].items():
        rows.append(f"| {what} | {' | '.join(f'{n:,}' for n in steps)} |")
    sizes = " | ".join(f"{size / 1e6:,.1f} MB" for size in kept["bytes"])
    return "\n".join([*rows, f"| the file | {sizes} |"])


def chart(kept: Mapping[str, Any]) -> str:
    """Return an SVG: steps by ended requests, both by powers of ten; what grows has another colour and line."""
    sizes, found = kept["ended"], kept["steps"]
    most = math.ceil(math.log10(max(max(steps) for steps in found.values())))
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    span = math.log10(sizes[-1] / sizes[0]) or 1.0

    def x(ended: int) -> float:
        return _LEFT + math.log10(ended / sizes[0]) / span * (right - _LEFT)

    def y(steps: int) -> float:
        return bottom - (math.log10(max(steps, 10)) - 1) / (most - 1) * (bottom - _TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        "<title>SQLite's steps for an answer, by how many requests have ended</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" fill="{_PLAIN}">steps of SQLite for one answer</text>',
        f'<text x="{(_LEFT + right) / 2:.0f}" y="{_HEIGHT - 12}" text-anchor="middle" fill="{_PLAIN}">'
        "requests that have ended, with people, clusters and rights in proportion</text>",
    ]
    for power in range(1, most + 1):
        at = y(10**power)
        parts += [
            f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}" stroke="#d8dee4"/>',
            f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end" fill="{_PLAIN}">{10**power:,}</text>',
        ]
    for ended in sizes:
        parts.append(
            f'<text x="{x(ended):.1f}" y="{bottom + 18}" text-anchor="middle" fill="{_PLAIN}">{ended:,}</text>'
        )
    lowest = float(bottom + _APART)
    for what, steps in sorted(found.items(), key=lambda item: item[1][-1]):
        color, dashes = (_BAD, ' stroke-dasharray="6 3"') if grows(steps) else (_GOOD, "")
        points = " ".join(f"{x(e):.1f},{y(n):.1f}" for e, n in zip(sizes, steps, strict=True))
        label, lowest = escape(what.replace("`", "")), min(y(steps[-1]), lowest - _APART)
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"{dashes}/>',
            f'<text x="{right + 10}" y="{lowest + 4:.1f}" fill="{color}">{label}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
