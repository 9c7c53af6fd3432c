"""Every action × every kind of person, at a rule with two stages."""

from __future__ import annotations

from pathlib import Path

from tests.harness.who_may import KINDS, page, table

PAGE = Path(__file__).parents[2] / "docs" / "who-may-do.md"


def test_the_page_says_who_may_do_what():
    """It is written from what decides."""
    assert page(table()) == PAGE.read_text(encoding="utf-8")


def test_nobody_decides_what_they_may_not():
    """Each yes is one of these, and nobody else has any."""
    yes = {what: {kind for kind, said in by_kind.items() if said == "**yes**"} for what, by_kind in table().items()}
    askers = {"requester", "requester who may approve"}
    approvers = {k for k in KINDS if k.startswith("approver") and k != "approver who is denied it"}
    assert yes["ask for a snapshot"] == yes["withdraw"] == askers
    assert yes["approve, stage 1 open"] == {"approver of stage 1", "approver of both"}
    assert yes["approve, stage 2 open"] == {"approver of stage 2", "approver of both"}
    assert yes["decline"] == approvers
    assert yes["see the request"] == {*askers, *approvers, "admin of this cluster", "auditor", "who may break glass"}
    assert yes["start without approval"] == {"who may break glass"}
    assert yes["read the record of the cluster"] == {"admin of this cluster", "auditor"}
