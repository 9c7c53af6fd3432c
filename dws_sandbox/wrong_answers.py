"""The answers that a fault gives instead of the truth.

Source: DWS API Reference, "Status Codes" and "Error Codes"; API Gateway User Guide, "Error Codes".
"""

from __future__ import annotations

import base64
import http
import json
from typing import Any, Final

from aiohttp import web

from dws_sandbox import json_http
from dws_sandbox.faults import Armed
from dws_sandbox.refusals import Refusal, documented, keystone, state_conflict, unauthenticated

_ACTIONS: Final = {
    "create": "dws:openAPISnapshot:create",
    "list": "dws:openAPISnapshot:list",
    "show": "dws:openAPISnapshot:detail",
    "delete": "dws:openAPISnapshot:delete",
    "clusters": "dws:openAPICluster:list",
    "cluster": "dws:openAPICluster:getDetail",
}
_IAM: Final = frozenset({"token", "check", "projects", "credential", "discovery"})  # these speak Keystone's dialect
_HTML: Final = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


def wrong_answer(armed: Armed, kind: str) -> web.Response:
    """Return what the armed fault answers to a call of *kind*.

    Raises:
        KeyError: the fault has no answer: it is a dropped connection, a delay or a twist.
    """
    options = armed.options

    def refused(as_dws: Refusal) -> web.Response:
        if kind not in _IAM or as_dws.status == 200:
            return json_http.refusal(as_dws)
        title = http.HTTPStatus(as_dws.status).phrase
        return json_http.refusal(keystone(as_dws.status, title, str(as_dws.body["error_msg"])))

    match armed.fault.name:
        case "throttled":
            response = refused(documented(429, "APIGW.0308", "The throttling threshold has been reached"))
            response.headers["Retry-After"] = str(options["retry_after"])
            return response
        case "server_error":
            return refused(documented(500, "DWS.0005", "Service internal error."))
        case "unavailable":
            return refused(documented(503, "APIGW.0613", "Failed to connect to IAM"))
        case "bad_gateway":
            return web.Response(status=502, text=_HTML, content_type="text/html")
        case "gateway_timeout":
            return refused(documented(504, "APIGW.0201", "Backend timeout"))
        case "empty_200":
            return json_http.answer(200)
        case "garbage":
            return web.Response(text='{"snapshot":{"id":"aaaaaaaa-00', content_type="application/json")
        case "error_in_200":
            return refused(documented(200, "DWS.9999", "System error: DWS.0005 Service internal error."))
        case "expired_token":
            return refused(unauthenticated("decrypt token fail", code=options["code"]))
        case "mfa":  # as IAM words it: opentelekomcloud/python-otcextensions#336
            return json_http.refusal(keystone(401, "Unauthorized", "mfa totp code verify fail"))
        case "denied":
            action = _ACTIONS.get(kind, f"dws:{kind}")
            message = f"Policy doesn't allow {action} to be performed."
            return json_http.answer(403, {"error": {"code": "403", "message": message}})
        case "busy":
            return refused(state_conflict("The cluster status does not allow this operation."))
        case "conflict":
            return refused(documented(409, "DWS.0011", "Another operation is running, or the instance is faulty."))
        case "bad_request":
            return _bad_request(options["variant"])
        case "not_found":
            return refused(documented(404, "DWS.0047", "The cluster does not exist."))
    raise KeyError(armed.fault.name)


def _bad_request(variant: str) -> web.Response:
    code, message = "DWS.0001", "Invalid parameter."
    bodies: dict[str, Any] = {
        "documented": {"error_code": code, "error_msg": message},
        "external": {"externalMessage": message, "errCode": code},
        "both": {"externalMessage": message, "errCode": code, "error_code": code, "error_msg": message},
        "error": {"error": {"code": code, "message": message}},
        "camel": {"errorCode": code, "errorMsg": message},
        "plain": {"code": code, "message": message},
        "openstack": {"badRequest": {"code": 400, "message": message}},
    }
    if variant in bodies:
        return json_http.answer(400, bodies[variant])
    if variant == "base64":
        text = base64.b64encode(json.dumps(bodies["documented"]).encode()).decode()
    else:
        text = message if variant == "text" else ""
    return web.Response(status=400, text=text, content_type="text/plain")
