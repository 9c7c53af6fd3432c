"""Who and what there is in every measurement: one workspace, its people and groups, and clusters by number."""

from __future__ import annotations

from typing import Final

TEAM: Final = "T0BENCH00"
APP: Final = "A0BENCH000"
BOT_USER: Final = "U0BENCHBOT"
BOT: Final = "B0BENCHBOT"
CHANNEL: Final = "C0DWHOPS00"
SECRET: Final = "0123456789abcdef" * 2
BOT_TOKEN: Final = "xoxb-0-bench"
EVERYTHING: Final = "U0ALLOFIT0"  # may approve snapshots of every cluster
TWENTY: Final = "U0TWENTY00"  # of the first twenty
APPROVERS: Final = "U0Q"  # how the ids of some more begin who may approve everything
ONE: Final = "U0JUSTONE0"  # may ask for one
ADMIN: Final = "U0ADMIN000"  # of everything, by setting
GROUPS: Final = tuple(f"S0GROUP{number:03}" for number in range(20))  # all three above are in all of them


def app_token(who: str) -> str:
    """Return an app-level token of the app; *who* tells which process connects with it."""
    return f"xapp-1-{APP}-0-{who}"


def person(number: int) -> str:
    """Return the user id of one of many people."""
    return f"U0P{number:07}"


def approver(number: int) -> str:
    """Return the user id of one of some who may approve everything."""
    return f"{APPROVERS}{number:07}"


def cluster_id(number: int) -> str:
    """Return a cluster's id."""
    return f"00000000-0000-4000-8000-{number:012}"


def cluster_name(number: int) -> str:
    """Return a cluster's name."""
    return f"dwh-{number:05}"
