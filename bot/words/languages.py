"""Which language is spoken: the reader's, by their locale, where there is a catalogue for it; else English."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # it comes with the first sentence, as its texts do: what it needs takes long to load
    from bot.words.catalogue import Catalogue

_ENGLISH: Final = "en"
# Holds nothing by itself: each task has its own value, and passes it on to the tasks that it starts.
_SPOKEN: Final[ContextVar[Catalogue]] = ContextVar("spoken")


class Languages:
    """The catalogues in *folder*, one file each, such as `de.ftl` or `pt-BR.ftl`; None: those of this package."""

    def __init__(self, folder: Traversable | None = None) -> None:
        """Read them.

        Raises:
            ValueError: a file is no catalogue, or is called by no language's code.
        """
        found = (folder or files(__package__)).iterdir()
        sources = {file.name.removesuffix(".ftl"): file for file in found if file.name.endswith(".ftl")}
        self._catalogues = {
            language: _read(language, file, _english()) for language, file in sources.items() if language != _ENGLISH
        }

    def __bool__(self) -> bool:
        """Say whether there is a choice: else nobody need be asked for their locale."""
        return bool(self._catalogues)

    @contextmanager
    def spoken(self, locale: str = "") -> Iterator[None]:
        """Speak the language of *locale*, such as "de-DE", in the block and in the tasks that are started there."""
        language = locale.partition("-")[0]
        catalogue = self._catalogues.get(locale) or self._catalogues.get(language) or _english()
        before = _SPOKEN.set(catalogue)
        try:
            yield
        finally:
            _SPOKEN.reset(before)


def current() -> Catalogue:
    """Return the catalogue of the language that is spoken."""
    return _SPOKEN.get(None) or _english()


@cache
def _english() -> Catalogue:
    """Return the catalogue of English, which is read once."""
    return _read(_ENGLISH, files(__package__) / f"{_ENGLISH}.ftl")


def _read(language: str, file: Traversable, fallback: Catalogue | None = None) -> Catalogue:
    from bot.words.catalogue import Catalogue

    return Catalogue(language, file.read_text("utf-8"), fallback)
