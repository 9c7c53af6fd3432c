"""User groups (`@dba`), as the workspace keeps them. Source: Slack, "usergroups.list"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_sandbox.people import TEAM

_MADE = 1_700_000_000


@dataclass(slots=True)
class UserGroup:
    """A user group; *date_delete* isn't 0 while it is disabled."""

    id: str
    handle: str
    name: str
    users: list[str]
    description: str = ""
    date_create: int = _MADE
    date_update: int = _MADE
    date_delete: int = 0
    updated_by: str = "U0000CLEO"

    def usergroup_object(self, *, with_users: bool, with_count: bool = True, most: int | None = None) -> dict[str, Any]:
        """Return Slack's user group object, with at most *most* of its users, and with how many there are."""
        group: dict[str, Any] = {
            "id": self.id,
            "team_id": TEAM,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": self.description,
            "handle": self.handle,
            "is_external": False,
            "date_create": self.date_create,
            "date_update": self.date_update,
            "date_delete": self.date_delete,
            "auto_type": None,
            "auto_provision": False,
            "enterprise_subteam_id": "",
            "created_by": "U0000CLEO",
            "updated_by": self.updated_by,
            "deleted_by": self.updated_by if self.date_delete else None,
            "prefs": {"channels": [], "groups": []},
        }
        if with_count:
            group |= {"user_count": len(self.users), "channel_count": 0}
        return group | {"users": self.users[:most]} if with_users else group


def first_groups() -> list[UserGroup]:
    """Return the user groups that a workspace has at first."""
    return [UserGroup("S00000DBA", "dba", "Database administrators", ["U00000BEN", "U00000BEA"])]
