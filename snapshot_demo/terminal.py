"""A chat in a terminal: who says what, private messages marked, modals as boxes. Colours only where they are wanted."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TextIO

import click

_WIDTH: Final = 78
_NAME: Final = 11
_COLOURS: Final = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_magenta")
_MARKS: Final = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])|`([^`\n]+)`|(?<![\w_])_([^_\n]+)_(?![\w_])")


class Terminal:
    """Writes to *out*; *colour* None means: where *out* is a terminal and NO_COLOR isn't set."""

    def __init__(self, out: TextIO, environ: Mapping[str, str], *, colour: bool | None = None) -> None:
        self._out = out
        self._colour = out.isatty() and not environ.get("NO_COLOR") if colour is None else colour
        self._people: dict[str, str] = {}

    def heading(self, text: str) -> None:
        """Write a line that opens a part of the story."""
        self._line()
        self._line(self._style(f"── {text} {'─' * max(3, _WIDTH - _columns(text) - 4)}", dim=True))

    def note(self, text: str) -> None:
        """Write what the narrator says."""
        for line in textwrap.wrap(text, _WIDTH - 2):
            self._line(self._style(f"  {line}", italic=True, dim=True))

    def says(
        self, who: str, lines: Iterable[str], *, only_for: str = "", reply: bool = False, in_thread: bool = False
    ) -> None:
        """Write a message; *only_for* marks it as private, *in_thread* as a reply, *reply* as one the channel sees."""
        where = "reply in the thread, also sent to the channel" if reply else "reply in the thread" if in_thread else ""
        mark = f"only visible to {only_for}" if only_for else where
        shown = [self._style(f"({mark})", dim=True)] if mark else []
        wrapped = [w for line in lines for w in (textwrap.wrap(line, _WIDTH - _NAME - 2) or [""])]
        for number, line in enumerate([*shown, *(self._marked(w) for w in wrapped)]):
            name = self._name(who) if number == 0 else " " * _NAME
            self._line(f"{name}  {line}")

    def does(self, who: str, act: str) -> None:
        """Write what somebody does: types a command, presses a button."""
        self._line(f"{self._name(who)}  {self._style(act, bold=True)}")

    def box(self, title: str, lines: Sequence[str], buttons: Sequence[str], *, errors: Iterable[str] = ()) -> None:
        """Write a modal."""
        width = _WIDTH - _NAME - 4
        bad = set(errors)
        indent = " " * (_NAME + 2)
        self._line(f"{indent}┌ {self._style(title, bold=True)} {'─' * (width - _columns(title))}┐")
        for line in lines:
            for part in textwrap.wrap(line, width, subsequent_indent="  ") or [""]:
                text = part.replace("*", "").replace("`", "")
                padded = text + " " * (width - _columns(text))
                self._line(f"{indent}│ {self._style(padded, fg='red') if line in bad else padded} │")
        shown = "  ".join(f"[ {b} ]" for b in buttons)
        self._line(f"{indent}│ {' ' * (width - _columns(shown))}{shown} │")
        self._line(f"{indent}└{'─' * (width + 2)}┘")

    def _name(self, who: str) -> str:
        colour = self._people.setdefault(who, _COLOURS[len(self._people) % len(_COLOURS)])
        return self._style(f"{who:>{_NAME}}", fg=colour, bold=True)

    def _marked(self, text: str) -> str:
        return _MARKS.sub(lambda m: self._style(m[1] or m[2] or m[3], bold=True), text)

    def _style(
        self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False, italic: bool = False
    ) -> str:
        if not self._colour:
            return text
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None, italic=italic or None)

    def _line(self, text: str = "") -> None:
        print(text, file=self._out, flush=True)


def _columns(text: str) -> int:
    """Return how many columns *text* takes: wide characters and emoji take two, marks none."""
    return sum(
        0 if unicodedata.combining(c) or c in "\ufe0f\u200d" else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
