"""What a step of a request returns: what happened, for one place to commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.core.errors import CloudError
from bot.core.events import Event
from bot.core.message import Owed
from bot.core.request import SnapshotRequest
from bot.core.work import Lease


@dataclass(frozen=True, slots=True)
class Next:
    """What a step found: the *event* that happened (None: nothing new), and after how long the next step is *due*
    (None: never by itself).

    *owe* is who is to be told of it beside whom the event itself calls. *rule* is the rule that decided, *errors* are
    what the cloud answered instead. *then* goes on with the request as it was saved: for what may be done only once it
    is on disk that it is going to be; it looks at the lease right before what can't be taken back. A process that dies
    before leaves a state whose own step settles it, so that what is saved alone says what follows.
    """

    event: Event | None
    due: timedelta | None = None
    rule: str = ""
    errors: tuple[CloudError, ...] = ()
    owe: tuple[Owed, ...] = ()
    then: Callable[[SnapshotRequest, Lease], Awaitable[Next]] | None = None
