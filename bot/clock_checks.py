"""Whether this machine's clock agrees with those of the far ends, as the `Date` of their answers says.

Access keys are refused beyond 15 minutes (API Gateway, "API Request Signing Guide"), and in HTTP mode Slack's
deliveries beyond 5 (docs.slack.dev, "Verifying requests from Slack"). A clock that is kept by NTP is right to a second,
and a `Date` has whole ones: from a minute on nobody keeps it, and the next limit is only a matter of time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bot.checks import Check

_CODE: Final = "clock"
_OFF: Final = timedelta(minutes=1)
_SLACKS: Final = timedelta(minutes=5)
_KEYS: Final = timedelta(minutes=15)
_NTP: Final = "Have NTP set this machine's clock (timedatectl set-ntp true; a container has the clock of its host)."


@dataclass(slots=True)
class Clocks:
    """By far end, how far its clock is *ahead* of ours; and those that are logged in to *by_keys*."""

    ahead: dict[str, timedelta] = field(default_factory=dict)
    by_keys: set[str] = field(default_factory=set)


def clock_checks(clocks: Clocks, *, http_mode: bool) -> list[Check]:
    """Say whose clock is off, and what that does."""
    off = {name: by for name, by in clocks.ahead.items() if abs(by) >= _OFF}
    right = [name for name in clocks.ahead if name not in off]
    checks = [Check(_CODE, f"Clock: agrees with that of {', '.join(right)}")] if right else []
    for name, by in off.items():
        side = "behind" if by > timedelta(0) else "ahead of"
        what = f"Clock: this machine's is {_length(abs(by))} {side} that of {name}"
        limits = []
        if name == "Slack" and http_mode:
            limits.append(f"beyond 5 minutes every delivery of Slack's is refused{_is_so(by, _SLACKS)}")
        if name in clocks.by_keys:
            limits.append(f"beyond 15 minutes access keys are refused{_is_so(by, _KEYS)}")
        harm = f" Otherwise: {'; '.join(limits)}." if limits else ""
        whose = f"It agrees with that of {', '.join(right)}, so tell who runs {name}." if right else _NTP
        checks.append(Check(_CODE, what, whose + harm))
    return checks


def _is_so(by: timedelta, limit: timedelta) -> str:
    return ", as now" if abs(by) > limit else ""


def _length(by: timedelta) -> str:
    seconds = by.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
