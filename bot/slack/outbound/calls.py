"""What a failed call to Slack means: the one place where its exceptions become ours, and where a call is made again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.slack.outbound import codes

_LONGEST_NAMED: Final = 3600.0  # seconds; more is no wait that Slack means
# How the SDK stumbles over an answer that is no JSON object, or isn't in the charset that it names.
_STUMBLED: Final = (AttributeError, LookupError, ValueError, RecursionError)


async def call(asked: Awaitable[Any], *, within: float | None = None) -> dict[str, Any]:
    """Await a Web API call and return Slack's answer; after *within* seconds there is none.

    Raises:
        SlackRefused: Slack said no, and did nothing.
        SlackUnavailable: no useful answer; `maybe_done` says whether Slack may have acted.
    """
    try:
        async with asyncio.timeout(within):
            response = await asked
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, *_STUMBLED) as e:
        raise as_unavailable(e) from e
    data = response.data
    if not isinstance(data, dict):
        raise SlackUnavailable("Slack's answer is no JSON object")
    return data


async def patiently(
    ask: Callable[[], Awaitable[Any]],
    *,
    pauses: Sequence[float],
    longest: float,
    within: float | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> dict[str, Any]:
    """Make the call that *ask* begins, and again after each of *pauses* (or Slack's own) without a useful answer.

    Only for what may be done twice. A pause of more than *longest* isn't waited for; *within* bounds each try. All are
    in seconds.

    Raises:
        SlackRefused: `maybe_done` says whether an earlier try, whose answer was lost, may have done it.
        SlackUnavailable: no try had a useful answer.
    """
    lost, left = False, list(pauses)
    while True:
        try:
            return await call(ask(), within=within)
        except SlackUnavailable as e:
            lost = e.maybe_done = e.maybe_done or lost
            if isinstance(e, SlackRefused) or not left:
                raise
            if (wait := max(left.pop(0), e.retry_after or 0.0)) > longest:
                raise
        await sleep(wait)


async def twice(ask: Callable[[], Awaitable[Any]], *, seconds: float) -> dict[str, Any]:
    """Ask Slack for a fact that somebody waits for, and at once a second time without a useful answer.

    It takes *seconds* at most, of which a first try that hangs leaves some to the second.

    Raises:
        SlackRefused, SlackUnavailable: as `call`.
    """
    try:
        async with asyncio.timeout(seconds):
            return await patiently(ask, pauses=(seconds * 0.05,), longest=seconds * 0.5, within=seconds * 0.6)
    except TimeoutError as e:
        raise as_unavailable(e) from e


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
    said = data if isinstance(data, dict) else {}
    code = str(said.get("error") or "")
    beside = said.get("response_metadata")
    details = beside.get("messages") if isinstance(beside, dict) else None
    lines = [str(m) for m in details] if isinstance(details, list) else []
    meaning = codes.meaning(code, lines)
    if status == 429 or meaning is Meaning.THROTTLED:
        return SlackUnavailable(f"Slack: {code or status}", retry_after=_seconds(headers), maybe_done=False)
    if meaning is Meaning.AGAIN or not code or status >= 500:
        return SlackUnavailable(f"Slack: {code or 'no useful answer'} (HTTP {status})")
    shown = f": {'; '.join(lines[:3])}" if lines else ""
    needed = str(said.get("needed") or "")
    wanting = f" (needs the scope {needed})" if needed else ""
    return SlackRefused(f"Slack: {code}{wanting}{shown}", code=code, meaning=meaning, needed=needed)


def _seconds(headers: Mapping[str, Any]) -> float | None:
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), None)
    try:
        named = float(value[0] if isinstance(value, list) else value) if value is not None else None
    except (TypeError, ValueError):
        return None
    return None if named is None or math.isnan(named) else min(max(0.0, named), _LONGEST_NAMED)
