"""The signed door: what Slack sends gets through, and nothing else does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import quote_plus, urlencode

import aiohttp
import pytest

from bot.core.errors import StoreUnavailable
from bot.core.phrase import as_told
from bot.core.request import State
from bot.slack.door import http_mode
from slack_sandbox.transport import Forgery
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox
from tests.harness.signed import send

FORM = "application/x-www-form-urlencoded"
COMMAND = {
    "command": "/snapshot",
    "text": "help",
    "team_id": "T0000ACME",
    "user_id": "U00000ANA",
    "channel_id": "C00DWHOPS",
    "api_app_id": "A00000APP",
    "trigger_id": "1.2.3",
}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """The bot behind HTTP: ana may ask for dwh-prod, ben approves it."""
    async with bot_in_sandbox(http=True, rights=ON_PROD) as running:
        yield running


async def test_the_whole_path_over_http(bot: Bot):
    """Command, form, options, submission, card and approval work over signed HTTP as over the socket."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert (await form.submit()).errors == {}
    await bot.tell()
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    reply = await ben.click_for_reply(card, "Approve")
    assert "You approved" in reply.text
    assert bot.newest().state is State.APPROVED


async def test_a_command_may_hold_the_word_payload(bot: Bot):
    """Bolt takes a form that holds the word "payload" for interactivity and drops it; we don't."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod new-payload-limits the payload limits")
    assert bot.newest().name == "new-payload-limits"


@pytest.mark.parametrize("forgery", ["stale", "future", "bad_signature", "wrong_secret", "unsigned", "bad_timestamp"])
async def test_a_forged_request_is_401(bot: Bot, forgery: Forgery):
    """What isn't provably Slack's, and recent, reaches no listener."""
    status, _ = await bot.slack.forge(forgery, COMMAND)
    assert status == 401
    assert bot.delivered == []


async def test_a_replayed_request_is_401(bot: Bot):
    """The same signature within the window is a copy, no matter who sends it."""
    await bot.slack.user("ana").command_reply("/snapshot help")
    status, _ = await bot.slack.forge("replayed")
    assert status == 401
    assert bot.delivered == ["command"]


@pytest.mark.parametrize(
    ("at", "signature"),
    [
        ("", None),
        ("-1", None),
        ("1e9", None),
        ("9" * 400, None),
        (None, "v0="),
        (None, "v0=" + "é" * 64),
        (None, "v1=" + "0" * 64),
    ],
)
async def test_malformed_headers_are_401(bot: Bot, at: str | None, signature: str | None):
    """Headers that no Slack sends are refused before any arithmetic; Bolt alone would answer 500."""
    status, _ = await send(bot, urlencode(COMMAND), at=at, signature=signature)
    assert status == 401


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("payload=notjson", FORM, 400),
        ("payload=" + quote_plus("[1]"), FORM, 400),
        ("payload=" + quote_plus(json.dumps({"type": "view_submission", "view": {}})), FORM, 400),
        ("nothing=here", FORM, 400),
        ("", FORM, 400),
        ("not json", "application/json", 400),
        ("[]", "application/json", 400),
        ("<a/>", "text/xml", 415),
        ("payload=%5B1%5D&payload=%7B%7D", FORM, 400),
        (urlencode(COMMAND) + "&user_id=U00000BEN", FORM, 400),
        (urlencode(COMMAND) + "&a=1" * 100, FORM, 400),
        (urlencode(COMMAND) + "&x=%ED%A0%80", FORM, 400),
        ("\ufeff" + urlencode(COMMAND), FORM, 400),
        ("\ufeff{}", "application/json", 400),
        ("{" * 100_000, "application/json", 400),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "application/json", 400),
        ("payload=" + quote_plus("[" * 5_000 + "]" * 5_000), FORM, 400),
        (b"\xff\xfe", FORM, 401),
    ],
)
async def test_a_signed_body_that_slack_never_sends_is_refused(
    bot: Bot, body: str | bytes, content_type: str, expected: int
):
    """Right signature, wrong body: an error of the 400s, never a 500."""
    status, _ = await send(bot, body, content_type=content_type)
    assert status == expected
    assert bot.delivered == (["malformed"] if expected == 400 else [])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Type": f"{FORM}; charset=utf-8"}, 200),
        ({"Content-Type": f"{FORM.upper()};charset=UTF-8"}, 200),
        ({"Content-Type": FORM, "Content-Encoding": "gzip"}, 200),
        ({"Content-Type": FORM, "Content-Encoding": "br"}, 200),
        ({"Content-Type": FORM, "X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "x"}, 200),
        ({"Content-Type": ""}, 415),
    ],
)
async def test_what_other_headers_say_changes_nothing(bot: Bot, headers: dict[str, str], expected: int):
    """The signature is over the bytes as they came: nothing is unpacked, and no header but three is looked at."""
    status, _ = await send(bot, urlencode(COMMAND), headers=headers)
    assert status == expected


async def test_a_body_that_breaks_off_is_no_fault_of_ours(bot: Bot, caplog: pytest.LogCaptureFixture):
    """A client that hangs up in the middle leaves no traceback."""
    assert bot.slack.app.request_url
    port = int(bot.slack.app.request_url.split(":")[2].partition("/")[0])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 9\r\n\r\na=".encode()
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await bot.slack.user("ana").command_reply("/snapshot help")).is_private  # what came before is done with
    assert "Traceback" not in caplog.text


async def test_a_body_that_comes_too_slowly_is_408(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Slack waits three seconds for the answer: what isn't there by then is of no use."""
    monkeypatch.setattr(http_mode, "_READING", 0.05)
    stop = asyncio.Event()

    async def slow():
        yield b"a"
        await stop.wait()
        yield b"b"

    assert bot.slack.app.request_url
    async with (
        aiohttp.ClientSession() as http,
        http.post(bot.slack.app.request_url, data=slow(), headers={"Content-Type": FORM}) as answer,
    ):
        assert answer.status == 408
        stop.set()
    assert bot.delivered == []


async def test_a_body_over_a_mebibyte_is_413(bot: Bot):
    """No more than Slack ever sends is read, whatever length is announced."""
    status, _ = await send(bot, b"a" * (1024 * 1024 + 1))
    assert status == 413

    async def endless():
        for _ in range(40):
            yield b"a" * 64 * 1024

    assert bot.slack.app.request_url
    async with (
        aiohttp.ClientSession() as http,
        http.post(bot.slack.app.request_url, data=endless(), headers={"Content-Type": FORM}) as answer,
    ):
        assert answer.status == 413


async def test_slack_may_check_the_address(bot: Bot):
    """url_verification gets its challenge back; ssl_check, which is unsigned, gets an empty 200."""
    body = json.dumps({"type": "url_verification", "challenge": "c123", "token": "t"})
    status, text = await send(bot, body, content_type="application/json")
    assert (status, json.loads(text)) == (200, {"challenge": "c123"})
    assert await send(bot, "ssl_check=1&token=t", signature="v0=" + "0" * 64) == (200, "")


@pytest.mark.parametrize("hangs", [False, True], ids=["fails", "hangs"])
async def test_a_store_that_fails_leaves_nobody_without_words(bot: Bot, monkeypatch: pytest.MonkeyPatch, hangs: bool):
    """A person is answered, since what can't be saved says so itself; an event, which Slack delivers again, is 503."""

    async def broken(*args: object) -> bool:
        if hangs:
            await asyncio.Event().wait()
        raise StoreUnavailable("disk full", phrase=as_told("Nothing was saved."))

    monkeypatch.setattr(bot.store, "first_time", broken)
    status, words = await send(bot, urlencode(COMMAND))
    assert (status, "What you can do now" in words) == (200, True)
    event = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": "T0000ACME",
        "event": {"type": "user_change", "user": {"id": "U1"}},
    }
    status, _ = await send(bot, json.dumps(event), content_type="application/json")
    assert status == 503


async def test_a_delivery_that_no_listener_wants_is_404(bot: Bot):
    """A kind of delivery that the bot never asked for is no fault of the door; Slack is told that nobody took it."""
    payload = {
        "type": "dialog_submission",
        "user": {"id": "U00000ANA", "team_id": "T0000ACME"},
        "team": {"id": "T0000ACME"},
        "api_app_id": "A00000APP",
        "callback_id": "nobody",
    }
    status, _ = await send(bot, "payload=" + quote_plus(json.dumps(payload)))
    assert status == 404


async def test_bolt_writes_no_bodies_to_the_log(bot: Bot, caplog: pytest.LogCaptureFixture):
    """A refused signature leaves no body and no signature in the log."""
    with caplog.at_level("INFO"):
        await send(bot, urlencode({**COMMAND, "text": "very private"}), secret="another")
        await send(bot, urlencode({**COMMAND, "text": "very private"}))
    assert "private" not in caplog.text
    assert "v0=" not in caplog.text
