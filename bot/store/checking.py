"""Whether a chain is as it was written: what was changed, taken away, put in or put elsewhere is named, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.core.record import PRUNED, RESTORED, Damage, Finding, Head, Recorded, Verdict
from bot.store import chain
from bot.store.chain import START, Statement

_LOOKED_BACK: Final = 1000  # entries: for one that was put elsewhere, and for two that follow the same
_KEPT: Final = 100  # findings


class ChainCheck:
    """Takes in the entries of one chain, in the order in which they are kept, and says what is wrong with it.

    *begins* is the number of the first entry, where that is known from elsewhere (None: what comes before the first
    must have been pruned by the record's own word); *end* is where the chain ends, by what was counted beside it.
    *noted* are heads that were written down outside. Of a *selection* nobody can say whether one is missing.
    """

    def __init__(
        self,
        *,
        begins: int | None = 1,
        end: Head | None = None,
        noted: Sequence[Head] = (),
        selection: bool = False,
    ) -> None:
        self._begins = begins
        self._end = end
        self._selection = selection
        self._noted = {head.number: head for head in noted}
        self._met: dict[int, str] = {}  # the hashes at the numbers that were noted
        self._hashes: dict[int, str] = {}  # the last ones, by number
        self._followers: dict[str, int] = {}  # the last ones, by the hash that they follow
        self._findings: list[Finding] = []
        self._first: Recorded | None = None
        self._first_follows = ""
        self._last: Head | None = None
        self._sound = Head(0, START)  # up to here all is well
        self._rows = 0
        self._restored: list[int] = []
        self._pruned: list[Head] = []

    def take(self, row: Recorded) -> None:
        """Take in the next entry."""
        before = len(self._findings)
        said = self._own(row)
        if self._first is None:
            self._first = row
            self._first_follows = said.before if said else ""
        expected = (self._last.number if self._last else (self._begins or row.number) - 1) + 1
        if row.number > expected and not self._selection:
            self._found(Damage.GAP, expected, last=row.number - 1)
        elif row.number < expected:
            self._earlier(row)
        if said and said.number == row.number:
            self._link(row, said)
        self._note(row, said)
        if len(self._findings) == before and not self._findings:
            self._rows += 1
            self._sound = Head(row.number, row.hash)

    def verdict(self) -> Verdict:
        """Return what was found in all that was taken in."""
        if self._begins is None and not self._selection:
            self._check_start()
        if self._end is not None and not self._selection:
            self._check_end(self._end)
        for head in self._noted.values():
            self._check_noted(head)
        found = sorted(self._findings, key=lambda f: f.number)
        first = self._first.number if self._first else 1
        if found and found[0].number <= first:
            self._rows, self._sound = 0, Head(0, START)
        return Verdict(
            self._rows, self._sound.hash, tuple(found[:_KEPT]), first, self._last, max(0, len(found) - _KEPT)
        )

    def add(self, finding: Finding) -> None:
        """Take in what the place itself has shown, such as a line that ends half-way."""
        self._findings.append(finding)

    @property
    def last(self) -> Head | None:
        """Where the chain ends so far."""
        return self._last

    def _own(self, row: Recorded) -> Statement | None:
        """ChainCheck *row* by itself; return what its text says, where that can be trusted."""
        try:
            said = chain.read(row.layout, row.text) if chain.hash_of(row.text) == row.hash else None
        except ValueError:
            said = None
        if said is None:
            self._found(Damage.CHANGED, row.number)
            return None
        if said.number != row.number:
            self._found(Damage.MOVED, row.number, was=said.number)
        elif row.shown is not None and (others := _differing(row.shown, said)):
            self._found(Damage.SHOWN, row.number, columns=", ".join(others))
        return said

    def _earlier(self, row: Recorded) -> None:
        """Name an entry that comes after one with a higher number, or the same."""
        gap = next((f for f in self._findings if f.damage is Damage.GAP and _covers(f, row.number)), None)
        if gap is None:
            self._found(Damage.TWICE, row.number)
            return
        self._findings.remove(gap)
        first, last = gap.number, int(gap.facts["last"])
        for start, stop in ((first, row.number - 1), (row.number + 1, last)):
            if start <= stop:
                self._found(Damage.GAP, start, last=stop)
        self._found(Damage.OUT_OF_ORDER, row.number)

    def _link(self, row: Recorded, said: Statement) -> None:
        """ChainCheck that *row* follows the entry with the number before, where that is known."""
        known = START if row.number == 1 else self._hashes.get(row.number - 1)
        if known in (None, said.before):
            return
        other = self._followers.get(said.before)
        if other not in (None, row.number):
            self._found(Damage.FORK, row.number, other=other or 0)
        elif not any(f.number == row.number - 1 for f in self._findings):
            self._found(Damage.REPLACED, max(1, row.number - 1))

    def _note(self, row: Recorded, said: Statement | None) -> None:
        if row.number in self._noted:
            self._met[row.number] = row.hash
        self._hashes.setdefault(row.number, row.hash)
        if said:
            self._followers.setdefault(said.before, row.number)
            action = said.fields.get("action")
            if action == RESTORED:
                self._restored.append(row.number)
            elif action == PRUNED and (head := pruned_up_to(said)):
                self._pruned.append(head)
        if len(self._hashes) > _LOOKED_BACK:
            del self._hashes[next(iter(self._hashes))]
        if len(self._followers) > _LOOKED_BACK:
            del self._followers[next(iter(self._followers))]
        if self._last is None or row.number >= self._last.number:
            self._last = Head(row.number, row.hash)

    def _check_start(self) -> None:
        if self._first is None or self._first.number <= 1:
            return
        if Head(self._first.number - 1, self._first_follows) not in self._pruned:
            self._found(Damage.GAP, 1, last=self._first.number - 1)

    def _check_end(self, end: Head) -> None:
        last = self._last or Head((self._begins or 1) - 1, START)
        if last.number < end.number:
            self._found(Damage.CUT, last.number + 1, last=end.number)
        elif last.number > end.number:
            self._found(Damage.UNCOUNTED, end.number + 1, counted=end.number)
        elif last.hash != end.hash and not any(f.number == last.number for f in self._findings):
            self._found(Damage.REPLACED, last.number)

    def _check_noted(self, head: Head) -> None:
        last = self._last.number if self._last else 0
        if head.number in self._met:
            if self._met[head.number] == head.hash:
                return
            mark = next((n for n in reversed(self._restored) if n <= head.number), None)
            if mark is None:
                self._found(Damage.REWRITTEN, head.number)
            else:
                self._found(Damage.RESTORED, head.number, mark=mark)
        elif head.number > last:
            self._found(Damage.OLDER, last + 1, noted=head.number)
        elif self._first is not None and head.number == self._first.number - 1:
            if head.hash != self._first_follows:
                self._found(Damage.REWRITTEN, head.number)
        elif self._first is not None and head.number < self._first.number:
            self._found(Damage.ELSEWHERE, head.number)

    def _found(self, damage: Damage, number: int, **facts: str | int) -> None:
        self._findings.append(Finding(damage, number, facts))


def pruned_up_to(said: Statement) -> Head | None:
    """Return the last of the entries that were pruned by what an entry of that says; None where it can't be read."""
    try:
        detail = json.loads(said.fields.get("detail", ""))
        return Head(int(detail["last"]), str(detail["hash"]))
    except (ValueError, KeyError, TypeError):
        return None


def verify(rows: Iterable[Recorded], check: ChainCheck) -> Verdict:
    """Return what *check* finds in *rows*."""
    for row in rows:
        check.take(row)
    return check.verdict()


def _covers(gap: Finding, number: int) -> bool:
    return gap.number <= number <= int(gap.facts["last"])


def _differing(shown: Mapping[str, bytes | None], said: Statement) -> list[str]:
    """Return the names of what is shown otherwise than it was said."""
    stated = chain.shown_of(said)
    return [name for name in stated if name not in shown or shown[name] != stated[name]]
