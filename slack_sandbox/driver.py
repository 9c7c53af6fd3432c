"""The driver: an HTTP API under `/_sandbox/` by which a page or a test acts as a person. `README.md` here describes it.

Every answer is JSON: `{"ok": true, …}`, or `{"ok": false, "error": "words"}` with 400 (a mistake in the call), 404 (no
such person, channel, …), 409 (a real Slack client would not let this person do that) or 502 (a forged request found no
answer).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final, cast, get_args

import aiohttp
from aiohttp import web

from slack_sandbox.clients import Clients
from slack_sandbox.clock import SandboxClock
from slack_sandbox.faults import API_FAULTS, EVENT_FAULTS, FAULTS
from slack_sandbox.forms import state_values
from slack_sandbox.inputs import NotPossible
from slack_sandbox.people import TEAM, TEAM_DOMAIN, TEAM_NAME
from slack_sandbox.records import StoredMessage, StoredView
from slack_sandbox.site import Site
from slack_sandbox.transport import Envelope, Forgery
from slack_sandbox.workspace_admin import WorkspaceAdmin

CHANGES: Final = (
    *("change_person", "set_group", "create_group", "disable_group", "enable_group", "set_plan"),
    *("invite", "remove", "archive", "delete_message"),
)
Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Driver:
    """Acts as the person that a call names."""

    def __init__(self, site: Site, clients: Clients, admin: WorkspaceAdmin) -> None:
        """Act on *site*."""
        self._site, self._clients, self._admin = site, clients, admin

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the driver's routes to *router*."""
        for name, read in {
            "state": self._state,
            "people": self._people,
            "exchanges": self._exchanges,
            "faults": self._faults,
        }.items():
            router.add_get(f"/_sandbox/{name}", self._wrapped(read))
        for name, act in {
            "command": self._command,
            "click": self._click,
            "type": self._type,
            "search": self._search,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "shortcut": self._shortcut,
            "say": self._say,
            "react": self._react,
            "request_url": self._request_url,
            "dismiss": self._dismiss,
            "fault": self._fault,
            "forge": self._forge,
            "send": self._send,
            "workspace": self._change,
            "clock": self._clock,
        }.items():
            router.add_post(f"/_sandbox/{name}", self._wrapped(act))

    def _wrapped(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                args: Any = dict(request.query)
                if request.method == "POST":
                    args = json.loads(await request.read() or b"{}")
                if not isinstance(args, dict):
                    raise ValueError("the body must be a JSON object")
                return web.json_response({"ok": True, **await handler(args)})
            except NotPossible as e:
                status, words = 409, str(e)
            except KeyError as e:
                status, words = 404, str(e.args[0])
            except (TimeoutError, aiohttp.ClientError) as e:
                status, words = 502, f"the app did not answer: {type(e).__name__}"
            except (ValueError, TypeError) as e:
                status, words = 400, str(e)
            return web.json_response({"ok": False, "error": words}, status=status)

        return handle

    def _user(self, args: dict[str, Any]) -> str:
        return self._site.workspace.person(_text(args, "user")).id

    def _where(self, user: str, args: dict[str, Any]) -> StoredMessage | StoredView:
        """Return the view (view_id) or message (channel, ts) that *args* name."""
        if "view_id" in args:
            return self._clients.view(user, _text(args, "view_id"))
        channel = self._site.workspace.channel(_text(args, "channel"))
        return self._clients.message(user, channel.id, _text(args, "ts"))

    def state(self, user: str) -> dict[str, Any]:
        """Return all that *user* (an id) sees: people, channels with messages, modals, Home tab, notices."""
        workspace, client_states, app = self._site.workspace, self._site.client_states, self._site.app
        state, home = client_states.of(user), workspace.homes.get(user)
        channels = []
        for channel in workspace.channels.values():
            if workspace.may_see(user, channel):
                messages = [
                    {"message": m.body, "ephemeral": m.only_for is not None}
                    for m in workspace.messages_for(user, channel)
                ]
                channels.append(workspace.channel_json(channel) | {"messages": messages})
        chosen = [
            {"channel": channel, "ts": ts, "values": state_values(values)}
            for (channel, ts), values in state.chosen.items()
        ]
        return {
            "now": workspace.clock.now().isoformat(),
            "me": user,
            "team": {"id": TEAM, "domain": TEAM_DOMAIN, "name": TEAM_NAME},
            "app": {
                "id": app.app_id,
                "name": app.name,
                "bot_user_id": app.bot_user_id,
                "bot_id": app.bot_id,
                "commands": app.commands,
                "shortcuts": [dict(s) for s in app.shortcuts],
                "http": app.request_url is not None,
                "home_tab": app.home_tab,
            },
            "people": [
                workspace.user_object(p, with_email=False) | {"about": p.about} for p in workspace.people.values()
            ],
            "groups": [g.usergroup_object(with_users=True) for g in workspace.groups.values()],
            "channels": channels,
            "modals": [client_states.as_json(v) for v in state.stack],
            "home": client_states.as_json(home) if home else None,
            "chosen": chosen,
            "notices": list(state.notices),
            "sockets": self._site.sockets.open,
        }

    async def _state(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"state": self.state(self._user(args))}

    async def _people(self, args: dict[str, Any]) -> dict[str, Any]:
        workspace = self._site.workspace
        shown = [(p, workspace.user_object(p, with_email=True)) for p in workspace.people.values()]
        return {"people": [user | {"about": p.about, "human": p.is_human} for p, user in shown]}

    async def _exchanges(self, args: dict[str, Any]) -> dict[str, Any]:
        after, limit = int(args.get("after", 0)), int(args.get("limit", 100))
        return {"exchanges": self._site.exchanges.list(after=after, limit=limit)}

    async def _faults(self, args: dict[str, Any]) -> dict[str, Any]:
        waiting = [asdict(f) for f in self._site.faults.waiting]
        kinds = {n: "calls" if n in API_FAULTS else "events" if n in EVENT_FAULTS else "now" for n in FAULTS}
        return {"faults": dict(FAULTS), "kinds": kinds, "waiting": waiting, "held": self._site.faults.held}

    async def _command(self, args: dict[str, Any]) -> dict[str, Any]:
        channel = self._site.workspace.channel(_text(args, "channel")).id
        return {"outcome": asdict(await self._clients.command(self._user(args), channel, _text(args, "text")))}

    async def _click(self, args: dict[str, Any]) -> dict[str, Any]:
        user = self._user(args)
        place = self._where(user, args)
        ids = _text(args, "block_id"), _text(args, "action_id")
        outcome = await self._clients.act(user, place, *ids, args.get("value"), confirm=bool(args.get("confirm", True)))
        return {"outcome": asdict(outcome)}

    async def _type(self, args: dict[str, Any]) -> dict[str, Any]:
        user = self._user(args)
        view = self._clients.view(user, _text(args, "view_id"))
        ids = _text(args, "block_id"), _text(args, "action_id")
        outcome = await self._clients.type(user, view, *ids, args.get("value"), enter=bool(args.get("enter", False)))
        return {"outcome": asdict(outcome)}

    async def _search(self, args: dict[str, Any]) -> dict[str, Any]:
        user = self._user(args)
        ids = _text(args, "block_id"), _text(args, "action_id")
        return {"options": await self._clients.search(user, self._where(user, args), *ids, str(args.get("value", "")))}

    async def _submit(self, args: dict[str, Any]) -> dict[str, Any]:
        user = self._user(args)
        return {"outcome": asdict(await self._clients.submit(user, self._clients.view(user, _text(args, "view_id"))))}

    async def _close(self, args: dict[str, Any]) -> dict[str, Any]:
        user = self._user(args)
        view = self._clients.view(user, _text(args, "view_id"))
        return {"outcome": asdict(await self._clients.close(user, view, all_=bool(args.get("all", False))))}

    async def _home(self, args: dict[str, Any]) -> dict[str, Any]:
        tab = args.get("tab", "home")
        if tab not in ("home", "messages"):
            raise ValueError("tab is home or messages")
        return {"outcome": asdict(await self._clients.open_home(self._user(args), tab))}

    async def _shortcut(self, args: dict[str, Any]) -> dict[str, Any]:
        user = self._user(args)
        place = None
        if "ts" in args:
            place = self._clients.message(
                user, self._site.workspace.channel(_text(args, "channel")).id, _text(args, "ts")
            )
        where = self._site.workspace.channel(_text(args, "channel")).id if "channel" in args else None
        outcome = await self._clients.shortcut(user, _text(args, "callback_id"), place, where=where)
        return {"outcome": asdict(outcome)}

    async def _say(self, args: dict[str, Any]) -> dict[str, Any]:
        channel = self._site.workspace.channel(_text(args, "channel")).id
        message = await self._clients.say(self._user(args), channel, _text(args, "text"), args.get("thread_ts"))
        return {"channel": channel, "ts": message.ts}

    async def _react(self, args: dict[str, Any]) -> dict[str, Any]:
        user, channel = self._user(args), self._site.workspace.channel(_text(args, "channel")).id
        message = self._clients.message(user, channel, _text(args, "ts"))
        self._clients.react(user, message, _text(args, "name"), remove=bool(args.get("remove", False)))
        return {}

    async def _request_url(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"problem": await self._site.transport.set_request_url(_text(args, "url"))}

    async def _dismiss(self, args: dict[str, Any]) -> dict[str, Any]:
        self._site.client_states.dismiss(self._user(args))
        return {}

    async def _fault(self, args: dict[str, Any]) -> dict[str, Any]:
        if args.pop("clear", False):
            self._site.faults.clear()
            return {"concerns": 0}
        name = _text(args, "name")
        return {"concerns": await self._admin.fault(name, **{k: v for k, v in args.items() if k != "name"})}

    async def _forge(self, args: dict[str, Any]) -> dict[str, Any]:
        forgery, (envelope, payload) = _text(args, "forgery"), _envelope(args)
        if forgery not in get_args(Forgery):
            raise ValueError(f"forgery is one of {', '.join(get_args(Forgery))}")
        raw = args["raw"].encode() if isinstance(args.get("raw"), str) else None
        status, text = await self._site.transport.forge(cast(Forgery, forgery), envelope, payload, raw=raw)
        return {"status": status, "answer": text}

    async def _send(self, args: dict[str, Any]) -> dict[str, Any]:
        envelope, payload = _envelope(args)
        answer = await self._site.transport.send(envelope, str(args.get("what", envelope)), payload, answered=True)
        return {"status": answer.status, "answer": answer.body}

    async def _change(self, args: dict[str, Any]) -> dict[str, Any]:
        admin = self._admin
        match args:
            case {"do": "change_person", "person": str(who), "flags": dict(flags)}:
                admin.change_person(who, **flags)
            case {"do": "set_group", "group": str(which), "users": list(users)}:
                admin.set_group(which, users)
            case {"do": "create_group", "handle": str(handle), "users": list(users)}:
                admin.create_group(handle, users, name=str(args.get("name", "")))
            case {"do": "disable_group" | "enable_group" as change, "group": str(which)}:
                admin.disable_group(which, disabled=change == "disable_group")
            case {"do": "set_plan", "paid": bool(paid)}:
                self._site.workspace.paid = paid
            case {"do": "invite" | "remove" as change, "channel": str(which), "person": str(who)}:
                (admin.invite if change == "invite" else admin.remove)(which, who)
            case {"do": "archive", "channel": str(which)}:
                admin.archive(which)
            case {"do": "delete_message", "channel": str(which), "ts": str(ts)}:
                admin.delete_message(which, ts)
            case _:
                raise ValueError(f"do: {', '.join(CHANGES)}")
        return {}

    async def _clock(self, args: dict[str, Any]) -> dict[str, Any]:
        clock = self._site.workspace.clock
        if not isinstance(clock, SandboxClock):
            raise NotPossible("this sandbox's clock belongs to somebody else")
        now = clock.advance(float(args.get("advance", 0))).isoformat()
        self._site.workspace.changes.publish("clock", {"now": now})
        return {"now": now}


def _envelope(args: dict[str, Any]) -> tuple[Envelope, dict[str, Any]]:
    envelope, payload = args.get("envelope", "slash_commands"), args.get("payload", {})
    if envelope not in get_args(Envelope) or not isinstance(payload, dict):
        raise ValueError(f"envelope is one of {', '.join(get_args(Envelope))}, payload an object")
    return cast(Envelope, envelope), payload


def _text(args: dict[str, Any], name: str) -> str:
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing")
    return value
