"""manifest.yml, and what `snapshot-bot manifest` makes of it: by Slack's schema, and exactly what the code uses.

No scope more, no event less. Source: docs.slack.dev, "App manifest reference".
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.core.phrase import COMMAND
from bot.manifest import request_url, source, written
from bot.parts import HISTORY, MESSAGES, PARTS, AppPart
from bot.slack.door.http_mode import PATH
from bot.slack.drawing import names

ROOT = Path(__file__).parents[2]
SOURCE = "\n".join(p.read_text() for p in sorted((ROOT / "bot" / "slack").rglob("*.py")))
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())

SCHEMA = json.loads((ROOT / "tests" / "recorded" / "slack_manifest_schema.json").read_text())  # Slack's own
URL = "https://bot.example.com/slack/events"
# Web API methods and the bot scopes that each needs. Source: docs.slack.dev, "Web API methods".
SCOPES_OF: dict[str, set[str]] = {
    "auth_test": set(),
    "apps_connections_open": set(),  # of the app-level token: connections:write
    "chat_postMessage": {"chat:write", "chat:write.public"},
    "chat_postEphemeral": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "bots_info": {"users:read"},
    "users_info": {"users:read"},
    "usergroups_list": {"usergroups:read"},
    "views_open": set(),
    "views_push": set(),
    "views_update": set(),
    "views_publish": set(),
}
SCOPES_OF_EVENTS = {
    "app_home_opened": set(),
    "user_change": {"users:read"},
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
}


def is_slacks(text: str) -> dict[str, Any]:
    """Return the manifest *text*, once Slack's schema has no objection: no unknown key, no text too long."""
    manifest: dict[str, Any] = yaml.safe_load(text)
    jsonschema.validate(manifest, SCHEMA, jsonschema.Draft7Validator)
    return manifest


def test_the_schema_has_objections():
    """What holds the others is no schema that takes everything: an unknown key, and a name too long."""
    for field in ({"colour": "red"}, {"name": "S" * 36}):
        with pytest.raises(jsonschema.ValidationError):
            is_slacks(yaml.safe_dump(MANIFEST | {"display_information": MANIFEST["display_information"] | field}))


def test_the_manifest_has_slacks_shape():
    """Slack accepts no key that it doesn't know, and no text longer than its limit."""
    assert is_slacks(source()) == MANIFEST
    assert MANIFEST["_metadata"]["major_version"] == 2
    assert re.fullmatch(r"#[0-9a-f]{6}", MANIFEST["display_information"]["background_color"])


def test_without_any_wish_it_is_the_file():
    """What is printed is manifest.yml to the letter, comments and all."""
    assert written(command=COMMAND) == (ROOT / "manifest.yml").read_text()


def test_in_http_mode_every_request_url_is_filled_in():
    """The command's, the events', the buttons' and the lists'; Socket Mode is off. Nothing else changes."""
    manifest = is_slacks(written(command=COMMAND, http=URL))
    settings, [command] = manifest["settings"], manifest["features"]["slash_commands"]
    assert settings.pop("socket_mode_enabled") is False
    assert command.pop("url") == URL
    assert settings["event_subscriptions"].pop("request_url") == URL
    assert settings["interactivity"].pop("request_url") == URL
    assert settings["interactivity"].pop("message_menu_options_url") == URL
    settings["socket_mode_enabled"] = True
    assert manifest == MANIFEST


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_adds_its_scopes_and_nothing_else(part: AppPart):
    """They are optional ones, which the person who installs the app may leave out, but for those that events need.

    In HTTP mode, too.
    """
    for http in (None, URL):
        manifest = is_slacks(written(command=COMMAND, http=http, parts=[part]))
        scopes, events = manifest["oauth_config"]["scopes"], manifest["settings"]["event_subscriptions"]["bot_events"]
        assert scopes.pop("bot_optional", []) == [scope for scope in part.scopes if not part.events]
        assert [scope for scope in scopes["bot"] if scope in part.scopes] == [*part.scopes] * bool(part.events)
        assert [event for event in events if event in part.events] == [*part.events]
        scopes["bot"] = [scope for scope in scopes["bot"] if scope not in part.scopes]
        events[:] = [event for event in events if event not in part.events]
        manifest["features"]["app_home"]["messages_tab_read_only_enabled"] = True
        assert manifest == is_slacks(written(command=COMMAND, http=http))


def test_the_messages_tab_takes_messages_only_where_they_are_read():
    """Nobody can write there without an answer."""
    for parts in ([], [HISTORY], [MESSAGES], [HISTORY, MESSAGES]):
        home = is_slacks(written(command=COMMAND, parts=parts))["features"]["app_home"]
        assert home["messages_tab_read_only_enabled"] == (MESSAGES not in parts)


def test_another_command_is_the_command():
    """For a second bot in one workspace; how it goes on is printed above it."""
    text = written(command="/snapshot-dev")
    [command] = is_slacks(text)["features"]["slash_commands"]
    assert command == MANIFEST["features"]["slash_commands"][0] | {"command": "/snapshot-dev"}
    assert text.startswith("# The Slack app. Create it at https://api.slack.com/apps")


@pytest.mark.parametrize(
    "url", [URL, "https://bot.example.com:8443/slack/events", "https://[2001:db8::1]/slack/events"]
)
def test_a_request_url_is_taken(url: str):
    """A host by name or address, with a port where it has one."""
    assert request_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bot.example.com",
        "http://bot.example.com/slack/events",
        "https://bot.example.com",
        "https://bot.example.com/",
        "https://bot.example.com/slack/events/",
        "https://bot.example.com/Slack/events",
        "https:///slack/events",
        "https://ana:secret@bot.example.com/slack/events",
        "https://bot.example.com/slack/events?token=secret",
        "https://bot.example.com/slack/events#here",
        "https://bot example.com/slack/events",
        "https://bot.example.com:0/slack/events",
        "https://bot.example.com:x/slack/events",
        f"https://{'a.' * 1500}example.com{PATH}",
    ],
)
def test_a_url_at_which_the_bot_does_not_hear_slack_is_refused(url: str):
    """Another scheme, another path, no host, or what Slack would send along; a secret in it isn't repeated."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        request_url(url)
    assert "secret" not in str(refused.value)


def test_the_manifest_is_for_socket_mode_with_home_and_messages():
    """No public URL is named; direct messages need the messages tab; selects and buttons need interactivity."""
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    home = MANIFEST["features"]["app_home"]
    assert home["home_tab_enabled"] is True
    assert home["messages_tab_enabled"] is True
    assert "https://" not in yaml.safe_dump(MANIFEST)


def test_commands_and_shortcuts_are_those_of_the_code():
    """Each command and shortcut has its listener, and the other way round."""
    features = MANIFEST["features"]
    assert [c["command"] for c in features["slash_commands"]] == [COMMAND]
    assert [(s["type"], s["callback_id"]) for s in features["shortcuts"]] == [
        ("global", names.SHORTCUT),
        ("message", names.MESSAGE_SHORTCUT),
    ]
    assert re.findall(r"app\.command\(([\w.]+)\)", SOURCE) == ["command"]
    assert re.findall(r'app\.shortcut\(\{"type": "(\w+)", "callback_id": ([\w.]+)\}\)', SOURCE) == [
        ("shortcut", "names.SHORTCUT"),
        ("message_action", "names.MESSAGE_SHORTCUT"),
        ("shortcut", "_ANY"),  # another one, which gets words
        ("message_action", "_ANY"),
    ]


def test_events_are_those_of_the_code():
    """What is subscribed is listened to, and the other way round."""
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    events = [*events, *(event for part in PARTS for event in part.events)]
    listened = re.findall(r'app\.event\("(\w+)"\)', SOURCE)
    assert sorted(event.partition(".")[0] for event in events) == sorted(listened)
    assert set(events) == set(SCOPES_OF_EVENTS)


def test_scopes_are_the_least_that_the_code_needs():
    """Every Web API method that the code calls has its scopes, and no scope is there for nothing."""
    called = set(re.findall(r"\.((?:auth|apps|chat|conversations|users|views|bots|usergroups|reactions)_\w+)", SOURCE))
    assert called == set(SCOPES_OF)
    needed = {"commands"}.union(*SCOPES_OF.values(), *SCOPES_OF_EVENTS.values())
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert set(scopes) == {"bot"}
    extra = [scope for part in PARTS for scope in part.scopes]
    assert set(scopes["bot"]) | set(extra) == needed
    assert len(extra) == len(set(extra) - set(scopes["bot"]))


LISTENED = {
    "action": {
        "APPROVE",
        "REVIEW",
        "WHY",
        "CLUSTER",
        "WHEN",
        "MOVE",
        "APPROVE_WITH",
        "DECLINE_WITH",
        "WITHDRAW",
        "CHANGE",
        "DELETE",
        "KEEP_LONGER",
        "KEEP_UNTIL_TOLD",
        "JOIN",
        "JOIN_KNOWING",
        "JOIN_INSTEAD",
        "LEAVE",
        "MY_OWN",
        "BREAK_GLASS",
        "BREAK_GLASS_NEW",
        "ASK_AGAIN",
        "TAKE",
        "UNDO_FREEZE",
        "END_SUBSCRIPTION",
        "SHOW_ALL",
        "SNAPSHOTS",
        "ALL_CLUSTERS",
        "PAGE_BEFORE",
        "PAGE_AFTER",
        "ADMIN",
        "ADMIN_ABOUT",
        "ADMIN_ABOUT_PERSON",
        "ADMIN_PAGE_BEFORE",
        "ADMIN_PAGE_AFTER",
        "ADMIN_GRANT",
        "ADMIN_RULE",
        "ADMIN_CHANNEL",
        "ADMIN_FREEZE",
        "ADMIN_END_FREEZE",
        "ADMIN_FOR",
        "ADMIN_TAKE_BACK",
        "ADMIN_UNRULE",
        "ADMIN_UNDO",
        "ADMIN_CHOICE",
        "ADMIN_GROUP",
        "ADMIN_SCOPE",
    },
    "view": {
        "REQUEST_FORM",
        "APPROVE_FORM",
        "DECLINE_FORM",
        "CHANGE_FORM",
        "MOVE_FORM",
        "DELETE_FORM",
        "GLASS_FORM",
        "GLASS_NEW_FORM",
        "ADMIN_GRANT_FORM",
        "ADMIN_RULE_FORM",
        "ADMIN_CHANNEL_FORM",
        "ADMIN_SURE_FORM",
        "ADMIN_FREEZE_FORM",
    },
    "options": {"CLUSTER", "ADMIN_ABOUT", "ADMIN_GROUP", "ADMIN_SCOPE", "ADMIN_FOR"},
}


@pytest.mark.parametrize("kind", sorted(LISTENED))
def test_every_id_that_is_drawn_has_its_listener(kind: str):
    """A button, form or list without a listener would answer nobody."""
    assert set(re.findall(rf"app\.{kind}\(names\.(\w+)\)", SOURCE)) == LISTENED[kind]
    ids = {name for name in vars(names) if name.isupper()} - {"SHORTCUT", "MESSAGE_SHORTCUT", "ANSWER"}
    ids -= {"METADATA_EVENT", "LIST", "ADMIN_OVERVIEW", "ADMIN_FOR_FORM", "REVIEW_MODAL"}  # are never sent
    assert ids == LISTENED["action"] | LISTENED["view"]
