"""What a handler returns: what is to be shown. Where and when is up to the runner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.core.phrase import Phrase
from bot.core.request import SnapshotRequest
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say

CLICK_TOO_LATE: Final = Phrase("click-too-late")

Show = Callable[[], Awaitable[object]]
Tell = Callable[[Say], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Opening:
    """A modal to open, on top of the one in which the click was made; *too_late* is said where that took too long.

    *build* looks and draws it; what goes wrong there is said in a modal called *title*.
    """

    title: str
    build: Callable[[], Awaitable[View]]
    too_late: Phrase = CLICK_TOO_LATE


@dataclass(frozen=True, slots=True)
class Redraw:
    """Something that is open already and is drawn again; *tell* says in its place what went wrong with that."""

    draw: Show
    tell: Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one delivery; a part that is None or empty is left out.

    *say* are words for this person alone, seen where they acted. *errors* by field, *view* in its place: both for a
    modal that was sent. *options* is what a searched list offers, as `ack` takes it. *opening* and *redraw* follow
    after the answer to Slack. *begun* is a request that waits for others from now on: their Home tabs show it.
    """

    say: Say | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    view: View | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    opening: Opening | None = None
    redraw: Redraw | None = None
    begun: SnapshotRequest | None = None
