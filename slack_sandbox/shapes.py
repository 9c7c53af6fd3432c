"""The small language in which the shapes of Block Kit are written: checks that report problems at JSON pointers.

The messages are Slack's, e.g. "[ERROR] must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Check = Callable[["Report", Any, str], None]
Rule = Callable[["Report", dict[str, Any], str], None]


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
    rules: tuple[Rule, ...] = ()


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
    for rule in shape.rules:
        rule(report, value, pointer)


def of_kind(shapes: Mapping[str, Shape], also: Mapping[str, Check] | None = None) -> Check:
    """Accept an object whose `type` is one of *shapes*; *also* are fields that all of them may have."""
    common = {"type": anything, **(also or {})}

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
        elif not isinstance(value.get("type"), str) or value["type"] not in shapes:
            report.add("failed to match all allowed schemas", pointer)
        else:
            check_shape(report, value, pointer, shapes[value["type"]], common)

    return check


def obj(shape: Shape) -> Check:
    """Accept an object of *shape*."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if isinstance(value, dict):
            check_shape(report, value, pointer, shape, {})
        else:
            report.add("must provide an object", pointer)

    return check


def exactly_one(*names: str) -> Rule:
    """Want one of the fields called *names*, and no other of them."""

    def rule(report: Report, value: dict[str, Any], pointer: str) -> None:
        if sum(value.get(name) is not None for name in names) != 1:
            report.add(f"must define exactly one of: {', '.join(names)}", pointer)

    return rule


def at_least_one(*names: str) -> Rule:
    """Want at least one of the fields called *names*."""

    def rule(report: Report, value: dict[str, Any], pointer: str) -> None:
        if not any(value.get(name) is not None for name in names):
            report.add(f"must define at least one of: {', '.join(names)}", pointer)

    return rule


def not_both(one: str, other: str) -> Rule:
    """Refuse two fields that contradict each other: both are given, and neither is false."""

    def rule(report: Report, value: dict[str, Any], pointer: str) -> None:
        if value.get(one) and value.get(other):
            report.add(f"{one} can't be used with {other}", pointer)

    return rule


def only_with(one: str, other: str) -> Rule:
    """Refuse the field *one* where *other* isn't true."""

    def rule(report: Report, value: dict[str, Any], pointer: str) -> None:
        if value.get(one) and not value.get(other):
            report.add(f"{one} needs {other}", pointer)

    return rule


def in_order(least: str, most: str) -> Rule:
    """Want the number in the field *least* not to be greater than the one in *most*; text may hold the numbers."""

    def rule(report: Report, value: dict[str, Any], pointer: str) -> None:
        low, high = _number(value.get(least)), _number(value.get(most))
        if low is not None and high is not None and low > high:
            report.add(f"{least} must not be greater than {most}", pointer)

    return rule


def no_more_than(field: str, most: str) -> Rule:
    """Want the list *field* to have no more items than the number in the field *most*."""

    def rule(report: Report, value: dict[str, Any], pointer: str) -> None:
        chosen, limit = value.get(field), value.get(most)
        if isinstance(chosen, list) and isinstance(limit, int) and len(chosen) > limit:
            report.add(f"no more than {limit} items allowed", f"{pointer}/{field}")

    return rule


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


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


def choice(*allowed: Any) -> Check:
    """Accept one of a few words or numbers."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if isinstance(value, bool) or value not in allowed:
            report.add("must be a valid enum value", pointer)

    return check


def boolean(report: Report, value: Any, pointer: str) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        report.add("must provide a boolean", pointer)


def anything(report: Report, value: Any, pointer: str) -> None:
    """Accept everything (Slack checks it elsewhere)."""


def decimal(report: Report, value: Any, pointer: str) -> None:
    """Accept any number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        report.add("must provide a number", pointer)


def matching(pattern: str, words: str) -> Check:
    """Accept a string that *pattern* fits as a whole, else say *words*."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", pointer)
        elif not re.fullmatch(pattern, value):
            report.add(words, pointer)

    return check


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
        for name in allowed - {"type", "text"}:
            if name in value:
                boolean(report, value[name], f"{pointer}/{name}")
        if "text" not in value:
            report.add("missing required field: text", pointer)
        else:
            string(most, least)(report, value["text"], f"{pointer}/text")

    return check


def mrkdwn(most: int) -> Check:
    """Accept a mrkdwn object of 1 to *most* characters."""
    return text(most, kinds=("mrkdwn",))


def plain(most: int) -> Check:
    """Accept a plain_text object of 1 to *most* characters."""
    return text(most, kinds=("plain_text",))
