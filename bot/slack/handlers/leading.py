"""Options that stand before the description in a line: each is a word and a value of its form, in any order. Pure.

A word without such a value begins the description: "keep the old tables" is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.core.start import START_WRITTEN

# What may follow each word.
CREATE: Final = {"at": START_WRITTEN, "keep": re.compile(r"\d{1,6}[mhdw]", re.IGNORECASE)}


def leading(text: str, forms: Mapping[str, re.Pattern[str]]) -> tuple[dict[str, str], str]:
    """Return the value of each of the options with which *text* begins, and what follows them; each counts once."""
    found: dict[str, str] = {}
    while True:
        word, _, rest = text.lstrip().partition(" ")
        form = forms.get(word.lower()) if word.lower() not in found else None
        value = form.match(rest.lstrip()) if form else None
        if value is None or not re.match(r"\s|$", rest.lstrip()[value.end() :]):
            return found, text.lstrip()
        found[word.lower()], text = value[0], rest.lstrip()[value.end() :]
