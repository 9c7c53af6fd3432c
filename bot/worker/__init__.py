"""The durable loop: takes what is due and does its next step. What it knows is in the store; it can die anywhere."""

from bot.worker.loop import Worker
from bot.worker.pace import Pace

__all__ = ["Pace", "Worker"]
