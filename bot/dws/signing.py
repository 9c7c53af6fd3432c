"""The signature `SDK-HMAC-SHA256` of a request, by access key and secret key.

Source: API Gateway, "API Request Signing Guide"; the form with `Access=` that the DWS API Reference shows under
"Authentication", and that Huawei's own SDKs send.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote

ALGORITHM: Final = "SDK-HMAC-SHA256"


def timestamp(now: datetime) -> str:
    """Return *now* as X-Sdk-Date wants it; the gateway allows 15 minutes of difference to its own clock."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def canonical_request(
    method: str, path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str], body: bytes
) -> str:
    """Return the six parts that are signed, one per line.

    *path* is percent-encoded as sent, *query* is decoded; every header is signed but those with `_` in their names,
    which proxies drop. The path ends in `/` here, though not on the wire.
    """
    segments = "/".join(_encode(segment) for segment in unquote(path).split("/"))
    named = _signed(headers)
    return "\n".join(
        (
            method.upper(),
            segments if segments.endswith("/") else f"{segments}/",
            "&".join(f"{_encode(key)}={_encode(value)}" for key, value in sorted(query)),
            "".join(f"{name}:{value}\n" for name, value in named.items()),
            ";".join(named),
            hashlib.sha256(body).hexdigest(),
        )
    )


def authorization(canonical: str, headers: Mapping[str, str], *, access_key: str, secret_key: str) -> str:
    """Return the Authorization header for *canonical*, made of the same *headers*, X-Sdk-Date among them.

    Raises:
        KeyError: there is no X-Sdk-Date in *headers*.
    """
    named = _signed(headers)
    to_sign = f"{ALGORITHM}\n{named['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={';'.join(named)}, Signature={signature}"


def _signed(headers: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted((name.lower(), value.strip()) for name, value in headers.items() if "_" not in name))


def _encode(text: str) -> str:
    return quote(text, safe="")
