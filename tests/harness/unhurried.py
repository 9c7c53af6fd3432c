"""For tests whose fact isn't Slack's three seconds: a machine with other work to do must not fail them."""

from __future__ import annotations

from typing import Final, TypedDict


class Seconds(TypedDict):
    """The sandbox's arguments."""

    ack_seconds: float
    trigger_seconds: float


UNHURRIED: Final = Seconds(ack_seconds=60.0, trigger_seconds=60.0)
ANSWER_SECONDS: Final = 50.0  # the bot's deadline, in place of its own
