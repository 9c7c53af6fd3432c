"""What Slack sends to an app when a person does something. Source: Slack, "Interaction payloads", "Slash commands"."""

from __future__ import annotations

from typing import Any, Final

from slack_sandbox.app import LEGACY_TOKEN
from slack_sandbox.elements import STATEFUL
from slack_sandbox.forms import Values, key_of, state_values
from slack_sandbox.people import OTHER_TEAM, TEAM, TEAM_DOMAIN, SlackUser
from slack_sandbox.records import StoredChannel, StoredMessage, StoredView
from slack_sandbox.site import Site

_CHANNEL_NAME: Final = {"im": "directmessage", "private": "privategroup", "mpim": "privategroup"}


def domain(team_id: str) -> str:
    """Return the domain of one of the two workspaces."""
    return "other" if team_id == OTHER_TEAM else TEAM_DOMAIN


def slash_command(site: Site, person: SlackUser, channel: StoredChannel, command: str, text: str) -> dict[str, Any]:
    """Return a slash command's form fields."""
    return {
        "token": LEGACY_TOKEN,
        "team_id": person.team_id,
        "team_domain": domain(person.team_id),
        "channel_id": channel.id,
        "channel_name": _CHANNEL_NAME.get(channel.kind, channel.name),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": site.app.app_id,
        "is_enterprise_install": "false",
        "response_url": site.tickets.response_url("commands", person.id, channel.id),
        "trigger_id": site.tickets.trigger(person.id, channel.id),
    }


def interaction(site: Site, kind: str, person: SlackUser, *, team: str = TEAM) -> dict[str, Any]:
    """Return what every interaction has; *team* is the workspace where it happened."""
    user: dict[str, Any] = {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id}
    return {
        "type": kind,
        "user": user,
        "api_app_id": site.app.app_id,
        "token": LEGACY_TOKEN,
        "team": {"id": team, "domain": domain(team)},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action(block: dict[str, Any], element: dict[str, Any], state: dict[str, Any] | None, ts: str) -> dict[str, Any]:
    """Return an item of `actions`; *state* is the new state of a stateful element, an option for an overflow menu."""
    kind = element["type"]
    done: dict[str, Any] = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    if kind in STATEFUL:
        key = key_of(kind)
        done[key] = (state or {}).get(key)
        done |= {k: element[k] for k in ("placeholder",) if k in element}
    elif kind == "overflow":
        done["selected_option"] = state
    else:
        done |= {k: element[k] for k in ("text", "value", "style", "url") if k in element}
    if "confirm" in element:
        done["confirm"] = element["confirm"]
    return done | {"action_ts": ts}


def message_object(message: StoredMessage) -> dict[str, Any]:
    """Return a message as interaction payloads carry it."""
    return dict(message.body)


def channel_ref(channel: StoredChannel) -> dict[str, str]:
    """Return the short form of a channel."""
    return {"id": channel.id, "name": _CHANNEL_NAME.get(channel.kind, channel.name)}


def container(message: StoredMessage) -> dict[str, Any]:
    """Return where an interaction with a message happened."""
    place: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    if "thread_ts" in message.body:
        place["thread_ts"] = message.body["thread_ts"]
    return place


def block_actions_in_message(
    site: Site,
    person: SlackUser,
    channel: StoredChannel,
    message: StoredMessage,
    values: Values,
    actions: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return a block_actions payload from a message; a private message itself isn't in it."""
    payload = {
        **interaction(site, "block_actions", person),
        "container": container(message),
        "trigger_id": site.tickets.trigger(person.id, channel.id),
        "channel": channel_ref(channel),
        "state": {"values": state_values(values)},
        "response_url": site.tickets.response_url("actions", person.id, channel.id, message.ts),
        "actions": actions,
    }
    return payload if message.only_for else payload | {"message": message_object(message)}


def block_actions_in_view(
    site: Site, person: SlackUser, view: StoredView, actions: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return a block_actions payload from a modal or Home tab: no channel, no message, no response URL."""
    return {
        **interaction(site, "block_actions", person, team=person.team_id),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": site.tickets.trigger(person.id, view.channel),
        "view": site.client_states.view_object(view),
        "actions": actions,
    }


def view_submission(site: Site, person: SlackUser, view: StoredView) -> dict[str, Any]:
    """Return a view_submission payload, with the response URLs of its conversation selects that ask for one."""
    urls = []
    for block in view.blocks:
        element = block.get("element") or {}
        if block["type"] == "input" and element.get("response_url_enabled"):
            channel = view.values[block["block_id"], element["action_id"]][key_of(element["type"])]
            if channel:
                url = site.tickets.response_url("app", person.id, channel)
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                urls.append({**ids, "channel_id": channel, "response_url": url})
    return {
        **interaction(site, "view_submission", person, team=person.team_id),
        "trigger_id": site.tickets.trigger(person.id, view.channel),
        "view": site.client_states.view_object(view),
        "response_urls": urls,
    }


def view_closed(site: Site, person: SlackUser, view: StoredView, *, cleared: bool) -> dict[str, Any]:
    """Return a view_closed payload."""
    payload = interaction(site, "view_closed", person, team=person.team_id)
    return payload | {"view": site.client_states.view_object(view), "is_cleared": cleared}


def block_suggestion(
    site: Site,
    person: SlackUser,
    place: StoredView | StoredMessage,
    block: dict[str, Any],
    element: dict[str, Any],
    typed: str,
) -> dict[str, Any]:
    """Return a block_suggestion payload for an external select in a view or message."""
    payload = {
        **interaction(site, "block_suggestion", person),
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": typed,
    }
    if isinstance(place, StoredView):
        where = {"container": {"type": "view", "view_id": place.id}, "view": site.client_states.view_object(place)}
        return payload | where
    channel = site.workspace.channels[place.channel]
    payload |= {"container": container(place), "channel": channel_ref(channel)}
    return payload if place.only_for else payload | {"message": message_object(place)}


def shortcut(site: Site, person: SlackUser, callback_id: str, ts: str, seen: str | None) -> dict[str, Any]:
    """Return a global shortcut's payload; *seen* is the conversation that the person looks at, which isn't in it."""
    return {
        **interaction(site, "shortcut", person),
        "callback_id": callback_id,
        "trigger_id": site.tickets.trigger(person.id, seen),
        "action_ts": ts,
    }


def message_shortcut(
    site: Site, person: SlackUser, channel: StoredChannel, message: StoredMessage, callback_id: str, ts: str
) -> dict[str, Any]:
    """Return a message shortcut's payload."""
    return {
        **interaction(site, "message_action", person),
        "callback_id": callback_id,
        "trigger_id": site.tickets.trigger(person.id, channel.id),
        "action_ts": ts,
        "message_ts": message.ts,
        "channel": channel_ref(channel),
        "message": message_object(message),
        "response_url": site.tickets.response_url("actions", person.id, channel.id, message.ts),
    }
