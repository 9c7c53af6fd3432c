"""What Slack would deliver, each one unlike the others, as HTTP requests that are signed and as envelopes of sockets.

The form is drawn by the bot's own code: it is as large as the one that people send.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks import universe
from bot.clouds import snapshot_rules
from bot.core.ids import ChannelId
from bot.slack.drawing import names, views

PATH: Final = "/slack/events"
Body = dict[str, Any]


def command(user: str, text: str) -> Body:
    """Return `/snapshot` with *text*, in which `{new}` becomes what nothing else is called."""
    return {
        "token": "0",
        "team_id": universe.TEAM,
        "team_domain": "bench",
        "channel_id": universe.CHANNEL,
        "channel_name": "dwh-ops",
        "user_id": user,
        "user_name": user.lower(),
        "command": "/snapshot",
        "text": text.replace("{new}", f"s{secrets.token_hex(8)}"),
        "api_app_id": universe.APP,
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0BENCH00/1/a",
        "trigger_id": _new_ticket(),
    }


def form(user: str, cluster: int) -> Body:
    """Return the form behind `/snapshot`, filled in for *cluster* (its number) and sent."""
    now = datetime.now(UTC)
    channel = ChannelId(universe.CHANNEL)
    drawn = views.request_form(None, now=now, moment=now, rules=snapshot_rules(), here=channel, preset=channel)
    answers = {
        "cluster": {names.CLUSTER: {"type": "external_select", "selected_option": _option(cluster)}},
        "name": {names.ANSWER: {"type": "plain_text_input", "value": f"s{secrets.token_hex(8)}"}},
        "description": {names.ANSWER: {"type": "plain_text_input", "value": "before the migration"}},
        "channel": {names.ANSWER: {"type": "conversations_select", "selected_conversation": universe.CHANNEL}},
    }
    missing = answers.keys() - {block.get("block_id") for block in drawn["blocks"]}
    assert not missing, f"the form has no {missing} any more"
    return _interaction(user, "view_submission", view=_opened(drawn) | {"state": {"values": answers}})


def search(user: str, typed: str) -> Body:
    """Return the question for the options of the cluster select, of what was *typed*."""
    return _interaction(user, "block_suggestion", action_id=names.CLUSTER, block_id="cluster", value=typed)


def click(user: str, action: str, value: str) -> Body:
    """Return a press of a button on a card."""
    pressed = {"type": "button", "action_id": action, "block_id": "row", "value": value, "action_ts": "1.000000"}
    place = {"type": "message", "channel_id": universe.CHANNEL, "message_ts": "1790000000.000000"}
    channel = {"id": universe.CHANNEL, "name": "dwh-ops"}
    return _interaction(user, "block_actions", actions=[pressed], container=place, channel=channel)


def home(user: str) -> Body:
    """Return the news that somebody opened the Home tab."""
    event = {"type": "app_home_opened", "user": user, "channel": "D0BENCH", "tab": "home", "event_ts": "1.0"}
    known = {"team_id": universe.TEAM, "api_app_id": universe.APP, "type": "event_callback", "token": "0"}
    return {**known, "event": event, "event_id": f"Ev{secrets.token_hex(6).upper()}", "event_time": 1}


KINDS: Final[Mapping[str, Callable[..., Body]]] = {
    "command": command,
    "form": form,
    "search": search,
    "click": click,
    "home": home,
}


def made(kind: str, arguments: list[Any]) -> Body:
    """Return a delivery of *kind*, see KINDS."""
    return KINDS[kind](*arguments)


def as_request(body: Body, *, at: int | None = None) -> bytes:
    """Return the whole HTTP request by which Slack delivers *body*, signed at *at* (None: now)."""
    content_type = "application/x-www-form-urlencoded"
    if "command" in body:
        raw = urlencode(body).encode()
    elif body["type"] == "event_callback":
        content_type, raw = "application/json", json.dumps(body).encode()
    else:
        raw = urlencode({"payload": json.dumps(body)}).encode()
    moment = str(at if at is not None else int(time.time()))
    proof = hmac.new(universe.SECRET.encode(), b"v0:" + moment.encode() + b":" + raw, hashlib.sha256).hexdigest()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(raw)}\r\n"
        f"X-Slack-Request-Timestamp: {moment}\r\nX-Slack-Signature: v0={proof}\r\n\r\n"
    )
    return head.encode() + raw


def as_envelope(body: Body) -> tuple[str, str]:
    """Return the id and the text of the frame by which Slack delivers *body* over a socket."""
    envelope = secrets.token_hex(16)
    kind = "slash_commands" if "command" in body else "interactive"
    kind = "events_api" if body.get("type") == "event_callback" else kind
    frame = {"envelope_id": envelope, "type": kind, "accepts_response_payload": True, "payload": body}
    return envelope, json.dumps(frame)


def _interaction(user: str, kind: str, **more: object) -> Body:
    about = {"id": user, "username": user.lower(), "name": user.lower(), "team_id": universe.TEAM}
    team = {"id": universe.TEAM, "domain": "bench"}
    known = {"api_app_id": universe.APP, "token": "0", "trigger_id": _new_ticket(), "enterprise": None}
    return {"type": kind, "user": about, "team": team, **known, "is_enterprise_install": False, **more}


def _opened(drawn: Mapping[str, Any]) -> Body:
    view = f"V{secrets.token_hex(5).upper()}"
    known = {"id": view, "root_view_id": view, "previous_view_id": None, "team_id": universe.TEAM}
    installed = {"app_id": universe.APP, "bot_id": universe.BOT, "app_installed_team_id": universe.TEAM}
    return {**drawn, **known, **installed, "hash": "1.a", "external_id": "", "clear_on_close": False}


def _option(cluster: int) -> Body:
    label = {"type": "plain_text", "text": universe.cluster_name(cluster), "emoji": True}
    return {"text": label, "value": f"default/{universe.cluster_id(cluster)}"}


def _new_ticket() -> str:
    return f"{secrets.randbits(40)}.{secrets.randbits(40)}.{secrets.token_hex(16)}"
