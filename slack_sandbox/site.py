"""The parts of one sandbox, together: what Web API methods and people's clients work on."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sandbox.app import App
from slack_sandbox.client_state import ClientStates
from slack_sandbox.events import Events
from slack_sandbox.exchanges import Exchanges
from slack_sandbox.faults import SlackFaults
from slack_sandbox.schedule import Schedule
from slack_sandbox.sockets import Sockets
from slack_sandbox.tickets import Tickets
from slack_sandbox.transport import Transport
from slack_sandbox.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Site:
    """One sandbox's parts."""

    app: App
    workspace: Workspace
    client_states: ClientStates
    tickets: Tickets
    faults: SlackFaults
    exchanges: Exchanges
    sockets: Sockets
    transport: Transport
    events: Events
    schedule: Schedule
