"""The forms in which a cloud may keep a description that it was given; the API promises none of them, nor the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import Final
from unicodedata import normalize


def _without_four_bytes(text: str) -> str:
    return re.sub("[\U00010000-\U0010ffff]", "?", text)  # as a MySQL column of `utf8` does


FORMS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {
        "null": lambda text: text or None,
        "squeezed": lambda text: " ".join(text.split()),
        "padded": lambda text: f" {text}\r\n",
        "nfc": lambda text: normalize("NFC", text),
        "nfd": lambda text: normalize("NFD", text),
        "nfkc": lambda text: normalize("NFKC", text),
        "question_marks": _without_four_bytes,
        "entities": lambda text: escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    }
)
