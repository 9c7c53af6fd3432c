"""Checks `SDK-HMAC-SHA256` signatures as the API gateway does.

Source: API Gateway User Guide, "Signing and Authentication Process": canonical request, string to sign, signature.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote

ALGORITHM: Final = "SDK-HMAC-SHA256"
WINDOW: Final = timedelta(minutes=15)
_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} +Access=(?P<access>[^,\s]+), *SignedHeaders=(?P<signed>[^,\s]+), *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


class BadSignature(Exception):
    """The request is not signed as it should be; the text says in what way."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The parts of an `Authorization` header."""

    access: str
    signed: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, header: str) -> Authorization:
        """Read `SDK-HMAC-SHA256 Access=…, SignedHeaders=a;b, Signature=…`.

        Raises:
            BadSignature: it has another form.
        """
        match = _AUTHORIZATION.fullmatch(header.strip())
        if match is None:
            raise BadSignature("authorization header format error")
        return cls(match["access"], tuple(match["signed"].lower().split(";")), match["signature"])


def canonical_request(
    method: str, target: str, headers: Mapping[str, str], signed: tuple[str, ...], body: bytes
) -> str:
    """Return the six parts that are signed; *target* is path and query as they stood on the wire.

    Raises:
        BadSignature: a signed header is missing, or the body isn't the one whose hash a header gives.
    """
    path, _, query = target.partition("?")
    segments = "/".join(quote(unquote(segment), safe="~") for segment in path.split("/"))
    pairs = [part.partition("=") for part in query.split("&") if part]
    decoded = sorted((unquote(key), unquote(value)) for key, _, value in pairs)
    lines = []
    for name in signed:
        if name not in headers:
            raise BadSignature(f"signed header {name} is missing")
        lines.append(f"{name}:{headers[name].strip()}\n")
    return "\n".join(
        [
            method.upper(),
            segments if segments.endswith("/") else segments + "/",
            "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in decoded),
            "".join(lines),
            ";".join(signed),
            _payload_hash(headers, body),
        ]
    )


def _payload_hash(headers: Mapping[str, str], body: bytes) -> str:
    actual = hashlib.sha256(body).hexdigest()
    claimed = headers.get("x-sdk-content-sha256", actual)
    content_type = headers.get("content-type", "application/json").lower()
    if claimed == "UNSIGNED-PAYLOAD" and not content_type.startswith(("application/json", "application/bson")):
        return claimed
    if claimed != actual:
        raise BadSignature("x-sdk-content-sha256 does not match the body")
    return actual


def verify(
    authorization: Authorization,
    *,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    now: datetime,
) -> None:
    """Check the signature; the names of *headers* are lower case.

    Raises:
        BadSignature: host or date aren't signed, the date is more than 15 min from *now*, or the signature is wrong.
    """
    if not {"host", "x-sdk-date"} <= set(authorization.signed):
        raise BadSignature("host and x-sdk-date must be signed")
    canonical = canonical_request(method, target, headers, authorization.signed, body)
    date = headers["x-sdk-date"].strip()
    try:
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as e:
        raise BadSignature("x-sdk-date format error") from e
    if abs(now - signed_at) > WINDOW:
        raise BadSignature("signature expired")
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    expected = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, authorization.signature):
        raise BadSignature("verify aksk signature fail")
