"""The app's messages: from arguments to Slack's message object, for chat.* and response URLs alike."""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.blocks import MARKDOWN_CHARACTERS
from slack_sandbox.calls import Args
from slack_sandbox.markup import escape_blocks, escape_mrkdwn, escape_plain
from slack_sandbox.people import TEAM
from slack_sandbox.stored_files import file_problems
from slack_sandbox.surfaces import check_message_blocks, complete, invalid_blocks
from slack_sandbox.workspace import Workspace

TEXT_KEPT: Final = 40_000
METADATA_BYTES: Final = 16_000


def content(args: Args, workspace: Workspace, *, limited: bool = True) -> dict[str, Any]:
    """Return the parts of a message object that *args* give: text, blocks, attachments, metadata, name and icon.

    *limited* says that all blocks together may have only so many characters, which isn't so for response URLs.

    Raises:
        ApiError: invalid_blocks and its like, markdown_text_conflict, msg_too_long, too_many_attachments, a metadata
            error, or missing_scope.
    """
    body: dict[str, Any] = {}
    if markdown := args.text("markdown_text"):
        if args.values.get("text") or args.values.get("blocks"):
            raise ApiError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_CHARACTERS:
            raise ApiError("msg_too_long")
        body["text"] = escape_plain(markdown)
        body["blocks"] = complete([{"type": "markdown", "text": markdown}], _new_block_id)
    elif args.values.get("text") is not None:
        links = args.text("parse") != "none"
        body["text"] = escape_mrkdwn(args.text("text")[:TEXT_KEPT], links=links)
    blocks = args.structure("blocks", error="invalid_blocks_format")
    if blocks is not None:
        check_message_blocks(blocks, limited=limited)
        if problems := list(file_problems(workspace, blocks)):
            raise invalid_blocks(problems)
        body["blocks"] = escape_blocks(complete(blocks, _new_block_id))
    attachments = args.structure("attachments", error="invalid_attachments")
    if attachments is not None:
        if not isinstance(attachments, list):
            raise ApiError("invalid_attachments")
        if len(attachments) > 100:
            raise ApiError("too_many_attachments")
        for attachment in attachments:
            if isinstance(attachment, dict) and attachment.get("blocks"):
                check_message_blocks(attachment["blocks"])
        body["attachments"] = [{"id": i, **a} for i, a in enumerate(attachments, 1) if isinstance(a, dict)]
    metadata = args.structure("metadata", error="invalid_metadata_format")
    if metadata is not None:
        body["metadata"] = _metadata(metadata)
    return body | _signed_by(workspace) | _customized(args, workspace)


def _new_block_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def _customized(args: Args, workspace: Workspace) -> dict[str, Any]:
    """Return the name and icon that a message shows in place of the app's."""
    name, emoji, url = args.text("username"), args.text("icon_emoji"), args.text("icon_url")
    if not (name or emoji or url):
        return {}
    if not workspace.app.has("chat:write.customize"):
        raise ApiError("missing_scope", needed="chat:write.customize", provided=",".join(workspace.app.scopes))
    icons = {"emoji": emoji} if emoji else {f"image_{size}": url for size in (36, 48, 72)} if url else {}
    shown = {"subtype": "bot_message", "username": name or workspace.app.name}
    return shown | ({"icons": icons} if icons else {})


def _metadata(metadata: Any) -> dict[str, Any]:
    if not isinstance(metadata, dict):
        raise ApiError("invalid_metadata_format")
    if metadata == {}:
        return {}
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(metadata["event_payload"]).encode()) > METADATA_BYTES:
        raise ApiError("metadata_too_large")
    return metadata


def _signed_by(workspace: Workspace) -> dict[str, Any]:
    app = workspace.app
    return {
        "user": app.bot_user_id,
        "bot_id": app.bot_id,
        "app_id": app.app_id,
        "team": TEAM,
        "bot_profile": {
            "id": app.bot_id,
            "app_id": app.app_id,
            "user_id": app.bot_user_id,
            "name": app.name,
            "deleted": False,
            "updated": 1_700_000_000,
            "team_id": TEAM,
        },
    }


def check_not_empty(body: dict[str, Any]) -> None:
    """Check that there is something to show.

    Raises:
        ApiError: no_text.
    """
    if not (body.get("text") or body.get("blocks") or body.get("attachments")):
        raise ApiError("no_text")
    body.setdefault("text", "")


def without_metadata(body: dict[str, Any]) -> dict[str, Any]:
    """Return a message object as history gives it unless `include_all_metadata` is set."""
    return {k: v for k, v in body.items() if k != "metadata"}
