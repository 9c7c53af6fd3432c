"""Text that attacks, from people, the cloud and Slack, wherever text comes in: it is text wherever it is shown."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from unittest.mock import patch

import pytest
import pytest_asyncio
from click.testing import CliRunner

from bot import log as logs
from bot.cli import cli
from dws_sandbox.model import SimSnapshot
from dws_sandbox.refusals import documented
from slack_sandbox.cards import Card
from slack_sandbox.sandbox import UserSession
from tests.harness.attacking_texts import (
    ATTACKING,
    IN_SHORT,
    wrongs_in_csv,
    wrongs_in_log,
    wrongs_in_slack,
    wrongs_in_terminal,
)
from tests.harness.figures import Figures
from tests.harness.lives import LONG_FORM
from tests.harness.running import World, a_world, give_roles, started

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPS, SHARED, OLD, DBA = "C00DWHOPS", "C0PARTNER", "C000000OLD", "S00000DBA"
FORBIDDEN = str.maketrans("", "", "!<>'=&\"")  # in descriptions, by the cloud's rules


@dataclass
class Attacked:
    """A world in which a text stands wherever one can, and what the bot made of it."""

    world: World
    log: io.StringIO
    clusters: dict[str, str] = field(default_factory=dict)  # ids of those that are called by a text
    places: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seen: int = 0

    def user(self, who: str) -> UserSession:
        """Return who is called *who* at the start, whatever they are called now."""
        return self.world.user({"cleo": "U0000CLEO"}.get(who, f"U00000{who.upper()}"))

    def note(self, where: str, found: Iterator[str]) -> None:
        """Keep what is wrong there."""
        self.places[where] += 1
        self.wrong += [f"{where}: {wrong:.400}" for wrong in found]

    def look_at_slack(self) -> None:
        """Judge all that the bot has sent there since the last look."""
        for exchange in self.world.slack.site.exchanges.list(after=self.seen, limit=500):
            self.seen = exchange["id"]
            sent = exchange["payload"] if exchange["direction"] == "app->slack" else exchange["answer"]
            if sent:
                self.note(exchange["what"], wrongs_in_slack(sent))

    async def typed(self, *args: str) -> str:
        """Run a command of the bot's and return what it printed."""
        run = CliRunner(env=dict(self.world.environ)).invoke
        done = await asyncio.to_thread(run, cli, list(args), prog_name="snapshot-bot")
        assert "Traceback" not in done.output, done.output
        if "--json" not in args and "csv" not in args:
            self.note(" ".join(args[:2]), wrongs_in_terminal(done.output))
        return done.stdout


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """The whole bot; its log is kept as a terminal or a file would get it."""
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    folder = tmp_path_factory.mktemp("attacked")
    async with a_world(folder, snapshot_seconds=0.1, rate_limits=False, start=False) as world:
        await give_roles(world.environ, world.slack, cluster="*")
        world.slack.app.scopes = (*world.slack.app.scopes, "usergroups:read")
        attacked = Attacked(world, io.StringIO())
        clusters = world.cloud.project.clusters
        prod = next(c for c in clusters.values() if c.name == "dwh-prod")
        for what, text in ATTACKING.items():
            attacked.clusters[what] = (cluster := replace(prod, id=str(uuid.uuid4()), name=text)).id
            clusters[cluster.id] = cluster
        logs.configure(level="DEBUG", stream=attacked.log)
        async with started(world):
            yield attacked
    root.handlers[:] = before[0]
    root.setLevel(before[1])


@pytest.mark.parametrize("what", IN_SHORT)
async def test_text_that_attacks_is_text_everywhere(attacked: Attacked, what: str):
    """In Slack, in the terminal, in a spreadsheet, in the log, in /status and /metrics; and no limit breaks."""
    found = await attack(attacked, what)
    assert not found, "\n".join(found[:8])


@LONG_FORM
@pytest.mark.kill
@pytest.mark.no_cover
@pytest.mark.timeout(600)
@pytest.mark.parametrize("what", ATTACKING)
async def test_each_text_alone_is_text_everywhere(attacked: Attacked, figures: Figures, what: str):
    """None hides behind another, or behind where the others are cut."""
    before = attacked.places.total()
    found = await attack(attacked, what)
    looks = attacked.places.total() - before
    figures.keep("Text that attacks", what, wrong=len(found), looks=looks, places=len(attacked.places))
    assert not found, "\n".join(found[:8])


async def attack(attacked: Attacked, what: str) -> list[str]:
    """Put a text wherever one can come in, look wherever it is shown, and return what is wrong."""
    text, world = ATTACKING[what], attacked.world
    ana, ben, bea, cleo = (attacked.user(who) for who in ("ana", "ben", "bea", "cleo"))
    project = world.cloud.project
    cluster = attacked.clusters[what]
    for person in (ana, ben, cleo):
        world.slack.site.workspace.person(person.id).name = text
        world.slack.admin.change_person(person.id, real_name=text)
    world.slack.site.workspace.channel(SHARED).name = text
    world.slack.site.workspace.channel(OLD).name = text
    group = world.slack.site.workspace.group(DBA)
    group.handle = group.name = text

    async def asked(name: str, description: str = "") -> Card:
        reply = await ana.command_reply(f"/snapshot create {cluster} {name} {description}", channel=OPS)
        assert "asks for" in reply.text, reply.text
        return await ben.channel(OPS).wait_for(name)

    name = f"a{uuid.uuid4().hex[:8]}"
    await ana.command_reply(f"/snapshot create {cluster} {text}", channel=OPS)
    await ana.command_reply(f"/snapshot create {text} {name}", channel=OPS)
    await ana.command_reply(f"/snapshot {text}", channel=OPS)
    await ana.command_reply(f"/snapshot create {cluster} {name} {text}", channel=SHARED)
    clean = re.sub(r"\s+", " ", text.translate(FORBIDDEN).encode("utf-8", "ignore").decode())[:250]
    made = await asked(f"{name}-made", clean)
    review = await ben.click_for_modal(made, "Review…")
    form = await ben.click_for_modal(review, "✔ Approve…")
    await form.enter("Comment", text[:250])
    assert not (await form.submit()).errors
    await made.wait_for("Available", seconds=60)
    declined = await asked(f"{name}-declined")
    form = await bea.click_for_modal(await bea.click_for_modal(declined, "Review…"), "✖ Decline…")
    await form.enter("Reason", text[:250])
    assert not (await form.submit()).errors
    await declined.wait_for("Declined", seconds=60)
    frozen = await cleo.command_reply(f"/snapshot freeze {cluster} for 8h {text}", channel=OPS)
    assert "frozen until" in frozen.text, frozen.text
    waits = await asked(f"{name}-waits")
    await attacked.typed("freezes")
    await cleo.command_reply(f"/snapshot unfreeze {cluster}", channel=OPS)
    with patch.object(project, "create_snapshot", side_effect=documented(400, "DWS.0001", text)):
        await world.approve(ben.id, waits)
        await waits.wait_for("Failed", seconds=60)
    await attacked.typed("grant", ana.id, cluster, "--role", "approve", "--reason", text)
    await attacked.typed("grant", DBA, cluster, "--role", "approve")
    await attacked.typed("rule", cluster, "--stage", f"1 of {DBA}", "--channel", OLD)
    attacked.look_at_slack()

    theirs = SimSnapshot(str(uuid.uuid4()), text, cluster, project.now(), 1.0, 5.0)  # of somebody in the console
    project.snapshots[theirs.id] = theirs
    for line in ("list", "status", "help", "audit", f"why {cluster}", f"list {cluster}", f"snapshots {cluster}"):
        await cleo.command_reply(f"/snapshot {line}", channel=OPS)
    await (await cleo.command("/snapshot admin", channel=OPS)).wait_for("Rights")
    form = await ana.command("/snapshot", channel=OPS)
    await form.search("Cluster", "")
    await form.enter("Cluster", f"default/{cluster}", search=cluster)
    await ana.home()
    await ben.home()
    attacked.look_at_slack()

    for args in (["requests"], ["grants"], ["rules"], ["audit", "show"], ["doctor"], ["access", "export"]):
        await attacked.typed(*args)
    attacked.note("export", wrongs_in_csv(await attacked.typed("audit", "export", "-", "--format", "csv")))
    for path in ("/status", "/metrics"):
        attacked.note(path, wrongs_in_terminal((await world.get(path)).text))
    attacked.note("log", wrongs_in_log(attacked.log.getvalue()))
    found, attacked.wrong = attacked.wrong, []
    return found
