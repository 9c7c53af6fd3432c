"""Slack's Web API and the clouds as fast fakes in a process of their own; both count what they are asked, and when.

`python -m benchmarks.far_ends '{"projects": {"p0": 50}}'` prints its port. For a measurement it also answers
`/control/counts` (calls so far) and `/control/when?what=…&number=…` (when that call came, by the machine's monotonic
clock; it waits for it).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable
from dataclasses import asdict, dataclass, field
from itertools import count
from urllib.parse import parse_qs, urlsplit

from benchmarks import universe, wire
from benchmarks.crowd import Crowd, cluster_of, request_name, snapshot_id

CREATE = "POST snapshots"
_CHANNEL = re.compile(rb'(?:"channel": ?"|(?:^|&)channel=)([A-Z0-9]+)')
_USER = re.compile(rb"(?:^|&)user=([A-Z0-9]+)")
_TOKEN = re.compile(rb"\nauthorization: bearer (\S+)")
OF_APPROVERS = "users.info of approvers"  # counted beside users.info


@dataclass(frozen=True, slots=True)
class Ends:
    """What the far ends are like: clusters of each project, seconds of a create call, looks until a snapshot is there.

    *people_seconds* is how long Slack takes to say who somebody is.

    Several projects share the clusters, one after the other in turn. Of *running* requests that a database was filled
    with, each has its snapshot.

    *socket_port* is where Socket Mode connects to.
    """

    projects: dict[str, int] = field(default_factory=lambda: {"p0": 50})
    create_seconds: float = 0.0
    people_seconds: float = 0.0
    looks: int = 1
    running: int = 0
    in_groups: bool = False
    socket_port: int = 0


class FarEnds:
    """Answers for Slack and for every cloud project."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._came: dict[str, list[float]] = defaultdict(list)
        self._waiting: dict[tuple[str, int], asyncio.Future[float]] = {}
        self._numbers = count(1)
        self._clusters = {
            project: wire.answer(_clusters(range(first, number * len(ends.projects), len(ends.projects))))
            for first, (project, number) in enumerate(ends.projects.items())
        }
        self._snapshots: dict[str, list[dict[str, object]]] = defaultdict(list)
        self._looks: dict[str, int] = defaultdict(int)  # at each snapshot
        for number in range(ends.running):
            cluster = cluster_of(number, Crowd(running=ends.running, clusters=ends.running))
            project = list(ends.projects)[cluster % len(ends.projects)]
            made = {"id": snapshot_id(number), "name": request_name(number), "cluster_id": universe.cluster_id(cluster)}
            about = {"description": "before the migration", "started": _now(), "status": "CREATING"}
            self._snapshots[project].append({**made, **about})
        members = [universe.EVERYTHING, universe.TWENTY, universe.ONE, *(universe.person(100 * n) for n in range(100))]
        self._slack = {
            "auth.test": _ok(
                url="https://bench.slack.com/",
                team="Bench",
                user="snapshots",
                team_id=universe.TEAM,
                user_id=universe.BOT_USER,
                bot_id=universe.BOT,
                app_id=universe.APP,
            ),
            "conversations.info": _ok(
                channel={"id": universe.CHANNEL, "name": "dwh-ops", "is_channel": True, "is_member": True}
            ),
            "conversations.members": _ok(members=members),
            "usergroups.list": _ok(usergroups=[_group(g) for g in universe.GROUPS] if ends.in_groups else []),
        }

    def answer(self, asked: wire.RawRequest) -> bytes | Awaitable[bytes]:
        """Answer Slack's methods, DWS's calls, and what a measurement asks."""
        if asked.target.startswith("/api/"):
            return self._web_api(asked.target[5:].partition("?")[0], asked)
        if asked.target.startswith("/v1.0/"):
            return self._dws(asked)
        parts = urlsplit(asked.target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/control/counts":
                return wire.answer({what: len(times) for what, times in self._came.items()})
            case "/control/when":
                return self._when(query["what"], int(query["number"]))
            case _:
                return wire.answer({"error": "no such path"}, 404)

    def _note(self, what: str) -> None:
        came = self._came[what]
        came.append(time.monotonic())
        if waiting := self._waiting.pop((what, len(came)), None):
            waiting.set_result(came[-1])

    async def _when(self, what: str, number: int) -> bytes:
        came = self._came[what]
        if len(came) >= number:
            return wire.answer({"at": came[number - 1]})
        waiting = self._waiting.setdefault((what, number), asyncio.get_running_loop().create_future())
        return wire.answer({"at": await waiting})

    def _web_api(self, method: str, asked: wire.RawRequest) -> bytes | Awaitable[bytes]:
        self._note(method)
        if ready := self._slack.get(method):
            return ready
        match method:
            case "users.info":
                user = _found(_USER, asked.body) or _found(_USER, urlsplit(asked.target).query.encode())
                if user.startswith(universe.APPROVERS):
                    self._note(OF_APPROVERS)
                return _after(self._ends.people_seconds, _ok(user=_user(user)))
            case "chat.postMessage" | "chat.update" | "chat.postEphemeral":
                channel = _found(_CHANNEL, asked.body)
                number = next(self._numbers)
                stamp = f"{1_790_000_000 + number // 1000}.{number % 1000:06}"
                return _ok(channel=channel, ts=stamp, message_ts=stamp)
            case "views.open" | "views.push" | "views.update" | "views.publish":
                return _ok(view={"id": f"V{next(self._numbers):09}", "hash": f"1.{next(self._numbers)}"})
            case "apps.connections.open":
                who = _found(_TOKEN, asked.head).rpartition("-")[2]
                address = f"ws://127.0.0.1:{self._ends.socket_port}/socket/{who}?app_id={universe.APP}"
                return _ok(url=address)
            case _:
                return _ok()

    def _dws(self, asked: wire.RawRequest) -> bytes | Awaitable[bytes]:
        _, _, project, *rest = asked.target.partition("?")[0].split("/")
        what = f"{asked.method} {rest[0] if rest else ''}"
        self._note(what)
        self._note(f"{what} of {project}")
        match what, rest:
            case "GET clusters", ["clusters"]:
                return self._clusters[project]
            case "GET snapshots", ["snapshots"]:
                return self._list(project)
            case "POST snapshots", _:
                given = self._create(project, json.loads(asked.body)["snapshot"])
                return _after(self._ends.create_seconds, given)
            case _:
                return wire.answer({"error_code": "DWS.9999", "error_msg": "no such call"}, 404)

    def _create(self, project: str, wanted: dict[str, str]) -> bytes:
        snapshot = f"{universe.cluster_id(next(self._numbers))[:-13]}9{next(self._numbers):012}"[-36:]
        made = {"id": snapshot, "name": wanted["name"], "cluster_id": wanted["cluster_id"]}
        about = {"description": wanted.get("description", ""), "started": _now(), "status": "CREATING"}
        self._snapshots[project].append({**made, **about})
        return wire.answer({"snapshot": {"id": snapshot}})

    def _list(self, project: str) -> bytes:
        found = self._snapshots[project]
        for snapshot in found:
            if snapshot["status"] == "CREATING":
                number = self._looks[str(snapshot["id"])] = self._looks[str(snapshot["id"])] + 1
                snapshot["progress"] = f"{min(99, number * 100 // self._ends.looks)}%"
                if number >= self._ends.looks:
                    snapshot |= {"status": "AVAILABLE", "finished": _now(), "size": 5.0, "progress": "100%"}
        return wire.answer({"snapshots": found, "count": len(found)})


def _after(seconds: float, given: bytes) -> bytes | Awaitable[bytes]:
    return asyncio.sleep(seconds, given) if seconds else given


def _ok(**facts: object) -> bytes:
    return wire.answer({"ok": True, **facts})


def _found(pattern: re.Pattern[bytes], text: bytes) -> str:
    match = pattern.search(text)
    return match[1].decode() if match else ""


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _user(user: str) -> dict[str, object]:
    names = {"name": user.lower(), "profile": {"display_name": user.lower()}}
    return {"id": user, "team_id": universe.TEAM, "tz": "UTC", "locale": "en-US", **names}


def _group(group: str) -> dict[str, object]:
    members = [universe.EVERYTHING, universe.TWENTY, universe.ONE]
    about = {"handle": group.lower(), "date_delete": 0, "user_count": len(members)}
    return {"id": group, "team_id": universe.TEAM, "users": members, **about}


def _clusters(numbers: range) -> dict[str, object]:
    about = {"status": "AVAILABLE", "version": "8.3.0.109", "task_status": "", "action_progress": {}}
    listed = [{"id": universe.cluster_id(n), "name": universe.cluster_name(n), **about} for n in numbers]
    return {"clusters": listed, "count": len(listed)}


async def main(ends: Ends) -> None:
    """Serve until this process is ended, and print the port first."""
    server, port = await wire.served(FarEnds(ends).answer)
    print(json.dumps({"port": port, "ends": asdict(ends)}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Ends(**json.loads(sys.argv[1]))))
