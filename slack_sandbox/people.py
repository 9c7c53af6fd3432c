"""The people of the sandbox's workspace, one of each kind of Slack account; names and ids never change."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from slack_sandbox.zones import zone_fields

TEAM: Final = "T0000ACME"
TEAM_DOMAIN: Final = "acme"
TEAM_NAME: Final = "Acme"
OTHER_TEAM: Final = "T000OTHER"
_AVATARS: Final = (24, 32, 48, 72, 192, 512)
ADMIN: Final = "U0000CLEO"  # who changes the workspace
SLACKBOT: Final = "USLACKBOT"
ENTERPRISE: Final = "E0000GRID"


@dataclass(slots=True)
class SlackUser:
    """A Slack account; the flags are those of Slack's user object."""

    id: str
    name: str
    real_name: str
    about: str
    team_id: str = TEAM
    deleted: bool = False
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    enterprise_id: str = ""
    also_in: tuple[str, ...] = ()  # further workspaces of theirs in the Enterprise Grid
    bot_id: str = ""
    locale: str = "en-US"
    tz: str = "Europe/Berlin"
    status_text: str = ""
    status_emoji: str = ""
    updated: int = 1_700_000_000

    @property
    def is_human(self) -> bool:
        """Say whether somebody sits in front of a Slack client with this account."""
        return not (self.is_bot or self.deleted or self.id == SLACKBOT)

    @property
    def email(self) -> str:
        """The invented address; outsiders and bots show none."""
        return "" if self.is_bot or self.is_stranger or self.id == SLACKBOT else f"{self.name}@acme.example"

    def user_object(self, now: datetime, *, with_email: bool) -> dict[str, Any]:
        """Return Slack's user object at *now*. Source: Slack, "User type", and the example of users.info."""
        first, _, last = self.real_name.partition(" ")
        profile: dict[str, Any] = {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "fields": None,
            "status_text": self.status_text,
            "status_emoji": self.status_emoji,
            "status_emoji_display_info": [],
            "status_expiration": 0,
            "status_text_canonical": "",
            "avatar_hash": f"g{zlib.crc32(self.id.encode()):08x}",
            "first_name": first,
            "last_name": last,
            "team": self.team_id,
            **{f"image_{size}": f"https://avatars.example/{self.id}_{size}.png" for size in _AVATARS},
        }
        if with_email and self.email:
            profile["email"] = self.email
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": ""}
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": self.updated,
        }
        if self.is_stranger:
            return user | {"is_stranger": True, "real_name": self.real_name, **zone_fields(self.tz, now)}
        if self.deleted:
            return user
        user |= {
            "color": f"{zlib.crc32(self.id.encode()) & 0xFFFFFF:06x}",
            "real_name": self.real_name,
            **zone_fields(self.tz, now),
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_email_confirmed": bool(self.email),
            "who_can_share_contact_card": "EVERYONE",
        }
        if self.enterprise_id:
            user["enterprise_user"] = {
                "id": self.id,
                "enterprise_id": self.enterprise_id,
                "enterprise_name": "Acme Grid",
                "is_admin": False,
                "is_owner": False,
                "teams": [self.team_id, *self.also_in],
            }
        return user


def cast() -> list[SlackUser]:
    """Return everybody but the installed app's own bot user."""
    return [
        SlackUser("U00000ANA", "ana", "Ana Requester", "a data engineer who asks"),
        SlackUser("U00000ADA", "ada", "Ada Requester", "a second data engineer who asks"),
        SlackUser("U00000BEN", "ben", "Ben Approver", "a DBA who approves"),
        SlackUser("U00000BEA", "bea", "Bea Approver", "a second DBA who approves"),
        SlackUser("U0000CLEO", "cleo", "Cleo Admin", "administers the workspace", is_admin=True),
        SlackUser("U00000DAN", "dan", "Dan Bystander", "a member without any right"),
        SlackUser("U00000GUS", "gus", "Gus Guest", "a multi-channel guest", is_restricted=True),
        SlackUser(
            "U00000GIL", "gil", "Gil Guest", "a single-channel guest", is_restricted=True, is_ultra_restricted=True
        ),
        SlackUser(
            "U0000OTTO",
            "otto",
            "Otto Outsider",
            "of another company (Slack Connect), a stranger",
            team_id=OTHER_TEAM,
            is_stranger=True,
        ),
        SlackUser("U0000DORA", "dora", "Dora Deactivated", "has left, the account is deactivated", deleted=True),
        SlackUser("W00000WIM", "wim", "Wim Grid", "a member with an Enterprise Grid id", enterprise_id=ENTERPRISE),
        SlackUser("USLACKBOT", "slackbot", "Slackbot", "Slack's own; is_bot is false, as in Slack"),
        SlackUser("U00DEPLOY", "deploybot", "Deploy Bot", "another app's bot", is_bot=True, bot_id="B00DEPLOY"),
    ]
