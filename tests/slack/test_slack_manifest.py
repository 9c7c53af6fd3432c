"""manifest.yml: within Slack's limits, and exactly what the code uses: no scope more, no event less.

Source: docs.slack.dev, "App manifest reference".
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.phrase import COMMAND
from bot.slack.drawing import names

ROOT = Path(__file__).parents[2]
SOURCE = "\n".join(p.read_text() for p in sorted((ROOT / "bot" / "slack").rglob("*.py")))
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())

SHAPE: dict[str, Any] = {
    "_metadata": {"major_version": int},
    "display_information": {"name": str, "description": str, "background_color": str},
    "features": {
        "app_home": {"home_tab_enabled": bool, "messages_tab_enabled": bool, "messages_tab_read_only_enabled": bool},
        "bot_user": {"display_name": str, "always_online": bool},
        "shortcuts": [{"name": str, "type": str, "callback_id": str, "description": str}],
        "slash_commands": [{"command": str, "description": str, "usage_hint": str, "should_escape": bool}],
    },
    "oauth_config": {"scopes": {"bot": [str], "bot_optional": [str]}},
    "settings": {
        "event_subscriptions": {"bot_events": [str]},
        "interactivity": {"is_enabled": bool},
        "org_deploy_enabled": bool,
        "socket_mode_enabled": bool,
        "token_rotation_enabled": bool,
    },
}
LIMITS = {
    "display_information.name": 35,
    "display_information.description": 140,
    "features.bot_user.display_name": 80,
    "features.shortcuts.name": 24,
    "features.shortcuts.callback_id": 255,
    "features.shortcuts.description": 150,
    "features.slash_commands.command": 32,
    "features.slash_commands.description": 2000,
    "features.slash_commands.usage_hint": 1000,
}
# Web API methods and the bot scopes that each needs. Source: docs.slack.dev, "Web API methods".
SCOPES_OF: dict[str, set[str]] = {
    "auth_test": set(),
    "apps_connections_open": set(),  # of the app-level token: connections:write
    "chat_postMessage": {"chat:write", "chat:write.public"},
    "chat_postEphemeral": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "bots_info": {"users:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_push": set(),
    "views_update": set(),
    "views_publish": set(),
}
SCOPES_OF_EVENTS = {"app_home_opened": set(), "user_change": {"users:read"}}


def check(value: Any, shape: Any, path: str) -> None:
    """Fail where *value* has another key, type or length than Slack's."""
    if isinstance(shape, dict):
        assert set(value) == set(shape), path
        for key in shape:
            check(value[key], shape[key], f"{path}.{key}".strip("."))
    elif isinstance(shape, list):
        assert isinstance(value, list)
        assert value, path
        for item in value:
            check(item, shape[0], path)
    else:
        assert type(value) is shape, path
        if path in LIMITS:
            assert 1 <= len(value) <= LIMITS[path], path


def test_the_manifest_has_slacks_shape():
    """Slack accepts no key that it doesn't know, and no text longer than its limit."""
    check(MANIFEST, SHAPE, "")
    assert MANIFEST["_metadata"]["major_version"] == 2
    assert re.fullmatch(r"#[0-9a-f]{6}", MANIFEST["display_information"]["background_color"])


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
    assert [(s["type"], s["callback_id"]) for s in features["shortcuts"]] == [("global", names.SHORTCUT)]
    assert re.findall(r"app\.command\(([\w.]+)\)", SOURCE) == ["command"]
    assert re.findall(r'app\.shortcut\(\{"type": "(\w+)", "callback_id": ([\w.]+)\}\)', SOURCE) == [
        ("shortcut", "names.SHORTCUT")
    ]


def test_events_are_those_of_the_code():
    """What is subscribed is listened to, and the other way round."""
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(events) == sorted(re.findall(r'app\.event\("(\w+)"\)', SOURCE))
    assert set(events) == set(SCOPES_OF_EVENTS)


def test_scopes_are_the_least_that_the_code_needs():
    """Every Web API method that the code calls has its scopes, and no scope is there for nothing."""
    called = set(re.findall(r"\.((?:auth|apps|chat|conversations|users|views|bots|usergroups|reactions)_\w+)", SOURCE))
    assert called == set(SCOPES_OF)
    needed = {"commands"}.union(*SCOPES_OF.values(), *SCOPES_OF_EVENTS.values())
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert set(scopes["bot"]) | set(scopes["bot_optional"]) == needed
    assert set(scopes["bot_optional"]) == {"channels:history", "groups:history"}
    assert not set(scopes["bot"]) & set(scopes["bot_optional"])


LISTENED = {
    "action": {"APPROVE", "REVIEW", "CLUSTER", "APPROVE_WITH", "DECLINE_WITH", "WITHDRAW", "ASK_AGAIN", "TAKE"},
    "view": {"REQUEST_FORM", "APPROVE_FORM", "DECLINE_FORM"},
    "options": {"CLUSTER"},
}


@pytest.mark.parametrize("kind", sorted(LISTENED))
def test_every_id_that_is_drawn_has_its_listener(kind: str):
    """A button, form or list without a listener would answer nobody."""
    assert set(re.findall(rf"app\.{kind}\(names\.(\w+)\)", SOURCE)) == LISTENED[kind]
    ids = {name for name in vars(names) if name.isupper()} - {"SHORTCUT", "ANSWER", "METADATA_EVENT"}
    assert ids == LISTENED["action"] | LISTENED["view"]
