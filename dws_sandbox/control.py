"""The control API below `/_sim`: what tests in other processes and a page in a browser use.

A page from elsewhere that a browser here shows is refused by its Origin, and one that points its own name at 127.0.0.1
(DNS rebinding) by its Host. Where the simulator listens for other machines, they may call it by any name.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dws_sandbox import render
from dws_sandbox.address import in_url, is_loopback
from dws_sandbox.authentication import Authenticator
from dws_sandbox.call_log import CallLog
from dws_sandbox.faults import FAULTS, KINDS, CloudFaults
from dws_sandbox.iam import Iam
from dws_sandbox.model import OwnClock
from dws_sandbox.project import Project

PREFIX: Final = "/_sim"
_LOCAL: Final = frozenset({"127.0.0.1", "localhost"})
_STRICT: Final = ConfigDict(extra="forbid", strict=True, frozen=True)


class ArmBody(BaseModel):
    """What arms a fault."""

    model_config = _STRICT
    fault: str
    times: int = 1
    on: str | None = None
    acts: bool | None = None
    options: dict[str, Any] = Field(default_factory=dict)


class ClusterBody(BaseModel):
    """What may be changed about a cluster; what is left out stays."""

    model_config = _STRICT
    status: str = ""
    sub_status: str | None = None
    task: str | None = None
    task_progress: str = ""


class SnapshotBody(BaseModel):
    """A snapshot's forced status; null: let it go its own way again."""

    model_config = _STRICT
    status: str | None


class TimeBody(BaseModel):
    """How many seconds the cloud's clock is ahead of the one that others may go by; negative: behind."""

    model_config = _STRICT
    ahead: float = Field(ge=-1e9, le=1e9)


_Body = TypeVar("_Body", bound=BaseModel)


class ControlRoutes:
    """Shows and changes what the simulator does."""

    def __init__(
        self,
        project: Project,
        clock: OwnClock,
        faults: CloudFaults,
        calls: CallLog,
        iam: Iam,
        authenticator: Authenticator,
    ) -> None:
        """Control these."""
        self._project = project
        self._clock = clock
        self._faults = faults
        self._calls = calls
        self._iam = iam
        self._authenticator = authenticator

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get(f"{PREFIX}/faults", self.list_faults)
        router.add_post(f"{PREFIX}/faults", self.arm)
        router.add_delete(f"{PREFIX}/faults", self.clear_faults)
        router.add_get(f"{PREFIX}/clusters", self.clusters)
        router.add_get(f"{PREFIX}/snapshots", self.snapshots)
        for method in ("PATCH", "POST"):
            router.add_route(method, f"{PREFIX}/time", self.set_clock)
            router.add_route(method, f"{PREFIX}/clusters/{{cluster}}", self.change_cluster)
            router.add_route(method, f"{PREFIX}/snapshots/{{snapshot}}", self.force_snapshot)
        router.add_get(f"{PREFIX}/time", self.time)
        router.add_get(f"{PREFIX}/calls", self.list_calls)
        router.add_delete(f"{PREFIX}/calls", self.clear_calls)
        router.add_delete(f"{PREFIX}/tokens", self.revoke_tokens)

    async def list_faults(self, request: web.Request) -> web.Response:
        """Return what is armed and what there is: `{"armed": […], "faults": […], "kinds": […]}`."""
        known = [
            {
                "name": f.name,
                "line": f.line,
                "sort": f.sort,
                "acts": f.acts,
                "on": f.on,
                "options": dict(f.options),
            }
            for f in FAULTS
        ]
        armed = [a.as_json() for a in self._faults.armed]
        return web.json_response({"armed": armed, "faults": known, "kinds": list(KINDS)})

    async def arm(self, request: web.Request) -> web.Response:
        """Arm `{"fault": …, "times": 1, "on": "create", "acts": true, "options": {}}`; only the name is needed."""
        body = await _read(request, ArmBody)
        try:
            armed = self._faults.arm(body.fault, times=body.times, on=body.on, acts=body.acts, options=body.options)
        except ValueError as e:
            raise _wrong(str(e)) from e
        return web.json_response(armed.as_json(), status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Disarm everything: `{"cleared": 2}`."""
        return web.json_response({"cleared": self._faults.clear()})

    async def clusters(self, request: web.Request) -> web.Response:
        """Return every cluster as the v1.0 API shows it."""
        clusters = [render.cluster_v1(self._project, c) for c in self._project.clusters.values()]
        return web.json_response({"clusters": clusters})

    async def snapshots(self, request: web.Request) -> web.Response:
        """Return every snapshot in detail, also those that lists don't show yet."""
        snapshots = [render.snapshot_full(self._project, s) for s in self._project.snapshots.values()]
        return web.json_response({"snapshots": snapshots})

    async def change_cluster(self, request: web.Request) -> web.Response:
        """Set any of `status`, `sub_status`, `task`, `task_progress` of a cluster, named by id or name."""
        changes = await _read(request, ClusterBody)
        try:
            cluster = self._project.change_cluster(
                request.match_info["cluster"], **changes.model_dump(exclude_unset=True)
            )
        except KeyError as e:
            raise _unknown("cluster") from e
        return web.json_response({"cluster": render.cluster_v1(self._project, cluster)})

    async def force_snapshot(self, request: web.Request) -> web.Response:
        """Give a snapshot a `status` (null: let it go its own way again)."""
        body = await _read(request, SnapshotBody)
        try:
            snapshot = self._project.force_snapshot(request.match_info["snapshot"], body.status)
        except KeyError as e:
            raise _unknown("snapshot") from e
        return web.json_response({"snapshot": render.snapshot_full(self._project, snapshot)})

    async def time(self, request: web.Request) -> web.Response:
        """Return the simulator's time: `{"now": "2026-01-02T03:04:05+00:00"}`."""
        return web.json_response({"now": self._project.now().isoformat()})

    async def set_clock(self, request: web.Request) -> web.Response:
        """Put the cloud's clock `{"ahead": 90}` seconds ahead; return its time."""
        self._clock.ahead = (await _read(request, TimeBody)).ahead
        return await self.time(request)

    async def list_calls(self, request: web.Request) -> web.Response:
        """Return the calls and how many there were: `{"calls": […], "counts": {"list": 3}}`."""
        calls = [c.as_json() for c in self._calls.all]
        return web.json_response({"calls": calls, "counts": self._calls.counts})

    async def clear_calls(self, request: web.Request) -> web.Response:
        """Forget the calls so far."""
        count = len(self._calls)
        self._calls.clear()
        return web.json_response({"cleared": count})

    async def revoke_tokens(self, request: web.Request) -> web.Response:
        """Make every token and temporary key invalid, and unlock locked keys: `{"revoked": 1}`."""
        self._authenticator.unlock()
        return web.json_response({"revoked": self._iam.revoke_tokens()})


def check_origin(request: web.Request, listening: str) -> None:
    """Refuse what a page from elsewhere sent; *listening* is the address that the simulator listens on.

    Raises:
        HTTPForbidden: Host is not this machine, though only this machine can reach us; or Origin is not this very
            address.
    """
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    local = re.sub(r":\d+$", "", host) in {*_LOCAL, in_url(listening)}
    if (is_loopback(listening) and not local) or origin not in (None, f"http://{host}"):
        raise web.HTTPForbidden(text="The control API serves this machine only.")


async def _read(request: web.Request, shape: type[_Body]) -> _Body:
    try:
        return shape.model_validate_json(await request.read())
    except ValidationError as e:
        wrong = e.errors(include_url=False, include_input=False, include_context=False)
        raise _wrong("; ".join(f"{'.'.join(map(str, w['loc'])) or 'body'}: {w['msg']}" for w in wrong)) from e


def _wrong(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": why}), content_type="application/json")


def _unknown(what: str) -> web.HTTPNotFound:
    return web.HTTPNotFound(text=json.dumps({"error": f"no such {what}"}), content_type="application/json")
