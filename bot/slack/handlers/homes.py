"""Who had the Home tab open lately: it is drawn again for them when a request begins to wait for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import Actor, UserId
from bot.ports import Clock

_LATELY: Final = timedelta(hours=1)


class Homes:
    """The people who opened the tab within the last hour, as far as this process knows since its start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opened: dict[UserId, tuple[Actor, datetime]] = {}

    def opened(self, actor: Actor) -> None:
        """Note that *actor* looks at the tab now."""
        self._opened[actor.user] = (actor, self._clock.now())

    def lately(self) -> list[Actor]:
        """Return who opened it within the last hour; the others are forgotten."""
        since = self._clock.now() - _LATELY
        self._opened = {user: (actor, at) for user, (actor, at) in self._opened.items() if at > since}
        return [actor for actor, _ in self._opened.values()]
