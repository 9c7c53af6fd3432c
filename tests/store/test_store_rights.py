"""Rights of several principals at once: a person acts as one today, and as their groups some day."""

from __future__ import annotations

from pathlib import Path

from bot.core.grants import Grant, Role
from bot.core.ids import GrantId, Principal
from bot.core.scope import Scope
from bot.store import open_store
from tests.fakes.clock import FakeClock
from tests.harness.contract_store import give

NOW = FakeClock().now()


async def test_the_rights_of_several_are_those_of_each(tmp_path: Path):
    """And nobody else's."""
    async with open_store(f"sqlite:///{tmp_path}/bot.db", exclusive=True) as store:
        for user in ("U1", "U2", "U3"):
            grant = Grant(Principal(user), Role.REQUEST, Scope("prod", "c1"), "cli:root", NOW, id=GrantId(f"G-{user}"))
            await give(store, grant)
        found = await store.rights(holders=[Principal("U1"), Principal("U3")])
        assert [g.holder.id for g in found.grants] == ["U1", "U3"]
