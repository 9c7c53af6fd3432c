"""One language's texts, read from its Fluent file; an entry whose facts are missing is an error.

Source: projectfluent.org, "Fluent Syntax Guide"; unicode.org, CLDR (plural and ordinal categories), through Babel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from babel.core import Locale
from babel.dates import format_date, format_datetime
from fluent.runtime import FluentBundle
from fluent.runtime.types import fluent_number
from fluent.syntax import FluentParser, ast

from bot.words.punctuation import sentence

_MOST: Final = 2500


class Catalogue:
    """The texts of one *language*; what it lacks comes from *fallback*."""

    def __init__(self, language: str, source: str, fallback: Catalogue | None = None) -> None:
        """Read the entries in *source*.

        Raises:
            ValueError: it isn't Fluent, or an entry stands twice.
        """
        resource = FluentParser().parse(source)
        seen: set[str] = set()
        for entry in resource.body:
            if isinstance(entry, ast.Junk):
                raise ValueError(f"{language}: no Fluent: {(entry.content or '').strip()[:80]!r}")
            if isinstance(entry, ast.Message):
                if entry.id.name in seen:
                    raise ValueError(f"{language}: {entry.id.name} stands twice")
                seen.add(entry.id.name)
        self.codes: Final = frozenset(seen)
        self._fallback = fallback
        # no isolating marks: Slack shows them in code spans, and they would go with what somebody copies
        self._bundle = FluentBundle([language], functions=_functions(language), use_isolating=False)
        self._bundle.add_resource(resource)

    def text(self, code: str, facts: Mapping[str, str | float | date]) -> str:
        """Return the words for *code* with *facts* in them; numbers are written without groups of digits.

        "code.advice" is the attribute of an entry that stands under it; "" where it has none.

        Raises:
            LookupError: there is no such entry, or one of its facts isn't among *facts*.
        """
        entry, dot, attribute = code.partition(".")
        if entry not in self.codes:
            if self._fallback is None:
                raise LookupError(f"no text for {code}")
            return self._fallback.text(code, facts)
        message = self._bundle.get_message(entry)
        if dot and attribute not in message.attributes:
            return self._fallback.text(code, facts) if self._fallback else ""
        pattern = message.attributes[attribute] if dot else message.value
        if pattern is None:
            raise LookupError(f"{code} has no text")
        words, errors = self._bundle.format_pattern(pattern, {name: _given(fact) for name, fact in facts.items()})
        if errors:
            raise LookupError(f"{code}: {errors[0]}")
        return str(words)


def _given(fact: str | float | date) -> Any:
    """Return *fact* as Fluent takes it; it refuses what is longer."""
    if isinstance(fact, int | float):
        return fluent_number(fact, useGrouping=False)
    if isinstance(fact, str) and len(fact) > _MOST:
        return f"{fact[: _MOST - 1]}…"
    return fact


def _functions(language: str) -> dict[str, Callable[..., Any]]:
    """Return what a catalogue may call besides Fluent's own; see the head of en.ftl."""
    locale = Locale.parse(language, sep="-")

    def written(at: date, pattern: str) -> str:
        write = format_datetime if isinstance(at, datetime) else format_date
        return write(at, pattern, locale=locale)

    return {"DATE": written, "ORDINAL": lambda number: locale.ordinal_form(int(number)), "SENTENCE": sentence}
