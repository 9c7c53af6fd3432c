"""The app as it is installed in the sandbox's workspace: its ids, tokens, scopes and subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

LEGACY_TOKEN: Final = "legacy-verification-token"  # noqa: S105 -- Slack still sends one; apps must not rely on it
LEAST_SCOPES: Final = ("commands", "chat:write", "chat:write.public", "users:read", "channels:read", "groups:read")


@dataclass(kw_only=True)
class App:
    """An installed app. The secrets are invented, and differ from one another as they do in Slack.

    *commands* None means that every slash command is the app's. *request_url* is where signed HTTP goes when no socket
    is open. *shortcuts* are what menus offer, as a manifest has them: name, type, callback_id, description. *events*
    are the bot events subscribed to, e.g. "app_home_opened" or "message.channels". With token rotation the bot token
    ends in *token_seconds*, as `auth.test` says; here it holds all the same.
    """

    app_id: str = "A00000APP"
    name: str = "snapshots"
    bot_user_id: str = "U00000BOT"
    bot_id: str = "B00000BOT"
    bot_token: str = field(default="xoxb-sandbox-1-bot-token", repr=False)
    app_token: str = field(default="xapp-1-A00000APP-1-sandbox", repr=False)
    signing_secret: str = field(default="5a9db0c5e16e4e1a8f1c0d2b7a3f6e94", repr=False)
    scopes: tuple[str, ...] = LEAST_SCOPES
    events: tuple[str, ...] = ("app_home_opened",)
    commands: tuple[str, ...] | None = None
    shortcuts: tuple[Mapping[str, str], ...] = ()
    should_escape: bool = False
    request_url: str | None = None
    options_url: str | None = None
    home_tab: bool = True
    messages_tab: bool = True
    messages_read_only: bool = False
    token_seconds: int | None = None

    def has(self, scope: str) -> bool:
        """Say whether the bot token has *scope*."""
        return scope in self.scopes

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any], **others: Any) -> App:
        """Install the app that *manifest* (Slack's own format, parsed) describes; *others* are further fields.

        Raises:
            TypeError: *others* names a field that an app doesn't have.
        """
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        commands, home = features.get("slash_commands", []), features.get("app_home", {})
        known: dict[str, Any] = {
            "name": features.get("bot_user", {}).get("display_name", manifest["display_information"]["name"]),
            "scopes": tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
            "events": tuple(settings.get("event_subscriptions", {}).get("bot_events", ())),
            "commands": tuple(c["command"] for c in commands),
            "shortcuts": tuple(features.get("shortcuts", ())),
            "should_escape": any(c.get("should_escape", False) for c in commands),
            "home_tab": home.get("home_tab_enabled", False),
            "messages_tab": home.get("messages_tab_enabled", True),
            "messages_read_only": home.get("messages_tab_read_only_enabled", False),
        }
        if strange := others.keys() - {f.name for f in fields(cls)}:
            raise TypeError(f"an app has no {', '.join(sorted(strange))}")
        return cls(**known | others)
