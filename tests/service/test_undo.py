"""Undo: of the last change alone, while the thing is still as that change left it; once more, it is done again."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.approval import Stage
from bot.core.grants import NoAdminLeft, Role, Terms
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, Principal, UserId
from bot.core.person import EVERYONE
from bot.core.record import Entry, stated
from bot.core.right_changes import RightsState
from bot.core.scope import Scope
from bot.service import undoing
from bot.service.administration import Administration, ChangedSince
from bot.service.undoing import NothingToUndo, last_change
from tests.fakes.store import FakeStore
from tests.harness.contract_store import NOW
from tests.harness.rights_given import given_grants, given_rules

ANA, BEN = Principal("U0000ANA"), Principal("U0000BEN")
PROD = Scope.of(ClusterRef(CloudName("eu"), ClusterId("dwh-prod")))


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def admin(store) -> Administration:
    return Administration(store=store, by="cli:root")


async def undo(store: FakeStore, *admins: UserId, by: str = "U0000CLEO") -> None:
    await Administration(store=store, by=by, team="T1", admins=admins).undo(await last_change(store))


async def test_a_grant_that_was_given_again_has_its_old_terms_again(store, admin):
    """And who gave it so, and when, as it was; the undoing is on record with what it undid."""
    await admin.grant(ANA, Role.REQUEST, PROD, Terms(reason="on call"), cluster_name="dwh-prod")
    before = list(store.given)
    store.clock.advance(60)
    await admin.grant(ANA, Role.REQUEST, PROD, Terms(quiet=True))
    await undo(store)
    assert store.given == before
    entry = store.log[-1]
    assert (entry.action, entry.actor, entry.team) == ("grant.added", "U0000CLEO", "T1")
    assert json.loads(entry.detail)["undoes"] == 2


async def test_undoing_is_undone_once(store, admin):
    """Then it is as the change had made it, and that is the end of it."""
    await admin.rule(PROD, stages=(Stage(2),))
    rule = dict(store.rules_set)
    await undo(store)
    assert store.rules_set == {}
    await undo(store)
    assert store.rules_set == rule
    with pytest.raises(ChangedSince, match="undone and done again"):
        await undo(store)
    assert store.rules_set == rule
    await admin.rule(PROD, channel=ChannelId("C0DWH"))
    await undo(store)
    assert store.rules_set == rule


async def test_what_was_changed_since_stays(store, admin):
    """The change that is undone is the one that was shown: what another made of the thing meanwhile isn't lost."""
    await admin.rule(PROD, stages=(Stage(2),))
    shown = await last_change(store)
    store.clock.advance(1)
    await admin.rule(PROD, stages=(Stage(3),))
    kept = dict(store.rules_set)
    with pytest.raises(ChangedSince):
        await admin.undo(shown)
    await admin.grant(ANA, Role.REQUEST, PROD, Terms())
    given_ = await last_change(store)
    assert await admin.revoke(ANA, None, PROD) == 1
    store.clock.advance(1)
    _, again = await admin.grant(ANA, Role.REQUEST, PROD, Terms())
    with pytest.raises(ChangedSince):
        await admin.undo(given_)
    assert (store.given, store.rules_set) == ([again], kept)


async def test_a_change_elsewhere_does_not_keep_it_from_being_undone(store, admin):
    """Of that change alone: what came later, about other things, stays."""
    await admin.grant(ANA, Role.REQUEST, PROD, Terms())
    shown = await last_change(store)
    _, other = await admin.grant(BEN, Role.REQUEST, PROD, Terms())
    await admin.undo(shown)
    assert store.given == [other]


async def test_two_who_undo_at_once_undo_once(store, admin):
    """Both saw the same; the second finds that it isn't so any more."""
    await admin.grant(ANA, Role.REQUEST, PROD, Terms())
    shown = await last_change(store)
    done = await asyncio.gather(admin.undo(shown), admin.undo(shown), return_exceptions=True)
    assert [type(d) for d in done] == [type(None), ChangedSince]
    assert store.given == []


async def test_undoing_leaves_an_admin(store, admin):
    """It passes the checks of every change: taken back, the right of the second admin would have left nobody."""
    await admin.grant(ANA, Role.ADMIN, Scope(), Terms())
    with pytest.raises(NoAdminLeft):
        await undo(store)
    await admin.grant(BEN, Role.ADMIN, Scope(), Terms())
    shown = await last_change(store)
    await admin.revoke(ANA, Role.ADMIN, Scope())
    with pytest.raises(NoAdminLeft):
        await admin.undo(shown)
    await undo(store)
    assert {g.holder for g in store.given} == {ANA, BEN}


async def test_what_was_changed_together_is_undone_together(store, admin):
    """All of it, or nothing where one of the things is another by now."""
    for role in (Role.REQUEST, Role.APPROVE, Role.AUDIT):
        await admin.grant(ANA, role, PROD, Terms(reason=role))
    before = list(store.given)
    assert await admin.revoke(ANA, None, PROD) == 3
    last = await last_change(store)
    assert (last.number, len(last.changes)) == (4, 3)
    await undo(store)
    assert sorted(store.given, key=str) == sorted(before, key=str)
    await undo(store)
    assert store.given == []
    await admin.grant(ANA, Role.AUDIT, PROD, Terms())
    with pytest.raises(ChangedSince):
        await admin.undo(last)
    assert [g.role for g in store.given] == [Role.AUDIT]


async def test_only_what_somebody_reaches_is_the_last_change_for_them(store, admin):
    """Others are as if they weren't there, and so is a change that was about more than theirs."""
    await admin.grant(ANA, Role.REQUEST, PROD, Terms())
    await admin.grant(EVERYONE, Role.REQUEST, Scope(), Terms(), denies=True)
    await admin.rule(Scope(), stages=(Stage(2),))
    last = await last_change(store, reaches=lambda scope: scope == PROD)
    assert (last.number, last.by, last.at) == (1, "cli:root", store.clock.now())
    await admin.change(lambda state: RightsState({}, {}))
    assert (await last_change(store, reaches=lambda scope: scope == PROD)).number == 1
    with pytest.raises(NothingToUndo):
        await last_change(store, reaches=lambda scope: False)


async def test_what_an_older_version_recorded_is_not_guessed(store):
    """It didn't keep what was so before: that is said, and nothing is undone."""
    with pytest.raises(NothingToUndo) as nothing:
        await last_change(store)
    assert nothing.value.phrase.code == "nothing-to-undo"
    await store.record(Entry(NOW, "cli:root", "grant.added", detail=stated(grant="G-2", holder="U0000ANA")))
    with pytest.raises(NothingToUndo) as old:
        await last_change(store)
    assert old.value.phrase.code == "undo-not-recorded"


async def test_a_change_of_very_many_is_undone_whole_or_not_at_all(store, admin, monkeypatch):
    """However many entries it has; where the first were pruned, it can't be."""
    monkeypatch.setattr(undoing, "_LOOKED_THROUGH", 200)
    await admin.grant(BEN, Role.REQUEST, PROD, Terms())
    people = [Principal(f"U{number:06}") for number in range(250)]
    await admin.grant_all(people, Role.REQUEST, PROD, Terms())
    assert (await last_change(store)).number == 2
    await undo(store)
    assert [g.holder for g in store.given] == [BEN]
    store.pruned = 300
    with pytest.raises(NothingToUndo) as cut:
        await last_change(store)
    assert cut.value.phrase.code == "undo-not-recorded"


@settings(max_examples=25)
@given(given_grants(), given_grants(), given_rules(), given_rules(), st.booleans())
def test_whatever_was_changed_is_as_before_once_it_is_undone(old, new, rules, more, again):
    """Every grant and every rule with all that is kept of it, and, undone in turn, as it was made."""

    async def run() -> None:
        store = FakeStore(given=list(old), rules_set=dict(rules))
        admin = Administration(store=store, by="cli:root", admins=[UserId("U0000CLEO")])
        before, after = await admin.change(lambda state: RightsState.of(new, more))
        if before == after:
            return
        for side in (before, after) if again else (before,):
            await undo(store, UserId("U0000CLEO"))
            state = RightsState.of(store.given, store.rules_set)
            assert (state.grants, state.rules) == (side.grants, side.rules)

    asyncio.run(run())
