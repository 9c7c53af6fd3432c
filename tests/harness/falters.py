"""How Slack falters once: the sandbox's faults after which a second try is made."""

from __future__ import annotations

from typing import Any

FALTERS: list[dict[str, Any]] = [
    {"name": "error_500"},
    {"name": "error_502_html"},
    {"name": "error_503"},
    {"name": "drop_before"},
    {"name": "drop_after"},
    {"name": "ratelimited", "retry_after": 0},
    {"name": "error", "error": "ratelimited"},  # 429 without Retry-After
    {"name": "error", "error": "internal_error"},
]
