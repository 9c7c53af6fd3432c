"""A Slack that runs anywhere: Web API, Socket Mode, signed HTTP, people, and faults on request; 127.0.0.1 only."""

from bot.sandbox.slack.app import App
from bot.sandbox.slack.client import Sandbox, User
from bot.sandbox.slack.clock import SandboxClock
from bot.sandbox.slack.faults import FAULTS
from bot.sandbox.slack.server import Server

__all__ = ["FAULTS", "App", "Sandbox", "SandboxClock", "Server", "User"]
