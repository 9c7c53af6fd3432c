"""What people type wrong, in the form and on the command line: refused by its rule, and nothing typed is lost."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.admin import administering
from slack_sandbox.cards import Card, Modal
from slack_sandbox.records import StoredMessage
from slack_sandbox.sandbox import UserSession
from tests.harness.running import World, a_world, give_roles

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = "n" * 65
NAMES = [
    ("abc", "Too short: 3 characters, at least 4."),
    (LONG, "Too long: 65 characters, at most 64."),
    ("1abc", "Starts with a digit; the first character must be a letter."),
    ("-abc", "Starts with `-`; the first character must be a letter."),
    ("nächtlich", "`ä` isn't allowed: letters a–z, digits, - and _."),
    ("nightly.1", "`.` isn't allowed: letters a–z, digits, - and _."),
    (
        "nightly\u200b1",
        "An invisible character (zero-width space) after `nightly` isn't allowed: letters a–z, digits, - and _.",
    ),
    ("<!channel>", "`<`, `!` and `>` aren't allowed: letters a–z, digits, - and _."),
    ("nightly-1", "A snapshot with this name exists (names ignore case): Nightly-1, made on "),
]
DESCRIPTIONS = [(f"a{c}b", f"`{c}` isn't allowed in descriptions.") for c in "!<>'=&\""]
DESCRIPTIONS.append(("d" * 257, "Too long: 257 characters, at most 256."))
BLOCKED = [
    ("dwh-archive", "dwh-archive is read-only just now; snapshots need an available cluster."),
    ("dwh-new", "dwh-new is still being created just now; snapshots need an available cluster."),
    ("dwh-legacy", "dwh-legacy is frozen just now; snapshots need an available cluster."),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory, database_in) -> AsyncIterator[World]:
    """Ana may ask for clusters in every state."""
    folder = tmp_path_factory.mktemp("input")
    database = {"SNAPSHOT_BOT_DATABASE": database_in(folder)}
    async with a_world(folder, snapshot_seconds=0.2, rate_limits=False, environ=database) as running:
        for cluster, _ in BLOCKED:
            await give_roles(running.environ, running.slack, {"ana": ["request"]}, cluster=cluster)
        yield running


@pytest.fixture
def ana(world: World) -> UserSession:
    """The one who types."""
    return world.user("ana")


async def the_form(ana: UserSession, *, cluster: str = "dwh-prod", **answers: str) -> Modal:
    """Open the form, choose a cluster, and fill in the rest once the form has followed the choice."""
    modal = await ana.command("/snapshot")
    await modal.enter("Cluster", cluster)
    await modal.wait_for("approval")
    await modal.fill(**answers)
    return modal


async def kept(world: World) -> int:
    """Return how many requests there are."""
    async with administering(world.environ) as admin:
        return len(await admin.requests(only_open=False, limit=1000))


@pytest.mark.parametrize(("name", "words"), [*NAMES, ("my snapshot", "A space isn't allowed: letters a–z")])
async def test_a_wrong_name_in_the_form(world: World, ana: UserSession, name: str, words: str):
    """The error sits on the name, says the rule, and everything that was typed stays."""
    before = await kept(world)
    modal = await the_form(ana, Name=name, Description="typed by hand")
    result = await modal.submit()
    ((block, error),) = result.errors.items()
    assert block.startswith("name")
    assert error.startswith(words)
    assert modal.is_open
    assert (modal.value("Name"), modal.value("Description")) == (name, "typed by hand")
    assert await kept(world) == before
    await modal.close()


@pytest.mark.parametrize(("name", "words"), NAMES)
async def test_a_wrong_name_on_the_command_line(world: World, ana: UserSession, name: str, words: str):
    """The private answer names the field and the rule; markup in what was typed stays text."""
    before = await kept(world)
    reply = await ana.command_reply(f"/snapshot create dwh-prod {name}")
    assert reply.is_private
    assert f"*Name*: {words}" in reply.text
    assert "<!channel>" not in reply.body["text"]
    assert await kept(world) == before


@pytest.mark.parametrize(("description", "words"), DESCRIPTIONS, ids=[w[1] for w in DESCRIPTIONS])
async def test_a_wrong_description_in_the_form(world: World, ana: UserSession, description: str, words: str):
    """Each forbidden character is named, on the description, and the name stays."""
    modal = await the_form(ana, Name="never-kept", Description=description)
    result = await modal.submit()
    assert result.errors == {"description": words}
    assert (modal.value("Name"), modal.value("Description")) == ("never-kept", description)
    await modal.close()


@pytest.mark.parametrize(("description", "words"), DESCRIPTIONS, ids=[w[1] for w in DESCRIPTIONS])
async def test_a_wrong_description_on_the_command_line(world: World, ana: UserSession, description: str, words: str):
    """The same rule, the same words."""
    reply = await ana.command_reply(f"/snapshot create dwh-prod never-kept {description}")
    assert f"*Description*: {words}" in reply.text


async def test_odd_characters_in_a_description_are_filed_as_they_look(world: World, ana: UserSession):
    """A pasted text with tabs, breaks, invisible and decomposed characters: one clean line, in both ways to ask."""
    typed, filed = "\u200bfu\u0308r\u00a0Ana,\t\u202eOPS-42 👩🏽‍🚀\u3000", "für Ana, OPS-42 👩🏽‍🚀"
    modal = await the_form(ana, Name="odd-1", Description=f"{typed}\r\nnext\ud800")
    assert not (await modal.submit()).errors
    await ana.command_reply(f"/snapshot create dwh-prod odd-2 {typed}")
    async with administering(world.environ) as admin:
        kept = {r.name: r.description for r in await admin.requests(only_open=False, limit=1000)}
    assert (kept["odd-1"], kept["odd-2"]) == (f"{filed} next", filed)
    assert f"{filed} next" in (await ana.channel("dwh-ops").wait_for("odd-1")).text


async def test_every_mistake_is_told_at_once(world: World, ana: UserSession):
    """Name, description and cluster are wrong: three errors, not one after the other."""
    modal = await the_form(ana, cluster="dwh-archive", Name="1", Description="a=b")
    result = await modal.submit()
    assert {block.partition(":")[0] for block in result.errors} == {"cluster", "name", "description"}
    assert modal.value("Cluster").endswith(world.cloud.cluster_id("dwh-archive"))
    await modal.close()
    reply = await ana.command_reply("/snapshot create dwh-archive 1 a=b")
    assert all(f"*{field}*:" in reply.text for field in ("Cluster", "Name", "Description"))


@pytest.mark.parametrize(("cluster", "words"), BLOCKED)
async def test_a_cluster_that_can_have_no_snapshot(world: World, ana: UserSession, cluster: str, words: str):
    """Read-only, being created, frozen: the cluster's error says which, in both places."""
    modal = await the_form(ana, cluster=cluster, Name="never-kept")
    assert (await modal.submit()).errors == {"cluster": words}
    await modal.close()
    assert f"*Cluster*: {words}" in (await ana.command_reply(f"/snapshot create {cluster} never-kept")).text


async def test_a_cluster_that_nobody_knows(world: World, ana: UserSession):
    """A name without a cluster, or an option that the form never offered: refused, and nothing is kept."""
    reply = await ana.command_reply("/snapshot create nosuch never-kept")
    assert "*Cluster*: There is no cluster called nosuch that you may ask for." in reply.text
    modal = await the_form(ana, Name="never-kept")
    ids = modal.find("Cluster", ana)
    modal.shown.values[ids]["selected_option"]["value"] = "default/00000000-0000-4000-8000-000000000000"
    result = await modal.submit()
    assert result.errors == {"cluster": "There is no such cluster that you may ask for. @cleo can give you that right."}
    modal.shown.values[ids]["selected_option"]["value"] = "no cluster at all"
    assert (await modal.submit()).errors == {"cluster": "Choose a cluster."}
    await modal.close()


async def test_a_name_that_waits_already(world: World, ana: UserSession):
    """Another open request has the name, in another case: refused in both places."""
    await world.ask("ana", "Taken-1")
    words = "Another open request asks for a snapshot with this name"
    modal = await the_form(ana, Name="TAKEN-1")
    ((block, error),) = (await modal.submit()).errors.items()
    assert block.startswith("name")
    assert words in error
    await modal.close()
    assert words in (await ana.command_reply("/snapshot create dwh-prod taken-1")).text


async def test_a_corrected_form_is_kept(world: World, ana: UserSession):
    """After the error the same modal, corrected, is accepted."""
    modal = await the_form(ana, Name="1bad", Description="kept all along")
    assert (await modal.submit()).errors
    await modal.fill(Name="corrected-1")
    assert not (await modal.submit()).errors
    card = await ana.channel("dwh-ops").wait_for("corrected-1")
    assert "kept all along" in card.text


def as_it_was(card: Card, user: UserSession) -> tuple[StoredMessage, str, str]:
    """Return the card with its Approve button, as a screen that wasn't refreshed still has it."""
    return copy.deepcopy(card.target(user)), *card.find("Approve", user)


async def late_answer(world: World, who: str, was: tuple[StoredMessage, str, str]) -> str:
    """Let *who* press the button of a card from before; return what they are told."""
    user = world.user(who)
    seen = user._looks()
    outcome = await world.slack.clients.act(user.id, *was)
    assert outcome.status == "ok"
    return (await user._private(seen, 5.0)).text


@pytest.mark.telling
async def test_a_click_that_comes_too_late_is_answered(world: World, ana: UserSession):
    """Approved, declined or withdrawn meanwhile: the late one hears by whom, and nothing changes."""
    ben, bea = world.user("ben"), world.user("bea")

    approved = await world.ask("ana", "late-1")
    was = as_it_was(approved, bea)
    await world.approve("ben", approved)
    await approved.wait_for("Available", seconds=60)
    assert "Already approved by @ben" in await late_answer(world, "bea", was)
    assert "Already approved by @ben" in await late_answer(world, "ben", was)

    declined = await world.ask("ana", "late-2")
    was = as_it_was(declined, bea)
    form = await ben.click_for_modal(await ben.click_for_modal(declined, "Review…"), "✖ Decline…")
    await form.enter("Reason", "not tonight")
    await form.submit()
    assert "Already declined by @ben" in await late_answer(world, "bea", was)

    withdrawn = await world.ask("ana", "late-3")
    was = as_it_was(withdrawn, bea)
    await ana.click(await ana.click_for_modal(withdrawn, "Review…"), "Withdraw")
    assert "Already withdrawn by @ana" in await late_answer(world, "bea", was)


async def test_a_withdrawal_that_comes_too_late_is_answered(world: World, ana: UserSession):
    """The review modal is still open when the cloud has been asked: withdrawing says so, and the snapshot is made."""
    card = await world.ask("ana", "late-4")
    review = await ana.click_for_modal(card, "Review…")
    await world.approve("ben", card)
    await card.wait_for("Available", seconds=60)
    await ana.click(review, "Withdraw")
    modal = await ana.wait_for_modal("Already approved by @ben")
    await modal.close()
    assert "Available" in card.text
