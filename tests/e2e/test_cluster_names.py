"""Clusters of any name and number: every surface shows them as text, and Slack's limits hold."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dws_sandbox import DwsSimulator
from dws_sandbox.seeds import seed_clusters
from slack_sandbox import App, Sandbox
from tests.harness.running import World, environment, give_roles, started
from tests.harness.unhurried import UNHURRIED

HOSTILE = (
    "<!channel> & <https://evil.example|dwh-prod>",
    "*a*_b_~c~`d`",
    "😀" * 64,
    "x" * 300,
    "<@U00000BEN>",
    "dwh\n\u202eprod\u200b",
    "",
)


@asynccontextmanager
async def a_cloud_of(names: Sequence[str], folder: Path) -> AsyncIterator[World]:
    """Run the bot against a cloud with clusters called *names*; ana asks and ben approves everywhere."""
    (seed, *_) = seed_clusters(datetime.now(UTC))
    clusters = [replace(seed, id=str(uuid.uuid4()), name=name) for name in names]
    app = App(events=("app_home_opened", "user_change"))
    async with (
        DwsSimulator(snapshot_seconds=0.2, clusters=clusters, snapshots=[]) as cloud,
        Sandbox(app, **UNHURRIED) as slack,
    ):
        world = World(slack, cloud, environment(slack, cloud, folder))
        await give_roles(world.environ, slack, {"ana": ["request"], "ben": ["approve"]}, cluster="*")
        async with started(world):
            yield world


async def test_hostile_names_are_text_from_the_form_to_the_result(tmp_path: Path):
    """No name mentions anybody, links anywhere, or keeps its request from being asked, decided, made and told."""
    async with a_cloud_of(HOSTILE, tmp_path) as world:
        ana, ben = world.user("ana"), world.user("ben")
        form = await ana.command("/snapshot")
        offered = await form.search("Cluster", "")
        assert len(offered) == len(HOSTILE)
        assert all(0 < len(name) <= 75 and name.isprintable() for name in offered)
        for number, cluster in enumerate(world.cloud.project.clusters):
            assert "R-" in (await ana.command_reply(f"/snapshot create {cluster} named-{number}")).text
        assert "named-" in (await ana.command_reply("/snapshot status")).text
        assert (await ana.command_reply("/snapshot list")).text.count("named-") == len(HOSTILE)
        assert "Ask for a snapshot of" in (await ana.command_reply("/snapshot help")).text
        home = await ben.home()
        await home.wait_for(f"named-{len(HOSTILE) - 1}")
        for number in range(len(HOSTILE)):
            card = await ben.channel("dwh-ops").wait_for(f"asks for `named-{number}`")
            review = await ben.click_for_modal(card, "Review…")
            assert review.title.startswith("Review R-")
            await review.close()
            await ben.click(card, "Approve")
            await card.wait_for("Available", seconds=60)
            result = await card.wait_for_reply("is available")
            for said in (card.body, result.body):
                parsed = re.sub(r"'accessibility_label': ('[^']*'|\"[^\"]*\")", "", str(said))  # labels are plain text
                assert "<!channel>" not in parsed
                assert "<https:" not in parsed
                assert "<@U00000BEN>" not in str(said["text"]).partition("snapshot of")[2].partition("(R-")[0]
        assert ana.notices == []


async def test_two_hundred_clusters_can_all_be_chosen(tmp_path: Path):
    """The list says that it shows the first hundred; typing a part of a name finds the others."""
    async with a_cloud_of([f"dwh-{n:03}" for n in range(200)], tmp_path) as world:
        form = await world.user("ana").command("/snapshot")
        assert len(await form.search("Cluster", "")) == 100
        answers = [e["answer"] for e in world.slack.site.exchanges.list() if e["what"] == "block_suggestion"]
        assert "The first 100 of 200: type a part of the name" in str(answers[-1])
        assert await form.search("Cluster", "dwh-15") == [f"dwh-15{n}" for n in range(10)]
        await form.enter("Cluster", "dwh-187")
        await form.enter("Name", "the-187th")
        assert not (await form.submit()).errors
        card = await world.user("ben").channel("dwh-ops").wait_for("the-187th")
        assert "dwh-187" in card.text
