"""The durable loop: takes what is due and does its next step. All it knows is stored, so it may be killed any time."""

from bot.worker.loop import Worker
from bot.worker.pace import Pace

__all__ = ["Pace", "Worker"]
