"""Nothing that is printed or logged holds a piece of a secret, whatever goes wrong and whichever library says so."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import signal

import httpx
import pytest

from bot import log as logs
from bot.app import running
from bot.causes import reason
from bot.concealing import Concealer
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.doctor import examine
from bot.dws.variables import SECRETS as CLOUD_SECRETS
from bot.mistakes import SECRET_VARIABLES as SLACK_SECRETS
from bot.secret_values import secret_values
from bot.words import say
from tests.harness.certificates import self_signed, served_with
from tests.harness.running import World, a_world
from tests.harness.serving import Finished, command, serving, until

PIECE = 6  # characters that would be recognised
KEYS = {
    "OS_ACCESS_KEY": "AKqhzvwxjykpd",
    "OS_SECRET_KEY": "SKwjxqzvhgpyfkd",
    "OS_SECURITY_TOKEN": "STvzqkxwjhpfygd",
    "OS_PROJECT_ID": "p1",
    "OS_REGION_NAME": "eu-de",
}
TOKEN = "TKgjqxwzkvhpyfd-fydphvkzwxqjg"


@pytest.fixture
async def world(tmp_path):
    """Both far ends, and no bot yet."""
    async with a_world(tmp_path, start=False) as world:
        yield world


def pieces(text: str, secrets: list[str]) -> list[str]:
    """Return every piece of *secrets* that *text* holds."""
    windows = {s[i : i + PIECE] for s in secrets for i in range(len(s) - PIECE + 1)}
    return sorted(w for w in windows if w in text)


def without_login(world: World) -> dict[str, str]:
    """Return the world's environment without the cloud's login."""
    return {k: v for k, v in world.environ.items() if not k.startswith(("OS_", "DWS_"))}


async def both(environ: dict[str, str], folder, secrets: list[str]) -> tuple[Finished, str]:
    """Run `doctor` to its end, and `serve` until it runs or gives up; neither shows a piece of *secrets*."""
    doctor = await command(environ, folder, "doctor")
    async with serving(environ, folder, up=False) as bot:
        await until(lambda: bot.port or bot.process.returncode is not None, seconds=60)
        await bot.end(signal.SIGTERM)
    assert "Traceback" not in doctor.out + doctor.err + bot.err
    assert pieces(doctor.out + doctor.err + bot.err, secrets) == []
    return doctor, bot.err


async def refused(environ: dict[str, str], secrets: list[str]) -> tuple[str, str]:
    """Read *environ* as `doctor` does and as `serve` does, in this process, to the refusal that each shows.

    Return what both said; no piece of *secrets* is in it, even before known values are hidden.
    """
    checks = "\n".join(f"{c.what}: {c.fix}" for c in await examine(environ) if not c.ok)
    with pytest.raises(ConfigError) as caught:
        async with running(Settings.read(environ), environ):
            pass
    assert pieces(checks + say(caught.value) + str(caught.value), secrets) == []
    return checks, say(caught.value)


async def a_token(world: World) -> str:
    """Return a token of the simulator's IAM, as somebody else would get it."""
    cloud = world.cloud
    user = {"name": cloud.username, "password": cloud.password, "domain": {"name": cloud.account.domain}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"name": cloud.account.project_name}}}}
    async with httpx.AsyncClient(verify=False) as http:
        answer = await http.post(f"{cloud.auth_url}/auth/tokens", json=body)
    return answer.headers["X-Subject-Token"]


async def test_a_token_made_with_echo_serves(world, tmp_path):
    """The line end after a secret is dropped, in a variable and in a file, for Slack and for the cloud."""
    token = await a_token(world)
    (tmp_path / "token").write_text(f"{token}\n")
    slack = {k: f"{v}\n" for k, v in world.environ.items() if k in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")}
    for given in ({"OS_TOKEN": f"{token}\n"}, {"OS_TOKEN_FILE": f"{tmp_path}/token\n"}):
        environ = without_login(world) | slack | given
        environ |= {"OS_AUTH_URL": f"{world.cloud.auth_url}\n", "OS_PROJECT_NAME": world.cloud.project_name}
        doctor = await command(environ, tmp_path, "doctor")
        assert "✔ Cloud default: " in doctor.out
        wrong = [line for line in doctor.out.splitlines() if line.startswith("✖")]
        assert [line.partition(" 2")[0] for line in wrong] == ["✖ Cloud default: the token ends"], doctor.out
    done = await command(
        world.environ | {"OS_PASSWORD": f"{world.cloud.password}\n", "OS_USERNAME": f"{world.cloud.username}\n"},
        tmp_path,
        "doctor",
    )
    assert done.code == 0, done.out


async def test_the_real_commands_show_nothing_either(world, tmp_path):
    """As processes, with everything wrong at once: the settings are named on standard output and error."""
    (tmp_path / "clouds.yaml").write_text(f'clouds: {{prod: {{auth: {{token: "{TOKEN}\\n{TOKEN}"}}}}}}')
    proxy = "http://user:S3qzvwxj#kpdhgy@proxy.example:3128"
    environ = without_login(world) | {"OS_TOKEN": f"{TOKEN}\n{TOKEN}", "HTTPS_PROXY": proxy}
    environ |= {"SNAPSHOT_BOT_CLOUDS": "prod,envvars"}
    environ["SLACK_BOT_TOKEN"] = f"xoxb-{TOKEN}\n{TOKEN}"
    doctor, served = await both(environ, tmp_path, [TOKEN, "S3qzvwxj", "kpdhgy"])
    for name in ("SLACK_BOT_TOKEN", "HTTPS_PROXY", "OS_TOKEN", "auth.token"):
        assert name in doctor.out
        assert name in served or name in ("OS_TOKEN", "auth.token")  # what is wrong with Slack's settings comes first


ODD = ["\n", "\u20ac", "\x7f", "\r\n\t", "\udce4"]
UNSENDABLE = [("OS_TOKEN", odd) for odd in ODD]
UNSENDABLE += [*zip(("OS_SECURITY_TOKEN", "OS_ACCESS_KEY", "OS_SECRET_KEY"), ODD, strict=False)]


@pytest.mark.parametrize(("name", "odd"), UNSENDABLE, ids=ascii)
async def test_what_no_header_can_carry_is_a_mistake_of_its_variable(world, tmp_path, name, odd):
    """`doctor` and `serve` name the variable, and show no piece of it."""
    environ = without_login(world) | {"OS_AUTH_URL": world.cloud.auth_url, "DWS_ENDPOINT": world.cloud.url}
    environ |= {"OS_TOKEN": TOKEN} if name == "OS_TOKEN" else KEYS
    secret = environ[name][:8] + odd + environ[name][8:]
    words = f"{name} holds a line break or another character that no HTTP header can carry: copy it again."
    for said in await refused(environ | {name: secret}, [environ[name]]):
        assert words in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "http://user:S3qzvwxj#kpdhgy@proxy.example:3128"),
        ("https_proxy", "http://user:S3qzvwxj/kpdhgy@proxy.example:3128"),
        ("ALL_PROXY", "http://user:S3qzvwxj\nkpdhgy@proxy.example:3128"),
        ("OS_AUTH_URL", "https://user:S3qzvwxj#kpdhgy@127.0.0.1:9/v3"),
        ("OS_AUTH_URL", "https://user:S3qzvwxjkpdhgy@127.0.0.1:9/v3"),
        ("DWS_ENDPOINT", "https://127.0.0.1:S3qzvwxjkpdhgy"),
        ("SLACK_API_URL", "https://user:S3qzvwxjkpdhgy@127.0.0.1:9/"),
        ("SLACK_API_URL", "https://S3qzvwxj..kpdhgy/"),
        ("SNAPSHOT_BOT_DATABASE", "postgresql://bot:S3qzvwxjkpdhgy@db/bot"),
    ],
)
async def test_an_address_with_a_password_is_not_shown(world, tmp_path, name, value):
    """No matter which library parses it and where it fails: its variable is named."""
    for said in await refused(world.environ | {name: value}, ["S3qzvwxj", "kpdhgy"]):
        assert name in said


@pytest.mark.parametrize(
    "text",
    [
        "clouds: {prod: {auth: {password: 'S3qzvwxjkpdhgy', x: [}}}",
        "clouds: {prod: {auth: {password: !!int S3qzvwxjkpdhgy}}}",
        "clouds: {prod: {auth: {password: !!binary 'S3qzvwxjkpdhgyé'}}}",
        "clouds: {prod: {auth: {password: !S3qzvwxjkpdhgy x}}}",
        "clouds: {prod: {auth: {password: 2026-99-99, token: S3qzvwxjkpdhgy}}}",
        "clouds: {prod: {auth: {token: \"S3qzvwxj\\nkpdhgy\", auth_url: 'http://127.0.0.1:9'}}}",
        'clouds: {prod: {access_key: "S3qzvwxj\\0kpdhgy", secret_key: S3qzvwxjkpdhgy, region_name: eu-de}}',
        "clouds: {prod: {auth: {password: *S3qzvwxjkpdhgy}}}",
        "clouds: {prod: {auth: {password: S3qzvwxjkpdhgy: x}}}",
        "{x: " * 800 + "S3qzvwxjkpdhgy",
    ],
    ids=lambda t: t[22:44],
)
async def test_a_clouds_file_is_not_quoted(world, tmp_path, text):
    """Wrong in its form, in a value, or only in what can't be sent: the file is named, not its contents."""
    (tmp_path / "clouds.yaml").write_text(text)
    environ = without_login(world) | {"OS_CLOUD": "prod", "OS_CLIENT_CONFIG_FILE": f"{tmp_path}/clouds.yaml"}
    for said in await refused(environ, ["S3qzvwxjkpdhgy"]):
        assert f"{tmp_path}/clouds.yaml" in said


@pytest.mark.parametrize("answer", ["tls", "refused", "nonsense", "header", "407"])
async def test_a_far_end_that_fails_is_told_without_secrets(world, tmp_path, answer):
    """No TLS, no connection, no HTTP, a header that repeats what was sent, a proxy that wants another password."""
    secrets = [*KEYS.values()][:3]
    sent = {
        "tls": b"",
        "refused": b"",
        "nonsense": f"{secrets[2]} is no HTTP\r\n\r\n".encode(),
        "header": f"HTTP/1.1 200 OK\r\n{secrets[2]} no colon\r\n\r\n".encode(),
        "407": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    }[answer]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    tls = served_with(self_signed(tmp_path)) if answer == "tls" else None
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    if answer == "refused":
        server.close()
        await server.wait_closed()
    environ = without_login(world) | KEYS | {"DWS_ENDPOINT": f"http{'s' if tls else ''}://127.0.0.1:{port}"}
    if answer == "407":
        secrets.append("S3qzvwxjkpdhgy")
        environ |= {"DWS_ENDPOINT": "https://dws.invalid", "HTTPS_PROXY": f"http://user:{secrets[-1]}@127.0.0.1:{port}"}
        environ["NO_PROXY"] = "slack.invalid"
    try:
        doctor, _ = await both(environ, tmp_path, secrets)
    finally:
        server.close()
    (told,) = [line for line in doctor.out.splitlines() if "Cloud default" in line]
    assert (
        told.partition("p1/clusters: ")[2]
        == {
            "tls": "ConnectError (CERTIFICATE_VERIFY_FAILED: self-signed certificate)",
            "refused": "ConnectError (Connection refused)",
            "nonsense": "RemoteProtocolError",
            "header": "RemoteProtocolError",
            "407": "ProxyError (the proxy answered 407) (by the proxy of HTTPS_PROXY)",
        }[answer]
    )


# ---- the log itself


LOUD = """
import asyncio, logging, sys, structlog
from bot import log
log.configure(level="INFO", as_json=sys.argv[1] == "json", secrets=sys.argv[2:])
secret = sys.argv[2]
ours = structlog.stdlib.get_logger("bot")
ours.info("said", fact=secret, more={"a": [1, (secret,), {secret}, secret.encode()]}, error=ValueError(secret))
logging.getLogger("library").warning("it said %s and %r", secret, [secret])
logging.getLogger("library").warning("it said %d", secret)
try:
    try:
        raise KeyError(secret)
    except KeyError as e:
        raise ExceptionGroup(secret, [ValueError(secret), OSError(111, secret)]) from e
except ExceptionGroup:
    ours.exception("failed")
    logging.getLogger("library").exception("failed as well")
async def fail(): raise RuntimeError(secret)
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
asyncio.run(main())
"""


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "secret", ["S3qzvwxj'kp\"dh\\gy", "S3qzvwxjkpdhgy\n", "S3q zvwxj#kpd/hgy%", "S3qzvwxj\u00e9kpdhgy\u20ac"]
)
async def test_the_log_hides_known_secrets_and_quotes_no_exception(tmp_path, form, secret):
    """In facts of any type, in a library's words, in stack traces of groups and tasks, in a record that breaks."""
    done = await command({}, tmp_path, form, secret, python=("-c", LOUD))
    assert done.code == 0, done.err
    assert pieces(done.err, [secret.strip()]) == []
    assert done.err.count("[hidden]") > 6
    assert "KeyError" in done.err
    assert "ConnectionRefusedError (Connection refused)" in done.err
    assert "RuntimeError" in done.err
    assert "can't be written: TypeError" in done.err
    if form == "json":
        lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
        assert [line["level"] for line in lines][:2] == ["info", "warning"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a S3qzvwxj/k+pd b", "a [hidden] b"),
        ("a S3qzvwxj%2Fk%2Bpd b", "a [hidden] b"),
        ("a S3qzvwxj/k%2Bpd b", "a [hidden] b"),
        ("Basic UzNxenZ3eGovaytwZA==", "Basic [hidden]=="),
        ("a S3qzvwxj b", "a S3qzvwxj b"),
    ],
)
def test_known_values_are_hidden_in_every_form(written, shown):
    """As it is, in an address, in Basic authentication; only whole values."""
    assert Concealer(["S3qzvwxj/k+pd", "short", ""])(written) == shown


def test_every_secret_setting_is_known(tmp_path):
    """Those of Slack, of the cloud in each spelling, from files, and passwords in addresses; a pipe isn't drained."""
    hidden = {str(f.alias) for f in Settings.model_fields.values() if "SecretStr" in repr(f.annotation)}
    assert hidden == set(SLACK_SECRETS)
    (tmp_path / "file").write_text("from-a-file\n")
    os.mkfifo(tmp_path / "pipe")
    names = [*SLACK_SECRETS, *CLOUD_SECRETS]
    environ = {name: f"value-of-{name}" for name in names} | {"OS_CLIENT_CONFIG_FILE": f"{tmp_path}/clouds.yaml"}
    (tmp_path / "clouds.yaml").write_text("clouds: {a: {sk: in-the-file, auth: {password: in-there-too}}}")
    environ |= {"OS_PASSWORD": "", "OS_PASSWORD_FILE": f"{tmp_path}/file", "OS_TOKEN_FILE": f"{tmp_path}/pipe"}
    environ |= {"HTTPS_PROXY": "user:in-a-proxy@host", "SNAPSHOT_BOT_DATABASE": "postgresql://u:in-a-url@host/db"}
    found = secret_values(environ)
    assert {f"value-of-{name}" for name in names if name != "OS_PASSWORD"} <= found
    assert {"from-a-file\n", "in-the-file", "in-there-too", "in-a-proxy", "in-a-url"} <= found


def test_a_stream_that_is_gone_ends_no_work():
    """Where standard error is closed, logging says nothing, and raises nothing."""
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    stream = io.StringIO()
    logs.configure(stream=stream)
    try:
        stream.close()
        logging.getLogger("library").warning("lost")
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])


def test_a_reason_quotes_nothing():
    """A library's error is known by its class and by what comes from fixed lists."""
    secret = "S3qzvwxjkpdhgy"
    assert reason(ValueError(secret)) == "ValueError"
    assert reason(OSError(2, secret, secret)) == "FileNotFoundError (No such file or directory)"
    assert reason(httpx.ProxyError(f"407 {secret}")) == "ProxyError (the proxy answered 407)"
    assert reason(httpx.LocalProtocolError(f"Illegal header value b'{secret}'")) == "LocalProtocolError"


async def test_a_fault_of_the_bots_own_is_one_line(tmp_path):
    """What nobody foresaw ends a command with its class and place, and without its words."""
    program = (
        "import sys; from bot import cli, admin\n"
        "def broken(environ): raise LookupError('S3qzvwxjkpdhgy')\n"
        "admin.administering = broken\n"
        "sys.argv = ['snapshot-bot', 'grants']; cli.main()"
    )
    done = await command({}, tmp_path, python=("-c", program))
    assert done.code == 1
    assert done.err.startswith("Error: LookupError in broken, ")
    assert done.err.count("\n") == 1
    assert "S3qzvwxjkpdhgy" not in done.err
