"""What is set of a model's fields, and what is wrong with it, a line for each variable, each with its fix."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bot import tokens, values
from bot.environment import Environment
from bot.fields import Words

SECRET_VARIABLES: Final = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


def given(environment: Environment, fields: Iterable[FieldInfo]) -> tuple[dict[str, str | None], list[str]]:
    """Return by variable what is set of *fields*, None for what can't be used, and what is wrong with that."""
    found: dict[str, str | None] = {}
    mistakes: list[str] = []
    for field in fields:
        name = str(field.alias)
        several_lines = Words in field.metadata or name in SECRET_VARIABLES  # a secret's form says more of a break
        text = environment.read(name, mistakes, values.text if several_lines else values.plain)
        if text and name not in SECRET_VARIABLES and tokens.holds_one(text):
            mistakes.append(f"{name} holds a Slack token, which only {' or '.join(SECRET_VARIABLES[:2])} may hold.")
            text = None
        if text != "":
            found[name] = text
    return found, mistakes


def wrong(invalid: ValidationError) -> frozenset[str]:
    """Return the variables that *invalid* is about."""
    return frozenset(str(error["loc"][0]) for error in invalid.errors() if error["loc"])


def worded(invalid: ValidationError, model: type[BaseModel], told: Collection[str] = ()) -> list[str]:
    """Return what is wrong, a line for each variable, without those that were *told* already."""
    errors = invalid.errors(include_url=False, include_input=False)
    return [_words_of(error, model) for error in errors if not {*told} & {*error["loc"]}]


def _words_of(error: Any, model: type[BaseModel]) -> str:
    name, *entry = error["loc"] or ("",)
    limits = error.get("ctx", {})
    match error["type"]:
        case "missing":
            field = next(f for f in model.model_fields.values() if f.alias == name)
            return f"{name} (or {name}_FILE) is not set. {field.description}"
        case "greater_than":
            message = f"must be above {limits['gt']:g}"
        case "less_than_equal":
            message = f"must be at most {limits['le']:g}"
        case "literal_error":
            message = f"must be {limits['expected']}"
        case _:
            message = error["msg"].removeprefix("Value error, ")
    place = f"{name}, entry {entry[0] + 1}" if entry and isinstance(entry[0], int) else name
    return f"{place}: {message}." if place else message
