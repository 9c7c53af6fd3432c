"""Bolt looks every 10 ms whether a listener has acknowledged; with process_before_response it waits for the listener.

Exit code: 0 where it does, 1 where the one doesn't any more, or the other does as well.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

FORM: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}
BODY = urlencode({"command": "/hello", "text": "", "team_id": "T1", "user_id": "U1", "channel_id": "C1"})
naps: list[float] = []
sleep = asyncio.sleep


async def counted(delay: float) -> None:
    """Count, and sleep."""
    naps.append(delay)
    await sleep(delay)


async def authorize() -> AuthorizeResult:
    """Ask nobody."""
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-0")


async def acknowledges(ack: AsyncAck) -> None:
    """Do it at once."""
    await ack()


async def asked(*, process_before_response: bool) -> tuple[int, float]:
    """Send twenty commands; return how often Bolt slept, and the milliseconds of the quickest answer."""
    app = AsyncApp(
        name="here",
        authorize=authorize,
        request_verification_enabled=False,
        process_before_response=process_before_response,
    )
    app.command("/hello")(acknowledges)
    naps.clear()
    took = []
    for _ in range(20):
        began = time.perf_counter()
        answer = await app.async_dispatch(AsyncBoltRequest(body=BODY, headers=FORM))
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200
    return len(naps), min(took)


asyncio.sleep = counted  # type: ignore[assignment]
usual = asyncio.run(asked(process_before_response=False))
before = asyncio.run(asked(process_before_response=True))
print(f"as it comes:              {usual[0]} naps for 20 commands, the quickest {usual[1]:6.2f} ms")
print(f"process_before_response:  {before[0]} naps for 20 commands, the quickest {before[1]:6.2f} ms")
sys.exit(0 if usual[0] >= 20 and not before[0] else 1)
