"""The parts of one sandbox, together: what Web API methods and people's clients work on."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sandbox.app import App
from slack_sandbox.delivery import Delivery
from slack_sandbox.events import Events
from slack_sandbox.exchanges import Exchanges
from slack_sandbox.faults import Faults
from slack_sandbox.screens import Screens
from slack_sandbox.sockets import Sockets
from slack_sandbox.tickets import Tickets
from slack_sandbox.world import World


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
