"""Sixty requests and forty clusters: what doesn't fit is counted, and there is a way to it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from bot.core.grants import Role
from bot.core.request import SnapshotRequest
from slack_sandbox.cards import Card, Home, Modal
from tests.fakes.slack_bot import Bot, bot_in_sandbox
from tests.harness.slack_limits import check_message, check_view

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Show all"}, "action_id": "show_all"}
RIGHTS = (("ana", Role.REQUEST, "*"), ("ben", Role.APPROVE, "*"))


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """Ana may ask for forty clusters, ben approves."""
    async with bot_in_sandbox(rights=RIGHTS, rate_limits=False) as running:
        for number in range(38):
            running.cloud.add_cluster(f"dwh-{number:02}")
        yield running


async def sixty(bot: Bot) -> list[SnapshotRequest]:
    """Let ana ask for sixty snapshots, one a minute, and return the requests, the oldest first."""
    ana = bot.slack.user("ana")
    for number in range(60):
        bot.clock.advance(60)
        await ana.command_reply(f"/snapshot create dwh-{number % 38:02} nightly-{number:02}")
    return list(bot.store.requests.values())


def named(place: Card | Home | Modal) -> list[str]:
    """Return the ids of the requests that *place* shows, in its order."""
    return list(dict.fromkeys(re.findall(r"R-[2-9A-Z]{4,8}", place.text)))


async def turn(bot: Bot, modal: Modal, button: str) -> None:
    """Turn the page."""
    await bot.slack.user(modal.user.id).click(modal, button)
    await bot.idle()


async def test_home_has_what_expires_soonest_and_a_way_to_the_rest(bot: Bot):
    """Eight of sixty with the times, "and 52 more", and every one of the sixty behind the button, ten a page."""
    asked = [r.id for r in await sixty(bot)]
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("and 52 more that expire later")
    assert named(home) == asked[:8]
    assert home.text.count("expires") == 8
    check_view(home.target(ben).spec)
    modal = await ben.click_for_modal(home, "Show all")
    seen = named(modal)
    assert modal.title == "Waiting for you"
    assert "1–10 of 60" in modal.text
    assert "‹ Sooner" not in modal.buttons
    for page in range(1, 6):
        await turn(bot, modal, "Later ›")
        assert f"{page * 10 + 1}–{page * 10 + 10} of 60" in modal.text
        check_view(modal.shown.spec)
        seen += named(modal)
    assert seen == asked
    assert "Later ›" not in modal.buttons
    await turn(bot, modal, "‹ Sooner")
    assert "41–50 of 60" in modal.text
    review = await ben.click_for_modal(modal, "Review…")
    assert review.title == f"Review {asked[40]}"


async def test_home_has_ones_own_newest_and_a_way_to_the_rest(bot: Bot):
    """Ana's open requests, newest first."""
    asked = [r.id for r in await sixty(bot)]
    ana = bot.slack.user("ana")
    home = await ana.home()
    await home.wait_for("and 52 more, older")
    assert named(home) == asked[:-9:-1]
    modal = await ana.click_for_modal(home, "Show all")
    await turn(bot, modal, "Older ›")
    assert named(modal) == asked[49:39:-1]
    assert "11–20 of 60" in modal.text


async def test_home_has_a_way_to_all_that_ended(bot: Bot):
    """Withdrawn ones here."""
    for request in await sixty(bot):
        await bot.slack.user("ana").command_reply(f"/snapshot withdraw {request.id}")
    ben = bot.slack.user("ben")  # for whom nothing waits, and who may ask for no cluster
    home = await ben.home()
    await home.wait_for("and older ones")
    modal = await ben.click_for_modal(home, "Show all")
    assert "1–10 of 60" in modal.text


@pytest.mark.parametrize("cluster", ["", "dwh-07"])
async def test_a_list_says_how_many_it_leaves_out_and_shows_them(bot: Bot, cluster: str):
    """Of all clusters, and of one."""
    asked = [r for r in await sixty(bot) if cluster in ("", r.cluster_name)]
    ana = bot.slack.user("ana")
    reply = await ana.command_reply(f"/snapshot list {cluster}")
    if cluster:
        assert named(reply) == [r.id for r in asked][::-1]
        assert reply.buttons == []
        return
    assert "The 10 newest requests" in reply.text
    assert "and 50 more" in reply.text
    assert "and 50 more" in reply.notification
    check_message(reply.notification, reply.body["blocks"])
    modal = await ana.click_for_modal(reply, "Show all")
    for _ in range(5):
        await turn(bot, modal, "Older ›")
    assert named(modal) == [r.id for r in asked][9::-1]


async def test_a_list_of_one_cluster_stays_one_of_that_cluster(bot: Bot):
    """Its pages hold no other's requests."""
    ana = bot.slack.user("ana")
    for number in range(15):
        bot.clock.advance(60)
        await ana.command_reply(f"/snapshot create dwh-prod nightly-{number:02}")
        await ana.command_reply(f"/snapshot create dwh-dev weekly-{number:02}")
    reply = await ana.command_reply("/snapshot list dwh-prod")
    modal = await ana.click_for_modal(reply, "Show all")
    await turn(bot, modal, "Older ›")
    assert "11–15 of 15" in modal.text
    assert "dwh-dev" not in modal.text


async def test_help_has_a_way_to_all_clusters_and_all_that_waits(bot: Bot):
    """Three of each are named, the rest is counted."""
    await sixty(bot)
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    help_of_ana = await ana.command_reply("/snapshot help")
    assert "or 37 more" in help_of_ana.text
    modal = await ana.click_for_modal(help_of_ana, "All clusters")
    seen = re.findall(r"dwh-\w+", modal.text)
    while "After ›" in modal.buttons:
        await turn(bot, modal, "After ›")
        check_view(modal.shown.spec)
        seen += re.findall(r"dwh-\w+", modal.text)
    assert len(set(seen)) == len(seen) == 40
    assert "🟢 Available" in modal.text
    help_of_ben = await ben.command_reply("/snapshot help")
    assert "57 more" in help_of_ben.text
    assert "1–10 of 60" in (await ben.click_for_modal(help_of_ben, "All that waits for you")).text


async def test_a_list_shows_nobody_what_they_may_not_see(bot: Bot):
    """The button is one that anybody could press by hand: rights are looked up again at each page."""
    await sixty(bot)
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("and 52 more")
    modal = await ben.click_for_modal(home, "Show all")
    bot.store.given[:] = [g for g in bot.store.given if g.role is not Role.APPROVE]
    await turn(bot, modal, "Later ›")
    assert named(modal) == []
    assert "There is nothing here any more." in modal.text


async def test_a_page_that_is_gone_is_the_last_that_there_is(bot: Bot):
    """Others decided meanwhile: the list has become shorter."""
    asked = await sixty(bot)
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("and 52 more")
    modal = await ben.click_for_modal(home, "Show all")
    for request in asked[5:]:
        await bot.slack.user("ana").command_reply(f"/snapshot withdraw {request.id}")
    await turn(bot, modal, "Later ›")
    assert "1–5 of 5" in modal.text


async def test_home_is_drawn_again_when_something_begins_to_wait(bot: Bot):
    """For those who can decide and had it open within the hour; for nobody else."""
    ana, ben, dan = (bot.slack.user(who) for who in ("ana", "ben", "dan"))
    homes = [await who.home() for who in (ben, dan)]
    await homes[0].wait_for("Nothing waits for your decision.")
    await homes[1].wait_for("Nothing waits for your decision.")
    await bot.idle()
    await ana.command_reply("/snapshot create dwh-prod nightly-1")
    await bot.idle()
    assert bot.newest().id in homes[0].text
    assert bot.newest().id not in homes[1].text
    published = [e for e in bot.slack.site.exchanges.list() if e["what"] == "views.publish"]
    assert len(published) == 3
    bot.clock.advance(3601)
    await ana.command_reply("/snapshot create dwh-prod nightly-2")
    await bot.idle()
    assert bot.newest().id not in homes[0].text


async def test_many_requests_at_once_are_drawn_together(bot: Bot):
    """While Home is being drawn others are asked for: it is drawn once more for all of them."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("Nothing waits for your decision.")
    await bot.idle()
    await bot.slack.fault("hold", method="views.publish")
    await ana.command_reply("/snapshot create dwh-prod nightly-0")
    await bot.slack.wait_for_held()
    for number in range(1, 8):
        await ana.command_reply(f"/snapshot create dwh-prod nightly-{number}")
    bot.slack.site.faults.clear()
    await bot.idle()
    assert len(named(home)) == 8
    published = [e for e in bot.slack.site.exchanges.list() if e["what"] == "views.publish"]
    assert len(published) == 3


async def test_home_is_drawn_again_after_the_form(bot: Bot):
    """As after the command; and a Slack that draws nothing costs the request nothing."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("Nothing waits for your decision.")
    form = await ana.command("/snapshot")
    await form.fill(Cluster="dwh-prod", Name="nightly-1")
    await form.submit()
    await bot.idle()
    assert bot.newest().id in home.text
    await bot.slack.fault("error", method="views.publish", error="internal_error", times=9)
    assert "asks for" in (await ana.command_reply("/snapshot create dwh-prod nightly-2")).text


async def test_a_waiting_card_says_when_its_facts_were_seen(bot: Bot):
    """It stays visible longer than they are true."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1")
    await bot.tell()
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting for approval")
    assert "As of " in card.text


@pytest.mark.parametrize("value", ["", "nonsense", "waiting", "waiting:x:", "clusters:0:no-slash", "gone:0:"])
async def test_a_button_that_carries_nonsense_opens_what_one_may_see(bot: Bot, value: str):
    """One of another version, or forged: a list all the same, of nothing that isn't this person's."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1")
    for who, sees in (("ben", True), ("dan", False)):
        user = bot.slack.user(who)
        home = await user.home()
        await home.wait_for("Ended lately")
        view = home.target(user)
        view.spec["blocks"].append(
            {"type": "actions", "block_id": "b", "elements": [BUTTON | ({"value": value} if value else {})]}
        )
        await bot.slack.clients.act(user.id, view, "b", "show_all")
        modal = await user.wait_for_modal("")
        assert (bot.newest().id in modal.text) is sees


async def test_a_list_can_be_narrowed(bot: Bot):
    """To what one asked for oneself, what is open and what has ended; with a cluster, in any order; the rest, too."""
    bot.grant("ada", Role.REQUEST)
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    for number in range(12):
        await ana.command_reply(f"/snapshot create dwh-prod of-ana-{number}")
    await bot.slack.user("ada").command_reply("/snapshot create dwh-dev of-ada-1")
    await ana.command_reply(f"/snapshot withdraw {next(iter(bot.store.requests))}")
    mine = (await ana.command_reply("/snapshot list mine")).text
    assert "What you asked for, for snapshots that you may see" in mine
    assert "of-ana-11" in mine
    assert "of-ada-1" not in mine
    ended = (await ana.command_reply("/snapshot list ENDED dwh-prod")).text
    assert ended.count("of-ana-") == 1
    assert "of-ana-0" in ended
    opened = await ben.command_reply("/snapshot list dwh-prod open")
    assert "Open requests, for snapshots of dwh-prod that you may see" in opened.text
    assert "of-ana-0" not in opened.text
    modal = await ben.click_for_modal(opened, "Show all")
    assert modal.title == "Open requests"
    await ben.click(modal, "Older ›")
    await modal.wait_for("11–11 of 11")
    none = (await ben.command_reply("/snapshot list mine")).text
    assert "No such request for snapshots that you may see: What you asked for." in none
