"""What the card says of each answer of the cloud: whose move it is; and what happens next without anybody's help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio

from bot.app import running
from bot.config import Settings
from dws_sandbox import DwsSimulator
from slack_sandbox.app import App
from slack_sandbox.cards import Card
from slack_sandbox.sandbox import Sandbox
from snapshot_demo.clock import MovableClock
from tests.harness.running import World, environment, give_roles
from tests.harness.unhurried import UNHURRIED

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_ANSWERING = "The cloud isn't answering properly; checking whether the snapshot was made, then trying again."
LOGIN = (
    "The bot's login to the cloud was refused. An operator must renew it (`snapshot-bot doctor`); this request waits."
)
PERMISSION = (
    "The bot's cloud account may not create snapshots here (needs dws:openAPISnapshot:create). "
    "An operator must fix that; this request waits."
)
MAY_NOT_LOOK = (
    "The bot's cloud account may not look at clusters and snapshots here (needs dws:openAPISnapshot:list). "
    "An operator must fix that; this request waits."
)
GATEWAY = "The cloud's gateway refused the call: 400. An operator must look; this request waits."

Begin = Callable[[str], Awaitable[Card]]
Eventually = Callable[[Card, str], Awaitable[None]]
AvailableOnce = Callable[[Card, str], Awaitable[None]]


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    """The time of the bot, the cloud and Slack."""
    return MovableClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory, clock: MovableClock, database_in) -> AsyncIterator[World]:
    """One bot at its real pace, but for the half second in which it waits for an answer; a snapshot takes 20 s."""
    folder = tmp_path_factory.mktemp("statuses")
    sandbox = Sandbox(App(events=("app_home_opened", "user_change")), clock=clock, rate_limits=False, **UNHURRIED)
    async with DwsSimulator(clock=clock, snapshot_seconds=20.0) as cloud, sandbox as slack:
        environ = environment(slack, cloud, folder) | {
            "SNAPSHOT_BOT_DATABASE": database_in(folder),
            "SNAPSHOT_BOT_POLL_SECONDS": "15",
            "SNAPSHOT_BOT_SETTLE_SECONDS": "10",
            "SNAPSHOT_BOT_POST_TIMEOUT_SECONDS": "0.5",
        }
        await give_roles(environ, slack)
        # Longer than the clock is moved by at once, and shorter than anybody waits for a card.
        async with running(Settings.read(environ), environ, clock=clock, lease=25):
            await slack.wait_for_app()
            yield World(slack, cloud, environ)


@pytest_asyncio.fixture(loop_scope="module")
async def begin(world: World, clock: MovableClock) -> AsyncIterator[Begin]:
    """Let ana ask and ben approve; whatever is armed is disarmed after the test."""

    async def begun(name: str) -> Card:
        card = await world.ask("ana", name)
        clock.advance(5)  # what the bot has seen of the test before is too old by now
        await world.approve("ben", card)
        return card

    yield begun
    world.cloud.faults.clear()


@pytest.fixture
def eventually(clock: MovableClock) -> Eventually:
    """Let time pass, some seconds at a time, until a card says something."""

    async def says(card: Card, text: str) -> None:
        for _ in range(150):
            with suppress(TimeoutError):
                await card.wait_for(text, seconds=0.04)
                return
            clock.advance(18)
        raise AssertionError(f"it never says {text!r}, but: {card.text}")

    return says


def made(world: World, name: str) -> int:
    """Return how many snapshots the cloud has of this name."""
    return sum(s.name == name for s in world.cloud.project.snapshots.values())


@pytest.fixture
def is_available_once(world: World, eventually: Eventually) -> AvailableOnce:
    """Wait for the good end and check that there is exactly one snapshot."""

    async def check(card: Card, name: str) -> None:
        await eventually(card, "✅ *Available*")
        await card.wait_for_reply("is available")
        assert made(world, name) == 1
        assert card.buttons == ["Review…"]  # how long it is kept

    return check


# The requester's move


@pytest.mark.parametrize("variant", ["documented", "both", "empty"])
async def test_400_says_what_the_cloud_said_and_to_correct_it(world: World, begin: Begin, variant: str):
    """However the cloud words its 400: the card has its message, and the way to ask again."""
    world.cloud.break_next("bad_request", on="create", variant=variant)
    card = await begin(f"wrong-{variant}")
    await card.wait_for("❌ *Failed*")
    said = "no reason given" if variant == "empty" else "Invalid parameter"
    assert f"The cloud refused the request as wrong: {said}. Correct it and ask again." in card.text
    assert card.buttons == ["Ask again"]
    reply = await card.wait_for_reply("failed")
    assert "@ana" in reply.text
    assert made(world, f"wrong-{variant}") == 0


async def test_404_says_that_the_cluster_is_gone(world: World, begin: Begin):
    """The requester chooses another cluster."""
    world.cloud.break_next("not_found", on="create")
    card = await begin("gone-1")
    await card.wait_for("❌ *Failed*")
    assert "The cluster no longer exists in the cloud.\nChoose another one." in card.text
    assert "@ana" in (await card.wait_for_reply("failed")).text


async def test_unavailable_says_that_the_cloud_could_not_finish(world: World, begin: Begin, eventually: Eventually):
    """The cloud began and gave up: the requester asks again."""
    world.cloud.break_next("snapshot_fails")
    card = await begin("unfinished-1")
    await eventually(card, "❌ *Failed*")
    assert "The cloud started the snapshot but could not finish it." in card.text
    assert card.buttons == ["Ask again"]


# The operator's move


@pytest.mark.parametrize(
    ("fault", "options", "words"),
    [
        ("expired_token", {}, LOGIN),
        ("denied", {}, PERMISSION),
        ("bad_request", {"variant": "text"}, GATEWAY),  # no JSON: it isn't DWS that says so
    ],
    ids=["401", "403", "400 of a gateway"],
)
async def test_401_and_403_call_the_admin_once_and_go_on_by_themselves(
    world: World,
    begin: Begin,
    clock: MovableClock,
    is_available_once: AvailableOnce,
    fault: str,
    options: dict[str, Any],
    words: str,
):
    """The request waits and says for whom; once it is fixed nobody has to press anything."""
    name = f"operators-{fault}".replace("_", "-")
    world.cloud.break_next(fault, times=1000, on="create", **options)
    card = await begin(name)
    await card.wait_for("waiting for an operator")
    assert words in card.text
    call = await card.wait_for_reply(words)
    assert "@cleo" in call.text
    assert "@ana" not in call.text
    for _ in range(3):
        tries = world.cloud.calls.count("create")
        await until_called(world, clock, "create", tries + 1)
    assert made(world, name) == 0
    world.cloud.faults.clear()
    await is_available_once(card, name)
    assert sum("@cleo" in reply.text for reply in card.thread) == 1


@pytest.mark.parametrize(("fault", "words"), [("expired_token", LOGIN), ("denied", MAY_NOT_LOOK)], ids=["401", "403"])
async def test_401_and_403_of_the_list_are_the_operators_too(
    world: World, begin: Begin, eventually: Eventually, is_available_once: AvailableOnce, fault: str, words: str
):
    """A login that dies while the snapshot is being created: the admin is called, and the end is told later."""
    name = f"watching-{fault}".replace("_", "-")
    card = await begin(name)
    await card.wait_for("📸 *Creating*")
    world.cloud.break_next(fault, times=1000, on="list")
    await eventually(card, words)
    assert "openAPISnapshot:create" not in card.text
    assert "@cleo" in (await card.wait_for_reply(words)).text
    world.cloud.faults.clear()
    await is_available_once(card, name)
    assert sum("@cleo" in reply.text for reply in card.thread) == 1


async def until_called(world: World, clock: MovableClock, kind: str, count: int) -> None:
    """Let time pass until the cloud has had *count* calls of *kind*."""
    for n in range(1000):
        if world.cloud.calls.count(kind) >= count:
            return
        if n % 5 == 4:
            clock.advance(20)
        await asyncio.sleep(0.005)
    raise AssertionError(f"{world.cloud.calls.count(kind)} calls of {kind}, not {count}")


# Nobody's move


@pytest.mark.parametrize("fault", ["busy", "conflict"], ids=["403 busy", "409 busy"])
async def test_a_busy_cluster_is_waited_for(world: World, begin: Begin, is_available_once: AvailableOnce, fault: str):
    """The card says that it waits its turn, and nobody is called."""
    world.cloud.break_next(fault, times=3)
    card = await begin(f"busy-{fault}")
    await card.wait_for("dwh-prod is busy (another task); waiting its turn")
    await is_available_once(card, f"busy-{fault}")
    assert not any("@cleo" in reply.text for reply in card.thread)


UNCERTAIN: list[tuple[str, str, dict[str, Any]]] = [
    ("500", "server_error", {}),
    ("503", "unavailable", {}),
    ("502 HTML", "bad_gateway", {}),
    ("500 done", "server_error", {"acts": True}),
    ("504 done", "gateway_timeout", {}),
    ("dropped after", "drop_after", {}),
    ("half a JSON", "garbage", {}),
    ("error in 200", "error_in_200", {}),
    ("slow", "slow", {"seconds": 0.8}),
]


@pytest.mark.telling
@pytest.mark.parametrize(("case", "fault", "options"), UNCERTAIN, ids=[case[0] for case in UNCERTAIN])
async def test_an_answer_that_is_none_is_settled(
    world: World, begin: Begin, is_available_once: AvailableOnce, case: str, fault: str, options: dict[str, Any]
):
    """The card says that the bot checks and tries again; in the end there is one snapshot, and nobody was called."""
    name = "lost-" + case.replace(" ", "-")
    world.cloud.break_next(fault, on="create", **options)
    card = await begin(name)
    await card.wait_for(NOT_ANSWERING)
    assert "Sent to the cloud" in card.text
    await is_available_once(card, name)
    assert not any("@cleo" in reply.text for reply in card.thread)


async def test_a_snapshot_that_is_listed_late_is_the_requests_own(
    world: World, begin: Begin, is_available_once: AvailableOnce
):
    """Lost answer, and the list lags: the name that "exists" is ours, and is found once the list shows it."""
    world.cloud.break_next("drop_after")
    world.cloud.break_next("late_listing", seconds=150)
    card = await begin("lagging-1")
    await card.wait_for(NOT_ANSWERING)
    await is_available_once(card, "lagging-1")
    assert world.cloud.calls.all[-1].status == 200


async def test_429_is_waited_out(world: World, begin: Begin, clock: MovableClock, is_available_once: AvailableOnce):
    """The cloud did nothing and says when to come back; the bot does, and not before."""
    world.cloud.break_next("throttled", on="create", retry_after=100)
    card = await begin("throttled-1")
    await card.wait_for("delayed, trying again by itself")
    assert "The cloud wants to be asked less often; the bot waits and tries again by itself." in card.text
    assert "checking whether" not in card.text
    first = [c for c in world.cloud.calls.all if c.kind == "create"][-1]
    await is_available_once(card, "throttled-1")
    again = next(c for c in world.cloud.calls.all if c.kind == "create" and c.at > first.at)
    assert (again.at - first.at).total_seconds() >= 100


@pytest.mark.parametrize("fault", ["throttled", "drop_before", "garbage"])
@pytest.mark.parametrize("on", ["list", "clusters"])
async def test_a_cloud_that_fails_while_creating_only_delays_the_news(
    world: World, begin: Begin, eventually: Eventually, is_available_once: AvailableOnce, fault: str, on: str
):
    """The snapshot goes on without the bot, and the card says so; once the cloud answers again the result is told."""
    name = f"watched-{on}-{fault}".replace("_", "-")
    card = await begin(name)
    await card.wait_for("📸 *Creating*")
    world.cloud.break_next(fault, times=1000, on=on)
    await eventually(card, "The cloud isn't answering just now (since ")
    assert "; the snapshot goes on being made there." in card.text
    assert "trying again" not in card.text
    world.cloud.faults.clear()
    await is_available_once(card, name)
    assert not any("@cleo" in reply.text for reply in card.thread)


async def test_an_unknown_status_is_no_success(
    world: World, begin: Begin, clock: MovableClock, is_available_once: AvailableOnce
):
    """While the cloud says something that nobody documented, the card says Creating; the end is the cloud's word."""
    world.cloud.break_next("unknown_status", seconds=600)
    card = await begin("strange-1")
    await card.wait_for("📸 *Creating*")
    (snapshot,) = (s for s in world.cloud.project.snapshots.values() if s.name == "strange-1")
    clock.advance(30)
    looks = world.cloud.calls.count("list")
    await until_called(world, clock, "list", looks + 2)
    assert snapshot.status(clock.now()) == "VERIFYING"
    assert "Creating" in card.text
    await is_available_once(card, "strange-1")
    assert clock.now() >= snapshot.done_at
