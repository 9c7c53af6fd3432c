"""What an admin has before them: pages of rights and rules, all of them or what is about one holder or scope."""

from __future__ import annotations

import pytest

from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.ids import FreezeId, UserId
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service.administered import SIZE, Administered
from tests.harness.working import ADA, ANA, BEN, CLEO, OTHER, Bench, actor


async def look(bench: Bench, about: str = "", *, by: UserId = CLEO, rights: int = 0, rules: int = 0) -> Administered:
    """Return what *by* has before them."""
    return await bench.service.administering.look(actor(by), about=about, rights=rights, rules=rules)


def rule(bench: Bench, *scopes: Scope) -> None:
    """Set a rule for each of *scopes*."""
    bench.store.rules_set |= {scope: ScopeRule(channel=OTHER) for scope in scopes}


async def test_a_long_list_is_shown_in_pages(bench: Bench):
    """Each right once, and the last page has no more."""
    first, second = await look(bench), await look(bench, rights=SIZE)
    assert (len(first.grants.shown), first.grants.total, first.grants.has_more) == (SIZE, 8, True)
    assert (len(second.grants.shown), second.grants.total, second.grants.has_more) == (3, 8, False)
    shown = {grant.id for grant in (*first.grants.shown, *second.grants.shown)}
    assert shown == {grant.id for grant in bench.store.given}


async def test_a_list_that_became_shorter_shows_its_last_page(bench: Bench):
    """Of rights and of rules: who was on a later page isn't met by an empty one."""
    rule(bench, *(Scope(cluster=f"dwh-{n}*") for n in range(SIZE + 1)))
    seen = await look(bench, rights=50, rules=50)
    assert (seen.grants.first, len(seen.grants.shown), seen.grants.has_more) == (SIZE, 3, False)
    assert (seen.rules.first, len(seen.rules.shown), seen.rules.has_more) == (SIZE, 1, False)
    assert (await look(bench, rules=0)).rules.has_more


async def test_of_one_holder_it_is_what_they_hold(bench: Bench):
    """No rule is about a person, and of freezes those that they set."""
    rule(bench, Scope.of(bench.prod.ref))
    for number, by in enumerate((ANA, CLEO)):
        freeze = Freeze(FreezeId(f"F-{number}"), Scope(), "the move", by, bench.clock.now())
        bench.store.frozen[freeze.id] = freeze
    seen = await look(bench, ANA)
    assert {(str(grant.holder.id), grant.role) for grant in seen.grants.shown} == {(ANA, Role.REQUEST)}
    assert seen.grants.total == 2
    assert seen.rules.shown == ()
    assert [freeze.id for freeze in seen.freezes] == ["F-0"]


async def test_of_one_cluster_it_is_whatever_covers_it(bench: Bench):
    """Itself, the beginnings of its name, its cloud and everything: nothing of another cluster."""
    covering = [
        Scope(),
        Scope("default"),
        Scope(cluster="dwh-*"),
        Scope("default", "dwh-p*"),
        Scope.of(bench.prod.ref),
    ]
    rule(bench, *covering, Scope.of(bench.dev.ref), Scope(cluster="dwh-d*"), Scope("other"))
    seen = await look(bench, str(Scope.of(bench.prod.ref)))
    assert {scope for scope, _ in seen.rules.shown} == set(covering)
    assert {grant.scope for grant in seen.grants.shown} == {Scope.of(bench.prod.ref)}
    assert seen.grants.total == 4


async def test_of_a_scope_of_many_it_is_that_alone(bench: Bench):
    """What covers it, or is in it, is about others."""
    rule(bench, Scope(), Scope(cluster="dwh-*"), Scope.of(bench.prod.ref))
    seen = await look(bench, "dwh-*")
    assert [scope for scope, _ in seen.rules.shown] == [Scope(cluster="dwh-*")]
    assert seen.grants.shown == ()


@pytest.mark.parametrize("about", ["dwh-*-prod", "*/*/*x", "/", "U0NOBODY1"])
async def test_about_what_is_nothing_there_is_nothing(bench: Bench, about: str):
    """Neither a scope nor anybody."""
    rule(bench, Scope(), Scope.of(bench.prod.ref))
    seen = await look(bench, about)
    assert (seen.grants.shown, seen.rules.shown, seen.freezes) == ((), (), ())


async def test_what_one_is_no_admin_of_is_not_shown_about_anything(bench: Bench):
    """An admin of one cluster sees of a person, and of a cluster, what is theirs alone."""
    bench.grant(BEN, Role.ADMIN, bench.prod)
    rule(bench, Scope(), Scope.of(bench.prod.ref), Scope.of(bench.dev.ref))
    hers = await look(bench, ADA, by=BEN)
    assert [(str(grant.holder.id), grant.scope) for grant in hers.grants.shown] == [(ADA, Scope.of(bench.prod.ref))]
    own = await look(bench, str(Scope.of(bench.prod.ref)), by=BEN)
    assert [scope for scope, _ in own.rules.shown] == [Scope.of(bench.prod.ref)]
    assert {grant.scope for grant in own.grants.shown} == {Scope.of(bench.prod.ref)}
    other = await look(bench, str(Scope.of(bench.dev.ref)), by=BEN)
    assert other.rules.shown == ()
    assert other.reach.groups.is_known
