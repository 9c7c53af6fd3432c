"""What an answer means: whose move it is, and whether a thing is gone. That depends on the call which it answers.

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


class Call(enum.Enum):
    """What was asked."""

    LIST = enum.auto()
    ONE = enum.auto()  # a cluster or a snapshot by its id
    CREATE = enum.auto()
    LOGIN = enum.auto()


class Meaning(enum.Enum):
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
class Answer:
    """What an answer says: status, its body's code and words, and whose body that is.

    *foreign*: a page, or the body of a framework that isn't DWS's. *silent*: the body says nothing at all.
    """

    status: int
    code: str = ""
    message: str = ""
    foreign: bool = False
    silent: bool = False


# Codes say more than statuses: a missing snapshot comes as 400, a busy cluster as 403.
_BY_CODE: Final[Mapping[str, Meaning]] = {
    "DWS.0005": Meaning.CLOUD,
    "DWS.0011": Meaning.BUSY,
    "DWS.0015": Meaning.GONE_OR_FORBIDDEN,  # "not found or permission denied"
    "DWS.0020": Meaning.FORBIDDEN,  # restricted account
    "DWS.0047": Meaning.GONE,
    "DWS.3027": Meaning.GONE,
    "DWS.5045": Meaning.FORBIDDEN,  # the tenant is not allowed
    "DWS.5050": Meaning.REJECTED,  # the name exists, with a 409
    "DWS.5189": Meaning.CLOUD,  # the service could not get its own keys
    "DWS.7023": Meaning.BUSY,
    "DWS.9999": Meaning.CLOUD,
    "APIGW.0101": Meaning.ADDRESS,
    "APIGW.0105": Meaning.CLOUD,  # with a 400: the gateway's own set-up is broken
    "APIGW.0106": Meaning.CLOUD,
    "APIGW.0301": Meaning.LOGIN,
    "APIGW.0302": Meaning.FORBIDDEN,
    "APIGW.0306": Meaning.FORBIDDEN,
    "APIGW.0307": Meaning.LOGIN,
    "APIGW.0308": Meaning.CLOUD,
    "APIGW.0310": Meaning.FORBIDDEN,
}
_BY_STATUS: Final[Mapping[int, Meaning]] = {
    401: Meaning.LOGIN,
    403: Meaning.FORBIDDEN,
    404: Meaning.GONE_OR_FORBIDDEN,
    407: Meaning.CLOUD,  # a proxy on the way, not the cloud
    408: Meaning.CLOUD,
    409: Meaning.BUSY,
    410: Meaning.GONE_OR_FORBIDDEN,
    425: Meaning.CLOUD,
    429: Meaning.CLOUD,
    431: Meaning.LOGIN,  # the headers are too large: it is the token that is
    494: Meaning.LOGIN,
}
# What the reference's "not found" is to a call that names nothing, or names it by its id.
_BY_CALL: Final[Mapping[Call, Mapping[Meaning, Meaning]]] = {
    Call.CREATE: {},
    Call.LIST: {
        Meaning.REJECTED: Meaning.FORBIDDEN,
        Meaning.GONE: Meaning.FORBIDDEN,
        Meaning.GONE_OR_FORBIDDEN: Meaning.FORBIDDEN,
        Meaning.BUSY: Meaning.CLOUD,
    },
    Call.ONE: {
        Meaning.REJECTED: Meaning.FORBIDDEN,
        Meaning.GONE_OR_FORBIDDEN: Meaning.GONE,
        Meaning.BUSY: Meaning.CLOUD,
    },
    Call.LOGIN: {meaning: Meaning.LOGIN for meaning in Meaning if meaning is not Meaning.CLOUD},
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


def meaning(answer: Answer, call: Call) -> Meaning:
    """Return what *answer*, which is an error, means to *call*."""
    code = _code(answer)
    said = _by_itself(answer, code)
    if call is Call.ONE:
        if code in _NO_SUCH_ID:
            return Meaning.GONE
        its_own = code.startswith("DWS.") or _GONE.search(answer.message)
        if said is Meaning.GONE_OR_FORBIDDEN and not its_own:
            return Meaning.FORBIDDEN  # a route that isn't there: not DWS's word on what was asked for
    return _BY_CALL[call].get(said, said)


def _code(answer: Answer) -> str:
    code = answer.code
    if code == _GENERIC:  # the real code may stand in the message
        return next((c for c in re.findall(r"DWS\.\d{4}", answer.message) if c in _BY_CODE), code)
    return code.replace("APIG.", "APIGW.", 1) if code.startswith("APIG.") else code


def _by_itself(answer: Answer, code: str) -> Meaning:
    """Return what *answer* means to a call that names a cluster, as creating a snapshot does."""
    status = answer.status
    if 300 <= status < 400:
        return Meaning.ADDRESS
    if said := _BY_CODE.get(code):
        return said
    if code == _BAD_PARAMETER and _is_gone(answer.message):
        return Meaning.GONE_OR_FORBIDDEN
    if status < 300:  # an error inside a success: the body's own number counts
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else HTTPStatus.BAD_REQUEST
    if status >= 500:
        return Meaning.CLOUD
    if code.startswith("APIGW."):
        return _of_a_gateway(status, code)
    if answer.silent and status in (404, 410):
        return Meaning.ADDRESS  # a proxy's or a web server's page: DWS says what is missing
    if status not in _BY_STATUS and (answer.foreign or (answer.silent and status != HTTPStatus.BAD_REQUEST)):
        return Meaning.GATEWAY
    if status == HTTPStatus.CONFLICT and _NAME_EXISTS.search(answer.message):
        return Meaning.REJECTED  # waiting would not help
    return _BY_STATUS.get(status, Meaning.REJECTED)


def _of_a_gateway(status: int, code: str) -> Meaning:
    if code == _BAD_REQUEST and status == HTTPStatus.BAD_REQUEST:
        return Meaning.ADDRESS  # it knows no such call
    found = _BY_STATUS.get(status, Meaning.GATEWAY)
    return Meaning.GATEWAY if found in (Meaning.GONE_OR_FORBIDDEN, Meaning.BUSY) else found


def _is_gone(message: str) -> bool:
    """Say whether a bad parameter is an id that names nothing (any more), rather than a name or a description."""
    return bool(_GONE.search(message) or (_BAD_ID.search(message) and not _FIELD.search(message)))
