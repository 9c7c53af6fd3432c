"""One's own rights on Home: what they are in short, and behind "Why?" by whom each came, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.core.grants import Grant, Role, Terms
from bot.core.ids import Principal, PrincipalKind
from bot.core.scope import Scope
from tests.fakes.slack_bot import Bot, Right

DBA = Principal("S00000DBA", PrincipalKind.GROUP)  # of the sandbox: ben and bea


@pytest.fixture
def rights() -> Sequence[Right]:
    """None but those that a test gives."""
    return ()


def give(bot: Bot, holder: Principal, role: Role, scope: str, **more) -> None:
    """Let *holder* have *role* on the clusters called so."""
    given = Grant(holder, role, Scope(cluster=scope), "U0000CLEO", bot.clock.now(), **more)
    bot.store.given.append(given)


def person(bot: Bot, name: str) -> Principal:
    """Return who is called *name*."""
    return Principal(bot.slack.user(name).id)


async def test_home_has_ones_rights_with_through_whom_and_until_when(bot: Bot):
    """One's own and a group's, those that are denied, too; not those of others."""
    ends = bot.clock.now() + timedelta(days=9)
    give(bot, person(bot, "ben"), Role.REQUEST, "dwh-*", terms=Terms(until=ends))
    give(bot, DBA, Role.APPROVE, "dwh-*", terms=Terms(reason="on-call DBAs"))
    give(bot, person(bot, "ben"), Role.APPROVE, "dwh-prod", denies=True)
    give(bot, person(bot, "ana"), Role.REQUEST, "of-ana-*")
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("Your rights")
    told = home.text.replace("*", "").replace("`", "")
    assert "request on dwh- (until " in told
    assert "approve on dwh- (through @dba)" in told
    assert "not approve on dwh-prod" in told
    assert "of-ana" not in told
    why = await ben.click_for_modal(home, "Why?")
    assert why.title == "Your rights"
    said = why.text.replace("`", "")
    assert "grant: approve on dwh-* for @dba (by" in said
    assert "“on-call DBAs”" in said
    assert "denied: approve on dwh-prod for" in said


async def test_many_rights_are_five_on_home_and_ten_a_page(bot: Bot):
    """The rest is counted."""
    for number in range(12):
        give(bot, person(bot, "ana"), Role.REQUEST, f"lab-{number:02}")
    ana = bot.slack.user("ana")
    home = await ana.home()
    await home.wait_for("and 7 more")
    assert "lab-04" in home.text
    assert "lab-05" not in home.text
    why = await ana.click_for_modal(home, "Why?")
    assert "1–10 of 12" in why.text
    await ana.click(why, "Older ›")
    await why.wait_for("11–12 of 12")
    assert "lab-11" in why.text


async def test_who_is_an_admin_by_the_settings_is_told_so(bot: Bot):
    """Nobody gave it, so nothing says by whom."""
    home = await bot.slack.user("cleo").home()
    await home.wait_for("admin of every cluster, by the bot's settings")


async def test_who_has_no_right_has_no_such_part(bot: Bot):
    """What to do about it stands on top."""
    home = await bot.slack.user("dan").home()
    await home.wait_for("Waiting for you")
    assert "Your rights" not in home.text


@pytest.mark.parametrize(
    "fault", [{"name": "error_500", "times": 3}, {"name": "error", "error": "invalid_blocks", "times": 1}], ids=str
)
async def test_a_home_that_cannot_be_drawn_says_so(bot: Bot, fault: dict[str, Any]):
    """In the place of Home: what happened, and what to do; opened again, it is whole."""
    await bot.slack.fault(fault.pop("name"), method="views.publish", **fault)
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("again")
    assert "`/snapshot help` says what waits for you" in home.text
    again = await ben.home()
    await again.wait_for("Waiting for you")
