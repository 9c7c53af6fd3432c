"""What a failed call to Slack means: the one place where its exceptions become ours."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.core.errors import SlackRefused, SlackUnavailable

_THROTTLED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_SLACKS_FAULT: Final = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "update_failed", "accesslimited"}
)


async def call(asked: Awaitable[Any]) -> dict[str, Any]:
    """Await a Web API call and return Slack's answer.

    Raises:
        SlackRefused: Slack said no, and did nothing.
        SlackUnavailable: no useful answer; `maybe_done` says whether Slack may have acted.
    """
    try:
        response = await asked
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as e:
        raise as_unavailable(e) from e
    data = response.data
    if not isinstance(data, dict):
        raise SlackUnavailable("Slack's answer is no JSON object")
    return data


def as_unavailable(error: Exception) -> SlackUnavailable:
    """Return what *error* means; its text holds Slack's code and messages, never what was sent."""
    if isinstance(error, SlackApiError):
        return _refused(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return SlackUnavailable(f"no connection to Slack: {type(error).__name__}", maybe_done=False)
    return SlackUnavailable(f"no answer from Slack: {type(error).__name__}")


def _refused(error: SlackApiError) -> SlackUnavailable:
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    headers = getattr(response, "headers", None) or {}
    data = getattr(response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or code in _THROTTLED:
        wait = _seconds(headers)
        return SlackUnavailable(f"Slack: {code or status}", retry_after=wait, maybe_done=False)
    if code in _SLACKS_FAULT or not code or status >= 500:
        return SlackUnavailable(f"Slack: {code or 'no useful answer'} (HTTP {status})")
    details = (data.get("response_metadata") or {}).get("messages") if isinstance(data, dict) else None
    shown = f": {'; '.join(str(m) for m in details[:3])}" if isinstance(details, list) and details else ""
    needed = f" (needs the scope {data['needed']})" if isinstance(data, dict) and data.get("needed") else ""
    return SlackRefused(f"Slack: {code}{needed}{shown}", code=code)


def _seconds(headers: Mapping[str, Any]) -> float | None:
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), None)
    try:
        return max(0.0, float(value[0] if isinstance(value, list) else value)) if value is not None else None
    except (TypeError, ValueError):
        return None
