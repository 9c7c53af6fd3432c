"""Where a request begins, what is refused, and the picture that the documents show of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.approval import ApprovalRule
from bot.core.errors import IllegalTransition
from bot.core.events import Finished
from bot.core.keep import Keep
from bot.core.lifecycle import apply, begin, diagram
from bot.core.phrase import Phrase, as_told
from bot.core.request import FINAL, State
from tests.harness.facts import NOW, a_request


def test_without_approvals_it_is_approved_when_it_was_asked_for():
    """From then it stands in line, and from then it is given up; else nobody has decided yet."""
    asked = a_request(rule=ApprovalRule.of(0), created_at=NOW - timedelta(hours=1))
    assert begin(asked) == replace(asked, state=State.APPROVED, decided_at=NOW - timedelta(hours=1))
    waiting = a_request(rule=ApprovalRule.of(1))
    assert begin(waiting) == waiting


def test_a_refused_event_is_named_in_the_log():
    """Which request, which event, in which state."""
    with pytest.raises(IllegalTransition, match=r"^R-7K3F: Finished while WAITING$"):
        apply(a_request(), Finished(at=NOW, finished_at=NOW, started_at=NOW, size_gb=42.7, keep=Keep()))


def test_the_diagram_begins_and_ends_where_requests_do():
    """One line for each start, each transition and each end."""
    lines = diagram().split("\n")
    assert lines[:3] == [
        "stateDiagram-v2",
        "    [*] --> WAITING: approval needed",
        "    [*] --> APPROVED: none needed, or break-glass",
    ]
    assert "    WAITING --> DECLINED: Declined" in lines
    assert {line for line in lines if line.endswith("--> [*]")} == {
        f"    {state} --> [*]" for state in FINAL - {State.DELETED}
    }


def test_what_is_told_as_it_is_keeps_its_words():
    """Words that aren't the catalogue's are shown as they are; a code has none of its own."""
    assert as_told("as it was").told == "as it was"
    assert Phrase("fault").told is None
