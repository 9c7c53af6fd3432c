"""One door for both transports: what Slack sends is understood as a whole, and nonsense is refused in good order."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.admin import administering
from bot.slack.door.http_mode import SlackHttp
from bot.slack.door.socket_mode import SocketMode
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox
from tests.harness.figures import Figures
from tests.harness.lives import LONG_FORM, SEED
from tests.harness.nonsense import MARK, NONSENSE, Failures, Recorded, kind_of, replaced, values, written
from tests.harness.running import a_world
from tests.harness.signed import send

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = "application/json"
DELIVERIES = 10_000  # by each way in
WARMED_UP = 2_000  # of them, after which the memory may not grow
GROWTH = 64 * 2**20  # bytes, with the sandbox's Slack and what it remembers


@pytest.fixture(scope="module")
def failures() -> Failures:
    """What goes wrong while the tests of this module run."""
    handler = Failures()
    logging.getLogger().addHandler(handler)
    return handler


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["socket", "http"])
async def bot(request: pytest.FixtureRequest, failures: Failures) -> AsyncIterator[Bot]:
    """The bot behind either door: ana may ask for dwh-prod, ben approves it."""
    async with bot_in_sandbox(http=request.param == "http", rights=ON_PROD, rate_limits=False) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(bot: Bot) -> Recorded:
    """One delivery of every kind and of every listener, as the sandbox's Slack sends them."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    if bot.slack.app.request_url:  # else the first event would wait for it
        assert await bot.slack.site.transport.set_request_url(bot.slack.app.request_url) == ""
    await ana.command_reply("/snapshot create dwh-prod recorded-1 Before the migration")
    form = await ana.command("/snapshot")
    await form.search("Cluster", "dwh")
    await form.fill(Cluster="dwh-prod", Name="recorded-2", Description="By the form")
    await bot.idle()
    assert (await form.submit()).errors == {}
    await (await ana.shortcut("snapshot")).close()
    await bot.tell()
    card = await ben.channel("dwh-ops").wait_for("recorded-2")
    deciding = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✔ Approve…")
    await deciding.enter("Comment", "fine")
    await deciding.submit()
    card = await ben.channel("dwh-ops").wait_for("recorded-1")
    deciding = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✖ Decline…")
    await deciding.enter("Reason", "not tonight")
    await deciding.submit()
    await bot.tell()
    await (await ana.click_for_modal(card, "Ask again")).close()
    await ben.home()
    await bot.idle()
    exchanges = [e for e in bot.slack.site.exchanges.list(limit=500) if e["direction"] == "slack->app"]
    sent = [e["payload"] for e in exchanges if e["what"] != "url_verification"]  # by nobody, and before the rest
    user = {"id": ana.id, "team_id": "T0000ACME", "name": "ana", "deleted": False, "profile": {"display_name": "ana"}}
    home = next(p for p in sent if p.get("type") == "event_callback")
    return Recorded([*sent, {**home, "event": {"type": "user_change", "user": user, "event_ts": "1.2"}}])


async def over_http(bot: Bot, envelope: str, marked: dict[str, Any], text: str, nonsense: str) -> int:
    """Send it signed and return the status."""
    if envelope == "events_api":
        return (await send(bot, text, content_type=JSON))[0]
    if envelope == "interactive":
        return (await send(bot, "payload=" + quote_plus(text)))[0]
    try:
        value = json.loads(nonsense or '""')
    except (ValueError, RecursionError):
        value = nonsense
    form = {k: (value if isinstance(value, str) else nonsense) if v == MARK else v for k, v in marked.items()}
    return (await send(bot, urlencode(form, errors="surrogatepass")))[0]


async def over_socket(bot: Bot, envelope: str, text: str) -> None:
    """Send it in a frame and return once it was dealt with; an event must be acknowledged, or Slack sends it again."""
    (connection,) = bot.slack.site.sockets._connections
    before, envelope_id = len(bot.delivered), str(uuid.uuid4())
    acknowledged = connection.waiting[envelope_id] = asyncio.get_running_loop().create_future()
    head = {"envelope_id": envelope_id, "type": envelope, "accepts_response_payload": True, "payload": MARK}
    await connection.socket.send_str(written(head).replace(f'"{MARK}"', text))
    socket = bot.door.transport
    assert isinstance(socket, SocketMode)
    async with asyncio.timeout(60):
        while len(bot.delivered) == before or socket._under_way:  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.001)
        if envelope == "events_api":
            await acknowledged
    del connection.waiting[envelope_id]


@settings(derandomize=True)
@given(
    which=st.integers(0, 10_000),
    way=st.lists(st.integers(0, 10_000), min_size=0, max_size=9),
    what=st.integers(0, len(NONSENSE) - 1) | values,
)
async def test_whatever_stands_anywhere_in_a_delivery_it_is_answered(
    bot: Bot, recorded: Recorded, failures: Failures, which: int, way: list[int], what: int | str
):
    """One value replaced by any other: below 500 over HTTP, an event acknowledged over the socket, and no traceback."""
    nonsense = NONSENSE[what] if isinstance(what, int) else what
    failures.seen.clear()
    _, answer = await delivered(bot, recorded[which % len(recorded)], way, nonsense)
    assert 200 <= answer < 500
    await bot.idle()
    assert failures.seen == []


async def delivered(bot: Bot, delivery: dict[str, Any], way: list[int], nonsense: str) -> tuple[str, int]:
    """Deliver it with *nonsense* where *way* leads; return the envelope, and the status, which a socket hasn't: 200."""
    if "event_id" in delivery:
        delivery = {**delivery, "event_id": f"Ev{uuid.uuid4().hex}"}
    envelope = kind_of(delivery)
    marked, text = replaced(delivery, way, nonsense)
    if isinstance(bot.door.transport, SocketMode):
        await over_socket(bot, envelope, text)
        return envelope, 200
    return envelope, await over_http(bot, envelope, marked, text, nonsense)


@LONG_FORM
@pytest.mark.kill
@pytest.mark.no_cover
@pytest.mark.timeout(3600)
async def test_ten_thousand_deliveries_with_nonsense_are_answered(
    bot: Bot, recorded: Recorded, failures: Failures, figures: Figures
):
    """The same by the ten thousand: every status below 500, no traceback, and the memory ends where it began."""
    chance, kinds, answers = random.Random(SEED), Counter[str](), Counter[int]()
    failures.seen.clear()
    before = 0
    for number in range(DELIVERIES):
        if number == WARMED_UP:
            before = resident()
        way = [chance.randrange(10_000) for _ in range(chance.randrange(10))]
        envelope, answer = await delivered(bot, chance.choice(recorded), way, chance.choice(NONSENSE))
        kinds[envelope] += 1
        answers[answer] += 1
        if number % 100 == 0:
            await bot.idle()
            tidy(bot)
    await bot.idle()
    grown = resident() - before
    wrong = len(failures.seen) + sum(n for status, n in answers.items() if status >= 500) + (grown > GROWTH)
    figures.keep(
        "The door",
        f"{'socket' if isinstance(bot.door.transport, SocketMode) else 'HTTP'}, nonsense in one place (seed {SEED})",
        wrong=wrong,
        **{f"{kind}_deliveries": n for kind, n in kinds.items()},
        **{f"answers_{status}": n for status, n in sorted(answers.items())},
        tracebacks=len(failures.seen),
        MB_grown=round(grown / 2**20, 1),
    )
    assert wrong == 0, failures.seen[:5]


def resident() -> int:
    """Return how many bytes of this process are in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def tidy(bot: Bot) -> None:
    """Forget what the fakes and the sandbox, and not the bot, keep of each delivery."""
    bot.delivered.clear()
    bot.store.log.clear()
    for screen in bot.slack.site.client_states._states.values():
        screen.stack.clear()
        screen.notices.clear()
    for channel in bot.slack.site.workspace.channels.values():
        channel.private_messages.clear()


async def test_what_a_person_sent_and_nobody_understood_is_not_acknowledged(bot: Bot, recorded: Recorded):
    """An empty answer would close the form as if it had been kept: Slack says that it went wrong, over either door."""
    form = next(d for d in recorded if d.get("type") == "view_submission" and d["view"]["callback_id"] == "request")
    broken = {**form, "view": {**form["view"], "id": "V0NEWFORM", "state": {"values": [1]}}}
    kept = len(bot.store.requests)
    if isinstance(bot.door.transport, SlackHttp):
        answer = await bot.slack.send("interactive", broken)
        assert (answer.status, answer.http_status, answer.body) == ("http_error", 400, {"error": "malformed body"})
    else:
        (connection,) = bot.slack.site.sockets._connections
        connection.waiting["broken"] = asyncio.get_running_loop().create_future()
        frame = {"envelope_id": "broken", "type": "interactive", "accepts_response_payload": True, "payload": broken}
        await connection.socket.send_json(frame)
        assert (await bot.slack.user("ana").command_reply("/snapshot help")).is_private  # answered, after it
        assert not connection.waiting.pop("broken").done()
    assert "malformed" in bot.delivered
    assert len(bot.store.requests) == kept


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"type": "app_home_opened", "user": ["U00000ANA"]}, 400),
        ({"type": "user_change", "user": "U00000ANA"}, 400),
        ("app_home_opened", 400),
        ({"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}}, 200),
        ({"type": "member_joined_channel", "user": 5}, 200),
    ],
)
async def test_every_event_is_acknowledged_over_the_socket(bot: Bot, recorded: Recorded, event: Any, status: int):
    """Slack delivers again what isn't taken, so an event of no use is; over HTTP one that makes no sense is a 400."""
    home = next(d for d in recorded if d.get("type") == "event_callback")
    answer = await bot.slack.send("events_api", {**home, "event": event, "event_id": f"Ev{uuid.uuid4().hex}"})
    over_http = ("ok" if status == 200 else "http_error", status)
    expected = ("ok", None) if isinstance(bot.door.transport, SocketMode) else over_http
    assert (answer.status, answer.http_status) == expected


async def test_slack_may_say_that_it_keeps_events_back(bot: Bot):
    """`app_rate_limited` is taken, and an operator can read of it."""
    body = {"type": "app_rate_limited", "team_id": "T0000ACME", "api_app_id": "A00000APP", "minute_rate_limited": 1518}
    with capture_logs() as logs:
        assert (await bot.slack.send("events_api", body)).status == "ok"
    assert [e["event"] for e in logs] == ["delivery.events_kept_back"]


@pytest.mark.parametrize("bot", ["socket"], indirect=True)
async def test_a_frame_that_is_no_json_is_noted_and_no_more(bot: Bot, failures: Failures):
    """Slack's client library would write it out with a traceback; the next delivery is taken as ever."""
    (connection,) = bot.slack.site.sockets._connections
    failures.seen.clear()
    frames = [
        '{"envelope_id": "x", "type"',
        "{" * 5_000,
        '{"type": 5}',
        "",
        "ping",
        "[]",
        "{}",
        '{"x": "' + "y" * 2**20 + '"}',
    ]
    with capture_logs() as logs:
        for frame in frames:
            await connection.socket.send_str(frame)
        assert (await bot.slack.user("ana").command_reply("/snapshot help")).is_private
    assert [e["why"] for e in logs if e["event"] == "delivery.malformed"] == [
        "no JSON (JSONDecodeError)",
        "no JSON (JSONDecodeError)",
        "too large",
    ]
    assert failures.seen == []


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_half_a_character_in_a_comment_or_reason_is_no_hindrance(tmp_path: Path, http: bool):
    """The database holds no lone surrogate: the decision is kept, with the rest of what was typed."""
    async with a_world(tmp_path, http=http) as world:
        for who, label, field, ends in (
            ("ben", "✔ Approve…", "Comment", "Available"),
            ("bea", "✖ Decline…", "Reason", "Declined"),
        ):
            card = await world.ask("ana", f"half-{field.lower()}")
            review = await world.user(who).click_for_modal(card, "Review…")
            deciding = await world.user(who).click_for_modal(review, label)
            await deciding.enter(field, "not \ud83dtonight\0")
            result = await deciding.submit()
            assert (result.errors, result.outcome.status) == ({}, "ok")
            await card.wait_for(ends, seconds=60)
        async with administering(world.environ) as admin:
            words = [request.words for request in await admin.requests(only_open=False, limit=10)]
        assert words == ["not tonight", "not tonight"]
