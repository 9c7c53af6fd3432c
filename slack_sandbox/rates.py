"""Rate limits per method, and per channel for posting. Source: Slack, "Rate limits" (tiers; bursts are tolerated)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BURST: Final = 2.0  # minutes' worth of calls that may come at once
POSTS_PER_CHANNEL: Final = 60  # per minute: one per second
POST_BURST: Final = 60.0


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Rates:
    """Token buckets; time is real unless *now* (seconds) says otherwise."""

    def __init__(self, *, on: bool = True, now: Callable[[], float] = time.monotonic) -> None:
        """Start with full buckets."""
        self.on = on
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, method: str, per_minute: int, channel: str = "") -> int:
        """Count a call; return 0 where it may pass, else the whole seconds after which it may."""
        if not self.on:
            return 0
        checks = [(method, per_minute / 60, per_minute * BURST)]
        if method == "chat.postMessage" and channel:
            checks.append((f"{method} {channel}", POSTS_PER_CHANNEL / 60, POST_BURST))
        now = self._now()
        for key, rate, most in checks:
            bucket = self._buckets.setdefault(key, _Bucket(most, now))
            bucket.level, bucket.at = min(most, bucket.level + (now - bucket.at) * rate), now
            if bucket.level < 1:
                return max(1, math.ceil((1 - bucket.level) / rate))
        for key, _, _ in checks:
            self._buckets[key].level -= 1
        return 0
