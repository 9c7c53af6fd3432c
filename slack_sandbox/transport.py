"""How something reaches the app: over an open socket, or as signed HTTP; each answer within its deadline, or none.

Source: Slack, "Verifying requests from Slack", "Using Socket Mode", "Handling user interaction".
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

import aiohttp

from slack_sandbox.app import LEGACY_TOKEN, App
from slack_sandbox.exchanges import Exchange, Exchanges
from slack_sandbox.sockets import ConnectionLost, Sockets

Envelope = Literal["slash_commands", "interactive", "events_api"]
Status = Literal["ok", "timeout", "http_error", "connection_failed", "unreachable", "unverified"]
Forgery = Literal[
    "genuine", "stale", "future", "bad_signature", "wrong_secret", "unsigned", "bad_timestamp", "replayed"
]


NO_CHALLENGE: Final = "Your URL didn't respond with the value of the challenge parameter."


@dataclass(frozen=True, slots=True)
class AppResponse:
    """What the app answered; *body* is None (nothing), an object, or text. *status* "ok" means in time, with 200."""

    status: Status
    body: dict[str, Any] | str | None = None
    exchange: Exchange | None = None
    no_retry: bool = False
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """An HTTP request as it was sent, to be replayed."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return `X-Slack-Signature` of *body*."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return f"v0={digest}"


def http_body(envelope: Envelope, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return a payload as Slack's HTTP calls carry it, and its content type."""
    if envelope == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if envelope == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class Transport:
    """Sends to the app; *ack_seconds* is the deadline, in real time."""

    def __init__(self, app: App, sockets: Sockets, exchanges: Exchanges, *, ack_seconds: float = 3.0) -> None:
        """Be ready; HTTP needs `start()`."""
        self._app, self._sockets, self._exchanges = app, sockets, exchanges
        self.ack_seconds = ack_seconds
        self._session: aiohttp.ClientSession | None = None
        self.last: Signed | None = None
        self._verified = ""  # the request URL that has answered its challenge
        self._verifying = asyncio.Lock()

    async def start(self) -> None:
        """Open what HTTP needs."""
        self._session = aiohttp.ClientSession(auto_decompress=False)

    async def close(self) -> None:
        """Close it."""
        if self._session:
            await self._session.close()

    async def send(
        self,
        envelope: Envelope,
        what: str,
        payload: dict[str, Any],
        *,
        answered: bool = False,
        attempt: int = 0,
        reason: str = "",
    ) -> AppResponse:
        """Send *payload* and return the answer; *answered* says that the ack may carry one.

        *attempt* and *reason* mark a repeated event.
        """
        if self._sockets.open:
            return await self._over_socket(envelope, what, payload, answered, attempt, reason)
        url = (self._app.options_url if what == "block_suggestion" else None) or self._app.request_url
        if url and envelope == "events_api" and await self._unverified(url):
            exchange = self._exchanges.begin("slack->app", "http", what, payload)
            return self._failed(exchange, "unverified")
        if url:
            return await self._over_http(url, envelope, what, payload, attempt, reason)
        exchange = self._exchanges.begin("slack->app", "socket", what, payload)
        self._exchanges.end(exchange, "unreachable", None, deadline_kept=False)
        return AppResponse("unreachable", exchange=exchange)

    async def set_request_url(self, url: str) -> str:
        """Set where the app takes signed HTTP and have it verified; return what is wrong, "" where nothing is.

        Events aren't sent to a URL that has not been verified; the sandbox asks again before each.
        """
        self._app.request_url, self._verified = url, ""
        return await self._unverified(url)

    async def _unverified(self, url: str) -> str:
        async with self._verifying:
            if url == self._verified:
                return ""
            challenge = secrets.token_hex(16)
            payload = {"token": LEGACY_TOKEN, "challenge": challenge, "type": "url_verification"}
            answer = await self._over_http(url, "events_api", "url_verification", payload, 0, "")
            said = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
            if answer.status == "ok" and isinstance(said, str) and said.strip() == challenge:
                self._verified = url
                return ""
        problem = NO_CHALLENGE if answer.http_status else f"Your URL can't be reached: {answer.status}."
        self._exchanges.saw(answer.exchange, problem)
        return problem

    async def _over_socket(
        self, envelope: Envelope, what: str, payload: dict[str, Any], answered: bool, attempt: int, reason: str
    ) -> AppResponse:
        frame: dict[str, Any] = {
            "envelope_id": str(uuid.uuid4()),
            "type": envelope,
            "accepts_response_payload": answered,
            "payload": payload,
        }
        if envelope == "events_api":
            frame |= {"retry_attempt": attempt, "retry_reason": reason}
        exchange = self._exchanges.begin("slack->app", "socket", what, payload, frame["envelope_id"])
        try:
            body = await self._sockets.send(frame, self.ack_seconds)
        except TimeoutError:
            return self._failed(exchange, "timeout")
        except ConnectionLost:
            return self._failed(exchange, "connection_failed")
        self._exchanges.end(exchange, "ok", body, deadline_kept=True)
        return AppResponse("ok", body if answered and body not in ({}, "") else None, exchange)

    def _failed(self, exchange: Exchange, status: Status) -> AppResponse:
        self._exchanges.end(exchange, status, None, deadline_kept=False)
        return AppResponse(status, exchange=exchange)

    async def _over_http(
        self, url: str, envelope: Envelope, what: str, payload: dict[str, Any], attempt: int, reason: str
    ) -> AppResponse:
        body, content_type = http_body(envelope, payload)
        timestamp = str(int(time.time()))  # real time: the app checks it against its own clock
        headers = self._headers(content_type, timestamp, signature(self._app.signing_secret, timestamp, body))
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        self.last = Signed(url, body, headers)
        exchange = self._exchanges.begin("slack->app", "http", what, payload, headers["X-Slack-Signature"])
        try:
            status, answer_headers, text = await self._post(self.last)
        except TimeoutError:
            return self._failed(exchange, "timeout")
        except aiohttp.ClientError:
            return self._failed(exchange, "connection_failed")
        parsed = _parse(answer_headers.get("Content-Type", ""), text)
        fine = status == 200 or (envelope == "events_api" and 200 <= status < 300)
        self._exchanges.end(exchange, str(status), parsed, deadline_kept=True)
        no_retry = answer_headers.get("X-Slack-No-Retry") == "1"
        return AppResponse("ok" if fine else "http_error", parsed, exchange, no_retry, status)

    @staticmethod
    def _headers(content_type: str, timestamp: str, sign: str) -> dict[str, str]:
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign,
        }

    async def _post(self, request: Signed) -> tuple[int, Mapping[str, str], str]:
        if self._session is None:
            raise RuntimeError("the sandbox isn't running")
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        async with self._session.post(
            request.url, data=request.body, headers=request.headers, timeout=timeout, allow_redirects=False
        ) as response:
            return response.status, response.headers, await response.text(errors="replace")

    async def forge(
        self, forgery: Forgery, envelope: Envelope, payload: Mapping[str, Any], *, raw: bytes | None = None
    ) -> tuple[int, str]:
        """Send a request over HTTP that the app must not believe; return its status and answer.

        "genuine" is signed as it should be, whatever it says; "replayed" sends the last genuine request again, byte
        for byte. *raw* is a body to send instead of *payload*.

        Raises:
            ValueError: the app has no request URL, or there is nothing to replay.
            TimeoutError: the app didn't answer in time.
            aiohttp.ClientError: the app can't be reached, or broke the connection.
        """
        if forgery == "replayed":
            if self.last is None:
                raise ValueError("nothing was sent over HTTP yet")
            return await self._send_forged("replayed", self.last)
        if not self._app.request_url:
            raise ValueError("the app has no request URL")
        body, content_type = http_body(envelope, payload)
        body = body if raw is None else raw
        skew = {"stale": -301, "future": 301}.get(forgery, 0)
        timestamp = str(int(time.time()) + skew)
        secret = "somebody-else's-secret" if forgery == "wrong_secret" else self._app.signing_secret
        sign = signature(secret, timestamp, body)
        if forgery == "bad_signature":
            sign = sign[:-1] + ("0" if sign[-1] != "0" else "1")
        if forgery == "bad_timestamp":
            timestamp = "not-a-number"
        headers = self._headers(content_type, timestamp, sign)
        if forgery == "unsigned":
            del headers["X-Slack-Signature"], headers["X-Slack-Request-Timestamp"]
        return await self._send_forged(forgery, Signed(self._app.request_url, body, headers))

    async def _send_forged(self, forgery: str, request: Signed) -> tuple[int, str]:
        proof = request.headers.get("X-Slack-Signature", "")
        exchange = self._exchanges.begin(
            "slack->app", "http", f"{forgery} request", request.body.decode(errors="replace"), proof
        )
        try:
            status, _, text = await self._post(request)
        except (TimeoutError, aiohttp.ClientError) as e:
            self._exchanges.end(exchange, "timeout" if isinstance(e, TimeoutError) else "connection_failed", None)
            raise
        self._exchanges.end(exchange, str(status), text)
        return status, text


def _parse(content_type: str, text: str) -> dict[str, Any] | str | None:
    if not text:
        return None
    if content_type.startswith("application/json"):
        try:
            parsed = json.loads(text)
        except json.JSONDecodeError:
            return text
        return (parsed or None) if isinstance(parsed, dict) else text
    return text
