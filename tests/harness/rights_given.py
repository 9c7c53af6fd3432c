"""Rights and rules as Hypothesis draws them: whatever can be given and set, with ids and times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from hypothesis import strategies as st

from bot.core.approval import ApprovalRule, OwnApproval, Stage, Tier, Waiver
from bot.core.grants import BY_NAME, Grant, Role, Terms
from bot.core.hours import Hours
from bot.core.ids import ChannelId, GrantId, Principal, PrincipalKind
from bot.core.loudness import Loudness
from bot.core.person import EVERYONE
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.text import canonical

_LAB: Final = Scope("eu", "6e1c3f0a-97f4-4d2a-8d0c-1f7f1a2b3c4d")
_HOLDERS = st.sampled_from(
    [Principal("U0000ANA"), Principal("U0000BEN"), EVERYONE, Principal("S00000DBA", PrincipalKind.GROUP)]
)
_SCOPES = st.sampled_from([Scope(), Scope("eu"), Scope(cluster="dwh-*"), Scope("eu", "dwh-p*"), _LAB])
_MOMENTS = st.integers(0, 10**14).map(lambda us: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
_TERMS = st.builds(
    Terms,
    until=st.none() | _MOMENTS,
    reason=st.text(max_size=40).map(canonical),
    quiet=st.booleans(),
)
_GRANTS = st.builds(
    Grant,
    _HOLDERS,
    st.sampled_from(Role),
    _SCOPES,
    st.sampled_from(["cli:root", "U0000CLEO"]),
    _MOMENTS,
    denies=st.booleans(),
    terms=_TERMS,
).filter(lambda g: g.denies or g.holder != EVERYONE or g.role not in BY_NAME)


def given_grants(most: int = 6) -> st.SearchStrategy[list[Grant]]:
    """Return lists of grants as a store has them."""
    several = st.lists(_GRANTS, max_size=most, unique_by=lambda g: g.key)
    return several.map(lambda grants: [replace(g, id=GrantId(f"G-{n}")) for n, g in enumerate(grants)])


_PEOPLE = st.lists(_HOLDERS, max_size=3, unique=True).map(tuple)
_SOME = st.lists(_HOLDERS, min_size=1, max_size=3, unique=True).map(tuple)
_SPANS = st.integers(1, 90 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
_TIMES = st.times().map(lambda at: time(at.hour, at.minute))
_HOURS = st.tuples(st.sets(st.integers(0, 6), min_size=1), _TIMES, _TIMES).filter(lambda found: found[1] != found[2])
_RULES = st.builds(
    ApprovalRule,
    st.lists(st.builds(Stage, st.integers(1, 20), _PEOPLE), min_size=1, max_size=4).map(tuple),
    side_by_side=st.booleans(),
    needs_reason=st.booleans(),
    own=st.sampled_from(OwnApproval),
    loud=st.sampled_from(Loudness),
    waiver=st.none() | st.builds(Waiver, _SOME, st.none() | st.integers(1, 1000), st.none() | st.integers(1, 1000)),
    tiers=st.lists(st.builds(Tier, _SPANS, _SOME), max_size=3, unique_by=lambda tier: tier.after).map(
        lambda tiers: tuple(sorted(tiers, key=lambda tier: tier.after))
    ),
    hours=st.lists(_HOURS.map(lambda h: Hours(tuple(sorted(h[0])), h[1], h[2])), max_size=2).map(tuple),
    zone=st.sampled_from(["", "Europe/Berlin", "Asia/Kolkata"]),
    decide_within=st.none() | _SPANS,
    start_within=st.none() | _SPANS,
)
_SCOPE_RULES = st.builds(
    ScopeRule,
    st.none() | _RULES,
    st.none() | st.sampled_from([ChannelId("C00DWHOPS"), ChannelId("G00SECRET")]),
    st.just("cli:root"),
    _MOMENTS,
).filter(lambda rule: rule.approval is not None or rule.channel is not None)


def given_rules(most: int = 3) -> st.SearchStrategy[dict[Scope, ScopeRule]]:
    """Return rules as a store has them."""
    return st.dictionaries(_SCOPES, _SCOPE_RULES, max_size=most)
