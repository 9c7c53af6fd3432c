"""The parts that Slack's deliveries are made of: ids, texts, people, and a view with what was typed into it.

A part holds what the bot reads, and nothing else goes further. What there isn't arrives as null, as "" or not at all:
all three mean None here.

Source: docs.slack.dev, "Interaction payloads", "Views".
"""

from __future__ import annotations

from typing import Annotated, Any, Required

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from typing_extensions import TypedDict


def _absent(value: object) -> object:
    return None if value == "" else value


def _answered(value: object) -> object:
    return {} if value is None or value == [] else value  # PHP's empty object is a list


def writable(text: object) -> object:
    """Return what a person typed without what neither UTF-8 nor a database holds: lone surrogates and NUL."""
    return text.encode("utf-8", "ignore").decode().replace("\0", "") if isinstance(text, str) else text


# Every string has a constraint: only then does pydantic refuse one that UTF-8 can't hold.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+$", max_length=64)]
MaybeId = Annotated[Id | None, BeforeValidator(_absent)]
Ticket = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=255)]
MaybeTicket = Annotated[Ticket | None, BeforeValidator(_absent)]
Word = Annotated[str, StringConstraints(max_length=255)]  # Slack's limit for the ids that an app gives
Value = Annotated[str, StringConstraints(max_length=3000)]  # that of private_metadata; a button's is 2000
Text = Annotated[str, BeforeValidator(writable), StringConstraints(max_length=40_000)]  # a message's; typed by a person


class Part(BaseModel):
    """A piece of a delivery. Its schema is built when the first delivery that has it comes, and not at the start."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore")


class Installation(Part):
    """A team, an enterprise, or one of an event's authorizations."""

    id: MaybeId = None
    team_id: MaybeId = None
    enterprise_id: MaybeId = None
    domain: Word | None = None


class User(Part):
    """Who acts; *team_id* is their home workspace."""

    id: Id
    team_id: MaybeId = None


class Channel(Part):
    """Where somebody clicked."""

    id: Id
    name: Text | None = None


class Container(Part):
    """The message, if it is one, in which somebody clicked."""

    channel_id: MaybeId = None
    message_ts: MaybeTicket = None


class Option(TypedDict, total=False):
    """What was chosen in a select."""

    value: Word


class Pressed(Part):
    """One of a click's actions; *value* is a button's, what is *selected* that of a select or of one for people."""

    type: Word
    action_id: Word
    block_id: Word | None = None
    value: Value | None = None
    selected_option: Option | None = None
    selected_user: MaybeId = None

    @property
    def chosen(self) -> str | None:
        """The value of the option, or the person, that was chosen in a select; None: neither."""
        return self.selected_user or (self.selected_option or {}).get("value")


def _chosen(value: object) -> object:
    return () if value is None else value


class FieldState(TypedDict, total=False):
    """One field's answer; which key it has says its element's type, and None that it is empty."""

    type: Word
    value: Text | None
    selected_option: Option | None
    selected_options: Annotated[tuple[Option, ...], BeforeValidator(_chosen)]
    selected_user: MaybeId
    selected_users: Annotated[tuple[Id, ...], BeforeValidator(_chosen)]
    selected_date: Word | None
    selected_time: Word | None
    selected_conversation: MaybeId


class ViewState(TypedDict, total=False):
    """A view's answers by block id and action id."""

    values: Annotated[dict[Word, dict[Word, FieldState]], BeforeValidator(_answered)]


class Block(TypedDict, total=False):
    """A block as the bot has drawn it; what else it holds goes back to Slack as it came."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    type: Required[Word]
    block_id: Word | None


class View(TypedDict, total=False):
    """A modal or a Home tab as Slack sends it: a document, a part of which goes back when it is drawn again."""

    id: Required[Id]
    type: Required[Word]
    callback_id: Word | None
    private_metadata: Value | None
    title: dict[str, Any] | None
    submit: dict[str, Any] | None
    close: dict[str, Any] | None
    blocks: list[Block]
    state: ViewState | None
    hash: Word | None
    previous_view_id: MaybeId
    root_view_id: MaybeId
    app_installed_team_id: MaybeId
