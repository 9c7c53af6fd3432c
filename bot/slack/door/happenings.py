"""What the Events API tells, each type that the bot has asked for as a model.

Source: docs.slack.dev, "The Events API", and the events' own pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Discriminator, Tag

from bot.slack.door.payloads import Id, MaybeId, Part, Text, User, Word


class Happening(Part):
    """An event of a type that the bot doesn't know."""

    type: Word


class HomeOpened(Happening):
    """Somebody looks at one of the app's own tabs."""

    user: Id
    tab: Word = "home"


class UserChanged(Happening):
    """Somebody's account or profile is another now."""

    user: User


class Written(Happening):
    """Somebody wrote to the bot: a direct message, or its name in a channel; *user* is missing where nobody did."""

    user: MaybeId = None
    team: MaybeId = None
    user_team: MaybeId = None
    bot_id: MaybeId = None
    subtype: Word | None = None
    channel: MaybeId = None
    channel_type: Word | None = None
    text: Text | None = None

    @property
    def is_for_the_bot(self) -> bool:
        """Say whether a person wrote it to the bot: no app did, and it isn't about another message."""
        is_direct = self.channel_type == "im" or self.type == "app_mention"
        return bool(self.user) and not self.bot_id and self.subtype in _WRITTEN and is_direct


_WRITTEN: Final = frozenset({None, "file_share", "thread_broadcast"})
_HAPPENINGS: Final = {
    "app_home_opened": "app_home_opened",
    "user_change": "user_change",
    "app_mention": "written",
    "message": "written",
}


def _happening(event: object) -> str:
    found = event.get("type") if isinstance(event, Mapping) else None
    return _HAPPENINGS.get(found, "other") if isinstance(found, str) else "other"


Event = Annotated[
    Annotated[HomeOpened, Tag("app_home_opened")]
    | Annotated[UserChanged, Tag("user_change")]
    | Annotated[Written, Tag("written")]
    | Annotated[Happening, Tag("other")],
    Discriminator(_happening),
]
