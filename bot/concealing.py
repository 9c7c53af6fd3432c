"""Hides known values in text, in every form in which a library writes them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote

HIDDEN: Final = "[hidden]"
_LEAST: Final = 6  # characters; what is shorter stands in half of all words


class Concealer:
    """Replaces each of *secrets*; the longest first, so that no part of one remains."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _LEAST}
        words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._pattern = re.compile(words) if words else None

    def __call__(self, text: str) -> str:
        """Return *text* without them."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def _forms(secret: str) -> Iterator[str]:
    """Yield *secret* as it is, its lines, and each as an address, JSON, Python and Basic authentication have it."""
    for text in {secret, secret.strip(), *secret.split(), unquote(secret)}:
        yield text
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield repr(text)[1:-1]
        encoded = text.encode("utf-8", "surrogatepass")
        yield repr(encoded)[2:-1]
        yield quote(encoded, safe="")
        yield quote(encoded)
        yield quote_plus(encoded)
        yield base64.b64encode(encoded).decode("ascii").rstrip("=")
