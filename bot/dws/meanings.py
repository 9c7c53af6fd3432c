"""What an error of the cloud means for the call that it answers: who has to act, and whether something is gone.

A list names no object, so no answer to one means that a cluster or a snapshot is gone. A gateway's answer, or a web
server's page, says nothing of what was asked for: that is never the requester's fault.

Sources: DWS API Reference, "Status Codes" and "Error Codes"; API Gateway, "Error Codes".
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final


class CallKind(enum.Enum):
    """What was asked."""

    LIST = enum.auto()
    ONE = enum.auto()  # a cluster or a snapshot by its id
    CREATE = enum.auto()
    DELETE = enum.auto()  # of a snapshot by its id
    LOGIN = enum.auto()


class Diagnosis(enum.Enum):
    """What is the matter."""

    REJECTED = enum.auto()  # the request itself is wrong: the requester's move
    GONE = enum.auto()  # what the call names does not exist
    GONE_OR_FORBIDDEN = enum.auto()  # the cloud doesn't say which
    BUSY = enum.auto()
    LOGIN = enum.auto()
    FORBIDDEN = enum.auto()
    GATEWAY = enum.auto()  # refused before DWS saw it: the operator's move
    ADDRESS = enum.auto()  # no DWS stands there
    CLOUD = enum.auto()  # no useful answer: nobody's move


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """What an answer says: status, its body's code and words, and whose body that is.

    *foreign*: a page, or the body of a framework that isn't DWS's. *silent*: the body says nothing at all.
    """

    status: int
    code: str = ""
    message: str = ""
    foreign: bool = False
    silent: bool = False


# Codes say more than statuses: a missing snapshot comes as 400, a busy cluster as 403.
_BY_CODE: Final[Mapping[str, Diagnosis]] = {
    "DWS.0005": Diagnosis.CLOUD,
    "DWS.0011": Diagnosis.BUSY,
    "DWS.0015": Diagnosis.GONE_OR_FORBIDDEN,  # "not found or permission denied"
    "DWS.0020": Diagnosis.FORBIDDEN,  # restricted account
    "DWS.0047": Diagnosis.GONE,
    "DWS.3027": Diagnosis.GONE,
    "DWS.5045": Diagnosis.FORBIDDEN,  # the tenant is not allowed
    "DWS.5050": Diagnosis.REJECTED,  # the name exists, with a 409
    "DWS.5189": Diagnosis.CLOUD,  # the service could not get its own keys
    "DWS.7023": Diagnosis.BUSY,
    "DWS.9999": Diagnosis.CLOUD,
    "APIGW.0101": Diagnosis.ADDRESS,
    "APIGW.0105": Diagnosis.CLOUD,  # with a 400: the gateway's own set-up is broken
    "APIGW.0106": Diagnosis.CLOUD,
    "APIGW.0301": Diagnosis.LOGIN,
    "APIGW.0302": Diagnosis.FORBIDDEN,
    "APIGW.0306": Diagnosis.FORBIDDEN,
    "APIGW.0307": Diagnosis.LOGIN,
    "APIGW.0308": Diagnosis.CLOUD,
    "APIGW.0310": Diagnosis.FORBIDDEN,
}
_BY_STATUS: Final[Mapping[int, Diagnosis]] = {
    401: Diagnosis.LOGIN,
    403: Diagnosis.FORBIDDEN,
    404: Diagnosis.GONE_OR_FORBIDDEN,
    407: Diagnosis.CLOUD,  # a proxy on the way, not the cloud
    408: Diagnosis.CLOUD,
    409: Diagnosis.BUSY,
    410: Diagnosis.GONE_OR_FORBIDDEN,
    425: Diagnosis.CLOUD,
    429: Diagnosis.CLOUD,
    431: Diagnosis.LOGIN,  # the headers are too large: it is the token that is
    494: Diagnosis.LOGIN,
}
# What the reference's "not found" is to a call that names nothing, or names it by its id.
_BY_CALL: Final[Mapping[CallKind, Mapping[Diagnosis, Diagnosis]]] = {
    CallKind.CREATE: {},
    CallKind.DELETE: {},
    CallKind.LIST: {
        Diagnosis.REJECTED: Diagnosis.FORBIDDEN,
        Diagnosis.GONE: Diagnosis.FORBIDDEN,
        Diagnosis.GONE_OR_FORBIDDEN: Diagnosis.FORBIDDEN,
        Diagnosis.BUSY: Diagnosis.CLOUD,
    },
    CallKind.ONE: {
        Diagnosis.REJECTED: Diagnosis.FORBIDDEN,
        Diagnosis.GONE_OR_FORBIDDEN: Diagnosis.GONE,
        Diagnosis.BUSY: Diagnosis.CLOUD,
    },
    CallKind.LOGIN: {meaning: Diagnosis.LOGIN for meaning in Diagnosis if meaning is not Diagnosis.CLOUD},
}
_NO_SUCH_ID: Final = frozenset({"DWS.0001", "DWS.5064", "DWS.5111", "DWS.5149"})  # the call has no parameter but the id
_GENERIC: Final = "DWS.9999"
_BAD_PARAMETER: Final = "DWS.0001"
_BAD_REQUEST: Final = "APIGW.0201"
_GONE: Final = re.compile(
    r"\b(cluster|snapshot|backup)\b.{0,60}?\b(not exist|doesn't exist|not found|deleted)\b"
    r"|\bno such (cluster|snapshot|backup)\b",
    re.IGNORECASE,
)
_BAD_ID: Final = re.compile(r"\b(cluster|snapshot|backup)[ _-]?(id|uuid)\b", re.IGNORECASE)
_FIELD: Final = re.compile(r"\b(name|description)\b", re.IGNORECASE)
_NAME_EXISTS: Final = re.compile(r"\bname\b.*\b(exists?|duplicate|in use|used)|\bduplicate\b.*\bname\b", re.IGNORECASE)


def meaning(answer: ErrorAnswer, call: CallKind) -> Diagnosis:
    """Return what *answer*, which is an error, means to *call*."""
    code = _code(answer)
    said = _by_itself(answer, code)
    if call in (CallKind.ONE, CallKind.DELETE):
        if code in _NO_SUCH_ID:
            return Diagnosis.GONE
        its_own = code.startswith("DWS.") or _GONE.search(answer.message)
        if said is Diagnosis.GONE_OR_FORBIDDEN and not its_own:
            return Diagnosis.FORBIDDEN  # a route that isn't there: not DWS's word on what was asked for
    return _BY_CALL[call].get(said, said)


def _code(answer: ErrorAnswer) -> str:
    code = answer.code
    if code == _GENERIC:  # the real code may stand in the message
        return next((c for c in re.findall(r"DWS\.\d{4}", answer.message) if c in _BY_CODE), code)
    return code.replace("APIG.", "APIGW.", 1) if code.startswith("APIG.") else code


def _by_itself(answer: ErrorAnswer, code: str) -> Diagnosis:
    """Return what *answer* means to a call that names a cluster, as creating a snapshot does."""
    status = answer.status
    if 300 <= status < 400:
        return Diagnosis.ADDRESS
    if said := _BY_CODE.get(code):
        return said
    if code == _BAD_PARAMETER and _is_gone(answer.message):
        return Diagnosis.GONE_OR_FORBIDDEN
    if status < 300:  # an error inside a success: the body's own number counts
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else HTTPStatus.BAD_REQUEST
    if status >= 500:
        return Diagnosis.CLOUD
    if code.startswith("APIGW."):
        return _of_a_gateway(status, code)
    if answer.silent and status in (404, 410):
        return Diagnosis.ADDRESS  # a proxy's or a web server's page: DWS says what is missing
    if status not in _BY_STATUS and (answer.foreign or (answer.silent and status != HTTPStatus.BAD_REQUEST)):
        return Diagnosis.GATEWAY
    if status == HTTPStatus.CONFLICT and _NAME_EXISTS.search(answer.message):
        return Diagnosis.REJECTED  # waiting would not help
    return _BY_STATUS.get(status, Diagnosis.REJECTED)


def _of_a_gateway(status: int, code: str) -> Diagnosis:
    if code == _BAD_REQUEST and status == HTTPStatus.BAD_REQUEST:
        return Diagnosis.ADDRESS  # it knows no such call
    found = _BY_STATUS.get(status, Diagnosis.GATEWAY)
    return Diagnosis.GATEWAY if found in (Diagnosis.GONE_OR_FORBIDDEN, Diagnosis.BUSY) else found


def _is_gone(message: str) -> bool:
    """Say whether a bad parameter is an id that names nothing (any more), rather than a name or a description."""
    return bool(_GONE.search(message) or (_BAD_ID.search(message) and not _FIELD.search(message)))
