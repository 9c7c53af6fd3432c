"""The short way to the listener that Bolt would choose: without its middleware and without its matching in turn.

It stays a Bolt app: every listener is registered with Bolt, and what isn't found here by its exact name (events,
shortcuts, names that the bot doesn't have) takes Bolt's way. Who sent a delivery was checked before: over HTTP by its
signature, over a socket by whose socket it is. That it is for us is checked here, as Bolt would have it checked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.slack.door.admission import Admission
from bot.slack.door.deliveries import Click, Command, Delivery, Search, Submission

log = structlog.get_logger(__name__)


Listen = Callable[[AsyncAck, Any], Awaitable[None]]  # as it is registered with Bolt: it answers a delivery by the first
_Registered = Callable[[Listen], Listen]
_BY: Final = ("command", "action", "options", "view")


class Listeners:
    """Registers listeners with *app* as Bolt does, and remembers those that have an exact name."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app
        self._named: dict[tuple[str, str], Listen] = {}
        self._taken = set[str]()  # by a pattern: what is registered later, Bolt asks later

    def __getattr__(self, by: str) -> Callable[[Any], _Registered]:
        def register(name: Any) -> _Registered:
            def remember(listen: Listen) -> Listen:
                if by in _BY and not isinstance(name, str):
                    self._taken.add(by)
                elif by in _BY and by not in self._taken:
                    self._named.setdefault((by, name), listen)
                getattr(self._app, by)(name)(listen)
                return listen

            return remember

        return register

    def of(self, delivery: Delivery) -> Listen | None:
        """Return the listener that Bolt would choose for *delivery*; None: Bolt has to look for it."""
        match delivery:
            case Command(command=name):
                return self._named.get(("command", name))
            case Click(actions=(pressed, *_)):
                return self._named.get(("action", pressed.action_id))
            case Search(action_id=name):
                return self._named.get(("options", name))
            case Submission(view={"callback_id": str(name)}):
                return self._named.get(("view", name))
        return None


class ShortWay:
    """Answers what *listeners* know by name, once *admission* lets it in."""

    def __init__(self, listeners: Listeners, admission: Admission) -> None:
        self._listeners = listeners
        self._admission = admission

    async def answer(self, delivery: Delivery) -> BoltResponse | None:
        """Return the bot's answer, or None where *delivery* has to take Bolt's way."""
        listen = self._listeners.of(delivery)
        if listen is None:
            return None

        async def heard() -> BoltResponse:
            ack = AsyncAck()  # type: ignore[no-untyped-call]
            try:
                await listen(ack, delivery)
            except Exception:
                log.exception("delivery.failed")
                return BoltResponse(status=500)
            return ack.response or BoltResponse(status=404)

        return await self._admission.check(delivery, heard)
