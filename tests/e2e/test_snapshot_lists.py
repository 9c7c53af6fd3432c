"""`/snapshot snapshots`: what the cloud has of a cluster, those made elsewhere as well, for who has a right on it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.errors import CloudForbidden, CloudUnavailable
from bot.core.grants import Role
from bot.core.ids import Actor, UserId
from bot.core.message import RESULT
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Snapshot, SnapshotKind
from bot.slack.drawing import reviewing
from bot.slack.drawing.posted import message
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox


def cluster(bot: Bot, name: str):
    """Return the cluster called *name*."""
    return next(c for c in bot.cloud.known_clusters.values() if c.name == name)


def put(bot: Bot, name: str, on: str = "dwh-prod", **facts) -> Snapshot:
    """Let the cloud have a finished snapshot, begun a minute after the one before."""
    bot.clock.advance(60)
    made = bot.cloud.add_snapshot(cluster(bot, on).ref.id, name, started=bot.clock.now())
    bot.cloud.finish(made.id, size_gb=facts.pop("size_gb", 10.0))
    bot.cloud.known_snapshots[made.id] = replace(bot.cloud.known_snapshots[made.id], **facts)
    return bot.cloud.known_snapshots[made.id]


async def a_request_that_made(bot: Bot, snapshot: Snapshot) -> SnapshotRequest:
    """Let ana's request be the one that *snapshot* came of."""
    await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod {snapshot.name}-asked")
    kept = replace(bot.newest(), snapshot_id=snapshot.id)
    bot.store.requests[kept.id] = kept
    return kept


async def test_what_there_is_is_listed_the_newest_first(bot: Bot):
    """Name, when, size, and who asked for it here, or that it was made elsewhere or by the cluster's schedule."""
    put(bot, "before-migration-42", kind=SnapshotKind.MANUAL)
    put(bot, "nightly", kind=SnapshotKind.AUTOMATED, size_gb=42.7)
    asked = await a_request_that_made(bot, put(bot, "ours", kind=SnapshotKind.MANUAL, size_gb=1.3))
    put(bot, "of-another", on="dwh-dev")
    reply = await bot.slack.user("ana").command_reply("/snapshot snapshots dwh-prod")
    head, *lines = reply.text.split("\n")
    assert "dwh-prod has 3 snapshots: 54.0 GB together" in head.replace("*", "")
    told = " ".join(lines)
    assert told.index("ours") < told.index("nightly") < told.index("before-migration-42")
    assert f"by @ana ({asked.id})" in told
    assert "42.7 GB · automatic" in told
    assert "10.0 GB · made elsewhere" in told
    assert "of-another" not in told
    assert reply.is_private


async def test_one_that_is_being_made_or_failed_says_so(bot: Bot):
    """A size stands only where it can be used."""
    failed = put(bot, "failed-1")
    bot.cloud.finish(failed.id, ok=False)
    bot.clock.advance(60)
    runs = bot.cloud.add_snapshot(cluster(bot, "dwh-prod").ref.id, "runs-1", started=bot.clock.now())
    bot.cloud.advance(runs.id, 42)
    told = (await bot.slack.user("ana").command_reply("/snapshot snapshots DWH-PROD")).text
    assert "📸 42 %" in told
    assert "❌ failed" in told


async def test_many_are_ten_a_page(bot: Bot):
    """The rest is behind the button, a page at a time and back."""
    for number in range(23):
        put(bot, f"nightly-{number}")
    ana = bot.slack.user("ana")
    reply = await ana.command_reply("/snapshot snapshots dwh-prod")
    assert "nightly-22" in reply.text
    assert "nightly-13" in reply.text
    assert "nightly-12" not in reply.text
    assert "and 13 more" in reply.text
    modal = await ana.click_for_modal(reply, "Show all")
    assert modal.title == "Snapshots"
    await ana.click(modal, "Older ›")
    await modal.wait_for("11–20 of 23")
    assert "nightly-12" in modal.text
    assert "230.0 GB" in modal.text


@pytest.mark.parametrize("who", ["dan", "gus"])
async def test_nothing_is_shown_of_a_cluster_that_one_has_no_right_on(bot: Bot, who: str):
    """The same words as for a cluster that isn't there, and as much is written; its snapshots aren't counted either."""
    put(bot, "secret-1")
    person = bot.slack.user(who)
    there, nowhere = [
        (await person.command_reply(f"/snapshot snapshots {name}")).text.replace(name, "…")
        for name in ("dwh-prod", "dwh-nope")
    ]
    assert there == nowhere
    assert "secret-1" not in there


async def test_a_request_of_ones_own_alone_opens_no_list(bot: Bot):
    """Who had a right once sees their requests, and not what others made since."""
    await a_request_that_made(bot, put(bot, "mine-1"))
    bot.store.given = [g for g in bot.store.given if g.holder.id != UserId(bot.slack.user("ana").id)]
    told = (await bot.slack.user("ana").command_reply("/snapshot snapshots dwh-prod")).text
    assert "mine-1" not in told


async def test_a_right_that_was_taken_ends_the_list_that_is_open(bot: Bot):
    """The next page is empty."""
    for number in range(12):
        put(bot, f"nightly-{number}")
    ana = bot.slack.user("ana")
    modal = await ana.click_for_modal(await ana.command_reply("/snapshot snapshots dwh-prod"), "Show all")
    bot.store.given.clear()
    await ana.click(modal, "Older ›")
    await modal.wait_for("There is nothing here any more")
    assert "nightly" not in modal.text


async def test_old_facts_say_how_old_they_are(bot: Bot):
    """The cloud is silent: what it said last, and since when it hasn't answered; before that, that nothing is known."""
    put(bot, "nightly-1")
    ana = bot.slack.user("ana")
    await ana.command_reply("/snapshot snapshots dwh-prod")
    bot.cloud.failing = [CloudUnavailable("503")] * 99
    bot.clock.advance(3600)
    told = (await ana.command_reply("/snapshot snapshots dwh-prod")).text
    assert "nightly-1" in told
    assert "hasn't answered since" in told


async def test_without_a_cluster_it_says_how_it_is_typed(bot: Bot):
    """And an empty list says that it is one."""
    ana = bot.slack.user("ana")
    assert "/snapshot snapshots dwh-prod" in (await ana.command_reply("/snapshot snapshots")).text
    told = (await ana.command_reply("/snapshot snapshots dwh-prod")).text
    assert "The cloud has no snapshot of dwh-prod." in told.replace("*", "")


async def test_the_list_of_clusters_leads_there(bot: Bot):
    """Each cluster has a button; its snapshots open over the list, which stays."""
    for number in range(5):
        bot.grant("ana", Role.REQUEST, bot.cloud.add_cluster(f"dwh-{number}"))
    put(bot, "nightly-1", on="dwh-0")  # which is the first
    bot.clock.advance(60)
    ana = bot.slack.user("ana")
    clusters = await ana.click_for_modal(await ana.command_reply("/snapshot help"), "All clusters")
    there = await ana.click_for_modal(clusters, "Snapshots")
    assert "dwh-0 has one snapshot" in there.text.replace("*", "")
    assert "nightly-1" in there.text
    assert clusters.is_open


async def test_home_has_ones_clusters_each_with_what_can_be_done_there(bot: Bot):
    """How it is, its last snapshot, Take… with it chosen in the form, and its snapshots; the rest behind a button."""
    for number in range(8):
        bot.grant("ana", Role.REQUEST, bot.cloud.add_cluster(f"dwh-{number}"))
    put(bot, "nightly-1", size_gb=42.7)
    bot.clock.advance(60)
    ana = bot.slack.user("ana")
    await ana.command_reply("/snapshot create dwh-prod asked-1")  # so it is hers, and comes first
    home = await ana.home()
    await home.wait_for("and 4 more")
    told = home.text.replace("*", "")
    assert "Clusters you may ask for" in told
    assert "dwh-prod · 🟢 Available · last snapshot" in told
    assert told.index("dwh-prod · 🟢") < told.index("dwh-0 · 🟢 Available · no snapshot yet")
    assert "dwh-4 · 🟢" not in told
    form = await ana.click_for_modal(home, "Take…")
    assert "dwh-prod · 🟢 Available" in form.text.replace("*", "")
    await form.close()
    there = await ana.click_for_modal(home, "Snapshots")
    assert "nightly-1" in there.text


async def test_a_cluster_that_one_may_not_ask_for_any_more_is_not_chosen(bot: Bot):
    """The button of an older Home opens the form as if it named none."""
    bot.grant("ana", Role.REQUEST, cluster(bot, "dwh-dev"))
    bot.grant("ana", Role.REQUEST, bot.cloud.add_cluster("dwh-third"))
    bot.clock.advance(60)
    ana = bot.slack.user("ana")
    home = await ana.home()
    await home.wait_for("Clusters you may ask for")
    assert "dwh-dev* · 🟢" in home.text
    bot.store.given = [g for g in bot.store.given if g.scope.cluster != cluster(bot, "dwh-dev").ref.id]
    form = await ana.click_for_modal(home, "Take…")  # the first, which is dwh-dev
    assert "dwh-dev" not in form.text


async def test_who_may_ask_for_nothing_has_no_clusters_on_home(bot: Bot):
    """Approvers see what waits for them alone."""
    home = await bot.slack.user("ben").home()
    await home.wait_for("Waiting for you")
    assert "Clusters you may ask for" not in home.text


async def test_the_transcript_in_the_documents_is_what_the_bot_answers(bot: Bot):
    """Word by word, but for the ids."""
    put(bot, "friday-full", kind=SnapshotKind.MANUAL, size_gb=12.7)
    put(bot, "nightly-2026-11-23", kind=SnapshotKind.AUTOMATED, size_gb=42.7)
    made = put(bot, "before-migration-42", kind=SnapshotKind.MANUAL, size_gb=41.9)
    await a_request_that_made(bot, made)
    reply = await bot.slack.user("ana").command_reply("/snapshot snapshots dwh-prod")
    told = [re.sub(r"R-[0-9A-Z]+", "R-…", line.replace("*", "")) for line in reply.text.splitlines()]
    shown = (Path(__file__).parents[2] / "docs" / "snapshots.md").read_text().split("```")[1].splitlines()[3:]
    assert [line for line in told if "·" in line or " GB" in line] == shown


async def test_what_storage_they_take_is_told_by_the_cloud_once_for_all(bot: Bot):
    """Asked for where somebody looks; not once for each person, nor again within five minutes."""
    put(bot, "before-migration-42", size_gb=118.0)
    for who in ("ana", "ben", "ana"):
        reply = await bot.slack.user(who).command_reply("/snapshot snapshots dwh-prod")
        assert "The cloud says: 118.0 GB used, 300.0 GB free" in reply.text
    asked = [call for call in bot.cloud.calls if call[0] == "storage"]
    assert len(asked) == 1
    bot.clock.advance(301)
    bot.cloud.storage_gb = 100.0
    reply = await bot.slack.user("ana").command_reply("/snapshot snapshots dwh-prod")
    assert "The cloud says: 118.0 GB used, 100.0 GB free, 18.0 GB to be paid for" in reply.text


@pytest.mark.parametrize("error", [CloudForbidden("not allowed"), CloudUnavailable("no answer", maybe_done=False)])
async def test_the_list_stands_where_the_cloud_does_not_tell_the_storage(bot: Bot, error: Exception):
    """One call more must not cost the list."""
    put(bot, "before-migration-42")
    await bot.slack.user("ana").command_reply("/snapshot snapshots dwh-prod")
    bot.clock.advance(301)
    bot.cloud.failing_storage.append(error)
    reply = await bot.slack.user("ana").command_reply("/snapshot snapshots dwh-prod")
    assert "before-migration-42" in reply.text
    assert "The cloud says" not in reply.text


async def test_requests_of_some_days(bot: Bot):
    """`7d` narrows the list, also behind "Show all", and says so."""
    ana = bot.slack.user("ana")
    for number in range(3):
        await ana.command_reply(f"/snapshot create dwh-prod early-{number}-x")
    bot.clock.advance(8 * 86_400)
    for number in range(12):
        await ana.command_reply(f"/snapshot create dwh-prod late-{number}-x")
    reply = await ana.command_reply("/snapshot list 7d mine dwh-prod")
    assert "the last 7 days" in reply.text
    assert "and 2 more" in reply.text
    modal = await ana.click_for_modal(reply, "Show all")
    assert "1–10 of 12 · the last 7 days" in modal.text
    await ana.click(modal, "Older ›")
    await modal.wait_for("11–12 of 12 · the last 7 days")
    assert "early-" not in modal.text
    none = await ana.command_reply("/snapshot list 1d ended")
    assert "No such request" in none.text


async def test_ids_lead_to_the_console_where_an_operator_says_how():
    """In the list, in the result and in the details; without the setting there is no link."""
    console = "https://console.example/dws/?region=eu-de#/{cluster}/{snapshot}"
    async with bot_in_sandbox(rights=ON_PROD, console=console) as bot:
        made = put(bot, "before-migration-42")
        link = f"https://console.example/dws/?region=eu-de#/{made.cluster_id}/{made.id}"
        ana = bot.slack.user("ana")
        reply = await ana.command_reply("/snapshot snapshots dwh-prod")
        assert f"<{link}|open in the console>" in str(reply.body["blocks"])
        asked = await a_request_that_made(bot, made)
        said = await bot.service.reviews.facts(replace(asked, state=State.AVAILABLE))
        assert f"<{link}|open in the console>" in str(message(RESULT, said).blocks)
        review = await bot.service.reviews.review(Actor(asked.team, asked.requester), asked.id)
        modal = reviewing.review(review, by=asked.requester, now=bot.clock.now(), company="Acme")
        assert f"<{link}|open in the console>" in str(modal)
