"""What an administrator does with user groups, and the events by which the app hears of it.

Source: Slack, the pages of `subteam_created`, `subteam_updated`, `subteam_members_changed`.
"""

from __future__ import annotations

from typing import Any, Final

from slack_sandbox.groups import UserGroup
from slack_sandbox.people import ADMIN, TEAM
from slack_sandbox.site import Site
from slack_sandbox.workspace import new_id

_USERS_IN_AN_EVENT: Final = 500


class GroupAdmin:
    """Changes user groups. Names or ids everywhere; KeyError where nothing is called so."""

    def __init__(self, site: Site) -> None:
        """Act on *site*."""
        self._site = site

    def create_group(self, handle: str, users: list[str], *, name: str = "") -> UserGroup:
        """Make a user group and send `subteam_created`.

        Raises:
            ValueError: there is one with this handle, or it would be empty, or somebody can't be in a group.
        """
        workspace = self._site.workspace
        if any(g.handle == handle for g in workspace.groups.values()):
            raise ValueError(f"there is a user group @{handle} already")
        now = self._now()
        group = UserGroup(
            new_id("S"),
            handle,
            name or handle,
            self._members(users),
            date_create=now,
            date_update=now,
            updated_by=ADMIN,
        )
        workspace.groups[group.id] = group
        self._tell("subteam_created", group)
        return group

    def set_group(self, which: str, users: list[str]) -> None:
        """Set the members of a user group; send `subteam_updated`, and `subteam_members_changed` with what is other.

        Raises:
            ValueError: nobody is left, or somebody can't be in a group.
        """
        group = self._site.workspace.group(which)
        before, previous, group.users = group.users, group.date_update, self._members(users)
        group.date_update = max(self._now(), previous + 1)
        self._tell("subteam_updated", group)
        added, removed = ([u for u in a if u not in b] for a, b in ((group.users, before), (before, group.users)))
        event = {
            "type": "subteam_members_changed",
            "subteam_id": group.id,
            "team_id": TEAM,
            "date_previous_update": previous,
            "date_update": group.date_update,
            "added_users": added,
            "added_users_count": len(added),
            "removed_users": removed,
            "removed_users_count": len(removed),
            "event_ts": self._site.events.event_ts(),
        }
        if added or removed:
            self._site.events.emit(event)

    def disable_group(self, which: str, *, disabled: bool = True) -> None:
        """Disable a user group, or enable it again, and send `subteam_updated`."""
        group = self._site.workspace.group(which)
        group.date_update = max(self._now(), group.date_update + 1)
        group.date_delete = group.date_update if disabled else 0
        self._tell("subteam_updated", group)

    def _members(self, users: list[str]) -> list[str]:
        people = [self._site.workspace.person(u) for u in users]
        if not people:
            raise ValueError("a user group has at least one member; disable it instead")
        for person in people:
            if person.is_restricted or person.team_id != TEAM or person.is_bot:
                raise ValueError(f"{person.name} can't be in a user group")
        return [p.id for p in people]

    def _tell(self, kind: str, group: UserGroup) -> None:
        workspace = self._site.workspace
        workspace.changes.publish("group", {"group": group.usergroup_object(with_users=True)})
        subteam: dict[str, Any] = group.usergroup_object(with_users=True, most=_USERS_IN_AN_EVENT)
        self._site.events.emit({"type": kind, "subteam": subteam, "event_ts": self._site.events.event_ts()})

    def _now(self) -> int:
        return int(self._site.workspace.clock.now().timestamp())
