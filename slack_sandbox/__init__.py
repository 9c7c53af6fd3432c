"""A Slack that runs anywhere: Web API, Socket Mode, signed HTTP, people, and faults on request; 127.0.0.1 only."""

from slack_sandbox.app import App
from slack_sandbox.clock import SandboxClock
from slack_sandbox.faults import FAULTS
from slack_sandbox.sandbox import Sandbox, UserSession
from slack_sandbox.server import Server

__all__ = ["FAULTS", "App", "Sandbox", "SandboxClock", "Server", "UserSession"]
