"""A cluster that is renamed in the console: its rights change with its name, and the admins of both are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.errors import SlackUnavailable
from bot.core.grants import Grant, Role
from bot.core.ids import Principal, UserId
from bot.core.scope import Scope
from bot.worker.renames import Renames
from tests.harness.working import CLEO, PACE, Bench

OLD, NEW = UserId("U0000000OLD"), UserId("U0000000NEW")


def renames(bench: Bench) -> Renames:
    return Renames(
        store=bench.store,
        inventory=bench.inventory,
        messenger=bench.messenger,
        authority=bench.service.authority,
        pace=PACE,
    )


async def look(bench: Bench) -> None:
    bench.clock.advance(60)
    await bench.inventory.look(bench.cloud.name)


async def test_the_admins_of_the_old_and_the_new_name_are_told_once(bench: Bench):
    """Those by setting, too; it is on record, and what waits goes by the new name."""
    for admin, beginning in ((OLD, "dwh-*"), (NEW, "secret-*")):
        bench.people.add(admin)
        bench.store.given.append(Grant(Principal(admin), Role.ADMIN, Scope(cluster=beginning), CLEO, bench.clock.now()))
    request = await bench.ask()
    names = renames(bench)
    await names.compare()
    assert bench.messenger.told == []
    bench.cloud.known_clusters[bench.prod.ref.id] = replace(bench.prod, name="secret-1")
    for _ in range(2):
        await look(bench)
        await names.compare()
        await renames(bench).compare()  # another process, or after a restart
    assert sorted(user for user, _ in bench.messenger.told) == sorted([CLEO, OLD, NEW])
    assert {(said.code, said.facts["before"], said.facts["after"]) for _, said in bench.messenger.told} == {
        ("cluster-renamed", "dwh-prod", "secret-1")
    }
    assert bench.now(request).cluster_name == "secret-1"
    assert [e.action for e in bench.store.log if e.action == "cluster.renamed"] == ["cluster.renamed"]


async def test_while_slack_is_silent_it_is_said_later(bench: Bench):
    """Nothing is kept as told that wasn't."""
    names = renames(bench)
    await look(bench)
    await names.compare()
    bench.cloud.known_clusters[bench.prod.ref.id] = replace(bench.prod, name="secret-1")
    await look(bench)
    bench.messenger.failing.append(SlackUnavailable("no answer"))
    with pytest.raises(SlackUnavailable):
        await names.compare()
    assert (await bench.store.cluster_names(bench.cloud.name))[bench.prod.ref.id] == "dwh-prod"
    await names.compare()
    assert [user for user, _ in bench.messenger.told] == [CLEO]
