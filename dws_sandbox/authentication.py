"""The gateway before DWS: who calls, by token or by signature, and for which project.

Source: API Gateway User Guide, "Error Codes" (APIGW.0301: also "more than 5 consecutive failures lock the AK for 5
minutes") and "Signing and Authentication Process".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from dws_sandbox import signing
from dws_sandbox.iam import Iam
from dws_sandbox.model import CloudClock
from dws_sandbox.refusals import documented, unauthenticated

FAILURES_ALLOWED: Final = 5
LOCKED_FOR: Final = timedelta(minutes=5)


class Authenticator:
    """Authenticates calls against *iam*."""

    def __init__(self, iam: Iam, clock: CloudClock) -> None:
        """Start with no failures on record."""
        self._iam = iam
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._locked_until: dict[str, datetime] = {}

    def unlock(self) -> None:
        """Forget failures and locks."""
        self._failures.clear()
        self._locked_until.clear()

    def check(self, method: str, target: str, headers: Mapping[str, str], body: bytes, project_id: str | None) -> None:
        """Let the call pass; *target* is path and query from the wire, *headers* have lower-case names.

        *project_id* is what the path names; None where the call needs no project.

        Raises:
            Refusal: 401 APIGW.0301 for a bad token or signature, 403 DWS.0015 for another project.
        """
        authorization = headers.get("authorization", "")
        if authorization.startswith(signing.ALGORITHM):
            self._check_signature(authorization, method, target, headers, body)
        elif (value := headers.get("x-auth-token")) is not None:
            token = self._iam.token(value)
            if token is None:
                raise unauthenticated("decrypt token fail")
            if project_id is not None and not token.scoped:
                raise unauthenticated("the token has no project scope")
        else:
            raise unauthenticated("no token and no signature")
        own = self._iam.account.project_id
        if project_id is not None and {project_id, headers.get("x-project-id", own)} != {own}:
            raise documented(403, "DWS.0015", "The project does not exist or you have no permission for it.")

    def _check_signature(self, header: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        now = self._clock.now()
        try:
            authorization = signing.Authorization.parse(header)
        except signing.BadSignature as e:
            raise unauthenticated(str(e)) from e
        ak = authorization.access
        key = self._iam.key(ak)
        if key is None:
            raise unauthenticated(f"ak {ak} not exist")
        if now < self._locked_until.get(ak, now):
            raise unauthenticated(f"ak {ak} is locked after too many failures")
        try:
            signing.verify(
                authorization,
                method=method,
                target=target,
                headers=headers,
                body=body,
                secret=key.secret,
                now=now,
            )
            if key.security_token is not None and not (
                headers.get("x-security-token") == key.security_token and "x-security-token" in authorization.signed
            ):
                raise signing.BadSignature("the security token is missing, unsigned or wrong")
        except signing.BadSignature as e:
            self._count_failure(ak, now)
            raise unauthenticated(str(e)) from e
        self._failures.pop(ak, None)
        # The region's own project is the default; a sub-project ("eu-de_prod") must be named.
        if "_" in self._iam.account.project_name and "x-project-id" not in headers:
            raise unauthenticated("x-project-id is missing")

    def _count_failure(self, ak: str, now: datetime) -> None:
        self._failures[ak] = self._failures.get(ak, 0) + 1
        if self._failures[ak] > FAILURES_ALLOWED:
            self._failures.pop(ak)
            self._locked_until[ak] = now + LOCKED_FOR
