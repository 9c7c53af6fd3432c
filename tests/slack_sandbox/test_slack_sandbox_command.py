"""`slack-sandbox` as a process, and the examples of its README as they stand there."""

from __future__ import annotations

import asyncio
import signal

import aiohttp
import httpx
import pytest
from aiohttp import web

from tests.harness.commands import curled, examples, run, sandbox, started

PACKAGE = "slack_sandbox"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM: exit code 0, and nothing on standard error."""
    async with sandbox(PACKAGE) as command:
        command.process.send_signal(number)
        assert await command.ended() == (0, "", "")


async def test_it_prints_what_an_app_needs() -> None:
    """Tokens and API address work at once; the page's address shows the page; the fault can be asked for as printed."""
    async with sandbox(PACKAGE) as command, httpx.AsyncClient() as http:
        env = command.variables
        assert set(env) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"}
        bearer = {"Authorization": f"Bearer {env['SLACK_BOT_TOKEN']}"}
        assert (await http.post(f"{env['SLACK_API_URL']}auth.test", headers=bearer)).json()["ok"]
        page = command.lines[0].rpartition(" ")[2]
        assert "<!doctype html>" in (await http.get(page)).text
        url, body = curled(next(line for line in command.lines if "curl -d" in line).lstrip("# "))
        assert (await http.post(url, content=body)).json() == {"ok": True, "concerns": 1}
        post = f"{env['SLACK_API_URL']}chat.postMessage"
        assert (await http.post(post, headers=bearer, json={"channel": "C00DWHOPS", "text": "Hi"})).status_code == 429


async def test_a_taken_port_is_one_line() -> None:
    """It says which port and what to do; the exit code is 1."""
    async with sandbox(PACKAGE) as command:
        port = httpx.URL(command.variables["SLACK_API_URL"]).port
        said = f"Error: Can't listen on 127.0.0.1, port {port}: address already in use. Choose another with --port.\n"
        assert await run(PACKAGE, "--port", str(port)) == (1, "", said)


async def test_an_address_that_is_not_this_machine_is_said() -> None:
    """In one line, after the warning that others could reach it."""
    code, out, err = await run(PACKAGE, "--host", "192.0.2.1")
    assert (code, out) == (1, "")
    warning, error = err.splitlines()
    assert warning.startswith("Warning: anybody who can reach 192.0.2.1")
    assert error.startswith("Error: Can't listen on 192.0.2.1, port 0: ")
    assert error.endswith("Choose another with --port or --host.")


async def test_on_every_address_it_answers_to_any_name() -> None:
    """As a container is called by its service's name; a page of another site is still refused."""
    async with sandbox(PACKAGE, "--host", "0.0.0.0") as command, httpx.AsyncClient() as http:
        port = httpx.URL(command.variables["SLACK_API_URL"]).port
        people, named = f"http://127.0.0.1:{port}/_sandbox/people", {"Host": f"slack:{port}"}
        assert (await http.get(people, headers=named)).status_code == 200
        assert (await http.get(people, headers=named | {"Origin": f"http://slack:{port}"})).status_code == 200
        assert (await http.get(people, headers=named | {"Origin": "http://evil.example"})).status_code == 403
        command.process.terminate()
        assert "Warning: anybody who can reach 0.0.0.0" in (await command.ended())[2]


async def test_it_ends_though_an_app_is_connected_and_a_call_is_held() -> None:
    """SIGTERM closes the app's socket and lets go of what a fault holds."""
    async with sandbox(PACKAGE) as command, httpx.AsyncClient(timeout=30) as http:
        env = command.variables
        origin = env["SLACK_API_URL"].removesuffix("/api/")
        opened = {"Authorization": f"Bearer {env['SLACK_APP_TOKEN']}"}
        url = (await http.post(f"{origin}/api/apps.connections.open", headers=opened)).json()["url"]
        await http.post(f"{origin}/_sandbox/fault", json={"name": "hold"})
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket, asyncio.TaskGroup() as tasks:
            assert (await socket.receive_json())["type"] == "hello"
            bearer = {"Authorization": f"Bearer {env['SLACK_BOT_TOKEN']}"}
            call = tasks.create_task(http.post(f"{origin}/api/auth.test", headers=bearer))
            while not (await http.get(f"{origin}/_sandbox/faults")).json()["held"]:
                pass
            command.process.terminate()
            assert (await command.ended())[0] == 0
        assert call.result().json()["ok"]


async def test_a_manifest_installs_the_app_that_it_describes(tmp_path) -> None:
    """Its name, commands and shortcuts; the request URL is where its signed HTTP goes."""
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(
        "display_information: {name: Order}\n"
        "features:\n"
        "  bot_user: {display_name: order}\n"
        "  slash_commands: [{command: /order, description: Orders}]\n"
        "  shortcuts: [{name: Order, type: global, callback_id: order}]\n"
    )
    arguments = ("--manifest", str(manifest), "--request-url", "http://127.0.0.1:3000/slack/events")
    async with sandbox(PACKAGE, *arguments) as command, httpx.AsyncClient() as http:
        origin = command.variables["SLACK_API_URL"].removesuffix("/api/")
        app = (await http.get(f"{origin}/_sandbox/state", params={"user": "ana"})).json()["state"]["app"]
    assert (app["name"], app["commands"], app["http"]) == ("order", ["/order"], True)
    assert app["shortcuts"] == [{"name": "Order", "type": "global", "callback_id": "order"}]


@pytest.mark.parametrize(
    "text", ["just words", "- a\n- list", "features: {}", "{", "features: []\ndisplay_information: x"]
)
async def test_a_file_that_is_no_manifest_is_said(tmp_path, text: str) -> None:
    """In plain words, with the file's name."""
    (tmp_path / "app.yml").write_text(text)
    code, out, err = await run(PACKAGE, "--manifest", str(tmp_path / "app.yml"))
    assert (code, out) == (2, "")
    assert "app.yml is not a Slack app manifest." in err
    assert "Traceback" not in err


async def test_the_request_url_is_verified_once_the_app_is_up() -> None:
    """An app that doesn't answer the challenge is told, and may be put right without a new start."""
    right = False

    async def answer(request: web.Request) -> web.Response:
        asked = await request.json()
        assert asked["type"] == "url_verification"
        return web.json_response({"challenge": asked["challenge"]} if right else {})

    app = web.Application()
    app.router.add_post("/slack/events", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        async with sandbox(PACKAGE, "--request-url", url) as command:
            await command.read_until("# Your URL didn't respond with the value of the challenge parameter.")
            right = True
            await command.read_until("# Your request URL is verified.")
    finally:
        await runner.cleanup()


async def test_help_says_what_it_is_and_how_to_start() -> None:
    """With every option explained, and examples."""
    code, out, _ = await run(PACKAGE, "--help")
    assert code == 0
    assert "Start a Slack on this machine for your app to talk to." in out
    assert [option for option in ("--port", "--host", "--manifest", "--request-url") if option not in out] == []


async def test_the_app_of_the_readme_answers_the_call_of_the_readme() -> None:
    """Started with what the command printed: ana's /hello is answered as the README says."""
    app, call = examples(PACKAGE, "python")[0], examples(PACKAGE, "sh")[2]
    async with sandbox(PACKAGE) as command, started("-c", app, env=command.variables) as bolt:
        await bolt.read_until("Bolt app is running")
        url, body = curled(call)
        port = httpx.URL(command.variables["SLACK_API_URL"]).port
        async with httpx.AsyncClient() as http:
            answer = (await http.post(url.replace("8765", str(port)), content=body)).json()
    assert answer["outcome"]["saw"] == ["Hello ana!"]


async def test_the_readme_shows_what_is_printed() -> None:
    """The variables in the README are those of the command, for the port that it names."""
    async with sandbox(PACKAGE) as command:
        port = httpx.URL(command.variables["SLACK_API_URL"]).port
        shown = examples(PACKAGE, "sh")[1].replace("8765", str(port)).splitlines()
        assert shown == [line for line in command.lines if line.startswith("export ")]


async def test_the_fault_of_the_readme_strikes() -> None:
    """As often as it says there."""
    async with sandbox(PACKAGE) as command, httpx.AsyncClient() as http:
        url, body = curled(examples(PACKAGE, "sh")[3])
        port = httpx.URL(command.variables["SLACK_API_URL"]).port
        assert (await http.post(url.replace("8765", str(port)), content=body)).json()["concerns"] == 2


async def test_the_test_of_the_readme_passes(tmp_path) -> None:
    """As a file of its own, in a project that has nothing but it."""
    (tmp_path / "test_hello.py").write_text(examples(PACKAGE, "python")[1])
    async with started(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)
    ) as run:
        code, out, _ = await run.ended(seconds=60)
    assert (code, "1 passed" in out) == (0, True), out
