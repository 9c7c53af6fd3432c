"""CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import spreadsheet


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\rx", "\nx", "  =1", "\u00a0=1", "＝1", "\t"]
)
def test_what_would_be_a_formula_is_text(text: str):
    """Also behind blanks, which some programs cut; and a tab or a line end at the beginning, which split cells."""
    assert spreadsheet.cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["plain", "", "a=b", "R-7K3F", "2026-11-23", -5, 0])
def test_what_is_none_stays_as_it_is(value: str | int):
    """A number that is ours is none, whatever its sign."""
    assert spreadsheet.cell(value) == value


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=5))
def test_a_line_reads_back_as_its_cells(texts: list[str]):
    """Quotation marks, separators and line ends in what people wrote stay in their cell."""
    (read,) = csv.reader(io.StringIO(spreadsheet.line(texts), newline=""))
    assert read == [spreadsheet.cell(text) for text in texts]
    assert not any(text[:1] in ("=", "+", "-", "@", "\t", "\r") for text in read)
