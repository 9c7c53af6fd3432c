"""The Slack app's manifest, as `snapshot-bot manifest` prints it: manifest.yml with what is different here.

Source: docs.slack.dev, "App manifest reference".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from bot import values
from bot.parts import AppPart
from bot.slack.door.http_mode import PATH

_LONGEST_URL: Final = 3000  # characters, of a slash command's


def source() -> str:
    """Return manifest.yml: the package has its own copy where it is installed, a checkout has it at the top."""
    installed = Path(__file__).with_name("manifest.yml")
    return (installed if installed.exists() else Path(__file__).parents[1] / "manifest.yml").read_text(encoding="utf-8")


def needed_scopes() -> frozenset[str]:
    """Return the scopes without which the bot doesn't work."""
    return frozenset(yaml.safe_load(source())["oauth_config"]["scopes"]["bot"])


def request_url(text: str) -> str:
    """Return *text*, where Slack is to send what happens.

    Raises:
        ValueError: it is no address at which the bot could hear Slack.
    """
    parts = values.address(text)
    if parts.scheme != "https" or parts.path != PATH or len(text) > _LONGEST_URL:
        raise ValueError(f"Slack needs an https address, and the bot listens at {PATH}")
    return parts.geturl()


def written(*, command: str, http: str | None = None, parts: Sequence[AppPart] = ()) -> str:
    """Return the manifest of an app whose slash command is *command*.

    *http* is the request URL for HTTP mode, None for Socket Mode. The scopes of *parts* are optional ones: the bot
    works without them, and the person who installs the app may leave them out, but for those that events need.
    """
    text = source()
    manifest: dict[str, Any] = yaml.safe_load(text)
    [slash] = manifest["features"]["slash_commands"]
    slash["command"] = command
    scopes, settings = manifest["oauth_config"]["scopes"], manifest["settings"]
    if optional := [scope for part in parts if not part.events for scope in part.scopes]:
        scopes["bot_optional"] = optional
    for part in parts:
        if part.events:
            scopes["bot"] += part.scopes
            settings["event_subscriptions"]["bot_events"] += part.events
    if "message.im" in settings["event_subscriptions"]["bot_events"]:
        manifest["features"]["app_home"]["messages_tab_read_only_enabled"] = False
    if http is not None:
        settings["socket_mode_enabled"] = False
        slash["url"] = settings["event_subscriptions"]["request_url"] = http
        settings["interactivity"] |= {"request_url": http, "message_menu_options_url": http}
    if manifest == yaml.safe_load(text):
        return text
    comment = text[: text.index("_metadata:")]
    return comment + yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=_LONGEST_URL)
