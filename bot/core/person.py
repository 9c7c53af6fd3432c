"""Who somebody is: what Slack says of an account, and as whom they may act."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.ids import Principal, PrincipalKind, TeamId, UserId

EVERYONE: Final = Principal("*", PrincipalKind.EVERYONE)


class Standing(enum.StrEnum):
    """What a Slack account is; only a MEMBER may act."""

    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: ids are immutable and decide; *name* is only for reading.

    *zone* ("Europe/Berlin") and *locale* ("en-GB") are how to write to them; "" where Slack doesn't say. *team* is
    their home; in an Enterprise Grid *also_of* has the other workspaces of theirs, and the organisation.
    """

    user: UserId
    team: TeamId
    standing: Standing
    name: str = ""
    zone: str = ""
    locale: str = ""
    also_of: frozenset[TeamId] = frozenset()

    def is_of(self, team: TeamId) -> bool:
        """Say whether they can act as somebody of *team*."""
        return team == self.team or team in self.also_of

    @property
    def principals(self) -> frozenset[Principal]:
        """Return as whom they may act but as one of a group: as themselves, a member also as everyone."""
        themselves = Principal(self.user)
        return frozenset({themselves, EVERYONE} if self.standing is Standing.MEMBER else {themselves})


@dataclass(frozen=True, slots=True)
class Known:
    """What Slack said of a *person*, and when it was asked."""

    person: Person
    at: datetime
