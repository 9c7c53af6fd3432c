"""A command whose text has the word "payload" reaches no listener: Bolt takes its form for one with JSON in it.

Exit code: 0 where it does, 1 where such a command is read like any other.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from urllib.parse import urlencode

from slack_bolt.request.async_request import AsyncBoltRequest

FORM: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}


def read(words: str) -> dict[str, object]:
    """Return what Bolt reads of a command with these *words*."""
    return AsyncBoltRequest(body=urlencode({"command": "/snapshot", "text": words}), headers=FORM).body


for words in ("create dwh-1 before", "create dwh-1 payload"):
    print(f"/snapshot {words:21} → {read(words)}")
sys.exit(0 if read("before") and not read("payload") else 1)
