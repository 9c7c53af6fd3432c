"""Posting: the fake and the real messenger keep the same promises; every failure of Slack's has its meaning."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import web
from slack_sdk import errors as sdk
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

pytest.register_assert_rewrite("tests.harness.contract_messenger")

from bot.clients import HttpClients  # noqa: E402
from bot.core.errors import SlackRefused, SlackUnavailable  # noqa: E402
from bot.core.ids import MessageRef, UserId  # noqa: E402
from bot.core.loudness import Loudness  # noqa: E402
from bot.core.message import CARD, OPERATOR, RESULT  # noqa: E402
from bot.core.person import Standing  # noqa: E402 -- the asserts of the suite are to explain themselves
from bot.core.request import State  # noqa: E402
from bot.ports import People  # noqa: E402
from bot.slack.outbound.calls import as_unavailable, call  # noqa: E402
from bot.slack.outbound.messenger import SlackMessenger  # noqa: E402
from slack_sandbox import App, Sandbox  # noqa: E402
from slack_sandbox.faults import SlackFault  # noqa: E402
from tests.fakes.slack import FakeMessenger, FakePeople  # noqa: E402
from tests.fakes.store import FakeStore  # noqa: E402
from tests.harness.contract_messenger import CLOSED, FACTS, LONG_AGO, OPS, MessengerContract  # noqa: E402
from tests.harness.facts import facts_of, in_state  # noqa: E402

SCOPES = ("chat:write", "chat:write.public", "channels:history", "groups:history", "users:read")


class FakeSide:
    """The fake."""

    def __init__(self) -> None:
        self.messenger = FakeMessenger(closed={CLOSED})

    def lose_the_next_answer(self) -> None:
        self.messenger.lost_with.append(SlackUnavailable("no answer", maybe_done=True))

    def delete(self, ref: MessageRef) -> None:
        self.messenger.delete(ref)

    def posted(self) -> int:
        return len(self.messenger.posts)


class RealSide:
    """The real one in front of the sandbox."""

    def __init__(self, slack: Sandbox, http: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.web = HttpClients().web(slack.app.bot_token, base_url=slack.api_url, session=http)
        self.messenger = SlackMessenger(self.web, store=FakeStore(), bot_id=slack.app.bot_id)

    def lose_the_next_answer(self) -> None:
        self.slack.site.faults.add(SlackFault("drop_after", method="chat.postMessage"))

    def delete(self, ref: MessageRef) -> None:
        self.slack.admin.delete_message(ref.channel, ref.ts)

    def posted(self) -> int:
        return len(self.slack.user("ana").channel("dwh-ops").messages)


class TestFakeMessenger(MessengerContract):
    """The fake that other tests use."""

    @pytest.fixture
    def side(self) -> FakeSide:
        """An empty fake Slack."""
        return FakeSide()


class TestSlackMessenger(MessengerContract):
    """The Web API."""

    @pytest.fixture
    async def side(self) -> AsyncIterator[RealSide]:
        """A sandbox with nothing said."""
        async with Sandbox(App(scopes=SCOPES)) as slack, HttpClients().slack() as http:
            yield RealSide(slack, http)

    async def test_links_are_not_unfolded_and_the_key_is_metadata(self, side: RealSide):
        """What people paste shows as it is; the key is in the message's metadata."""
        ref = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        sent = next(e["payload"] for e in side.slack.site.exchanges.list() if e["what"] == "chat.postMessage")
        assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)
        found = side.slack.site.workspace.find(OPS, ref.ts, user=side.slack.user("ana").id)
        assert found is not None
        assert found.body["metadata"] == {
            "event_type": "snapshot_request",
            "event_payload": {"key": "R-7K3F:card"},
        }

    async def test_a_result_is_sent_to_the_channel_as_well(self, side: RealSide):
        """Threads are easily missed: the end of it is broadcast; a call for operators is not."""
        card = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        for owed, subtype in ((RESULT, "thread_broadcast"), (OPERATOR, None)):
            facts = facts_of(in_state(State.AVAILABLE))
            ref = await side.messenger.post(owed, facts, channel=OPS, key=f"R-7K3F:{owed.kind}", thread=card)
            found = side.slack.site.workspace.find(OPS, ref.ts, user=side.slack.user("ana").id)
            assert found is not None
            assert found.body.get("subtype") == subtype

    @pytest.mark.parametrize(
        ("loud", "state", "subtype"),
        [
            (Loudness.THREAD, State.AVAILABLE, None),
            (Loudness.THREAD, State.FAILED, None),
            (Loudness.FAILURE, State.AVAILABLE, None),
            (Loudness.FAILURE, State.FAILED, "thread_broadcast"),
            (Loudness.FAILURE, State.DECLINED, "thread_broadcast"),
        ],
    )
    async def test_a_rule_says_how_loud(self, side: RealSide, loud: Loudness, state: State, subtype: str | None):
        """In the thread alone, or in the channel only where there is no snapshot."""
        card = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        request = in_state(state)
        facts = facts_of(replace(request, rule=replace(request.rule, loud=loud)))
        ref = await side.messenger.post(RESULT, facts, channel=OPS, key="R-7K3F:result", thread=card)
        found = side.slack.site.workspace.find(OPS, ref.ts, user=side.slack.user("ana").id)
        assert found is not None
        assert found.body.get("subtype") == subtype

    @pytest.mark.parametrize("ahead", [-50_000, -3600, 0, 3600, 50_000])
    async def test_a_message_is_found_whatever_the_two_clocks_say(self, side: RealSide, ahead: float):
        """Since when we look is by our clock, when it was posted by Slack's: hours apart it is the same message."""
        card = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        reply = await side.messenger.post(RESULT, FACTS, channel=OPS, key="R-7K3F:result", thread=card)
        ours = datetime.now(UTC) + timedelta(seconds=ahead)
        assert await side.messenger.find("R-7K3F:card", channel=OPS, since=ours) == card
        assert await side.messenger.find("R-7K3F:result", channel=OPS, since=ours, thread=card) == reply

    async def test_somebody_elses_message_with_our_metadata_is_not_ours(self, side: RealSide):
        """Metadata can be written by any app; what isn't our bot's is not found."""
        await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        other = SlackMessenger(side.web, store=FakeStore(), bot_id="B0OTHER")
        assert await other.find("R-7K3F:card", channel=OPS, since=LONG_AGO) is None

    async def test_without_the_optional_scopes_nothing_is_found(self, side: RealSide):
        """The history scopes are optional: without them looking finds nothing, raises nothing, and the log says why."""
        card = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        side.slack.app.scopes = ("chat:write",)
        for thread in (None, card):
            with capture_logs() as logged:
                assert await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO, thread=thread) is None
            [line] = logged
            assert (line["event"], line["log_level"]) == ("message.not_searched", "warning")
            assert "channels:history" in line["scope"]
            assert "manifest --with history" in line["advice"]
            assert "install the app again" in line["advice"]

    async def test_a_throttled_post_surely_did_nothing(self, side: RealSide):
        """429 says how long to wait, and that the message isn't there."""
        await side.slack.fault("ratelimited", method="chat.postMessage", retry_after=7)
        with pytest.raises(SlackUnavailable) as e:
            await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        assert (e.value.retry_after, e.value.maybe_done) == (7.0, False)

    @pytest.mark.parametrize("fault", ["error_500", "error_502_html", "error_503", "drop_before", "drop_after"])
    async def test_a_useless_answer_may_mean_anything(self, side: RealSide, fault: str):
        """A proxy's page or a broken connection doesn't say whether Slack acted."""
        await side.slack.fault(fault, method="chat.postMessage")
        with pytest.raises(SlackUnavailable) as e:
            await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        assert e.value.maybe_done
        assert not isinstance(e.value, SlackRefused)

    async def test_a_failed_look_is_not_an_empty_one(self, side: RealSide):
        """Where Slack can't be asked, nobody knows: posting again would be a guess."""
        await side.slack.fault("error_500", method="conversations.history")
        with pytest.raises(SlackUnavailable):
            await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO)

    async def test_a_message_is_found_on_a_later_page(self, side: RealSide, monkeypatch: pytest.MonkeyPatch):
        """A busy channel has many messages since; a few pages are looked through."""
        monkeypatch.setattr("bot.slack.outbound.messenger._PAGE", 2)
        ref = await side.messenger.post(CARD, FACTS, channel=OPS, key="R-7K3F:card")
        for i in range(5):
            await side.slack.user("ana").say("dwh-ops", f"message {i}")
        assert await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO) == ref
        for i in range(20):
            await side.slack.user("ana").say("dwh-ops", f"more {i}")
        assert await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO) is None

    async def test_an_error_that_nobody_expected_is_passed_on(self, side: RealSide):
        """Looking that is refused for another reason is no "not there"."""
        await side.slack.fault("error", method="conversations.history", error="invalid_auth")
        with pytest.raises(SlackRefused, match="invalid_auth"):
            await side.messenger.find("R-7K3F:card", channel=OPS, since=LONG_AGO)


async def test_an_answer_that_says_nothing_is_no_answer(monkeypatch: pytest.MonkeyPatch):
    """ok without channel and ts: it may be there, so it must be looked for."""

    async def hollow(**kwargs: object) -> Mock:
        return Mock(data={"ok": True})

    web = AsyncWebClient(token="xoxb-x", retry_handlers=[])
    monkeypatch.setattr(web, "chat_postMessage", hollow)
    with pytest.raises(SlackUnavailable) as e:
        await SlackMessenger(web, store=FakeStore()).post(CARD, FACTS, channel=OPS, key="k")
    assert e.value.maybe_done

    async def bytes_() -> Mock:
        return Mock(data=b"")

    with pytest.raises(SlackUnavailable, match="no JSON object"):
        await call(bytes_())


def test_a_client_that_retries_by_itself_is_not_taken():
    """A repeated post is a second message."""
    with pytest.raises(ValueError, match="retry"):
        SlackMessenger(AsyncWebClient(token="xoxb-x"), store=FakeStore())


def an_api_error(status: int, data: object, **headers: str) -> SlackApiError:
    """Return the SDK's error for an answer."""
    return SlackApiError("refused", Mock(status_code=status, data=data, headers=headers))


@pytest.mark.parametrize(
    ("error", "refused", "maybe_done"),
    [
        (an_api_error(200, {"ok": False, "error": "channel_not_found"}), "channel_not_found", False),
        (an_api_error(200, {"ok": False, "error": "missing_scope", "needed": "users:read"}), "missing_scope", False),
        (an_api_error(200, {"ok": False, "error": "fatal_error"}), None, True),
        (an_api_error(200, {"ok": False, "error": "internal_error"}), None, True),
        (an_api_error(200, {"ok": False, "error": "rate_limited"}), None, False),
        (an_api_error(200, {"ok": False}), None, True),
        (an_api_error(429, {}, **{"Retry-After": "3"}), None, False),
        (an_api_error(429, {}, **{"Retry-After": "soon"}), None, False),
        (an_api_error(429, {}), None, False),
        (an_api_error(200, {"ok": False, "error": "x", "response_metadata": ["?"]}), "x", False),
        (AttributeError("'list' object has no attribute 'get'"), None, True),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "?"), None, True),
        (an_api_error(500, {}), None, True),
        (an_api_error(503, b"<html>"), None, True),
        (sdk.SlackRequestError("r"), None, True),
        (sdk.SlackObjectFormationError("o"), None, True),
        (sdk.SlackTokenRotationError(sdk.SlackApiError("t", {})), None, True),
        (sdk.SlackClientNotConnectedError("c"), None, True),
        (aiohttp.ServerDisconnectedError(), None, True),
        (aiohttp.ServerTimeoutError(), None, True),
        (aiohttp.ClientPayloadError(), None, True),
        (aiohttp.ClientOSError(), None, True),
        (aiohttp.ClientConnectorError(Mock(), OSError()), None, False),
        (aiohttp.ClientConnectorCertificateError(Mock(), ssl.SSLError()), None, False),
        (TimeoutError(), None, True),
        (ConnectionResetError(), None, True),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else str(v),
)
async def test_every_failure_has_one_meaning(error: Exception, refused: str | None, maybe_done: bool):
    """Whatever the SDK or the transport raises becomes ours: refused by name, or unknown and maybe done."""

    async def failing() -> None:
        raise error

    with pytest.raises(SlackUnavailable) as e:
        await call(failing())
    assert (e.value.code if isinstance(e.value, SlackRefused) else None) == refused
    assert e.value.maybe_done is maybe_done


@pytest.mark.parametrize(
    ("named", "seconds"),
    [("3", 3.0), ("-5", 0.0), ("inf", 3600.0), ("1e9", 3600.0), ("nan", None), ("", None), ("Wed, 21 Oct 2026", None)],
)
def test_what_slack_names_as_a_wait_is_bounded(named: str, seconds: float | None):
    """Whatever stands in Retry-After, nobody is silent for longer than an hour because of it."""
    assert as_unavailable(an_api_error(429, {}, **{"Retry-After": named})).retry_after == seconds


NONSENSE = [
    (b"[]", "application/json"),
    (b'"ok"', "application/json"),
    (b"7", "application/json"),
    (b"null", "application/json"),
    (b"{", "application/json"),
    (b"", "application/json"),
    (b'{"ok": "\xff"}', "application/json"),
    (b"{}", "application/json; charset=klingon"),
    (b"[" * 100_000, "application/json"),
    (b'{"ok": false, "error": ["x"], "response_metadata": []}', "application/json"),
    (b"ok", "text/plain"),
    (b"<html>", "text/html"),
    (b"\x1f\x8b", "application/gzip"),
]


@pytest.mark.parametrize("status", [200, 500, 503])
@pytest.mark.parametrize(("body", "kind"), NONSENSE, ids=[f"{b[:12]!r} {k}" for b, k in NONSENSE])
async def test_an_answer_that_makes_no_sense_is_an_error_of_ours(status: int, body: bytes, kind: str):
    """A proxy may answer anything in Slack's name: each is no useful answer or a refusal, never a traceback."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with HttpClients().slack() as http:
            port = runner.addresses[0][1]
            client = HttpClients().web("xoxb-x", base_url=f"http://127.0.0.1:{port}/api/", session=http)
            with pytest.raises(SlackUnavailable):
                await call(client.users_info(user="U1"))
            with pytest.raises(SlackUnavailable):
                await call(client.chat_postMessage(channel="C1", text="x"))
    finally:
        await runner.cleanup()


def test_no_error_of_the_sdk_or_the_transport_is_left_out():
    """Every exception class of slack_sdk and aiohttp's client is a kind of what `call` catches."""
    caught = (sdk.SlackClientError, aiohttp.ClientError, TimeoutError, OSError)
    found = [c for _, c in inspect.getmembers(sdk, inspect.isclass) if issubclass(c, Exception)]
    found += [c for _, c in inspect.getmembers(aiohttp.client_exceptions, inspect.isclass) if issubclass(c, Exception)]
    ours = [c for c in found if c.__module__.startswith(("slack_sdk", "aiohttp"))]
    assert len(ours) > 20
    left_out = {c.__name__ for c in ours if not issubclass(c, caught)}
    assert left_out == {"WSMessageTypeError"}  # of WebSockets, which `call` never reads


def test_the_words_of_an_error_hold_codes_and_not_what_was_sent():
    """Slack's code, the scope it wants and its own pointers; no body."""
    data = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] too long [/blocks/0]"]}}
    assert str(as_unavailable(an_api_error(200, data))) == "Slack: invalid_blocks: [ERROR] too long [/blocks/0]"
    data = {"ok": False, "error": "missing_scope", "needed": "users:read"}
    assert str(as_unavailable(an_api_error(200, data))) == "Slack: missing_scope (needs the scope users:read)"


async def test_the_fake_people_behave():
    """Members by name, strangers unknown; while Slack is gone it doesn't say."""
    people: People = (fake := FakePeople(members=["U1"]))
    assert (await people.person(UserId("U1"))).standing is Standing.MEMBER
    assert (await people.person(UserId("U2"))).standing is Standing.UNKNOWN
    fake.gone = True
    with pytest.raises(SlackUnavailable):
        await people.person(UserId("U1"), fresh=True)
    assert fake.asked[-1] == ("U1", True)
