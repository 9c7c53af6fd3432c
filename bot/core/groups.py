"""Slack's user groups: who is in one, as far as Slack says."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.core.errors import BotError
from bot.core.ids import Principal, PrincipalKind, UserId
from bot.core.phrase import Phrase


@dataclass(frozen=True, slots=True)
class Group:
    """A user group (`@dba`): its members by id, guests or deactivated accounts among them where Slack says so.

    A disabled one (not *is_enabled*) lets nobody do anything; whom it is denied something, it stays denied to.
    """

    id: str  # Slack: S…
    handle: str
    members: frozenset[UserId]
    is_enabled: bool = True


class GroupState(enum.StrEnum):
    """Why a group gives nobody anything; WELL: it does."""

    WELL = "well"
    UNCLEAR = "unclear"  # nobody knows just now
    GONE = "gone"
    DISABLED = "disabled"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Groups:
    """The user groups of the workspace, by id. *is_known* False: Slack doesn't say just now, so nobody knows.

    *unclear* are the ids of those that are there, and of which nobody knows who is in them, since Slack contradicts
    itself. *called* are the handles by id, as they were last, also of groups that aren't in *known*.
    """

    known: Mapping[str, Group] = field(default_factory=dict)
    is_known: bool = True
    unclear: frozenset[str] = frozenset()
    called: Mapping[str, str] = field(default_factory=dict)

    def has(self, group: Principal, user: UserId) -> bool:
        """Say whether *user* surely is in *group*, which gives them what it has."""
        found = self.known.get(group.id)
        return found is not None and found.is_enabled and user in found.members

    def may_have(self, group: Principal, user: UserId) -> bool:
        """Say whether *user* is in *group*, or may be: it isn't there, or can't be read. It denies them what it has."""
        found = self.known.get(group.id)
        return found is None or user in found.members

    def of(self, user: UserId) -> frozenset[Principal]:
        """Return the groups in which *user* is, or which deny them what they have, disabled ones, too."""
        there = (g.id for g in self.known.values() if user in g.members)
        return frozenset(Principal(group, PrincipalKind.GROUP) for group in there)

    def members(self, group: Principal) -> frozenset[UserId]:
        """Return who surely is in *group*."""
        found = self.known.get(group.id)
        return found.members if found is not None and found.is_enabled else frozenset()

    def is_unclear(self, group: Principal) -> bool:
        """Say whether nobody knows just now who is in *group*, since Slack doesn't say."""
        return group.id in self.unclear or (not self.is_known and group.id not in self.known)

    def state(self, group: Principal) -> GroupState:
        """Return how *group* is."""
        if self.is_unclear(group):
            return GroupState.UNCLEAR
        if (found := self.known.get(group.id)) is None:
            return GroupState.GONE
        if not found.is_enabled:
            return GroupState.DISABLED
        return GroupState.WELL if found.members else GroupState.EMPTY

    def handle(self, group: Principal) -> str:
        """Return what *group* is called, or was when Slack last said it; its id where that isn't known."""
        found = self.known.get(group.id)
        handle = found.handle if found is not None else self.called.get(group.id)
        return f"@{handle}" if handle else group.id


NO_GROUPS: Final = Groups()
UNKNOWN_GROUPS: Final = Groups(is_known=False)


class GroupsUnknown(BotError):
    """Slack doesn't say just now who is in a group on which a right depends."""

    phrase = Phrase("groups-unknown")


def is_group(principal: Principal) -> bool:
    """Say whether *principal* is a user group."""
    return principal.kind is PrincipalKind.GROUP
