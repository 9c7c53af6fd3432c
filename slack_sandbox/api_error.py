"""How Slack's Web API says no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ApiError(Exception):
    """What Slack answers with `ok: false`; *messages* go to `response_metadata.messages`, *more* into the answer."""

    def __init__(self, error: str, messages: Sequence[str] = (), **more: Any) -> None:
        """Answer *error*, Slack's own code such as "channel_not_found"."""
        super().__init__(error)
        self.error = error
        self.messages = list(messages)
        self.more = more

    def answer(self) -> dict[str, Any]:
        """Return the answer's JSON object."""
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body
