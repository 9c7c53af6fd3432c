"""The one door to the environment: which variables are set, and what they hold, here or in a file.

Every variable NAME may be given as NAME_FILE, the path of a file that holds the value, as container platforms mount it.
Nothing else in the program looks at a process's environment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot import values

_FROM_FILE: Final = "_FILE"


def working_directory() -> Path:
    """Return where relative paths start; an empty path, from which they are as they are, where nobody can tell."""
    try:
        return Path.cwd()
    except OSError:  # deleted, or closed to us: only who needs it has to know
        return Path()


class Environment:
    """The variables of a process, and the folders that paths in them start from."""

    def __init__(
        self,
        variables: Mapping[str, str],
        *,
        cwd: Path | None = None,
        home: Path | None = None,
        etc: Path = Path("/etc"),
    ) -> None:
        self._variables = variables
        self._home = home
        self.cwd = cwd or working_directory()
        self.etc = etc

    def read(self, name: str, mistakes: list[str], form: Callable[[str], str] = values.plain) -> str | None:
        """Return what *name* holds in its *form*, "" where it isn't set; None for what can't be used.

        *form* raises ValueError with words that follow the variable's name. What is wrong is added to *mistakes*, which
        hold nothing of the value.
        """
        text, path = self._variables.get(name, ""), self._file(name)
        if not values.stripped(text) and path is not None:
            try:
                text = path.read_text(encoding="utf-8-sig")
            except (OSError, ValueError) as e:
                reason = os.strerror(e.errno) if isinstance(e, OSError) and e.errno else "not text in UTF-8"
                named = f"{path}, which" if self._is_a_path(name) else "a file that"
                mistakes.append(f"{name}_FILE names {named} can't be read ({reason}): write the path of a file in it.")
                return None
            if not values.stripped(text):
                mistakes.append(f"{name}_FILE names {path}, which is empty: put the value in it.")
                return None
        elif path is not None:
            mistakes.append(f"{name} and {name}_FILE are both set: unset one of them.")
            return None
        if values.is_quoted(text):
            mistakes.append(f"{name} is in quotes, which would be part of the value: write it without them.")
            return None
        try:
            return form(text)
        except ValueError as e:
            mistakes.append(f"{name} {e}.")
            return None

    def is_set(self, name: str) -> bool:
        """Say whether *name* is given, here or in a file; what is empty isn't."""
        return bool(values.stripped(self._variables.get(name, ""))) or self._file(name) is not None

    def given_as(self, name: str) -> str:
        """Return how *name* is given: "NAME", or "NAME_FILE (its path)"; "" where it isn't."""
        if values.stripped(self._variables.get(name, "")):
            return name
        if (path := self._file(name)) is None:
            return ""
        return f"{name}{_FROM_FILE} ({path})" if self._is_a_path(name) else f"{name}{_FROM_FILE}"

    def file_of(self, name: str) -> Path | None:
        """Return the file that holds *name*; None where it isn't given by one that there is."""
        path = self._file(name)
        return path if path and is_file(path) else None

    def is_there(self, name: str) -> bool:
        """Say whether *name* is given, be it empty, which may switch something off."""
        return name in self._variables or name + _FROM_FILE in self._variables

    def first(self, *names: str) -> str | None:
        """Return the first of *names* that is set, or None."""
        return next((name for name in names if self.is_set(name)), None)

    def beginning_with(self, prefix: str) -> list[str]:
        """Return the names that begin with *prefix* and are set."""
        names = dict.fromkeys(n.removesuffix(_FROM_FILE) for n in self._variables if n.startswith(prefix))
        return [name for name in names if self.is_set(name)]

    def path(self, text: str) -> Path:
        """Return the path that *text* names: `~/` is the home directory, else it starts from the working directory."""
        return self.home / text[2:] if text.startswith("~/") else self.cwd / text

    @property
    def home(self) -> Path:
        """The home directory; a path that isn't there where the bot's user has none."""
        try:
            return self._home or Path.home()
        except RuntimeError:
            return self.cwd / "~"

    def written(self, *names: str) -> Iterator[str]:
        """Yield what *names* hold (without names: every variable), as it stands there, usable or not.

        Of files, what can be read; a pipe isn't, since it can be read only once. What stands in the place of a path and
        may be the value itself is yielded, too.
        """
        for name in names or self._variables:
            yield self._variables.get(name, "")
            if (path := self._file(name)) is None:
                continue
            with suppress(OSError, ValueError):
                if is_file(path):
                    yield path.read_text(encoding="utf-8-sig")
                    continue
            if not self._is_a_path(name):
                yield self._variables.get(name + _FROM_FILE, "")

    def _file(self, name: str) -> Path | None:
        given = values.stripped(self._variables.get(name + _FROM_FILE, ""))
        return self.cwd / given if given else None

    def _is_a_path(self, name: str) -> bool:
        """Say whether NAME_FILE surely holds a path, and not the value itself, which somebody put into it."""
        given = Path(values.stripped(self._variables.get(name + _FROM_FILE, "")))
        try:
            return given.is_absolute() and len(given.parts) > 2 and Path(*given.parts[:2]).is_dir()
        except (OSError, ValueError):
            return False


def is_file(path: Path) -> bool:
    """Say whether there is a file at *path*; where that can't be seen, there is none for us."""
    try:
        return path.is_file()
    except OSError:
        return False
