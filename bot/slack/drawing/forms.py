"""The modals' answers as pydantic models, and errors as Slack wants them: by block.

A block's id is its field's name, for as long as the form is open: Slack keeps what was typed only where the ids stay.
Forms that were opened before an upgrade have ids that begin with it, such as `name:dwh-prod-20261123-1405`. What is
empty arrives as null, and `state.values` may be a list where nothing was answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Any, Final, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from bot import values
from bot.core.ids import ChannelId, ClusterRef, UserId
from bot.core.start import WallTime
from bot.service import Ask

NOW: Final = "now"
LATER: Final = "later"


def field_of(block_id: str) -> str:
    """Return the form field to which a block belongs."""
    return block_id.partition(":")[0]


def origin_of(view: Mapping[str, Any]) -> str:
    """Return what a form that is sent is known by: its modal, so that a second copy of it makes no second request."""
    return f"view:{view['id']}"


def answers(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return the view's answers by field; None for what is empty."""
    given = (view.get("state") or {}).get("values")
    if not isinstance(given, dict):
        return {}
    return {field_of(block): _answer(element) for block, by_action in given.items() for element in by_action.values()}


def _answer(element: Mapping[str, Any]) -> str | tuple[str, ...] | None:
    match element.get("type"):
        case "external_select" | "static_select" | "radio_buttons":
            answer = (element.get("selected_option") or {}).get("value")
        case "checkboxes" | "multi_external_select":
            return tuple(option.get("value", "") for option in element.get("selected_options") or ())
        case "multi_users_select":
            return tuple(element.get("selected_users") or ())
        case "users_select":
            answer = element.get("selected_user")
        case "datepicker":
            answer = element.get("selected_date")
        case "timepicker":
            answer = element.get("selected_time")
        case "conversations_select":
            answer = element.get("selected_conversation")
        case _:
            answer = element.get("value")
    return answer if isinstance(answer, str) else None


def _stripped(value: object) -> str:
    return values.stripped(value) if isinstance(value, str) else ""


def _name(value: object) -> str:
    """Strip a name, but not to nothing: with blanks in the field its suggestion doesn't show, so it isn't meant."""
    return _stripped(value) or (value if isinstance(value, str) else "")


def as_cluster(value: object) -> ClusterRef | None:
    """Read which cluster was chosen, or is carried."""
    if isinstance(value, ClusterRef):
        return value
    try:
        return ClusterRef.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None  # not one of our options: as if nothing were chosen


def _channel(value: object) -> str | None:
    return value or None if isinstance(value, str) else None


def _days(value: object) -> int | None:
    """Read for how many days; None where a form of before an upgrade has no such field."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 5 else None


Text = Annotated[str, BeforeValidator(_stripped)]


class Form(BaseModel):
    """The answers of a modal, by field."""

    # "ignore": a form opened before an upgrade may have other fields
    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore")

    @classmethod
    def read(cls, view: Mapping[str, Any]) -> Self:
        """Read the answers of *view*; what is missing is empty, and the use cases say what is wrong with that."""
        return cls.model_validate(answers(view))


class RequestForm(Form):
    """What the form behind `/snapshot` asks."""

    cluster: Annotated[ClusterRef | None, BeforeValidator(as_cluster)] = None
    name: Annotated[str, BeforeValidator(_name)] = ""
    description: Text = ""
    channel: Annotated[str | None, BeforeValidator(_channel)] = None
    keep: Annotated[int | None, BeforeValidator(_days)] = None
    behalf: Text = ""
    when: str | None = None  # None: a form that was opened before there was a choice
    day: str | None = None
    time: str | None = None

    @property
    def is_later(self) -> bool:
        """Whether another time than now is chosen, be it filled in or not."""
        return self.when == LATER

    def wall(self, zone: tzinfo) -> WallTime | None:
        """Return the time that is filled in, as one of *zone*; None where it isn't."""
        return wall_time(self.day, self.time, zone) if self.is_later else None

    def ask(self) -> Ask:
        """Return it as the use case takes it, to start now."""
        return Ask(
            cluster=self.cluster,
            name=self.name,
            description=self.description,
            channel=ChannelId(self.channel) if self.channel else None,
            keep_days=self.keep,
            on_behalf=UserId(self.behalf) if self.behalf else None,
        )


def wall_time(day: str | None, time: str | None, zone: tzinfo) -> WallTime | None:
    """Return what the two pickers show, as a time of *zone*; None where one of them is empty."""
    try:
        return WallTime(datetime.fromisoformat(f"{day}T{time}"), zone)
    except ValueError:
        return None


class Suggested(BaseModel):
    """What an open form shows, and files, for *cluster* where a field is left empty; *channel* None: it has none."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    cluster: Annotated[ClusterRef, BeforeValidator(as_cluster), PlainSerializer(str)]
    name: str
    channel: ChannelId | None = None


class Carried(BaseModel):
    """What the form carries in its private_metadata: *here* is where the command was typed.

    *zone* is the one in which day and time are meant, once the form shows them. *moment* is the form's own, see
    `Timing.moment`; *starts* is the start, as `Start.__str__` has it, for which that is, "" for now.
    """

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore")

    here: ChannelId | None = None
    moment: AwareDatetime | None = None
    suggested: Suggested | None = None
    zone: str = ""
    starts: str = ""

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Self:
        """Read it from *view*; a form of another version, or one that carries nonsense, carries nothing."""
        written = view.get("private_metadata")
        try:
            return cls.model_validate_json(written if isinstance(written, str) else "{}")
        except ValidationError:
            return cls()

    def suggested_for(self, cluster: ClusterRef | None, starts: str = "") -> Suggested | None:
        """Return what the form suggests for *cluster* and *starts*; None where it was drawn for another."""
        fits = self.suggested and self.suggested.cluster == cluster and self.starts == starts
        return self.suggested if fits else None


class ApproveForm(Form):
    """A comment, or none."""

    comment: Text = ""


class DeclineForm(Form):
    """The reason, which may not be blank."""

    reason: Text = ""


def errors_by_block(wrong: Mapping[str, str], view: Mapping[str, Any]) -> dict[str, str]:
    """Return *wrong* (field -> text) by the block ids of *view*; a field that isn't in it goes to its first input.

    Slack answers an error for a block that is no input with a message of its own that helps nobody.
    """
    inputs = [b["block_id"] for b in view.get("blocks", ()) if b.get("type") == "input" and b.get("block_id")]
    by_field = {field_of(block_id): block_id for block_id in reversed(inputs)}
    errors: dict[str, str] = {}
    for field, text in wrong.items():
        block_id = by_field.get(field) or (inputs[0] if inputs else field)
        errors[block_id] = f"{errors[block_id]} {text}" if block_id in errors else text
    return errors
