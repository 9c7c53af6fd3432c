"""A silent cloud, seen from Slack: nothing that was seen hours ago is shown as if it were now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from bot.core.errors import CloudUnavailable
from bot.core.events import Hold, Progressed
from bot.core.grants import Role
from bot.core.ids import Principal
from bot.core.lifecycle import apply
from bot.core.request import State
from bot.core.snapshot import Cluster
from snapshot_demo.clock import MovableClock
from tests.fakes.slack_bot import ON_PROD, Bot, Right
from tests.harness.facts import in_state
from tests.harness.running import a_world, give_roles

HOURS = 3 * 3600
SEEN = "2026-11-23 14:05 UTC"  # the last good look, as the sandbox's words have Slack's dates
CREATE = "/snapshot create dwh-prod before-migration-42 OPS-42"


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana may ask for both clusters, ben approves dwh-prod."""
    return (*ON_PROD, ("ana", Role.REQUEST, "dwh-dev"))


async def fall_silent(bot: Bot, *, seen: bool = True) -> None:
    """Let the cloud be seen as it is now (or never), then answer nothing for hours."""
    if seen:
        await bot.inventory.look(bot.cloud.name)
    bot.cloud.failing = [CloudUnavailable("503")] * 999
    bot.clock.advance(HOURS)


async def test_the_form_says_since_when_the_cloud_is_silent(bot: Bot):
    """The list and the line under the cluster have their age; the light of the state is out."""
    await fall_silent(bot)
    form = await bot.slack.user("ana").command("/snapshot")
    assert f"Choose a cluster to see how it is and who approves. The cloud hasn't answered since {SEEN}." in form.text
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    line = f"⚪ Available · no snapshot yet · the cloud hasn't answered since {SEEN} · one approval by @ben needed"
    assert line in form.text


async def test_the_form_says_nothing_once_the_cloud_answers_again(bot: Bot, prod: Cluster):
    """Choosing a cluster looks again: hours old or seconds old, the line shows the look."""
    await fall_silent(bot)
    bot.cloud.failing = []
    form = await bot.slack.user("ana").command("/snapshot")
    assert "hasn't answered" not in form.text
    bot.clock.advance(3)
    bot.cloud.change_cluster(prod.ref.id, sub_statuses=("READONLY",))
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert "🔴 Read-only · no snapshot yet · one approval" in form.text


@pytest.mark.parametrize("seen", [True, False])
async def test_a_cloud_that_was_never_seen_since_the_start_is_not_called_empty(bot: Bot, seen: bool):
    """The form, Home, help and a typed request say that the cloud is silent, not that there is no cluster."""
    if seen:  # and had none
        bot.cloud.known_clusters.clear()
    await fall_silent(bot, seen=seen)
    since = f"The cloud hasn't answered since {SEEN if seen else f'the bot started ({SEEN})'}."
    ana = bot.slack.user("ana")
    assert since in (await ana.command("/snapshot")).text
    await (await ana.home()).wait_for(since)
    assert since in (await ana.command_reply("/snapshot help")).text
    typed = await ana.command_reply(CREATE)
    plain = since.replace("2026-11-23 ", "")
    assert (
        f"*Cluster*: The bot knows no cluster called dwh-prod that you may ask for. {plain} Try again in a minute."
        in typed.text
    )
    assert bot.store.requests == {}


async def test_a_request_on_old_facts_is_kept_and_its_card_says_how_old(bot: Bot, prod: Cluster):
    """Read-only hours ago refuses nobody; the card, the review and the status say since when it isn't known."""
    bot.cloud.change_cluster(prod.ref.id, sub_statuses=("READONLY",))
    await fall_silent(bot)
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    review = await ben.click_for_modal(card, "Review…")
    status = await bot.slack.user("ana").command_reply("/snapshot status")
    for shown in (card, review, status):
        assert "dwh-prod · read-only" in shown.text
        assert f"The cloud hasn't answered since {SEEN}." in shown.text


async def test_a_card_keeps_the_time_at_which_its_facts_were_seen(bot: Bot):
    """Drawn with what is so now it has that time, and is the same hours later: nothing is drawn for age alone."""
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")
    assert "dwh-prod · available" in card.text
    assert f"As of {SEEN}." in card.text
    before = card.text
    await fall_silent(bot)
    await bot.tell()
    assert card.text == before
    later = await bot.slack.user("ben").click_for_modal(card, "Review…")
    assert f"As of {SEEN}." in later.text, "nobody looked since"


async def test_old_progress_is_told_with_its_time(bot: Bot):
    """In Home and lists: 42 % of hours ago isn't 42 % now."""
    request = in_state(State.CREATING, owner=Principal(bot.slack.user("ana").id))
    bot.store.requests[request.id] = request
    ana = bot.slack.user("ana")
    await bot.inventory.look(bot.cloud.name)
    assert "Creating* · 42 %\n" in (await ana.command_reply("/snapshot list")).text + "\n"
    await fall_silent(bot)
    await ana.command("/snapshot")
    said = f"Creating* · 42 %; the cloud hasn't answered since {SEEN}"
    assert said in (await ana.command_reply("/snapshot list")).text
    await (await ana.home()).wait_for(said)
    held = Progressed(at=bot.clock.now(), percent=42, hold=Hold.CLOUD, why=CloudUnavailable("503").why)
    bot.store.requests[request.id] = apply(request, held)
    await (await ana.home()).wait_for(f"Creating* · 42 %, as of {SEEN}")


async def test_a_name_in_an_old_list_is_refused_with_the_lists_age(bot: Bot, prod: Cluster):
    """In the form's errors Slack draws no dates: the zone stands beside the time."""
    bot.cloud.add_snapshot(prod.ref.id, "Nightly-1")
    await fall_silent(bot)
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(Name="nightly-1")
    sent = await form.submit()
    (error,) = sent.errors.values()
    assert error == (
        "A snapshot with this name exists (names ignore case): Nightly-1, made on 23 November; "
        "the cloud hasn't answered since 14:05 UTC."
    )


async def test_the_confirmation_on_home_names_the_request(bot: Bot):
    """Approve on Home asks the same as on the card: name, cluster, who, and the request's id."""
    await bot.slack.user("ana").command_reply(CREATE)
    request = bot.newest()
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for(request.id)
    (approve,) = [e for b in home.target(ben).blocks for e in b.get("elements", ()) if e.get("confirm")]
    question = approve["confirm"]["text"]["text"]
    assert question.startswith(f"Create before-migration-42 of dwh-prod, asked by ana ({request.id})? It is a full")


async def test_a_silent_cloud_over_the_wire(tmp_path: Path):
    """The whole bot, a real database and the simulator: a cluster that isn't what it was isn't called available."""
    async with a_world(tmp_path, rate_limits=False) as world:
        await give_roles(world.environ, world.slack, {"ana": ["request"]}, cluster="dwh-dev")
        ana = world.user("ana")
        form = await ana.command("/snapshot")
        await form.enter("Cluster", "dwh-prod")
        await form.wait_for("🟢 Available")
        world.cloud.break_next("unavailable", times=99)
        clock = world.slack.site.workspace.clock
        assert isinstance(clock, MovableClock)
        async with httpx.AsyncClient(base_url=world.cloud.url, trust_env=False) as http:
            await http.patch("/_sim/clusters/dwh-prod", json={"sub_status": "READONLY"})
        clock.advance(HOURS)
        form = await ana.command("/snapshot")
        await form.wait_for("Choose a cluster to see how it is and who approves. The cloud hasn't answered since")
        await form.enter("Cluster", "dwh-prod")
        await form.wait_for("⚪ Available")
        assert "the cloud hasn't answered since" in form.text
        world.cloud.faults.clear()
        clock.advance(60)
        form = await ana.command("/snapshot")
        await form.wait_for("Choose a cluster")
        assert "hasn't answered" not in form.text
        await form.enter("Cluster", "dwh-prod")
        await form.wait_for("🔴 Read-only · ")
