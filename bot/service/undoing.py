"""The last change of rights and rules, as it stands on record: what is shown, and can be undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from bot.core.errors import BotError
from bot.core.phrase import Phrase
from bot.core.record import Entry, Selection
from bot.core.right_changes import ACTIONS, RightChange, change_in
from bot.core.scope import Scope
from bot.ports import Store

_PAGE: Final = 100  # entries that are read at once
_LOOKED_THROUGH: Final = 1000  # entries, for one that somebody may know of


class NothingToUndo(BotError):
    """No change is on record, or the last one is of a version that didn't record all of it."""

    phrase = Phrase("nothing-to-undo")


@dataclass(frozen=True, slots=True)
class LastChange:
    """All that one change changed, as of the entry *number*, the first of its entries: by whom, when.

    *undoes* is the number of the change that it took back, *is_redone*: that one had taken back another.
    """

    number: int
    by: str
    at: datetime
    changes: tuple[RightChange, ...]
    undoes: int = 0
    is_redone: bool = False


async def last_change(store: Store, *, reaches: Callable[[Scope], bool] = lambda scope: True) -> LastChange:
    """Return the newest change that is about scopes which somebody *reaches*; others are as if they weren't there.

    Raises:
        NothingToUndo: there is none, or it can't be read whole.
    """
    selection = Selection(actions=ACTIONS)
    group: list[tuple[int, Entry]] = []
    for skip in count(0, _PAGE):
        if skip >= _LOOKED_THROUGH and not group:
            break  # else it goes on to the end of what was changed together
        found, _ = await store.record_page(selection, skip=skip, limit=_PAGE)
        for number, entry in found:
            if group and _together(entry) != _together(group[0][1]):
                if last := _whole(group, reaches):
                    return last
                group = []
            group.append((number, entry))
            if not _together(entry):
                if last := _whole(group, reaches):
                    return last
                group = []
        if len(found) < _PAGE:
            break
    if group and (last := _whole(group, reaches)):
        return last
    raise NothingToUndo("nothing is on record")


def _together(entry: Entry) -> str:
    return str(json.loads(entry.detail or "{}").get("change", ""))


def _whole(group: list[tuple[int, Entry]], reaches: Callable[[Scope], bool]) -> LastChange | None:
    """Return the change with these entries, the newest first; None: some of it isn't theirs to know of.

    Raises:
        NothingToUndo: one of them doesn't say all that it changed.
    """
    number, first = group[-1]
    try:
        made = tuple(change_in(entry) for _, entry in reversed(group))
        if len(made) != json.loads(first.detail).get("changes", 1):
            raise ValueError("some of what was changed together was pruned")
    except ValueError as e:
        raise NothingToUndo(str(e), phrase=Phrase("undo-not-recorded")) from e
    if not all(reaches(change.scope) for change in made):
        return None
    facts = json.loads(first.detail)
    return LastChange(number, first.actor, first.at, made, facts.get("undoes", 0), facts.get("again") == "yes")
