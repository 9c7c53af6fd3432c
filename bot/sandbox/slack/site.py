"""The parts of one sandbox, together: what Web API methods and people's clients work on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.slack.app import App
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.events import Events
from bot.sandbox.slack.exchanges import Exchanges
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.screens import Screens
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.tickets import Tickets
from bot.sandbox.slack.world import World


@dataclass(frozen=True, slots=True)
class Site:
    """One sandbox's parts."""

    app: App
    world: World
    screens: Screens
    tickets: Tickets
    faults: Faults
    exchanges: Exchanges
    sockets: Sockets
    delivery: Delivery
    events: Events
