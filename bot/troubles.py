"""The cloud's last answer that was none, of each request that isn't finished: for operators, and kept in memory alone.

It isn't in the row: each try has an id of its own, and a row that changes with each try would draw its card each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import CloudError
from bot.core.ids import RequestId


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the cloud said instead, when, and its own id of that call, which its support asks for."""

    error: CloudError
    at: datetime


class Troubles:
    """The last trouble of each request."""

    def __init__(self) -> None:
        self._last: dict[RequestId, Trouble] = {}

    def is_new(self, request_id: RequestId, error: CloudError, at: datetime) -> bool:
        """Keep that the cloud answered *error*, and say whether that is news: another kind of trouble than before."""
        before, self._last[request_id] = self._last.get(request_id), Trouble(error, at)
        return before is None or type(before.error) is not type(error)

    def forget(self, request_id: RequestId) -> None:
        """Forget a request that is finished, or for which the cloud has answered well since."""
        self._last.pop(request_id, None)

    def of(self, request_id: RequestId) -> Trouble | None:
        """Return the last trouble, None where there was none since this process began."""
        return self._last.get(request_id)
