"""What was measured, for people and for programs: a table with goal and result, a line for each miss, JSON, a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from benchmarks.goals import GOALS, Goal, goal_of
from benchmarks.measuring import Measured

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 900, 24, 430, 150, 46  # pixels
_GOOD, _BAD, _PLAIN = "#2f7d4f", "#b5482f", "#5b6b7a"
_SPAN: Final = 1.0  # powers of ten on either side of the goal


def lines(found: Sequence[Measured]) -> list[tuple[Goal, Measured]]:
    """Return a figure for each line of the table: of a family, the one that is worst."""
    by_line: dict[tuple[str, str], tuple[Goal, Measured]] = {}
    for measured in found:
        goal = goal_of(measured.figure)
        before = by_line.get((goal.line, goal.against))
        if before is None or _badness(goal, measured) > _badness(*before):
            by_line[goal.line, goal.against] = (goal, measured)
    return list(by_line.values())


def _badness(goal: Goal, measured: Measured) -> float:
    return goal.badness(measured.ratio) if measured.ratio is not None else -1.0


def is_missed(goal: Goal, measured: Measured) -> bool:
    """Say whether *measured* was measured, and misses its goal."""
    return measured.ratio is not None and not goal.is_met(measured.ratio)


def table(found: Sequence[Measured]) -> str:
    """Return the table, as Markdown, and below it a line for each miss and for each figure without numbers."""
    rows = ["| figure | against | goal | result | spread | ours · theirs |", "|---|---|---|---|---|---|"]
    for goal, measured in lines(found):
        if measured.ratio is None:
            rows.append(f"| {goal.line} | {goal.against} | {goal.text} | not measured | – | – |")
            continue
        assert measured.low is not None
        assert measured.high is not None
        mark = "❌ " if is_missed(goal, measured) else "✅ " if goal.text != "–" else ""
        both = f"{number(measured.ours)} · {number(measured.theirs)} {goal.unit}"
        spread = f"{number(measured.low)}..{number(measured.high)}"
        rows.append(
            f"| {goal.line} | {goal.against} | {goal.text} | {mark}{number(measured.ratio)} × | {spread} | {both} |"
        )
    missed = [(goal_of(m.figure), m) for m in found if is_missed(goal_of(m.figure), m)]
    rows += [
        "",
        *(
            f"- missed: {goal.what}: {number(m.ratio)} × ({goal.text}); "
            f"{'; '.join(filter(None, (m.note, goal.cause))) or 'not looked into yet'}"
            for goal, m in missed
        ),
        *(f"- not measured: {goal_of(m.figure).what}: {m.why_not}" for m in found if m.ratio is None),
    ]
    return "\n".join(rows).rstrip()


def number(value: float | None) -> str:
    """Return *value* with three digits that count."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def as_json(found: Sequence[Measured], about: dict[str, Any]) -> dict[str, Any]:
    """Return everything that was measured, with *about* the run; numbers are rounded to what they tell."""
    figures = {}
    for measured in found:
        goal = goal_of(measured.figure)
        numbers = {
            name: value if value is None else float(f"{value:.4g}")
            for name in ("ratio", "low", "high", "ours", "theirs")
            for value in [getattr(measured, name)]
        }
        figures[measured.figure] = {
            **numbers,
            "unit": goal.unit,
            "goal": goal.text,
            "met": None if measured.ratio is None else goal.is_met(measured.ratio),
            **({"why_not": measured.why_not} if measured.why_not else {}),
            **({"note": measured.note} if measured.note else {}),
        }
    return {**about, "figures": figures}


def read_back(kept: dict[str, Any]) -> list[Measured]:
    """Return what `as_json` wrote, of the figures that there still are, in their order."""
    given = kept["figures"]
    names = ("ratio", "low", "high", "ours", "theirs")
    return [
        Measured(
            goal.figure,
            **{name: given[goal.figure][name] for name in names},
            why_not=given[goal.figure].get("why_not", ""),
            note=given[goal.figure].get("note", ""),
        )
        for goal in GOALS
        if goal.figure in given
    ]


def chart(found: Sequence[Measured]) -> str:
    """Return an SVG: how far each line is from its goal, on a scale of powers of ten; left of the middle is better."""
    shown = [(goal, m) for goal, m in lines(found) if m.ratio is not None and goal.text != "–"]
    height = _TOP + _ROW * len(shown) + 20
    middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) / 2
    half = (_WIDTH - _LEFT - _RIGHT) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="12">',
        "<title>Each figure against its goal</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{middle - 8}" y="20" text-anchor="end" fill="{_GOOD}">better than the goal</text>',
        f'<text x="{middle + 8}" y="20" fill="{_BAD}">misses it</text>',
        f'<line x1="{middle}" y1="28" x2="{middle}" y2="{height - 12}" stroke="{_PLAIN}"/>',
    ]
    for row, (goal, measured) in enumerate(shown):
        assert measured.ratio is not None
        y = _TOP + row * _ROW
        far = math.log10(max(goal.badness(measured.ratio), 1e-9)) / _SPAN
        width = min(abs(far), 1.0) * half
        x = middle if far > 0 else middle - width
        color = _BAD if is_missed(goal, measured) else _GOOD
        label = goal.line.replace("`", "")
        label = label if len(label) <= 68 else f"{label[:67]}…"
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#222222">{escape(label)}</text>',
            f'<rect x="{x:.1f}" y="{y - 7}" width="{max(width, 1):.1f}" height="14" fill="{color}"/>',
            f'<text x="{_WIDTH - _RIGHT + 8}" y="{y + 4}" fill="#222222">'
            f"{number(measured.ratio)} × ({escape(goal.text)})</text>",
        ]
    return "\n".join([*parts, "</svg>", ""])
