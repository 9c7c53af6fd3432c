"""What Slack delivers, each kind as a model: parsed once, before anything of Bolt's or ours looks at it.

Source: docs.slack.dev, "Slash commands", "Interaction payloads", "The Events API".
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field

from bot.core.ids import ChannelId, MessageRef, RequestId, UserId
from bot.core.revision import SeenRequest
from bot.slack.door.happenings import Event, Happening, HomeOpened, Written
from bot.slack.door.payloads import (
    Channel,
    Container,
    Id,
    Installation,
    MaybeId,
    MaybeTicket,
    Part,
    Pressed,
    Text,
    User,
    Value,
    View,
    Word,
)

_DOMAIN: Final = re.compile(r"[a-z0-9-]{1,63}(\.enterprise)?")


def _listed(value: object) -> object:
    return () if value is None else value


def _request(carried: str | None) -> str:
    return SeenRequest.read(carried).request if carried and SeenRequest.is_written(carried) else ""


class Delivery(Part):
    """What every kind may carry: for which app and whose installation it is. By itself, one of no kind of ours."""

    kind: ClassVar[str] = "other"
    api_app_id: MaybeId = None
    team: Installation | None = None
    enterprise: Installation | None = None
    team_id: MaybeId = None
    enterprise_id: MaybeId = None
    authorizations: Annotated[tuple[Installation, ...], BeforeValidator(_listed)] = ()
    trigger_id: MaybeTicket = None

    @property
    def installation(self) -> tuple[str, str]:
        """Return the (team id, enterprise id) for whose installation Slack delivers; "" where there is none."""
        first = self.authorizations[0] if self.authorizations else Installation()
        team = first.team_id or (self.team.id if self.team else None) or self.team_id
        return team or "", first.enterprise_id or self.grid

    @property
    def grid(self) -> str:
        """Return the id of the Enterprise Grid in which it happened, or ""."""
        return (self.enterprise.id if self.enterprise else None) or self.enterprise_id or ""

    @property
    def about(self) -> str:
        """Return the id of the request whose button was pressed or whose form was sent, or ""."""
        return ""

    @property
    def by(self) -> tuple[str, UserId]:
        """Return who did it: (home team or "", user or "")."""
        return "", UserId("")

    @property
    def here(self) -> ChannelId | None:
        """Return the conversation in which it was done, if it was done in one."""
        return None


class Command(Delivery):
    """A slash command; its team is the home workspace of who typed it."""

    kind = "command"
    command: Word
    user_id: Id
    text: Text | None = None
    channel_id: MaybeId = None
    channel_name: Text | None = None

    @property
    def by(self) -> tuple[str, UserId]:
        """Return who typed it: (home team or "", user)."""
        return self.team_id or "", UserId(self.user_id)

    @property
    def here(self) -> ChannelId | None:
        """Return the conversation in which it was typed."""
        return ChannelId(self.channel_id) if self.channel_id else None


class Interaction(Delivery):
    """What somebody did with something that the bot has drawn, or a shortcut."""

    type: Word
    user: User
    channel: Channel | None = None
    view: View | None = None

    @property
    def installation(self) -> tuple[str, str]:
        """Return the (team id, enterprise id) for whose installation Slack delivers; "" where there is none.

        In a modal that was opened from the other side of a shared channel the payload's team is theirs, and the view's
        `app_installed_team_id` is the bot's. Source: docs.slack.dev, "Slack Connect: using it with apps".
        """
        team, enterprise = super().installation
        return (self.view.get("app_installed_team_id") if self.view else None) or team, enterprise

    @property
    def about(self) -> str:
        """Return the id of the request whose button was pressed or whose form was sent, or ""."""
        return _request(self.view.get("private_metadata") if self.view else None)

    @property
    def by(self) -> tuple[str, UserId]:
        """Return who acted: (home team or "", user)."""
        return self.user.team_id or "", UserId(self.user.id)

    @property
    def here(self) -> ChannelId | None:
        """Return the conversation in which it was done; None in modals, Home and shortcuts."""
        return ChannelId(self.channel.id) if self.channel else None

    @property
    def channel_name(self) -> str | None:
        """Return what that conversation is called."""
        return self.channel.name if self.channel else None


class Click(Interaction):
    """A button pressed, or a choice made."""

    kind = "block_actions"
    actions: Annotated[tuple[Pressed, ...], Field(min_length=1)]
    container: Container | None = None

    @property
    def about(self) -> str:
        """Return the id of the request whose button was pressed, or ""."""
        return _request(self.request_id) or super().about

    @property
    def request_id(self) -> RequestId:
        """Return the request that the button carries; "" where it carries none, which is no request's id."""
        return self.seen.request

    @property
    def seen(self) -> SeenRequest:
        """Return the request that the button carries, as it was when the button was drawn."""
        return SeenRequest.read(self.actions[0].value or "")

    @property
    def message(self) -> MessageRef | None:
        """Return the message in which it was pressed; None in modals and on the Home tab."""
        place = self.container
        if place is None or not (place.channel_id and place.message_ts):
            return None
        return MessageRef(ChannelId(place.channel_id), place.message_ts)

    @property
    def surface(self) -> Literal["home", "modal", "message"]:
        """Return where it was pressed."""
        if self.view is None:
            return "message"
        return "home" if self.view["type"] == "home" else "modal"


class Submission(Interaction):
    """A modal that was sent."""

    kind = "view_submission"
    view: View


class Closed(Interaction):
    """A modal that was closed."""

    kind = "view_closed"
    view: View


class Search(Interaction):
    """What somebody types into a searched list."""

    kind = "block_suggestion"
    action_id: Word
    block_id: Word | None = None
    value: Text | None = None


class Shortcut(Interaction):
    """A global shortcut."""

    kind = "shortcut"
    callback_id: Word


class MessageShortcut(Interaction):
    """A shortcut in the menu of somebody's message."""

    kind = "message_action"
    callback_id: Word
    message_ts: MaybeTicket = None

    @property
    def link(self) -> str:
        """Return the address of the message; "" where it can't be told.

        Source: docs.slack.dev, "chat.getPermalink"; of a reply in a thread it is the message's own, without the thread.
        """
        domain, ts = (self.team.domain if self.team else None) or "", (self.message_ts or "").replace(".", "")
        if self.channel is None or not ts.isdigit() or not _DOMAIN.fullmatch(domain):
            return ""
        return f"https://{domain}.slack.com/archives/{self.channel.id}/p{ts}"


class EventCallback(Delivery):
    """What the Events API tells; *event_id* stays the same when Slack tells it again."""

    kind = "event"
    type: Literal["event_callback"]
    event_id: MaybeId = None
    event: Event

    @property
    def is_known(self) -> bool:
        """Say whether it is of a type that the bot has asked for."""
        return type(self.event) is not Happening

    @property
    def by(self) -> tuple[str, UserId]:
        """Return whom it is about: (their team, or the one that Slack delivers for, or ""; user or "")."""
        match self.event:
            case HomeOpened(user=user):
                return self.team_id or "", UserId(user)
            case Written() as event:
                return event.user_team or event.team or self.team_id or "", UserId(event.user or "")
            case _:
                return self.team_id or "", UserId("")

    @property
    def here(self) -> ChannelId | None:
        """Return the channel in which the bot was mentioned; None for direct messages to it, and other events."""
        match self.event:
            case Written(type="app_mention", channel=str(channel)):
                return ChannelId(channel)
            case _:
                return None


class Verification(Delivery):
    """Slack's question whether the address is ours."""

    kind = "url_verification"
    type: Literal["url_verification"]
    challenge: Value


class RateLimited(Delivery):
    """Slack's word that it keeps events back: more than 30,000 an hour."""

    kind = "app_rate_limited"
    type: Literal["app_rate_limited"]


class Unknown(Delivery):
    """A delivery of a type that the bot doesn't take."""

    type: Word
