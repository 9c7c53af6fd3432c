"""A Web API call as its method sees it: merged arguments in, a dictionary or an ApiError out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sandbox.api_error import ApiError
from slack_sandbox.site import Site


@dataclass(frozen=True, slots=True)
class Args:
    """Arguments from the query, a form or a JSON body: text in the first two, anything in the last."""

    values: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """Return a text argument; numbers and lists are written as Slack's clients write them."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, list):
            return ",".join(str(v) for v in value)
        return str(value)

    def required(self, name: str) -> str:
        """Return a text argument that must be there.

        Raises:
            ApiError: invalid_arguments, as Slack words it.
        """
        if not (value := self.text(name)):
            raise ApiError("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a yes or no."""
        value = self.values.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int, *, error: str = "invalid_arguments") -> int:
        """Return a number that isn't negative.

        Raises:
            ApiError: *error*, where it is something else.
        """
        value = self.text(name) or str(default)
        if not value.isascii() or not value.isdecimal():
            raise ApiError(error, [f"[ERROR] must be a number [json-pointer:/{name}]"])
        return int(value)

    def structure(self, name: str, *, error: str = "invalid_arguments") -> Any:
        """Return an argument that is JSON, or text with JSON in it; None where it isn't given.

        Raises:
            ApiError: *error*, where the text isn't JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str) or value == "":
            return None if value == "" else value
        try:
            return json.loads(value)
        except json.JSONDecodeError as e:
            raise ApiError(error, [f"[ERROR] must be valid JSON [json-pointer:/{name}]"]) from e


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the site that it is about, and its arguments."""

    site: Site
    args: Args


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method. *scope* is checked before *run*; *per_minute* is its rate tier (1, 20, 50, 100 or more).

    *for_app* is called with the app-level token, not the bot's; *open* needs none.
    """

    run: Callable[[Call], Awaitable[dict[str, Any]]]
    per_minute: int
    scope: str = ""
    for_app: bool = False
    open: bool = False


def needs(call: Call, scope: str) -> None:
    """Check a scope that depends on the arguments.

    Raises:
        ApiError: missing_scope, with what is needed and what is there.
    """
    if scope and not call.site.app.has(scope):
        raise ApiError("missing_scope", needed=scope, provided=",".join(call.site.app.scopes))


def page(
    call: Call, items: Sequence[Any], *, default: int = 100, most: int = 1000, strict: bool = False
) -> tuple[list[Any], dict[str, Any]]:
    """Return one page of *items* and its `response_metadata`, by the arguments `cursor` and `limit`.

    A limit of 0 is the *default*, which may be 0 for all of them; more than *most* is *most*, or where the method is
    *strict* a mistake.

    Raises:
        ApiError: invalid_cursor, invalid_limit or invalid_arguments.
    """
    error = "invalid_limit" if strict else "invalid_arguments"
    limit, start = call.args.number("limit", default, error=error) or default or max(1, len(items)), 0
    if limit > most and strict:
        raise ApiError("invalid_limit")
    limit = min(limit, most)
    if cursor := call.args.text("cursor"):
        try:
            word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
            start = int(number)
        except (binascii.Error, ValueError) as e:
            raise ApiError("invalid_cursor") from e
        if word != "next" or not 0 < start <= len(items):
            raise ApiError("invalid_cursor")
    end = start + limit
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": following}
