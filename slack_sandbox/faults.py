"""Faults that a test, a demo or a visitor asks for: each strikes the next calls, or happens at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from slack_sandbox.changes import Changes

API_FAULTS: Final[Mapping[str, str]] = {
    "ratelimited": "Slack answers 429 and says how long to wait (retry_after, seconds).",
    "error_500": "Slack answers 500; nothing was done.",
    "error_503": "Slack answers 503, service_unavailable; nothing was done.",
    "error_502_html": "A proxy answers 502 with a page of HTML; nothing was done.",
    "slow": "Slack takes its time (seconds) before it does anything.",
    "hold": "Slack does nothing until you let go of the calls that it holds (release): so you can act in between.",
    "drop_before": "The connection breaks before Slack did anything.",
    "drop_after": "Slack did it, but the connection breaks before the answer: was it posted or not?",
    "hash_conflict": "Somebody else changed the view first: views.update and views.publish answer hash_conflict.",
    "error": "Slack answers ok: false with any error you name (error).",
}
EVENT_FAULTS: Final[Mapping[str, str]] = {
    "events_late": "Events reach the app late (seconds).",
    "events_twice": "Events reach the app twice, with the same event id.",
}
NOW_FAULTS: Final[Mapping[str, str]] = {
    "socket_drop": "The Socket Mode connections break at once, without a word.",
    "socket_refresh": "Slack asks the app to connect again (a disconnect frame), then closes the old connection.",
    "socket_silence": "The Socket Mode connections stay open but say nothing any more, not even pong.",
    "release": "Slack goes on with the calls that it holds.",
    "message_deleted": "Somebody deletes a message of the app (channel, ts; the latest one if not given).",
    "channel_archived": "Somebody archives a channel (channel).",
}
FAULTS: Final[Mapping[str, str]] = {**API_FAULTS, **EVENT_FAULTS, **NOW_FAULTS}


@dataclass(slots=True)
class SlackFault:
    """A fault that waits for its calls; *method* "*" is every Web API method, "response_url" a post to one of those."""

    name: str
    method: str = "*"
    times: int = 1
    seconds: float = 1.0
    retry_after: int = 1
    error: str = "internal_error"


class SlackFaults:
    """The faults that still wait, and the calls that one of them holds."""

    def __init__(self, changes: Changes) -> None:
        """Start with none; *changes* hears of calls that are held."""
        self.waiting: list[SlackFault] = []
        self._changes = changes
        self._held: list[asyncio.Future[None]] = []

    @property
    def held(self) -> int:
        """How many calls are held."""
        return len(self._held)

    async def delay(self, fault: SlackFault | None) -> None:
        """Take the time that *fault* wants before anything is done."""
        if fault and fault.name == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault and fault.name == "hold":
            await self._hold()

    async def _hold(self) -> None:
        call: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(call)
        self._changes.publish("held", {"held": self.held})
        try:
            await call
        finally:
            if call in self._held:
                self._held.remove(call)

    def release(self) -> int:
        """Let go of the calls that are held, the first one first; return how many."""
        held, self._held = self._held, []
        for call in held:
            if not call.done():
                call.set_result(None)
        return len(held)

    def add(self, fault: SlackFault) -> None:
        """Let *fault* strike the next calls.

        Raises:
            ValueError: no fault has this name, or it happens at once, or *times* is below 1.
        """
        if fault.name not in API_FAULTS and fault.name not in EVENT_FAULTS:
            raise ValueError(f"{fault.name} is not a fault that waits; there are {', '.join(FAULTS)}")
        if fault.times < 1:
            raise ValueError("times is at least 1")
        self.waiting.append(fault)

    def take(self, method: str) -> SlackFault | None:
        """Return the fault that strikes this call of *method* and count it, or None."""
        for fault in self.waiting:
            applies = fault.name in API_FAULTS and fault.method in ("*", method)
            if fault.name == "hash_conflict" and method not in ("views.update", "views.publish"):
                applies = False
            if applies:
                return self._count(fault)
        return None

    def take_event(self, name: str) -> SlackFault | None:
        """Return the event fault called *name* if it waits, and count it."""
        fault = next((f for f in self.waiting if f.name == name), None)
        return self._count(fault) if fault else None

    def _count(self, fault: SlackFault) -> SlackFault:
        fault.times -= 1
        if fault.times == 0:
            self.waiting.remove(fault)
        return fault

    def clear(self) -> None:
        """Forget every fault that still waits, and let go of what is held."""
        self.waiting.clear()
        self.release()
