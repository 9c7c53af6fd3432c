"""For tests whose fact isn't Slack's three seconds: a machine with other work to do must not fail them."""

from __future__ import annotations

from typing import Final

UNHURRIED: Final = {"ack_seconds": 60.0, "trigger_seconds": 60.0}  # the sandbox's arguments
ANSWER_SECONDS: Final = 50.0  # the bot's deadline, in place of its own
