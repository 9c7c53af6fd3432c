"""What both kinds of login share: what they know once logged in, how they give up, how they read IAM's answers.

Source: IAM API Reference, "Status Codes"; API Gateway, "Error Codes" (APIGW.0301).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from bot.core.age import is_recent
from bot.core.errors import CloudError, CloudLoginRefused, CloudUnavailable
from bot.core.login_life import LoginLife
from bot.core.why import Code, Why
from bot.dws.answers import read_response
from bot.dws.meanings import CallKind
from bot.ports import Clock

PLAIN: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}  # what every request of ours wants


@dataclass(frozen=True, slots=True)
class Location:
    """Where DWS answers (scheme, host and port), and the project that paths name."""

    endpoint: str
    project_id: str
    project_name: str = ""
    user: str = ""


class CloudAuth(httpx.Auth, ABC):
    """Authenticates requests, and knows where they go."""

    @abstractmethod
    async def location(self, http: httpx.AsyncClient) -> Location:
        """Return where DWS is, logging in through *http* if need be.

        Raises:
            CloudLoginRefused: IAM refuses, or there is no such project.
            CloudUnavailable: IAM gives no useful answer; `maybe_done` is False.
            httpx.HTTPError: it can't be reached.
        """

    @property
    @abstractmethod
    def life(self) -> LoginLife:
        """How long the login lasts, as far as it is known by now."""


class Brake:
    """Holds logins back after *allowed* refusals in a row: then one try per *pause*.

    The count is this process's own, and not in the store: `doctor` logs in without one, and once.
    """

    def __init__(self, clock: Clock, *, allowed: int, pause: timedelta) -> None:
        self._clock = clock
        self._allowed = allowed
        self._pause = pause
        self._refusals = 0
        self._refused_at: datetime | None = None

    def check(self) -> None:
        """Raise CloudLoginRefused while the brake is on."""
        braked = self._refusals >= self._allowed and is_recent(self._refused_at, self._clock.now(), self._pause)
        if self._refused_at and braked:
            raise CloudLoginRefused(
                f"{self._refusals} logins in a row were refused; the next try is at "
                f"{self._refused_at + self._pause:%H:%M:%S} UTC, "
                "so that IAM doesn't lock the account"
            )

    def refused(self) -> None:
        """Count a refusal."""
        self._refusals += 1
        self._refused_at = self._clock.now()

    def accepted(self) -> None:
        """Forget the refusals."""
        self._refusals = 0


def read_iam(response: httpx.Response, now: datetime) -> dict[str, Any]:
    """Return the object in IAM's answer.

    Raises:
        CloudUnavailable: no useful answer; `maybe_done` is False, since nothing was asked of DWS yet.
        CloudLoginRefused: anything else: what IAM refuses is for the operator to fix.
    """
    try:
        return read_response(response.status_code, response.headers, response.content, call=CallKind.LOGIN, now=now)
    except CloudUnavailable as e:
        e.maybe_done = False
        raise
    except CloudError as e:
        raise CloudLoginRefused(
            f"IAM: {e}", status=e.status, code=e.code, message=e.message, request_id=e.request_id
        ) from e


def refuses_the_login(response: httpx.Response) -> bool:
    """Say whether a 401 is about the login: DWS has also sent it for a cluster that is gone."""
    try:
        read_response(response.status_code, response.headers, response.content, call=CallKind.CREATE)
    except CloudLoginRefused:
        return True
    except CloudError:
        pass  # about something else, as its code says
    return False


def no_project(detail: str) -> CloudLoginRefused:
    """Return the error for a login that is good, but not for a project with DWS."""
    return CloudLoginRefused(detail, why=Why(Code.NO_PROJECT))
