"""When a request is to start: in whose zone that is meant, whether it can be, and the names that go by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from bot.core.endings import NoSuchMoment
from bot.core.errors import InputError
from bot.core.ids import Actor
from bot.core.phrase import Phrase
from bot.core.start import Start, WallTime, next_wall_time, start_at
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.zones import OwnZone, own_zone, zone_called


class Timing:
    """Reads it. *zone* is the bot's own, for whom Slack names none that is known here."""

    def __init__(self, *, authority: Authority, store: Store, zone: tzinfo) -> None:
        self._authority = authority
        self._store = store
        self._clock = store.clock
        self._zone = zone

    async def zone_of(self, actor: Actor) -> OwnZone:
        """Return the zone in which *actor* means wall times."""
        return own_zone(await self._authority.person(actor), self._zone)

    def called(self, name: str) -> tzinfo | None:
        """Return the zone *name*, None where there is none."""
        return zone_called(name)

    async def written(self, actor: Actor, text: str) -> WallTime:
        """Return what *actor* means by *text*, such as `02:00` or `mon 06:00`: the next time when it is that.

        Raises:
            NoSuchMoment: it is no time.
        """
        return next_wall_time(text, self._clock.now(), (await self.zone_of(actor)).zone)

    def start(self, wall: WallTime | None) -> Start | None:
        """Return the start that *wall* means; None: as soon as it may.

        Raises:
            InputError: nothing can start then (field "day" or "time").
        """
        if wall is None:
            return None
        now = self._clock.now()
        try:
            return start_at(wall, now)
        except NoSuchMoment as e:
            of_the_day = wall.is_on_a_day_before(now) or wall.is_too_far(now)
            raise InputError({"day" if of_the_day else "time": e.phrase}) from e

    def read(self, wall: WallTime | None) -> tuple[Start | None, Mapping[str, Phrase]]:
        """Return the start that *wall* means, and what is wrong with the fields "day" and "time"."""
        try:
            return self.start(wall), {}
        except InputError as e:
            return None, e.fields

    async def moment(self, start: Start | None = None) -> datetime:
        """Return a second that belongs to one form: the names that it suggests end in it, and no other form's do.

        It is now, or that of *start*, or the next that is free: of two forms that open together one is a second ahead,
        also where another process opens the other.
        """
        moment = (start.at if start else self._clock.now()).replace(microsecond=0)
        while not await self._store.first_time(f"form:{moment.isoformat()}"):
            moment += timedelta(seconds=1)
        return moment
