"""Channels that hear of snapshots, from Slack: who may set that up, what is heard, and what a closed channel does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.grants import Role
from bot.core.ids import ChannelId, SnapshotId
from bot.core.message import RESULT
from bot.core.notices import NoticeKind, notices_of
from bot.core.request import SnapshotRequest, State
from bot.core.scope import NamedCluster, Scope
from bot.core.snapshot import Cluster
from bot.core.subscriptions import Heard, News, Pause, Subscription
from bot.core.why import Code, Why
from slack_sandbox.faults import SlackFault
from tests.fakes.slack_bot import Bot

GENERAL, PRIVATE, OLD = ChannelId("C0GENERAL"), ChannelId("C0DWHPRIV"), ChannelId("C000000OLD")
NOTIFY = "/snapshot notify #general dwh-prod"


def heard(bot: Bot, channel: str = "general", who: str = "ben") -> list[str]:
    """Return what stands in *channel*, without marks."""
    return [message.text.replace("*", "") for message in bot.slack.user(who).channel(channel).messages]


def direct_messages(bot: Bot, who: str) -> list[str]:
    """Return what the bot told *who* alone, without marks."""
    return [message.text.replace("*dwh-prod*", "dwh-prod") for message in bot.slack.user(who).dm().messages]


async def said(bot: Bot, who: str, command: str, channel: str = "dwh-ops") -> str:
    """Return the private answer to *command*, without marks."""
    return (await bot.slack.user(who).command_reply(command, channel=channel)).text.replace("*", "")


async def ended(bot: Bot, state: State = State.AVAILABLE, *, number: int = 1) -> SnapshotRequest:
    """Let ana ask for a snapshot of dwh-prod, and let it end so."""
    await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod before-{number}")
    request = bot.newest()
    why = Why(Code.SNAPSHOT_GONE) if state is State.FAILED else None
    changes = {"state": state, "version": request.version + 1, "snapshot_id": SnapshotId(f"s-{number}"), "why": why}
    done = replace(request, **changes)  # type: ignore[arg-type]
    await bot.store.save(done)
    return done


def subscriptions(bot: Bot) -> list[tuple[str, str, set[str]]]:
    return [(s.channel, str(s.scope), {*map(str, s.events)}) for s in bot.store.subscribed.values()]


def only(bot: Bot) -> Subscription:
    (one,) = bot.store.subscribed.values()
    return one


async def test_a_channel_hears_how_a_request_ends(bot: Bot, prod: Cluster):
    """Once, in a line that mentions nobody; the channel of the card doesn't hear it again."""
    answer = await said(bot, "ana", NOTIFY)
    assert answer.startswith("📣 #general hears of snapshots of dwh-prod from now on: made and failed.")
    assert subscriptions(bot) == [(GENERAL, str(Scope.of(prod.ref)), {"made", "failed"})]
    assert [e.action for e in bot.store.log] == ["subscription.set"]
    await said(bot, "ana", "/snapshot notify #dwh-ops dwh-prod all")
    before = heard(bot, "dwh-ops")
    request = await ended(bot)
    await bot.announce()
    await bot.announce()
    line = f"✅ before-1 of dwh-prod is available. @ana asked for it ({request.id})."
    assert heard(bot) == [line]
    assert heard(bot, "dwh-ops") == before
    (notice,) = bot.store.notices.values()
    assert notice.ref is not None
    assert "<@" not in str(bot.slack.site.workspace.channels[GENERAL].messages[notice.ref.ts])
    assert ("message.owed", request.id) in [(e.action, e.request_id) for e in bot.store.log]


async def test_a_failure_says_why(bot: Bot):
    """As the card does."""
    await said(bot, "ana", NOTIFY)
    request = await ended(bot, State.FAILED)
    await bot.announce()
    (line,) = heard(bot)
    assert line.startswith("❌ before-1 of dwh-prod failed. The snapshot is gone from the cloud: ")
    assert line.endswith(f"@ana asked for it ({request.id}).")


async def test_only_what_was_chosen_is_heard(bot: Bot):
    """That somebody asks is one of the events; a second command takes the place of the first."""
    await said(bot, "ana", f"{NOTIFY} failed, deleted")
    assert subscriptions(bot)[0][2] == {"failed", "deleted"}
    await said(bot, "ana", f"{NOTIFY} asked")
    assert subscriptions(bot)[0][2] == {"asked"}
    request = await ended(bot)
    await bot.announce()
    assert heard(bot) == [f"🙋 @ana asks for before-1 of dwh-prod ({request.id})."]


@pytest.mark.parametrize("typed", ["dwh-*", "DWH-*", "*", "default/*"])
async def test_clusters_by_name(bot: Bot, typed: str):
    """A pattern hears of what its person may see, whatever else it covers."""
    await said(bot, "ana", f"/snapshot notify #general {typed}")
    await ended(bot)
    await bot.announce()
    assert len(heard(bot)) == 1


async def test_several_that_cover_a_cluster_are_one_message(bot: Bot):
    """A channel hears of a thing once."""
    for typed in ("dwh-*", "*", "dwh-prod"):
        await said(bot, "ana", f"/snapshot notify #general {typed}")
    await ended(bot)
    await bot.announce()
    assert len(heard(bot)) == 1


@pytest.mark.parametrize(
    ("who", "command", "answer"),
    [
        ("ana", "/snapshot notify #general dwh-dev", "called dwh-dev"),
        ("ana", "/snapshot notify #general nothing-*", "called nothing-"),
        ("ana", "/snapshot notify #general a*b*", "called ab"),
        ("dan", "/snapshot notify #general *", "There is no cluster called "),
        ("gus", NOTIFY, "Guest"),
        ("ana", "/snapshot notify #old dwh-prod", "#old is archived. Choose another channel."),
        ("ana", "/snapshot notify #partners dwh-prod", "is shared with another company"),
        ("ana", "/snapshot notify C0DWHSECR dwh-prod", "I'm not in this channel: invite me with /invite @snapshots"),
        ("ada", "/snapshot notify C0DWHPRIV dwh-prod", "I'm not in this channel: invite me with /invite @snapshots"),
        ("ana", "/snapshot notify C0NOWHERE1 dwh-prod", "I'm not in this channel: invite me with /invite @snapshots"),
        ("ana", "/snapshot notify #nowhere dwh-prod", "Slack sent #nowhere to the bot as mere text"),
        ("ana", "/snapshot notify #general", "Say which channel hears of which cluster"),
        ("ana", "/snapshot notify dwh-prod", "Say which channel hears of which cluster"),
        ("ana", f"{NOTIFY} made broken", "What it can hear of: made, failed, deleted and asked, or all"),
    ],
)
async def test_who_may_not(bot: Bot, prod: Cluster, who: str, command: str, answer: str):
    """What isn't there and what isn't theirs are one answer, of clusters and of channels; nothing is set up."""
    bot.grant("ada", Role.REQUEST, prod)
    assert answer.lower() in (await said(bot, who, command)).replace("`", "").lower()
    assert not bot.store.subscribed


async def test_the_list_and_its_buttons(bot: Bot):
    """From anywhere; who may not see the cluster learns nothing of it."""
    assert "No channel hears of a cluster that you may see." in await said(bot, "ana", "/snapshot notify")
    await said(bot, "ana", NOTIFY)
    await said(bot, "cleo", "/snapshot notify #general dwh-dev made")
    listed = await bot.slack.user("cleo").command_reply("/snapshot notify", channel="dwh-private")
    lines = listed.text.replace("*", "")
    assert "#general hears of dwh-prod: made and failed (@ana)" in lines
    assert "#general hears of dwh-dev: made (@cleo)" in lines
    assert "dwh-dev" not in await said(bot, "ana", "/snapshot notify")
    assert "No channel" in await said(bot, "dan", "/snapshot notify")
    done = await bot.slack.user("cleo").click_for_reply(listed, "Stop")
    assert done.text.replace("*", "") == "dwh-prod in #general is ended."
    assert [(e.action, e.actor) for e in bot.store.log][-1] == ("subscription.ended", bot.slack.user("cleo").id)
    again = await bot.slack.user("cleo").click_for_reply(listed, "Stop")
    assert again.text == "Nothing like that was set up that you may end."
    assert [s[0] for s in subscriptions(bot)] == [GENERAL]


async def test_a_private_channel_is_for_its_members(bot: Bot):
    """Others who may see the cluster don't learn that it hears of it, and can't end that."""
    bot.grant("ada", Role.REQUEST)
    await said(bot, "ana", "/snapshot notify C0DWHPRIV dwh-prod")
    assert only(bot).is_private
    assert "No channel hears" in await said(bot, "ada", "/snapshot notify")
    assert "Nothing like that" in await said(bot, "ada", "/snapshot notify off dwh-prod")
    assert only(bot).paused is None
    assert "hears of dwh-prod" in await said(bot, "ben", "/snapshot notify")


@pytest.mark.parametrize("typed", ["#general dwh-prod", "dwh-prod", "#general", "DWH-PROD C0GENERAL"])
async def test_off(bot: Bot, typed: str):
    """By channel, by cluster or both, in any order; what else there is stays."""
    await said(bot, "ana", NOTIFY)
    await said(bot, "ana", "/snapshot notify C0DWHPRIV dwh-*")
    assert await said(bot, "ana", f"/snapshot notify off {typed}") == "dwh-prod in #general is ended."
    assert [s[0] for s in subscriptions(bot)] == [PRIVATE]
    await ended(bot)
    await bot.announce()
    assert heard(bot) == []


def archive(bot: Bot) -> None:
    bot.slack.admin.archive("general")


def make_private(bot: Bot) -> None:
    bot.slack.site.workspace.channels[GENERAL].kind = "private"


def make_private_with_the_bot(bot: Bot) -> None:
    channel = bot.slack.site.workspace.channels[GENERAL]
    channel.kind = "private"
    channel.members.append(bot.slack.site.app.bot_user_id)


@pytest.mark.parametrize(
    ("close", "why", "words"),
    [
        (archive, Pause.ARCHIVED, "it is archived"),
        (make_private, Pause.CLOSED, "the bot can't write there any more"),
        (make_private_with_the_bot, Pause.PRIVATE, "it has become private"),
    ],
)
async def test_a_closed_channel_is_paused(bot: Bot, close: Callable[[Bot], None], why: Pause, words: str):
    """Who set it up is told once, by direct message; it is listed, can be ended, and goes on only if set up again."""
    await said(bot, "cleo", "/snapshot notify #general dwh-*")
    await said(bot, "ana", NOTIFY)
    close(bot)
    await ended(bot)
    await ended(bot, number=2)
    await bot.announce()
    assert {s.paused for s in bot.store.subscribed.values()} == {why}
    for who, what in (("ana", "dwh-prod"), ("cleo", "`dwh-*`")):
        direct = [n for n in bot.store.notices.values() if n.channel == bot.slack.user(who).id]
        assert [n.kind for n in direct] == [NoticeKind.PAUSED]
        (told,) = [m for m in direct_messages(bot, who) if "hears nothing" in m]
        assert f"hears nothing of {what} any more: {words}" in told
    assert [e.action for e in bot.store.log].count("subscription.paused") == 2
    listed = await said(bot, "ana", "/snapshot notify")
    assert f"(C0GENERAL) hears nothing of dwh-prod any more: {words}" in listed.replace("`", "")
    bot.slack.site.workspace.channels[GENERAL].archived = False
    bot.slack.site.workspace.channels[GENERAL].kind = "public"
    await ended(bot, number=3)
    await bot.announce()
    assert heard(bot) == []
    await said(bot, "ana", NOTIFY)
    await ended(bot, number=4)
    await bot.announce()
    assert len(heard(bot)) == 1


async def test_off_works_for_an_archived_channel(bot: Bot):
    """By its id, from anywhere, also before the bot has noticed."""
    await said(bot, "ana", NOTIFY)
    bot.slack.admin.archive("general")
    assert "is ended" in await said(bot, "ana", "/snapshot notify off C0GENERAL dwh-prod", channel="dwh-private")
    assert not bot.store.subscribed


async def test_a_right_that_was_lost_ends_the_hearing(bot: Bot):
    """The channel itself is told once; of clusters by name those that its person may see are heard."""
    await said(bot, "ana", NOTIFY)
    await said(bot, "ana", "/snapshot notify C0DWHPRIV dwh-*")
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-1")
    request = bot.newest()
    bot.store.given.clear()
    done = replace(request, state=State.AVAILABLE, version=request.version + 1, snapshot_id=SnapshotId("s-1"))
    await bot.store.save(done)
    await bot.announce()
    (line,) = heard(bot)
    assert "hears nothing of dwh-prod any more: who set that up may not see it any more" in line
    assert [s.paused for s in bot.store.subscribed.values()] == [Pause.RIGHTS, None]
    assert [m for m in heard(bot, "dwh-private") if "available" in m] == []


async def test_somebody_who_left_isnt_listened_to(bot: Bot):
    """A deactivated account's subscription hears nothing any more."""
    await said(bot, "ana", NOTIFY)
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-1")
    bot.slack.admin.change_person("ana", deleted=True)
    bot.store.people.clear()
    request = bot.newest()
    done = replace(request, state=State.AVAILABLE, version=request.version + 1, snapshot_id=SnapshotId("s-1"))
    await bot.store.save(done)
    await bot.announce()
    assert [s.paused for s in bot.store.subscribed.values()] == [Pause.RIGHTS]


async def test_an_outage_delays(bot: Bot):
    """It comes once Slack takes it again; an answer that was lost is looked for in the channel first."""
    await said(bot, "ana", "/snapshot notify C0DWHPRIV dwh-prod")  # where the bot may look
    await ended(bot)
    faults = bot.slack.site.faults
    faults.add(SlackFault("error_503", method="chat.postMessage"))
    await bot.announce()
    assert heard(bot, "dwh-private") == []
    bot.clock.advance(60)
    faults.add(SlackFault("drop_after", method="chat.postMessage"))
    await bot.announce()
    bot.clock.advance(60)
    await bot.announce()
    assert len(heard(bot, "dwh-private")) == 1
    (notice,) = bot.store.notices.values()
    assert notice.ref is not None


async def test_many_news_of_one_look_are_one_message(bot: Bot, prod: Cluster):
    """Ten lines, and how many more there are."""
    await said(bot, "ana", NOTIFY)
    one = News(Heard.MADE, NamedCluster(prod.ref, prod.name), "x", bot.clock.now(), outside=True)
    many = [replace(one, name=f"x-{number}", snapshot=f"s-{number}") for number in range(30)]
    bot.store._owe_notices(notices_of([only(bot)], many, look="1"))
    await bot.announce()
    (line,) = heard(bot)
    assert line.count("It was made outside the bot.") == 10
    assert line.endswith("And 20 more.")


async def test_the_transcript_in_the_documents_is_what_the_bot_answers(bot: Bot):
    """Word by word, but for the ids."""
    shown = (Path(__file__).parents[2] / "docs" / "who-hears.md").read_text().split("```")[1].splitlines()[1:]
    said_first = (await said(bot, "ana", NOTIFY)).splitlines()[0]
    told = [NOTIFY, said_first]
    await ended(bot)
    await ended(bot, State.FAILED, number=2)
    await bot.announce()
    told += ["", "In #general, later:", *heard(bot)]
    told += ["", "/snapshot notify", *(await said(bot, "ana", "/snapshot notify")).splitlines()[:2]]
    off = "/snapshot notify off #general dwh-prod"
    told += ["", off, await said(bot, "ana", off)]
    assert [re.sub(r"R-[0-9A-Z]+", "R-…", line) for line in told] == shown


async def a_result(bot: Bot, *, leaves: bool = False) -> SnapshotRequest:
    """Let ana's request end, and bring what is owed to Slack, twice; she *leaves* the channel of its card before."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-1")
    await bot.tell()
    if leaves:
        bot.slack.admin.remove("dwh-ops", "ana")
    request = bot.newest()
    done = replace(request, state=State.AVAILABLE, version=request.version + 1, snapshot_id=SnapshotId("s-1"))
    await bot.store.save(done, owe=[RESULT])
    for _ in range(2):
        await bot.tell()
        await bot.announce()
    return done


async def test_who_asked_and_isnt_in_the_channel_is_told_directly(bot: Bot):
    """Once, beside the reply in the thread, whose mention doesn't reach them."""
    request = await a_result(bot, leaves=True)
    told = [m for m in direct_messages(bot, "ana") if "your snapshot" in m]
    assert len(told) == 1
    assert "before-1" in told[0]
    assert ("message.owed", request.id) in [(e.action, e.request_id) for e in bot.store.log if "direct" in e.detail]


async def test_who_is_in_the_channel_is_told_there_alone(bot: Bot):
    """Nobody is pinged twice."""
    await a_result(bot)
    assert [m for m in direct_messages(bot, "ana") if "your snapshot" in m] == []
    assert not bot.store.notices


async def test_who_asked_is_told_directly_once_slack_says_where_they_are(bot: Bot):
    """While Slack doesn't say who is in the channel, neither is told: the result waits, and comes once."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-1")
    await bot.tell()
    bot.slack.admin.remove("dwh-ops", "ana")
    bot.slack.site.faults.add(SlackFault("error_500", method="conversations.members", times=2))
    request = bot.newest()
    done = replace(request, state=State.AVAILABLE, version=request.version + 1, snapshot_id=SnapshotId("s-1"))
    await bot.store.save(done, owe=[RESULT])
    await bot.tell()
    assert not bot.store.notices
    bot.clock.advance(60)
    await bot.tell()
    await bot.announce()
    assert len([m for m in direct_messages(bot, "ana") if "your snapshot" in m]) == 1
    assert len([m for m in heard(bot, "dwh-ops") if "your snapshot" in m]) == 1
