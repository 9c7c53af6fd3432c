"""The sandbox's page: its files, the headers that keep it to itself, and a door to the cloud simulator's controls."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Final

import aiohttp
from aiohttp import web

from slack_sandbox.people import TEAM

_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FILE: Final = re.compile(rf"[a-z]+\.({'|'.join(_TYPES)})")
_HOST: Final = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")
_CLOUD: Final = re.compile(r"faults|calls|time|clusters(/[\w.-]+)?|snapshots(/[\w.-]+)?")
_CLOUD_SECONDS: Final = 5.0


def headers(host: str) -> dict[str, str]:
    """Return the headers of every file; *host* is the request's: older browsers want it named for WebSockets."""
    live = f" ws://{host}" if _HOST.fullmatch(host) else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{live}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


class Page:
    """Serves the page: `Sandbox(install=[Page(cloud_url).install])`.

    *cloud_url* is the address of the DWS simulator whose controls the page shows; None where there is none.
    """

    def __init__(self, cloud_url: str | None = None) -> None:
        """Read nothing yet."""
        self._cloud = cloud_url.rstrip("/") if cloud_url else None
        self._session: aiohttp.ClientSession | None = None

    def install(self, application: web.Application) -> None:
        """Add the page's routes to *application*, and what they need while it runs."""
        application.router.add_get("/", self._index)
        application.router.add_get("/page/{name}", self._file)
        application.router.add_get("/_sandbox/page", self._about)
        if self._cloud:
            application.cleanup_ctx.append(self._running)
            application.router.add_route("*", "/_sandbox/cloud/{path:.+}", self._pass_on)

    async def _running(self, _application: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_CLOUD_SECONDS)) as self._session:
            yield

    async def _index(self, request: web.Request) -> web.Response:
        return _answer(request, "index.html")

    async def _file(self, request: web.Request) -> web.Response:
        return _answer(request, request.match_info["name"])

    async def _about(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "cloud": self._cloud is not None, "team": TEAM})

    async def _pass_on(self, request: web.Request) -> web.Response:
        """Pass a call on to the simulator's `/_sim/`: only the paths that the page has buttons for."""
        path = request.match_info["path"]
        assert self._session is not None
        if not _CLOUD.fullmatch(path) or request.method not in ("GET", "POST", "PATCH", "DELETE"):
            return web.json_response({"ok": False, "error": "the page has no such control"}, status=404)
        body = await request.read()
        try:
            async with self._session.request(request.method, f"{self._cloud}/_sim/{path}", data=body or None) as answer:
                return web.Response(
                    status=answer.status, body=await answer.read(), content_type=answer.content_type, charset="utf-8"
                )
        except (aiohttp.ClientError, TimeoutError):
            return web.json_response({"ok": False, "error": "the cloud simulator doesn't answer"}, status=502)


def _answer(request: web.Request, name: str) -> web.Response:
    """Return one file of the page; whatever isn't one of them is 404."""
    found = files("slack_sandbox").joinpath("page", name) if _FILE.fullmatch(name) else None
    if found is None or not found.is_file():
        return web.Response(status=404, text="no such file", headers=headers(request.host))
    kind = _TYPES[name.rpartition(".")[2]]
    return web.Response(body=found.read_bytes(), content_type=kind, charset="utf-8", headers=headers(request.host))
