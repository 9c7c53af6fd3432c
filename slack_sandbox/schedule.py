"""Posts scheduled messages once they are due. Source: Slack, "chat.scheduleMessage"."""

from __future__ import annotations

import asyncio
from typing import Final

from slack_sandbox.events import Events
from slack_sandbox.records import Scheduled
from slack_sandbox.workspace import Workspace

_LOOK_SECONDS: Final = 0.1  # real time between two looks at the workspace's clock, while something is scheduled


class Schedule:
    """Posts what is due, by the workspace's clock. What can't be posted by then is dropped without a word."""

    def __init__(self, workspace: Workspace, events: Events) -> None:
        """Start with nothing scheduled."""
        self._workspace, self._events = workspace, events
        self._task: asyncio.Task[None] | None = None

    def add(self, scheduled: Scheduled) -> None:
        """Post *scheduled* in time."""
        self._workspace.scheduled[scheduled.id] = scheduled
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self._workspace.scheduled:
            await asyncio.sleep(_LOOK_SECONDS)
            self._post_due()

    def _post_due(self) -> None:
        now = self._workspace.clock.now().timestamp()
        due = sorted((s for s in self._workspace.scheduled.values() if s.post_at <= now), key=lambda s: s.post_at)
        for one in due:
            del self._workspace.scheduled[one.id]
            channel = self._workspace.channels[one.channel]
            if channel.archived or one.metadata or not self._workspace.bot_may_post(channel):
                continue
            self._events.message(self._workspace.post(channel, one.body))

    async def close(self) -> None:
        """Forget what is scheduled."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
