"""Why a request waits or failed: a code with parameters, in one form."""

from __future__ import annotations

import pytest

from bot.core.why import Code, Why

ENDLESS = Why(Code.ENDLESS, {"status": "VERIFYING", "seconds": 86_400})


@pytest.mark.parametrize(
    ("why", "written"),
    [
        (Why(Code.SNAPSHOT_GONE), "snapshot-gone"),
        (ENDLESS, 'endless {"seconds": 86400, "status": "VERIFYING"}'),
        (Why(Code.REJECTED, {"message": "used\nalready 🚀"}), 'rejected {"message": "used\\nalready 🚀"}'),
    ],
    ids=["alone", "parameters by name", "on one line"],
)
def test_the_record_carries_one_form(why: Why, written: str):
    """The code, then the parameters by name, on one line: the same reason is always the same text."""
    assert str(why) == written
    assert str(Why(why.code, dict(reversed([*why.facts.items()])))) == written


def test_a_reason_is_a_value():
    """Equal where code and parameters are, in whatever order they were given."""
    same = Why(Code.ENDLESS, {"seconds": 86_400, "status": "VERIFYING"})
    assert same == ENDLESS
    assert {same, ENDLESS} == {same}
    assert Why(Code.ENDLESS, {"seconds": 1, "status": "VERIFYING"}) != ENDLESS
    assert Why(Code.OUT_OF_SIGHT, ENDLESS.facts) != ENDLESS


@pytest.mark.parametrize(
    ("problem", "advice", "kept"),
    [
        ("It broke", "Ask again.", {"problem": "It broke", "advice": "Ask again."}),
        ("It broke. Correct it and ask again.", "Ask again.", {"problem": "It broke. Correct it and ask again."}),
        ("It broke. Ask again, or ask an admin.", "Ask again. ", {"problem": "It broke. Ask again, or ask an admin."}),
        ("read-only", "", {"problem": "read-only"}),
        ("", "Ask again.", {"advice": "Ask again."}),
    ],
)
def test_an_old_rows_sentences_are_kept_once(problem: str, advice: str, kept: dict[str, str]):
    """Older versions wrote both, and left out on the card an advice that the problem gives already."""
    assert Why.as_told(problem, advice) == Why(Code.AS_TOLD, kept)
    assert Why.as_told("It broke") == Why(Code.AS_TOLD, {"problem": "It broke"})
