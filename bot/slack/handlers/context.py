"""What every handler works with, and what a handler is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.core.ids import Actor, UserId
from bot.ports import Clock
from bot.service import Service
from bot.slack.door.deliveries import Delivery
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.homes import Homes
from bot.slack.handlers.redraws import Redraws
from bot.slack.outbound.surfaces import Surfaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The use cases, and the surfaces on which their outcome is shown; *forget* is told who changed.

    *company* is what the workspace is called, *command* the slash command.
    """

    service: Service
    surfaces: Surfaces
    redraws: Redraws
    homes: Homes
    clock: Clock
    company: str
    command: str
    forget: Callable[[UserId], Awaitable[None]]


D = TypeVar("D", bound=Delivery, contravariant=True)

Handler = Callable[[Context, D, Actor], Awaitable[Answer]]
