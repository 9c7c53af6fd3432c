"""Files, as far as images need them: files.* and where their bytes go and come from.

Source: Slack, "Working with files" (an address, the bytes, completion; scanned in the background), "files.info".
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Args, Call, Method
from slack_sandbox.messages import content
from slack_sandbox.people import TEAM, TEAM_DOMAIN
from slack_sandbox.posting import target, thread_fields
from slack_sandbox.records import StoredChannel, StoredFile
from slack_sandbox.site import Site
from slack_sandbox.stored_files import PICTURES, is_ready, kind_of
from slack_sandbox.workspace import new_id

_ALT_TEXT: Final = 1000
_CHANNELS: Final = 100


def file_object(site: Site, file: StoredFile) -> dict[str, Any]:
    """Return Slack's file object: its kind and its shares are empty until it has been scanned."""
    ready, kind = is_ready(file), kind_of(file)
    url = f"{site.tickets.origin}/files-pri/{TEAM}-{file.id}/{file.name}"
    shares: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for channel, ts in file.shares if ready else []:
        where = "public" if site.workspace.channels[channel].kind == "public" else "private"
        shares.setdefault(where, {}).setdefault(channel, []).append({"ts": ts})
    seen: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
    for channel, _ in file.shares:
        word = {"C": "channels", "G": "groups", "D": "ims"}[channel[0]]
        seen[word] = [*seen[word], channel]
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": kind if ready else "",
        "filetype": file.name.rpartition(".")[2] if ready else "",
        "pretty_type": file.name.rpartition(".")[2].upper() if ready else "",
        "user": site.app.bot_user_id,
        "user_team": TEAM,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(shares.get("public")),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": url,
        "url_private_download": url,
        "permalink": f"https://{TEAM_DOMAIN}.slack.example/files/{site.app.bot_user_id}/{file.id}/{file.name}",
        "alt_txt": file.alt_txt,
        "shares": shares,
        **seen,
    }


async def upload_url(call: Call) -> dict[str, Any]:
    """Return the address that takes a file's bytes."""
    name, length = call.args.required("filename"), call.args.number("length", 0)
    if not length:
        raise ApiError("missing_argument")
    alt = call.args.text("alt_txt")
    if len(alt) > _ALT_TEXT:
        raise ApiError("alt_txt_too_large")
    made = int(call.site.workspace.clock.now().timestamp())
    file = StoredFile(new_id("F"), name.rpartition("/")[2], length, secrets.token_urlsafe(18), alt, created=made)
    call.site.workspace.files[file.id] = file
    return {"upload_url": f"{call.site.tickets.origin}/upload/v1/{file.secret}", "file_id": file.id}


async def complete_upload(call: Call) -> dict[str, Any]:
    """Finish uploads, and share the files in channels if any are named."""
    workspace = call.site.workspace
    wanted = call.args.structure("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(f, dict) for f in wanted):
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: files"])
    found = [(workspace.files.get(str(f.get("id"))), str(f.get("title") or "")) for f in wanted]
    files = [(f, title) for f, title in found if f and f.data is not None and not f.deleted]
    if len(files) != len(found):
        raise ApiError("file_not_found")
    names = call.args.text("channels") or call.args.text("channel_id")
    wanted_ids = [name for name in names.split(",") if name]
    if len(wanted_ids) > _CHANNELS:
        raise ApiError("channels_limit_exceeded")
    if any(name not in workspace.channels for name in wanted_ids):  # nor a person's id: it wants a conversation's
        raise ApiError("channel_not_found")
    channels = [target(call, name, public_ok=False) for name in wanted_ids]
    for file, title in files:
        file.title = title
        file.ready_at = time.monotonic() + workspace.scan_seconds
    for channel in channels:
        _share(call, channel, [f for f, _ in files])
    return {"files": [{"id": f.id, "title": f.title or f.name} for f, _ in files]}


def _share(call: Call, channel: StoredChannel, files: list[StoredFile]) -> None:
    site = call.site
    comment = call.args.text("initial_comment")
    given = {"text": comment} if comment else {"text": "", "blocks": call.args.values.get("blocks")}
    body = content(Args(given), site.workspace)
    shown = [file_object(site, f) for f in files]
    extra = {"subtype": "file_share", "files": shown, "upload": False, "display_as_bot": False}
    message = site.workspace.post(channel, body | extra | thread_fields(call, channel))
    site.events.message(message)
    for file in files:
        file.shares.append((channel.id, message.ts))
        event = {"type": "file_shared", "channel_id": channel.id, "file_id": file.id, "file": {"id": file.id}}
        event |= {"user_id": site.app.bot_user_id, "event_ts": message.ts}
        site.events.emit(event, channel=channel)


def _named(call: Call) -> StoredFile:
    file = call.site.workspace.files.get(call.args.required("file"))
    if file is None or file.ready_at is None:
        raise ApiError("file_not_found")
    if file.deleted:
        raise ApiError("file_deleted")
    return file


async def info(call: Call) -> dict[str, Any]:
    """Return a file."""
    return {"file": file_object(call.site, _named(call)), "comments": [], "response_metadata": {"next_cursor": ""}}


async def delete(call: Call) -> dict[str, Any]:
    """Delete a file; blocks that show it stay, with a broken picture."""
    file = _named(call)
    file.deleted = True
    events = call.site.events
    events.emit({"type": "file_deleted", "file_id": file.id, "event_ts": events.event_ts()})
    return {}


class FileStore:
    """Takes the bytes of files, and gives them to who may have them."""

    def __init__(self, site: Site) -> None:
        """Serve *site*."""
        self._site = site

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes, as the body or as a form's only file; the address holds the secret, no token is needed."""
        secret = request.match_info["secret"]
        file = next((f for f in self._site.workspace.files.values() if f.secret == secret), None)
        if file is None or file.data is not None:
            return web.Response(status=404, text="no such upload")
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            data = next((p.file.read() for p in form.values() if isinstance(p, web.FileField)), b"")
        else:
            data = await request.read()
        file.data, file.size = data, len(data)
        return web.Response(text=f"OK - {len(data)}")

    async def private(self, request: web.Request) -> web.Response:
        """Give a file to the app that brings its token and may read files."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != self._site.app.bot_token or not self._site.app.has("files:read"):
            return web.Response(status=403, text="sign in")
        return self._bytes(request)

    async def shown(self, request: web.Request) -> web.Response:
        """Give a file to the sandbox's page."""
        return self._bytes(request)

    def _bytes(self, request: web.Request) -> web.Response:
        file = self._site.workspace.files.get(request.match_info["file"])
        if file is None or file.data is None or file.deleted:
            return web.Response(status=404, text="no such file")
        safe = kind_of(file) if kind_of(file) in PICTURES else "application/octet-stream"
        return web.Response(body=file.data, content_type=safe, headers={"X-Content-Type-Options": "nosniff"})


METHODS: Final[Mapping[str, Method]] = {
    "files.getUploadURLExternal": Method(upload_url, 100, "files:write"),
    "files.completeUploadExternal": Method(complete_upload, 100, "files:write"),
    "files.info": Method(info, 100, "files:read"),
    "files.delete": Method(delete, 50, "files:write"),
}
