"""The app's messages: from arguments to Slack's message object, for chat.* and response URLs alike."""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Args
from slack_sandbox.markup import escape_blocks, escape_mrkdwn
from slack_sandbox.people import TEAM
from slack_sandbox.surfaces import check_message_blocks, complete
from slack_sandbox.workspace import Workspace

TEXT_KEPT: Final = 40_000
METADATA_BYTES: Final = 16_000


def content(args: Args, workspace: Workspace) -> dict[str, Any]:
    """Return the parts of a message object that *args* give: text, blocks, attachments, metadata.

    Raises:
        ApiError: invalid_blocks and its like, too_many_attachments, or a metadata error.
    """
    body: dict[str, Any] = {}
    if "text" in args.values:
        links = args.text("parse") != "none"
        body["text"] = escape_mrkdwn(args.text("text")[:TEXT_KEPT], links=links)
    blocks = args.structure("blocks", error="invalid_blocks_format")
    if blocks is not None:
        check_message_blocks(blocks)
        body["blocks"] = escape_blocks(complete(blocks, lambda: secrets.token_urlsafe(4)[:5]))
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
    return body | _signed_by(workspace)


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
