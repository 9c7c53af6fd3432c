"""`snapshot-bot doctor` and far ends that can't be reached, that don't agree on the time, or whose login ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.checks import Check
from bot.doctor import examine
from dws_sandbox import DwsSimulator
from slack_sandbox import SandboxClock
from slack_sandbox.app import App
from slack_sandbox.sandbox import Sandbox
from tests.harness.certificates import self_signed, served_with
from tests.harness.running import World, environment, give_roles


@pytest.fixture
def certificates_are_read_once() -> None:
    """Read them each time: what is trusted is what some tests here are about."""


@asynccontextmanager
async def a_place(
    folder: Path, *, app: App | None = None, ahead: float = 0, slack_at: datetime | None = None, http: bool = False
) -> AsyncIterator[World]:
    """Start both far ends, the cloud's clock *ahead* of ours and Slack's standing still at *slack_at*."""
    async with DwsSimulator(ahead=ahead) as cloud, Sandbox(app or App(), clock=SandboxClock(slack_at)) as slack:
        environ = environment(slack, cloud, folder, http=http)
        await give_roles(environ, slack, {"ana": ["request"], "ben": ["approve"]}, cluster="*")
        yield World(slack, cloud, environ)


@pytest.fixture
async def place(tmp_path):
    """Both far ends, and no bot."""
    async with a_place(tmp_path) as place:
        yield place


async def failing(environ: dict[str, str], *, patience: float = 10) -> dict[str, Check]:
    """Return the checks that fail, by their codes, of which each fails once."""
    found = [c for c in await examine(environ, patience=patience) if not c.ok]
    assert len({c.code for c in found}) == len(found), found
    return {c.code: c for c in found}


async def only(environ: dict[str, str], code: str, *, patience: float = 10) -> Check:
    """Return the one check that fails."""
    found = await failing(environ, patience=patience)
    assert list(found) == [code], found
    return found[code]


def with_keys(place: World) -> dict[str, str]:
    """Return the variables with access keys in place of the password."""
    return {k: v for k, v in place.environ.items() if not k.startswith("OS_")} | place.cloud.env_aksk()


# Clocks


async def test_a_clock_that_is_off_is_told_with_how_much_and_which_side(tmp_path):
    """Slack and the cloud agree, so it is this machine's; in HTTP mode Slack's deliveries are refused."""
    later = datetime.now(UTC) + timedelta(minutes=20, seconds=5)
    async with a_place(tmp_path, ahead=1205, slack_at=later, http=True) as place:
        found = [c for c in await examine(place.environ) if not c.ok]
    assert [c.what for c in found] == [
        "Clock: this machine's is 20 minutes behind that of Slack",
        "Clock: this machine's is 20 minutes behind that of cloud default",
    ]
    assert "timedatectl set-ntp true" in found[0].fix
    assert "beyond 5 minutes every delivery of Slack's is refused, as now" in found[0].fix


async def test_a_clock_matters_to_access_keys(tmp_path):
    """The cloud refuses them, which the clock's line explains; this clock is ahead."""
    async with a_place(tmp_path, ahead=-1000) as place:
        found = await failing(with_keys(place))
    assert list(found) == ["cloud", "clock"]
    assert found["clock"].what == "Clock: this machine's is 17 minutes ahead of that of cloud default"
    assert "beyond 15 minutes access keys are refused, as now" in found["clock"].fix


async def test_a_clock_that_is_a_little_off_is_found_before_anything_is_refused(tmp_path):
    """Beyond a minute nobody keeps it; half of that is well."""
    async with a_place(tmp_path, ahead=70) as place:
        check = await only(with_keys(place), "clock")
        assert "beyond 15 minutes access keys are refused." in check.fix
        place.cloud.clock.ahead = 30
        assert await failing(with_keys(place)) == {}


async def test_one_far_end_that_is_off_alone_is_the_wrong_one(tmp_path):
    """This machine agrees with Slack: who runs the cloud has to look."""
    async with a_place(tmp_path, ahead=3600 * 5) as place:
        check = await only(place.environ, "clock")
    assert check.what == "Clock: this machine's is 5 hours behind that of cloud default"
    assert "agrees with that of Slack, so tell who runs cloud default" in check.fix


async def test_a_refused_token_tells_the_time_all_the_same(tmp_path):
    """What Slack answers has a date, whatever it says."""
    async with a_place(tmp_path, ahead=-300, slack_at=datetime.now(UTC) - timedelta(minutes=5)) as place:
        found = [c for c in await examine(place.environ | {"SLACK_BOT_TOKEN": "xoxb-wrong"}) if not c.ok]
    assert [c.code for c in found] == ["slack-token", "clock", "clock"]


# The way there


@asynccontextmanager
async def listening(certificate: Path | None = None, answer: bytes = b"") -> AsyncIterator[int]:
    """Answer every connection with *answer*, by TLS where there is a *certificate*; yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    tls = served_with(certificate) if certificate else None
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def own_ca(tmp_path):
    """A server whose certificate is its own CA's: its port, and the file."""
    async with listening(file := self_signed(tmp_path)) as port:
        yield port, file


async def test_a_cloud_with_a_ca_of_its_own(place, own_ca):
    """The certificate is the trouble, and OS_CACERT the way out."""
    check = await only(place.environ | {"OS_AUTH_URL": f"https://127.0.0.1:{own_ca[0]}/v3"}, "cloud")
    assert "CERTIFICATE_VERIFY_FAILED" in check.what
    assert check.fix.startswith("Who signed isn't trusted here: it is a private CA, or a firewall that inspects TLS.")
    assert "set OS_CACERT (`cacert` in clouds.yaml)" in check.fix


async def test_a_slack_behind_a_firewall_that_inspects_tls(place, own_ca):
    """SSL_CERT_FILE takes the place of the usual certificates, so these belong into it, too."""
    check = await only(place.environ | {"SLACK_API_URL": f"https://127.0.0.1:{own_ca[0]}/api/"}, "slack-token")
    assert "CERTIFICATE_VERIFY_FAILED" in check.fix
    assert "SSL_CERT_FILE to a file with it and the public ones (cat /etc/ssl" in check.fix


@asynccontextmanager
async def inspecting(certificate: Path) -> AsyncIterator[str]:
    """A proxy that answers in everybody's place with a *certificate* of its own; yield its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(OSError):  # a client that doesn't trust it hangs up
            await writer.start_tls(served_with(certificate))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_what_inspects_tls_is_told_from_a_ca_of_ones_own(place, tmp_path):
    """Slack's certificates and those of the two companies are public ones: who signed another is on the way."""
    login = {k: v for k, v in place.environ.items() if k not in ("SLACK_API_URL", "DWS_ENDPOINT")}
    environ = login | {"OS_AUTH_URL": "https://iam.eu-de.otc.t-systems.com/v3"}
    async with inspecting(self_signed(tmp_path)) as proxy:
        found = await failing(environ | {"HTTPS_PROXY": proxy})
    for code, whose in (("slack-token", "Slack"), ("cloud", "The cloud default")):
        said = found[code].what + found[code].fix
        assert "CERTIFICATE_VERIFY_FAILED" in said
        assert f"{whose}'s own certificate is one that every machine trusts, so this one is of something on the" in said
        assert "that inspects TLS (by the proxy of HTTPS_PROXY). Have it let the bot's calls through" in said
        assert "private CA" not in said


async def test_a_ca_file_without_the_right_ca_is_named(place, own_ca, tmp_path):
    """There is a file, and it doesn't help."""
    (other := tmp_path / "other").mkdir()
    named = self_signed(other)
    check = await only(
        place.environ | {"OS_AUTH_URL": f"https://127.0.0.1:{own_ca[0]}/v3", "OS_CACERT": str(named)}, "cloud"
    )
    assert f"OS_CACERT or `cacert` ({named}) takes the place of the usual certificates and doesn't have" in check.fix


async def test_a_certificate_for_another_host(place, own_ca):
    """It is trusted, and not for this name."""
    port, file = own_ca
    url = f"https://localhost:{port}/v3"
    check = await only(place.environ | {"OS_AUTH_URL": url, "SSL_CERT_FILE": str(file)}, "cloud")
    assert check.fix.startswith("The certificate is for another host: check OS_AUTH_URL")


async def test_a_certificate_that_has_ended_is_first_of_all_a_matter_of_the_clock(place, tmp_path):
    """By which it has ended."""
    (folder := tmp_path / "old").mkdir()
    async with listening(file := self_signed(folder, days=-1)) as port:
        environ = place.environ | {"OS_AUTH_URL": f"https://127.0.0.1:{port}/v3", "SSL_CERT_FILE": str(file)}
        check = await only(environ, "cloud")
    assert "check the clock first (date -u)" in check.fix


async def test_tls_where_there_is_none(place):
    """The scheme or the port is wrong."""
    async with listening(answer=b"HTTP/1.0 400 Bad Request\r\n\r\n") as port:
        check = await only(place.environ | {"OS_AUTH_URL": f"https://127.0.0.1:{port}/v3"}, "cloud")
    assert (
        check.fix
        == "What answers there speaks no TLS: check scheme and port in OS_AUTH_URL (or OS_REGION_NAME, DWS_ENDPOINT)."
    )


@pytest.mark.parametrize(
    ("answer", "fix"),
    [
        (b"407 Proxy Authentication Required", "Give the proxy's user and password in HTTPS_PROXY"),
        (b"403 Forbidden", "The proxy of HTTPS_PROXY refuses (403): have it let the bot through, or set NO_PROXY."),
    ],
    ids=["login", "forbidden"],
)
@pytest.mark.parametrize("end", ["slack-token", "cloud"])
async def test_a_proxy_that_refuses(place, end, answer, fix):
    """It is the proxy that says no, not what is behind it."""
    there = {"SLACK_API_URL": "https://slack.example/api/"}
    changes = there if end == "slack-token" else {"OS_AUTH_URL": "https://iam.example/v3"}
    async with listening(answer=b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n") as port:
        check = await only(place.environ | changes | {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}, end)
    assert fix in check.fix


@pytest.mark.parametrize("end", ["slack-token", "cloud"])
async def test_a_proxy_that_is_not_there(place, end):
    """Its variable is what to check."""
    there = {"SLACK_API_URL": "https://slack.example/api/"}
    changes = there if end == "slack-token" else {"OS_AUTH_URL": "https://iam.example/v3"}
    check = await only(place.environ | changes | {"HTTPS_PROXY": "http://127.0.0.1:9"}, end)
    assert "Check HTTPS_PROXY (the proxy on the way): nothing listens there." in check.fix


async def test_a_host_that_there_is_not(place):
    """A name that nobody knows (RFC 6761)."""
    check = await only(place.environ | {"OS_AUTH_URL": "https://iam.invalid/v3"}, "cloud")
    assert "there is no such host" in check.fix


async def test_a_far_end_that_hangs_holds_up_nobody_for_long(place):
    """It is one line, and the others are there."""
    await place.slack.fault("hold", method="auth.test", times=9)
    checks = await examine(place.environ, patience=2)
    (check,) = [c for c in checks if c.code.startswith("slack")]
    assert check.what == "Slack's bot token: no answer within 2 s"
    assert check.fix.startswith("Check SLACK_API_URL and the firewall: no answer came in time.")


async def test_a_question_that_slack_leaves_open_costs_no_other_line(place):
    """Who people are isn't said; the token, the scopes and the channel are well."""
    await place.slack.fault("hold", method="users.info", times=99)
    check = await only(place.environ, "slack-person", patience=2)
    assert check.what.startswith("People: ")


async def test_a_check_that_breaks_by_surprise_keeps_the_others(place, monkeypatch):
    """A fault of the bot's own is one line."""

    async def broken(*_: object) -> list[Check]:
        raise LookupError("xoxb-secret")

    monkeypatch.setattr("bot.doctor.channel_checks", broken)
    found = await examine(place.environ)
    (check,) = [c for c in found if not c.ok]
    assert (check.code, check.what) == ("slack-channel", "Channels")
    assert "xoxb-" not in check.fix
    others = {c.code for c in found} - {"slack-channel"}
    assert {"slack-token", "slack-scopes", "slack-app-token", "slack-person", "cloud", "clock"} <= others


# Logins


async def token_of(place: World, **auth: object) -> str:
    """Return a token that somebody else got."""
    user = {"name": place.cloud.username, "password": place.cloud.password, "domain": {"name": place.cloud.domain}}
    body = {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"id": place.cloud.project_id}},
        }
    }
    async with httpx.AsyncClient(verify=False) as http:
        answer = await http.post(f"{place.cloud.auth_url}/auth/tokens", json=body)
    return str(answer.headers["X-Subject-Token"])


def with_token(place: World, token: str) -> dict[str, str]:
    """Return the variables with *token* in place of user and password."""
    gone = ("OS_USERNAME", "OS_PASSWORD", "OS_USER_DOMAIN_NAME")
    return {k: v for k, v in place.environ.items() if k not in gone} | {"OS_TOKEN": token}


async def test_a_given_token_ends_and_when_is_said(place):
    """Nobody can renew it, and with it goes the bot's work."""
    token = await token_of(place)
    check = await only(with_token(place, token), "cloud-login-end")
    ends = datetime.now(UTC) + timedelta(hours=24)
    assert check.what.startswith(f"Cloud default: the token ends {ends:%Y-%m-%d} ")
    assert check.what.endswith("(in 23 h 59 min)")
    assert "a login of its own that lasts" in check.fix
    assert token not in check.what + check.fix


async def test_temporary_keys_end_and_nothing_says_when(place):
    """A security token goes with them."""
    ak, key = place.cloud.iam.temporary_key(900)
    assert key.security_token
    keys = {"OS_ACCESS_KEY": ak, "OS_SECRET_KEY": key.secret, "OS_SECURITY_TOKEN": key.security_token}
    others = {"OS_PROJECT_ID": place.cloud.project_id, "OS_REGION_NAME": "eu-de", "DWS_ENDPOINT": place.cloud.url}
    environ = {k: v for k, v in place.environ.items() if not k.startswith("OS_")} | keys | others
    check = await only(environ, "cloud-login-end")
    assert check.what == "Cloud default: temporary access keys end, and nothing says when"


async def test_slacks_token_that_rotates_ends(tmp_path):
    """As `auth.test` says; the bot has nothing to renew it with."""
    async with a_place(tmp_path, app=App(token_seconds=5400)) as place:
        check = await only(place.environ, "slack-token-end")
    assert check.what == "Slack's bot token ends in 1.5 h"
    assert "create the app once more from the manifest, without token rotation" in check.fix


async def test_a_token_that_rotates_has_ended_already(place):
    """Slack refuses it, and how it begins says why."""
    found = await failing(place.environ | {"SLACK_BOT_TOKEN": "xoxe.xoxb-1-ended"})
    assert list(found) == ["slack-token", "slack-token-end"]
    assert found["slack-token-end"].what == "Slack's bot token ends within 12 hours"


async def test_a_user_with_login_protection(place):
    """IAM's answer is about the second factor, and so is the fix."""
    place.cloud.break_next("mfa", times=9)
    check = await only(place.environ, "cloud")
    assert "mfa totp code verify fail" in check.what
    assert "The user has login protection (MFA)" in check.fix
    assert "OS_ACCESS_KEY" in check.fix


async def test_each_cloud_is_checked_for_itself(place, tmp_path):
    """One that is written wrongly, one that doesn't answer and one that refuses hide no other."""
    cloud = place.cloud
    login = f"username: {cloud.username}, password: {{password}}, user_domain_name: {cloud.domain}, project_name: eu-de"
    entry = "  {name}: {{auth: {{auth_url: {url}, {login}}}}}\n"
    entries = {
        "prod": (cloud.auth_url, cloud.password),
        "locked": (cloud.auth_url, "wrong"),
        "away": ("http://127.0.0.1:9/v3", "x"),
    }
    text = "clouds:\n  empty: {auth: {}}\n" + "".join(
        entry.format(name=name, url=url, login=login.format(password=password))
        for name, (url, password) in entries.items()
    )
    (file := tmp_path / "clouds.yaml").write_text(text)
    environ = {k: v for k, v in place.environ.items() if not k.startswith("OS_")}
    environ |= {"OS_CLIENT_CONFIG_FILE": str(file), "SNAPSHOT_BOT_CLOUDS": "empty,prod,locked,away"}
    checks = await examine(environ)
    assert f"Cloud files: {file}" in [c.what for c in checks]
    found = {c.what.partition(":")[0]: c for c in checks if c.code == "cloud"}
    assert {name: c.ok for name, c in found.items()} == {
        "Cloud empty": False,
        "Cloud prod": True,
        "Cloud locked": False,
        "Cloud away": False,
    }
    assert found["Cloud prod"].what.endswith(": 7 clusters")
    assert "has no login" in found["Cloud empty"].fix
    assert "Check user, password and domain" in found["Cloud locked"].fix
    assert "nothing listens there" in found["Cloud away"].fix
