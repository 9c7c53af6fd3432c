"""Load, far ends, the bot and what stands beside it, at the smallest size: they meet as a measurement needs them."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from benchmarks import deliveries, processes, universe, wire
from benchmarks.crowd import Crowd, request_id
from benchmarks.far_ends import CREATE, Ends
from benchmarks.figures import acks
from benchmarks.filling import fill
from benchmarks.loading import Job
from benchmarks.measuring import Unmeasurable

CROWD = Crowd(waiting=3, ended=5, grants=10, people=5, clusters=3, in_groups=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Load, far ends and the bot on a small database, and bare Bolt's port."""
    folder = tmp_path_factory.mktemp("bench")
    fill(folder / "bot.db", CROWD)
    port = processes.free_port()
    with (
        processes.load(folder) as load,
        processes.far_ends(folder, Ends({"p0": 3}, in_groups=True, socket_port=load.port)) as far,
        processes.bot(folder, folder / "bot.db", far) as bot,
    ):
        peer = ["-m", "benchmarks.bare_bolt", "http", str(port), f"http://127.0.0.1:{far.port}/api/"]
        with processes.running(peer, folder / "bolt.log", core=processes.MEASURED) as bolt:
            processes.listens(bolt, port)
            yield load, far, bot, bolt, port


def test_a_command_and_a_form_are_answered_by_both(world):
    """By the bot with words, and by Bolt with nothing; times are those of each answer."""
    load, far, bot, bolt, port = world
    ours, theirs = (
        acks.asking(load, far, bot.running, port=bot.port),
        acks.asking(load, far, bolt, port=port),
    )
    said = ours(Job("command", [[universe.ONE, "help"]], 4, 2))
    assert "What you can do now" in said.first
    assert (len(said.took), said.statuses) == (4, {"200": 4})
    assert theirs(Job("command", [[universe.ONE, "help"]], 4, 2)).first == ""
    posted = far.counts().get("chat.postMessage", 0)
    kept = ours(Job("form", [[universe.ONE, 0]], 2, 2))
    assert "response_action" in kept.first
    assert far.counts()["chat.postMessage"] == posted + 2
    assert theirs(Job("form", [[universe.ONE, 0]], 1)).first == ""


def test_a_job_may_end_with_what_the_far_ends_are_asked(world):
    """The form has opened, Home is drawn, the cloud was called, and not only the delivery acknowledged."""
    load, far, bot, _, _ = world
    for kind, arguments, until in (
        ("command", [universe.ONE, ""], "views.open"),
        ("home", [universe.TWENTY], "views.publish"),
        ("click", [universe.EVERYTHING, "approve", request_id(5)], CREATE),
    ):
        before = far.counts().get(until, 0)
        done = load.run(Job(kind, [arguments], 1, port=bot.port, until=until, far_port=far.port))
        assert far.counts()[until] == before + 1
        assert 0 < done.took[0] < 30


def test_options_and_reports_are_measured_as_well(world):
    """The cluster select's options, and what an operator asks."""
    load, _, bot, _, _ = world
    offered = load.run(Job("search", [[universe.ONE, "dwh"]], 1, port=bot.port))
    assert json.loads(offered.first)["options"][0]["text"]["text"].endswith(universe.cluster_name(0))
    assert "snapshot_bot" in load.run(Job("get", [["/metrics"]], 1, port=bot.operations_port)).first


def test_an_answer_that_was_not_meant_is_an_error(world):
    """A refused form and an unknown path are no measurement."""
    load, _, bot, _, _ = world
    with pytest.raises(Unmeasurable, match="1 with errors"):
        load.run(Job("form", [[universe.person(4000), 0]], 1, port=bot.port))
    with pytest.raises(Unmeasurable, match="404"):
        load.run(Job("get", [["/nothing"]], 1, port=bot.port))


def test_bolt_checks_the_signature(world):
    """What the bot is measured against does what the bot does before it acknowledges."""
    port = world[-1]
    request = deliveries.as_request(deliveries.command(universe.ONE, "help"))
    assert processes.posted(port, request.replace(b"X-Slack-Signature: v0=", b"X-Slack-Signature: v0=0")) == 401
    assert processes.posted(port, request) == 200


def test_every_delivery_is_another_and_signed_as_slack_signs():
    """Twice the same would be refused as a replay."""
    first, second = (deliveries.as_request(deliveries.form(universe.ONE, 0)) for _ in range(2))
    assert first != second
    head, _, body = first.partition(b"\r\n\r\n")
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    text = b"v0:" + headers[b"X-Slack-Request-Timestamp"] + b":" + body
    made = hmac.new(universe.SECRET.encode(), text, hashlib.sha256).hexdigest()
    assert headers[b"X-Slack-Signature"] == f"v0={made}".encode()
    assert int(headers[b"Content-Length"]) == len(body) > 3000


async def test_a_server_of_one_handler_reads_what_clients_send():
    """Also where two requests come in one piece, or one in two."""
    sent = []

    class Transport:
        def write(self, data: bytes) -> None:
            sent.append(data)

    serving = wire.FastServing(lambda asked: asked.method.encode() + asked.body)
    serving._transport = Transport()  # type: ignore[assignment]
    serving.data_received(b"GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nab")
    serving.data_received(b"c")
    assert sent == [b"GET", b"POSTabc"]
