"""The record, damaged in every way: each is found, named and located, in the database and in an export of it."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.record import RESTORED, Damage, Entry, Finding, Head, Recorded, Verdict, stated
from bot.store import chain, open_store
from bot.store.checking import ChainCheck, verify
from bot.store.exports import ExportWriter, checked_export
from tests.harness.contract_store import ANA, DWH, NOW, an_entry, at

WRITTEN = 8


def a_chain(number: int = WRITTEN, **changes: object) -> list[Recorded]:
    """Return *number* sound entries, with the separators of every format in what people wrote."""
    kept: list[Recorded] = []
    head = Head(0, chain.START)
    for n in range(number):
        entry = Entry(at(n), ANA, f"a{n}", cluster=DWH, detail='","actor":"U0BEN" é\n}\\', **changes)  # type: ignore[arg-type]
        kept.append(row := chain.following(head, entry))
        head = Head(row.number, row.hash)
    return kept


def head_of(rows: list[Recorded]) -> Head:
    """Return where *rows* end."""
    return Head(rows[-1].number, rows[-1].hash)


def found(rows: list[Recorded], whole: list[Recorded], *noted: Head) -> list[tuple[Damage, int]]:
    """Return what is wrong with *rows*, where *whole* were written."""
    verdict = verify(rows, ChainCheck(begins=None, end=head_of(whole), noted=noted))
    return [(f.damage, f.number) for f in verdict.findings]


def exported(rows: list[Recorded], *, whole: bool = True) -> bytes:
    """Return the export of *rows*."""
    writer = ExportWriter(whole=whole)
    return b"".join(writer.lines(rows)) + writer.end()


def checked(text: bytes, *noted: Head) -> Verdict:
    """Return what checking an export finds."""
    return checked_export(text.splitlines(keepends=True), noted).verdict


WHOLE = a_chain()
FILE = exported(WHOLE)


def test_what_was_written_is_sound():
    """Also where the text has what separates fields and lines; and the file by itself."""
    assert found(WHOLE, WHOLE, head_of(WHOLE), head_of(WHOLE[:3])) == []
    verdict = checked(FILE, head_of(WHOLE), head_of(WHOLE[:3]))
    assert (verdict.findings, verdict.rows, verdict.last) == ((), WRITTEN, head_of(WHOLE))


def forked() -> list[Recorded]:
    """Two writers went on from entry 4; one of them got the next number, the other the one after."""
    other = chain.following(head_of(WHOLE[:4]), an_entry("other"))
    text = other.text.replace(b'"number":5', b'"number":6')
    fork = Recorded(6, other.layout, text, chain.hash_of(text), None)
    return [*WHOLE[:5], fork]


def rewritten(place: int) -> list[Recorded]:
    """One entry was replaced by another with a hash of its own, and nothing after it was."""
    other = chain.following(head_of(WHOLE[: place - 1]), an_entry("other"))
    return [*WHOLE[: place - 1], other, *WHOLE[place:]]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([*WHOLE[:3], *WHOLE[4:]], [(Damage.GAP, 4)]),
        (WHOLE[1:], [(Damage.GAP, 1)]),
        (WHOLE[:5], [(Damage.CUT, 6)]),
        ([], [(Damage.CUT, 1)]),
        ([replace(r, number=r.number - (r.number > 4)) for r in WHOLE if r.number != 4],
         [(Damage.MOVED, n) for n in (4, 5, 6, 7)] + [(Damage.CUT, 8)]),
        ([*WHOLE[:3], replace(WHOLE[4], number=4), replace(WHOLE[3], number=5), *WHOLE[5:]],
         [(Damage.MOVED, 4), (Damage.MOVED, 5)]),
        ([*WHOLE[:3], WHOLE[4], WHOLE[3], *WHOLE[5:]], [(Damage.OUT_OF_ORDER, 4)]),
        ([*WHOLE[:4], WHOLE[3], *WHOLE[4:]], [(Damage.TWICE, 4)]),
        (rewritten(4), [(Damage.REPLACED, 4)]),
        (rewritten(WRITTEN), [(Damage.REPLACED, WRITTEN)]),
        (a_chain(WRITTEN + 1), [(Damage.UNCOUNTED, WRITTEN + 1)]),
    ],
    ids=["removed", "first removed", "cut", "all gone", "renumbered", "swapped", "put elsewhere", "twice", "rewritten",
         "last rewritten", "put in at the end"],
)  # fmt: skip
def test_each_damage_has_its_name(rows: list[Recorded], what: list[tuple[Damage, int]]):
    """And its place, told apart from the others."""
    assert found(rows, WHOLE) == what


def test_a_fork_is_no_tampering():
    """Two that follow the same entry: two writers, not a change."""
    rows = forked()
    verdict = verify(rows, ChainCheck(begins=None, end=head_of(rows)))
    assert verdict.findings == (Finding(Damage.FORK, 6, {"other": 5}),)


def test_a_head_that_was_noted_elsewhere_shows_what_the_record_can_not():
    """A record that was shortened with its count, or written again as a whole, is sound by itself."""
    noted = head_of(WHOLE)
    assert found(WHOLE[:5], WHOLE[:5], noted) == [(Damage.OLDER, 6)]
    again = a_chain(WRITTEN + 2, rule="another")
    assert found(again, again, noted) == [(Damage.REWRITTEN, WRITTEN)]
    empty = verify([], ChainCheck(begins=None, end=Head(0, chain.START), noted=[noted]))
    assert [f.damage for f in empty.findings] == [Damage.OLDER]


def test_an_older_backup_that_was_put_back_is_told_apart():
    """The record itself says at which entry it was put in place."""
    rows = WHOLE[:4]
    for n in range(6):
        rows = [*rows, chain.following(head_of(rows), an_entry(RESTORED if n == 0 else f"later{n}"))]
    verdict = verify(rows, ChainCheck(begins=None, end=head_of(rows), noted=[head_of(WHOLE)]))
    assert verdict.findings == (Finding(Damage.RESTORED, WRITTEN, {"mark": 5}),)


def test_many_findings_are_counted_not_kept():
    """A hundred say enough."""
    rows = a_chain(300)
    verdict = verify([replace(r, hash="0" * 64) for r in rows], ChainCheck(begins=None, end=head_of(rows)))
    assert (len(verdict.findings), verdict.more) == (100, 200)


# -- an export --------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(FILE) - 1), byte=st.integers(0, 255))
def test_any_byte_of_an_export_that_is_another_is_found(place: int, byte: int):
    """And located: at the entry in whose line it stands, or the one after."""
    text = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
    verdict = checked(text)
    assert bool(verdict.findings) == (text != FILE)
    if verdict.findings:
        line = FILE[:place].count(b"\n")  # the first line is before entry 1
        assert any(abs(f.number - line) <= 1 for f in verdict.findings)


@settings(max_examples=200, deadline=None)
@given(length=st.integers(0, len(FILE) - 1))
def test_an_export_that_ends_too_early_is_half(length: int):
    """Wherever it was cut."""
    damages = {f.damage for f in checked(FILE[:length]).findings}
    assert Damage.HALF in damages
    assert damages <= {Damage.HALF, Damage.LINE}


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_lines_of_an_export_that_are_taken_out_or_swapped_are_found(data: st.DataObject):
    """Each at its number."""
    lines = FILE.splitlines(keepends=True)
    one, other = data.draw(st.lists(st.integers(1, WRITTEN), min_size=2, max_size=2, unique=True))
    without = [line for n, line in enumerate(lines) if n != one]
    assert any(f.number == one for f in checked(b"".join(without)).findings)
    swapped = list(lines)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert checked(b"".join(swapped)).findings


def test_a_selection_is_checked_entry_by_entry():
    """What lies between them is left out on purpose; a changed one is found, and one that is missing by the count."""
    text = exported([WHOLE[1], WHOLE[4], WHOLE[6]], whole=False)
    result = checked_export(text.splitlines(keepends=True))
    assert (result.whole, result.verdict.findings) == (False, ())
    assert [f.damage for f in checked(text.replace(b'"action":"a4"', b'"action":"a5"')).findings] == [Damage.CHANGED]
    lines = text.splitlines(keepends=True)
    assert [f.damage for f in checked(b"".join([*lines[:2], *lines[3:]])).findings] == [Damage.MISCOUNTED]


def test_an_empty_export_is_sound():
    """Nothing was on record."""
    assert checked(exported([])).findings == ()


# -- the database -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a few entries, and a layout of before among them."""
    path = tmp_path_factory.mktemp("record") / "bot.db"

    async def write() -> None:
        async with open_store(f"sqlite:///{path}", exclusive=True) as store:
            for n in range(WRITTEN):
                await store.record(an_entry(f"a{n}", cluster=DWH if n % 2 else None, detail=stated(of=f"é🙂{n}")))

    asyncio.run(write())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for trigger in ("audit_no_update", "audit_no_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
    return path


def verdict_of(path: Path, *statements: tuple[str, tuple[object, ...]]) -> Verdict:
    """Return what checking finds after *statements*."""

    async def look() -> Verdict:
        async with open_store(f"sqlite:///{path}", exclusive=False) as store:
            return await store.verify_chain()

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement, values in statements:
            connection.execute(statement, values)
    return asyncio.run(look())


COLUMNS = (
    "layout",
    "text",
    "hash",
    "before",
    "at",
    "actor",
    "action",
    "rule",
    "cloud",
    "cluster",
    "request_id",
    "detail",
)


@pytest.fixture
def tampering(kept: Path) -> Iterator[Callable[[str, object, int], Verdict]]:
    """A way to change one value of one entry and look; it is put back."""

    def change(column: str, value: object, number: int) -> Verdict:
        with closing(sqlite3.connect(kept, isolation_level=None)) as connection:
            (before,) = connection.execute(f"SELECT {column} FROM audit WHERE seq = ?", (number,)).fetchone()
        undo = (f"UPDATE audit SET {column} = ? WHERE seq = ?", (before, number))
        try:
            return verdict_of(kept, (f"UPDATE audit SET {column} = ? WHERE seq = ?", (value, number)))
        finally:
            with closing(sqlite3.connect(kept, isolation_level=None)) as connection:
                connection.execute(*undo)

    return change  # type: ignore[return-value]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("number", [5, WRITTEN])
def test_each_column_of_a_row_is_held(tampering: Callable[[str, object, int], Verdict], column: str, number: int):
    """Whatever is written over it, by who dropped the triggers; bytes that are no text any more, too."""
    value: object = 7 if column == "layout" else "tampered"
    verdict = tampering(column, value, number)
    assert verdict.findings
    assert verdict.broken == number


def test_bytes_that_are_no_text_are_a_finding_and_no_outage(kept: Path):
    """A disk that turns a bit over leaves what isn't UTF-8."""
    undo = "UPDATE audit SET actor = 'U0ANA' WHERE seq = 3"
    try:
        verdict = verdict_of(kept, ("UPDATE audit SET actor = CAST(x'ff' AS TEXT) WHERE seq = 3", ()))
    finally:
        with closing(sqlite3.connect(kept, isolation_level=None)) as connection:
            connection.execute(undo)
    assert [(f.damage, f.number) for f in verdict.findings] == [(Damage.SHOWN, 3)]


async def test_many_writers_make_one_chain(tmp_path: Path):
    """A bot and two commands at once: each number once, each entry after the one before; nothing is a fork."""
    url = f"sqlite:///{tmp_path}/bot.db"
    async with (
        open_store(url, exclusive=True) as bot,
        open_store(url, exclusive=False) as one,
        open_store(url, exclusive=False) as other,
    ):
        await asyncio.gather(*(s.record(an_entry()) for s in (bot, one, other) for _ in range(40)))
        verdict = await bot.verify_chain()
    assert (verdict.rows, verdict.findings) == (120, ())


async def test_a_clock_that_goes_back_drops_nothing(tmp_path: Path):
    """The order is that of the numbers, each entry keeps the time that the clock showed."""
    times = [NOW, NOW - timedelta(days=400), NOW + timedelta(days=4000), NOW]
    async with open_store(f"sqlite:///{tmp_path}/bot.db", exclusive=True) as store:
        for moment in times:
            await store.record(an_entry(at=moment))
        assert [e.at for e in await store.entries()] == times[::-1]
        assert (await store.verify_chain()).findings == ()


def test_two_that_follow_the_same_entry_are_refused_by_the_database(kept: Path):
    """A net under the lock: should a writer ever read an end that isn't the end, it writes nothing."""
    with closing(sqlite3.connect(kept, isolation_level=None)) as connection:
        columns = [c[1] for c in connection.execute("PRAGMA table_info(audit)") if c[1] != "seq"]
        copy = f"INSERT INTO audit (seq, {', '.join(columns)}) SELECT 99, {', '.join(columns)} FROM audit WHERE seq = 3"
        with pytest.raises(sqlite3.IntegrityError, match=re.escape("audit.before")):
            connection.execute(copy)
