"""Codes and their parameters in words."""

from __future__ import annotations

import pytest

from bot.core.events import Hold
from bot.core.why import Code, Why
from bot.words import reasons
from tests.harness.facts import FACTS, ends

DAY = 86_400
LATE = "It could not be started within 1 d after the approval"


@pytest.mark.parametrize("code", [c for c in Code if c not in (Code.AS_TOLD, Code.BUSY, Code.BLOCKED)])
def test_each_code_has_its_sentences(code: Code):
    """A new code can't be forgotten here; what is asked for in braces is filled in."""
    why = Why(code, FACTS)
    for said in (reasons.problem(why), reasons.advice(why)):
        assert "{" not in said
        assert not said or ends(said)
    assert reasons.problem(why)


def test_nothing_is_said_of_nothing():
    """Where state and hold say it all."""
    assert (reasons.problem(None), reasons.advice(None)) == ("", "")


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Why(Code.BUSY), "another task"),
        (Why(Code.BUSY, {"obstacle": "scaling-out"}), "it is being scaled out"),
        (Why(Code.BUSY, {"obstacle": "other-task", "word": "REPAIRING"}), "REPAIRING is running"),
        (Why(Code.BLOCKED, {"obstacle": "read-only"}), "read-only"),
        (Why(Code.BLOCKED, {"obstacle": "other-status", "word": "SOME_THING"}), "some thing"),
        (Why(Code.BLOCKED, {"obstacle": "other-status", "word": ""}), "in an unknown state"),
        (
            Why(Code.FORBIDDEN, {"code": "", "message": ""}),
            "The cloud says no: without a reason. An operator must look; this request waits.",
        ),
        (
            Why(Code.REJECTED, {"message": ""}),
            "The cloud refused the request as wrong: no reason given. Correct it and ask again.",
        ),
        (Why(Code.UNFINISHED), "The cloud started the snapshot but could not finish it."),
        (Why(Code.CLUSTER_GONE, {"cloud": "default"}), "The cluster no longer exists in the cloud."),
        (Why(Code.CLUSTER_GONE, {"cloud": "eu"}), "The cluster no longer exists in the cloud eu."),
        (Why(Code.NAME_TAKEN, {"name": "{0} {x}"}), "ignore case): {0} {x}; it isn't of this request."),
        (Why(Code.NOT_STARTED, {"seconds": DAY, "hold": Hold.NONE}), f"{LATE}."),
        (
            Why(Code.NOT_STARTED, {"seconds": DAY, "hold": Hold.BUSY, "obstacle": "restore"}),
            f"{LATE}: the cluster was busy (a restore is running).",
        ),
        (Why(Code.NOT_STARTED, {"seconds": DAY, "hold": Hold.BUSY}), f"{LATE}: the cluster was busy (another task)."),
        (
            Why(Code.NOT_STARTED, {"seconds": DAY, "hold": Hold.BLOCKED, "obstacle": "frozen"}),
            f"{LATE}: the cluster was frozen.",
        ),
        (
            Why(Code.NOT_STARTED, {"seconds": DAY, "hold": Hold.BLOCKED, "problem": "read-only {0}"}),
            f"{LATE}: the cluster was read-only {{0}}.",
        ),
    ],
    ids=lambda v: str(v) if isinstance(v, Why) else "",
)
def test_parameters_are_put_into_words(why: Why, said: str):
    """The cloud's own where we have none for them; an absent one is called that; braces are only text."""
    assert reasons.problem(why).endswith(said)
