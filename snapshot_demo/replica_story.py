"""The story of `demo --replicas`: one of several processes is killed in the middle of its work, and nothing is missing.

People act through the sandbox alone; which process did what is read from the processes' logs.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

from dws_sandbox import DwsSimulator
from slack_sandbox.cards import Card
from slack_sandbox.sandbox import Sandbox
from slack_sandbox.waiting import until
from snapshot_demo.chat import PATIENCE, Chat
from snapshot_demo.replicas import Replica, Replicas, listed
from snapshot_demo.terminal import Terminal

_FIRST: Final = ("dwh-prod", "before-migration-42", "For OPS-42")
_SECOND: Final = ("dwh-dev", "before-the-load", "Fresh data tonight")
_NO_ANSWER: Final = 60.0  # seconds for which the cloud keeps its answer to itself
_LONG: Final = 60.0  # seconds; what the dead process had is taken over after ten
_LOOK: Final = 0.02  # seconds between two looks at the cloud
_REQUEST: Final = re.compile(r"\bR-[0-9A-Z]+\b")
# What the log of a process says of a request, in words.
_DID: Final = {
    "request.asked": "keeps the request",
    "request.approved": "keeps the approval",
    "request.attempt_started": "asks the cloud for the snapshot",
    "request.accepted": "knows the snapshot's id: it has begun in the cloud",
    "request.finished": "sees that the snapshot is available",
}


def told(terminal: Terminal, replica: Replica, said: Mapping[str, Any]) -> None:
    """Tell a line of a process's log where it is about a request, or that the process has ended."""
    if said["event"] == "process.ended":
        terminal.does(replica.name, f"has ended ({'killed' if said['code'] == -9 else said['code']})")
    elif does := _DID.get(said["event"]):
        terminal.does(replica.name, f"{does} ({said['request_id']})")


class ReplicaStory:
    """Plays in *slack*, with *cloud* and *replicas*, and tells in *terminal*."""

    def __init__(self, slack: Sandbox, cloud: DwsSimulator, replicas: Replicas, terminal: Terminal) -> None:
        self._slack = slack
        self._cloud = cloud
        self._replicas = replicas
        self._tell = terminal
        self._chat = Chat(slack, terminal)

    async def play(self) -> None:
        """Play it from a request, by the kill of the process that works on it, to two results.

        Raises:
            TimeoutError, AssertionError: something else happened; the words say what.
        """
        count = len(self._replicas.all)
        self._tell.heading(f"{count} processes of `snapshot-bot serve` share one PostgreSQL database")
        for line in listed(self._replicas.all):
            self._tell.note(line)
        self._tell.heading("#dwh-ops")
        first, id_of_first = await self._asks("ana", *_FIRST)
        self._cloud.break_next("slow", on="create", seconds=_NO_ANSWER)
        killed = await self._is_approved(first, id_of_first)
        await self._dies(killed)
        second, id_of_second = await self._asks("ada", *_SECOND)
        await self._goes_on(second, id_of_second)
        await self._is_taken_over(first, id_of_first, killed)
        self._tell.heading("Each exactly once")
        for card, (_, name, _) in ((first, _FIRST), (second, _SECOND)):
            self._count(card, name)

    async def _asks(self, who: str, cluster: str, name: str, description: str) -> tuple[Card, str]:
        person, line = self._slack.user(who), f"/snapshot create {cluster} {name} {description}"
        self._tell.does(who, line)
        reply = await person.command_reply(line, seconds=PATIENCE)
        if (found := _REQUEST.search(reply.text)) is None:
            raise AssertionError(f"the request wasn't accepted: {reply.text}")
        await self._does("request.asked", found[0])
        card = await person.channel("dwh-ops").wait_for(f"Snapshot of {cluster}", seconds=PATIENCE)
        self._chat.says(card)
        return card, found[0]

    async def _is_approved(self, card: Card, request: str) -> Replica:
        """Let ben approve, and return the process that has asked the cloud, which has begun and doesn't answer yet."""
        self._tell.does("ben", "presses [ Approve ]")
        await self._slack.user("ben").click(card, "Approve")
        await self._does("request.approved", request)
        asking = await self._does("request.attempt_started", request)
        async with asyncio.timeout(PATIENCE):
            while not self._made(_FIRST[1]):  # noqa: ASYNC110 -- the simulator tells nobody that it has begun one
                await asyncio.sleep(_LOOK)
        self._tell.does("the cloud", "has begun the snapshot, and its answer is still on the way")
        return asking

    async def _dies(self, killed: Replica) -> None:
        self._tell.heading(f"kill -9 {killed.process.pid}")
        await self._replicas.kill(killed)
        left = len(self._replicas.running)
        sockets = self._slack.site.sockets
        gone = "Slack still counts the connection of the one that was killed"
        await until(self._slack.site.workspace, lambda: sockets.open == left or None, PATIENCE, gone)
        self._tell.does(killed.name, "is gone, before it could save what the cloud answers")
        self._tell.note("Slack now sends everything to the others. Somebody else asks meanwhile:")

    async def _goes_on(self, card: Card, request: str) -> None:
        await self._does("request.attempt_started", request)
        await self._does("request.finished", request)
        await card.wait_for_reply("is available", seconds=_LONG)
        await self._shows_the_end(card)

    async def _is_taken_over(self, card: Card, request: str, killed: Replica) -> None:
        self._tell.heading(f"What {killed.name} had begun")
        self._tell.note(
            "Nobody touches the request before its lease is over (nine seconds) and the cloud has had the time to "
            "answer. Then another process takes it over, and looks into the cloud's list before it asks for anything:"
        )
        heir = await self._replicas.who("request.accepted", request_id=request, seconds=_LONG)
        if heir is killed:
            raise AssertionError(f"{killed.name} had the cloud's answer before it was killed")
        self._tell.does(heir.name, f"finds the snapshot in the cloud's list, and follows it ({request})")
        await self._does("request.finished", request)
        await self._chat.in_the_thread(card, "is available")
        await self._shows_the_end(card)

    async def _shows_the_end(self, card: Card) -> None:
        await card.wait_for("Available", seconds=_LONG)  # the reply may come before, by another process
        self._chat.says_status(card)

    async def _does(self, event: str, request: str) -> Replica:
        replica = await self._replicas.who(event, request_id=request, seconds=_LONG)
        self._tell.does(replica.name, f"{_DID[event]} ({request})")
        return replica

    def _made(self, name: str) -> int:
        return sum(snapshot.name == name for snapshot in self._cloud.project.snapshots.values())

    def _count(self, card: Card, name: str) -> None:
        messages = self._slack.user("ben").channel("dwh-ops").messages
        replies = [reply for reply in card.thread if "is available" in reply.text]
        in_threads = {reply.ts for reply in card.thread}
        cards = [m for m in messages if name in m.text and m.ts not in in_threads and not m.is_private]
        found = self._made(name), len(cards), len(replies)
        if found != (1, 1, 1):
            raise AssertionError(f"{name}: snapshots, cards and results are {found}")
        self._tell.note(f"{name:<20} 1 snapshot in the cloud, 1 card, 1 result")
