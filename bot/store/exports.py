"""The record in a file of its own, which can be checked by itself and joined with what remains in the database.

A first line says where it begins and whether it is whole; then one line an entry, with the very text that was hashed;
a last line says where it ends. All JSON, one object a line, ASCII.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.core.record import Damage, Finding, Head, Recorded, Verdict
from bot.store import chain
from bot.store.checking import ChainCheck

_FIRST: Final = re.compile(rb'\{"record":1,"first":(0|[1-9]\d{0,17}),"whole":(true|false)\}\n')
_ENTRY: Final = re.compile(
    rb'\{"number":([1-9]\d{0,17}),"layout":([1-9]\d{0,3}),"hash":"([0-9a-f]{64})","entry":([\x20-\x7e]+)\}\n'
)
_LAST: Final = re.compile(rb'\{"end":1,"last":(0|[1-9]\d{0,17}),"count":(0|[1-9]\d{0,17}),"hash":"([0-9a-f]{64})"\}\n')


class ExportWriter:
    """Makes the lines of an export; *whole*: no entry between its first and its last is left out."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self.count = 0
        self.last = Head(0, chain.START)

    def lines(self, rows: Iterable[Recorded]) -> Iterable[bytes]:
        """Yield the lines for *rows*, which come in the order of their numbers."""
        for row in rows:
            if not self.count:
                yield self._beginning(row.number)
            self.count += 1
            self.last = Head(row.number, row.hash)
            head = f'{{"number":{row.number},"layout":{row.layout},"hash":"{row.hash}","entry":'
            yield head.encode(errors="replace") + row.text + b"}\n"

    def end(self) -> bytes:
        """Return what comes after the last entry."""
        nothing = b"" if self.count else self._beginning(0)
        said = f'{{"end":1,"last":{self.last.number},"count":{self.count},"hash":"{self.last.hash}"}}\n'
        return nothing + said.encode(errors="replace")

    def _beginning(self, number: int) -> bytes:
        return f'{{"record":1,"first":{number},"whole":{"true" if self._whole else "false"}}}\n'.encode()


@dataclass(frozen=True, slots=True)
class Exported:
    """What checking an export has found, the SHA-256 of the file in hex, and whether it is *whole*."""

    verdict: Verdict
    digest: str
    whole: bool


def checked_export(lines: Iterable[bytes], noted: Iterable[Head] = ()) -> Exported:
    """Check an export, given as its *lines* with their ends, by itself and against heads that were noted elsewhere."""
    digest = hashlib.sha256()
    found: list[Finding] = []
    check: ChainCheck | None = None
    noted, whole, first, count, ended, place = tuple(noted), True, None, 0, False, 0
    unread: list[bytes] = []  # at the beginning, before a number is known
    for place, line in enumerate(lines, 1):
        digest.update(line)
        if place == 1:
            if begun := _FIRST.fullmatch(line):
                first, whole = int(begun[1]), begun[2] == b"true"
            else:
                found.append(Finding(Damage.LINE, 0, {"line": 1}))
        elif ended:
            found.append(Finding(Damage.LINE, count + 1, {"line": place}))
        elif last := _LAST.fullmatch(line):
            ended = True
            check = check or ChainCheck(begins=first or 1, noted=noted, selection=not whole)
            found += _end(check, count + len(unread), whole, Head(int(last[1]), last[3].decode()), int(last[2]))
        elif read := _ENTRY.fullmatch(line):
            row = Recorded(int(read[1]), int(read[2]), read[4], read[3].decode())
            begins = first if first is not None else row.number - len(unread)
            check = check or ChainCheck(begins=begins, noted=noted, selection=not whole)
            for number, text in enumerate(unread, row.number - len(unread)):
                check.take(Recorded(number, 0, text, ""))
            count += len(unread) + 1
            unread.clear()
            check.take(row)
        elif not line.endswith(b"\n"):
            break
        elif check is None or check.last is None:
            unread.append(line)
        else:
            check.take(Recorded(check.last.number + 1, 0, line, ""))
            count += 1
    check = check or ChainCheck(begins=first or 1, noted=noted, selection=not whole)
    for number, text in enumerate(unread, first or 1):
        check.take(Recorded(number, 0, text, ""))
    if not ended:
        found.append(Finding(Damage.HALF, (check.last.number if check.last else (first or 1) - 1) + 1, {"line": place}))
    for finding in found:
        check.add(finding)
    return Exported(check.verdict(), digest.hexdigest(), whole)


def _end(check: ChainCheck, count: int, whole: bool, end: Head, counted: int) -> list[Finding]:
    last = check.last or Head(0, chain.START)
    if whole and last.number < end.number:
        return [Finding(Damage.CUT, last.number + 1, {"last": end.number})]
    if last != end and last.number >= end.number:
        return [Finding(Damage.REPLACED, last.number)]
    if count != counted or last != end:
        return [Finding(Damage.MISCOUNTED, last.number, {"there": count, "counted": counted})]
    return []
