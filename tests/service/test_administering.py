"""What an admin in Slack sees, tries and changes: theirs alone, as it was seen, and checked in the transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from bot.core.access import NotAllowed
from bot.core.approval import ApprovalRule
from bot.core.errors import InputError
from bot.core.grants import NoAdminLeft, Role, Terms
from bot.core.ids import GrantId, Principal, PrincipalKind, UserId
from bot.core.person import EVERYONE, Standing
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service.administering import ChangedMeanwhile
from bot.service.administration import Administration, ChangedSince
from bot.service.undoing import NothingToUndo
from bot.service.wishes import Wish, giving, ruling, taking_back, undoing, unruling, wrong_right
from tests.harness.working import ADA, ANA, BEA, BEN, CLEO, DAN, OTHER, Bench, actor

NEW = UserId("U00000EVE")
ROOT = "cli:root"


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Cleo is an admin of everything, ben of dwh-prod alone."""
    bench.grant(BEN, Role.ADMIN, bench.prod)
    bench.people.add(NEW, Standing.MEMBER)
    return bench


def give(bench: Bench, scope: Scope | None = None, role: Role = Role.REQUEST, *, denies: bool = False) -> Wish:
    """Return the wish to give eve a right, on dwh-prod unless *scope* says otherwise."""
    of = scope or Scope.of(bench.prod.ref)
    return giving([Principal(NEW)], role, of, Terms(reason="OPS-42"), denies=denies, name="dwh-prod")


async def made(bench: Bench, wish: Wish, *, by: UserId = CLEO) -> None:
    """Try *wish*, and make it as it was tried."""
    tried = await bench.service.administering.tried(actor(by), wish)
    await bench.service.administering.make(actor(by), wish, seen=tried.version)


def holds(bench: Bench, user: UserId) -> list[tuple[Role, Scope]]:
    return [(g.role, g.scope) for g in bench.store.given if g.holder == Principal(user)]


async def test_an_admin_sees_what_is_theirs(bench: Bench):
    """Of one cluster that alone; of everything, everything."""
    await Administration(store=bench.store, by=ROOT).rule(Scope(), needs_reason=True)
    await Administration(store=bench.store, by=ROOT).rule(Scope.of(bench.prod.ref), channel=OTHER)
    everything = await bench.service.administering.look(actor(CLEO))
    own = await bench.service.administering.look(actor(BEN))
    assert everything.grants.total == len(bench.store.given)
    assert {g.scope for g in own.grants.shown} == {Scope.of(bench.prod.ref)}
    assert [scope for scope, _ in everything.rules.shown] == [Scope(), Scope.of(bench.prod.ref)]
    assert [scope for scope, _ in own.rules.shown] == [Scope.of(bench.prod.ref)]
    assert {c.name for c in own.reach.clusters} == {"dwh-prod"}
    assert everything.last is not None


@pytest.mark.parametrize("who", [ANA, DAN, UserId("U0NOBODY1")])
async def test_others_hear_that_it_is_not_theirs(bench: Bench, who: UserId):
    """Whatever they try; it is on record."""
    use = bench.service.administering
    tries: list[Callable[[], Awaitable[object]]] = [
        lambda: use.look(actor(who)),
        lambda: use.grant(actor(who), GrantId("G-1")),
        lambda: use.rule(actor(who), Scope()),
        lambda: use.last(actor(who), 1),
        lambda: use.tried(actor(who), give(bench)),
        lambda: use.make(actor(who), give(bench), seen="0"),
    ]
    for attempt in tries:
        with pytest.raises(NotAllowed):
            await attempt()
    assert {e.action for e in bench.store.log} == {"administration.refused"}
    assert holds(bench, NEW) == []


async def test_a_right_is_tried_then_given_then_taken_back(bench: Bench):
    """What is tried is saved nowhere."""
    wish = give(bench)
    tried = await bench.service.administering.tried(actor(CLEO), wish)
    assert [cluster.name for cluster in tried.preview.covered] == ["dwh-prod"]
    assert [role for role, shifts in tried.preview.gains.items() if shifts] == [Role.REQUEST]
    assert holds(bench, NEW) == []
    await bench.service.administering.make(actor(CLEO), wish, seen=tried.version)
    assert holds(bench, NEW) == [(Role.REQUEST, Scope.of(bench.prod.ref))]
    assert bench.woken.is_set()
    (grant,) = [g for g in bench.store.given if g.holder == Principal(NEW)]
    found, version, _ = await bench.service.administering.grant(actor(BEN), grant.id)
    await bench.service.administering.make(actor(BEN), taking_back(found), seen=version)
    assert holds(bench, NEW) == []
    assert [(e.actor, e.team) for e in bench.store.log if e.action.startswith("grant")] == [
        (CLEO, "T0000ACME"),
        (BEN, "T0000ACME"),
    ]


async def test_what_was_changed_since_it_was_seen_is_not_changed_again(bench: Bench):
    """The first one counts; the other looks once more."""
    wish = give(bench)
    tried = await bench.service.administering.tried(actor(CLEO), wish)
    await made(bench, wish, by=BEN)
    with pytest.raises(ChangedMeanwhile):
        await bench.service.administering.make(actor(CLEO), wish, seen=tried.version)


async def test_an_admin_of_one_cluster_changes_nothing_else(bench: Bench):
    """Neither another cluster nor everything, nor a denial that would unseat an admin of everything."""
    elsewhere = [
        give(bench, Scope()),
        give(bench, Scope(cluster="dwh-*")),
        give(bench, role=Role.ADMIN, denies=True),
        ruling(Scope(), needs_reason=True),
        unruling(Scope(cluster="dwh-*")),
    ]
    for wish in elsewhere:
        with pytest.raises(InputError) as refused:
            await bench.service.administering.tried(actor(BEN), wish)
        assert set(refused.value.fields) == {"on"}
        with pytest.raises(InputError):
            await bench.service.administering.make(actor(BEN), wish, seen="0")
    with pytest.raises(InputError):
        await bench.service.administering.rule(actor(BEN), Scope())
    admin = Administration(store=bench.store, by=ROOT)
    _, hers = await admin.grant(Principal(ADA), Role.AUDIT, Scope.of(bench.prod.ref), Terms())
    _, all_ = await admin.grant(Principal(ADA), Role.AUDIT, Scope(), Terms())
    assert (await bench.service.administering.grant(actor(BEN), hers.id))[0] == hers
    with pytest.raises(ChangedMeanwhile):
        await bench.service.administering.grant(actor(BEN), all_.id)
    with pytest.raises(ChangedMeanwhile):
        await bench.service.administering.grant(actor(BEN), GrantId("G-NONE"))


async def test_a_right_that_was_taken_back_since_counts_no_more(bench: Bench):
    """Checked in the transaction of the change."""
    wish = give(bench)
    tried = await bench.service.administering.tried(actor(BEN), wish)
    bench.store.given = [g for g in bench.store.given if g.role is not Role.ADMIN]
    with pytest.raises(NotAllowed):
        await bench.service.administering.make(actor(BEN), wish, seen=tried.version)
    assert holds(bench, NEW) == []


async def test_a_rule_is_set_seen_and_removed(bench: Bench):
    """With its channel; a wider one holds again then."""
    scope = Scope.of(bench.prod.ref)
    await made(bench, ruling(scope, channel=OTHER, needs_reason=True), by=BEN)
    rule, version, _ = await bench.service.administering.rule(actor(BEN), scope)
    assert rule.channel == OTHER
    assert rule.approval == ApprovalRule(needs_reason=True)
    await bench.service.administering.make(actor(BEN), unruling(scope), seen=version)
    assert (await bench.service.administering.rule(actor(CLEO), scope))[0] == ScopeRule()


async def test_the_last_change_is_undone_once(bench: Bench):
    """By who reaches it; another is not the last one any more."""
    with pytest.raises(NothingToUndo):
        await bench.service.administering.last(actor(CLEO), 1)
    await made(bench, give(bench))
    last = (await bench.service.administering.look(actor(BEN))).last
    assert last is not None
    assert last.by == CLEO
    with pytest.raises(ChangedMeanwhile):
        await bench.service.administering.last(actor(CLEO), last.number + 1)
    wish = undoing(await bench.service.administering.last(actor(BEN), last.number))
    await made(bench, wish, by=BEN)
    assert holds(bench, NEW) == []
    with pytest.raises(ChangedSince):
        await Administration(store=bench.store, by=ROOT).undo(last)


async def test_the_last_admin_stays(bench: Bench):
    """Also where they would take it from themselves."""
    bench.service.administering._admins = frozenset()
    bench.service.authority._admins = frozenset()
    await Administration(store=bench.store, by=ROOT).grant(Principal(CLEO), Role.ADMIN, Scope(), Terms())
    (own,) = [g for g in bench.store.given if (g.holder, g.scope) == (Principal(CLEO), Scope())]
    with pytest.raises(NoAdminLeft):
        await bench.service.administering.tried(actor(CLEO), taking_back(own))
    seen = taking_back(own).version(await bench.store.rights_state())
    with pytest.raises(NoAdminLeft):
        await bench.service.administering.make(actor(CLEO), taking_back(own), seen=seen)
    assert holds(bench, CLEO) == [(Role.ADMIN, Scope())]


async def test_who_can_never_act_is_named(bench: Bench):
    """A guest, somebody of whom Slack knows nothing; groups are asked about elsewhere."""
    guest = UserId("U00000GUS")
    bench.people.add(guest, Standing.GUEST)
    people = [Principal(guest), Principal(NEW), Principal("S0DBA", PrincipalKind.GROUP)]
    assert await bench.service.administering.unable(people) == (guest,)


async def test_a_day_is_meant_in_ones_own_zone(bench: Bench):
    """As far as Slack says which that is."""
    person = await bench.service.authority.person(actor(CLEO))
    assert bench.service.administering.zone(person) in (UTC, ZoneInfo("UTC"))


async def test_a_channel_that_takes_no_cards_says_so(bench: Bench):
    """Before it is saved."""
    assert await bench.service.administering.problem(OTHER) is None


def test_what_is_wrong_with_who_is_to_have_a_right():
    """Nobody; everybody, where that is too many."""
    assert set(wrong_right([], Role.REQUEST, denies=False)) == {"people"}
    assert set(wrong_right([EVERYONE], Role.ADMIN, denies=False)) == {"group"}
    assert wrong_right([EVERYONE], Role.ADMIN, denies=True) == {}
    assert wrong_right([Principal(BEA)], Role.BREAK_GLASS, denies=False) == {}
