"""How the cloud says no: each refusal has an HTTP status and one of the bodies that the services really send.

Source: DWS API Reference, "Status Codes" and "Error Codes"; API Gateway User Guide, "Error Codes"; IAM API Reference.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """The answer is *status* with *body* as JSON."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        """Keep what will be answered."""
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def documented(status: int, code: str, message: str) -> Refusal:
    """Return a refusal in the documented shape: `{"error_code": …, "error_msg": …}`."""
    return Refusal(status, {"error_code": code, "error_msg": message})


def state_conflict(message: str) -> Refusal:
    """Return 403 DWS.7023 in the shape that DWS sends for it: both generations of field names at once."""
    code = "DWS.7023"
    body = {"externalMessage": message, "errCode": code, "error_code": code, "error_msg": message}
    return Refusal(403, body)


def keystone(status: int, title: str, message: str) -> Refusal:
    """Return a refusal in IAM's shape: `{"error": {"code": 401, "message": …, "title": …}}`; the code is a number."""
    return Refusal(status, {"error": {"code": status, "message": message, "title": title}})


def unauthenticated(why: str, *, code: str = "APIGW.0301") -> Refusal:
    """Return the gateway's 401."""
    return documented(401, code, f"Incorrect IAM authentication information: {why}")


def unpublished() -> Refusal:
    """Return the gateway's answer to a method and path that it doesn't know."""
    return documented(404, "APIGW.0101", "The API does not exist or has not been published in the environment")
