"""A delivery to the bot's HTTP door, signed as Slack signs."""

from __future__ import annotations

import hashlib
import hmac
import io
import time

import aiohttp

from tests.fakes.slack_bot import Bot

FORM = "application/x-www-form-urlencoded"


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
    at = at if at is not None else str(int(time.time()))
    key = (secret or bot.slack.app.signing_secret).encode()
    made = "v0=" + hmac.new(key, b"v0:" + at.encode() + b":" + raw, hashlib.sha256).hexdigest()
    proof = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature or made}
    headers = {**(headers or {"Content-Type": content_type}), **proof}
    assert bot.slack.app.request_url
    async with (
        aiohttp.ClientSession() as http,
        http.post(bot.slack.app.request_url, data=io.BytesIO(raw), headers=headers) as answer,
    ):
        return answer.status, await answer.text()
