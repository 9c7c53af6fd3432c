"""The blocks that show figures: tables, sortable tables, charts. Source: Slack, "Block Kit > Blocks"."""

from __future__ import annotations

from typing import Any, Final

from slack_sandbox.elements import ELEMENTS
from slack_sandbox.rich_text import RICH_TEXT
from slack_sandbox.shapes import (
    Check,
    Report,
    Shape,
    anything,
    boolean,
    choice,
    decimal,
    items,
    number,
    obj,
    of_kind,
    string,
)

TABLE_CHARACTERS: Final = 10_000
DATA_TABLE_CHARACTERS: Final = 20_000
CHARTS: Final = 2  # in one message
_RAW_TEXT: Final = Shape({"text": string(20_000)}, ("text",))
_RAW_NUMBER: Final = Shape({"value": decimal, "text": string(20_000)}, ("value",))
_WORDS: Final = {"raw_text": _RAW_TEXT, "rich_text": Shape({**RICH_TEXT.fields, "block_id": anything}, ("elements",))}
_CELL: Final = of_kind(_WORDS)  # Slack sends numbers and empty cells, but takes none
_DATA_CELL: Final = of_kind(
    {**_WORDS, "raw_number": _RAW_NUMBER, "button": ELEMENTS["button"]}, {"action_id": string(255)}
)
_HEADER: Final = of_kind({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER})


def characters(value: Any) -> int:
    """Return how many characters the texts in *value* (blocks, or a part of them) have together."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(characters(v) for v in value.values())
    return sum(characters(v) for v in value) if isinstance(value, list) else 0


def _column(report: Report, value: Any, pointer: str) -> None:
    if value is not None:  # null leaves a column as it is
        obj(Shape({"align": choice("left", "center", "right"), "is_wrapped": boolean}))(report, value, pointer)


def _same_width(report: Report, block: dict[str, Any], pointer: str) -> None:
    rows = [r for r in block.get("rows") or [] if isinstance(r, list)] if isinstance(block.get("rows"), list) else []
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            report.add("must have as many cells as the first row", f"{pointer}/rows/{i}")
            return


def _one_point_each(report: Report, chart: dict[str, Any], pointer: str) -> None:
    """Names of series come once; each has one point for each category of the axis."""
    axis, series = chart.get("axis_config"), chart.get("series")
    if not isinstance(axis, dict) or not isinstance(series, list) or not isinstance(axis.get("categories"), list):
        return
    names = [s.get("name") for s in series if isinstance(s, dict)]
    if len(set(map(str, names))) != len(names):
        report.add("names of series must be unique", f"{pointer}/series")
    for i, one in enumerate(series):
        points = one.get("data") if isinstance(one, dict) else None
        labels = [p.get("label") for p in points if isinstance(p, dict)] if isinstance(points, list) else []
        if sorted(map(str, labels)) != sorted(map(str, axis["categories"])):
            report.add("must have one point for each category", f"{pointer}/series/{i}/data")


def _positive(report: Report, value: Any, pointer: str) -> None:
    decimal(report, value, pointer)
    if isinstance(value, int | float) and value <= 0:
        report.add("must be greater than 0", pointer)


def _data_row(report: Report, value: Any, pointer: str) -> None:
    items(_HEADER if pointer.endswith("/rows/0") else _DATA_CELL, 1, 20)(report, value, pointer)


_POINT: Final[dict[str, Check]] = {"label": string(20), "value": decimal}
_AXIS: Final = obj(
    Shape({"categories": items(string(20), 1, 20), "x_label": string(50), "y_label": string(50)}, ("categories",))
)
_SERIES: Final = Shape(
    {"name": string(20), "data": items(obj(Shape(_POINT, ("label", "value"))), 1, 20)}, ("name", "data")
)
_PLOT: Final = Shape(
    {"series": items(obj(_SERIES), 1, 12), "axis_config": _AXIS}, ("series", "axis_config"), (_one_point_each,)
)
_PIE: Final = Shape(
    {"segments": items(obj(Shape({"label": string(20), "value": _positive}, ("label", "value"))), 1, 12)}, ("segments",)
)
TABLES: Final[dict[str, tuple[Shape, str]]] = {
    "table": (
        Shape({"rows": items(items(_CELL, 1, 20), 1, 100), "column_settings": items(_column, 0, 20)}, ("rows",)),
        "mh",
    ),
    "data_table": (
        Shape(
            {
                "rows": items(_data_row, 2, 201),
                "caption": string(255),
                "page_size": number(1, 100),
                "row_header_column_index": number(0, 19),
            },
            ("rows", "caption"),
            (_same_width,),
        ),
        "mh",
    ),
    "data_visualization": (
        Shape(
            {"title": string(50), "chart": of_kind({"pie": _PIE, "bar": _PLOT, "area": _PLOT, "line": _PLOT})},
            ("title", "chart"),
        ),
        "mh",
    ),
}


def check_tables(report: Report, found: list[dict[str, Any]], pointer: str) -> None:
    """Check what all the blocks of a message together may have of tables and charts."""
    kinds = [b.get("type") for b in found]
    if kinds.count("table") > 1:
        report.add("only one table is allowed", pointer)
    if kinds.count("data_visualization") > CHARTS:
        report.add(f"no more than {CHARTS} charts allowed", pointer)
    for kind, most in (("table", TABLE_CHARACTERS), ("data_table", DATA_TABLE_CHARACTERS)):
        if sum(characters(b.get("rows")) for b in found if b.get("type") == kind) > most:
            report.add(f"must be less than {most + 1} characters in all cells", pointer)
