"""A preview in sentences: short where everybody is meant, cut with its rest, and never nobody where nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.approval import Stage
from bot.core.grants import Role
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, PrincipalKind, RequestId
from bot.core.person import EVERYONE
from bot.core.scope import NamedCluster, Scope
from bot.core.whatif import Fate, Outlook, Preview, RequestChange
from bot.words.consequences import Consequences
from tests.harness.contract_store import a_request

PROD, DEV = (NamedCluster(ClusterRef(CloudName("eu"), ClusterId(n)), f"dwh-{n}") for n in ("prod", "dev"))
ANA, BEN, *OTHERS = (Principal(f"U0{name}") for name in ("ANA", "BEN", "C", "D", "E", "F", "G"))
DBA = Principal("S0DBA", PrincipalKind.GROUP)
NOTHING: dict[str, Any] = dict.fromkeys(("covered", "empty", "requests", "closed"), ())
NOTHING |= {name: {} for name in ("gains", "loses", "unclear", "pings")}


def told(**changes: Any) -> list[str]:
    """Return all that is said of a preview with these parts."""
    return Consequences(Preview(**NOTHING | {"loses_admin": False} | changes), lambda who: who.id).all()


def what_becomes(number: int, was: Fate, missing_before: int, now: Fate, missing: int) -> RequestChange:
    """Return what becomes of request R-*number*."""
    request = a_request(number, id=RequestId(f"R-{number}"))
    return RequestChange(request, Outlook(was, missing_before), Outlook(now, missing, (Stage(),)))


SHIFTS = [
    ({ANA: [PROD]}, "U0ANA gains request on dwh-prod."),
    ({ANA: [PROD], BEN: [PROD]}, "2 people (U0ANA and U0BEN) gain request on dwh-prod."),
    (
        {ANA: [PROD], BEN: [DEV]},
        "2 people (U0ANA and U0BEN) gain request on some of 2 clusters (dwh-prod and dwh-dev).",
    ),
    ({ANA: [PROD], EVERYONE: [PROD, DEV]}, "everyone gains request on 2 clusters (dwh-prod and dwh-dev)."),
    (
        {ANA: [PROD, DEV], EVERYONE: [DEV]},
        "U0ANA and everyone else gain request on some of 2 clusters (dwh-prod and dwh-dev).",
    ),
    ({DBA: [PROD]}, "those in S0DBA (Slack doesn't say who they are) gain request on dwh-prod."),
    (
        dict.fromkeys((ANA, BEN, *OTHERS), (PROD,)),
        "7 people (U0ANA, U0BEN, U0C, U0D, U0E and 2 more) gain request on dwh-prod.",
    ),
]


@pytest.mark.parametrize(("gains", "sentence"), SHIFTS, ids=[sentence for _, sentence in SHIFTS])
def test_who_gains(gains, sentence):
    """By name and number; who gains what everyone does isn't named."""
    assert told(gains={Role.REQUEST: gains}) == [sentence, "No request that waits changes."]


def test_what_to_look_at_comes_first():
    """All of it, each in its sentence."""
    fates = [(Fate.STARTS, 0), (Fate.STUCK, 0), (Fate.WAITS, 2), (Fate.UNCLEAR, 0)]
    requests = [what_becomes(n, Fate.WAITS, 1, *fate) for n, fate in enumerate(fates)]
    requests += [what_becomes(5, Fate.STUCK, 0, Fate.WAITS, 1), what_becomes(6, Fate.WAITS, 1, Fate.STARTS, 0)]
    found = told(
        loses_admin=True,
        loses={Role.ADMIN: {ANA: [PROD]}},
        gains={Role.AUDIT: {BEN: [DEV]}},
        unclear={Role.AUDIT: {DBA}},
        requests=requests,
        closed=[PROD],
        empty=[Scope(cluster="nope-*")],
        pings={PROD.ref: None, DEV.ref: 1},
    )
    assert found == [
        "You lose admin.",
        "U0ANA loses admin on dwh-prod.",
        "R-0 and R-6 start at once: their approvals are enough.",
        "Nobody can approve R-1 any more.",
        "Nobody can approve a request on dwh-prod any more.",
        "nope-* covers no cluster that is known now.",
        "U0BEN gains audit on dwh-dev.",
        "Who else gains or loses audit depends on S0DBA, and Slack doesn't say who that is.",
        "Waiting for other approvals than before: R-2 (two approvals instead of one approval) and R-5 (one approval).",
        "What becomes of R-3 depends on who is in a group, and Slack doesn't say that.",
        "How many people a request there pings depends on who is in a group, and Slack doesn't say that.",
    ]


@pytest.mark.parametrize(
    ("pings", "sentence"),
    [
        ({}, []),
        ({PROD.ref: 0}, ["A request there pings nobody."]),
        ({PROD.ref: 1, DEV.ref: 3}, ["A request there pings 3 people at most."]),
    ],
)
def test_that_nothing_changes_is_said(pings, sentence):
    """Rather than nothing."""
    assert told(pings=pings) == ["Nobody gains or loses a right.", "No request that waits changes.", *sentence]
