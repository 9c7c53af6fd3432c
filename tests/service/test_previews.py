"""What a preview says is what rights, rules and the worker say once the change is saved; it saves nothing itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.access import Action, Reason, decide
from bot.core.approval import ApprovalRule, OwnApproval, Stage, Tier, Vote, Waiver
from bot.core.events import Approved, Held, Hold
from bot.core.grants import Grant, NoAdminLeft, Rights, Role, Terms
from bot.core.groups import UNKNOWN_GROUPS, Group, Groups, is_group
from bot.core.ids import CloudName, ClusterId, ClusterRef, GrantId, Principal, PrincipalKind, TeamId, UserId
from bot.core.lifecycle import apply
from bot.core.loudness import Loudness
from bot.core.person import EVERYONE, Person, Standing
from bot.core.request import SnapshotRequest
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.whatif import Fate, Preview
from bot.service.administration import Administration
from bot.service.authority import Authority
from bot.service.previews import Previews
from bot.worker import Pace
from bot.worker.undecided import Waiting
from tests.fakes.slack import FakeChannels, FakePeople
from tests.fakes.store import FakeStore
from tests.harness.contract_store import NOW, a_request, at

CLUSTERS = [NamedCluster(ClusterRef(CloudName("eu"), ClusterId(n)), n) for n in ("dwh-prod", "dwh-dev", "lab")]
USERS = [UserId(f"U0{n}") for n in ("ANA", "BEN", "CLEO", "DAN")]
STRANGER = UserId("U0STRANGER")  # a member whom nothing names
DBA, SEC, GONE = (Principal(f"S0{n}", PrincipalKind.GROUP) for n in ("DBA", "SEC", "GONE"))
KNOWN = Groups({g.id: Group(g.id, g.id, frozenset(USERS[n : n + 2])) for n, g in enumerate((DBA, SEC))})
HALF_KNOWN = Groups({DBA.id: KNOWN.known[DBA.id]}, is_known=False)
Change: TypeAlias = Callable[[Administration], Awaitable[object]]


def names_everyone_admin(who: Principal, role: Role, denies: bool) -> bool:
    """Say whether it is a right that no command gives: admins are named one by one."""
    return (who, role, denies) == (EVERYONE, Role.ADMIN, False)


holders = st.sampled_from([*map(Principal, USERS), *map(Principal, USERS), EVERYONE, DBA, SEC, GONE])
scopes = st.sampled_from([Scope(), Scope(cluster="dwh-*"), Scope("eu", "lab"), Scope.of(CLUSTERS[0].ref), Scope("us")])
roles = st.sampled_from([Role.REQUEST, Role.APPROVE, Role.APPROVE, Role.APPROVE, Role.ADMIN, Role.BREAK_GLASS])
terms = st.builds(Terms, until=st.sampled_from([None, None, at(60), at(-60)]), quiet=st.booleans())
grants = st.builds(
    Grant,
    holders,
    roles,
    scopes,
    st.just("c"),
    st.just(NOW),
    denies=st.sampled_from([False, False, True]),
    terms=terms,
).filter(lambda grant: not names_everyone_admin(grant.holder, grant.role, grant.denies))
stages = st.builds(Stage, st.integers(1, 2), st.lists(holders, max_size=2, unique=True).map(tuple))
rules = st.builds(
    ApprovalRule,
    st.lists(stages, min_size=1, max_size=2).map(tuple),
    side_by_side=st.booleans(),
    own=st.sampled_from(OwnApproval),
    loud=st.sampled_from(Loudness),
    tiers=st.lists(
        st.builds(Tier, st.sampled_from([timedelta(minutes=30), timedelta(hours=2)]), st.tuples(holders)),
        max_size=2,
        unique_by=lambda tier: tier.after,
    ).map(lambda tiers: tuple(sorted(tiers, key=lambda tier: tier.after))),
    waiver=st.sampled_from([None, None, Waiver(), Waiver((DBA,)), Waiver(per_person=1)]),
)
votes = st.builds(Vote, st.sampled_from(USERS), approve=st.booleans(), at=st.integers(1, 9).map(at))


@st.composite
def requests(draw):
    """Return requests that wait."""
    found = []
    for number in range(draw(st.integers(0, 2))):
        cluster = draw(st.sampled_from(CLUSTERS))
        voted = draw(st.lists(votes, max_size=3, unique_by=lambda vote: vote.user))
        found.append(
            a_request(
                number,
                owner=Principal(draw(st.sampled_from(USERS))),
                cluster=cluster.ref,
                cluster_name=cluster.name,
                rule=draw(rules),
                created_at=at(-3600),
                votes=tuple(sorted(voted, key=lambda vote: vote.at)),
            )
        )
    return found


@st.composite
def changes(draw):
    """Return what somebody does to rights or rules, and to those of which scope (None: of whichever it is)."""
    who, role, scope, denies = draw(holders), draw(roles), draw(scopes), draw(st.booleans())
    given, rule = draw(terms), draw(rules)
    assume(not names_everyone_admin(who, role, denies))
    done = draw(
        st.sampled_from(
            [
                lambda to: to.grant(who, role, scope, given, denies=denies),
                lambda to: to.revoke(who, None, scope, denies=denies),
                lambda to: to.rule(scope, stages=rule.stages, own=rule.own, waiver=rule.waiver, tiers=rule.tiers),
                lambda to: to.remove_rule(scope),
                None,
            ]
        )
    )
    return (done, scope) if done else (lambda to: to.revoke_one(GrantId("G-0")), None)


class Workspace:
    """Groups as they are *known*, for a test that never changes them."""

    def __init__(self, known: Groups) -> None:
        self.known = known

    async def groups(self, *, fresh: bool = False) -> Groups:
        return self.known


@st.composite
def worlds(draw):
    """Return a store with rights, rules, requests and people."""
    store = FakeStore()
    kept = draw(st.lists(grants, max_size=8, unique_by=lambda grant: grant.key))
    store.given = [replace(grant, id=GrantId(f"G-{number}")) for number, grant in enumerate(kept)]
    store.rules_set = draw(st.dictionaries(scopes, rules.map(ScopeRule), max_size=2))
    people = FakePeople("T1", [*USERS, STRANGER])
    for user in USERS:
        people.add(user, draw(st.sampled_from([Standing.MEMBER, Standing.MEMBER, Standing.MEMBER, Standing.GUEST])))
    return store, draw(requests()), people, draw(st.sampled_from([KNOWN, KNOWN, HALF_KNOWN, UNKNOWN_GROUPS]))


async def saved(
    store: FakeStore,
    requests: list[SnapshotRequest],
    people: FakePeople,
    known: Groups,
    change: Change,
    scope: Scope | None,
    changer: UserId,
) -> None:
    """Preview *change* by all rights, and by those that *scope* has to do with; make it, and compare."""
    members = {u for u in (*USERS, STRANGER) if (await people.person(u)).standing is Standing.MEMBER}
    for user in (*USERS, STRANGER):
        await store.save_person(await people.person(user), asked_at=NOW)
    workspace = Workspace(known)
    authority = Authority(store=store, people=people, groups=workspace, admins=())
    previews = Previews(store=store, groups=workspace, clusters=CLUSTERS, admins=())
    for request in requests:
        await store.add(request, origin=request.id, entries=[], due_in=None)
        store.requests[request.id] = request  # with its votes
    before = replace(await authority.rights(), groups=known)
    fates = [await fate(store, authority, r) for r in requests]
    kept = (list(store.given), dict(store.rules_set), list(store.log))
    told, found = await outcome(previews.preview(change, by="cli:test", changer=changer))
    if scope:
        assert (told, found) == await outcome(previews.preview(change, by="cli:test", changer=changer, scopes=[scope]))
    assert (store.given, store.rules_set, store.log) == kept
    done, _ = await outcome(saving(change, store))
    assert told == done
    if found is None:
        return
    after = replace(await authority.rights(), groups=known)
    for user in members:
        for role, cluster in product((Role.REQUEST, Role.APPROVE, Role.ADMIN), CLUSTERS):
            check_role(found, (before, after), user, role, cluster)
    if changer in members:
        was, now = ([changer in side.admins_of(c) for c in (None, *CLUSTERS)] for side in (before, after))
        sure = Principal(changer) not in found.unclear[Role.ADMIN]
        assert not sure or found.loses_admin == any(a and not b for a, b in zip(was, now, strict=True))
    if any(known.is_unclear(group) for group in (DBA, SEC, GONE)):
        return  # the worker waits until Slack says it
    for request, old in zip(requests, fates, strict=True):
        new = await fate(store, authority, request)
        told_of = next((c for c in found.requests if c.request == request), None)
        assert new is told_of.now.fate if told_of else new is old
    for cluster in (c for c in CLUSTERS if c in found.covered):
        rule, quiet = (await store.rule(cluster)).approval, after.quiet(Role.APPROVE, cluster)
        loud = {
            u
            for u in rule.widened(len(rule.tiers)).approvers(after, cluster, [Principal(STRANGER)])
            if u in members and u not in quiet
        }
        assert found.pings[cluster.ref] == (0 if rule.waiver == Waiver() else len(loud))
        if cluster in found.closed:
            assert await authority.unmet(rule, cluster, [Principal(STRANGER)]) is not None


def check_role(found: Preview, sides: tuple[Rights, Rights], user: UserId, role: Role, cluster: NamedCluster) -> None:
    """Compare what a preview says of a member's *role* on *cluster* with what decides on it."""
    had, has = (answer(rights, user, role, cluster) for rights in sides)
    there = [g.holder for rights in sides for g in rights.grants if g.role is role and g.scope.covers(cluster)]
    known = sides[0].groups
    is_named = any(h == Principal(user) or (h.id in known.known and user in known.known[h.id].members) for h in there)
    if not is_named and None in (had, has):
        return  # they are among those in a group, or not
    who = Principal(user) if is_named else EVERYONE
    gains, loses = found.gains[role], found.loses[role]
    assert (cluster in gains.get(who, ())) == (has is True is not had)
    assert (cluster in loses.get(who, ())) == (had is True and has is False)
    if had != has and None in (had, has) and has is not True:
        assert {h for h in (*gains, *loses, *found.unclear[role]) if is_group(h)}


def answer(rights: Rights, user: UserId, role: Role, cluster: NamedCluster) -> bool | None:
    """Say whether *user* has *role*; None: it depends on who is in a group."""
    person = Person(user, TeamId("T1"), Standing.MEMBER)
    if role is Role.ADMIN:
        return user in rights.admins_of(cluster) or (None if rights.unclear_for(person, role, cluster) else False)
    decision = decide(rights, person, Action.REQUEST if role is Role.REQUEST else Action.APPROVE, cluster)
    return None if decision.reason is Reason.GROUPS_UNKNOWN else decision.allowed


async def saving(change: Change, store: FakeStore) -> tuple[object, None]:
    """Make *change*."""
    return await change(Administration(store=store, by="cli:test")), None


async def outcome(trying: Awaitable[tuple[object, Preview | None]]) -> tuple[str, Preview | None]:
    """Return what comes of *trying* in words, the ids of new grants aside; and the preview, where there is one."""
    try:
        told, found = await trying
    except NoAdminLeft as error:
        return repr(error), None
    return re.sub(r"G-[A-Z0-9]{8}", "G", repr(told)), found


async def fate(store: FakeStore, authority: Authority, request: SnapshotRequest) -> Fate:
    """Return what the worker does with *request*, step by step until nothing is due at once."""
    waiting = Waiting(store=store, authority=authority, channels=FakeChannels(), pace=Pace())
    while event := (await waiting.look(request)).event:
        match event:
            case Approved():
                return Fate.STARTS
            case Held(hold=Hold.APPROVERS):
                return Fate.STUCK
        request = apply(request, event)
    return Fate.WAITS


@pytest.mark.no_cover  # most of what runs is drawing worlds
@given(worlds(), changes(), st.sampled_from(USERS))
def test_a_preview_is_what_is_so_once_it_is_saved(world, changed, changer):
    """For each person, role, cluster and request, whatever is given, taken back or set; nothing is saved before."""
    (store, requests, people, known), (change, scope) = world, changed
    asyncio.run(saved(store, requests, people, known, change, scope, changer))
