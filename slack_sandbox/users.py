"""users.*, team.info, bots.info, api.test, apps.connections.open. Source: Slack, the methods' pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method, page
from slack_sandbox.people import TEAM, TEAM_DOMAIN, TEAM_NAME, SlackUser


async def info(call: Call) -> dict[str, Any]:
    """Return one person; the address only with users:read.email."""
    person = call.site.workspace.people.get(call.args.required("user"))
    if person is None:
        raise ApiError("user_not_found")
    return {"user": _object(call, person)}


def _object(call: Call, person: SlackUser) -> dict[str, Any]:
    email, locale = call.site.app.has("users:read.email"), call.args.flag("include_locale")
    return call.site.workspace.user_object(person, with_email=email, with_locale=locale)


async def list_(call: Call) -> dict[str, Any]:
    """Return everybody of the workspace, and outsiders in shared channels, page by page."""
    everybody = [_object(call, p) for p in call.site.workspace.people.values()]
    some, metadata = page(call, everybody, default=0)
    now = int(call.site.workspace.clock.now().timestamp())
    return {"members": some, "cache_ts": now, "response_metadata": metadata}


async def lookup_by_email(call: Call) -> dict[str, Any]:
    """Return the active person with an address."""
    email = call.args.required("email").casefold()
    for person in call.site.workspace.people.values():
        if person.email and person.email.casefold() == email and not person.deleted:
            return {"user": _object(call, person)}
    raise ApiError("users_not_found")


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


async def api_test(call: Call) -> dict[str, Any]:
    """Say again what was said, without a token; with `error`, fail with that."""
    args = {name: value if isinstance(value, str) else json.dumps(value) for name, value in call.args.values.items()}
    if error := call.args.text("error"):
        raise ApiError(error, args=args)
    return {"args": args} if args else {}


async def open_connection(call: Call) -> dict[str, Any]:
    """Return the address of a new Socket Mode connection."""
    origin = call.site.tickets.origin.replace("http://", "ws://", 1)
    return {"url": f"{origin}/link/?ticket={call.site.sockets.ticket()}&app_id={call.site.app.app_id}"}


METHODS: Final[Mapping[str, Method]] = {
    "users.info": Method(info, 100, "users:read"),
    "users.list": Method(list_, 20, "users:read"),
    "users.lookupByEmail": Method(lookup_by_email, 50, "users:read.email"),
    "team.info": Method(team_info, 50, "team:read"),
    "bots.info": Method(bot_info, 50, "users:read"),
    "api.test": Method(api_test, 100, open=True),
    "apps.connections.open": Method(open_connection, 50, for_app=True),
}
