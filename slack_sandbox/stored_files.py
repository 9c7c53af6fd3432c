"""Which of the uploaded files people can see already, and whether blocks name only such."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Iterator
from typing import Any, Final

from slack_sandbox.records import StoredFile
from slack_sandbox.workspace import Workspace

PICTURES: Final = ("image/png", "image/jpeg", "image/gif")


def is_ready(file: StoredFile) -> bool:
    """Say whether a file has been uploaded, completed and scanned, and not deleted."""
    return not file.deleted and file.ready_at is not None and time.monotonic() >= file.ready_at


def kind_of(file: StoredFile) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def file_problems(workspace: Workspace, value: Any, pointer: str = "/blocks") -> Iterator[str]:
    """Yield what is wrong with the files that blocks name: there is none such, it isn't ready, or no picture."""
    if isinstance(value, list):
        for i, one in enumerate(value):
            yield from file_problems(workspace, one, f"{pointer}/{i}")
    elif isinstance(value, dict):
        if isinstance(wanted := value.get("slack_file"), dict):
            known = [f for f in workspace.files.values() if is_ready(f) and kind_of(f) in PICTURES]
            url = str(wanted.get("url", ""))
            if not any(f.id == wanted.get("id") or f"{f.id}/{f.name}" in url for f in known):
                yield f"[ERROR] invalid slack file [json-pointer:{pointer}/slack_file]"
        for name, content_ in value.items():
            yield from file_problems(workspace, content_, f"{pointer}/{name}")
