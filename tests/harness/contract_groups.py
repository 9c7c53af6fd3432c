"""What every UserGroups promises; the fake and the real one pass it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from bot.core.groups import Groups
from bot.core.ids import Principal, PrincipalKind, UserId
from bot.ports import UserGroups

ANA, BEN, BEA = UserId("U00000ANA"), UserId("U00000BEN"), UserId("U00000BEA")
DBA = Principal("S00000DBA", PrincipalKind.GROUP)
NOWHERE = Principal("S0NOWHERE", PrincipalKind.GROUP)


class Side(Protocol):
    """A Slack with the port in front of it; @dba has ben and bea."""

    groups: UserGroups

    def set_dba(self, *members: UserId) -> None: ...

    def disable_dba(self) -> None: ...

    def fall_silent(self) -> None: ...

    def speak(self) -> None: ...


class GroupsContract:
    """Fixture: *side*."""

    async def test_who_is_in_a_group(self, side: Side) -> None:
        """By their ids, and the group has its handle."""
        groups = await side.groups.groups()
        assert groups.members(DBA) == {BEN, BEA}
        assert (groups.has(DBA, BEN), groups.has(DBA, ANA), groups.handle(DBA)) == (True, False, "@dba")

    async def test_a_group_that_is_not_there(self, side: Side) -> None:
        """That is known, and gives nobody anything."""
        groups = await side.groups.groups(fresh=True)
        assert (groups.is_known, groups.is_unclear(NOWHERE), groups.has(NOWHERE, BEN)) == (True, False, False)

    async def test_a_fresh_look_sees_a_change(self, side: Side) -> None:
        """Also right after another look."""
        await side.groups.groups()
        side.set_dba(ANA, BEA)
        assert (await side.groups.groups(fresh=True)).members(DBA) == {ANA, BEA}

    async def test_a_disabled_group_is_there(self, side: Side) -> None:
        """It gives nobody anything, and keeps those to whom something is denied by it."""
        side.disable_dba()
        groups = await side.groups.groups(fresh=True)
        assert not groups.known[DBA.id].is_enabled
        assert (groups.has(DBA, BEN), groups.may_have(DBA, BEN), groups.may_have(DBA, ANA)) == (False, True, False)

    async def test_where_slack_does_not_say_nobody_knows(self, side: Side) -> None:
        """No error; the group can still be named, and once Slack speaks again, it is known."""
        await side.groups.groups()
        side.fall_silent()
        groups = await side.groups.groups(fresh=True)
        assert (groups.is_known, groups.is_unclear(DBA), groups.has(DBA, BEN)) == (False, True, False)
        assert groups.handle(DBA) == "@dba"
        later = await side.groups.groups()
        assert (later.is_known, later.has(DBA, BEN)) == (False, False), "what was known before is no answer now"
        side.speak()
        assert (await side.groups.groups(fresh=True)).has(DBA, BEN)

    async def test_many_may_ask_at_once(self, side: Side) -> None:
        """Each has an answer."""

        async def ask(number: int) -> Groups:
            return await side.groups.groups(fresh=number % 2 == 0)

        answers = await asyncio.gather(*map(ask, range(30)))
        assert all(groups.has(DBA, BEN) for groups in answers)
