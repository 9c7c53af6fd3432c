"""The log: one JSON object a line, each with its facts; a request's lines carry its id; secrets never."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from bot import log as logs
from tests.harness.running import a_world
from tests.harness.serving import serving, until

ABOUT_A_REQUEST = ("request.", "message.", "card.", "cloud.error", "worker.step", "worker.telling")


@pytest.fixture
def lines():
    """Configure the log for a test; return a function that gives what was written, line by line."""
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    stream = io.StringIO()
    logs.configure(level="INFO", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], _ = before
    root.setLevel(before[1])


def test_an_event_is_a_line_with_its_facts(lines):
    """Our own events have a name, level, logger, UTC time and facts, and what is bound around them."""
    with structlog.contextvars.bound_contextvars(request_id="R-7K3F"):
        structlog.stdlib.get_logger("bot.worker").info("request.finished", size_gb=42.7, who="ana\n{x} %s")
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request.finished",
        "level": "info",
        "logger": "bot.worker",
        "request_id": "R-7K3F",
        "size_gb": 42.7,
        "who": "ana\n{x} %s",
    }


def test_libraries_write_the_same_way(lines):
    """What a library logs is a line of the same form; a stack trace stays within its line, and quotes no value."""
    try:
        int("p4ss" + "w0rd")
    except ValueError:
        logging.getLogger("somebody.else").exception("went wrong with %s", "it")
    logging.getLogger("slack_sdk.web").info("a body")
    (line,) = lines()
    assert (line["event"], line["level"], line["logger"]) == ("went wrong with it", "error", "somebody.else")
    assert line["exception"].endswith("\nValueError")
    assert "test_log.py" in line["exception"]


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1-abc-DEF",
        "xapp-1-A0-abc",
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        "Signature=0123456789abcdef",
        "Bearer abc.def",
        "https://hooks.slack.com/commands/T0/1/abc",
        "wss://wss.example/link/?ticket=1b2c-3d4e&app_id=A0",
        "X-Subject-Token: MIIabc",
    ],
)
def test_what_looks_like_a_secret_is_hidden_wherever_it_is(lines, secret):
    """In the event's text, in a fact, deep in one, and in a stack trace."""
    hidden = secret.partition("=")[2] if "ticket" in secret else secret.rpartition(" ")[2]
    hidden = hidden.partition("&")[0]
    log = structlog.stdlib.get_logger("bot")
    log.info(f"said {secret}", fact=secret, deep={"a": [1, (secret,)]})
    try:
        raise RuntimeError(f"while sending {secret}")
    except RuntimeError:
        log.exception("failed")
    logging.getLogger("library").warning("it said %s", secret)
    written = json.dumps(lines())
    assert len(lines()) == 3
    assert hidden not in written
    assert "[hidden]" in written


@pytest.mark.parametrize(
    "name", ["token", "bot_token", "password", "client_secret", "Authorization", "response_url", "trigger_id", "ticket"]
)
def test_a_fact_by_a_secrets_name_is_hidden(lines, name):
    """Whatever it looks like, also in a nested mapping."""
    structlog.stdlib.get_logger("bot").info("sent", **{name: "p4ssw0rd"}, headers={name: "p4ssw0rd", "host": "seen"})
    (line,) = lines()
    assert (line[name], line["headers"]) == ("[hidden]", {name: "[hidden]", "host": "seen"})


def test_text_for_people_is_readable():
    """With `text` a line is for a person's eyes, and secrets are hidden there too."""
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    stream = io.StringIO()
    logs.configure(as_json=False, stream=stream)
    structlog.stdlib.get_logger("bot").info("bot.started", port=8080, detail="xoxb-1-abc")
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    assert "bot.started" in stream.getvalue()
    assert "port=8080" in stream.getvalue()
    assert "xoxb" not in stream.getvalue()


def secrets_of(world) -> dict[str, str]:
    """Return everything secret that was in play, by what it is."""
    app, cloud = world.slack.app, world.cloud
    found = {
        "bot token": app.bot_token,
        "app token": app.app_token,
        "signing secret": app.signing_secret,
        "password": cloud.password,
        "access key": cloud.ak,
        "secret key": cloud.sk,
        "a response_url": f"{world.slack.origin}/commands/",
        "another response_url": f"{world.slack.origin}/actions/",
        "a Socket Mode ticket": "ticket=",
    }
    for exchange in world.slack.site.exchanges.list(limit=1000):
        payload = exchange["payload"] if isinstance(exchange["payload"], dict) else {}
        if trigger := payload.get("trigger_id"):
            found[f"trigger {exchange['id']}"] = trigger
        if exchange["transport"] == "http" and exchange["proof"]:  # none: it never went out
            found[f"signature {exchange['id']}"] = exchange["proof"]
    return found


@pytest.mark.parametrize(("http", "keys"), [(False, False), (True, True)], ids=["socket-password", "http-keys"])
async def test_a_whole_story_at_debug_level_gives_no_secret_away(tmp_path, http, keys):
    """With DEBUG and faults on both sides: only JSON lines, ids on a request's lines, and not one secret."""
    async with a_world(tmp_path, http=http, start=False, environ={"SNAPSHOT_BOT_LOG_LEVEL": "DEBUG"}) as world:
        environ = world.environ
        if keys:
            environ = {k: v for k, v in environ.items() if not k.startswith("OS_")} | world.cloud.env_aksk()
        async with serving(environ, tmp_path) as bot:
            if http:
                world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            ana, ben, dan = world.user("ana"), world.user("ben"), world.user("dan")
            if http:
                assert (await world.slack.forge("bad_signature", {"command": "/snapshot"}))[0] in (401, 403)
            refusal = await dan.command("/snapshot")
            assert "have no cluster to ask for" in refusal.text
            modal = await ana.command("/snapshot")
            await modal.wait_for("Cluster")
            await modal.enter("Cluster", "dwh-prod")
            await modal.wait_for("one approval by")
            await modal.enter("Name", "1bad")
            assert (await modal.submit()).errors
            await world.slack.fault("drop_before", method="chat.postMessage")
            await modal.enter("Name", "told-once")
            await modal.enter("Description", "50 % of {all} %s")
            assert not (await modal.submit()).errors
            card = await ana.channel("dwh-ops").wait_for("told-once")
            await world.slack.fault("error", method="chat.update", error="fatal_error")
            world.cloud.break_next("server_error", on="create")
            world.cloud.break_next("expired_token", on="list")
            await world.approve("ben", card)
            await card.wait_for("Available", seconds=60)
            await ben.home()
            assert await until(lambda: any(e["event"] == "request.finished" for e in bot.events), seconds=60)
        world.slack.app.request_url = None

        assert [name for name, secret in secrets_of(world).items() if secret in bot.err] == []
        assert len(secrets_of(world)) > 12
        for event in bot.events:
            assert {"event", "level", "logger", "timestamp"} <= event.keys(), event
            if event["event"].startswith(ABOUT_A_REQUEST):
                assert event["request_id"].startswith("R-"), event
        told = {e["event"] for e in bot.events}
        assert {
            "bot.started",
            "request.attempt_started",
            "request.answer_lost",
            "cloud.error",
            "message.delayed",
        } <= told
