"""`/snapshot audit`: who may reads the record, ten entries at a time; to the others it is as if there were none."""

from __future__ import annotations

import pytest

from bot.core.grants import Role
from bot.core.ids import CloudName, ClusterId, ClusterRef, RequestId, UserId
from bot.core.record import Entry, stated
from tests.fakes.slack_bot import Bot


def keep(bot: Bot, number: int, *, cluster: ClusterRef | None = None, detail: str = "") -> None:
    """Put *number* entries on record."""
    for n in range(number):
        bot.store.log.append(
            Entry(bot.clock.now(), "U0000BEN", f"noted.{n}", "granted", RequestId("R-7K3F"), cluster, detail=detail)
        )


async def test_an_admin_reads_the_newest_and_turns_the_pages(bot: Bot):
    """Ten with who, what, when, by which rule; the rest behind the button, a page at a time and back."""
    bot.grant("ben", Role.ADMIN)
    keep(bot, 23, detail=stated(comment="<!channel> *bold*"))
    ben = bot.slack.user("ben")
    reply = await ben.command_reply("/snapshot audit")
    assert "The 10 newest entries of the record" in reply.text
    assert "noted.22" in reply.text
    assert "noted.13" in reply.text
    assert "noted.12" not in reply.text
    assert "by the rule granted" in reply.text.replace("`", "")
    assert "and 13 more" in reply.text
    assert "&lt;!channel&gt;" in str(reply.body)
    modal = await ben.click_for_modal(reply, "Show all")
    assert modal.title == "The record"
    assert "1–10 of 23" in modal.text
    await ben.click(modal, "Older ›")
    await modal.wait_for("11–20 of 23")
    assert "noted.12" in modal.text


async def test_one_cluster_alone(bot: Bot):
    """By its name, and one that is gone by what the record calls it."""
    bot.grant("ben", Role.ADMIN)
    gone = ClusterRef(CloudName("default"), ClusterId("0" * 8))
    (prod,) = [c.ref for c in await bot.inventory.clusters() if c.name == "dwh-prod"]
    keep(bot, 2, cluster=prod)
    keep(bot, 3, cluster=gone)
    ben = bot.slack.user("ben")
    reply = await ben.command_reply("/snapshot audit dwh-prod")
    assert "The 2 newest entries of the record about dwh-prod" in reply.text
    reply = await ben.command_reply(f"/snapshot audit {gone}")
    assert "The 3 newest entries" in reply.text


@pytest.mark.parametrize("name", ["ana"])
async def test_who_may_not_hears_what_they_would_of_nothing(bot: Bot, name: str):
    """The same words as for a cluster that isn't there and for a record that is empty; help doesn't offer it."""
    keep(bot, 3)
    person = bot.slack.user(name)
    there = (await person.command_reply("/snapshot audit dwh-prod")).text
    nowhere = (await person.command_reply("/snapshot audit dwh-nope")).text
    assert "no cluster called dwh-prod" in there
    assert nowhere == there.replace("dwh-prod", "dwh-nope")
    said = (await person.command_reply("/snapshot audit")).text
    assert said == "Nothing is on record that you may read."
    assert "audit" not in (await person.command_reply("/snapshot help")).text
    refused = [e for e in bot.store.log if e.action == "audit.refused"]
    assert [(e.actor, e.rule) for e in refused] == [(person.id, "no-grant")], "three times, one entry"


async def test_a_page_that_is_turned_after_the_right_is_gone_is_empty(bot: Bot):
    """What was open before says nothing more."""
    bot.grant("ben", Role.ADMIN)
    keep(bot, 23)
    ben = bot.slack.user("ben")
    modal = await ben.click_for_modal(await ben.command_reply("/snapshot audit"), "Show all")
    bot.store.given[:] = [g for g in bot.store.given if g.holder.user != UserId(ben.id)]
    await ben.click(modal, "Older ›")
    await modal.wait_for("There is nothing here any more")
    assert "noted" not in modal.text
