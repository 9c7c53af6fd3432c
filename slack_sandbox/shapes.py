"""The small language in which the shapes of Block Kit are written: checks that report problems at JSON pointers.

The messages are Slack's, e.g. "[ERROR] must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Check = Callable[["Report", Any, str], None]


@dataclass(slots=True)
class Report:
    """The problems found so far; *seen* is what must not come twice, by kind."""

    problems: list[str] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)

    def add(self, problem: str, pointer: str) -> None:
        """Note *problem* at *pointer*."""
        self.problems.append(f"[ERROR] {problem} [json-pointer:{pointer}]")


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its fields and their checks, which are required, and what only the whole can tell."""

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    rule: Callable[[Report, dict[str, Any], str], None] | None = None


def check_shape(report: Report, value: dict[str, Any], pointer: str, shape: Shape, also: Mapping[str, Check]) -> None:
    """Check an object against *shape*; *also* are fields that every such object may have."""
    for name in shape.required:
        if name not in value:
            report.add(f"missing required field: {name}", pointer)
    for name, content in value.items():
        check = shape.fields.get(name) or also.get(name)
        if check is None:
            report.add(f"invalid additional property: {name}", pointer)
        else:  # null is no way to leave a field out: Slack wants what the field is for
            check(report, content, f"{pointer}/{name}")
    if shape.rule:
        shape.rule(report, value, pointer)


def obj(shape: Shape) -> Check:
    """Accept an object of *shape*."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if isinstance(value, dict):
            check_shape(report, value, pointer, shape, {})
        else:
            report.add("must provide an object", pointer)

    return check


def string(most: int, least: int = 1) -> Check:
    """Accept a string of *least* to *most* characters."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", pointer)
        elif len(value) > most:
            report.add(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", pointer)

    return check


def choice(*allowed: str) -> Check:
    """Accept one of a few words."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if value not in allowed:
            report.add("must be a valid enum value", pointer)

    return check


def boolean(report: Report, value: Any, pointer: str) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        report.add("must provide a boolean", pointer)


def anything(report: Report, value: Any, pointer: str) -> None:
    """Accept everything (Slack checks it elsewhere)."""


def number(least: float, most: float) -> Check:
    """Accept a whole number from *least* to *most*."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must provide an integer", pointer)
        elif not least <= value <= most:
            report.add(f"must be between {least} and {most}", pointer)

    return check


def items(check_one: Check, least: int, most: int) -> Check:
    """Accept a list of *least* to *most* such things."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", pointer)
            return
        if len(value) > most:
            report.add(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            report.add(
                f"no fewer than {least} items allowed" if least > 1 else "must provide at least one item", pointer
            )
        for i, one in enumerate(value):
            check_one(report, one, f"{pointer}/{i}")

    return check


def text(most: int, *, kinds: Sequence[str] = ("plain_text", "mrkdwn"), least: int = 1) -> Check:
    """Accept a text object of one of *kinds* with *least* to *most* characters."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
            return
        kind = value.get("type")
        if kind not in kinds:
            report.add("failed to match all allowed schemas" if len(kinds) > 1 else "must be a valid constant", pointer)
            return
        allowed = {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}
        for name in sorted(value.keys() - allowed):
            report.add(f"invalid additional property: {name}", pointer)
        if "text" not in value:
            report.add("missing required field: text", pointer)
        else:
            string(most, least)(report, value["text"], f"{pointer}/text")

    return check


def plain(most: int) -> Check:
    """Accept a plain_text object of 1 to *most* characters."""
    return text(most, kinds=("plain_text",))
