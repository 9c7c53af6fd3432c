"""A delivery to the bot's HTTP door, signed as Slack signs."""

from __future__ import annotations

import hashlib
import hmac
import io
import time

import aiohttp

from tests.fakes.slack_bot import Bot

FORM = "application/x-www-form-urlencoded"


def signed(
    body: bytes, secret: str, *, at: str | None = None, headers: dict[str, str] | None = None
) -> tuple[bytes, dict[str, str]]:
    """Return *body*, and its headers, as Slack signs with *secret*, at the time *at* in seconds or now."""
    at = at if at is not None else str(int(time.time()))
    made = "v0=" + hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    proof = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": made}
    return body, {**(headers or {"Content-Type": FORM}), **proof}


async def send(
    bot: Bot,
    body: bytes | str,
    *,
    content_type: str = FORM,
    headers: dict[str, str] | None = None,
    at: str | None = None,
    signature: str | None = None,
    secret: str | None = None,
) -> tuple[int, str]:
    """Send *body* as Slack would, signed rightly unless told otherwise; return the status and the answer."""
    raw = body.encode() if isinstance(body, str) else body
    headers = headers or {"Content-Type": content_type}
    _, given = signed(raw, secret or bot.slack.app.signing_secret, at=at, headers=headers)
    if signature:
        given["X-Slack-Signature"] = signature
    assert bot.slack.app.request_url
    async with (
        aiohttp.ClientSession() as http,
        http.post(bot.slack.app.request_url, data=io.BytesIO(raw), headers=given) as answer,
    ):
        return answer.status, await answer.text()
