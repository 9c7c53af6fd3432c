"""usergroups.*. Source: Slack, "usergroups.list" and the other methods' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method
from slack_sandbox.people import TEAM


def _check_workspace(call: Call) -> None:
    """Refuse another workspace's groups, and all of them on a free plan, which has none."""
    if not call.site.workspace.paid:
        raise ApiError("plan_upgrade_required")
    if call.args.text("team_id", TEAM) != TEAM:
        raise ApiError("invalid_team")


async def groups(call: Call) -> dict[str, Any]:
    """Return the user groups; disabled ones, their users and how many only where they are asked for."""
    _check_workspace(call)
    disabled, counts = call.args.flag("include_disabled"), call.args.flag("include_count")
    with_users = call.args.flag("include_users")
    found = [g for g in call.site.workspace.groups.values() if disabled or not g.date_delete]
    return {"usergroups": [g.usergroup_object(with_users=with_users, with_count=counts) for g in found]}


async def group_users(call: Call) -> dict[str, Any]:
    """Return the ids of a user group's members; of a disabled one only where that is asked for."""
    _check_workspace(call)
    group = call.site.workspace.groups.get(call.args.required("usergroup"))
    if group is None or (group.date_delete and not call.args.flag("include_disabled")):
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


METHODS: Final[Mapping[str, Method]] = {
    "usergroups.list": Method(groups, 20, "usergroups:read"),
    "usergroups.users.list": Method(group_users, 20, "usergroups:read"),
}
