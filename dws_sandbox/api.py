"""DWS over HTTP: snapshots and clusters of the one project.

Source: DWS API Reference, "Snapshot Management APIs", "Cluster Management APIs".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aiohttp import web

from dws_sandbox import json_http, render
from dws_sandbox.authentication import Authenticator
from dws_sandbox.project import Project, Twist
from dws_sandbox.refusals import Refusal, documented

_T = TypeVar("_T")


class DwsRoutes:
    """Translates between HTTP and *project*; *next_twist* is asked before each creation."""

    def __init__(self, project: Project, authenticator: Authenticator, next_twist: Callable[[], Twist]) -> None:
        """Serve *project*."""
        self._project = project
        self._authenticator = authenticator
        self._next_twist = next_twist

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes; the part of a name before the first dot is the kind of call."""
        snapshots, clusters = "/v1.0/{project_id}/snapshots", "/v1.0/{project_id}/clusters"
        router.add_post(snapshots, self.create, name="create")
        router.add_get(snapshots, self.list, name="list")
        router.add_get(snapshots + "/{snapshot_id}", self.show, name="show")
        router.add_delete(snapshots + "/{snapshot_id}", self.delete, name="delete")
        router.add_get(clusters, self.clusters_v1, name="clusters")
        router.add_get("/v2/{project_id}/clusters", self.clusters_v2, name="clusters.v2")
        router.add_get(clusters + "/{cluster_id}", self.cluster, name="cluster")
        router.add_get(clusters + "/{cluster_id}/snapshots", self.list_of_cluster, name="list.cluster")
        router.add_get(clusters + "/{cluster_id}/snapshots/statistics", self.statistics, name="statistics")

    async def create(self, request: web.Request) -> web.Response:
        """Begin a snapshot; the answer is its id, long before it is finished."""
        await self._pass(request)
        body = await json_http.json_object(
            request,
            empty=documented(400, "DWS.0006", "The request is empty."),
            malformed=documented(400, "DWS.0001", "Invalid parameter: the body is not a JSON object."),
        )
        asked = body.get("snapshot")
        if not isinstance(asked, dict):
            raise documented(400, "DWS.5037", "Parameter missing: snapshot.")
        snapshot = self._project.create_snapshot(asked, self._next_twist())
        return json_http.answer(200, {"snapshot": {"id": snapshot.id}})

    async def list(self, request: web.Request) -> web.Response:
        """List every snapshot of the project; there is no paging and no filter."""
        await self._pass(request)
        items = [render.snapshot_basic(self._project, s) for s in self._project.listed()]
        return json_http.answer(200, {"snapshots": items, "count": len(items)})

    async def show(self, request: web.Request) -> web.Response:
        """Show one snapshot in detail."""
        await self._pass(request)
        snapshot = self._project.snapshot(request.match_info["snapshot_id"])
        return json_http.answer(200, {"snapshot": render.snapshot_full(self._project, snapshot)})

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a manual snapshot: 202, empty."""
        await self._pass(request)
        self._project.delete_snapshot(request.match_info["snapshot_id"])
        return json_http.answer(202)

    async def clusters_v1(self, request: web.Request) -> web.Response:
        """List the clusters, of one enterprise project where `?enterprise_project_id=` names one."""
        await self._pass(request)
        wanted = request.query.get("enterprise_project_id", "all_granted_eps")
        items = [
            render.cluster_v1(self._project, c)
            for c in self._project.clusters.values()
            if wanted in ("all_granted_eps", c.enterprise_project_id)
        ]
        return json_http.answer(200, {"clusters": items, "count": len(items)})

    async def clusters_v2(self, request: web.Request) -> web.Response:
        """List the clusters in the newer vocabulary, without a count."""
        await self._pass(request)
        items = [render.cluster_v2(self._project, c) for c in self._project.clusters.values()]
        return json_http.answer(200, {"clusters": items})

    async def cluster(self, request: web.Request) -> web.Response:
        """Show one cluster."""
        await self._pass(request)
        cluster = self._project.cluster(request.match_info["cluster_id"])
        return json_http.answer(200, {"cluster": render.cluster_v1(self._project, cluster)})

    async def list_of_cluster(self, request: web.Request) -> web.Response:
        """List the snapshots of one cluster: `limit` of them, `offset` counted in pages."""
        await self._pass(request)
        cluster = self._project.cluster(request.match_info["cluster_id"])
        snapshots = self._project.listed(cluster.id)
        if request.query.get("sort_dir", "desc") == "asc":
            snapshots.reverse()
        items = [render.snapshot_full(self._project, s) for s in _page(request, snapshots)]
        body: dict[str, Any] = {
            "project_id": request.match_info["project_id"],
            "cluster_id": cluster.id,
            "count": len(snapshots),
            "snapshots": items,
        }
        return json_http.answer(200, body)

    async def statistics(self, request: web.Request) -> web.Response:
        """Show how much storage the snapshots of a cluster use."""
        await self._pass(request)
        cluster = self._project.cluster(request.match_info["cluster_id"])
        return json_http.answer(200, {"statistics": render.statistics(self._project, cluster)})

    async def _pass(self, request: web.Request) -> None:
        body = await request.read()
        project = request.match_info["project_id"]
        self._authenticator.check(request.method, request.raw_path, json_http.lower_headers(request), body, project)


def _page(request: web.Request, items: Sequence[_T]) -> Sequence[_T]:
    limit, offset = _number(request, "limit", at_least=1), _number(request, "offset", at_least=0) or 0
    return items if limit is None else items[offset * limit : (offset + 1) * limit]


def _number(request: web.Request, name: str, *, at_least: int) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < at_least:
        raise _out_of_range(name)
    return int(text)


def _out_of_range(name: str) -> Refusal:
    return documented(400, "DWS.5038", f"Parameter out of range: {name}.")
