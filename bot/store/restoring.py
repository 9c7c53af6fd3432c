"""Which mark data get that another tool put back, whatever engine keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.errors import ConfigError
from bot.core.restored import Restored


def mark_of(changed: datetime | None, before: Restored | None, as_of: datetime | None, now: datetime) -> Restored:
    """Return the mark for data that *changed* last then; *before* itself, where that is marked already.

    *as_of* is when somebody says that the data are of; None: of their last change.

    Raises:
        ConfigError: they can't be as of then.
    """
    if before and (not changed or changed <= before.at) and as_of in (None, before.as_of):
        return before
    since = as_of or changed or now
    if changed and since < min(changed, now) - timedelta(seconds=1):
        raise ConfigError(f"The data have a change of {changed:%Y-%m-%d %H:%M:%S} UTC: they can't be as of before it.")
    if since > now:
        raise ConfigError(f"{since:%Y-%m-%d %H:%M:%S} UTC is still to come.")
    return Restored(as_of=since, at=now)
