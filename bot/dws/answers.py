"""Turns an answer of DWS, IAM or a gateway before them into its JSON object or an error.

Sources: DWS API Reference, "Status Codes" and "Error Codes"; API Gateway, "Error Codes"; IAM API Reference, "Status
Codes". The error bodies that those describe differ from each other and from what services send: all are read here.
What an answer means is `meanings`' part.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, assert_never

from bot import values
from bot.core.errors import (
    CloudAnswer,
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
)
from bot.core.why import Code, Why
from bot.dws.meanings import CallKind, Diagnosis, ErrorAnswer, meaning

WRONG_ADDRESS: Final = Why(Code.WRONG_ADDRESS)

_SUCCESS: Final = re.compile(r"DWS\.0000|0|2\d\d")
_CREDENTIALS: Final = re.compile(
    r"((?:x-)?(?:auth|subject|security)-token|access|signature|password|token)(\"?\s*[=:]\s*\"?)[^\s,;\"]+"
    r"|(\bak(?:sk)?)([ =:]+)[A-Z0-9]{8,}\b"  # an access key, which IAM repeats where it doesn't know it
    r"|[A-Za-z0-9+/=_-]{65,}",  # longer than any id, name or trace id: a token or a signature
    re.IGNORECASE,
)
_ACTION: Final = re.compile(r"\b[a-z]+(:[A-Za-z]+){2}\b")  # "dws:openAPISnapshot:list"
_MESSAGE_MOST: Final = 300
_CODE_MOST: Final = 64
_FIRST_YEAR: Final = 2000  # a clock outside these years doesn't go
_LAST_YEAR: Final = 2999
_LOOKED_AT: Final = 4096  # characters of any text from outside


def read_response(
    status: int, headers: Mapping[str, str], body: bytes, *, call: CallKind, now: datetime | None = None
) -> dict[str, Any]:
    """Return the JSON object in the answer to *call*, e.g. `{"snapshot": {"id": …}}`; an empty dict for a 204.

    So is the answer to a delete call, whose 202 is empty.

    *headers* are looked up in lower case unless the mapping ignores case itself; *now* is for a Retry-After that is
    a date in an answer that has no date of its own.

    Raises:
        CloudBusy: another task holds the cluster; only for a call that changes something.
        CloudNotFound: what the call names is gone; never for a list, which names nothing.
        CloudLoginRefused: the login isn't accepted; whatever is wrong, for a login.
        CloudForbidden: an operator's move: a permission, the address, a gateway. `perhaps_gone` where the cloud's
            words stand for "there is no such cluster" as well.
        CloudRejected: the request itself is wrong; only for a call that changes something.
        CloudUnavailable: no useful answer: 408, 429, 5xx, or a 2xx whose body isn't a JSON object. `maybe_done` is
            False after a 429.
    """
    told = _read_error(_object(body))
    request_id = request_id_of(headers) or clean(told.request_id, 128)
    if 200 <= status < 300 and not told.is_error:
        if status == HTTPStatus.NO_CONTENT or (call is CallKind.DELETE and not body.strip()):
            return {}
        if told.document is not None:
            return told.document
        raise CloudUnavailable(
            f"{status} without a JSON object: {excerpt(body)}", status=status, request_id=request_id, maybe_done=True
        )
    detail = " ".join(filter(None, (str(status), told.code, told.message or excerpt(body))))
    if request_id:
        detail += f" (request {request_id})"
    page = told.document is None and body.strip() not in (b"", b"null")
    silent = not (told.code or told.message)
    said = ErrorAnswer(status, told.code, told.message, foreign=page or told.is_foreign, silent=silent)
    raise _error(meaning(said, call), detail, said, request_id, call, _retry_after(headers, now))


def request_id_of(headers: Mapping[str, str]) -> str:
    """Return the cloud's own id of a call, which its support asks for; "" where *headers* have none."""
    return clean(_header(headers, "x-request-id") or _header(headers, "x-iam-trace-id"), 128)


def _error(
    found: Diagnosis, detail: str, said: ErrorAnswer, request_id: str, call: CallKind, retry_after: float | None
) -> CloudError:
    facts: CloudAnswer = {"status": said.status, "code": said.code, "message": said.message, "request_id": request_id}
    match found:
        case Diagnosis.CLOUD:
            surely_not = said.status == HTTPStatus.TOO_MANY_REQUESTS
            return CloudUnavailable(detail, **facts, maybe_done=not surely_not, retry_after=retry_after)
        case Diagnosis.BUSY:
            return CloudBusy(detail, **facts)
        case Diagnosis.LOGIN:
            return CloudLoginRefused(detail, **facts)
        case Diagnosis.REJECTED:
            return CloudRejected(detail, **facts)
        case Diagnosis.GONE:
            return CloudNotFound(detail, **facts)
        case Diagnosis.GONE_OR_FORBIDDEN:
            return CloudForbidden(detail, **facts, perhaps_gone=True)
        case Diagnosis.FORBIDDEN:
            facts["why"] = _lacking(said.message, call)
            return CloudForbidden(detail, **facts)
        case Diagnosis.GATEWAY:
            facts["why"] = Why(Code.GATEWAY_REFUSED, {"code": said.code or str(said.status)})
            return CloudForbidden(detail, **facts)
        case Diagnosis.ADDRESS:
            facts["why"] = WRONG_ADDRESS
            return CloudForbidden(f"no DWS interface at this address: {detail}", **facts)
        case _:
            assert_never(found)


def _lacking(message: str, call: CallKind) -> Why | None:
    """Return which permission the cloud's *message* names; None where it names none."""
    if (action := _ACTION.search(message)) is None:
        return None
    call_name = {CallKind.CREATE: "create", CallKind.DELETE: "delete"}.get(call, "look")
    return Why(Code.PERMISSION_MISSING, {"call": call_name, "action": action[0]})


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """Return when the far end answered, by its own clock, in UTC; None where its `Date` is absent or nonsense."""
    found = values.http_date(_header(headers, "date"))
    return found.astimezone(UTC) if found and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def excerpt(body: bytes) -> str:
    """Return what a log may hold of *body*: at most 300 printable characters, no tags, nothing like a token."""
    if not body:
        return "empty body"
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    return clean(re.sub(r"<[^>]*>", " ", text), _MESSAGE_MOST) or "no readable body"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a body says: the object itself, and the error in it where there is one.

    *is_foreign*: it has the form of another one's errors, Keystone's or Spring Boot's.
    """

    document: dict[str, Any] | None
    code: str = ""
    message: str = ""
    request_id: str = ""
    is_foreign: bool = False

    @property
    def is_error(self) -> bool:
        return bool(self.code) and not _SUCCESS.fullmatch(self.code)


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
    is_foreign = False
    match document:
        case {"error": {"title": _} as error}:  # Keystone
            layers.insert(1, error)
            is_foreign = True
        case {"error": dict() as error}:
            layers.insert(1, error)
        case {"timestamp": _, "status": _, "error": str()}:  # Spring Boot
            is_foreign = True
    code = message = ""
    for layer in layers:
        code = code or _first(layer, "error_code", "errCode", "errorCode")
        message = message or _first(layer, "error_msg", "externalMessage", "errorMsg", "error_message")
        # `code` and `message` are common words: an error only where both are there
        if not code and "code" in layer and "message" in layer:
            code = _text(layer["code"])
        message = message or _first(layer, "message")
    if is_foreign:
        message = message or _text(document.get("error"))
    return _Told(document, clean(code, _CODE_MOST), clean(message, _MESSAGE_MOST), request_id, is_foreign)


def _is_error_object(value: object) -> bool:
    return isinstance(value, dict) and "code" in value and "message" in value  # {"badRequest": {"code": 400, …}}


def _first(layer: Mapping[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(layer.get(name)))), "")


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def clean(text: str, most: int = _MESSAGE_MOST) -> str:
    """Return *text* on one line, printable, without anything like a credential, at most *most* characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_LOOKED_AT]).split())
    line = _CREDENTIALS.sub(lambda found: f"{found[1] or found[3] or ''}{found[2] or found[4] or ''}[…]", line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "")


def _retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Return Retry-After in seconds, never negative; a date counts from the answer's own Date, else from *now*."""
    value = _header(headers, "retry-after").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    at, sent = values.http_date(value), values.http_date(_header(headers, "date")) or now
    return max(0.0, (at - sent).total_seconds()) if at and sent else None
