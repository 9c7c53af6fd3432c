"""users.*, usergroups.*, team.info, bots.info, apps.connections.open. Source: Slack, the methods' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method, page
from slack_sandbox.people import TEAM, TEAM_DOMAIN, TEAM_NAME


async def info(call: Call) -> dict[str, Any]:
    """Return one person; the address only with users:read.email."""
    person = call.site.workspace.people.get(call.args.required("user"))
    if person is None:
        raise ApiError("user_not_found")
    user = person.user_object(with_email=call.site.app.has("users:read.email"))
    return {"user": user | ({"locale": person.locale} if call.args.flag("include_locale") else {})}


async def list_(call: Call) -> dict[str, Any]:
    """Return everybody of the workspace, and outsiders in shared channels, page by page."""
    with_email = call.site.app.has("users:read.email")
    everybody = [p.user_object(with_email=with_email) for p in call.site.workspace.people.values()]
    some, metadata = page(call, everybody)
    now = int(call.site.workspace.clock.now().timestamp())
    return {"members": some, "cache_ts": now, "response_metadata": metadata}


async def lookup_by_email(call: Call) -> dict[str, Any]:
    """Return the active person with an address."""
    email = call.args.required("email").casefold()
    for person in call.site.workspace.people.values():
        if person.email and person.email.casefold() == email and not person.deleted:
            return {"user": person.user_object(with_email=True)}
    raise ApiError("users_not_found")


async def groups(call: Call) -> dict[str, Any]:
    """Return the user groups."""
    with_users = call.args.flag("include_users")
    return {"usergroups": [g.usergroup_object(with_users=with_users) for g in call.site.workspace.groups.values()]}


async def group_users(call: Call) -> dict[str, Any]:
    """Return the ids of a user group's members."""
    group = call.site.workspace.groups.get(call.args.required("usergroup"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


async def team_info(call: Call) -> dict[str, Any]:
    """Return the workspace."""
    if call.args.text("team", TEAM) != TEAM:
        raise ApiError("team_not_found")
    url = f"https://{TEAM_DOMAIN}.slack.example/"
    return {"team": {"id": TEAM, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "url": url, "email_domain": "", "icon": {}}}


async def bot_info(call: Call) -> dict[str, Any]:
    """Return a bot, by its bot id."""
    wanted, app = call.args.text("bot") or call.site.app.bot_id, call.site.app
    for person in call.site.workspace.people.values():
        if person.bot_id == wanted:
            bot: dict[str, Any] = {
                "id": wanted,
                "deleted": person.deleted,
                "name": person.name,
                "updated": person.updated,
                "user_id": person.id,
                "icons": {},
            }
            return {"bot": bot | ({"app_id": app.app_id} if wanted == app.bot_id else {"app_id": "A00DEPLOY"})}
    raise ApiError("bot_not_found")


async def open_connection(call: Call) -> dict[str, Any]:
    """Return the address of a new Socket Mode connection."""
    origin = call.site.tickets.origin.replace("http://", "ws://", 1)
    return {"url": f"{origin}/link/?ticket={call.site.sockets.ticket()}&app_id={call.site.app.app_id}"}


METHODS: Final[Mapping[str, Method]] = {
    "users.info": Method(info, 100, "users:read"),
    "users.list": Method(list_, 20, "users:read"),
    "users.lookupByEmail": Method(lookup_by_email, 50, "users:read.email"),
    "usergroups.list": Method(groups, 20, "usergroups:read"),
    "usergroups.users.list": Method(group_users, 20, "usergroups:read"),
    "team.info": Method(team_info, 50, "team:read"),
    "bots.info": Method(bot_info, 50, "users:read"),
    "apps.connections.open": Method(open_connection, 50, for_app=True),
}
