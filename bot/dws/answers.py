"""One function that turns any answer of DWS, IAM or a gateway before them into its JSON object or an error.

Sources: DWS API Reference, "Status Codes" and "Error Codes"; API Gateway, "Error Codes"; IAM API Reference, "Status
Codes". The error bodies that those describe differ from each other and from what services send: all are read here.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from bot.core.errors import (
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
)

WRONG_ADDRESS: Final = (
    "The cloud has no DWS interface at the address that the bot uses. An operator must check the region and "
    "DWS_ENDPOINT (`snapshot-bot doctor`); this request waits."
)

# Codes say more than statuses: a missing snapshot comes as 400, a busy cluster as 403.
_BY_CODE: Final[Mapping[str, type[CloudError]]] = {
    "DWS.0005": CloudUnavailable,
    "DWS.0011": CloudBusy,
    "DWS.0015": CloudNotFound,  # "not found or no permission"
    "DWS.0020": CloudForbidden,  # restricted account
    "DWS.0047": CloudNotFound,
    "DWS.3027": CloudNotFound,
    "DWS.5045": CloudForbidden,  # the tenant is not allowed
    "DWS.5050": CloudRejected,  # the name exists, with a 409
    "DWS.5111": CloudNotFound,
    "DWS.5149": CloudNotFound,  # what GET says of a snapshot that is gone, with a 400
    "DWS.5189": CloudUnavailable,  # the service could not get its own keys
    "DWS.7023": CloudBusy,
    "DWS.9999": CloudUnavailable,
    "APIGW.0301": CloudLoginRefused,
    "APIGW.0302": CloudForbidden,
    "APIGW.0306": CloudForbidden,
    "APIGW.0307": CloudLoginRefused,
    "APIGW.0308": CloudUnavailable,
    "APIGW.0310": CloudForbidden,
    "APIGW.0601": CloudUnavailable,
    "APIGW.0605": CloudUnavailable,
    "APIGW.0610": CloudUnavailable,
    "APIGW.0613": CloudUnavailable,
}
_BY_STATUS: Final[Mapping[int, type[CloudError]]] = {
    401: CloudLoginRefused,
    403: CloudForbidden,
    404: CloudNotFound,
    407: CloudUnavailable,  # a proxy on the way, not the cloud
    408: CloudUnavailable,
    409: CloudBusy,
    410: CloudNotFound,
    425: CloudUnavailable,
    429: CloudUnavailable,
}
_NO_SUCH_API: Final = "APIGW.0101"
_GENERIC: Final = "DWS.9999"
_BAD_PARAMETER: Final = "DWS.0001"
_SUCCESS: Final = re.compile(r"DWS\.0000|0|2\d\d")
_GONE: Final = re.compile(
    r"\b(cluster|snapshot|backup)\b.{0,60}?\b(not exist|doesn't exist|not found|deleted)\b"
    r"|\bno such (cluster|snapshot|backup)\b",
    re.IGNORECASE,
)
_BAD_ID: Final = re.compile(r"\b(cluster|snapshot|backup)[ _-]?(id|uuid)\b", re.IGNORECASE)
_FIELD: Final = re.compile(r"\b(name|description)\b", re.IGNORECASE)
_NAME_EXISTS: Final = re.compile(r"\bname\b.*\b(exists?|duplicate|in use|used)|\bduplicate\b.*\bname\b", re.IGNORECASE)
_CREDENTIALS: Final = re.compile(
    r"((?:x-)?(?:auth|subject|security)-token|access|signature|password|token)(\"?\s*[=:]\s*\"?)[^\s,;\"]+"
    r"|[A-Za-z0-9+/=_-]{65,}",  # longer than any id, name or trace id: a token or a signature
    re.IGNORECASE,
)
_MESSAGE_MOST: Final = 300
_CODE_MOST: Final = 64
_FIRST_YEAR: Final = 2000  # a clock outside these years doesn't go
_LAST_YEAR: Final = 2999
_LOOKED_AT: Final = 4096  # characters of any text from outside


def read_response(
    status: int, headers: Mapping[str, str], body: bytes, *, now: datetime | None = None
) -> dict[str, Any]:
    """Return the answer's JSON object, e.g. `{"snapshot": {"id": …}}`; an empty dict for a 204.

    *headers* are looked up in lower case unless the mapping ignores case itself; *now* is for a Retry-After that is
    a date in an answer that has no date of its own.

    Raises:
        CloudBusy: 409, or another status with a code that says so (DWS.0011, DWS.7023).
        CloudNotFound: 404, or another status with a code that says so (DWS.0015, .0047, .3027, .5149).
        CloudLoginRefused: 401.
        CloudForbidden: 403; also a redirect, or a 404 that is not DWS's own, since then the address is wrong.
        CloudRejected: any other 4xx.
        CloudUnavailable: 408, 429, 5xx, or a 2xx whose body isn't a JSON object. `maybe_done` is False after a 429.
    """
    told = _read_error(_object(body))
    request_id = _clean(_header(headers, "x-request-id") or _header(headers, "x-iam-trace-id") or told.request_id, 128)
    if 200 <= status < 300 and not told.is_error:
        if status == HTTPStatus.NO_CONTENT:
            return {}
        if told.document is not None:
            return told.document
        raise CloudUnavailable(
            f"{status} without a JSON object: {excerpt(body)}", status=status, request_id=request_id, maybe_done=True
        )
    detail = " ".join(filter(None, (str(status), told.code, told.message or excerpt(body))))
    if request_id:
        detail += f" (request {request_id})"
    kind = _classify(status, told)
    if kind is None:
        error: CloudError = CloudForbidden(
            f"no DWS interface at this address: {detail}",
            status=status,
            code=told.code,
            message=told.message,
            request_id=request_id,
        )
        error.say = WRONG_ADDRESS
        raise error
    if kind is CloudUnavailable:
        raise CloudUnavailable(
            detail,
            status=status,
            code=told.code,
            message=told.message,
            request_id=request_id,
            maybe_done=status != HTTPStatus.TOO_MANY_REQUESTS,
            retry_after=_retry_after(headers, now),
        )
    raise kind(detail, status=status, code=told.code, message=told.message, request_id=request_id)


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """Return when the far end answered, by its own clock, in UTC; None where its `Date` is absent or nonsense."""
    found = _http_date(_header(headers, "date"))
    return found.astimezone(UTC) if found and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def excerpt(body: bytes) -> str:
    """Return what a log may hold of *body*: at most 300 printable characters, no tags, nothing like a token."""
    if not body:
        return "empty body"
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    return _clean(re.sub(r"<[^>]*>", " ", text), _MESSAGE_MOST) or "no readable body"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a body says: the object itself, and the error in it where there is one."""

    document: dict[str, Any] | None
    code: str = ""
    message: str = ""
    request_id: str = ""

    @property
    def is_error(self) -> bool:
        return bool(self.code) and not _SUCCESS.fullmatch(self.code)


def _classify(status: int, told: _Told) -> type[CloudError] | None:
    """Return the kind of error, or None where the address is wrong: no DWS stands there."""
    code = told.code.replace("APIG.", "APIGW.", 1) if told.code.startswith("APIG.") else told.code
    if code == _GENERIC:  # the real code may stand in the message
        code = next((c for c in re.findall(r"DWS\.\d{4}", told.message) if c in _BY_CODE), code)
    if code == _NO_SUCH_API or 300 <= status < 400:
        return None
    if kind := _BY_CODE.get(code):
        return kind
    if code == _BAD_PARAMETER and _is_gone(told.message):
        return CloudNotFound
    if status < 300:  # an error inside a success: the body's own number counts
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else HTTPStatus.BAD_REQUEST
    if status == HTTPStatus.CONFLICT and _NAME_EXISTS.search(told.message):
        return CloudRejected  # waiting would not help
    if status == HTTPStatus.NOT_FOUND and not (told.code or told.message):
        return None  # a proxy's or a web server's page: DWS names what is missing
    if status >= 500:
        return CloudUnavailable
    return _BY_STATUS.get(status, CloudRejected)


def _is_gone(message: str) -> bool:
    """Say whether a bad parameter is an id that names nothing (any more), rather than a name or a description."""
    return bool(_GONE.search(message) or (_BAD_ID.search(message) and not _FIELD.search(message)))


def _object(body: bytes) -> dict[str, Any] | None:
    """Read *body* as a JSON object, also one in base64; None where it is neither."""
    for attempt in (body, None):
        try:
            text = base64.b64decode(b"".join(body.split()), validate=True) if attempt is None else attempt
            found = json.loads(text)
        except (ValueError, RecursionError, binascii.Error):
            continue
        if isinstance(found, dict):
            return found
    return None


def _read_error(document: dict[str, Any] | None) -> _Told:
    """Find code and message, whatever the body calls them; the first spelling that is there counts."""
    if document is None:
        return _Told(None)
    request_id = _text(document.get("request_id"))
    layers = [document, *(v for v in document.values() if _is_error_object(v))]
    if isinstance(error := document.get("error"), dict):
        layers.insert(1, error)
    code = message = ""
    for layer in layers:
        code = code or _first(layer, "error_code", "errCode", "errorCode")
        message = message or _first(layer, "error_msg", "externalMessage", "errorMsg", "error_message")
        # `code` and `message` are common words: an error only where both are there
        if not code and "code" in layer and "message" in layer:
            code = _text(layer["code"])
        message = message or _first(layer, "message")
    return _Told(document, _clean(code, _CODE_MOST), _clean(message, _MESSAGE_MOST), request_id)


def _is_error_object(value: object) -> bool:
    return isinstance(value, dict) and "code" in value and "message" in value  # {"badRequest": {"code": 400, …}}


def _first(layer: Mapping[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(layer.get(name)))), "")


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _clean(text: str, most: int) -> str:
    """Return *text* on one line, printable, without anything like a credential, at most *most* characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_LOOKED_AT]).split())
    line = _CREDENTIALS.sub(lambda found: f"{found[1] or ''}{found[2] or ''}[…]", line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "")


def _retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Return Retry-After in seconds, never negative; a date counts from the answer's own Date, else from *now*."""
    value = _header(headers, "retry-after").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    at, sent = _http_date(value), _http_date(_header(headers, "date")) or now
    return max(0.0, (at - sent).total_seconds()) if at and sent else None


def _http_date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
