"""`deploy/replicas`: its files as they read, since no containers are started here; what can be run by itself is run."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app import running
from bot.cli import cli
from bot.config import Settings
from bot.environment import Environment
from bot.misspelt import misspelt
from bot.operations import Operations
from bot.serving import read_settings
from bot.slack.door.http_mode import PATH
from bot.store import made
from tests.harness.certificates import self_signed
from tests.harness.postgres_server import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "deploy" / "replicas"
COMPOSE = yaml.safe_load((HERE / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BOTS = {name: service for name, service in SERVICES.items() if service["image"] == "dws-snapshot-bot"}
BALANCER = (HERE / "haproxy.cfg").read_text(encoding="utf-8")
README = (HERE / "README.md").read_text(encoding="utf-8")
IN_A_CONTAINER = "/run/secrets/"
# What an operator would put into the files and into bot.env.
SECRETS = {
    "cloud_password": "hunter2",
    "database_url": "postgresql://snapshot_bot:hunter2@database:5432/snapshots",
    "slack_bot_token": "xoxb-1-2-abc",
    "slack_signing_secret": "0123456789abcdef0123456789abcdef",
}
FILLED_IN = {
    "SNAPSHOT_BOT_ADMINS": "U024BE7LH",
    "SNAPSHOT_BOT_CHANNEL": "C024BE91L",
    "OS_USERNAME": "bot",
    "OS_USER_DOMAIN_NAME": "OTC-EU-DE-00000000001000000001",
    "OS_PROJECT_NAME": "eu-de_dwh",
}


def example() -> dict[str, str]:
    """Return what bot.env.example says, as Compose would hand it on."""
    lines = (HERE / "bot.env.example").read_text(encoding="utf-8").splitlines()
    return dict(tuple(line.split("=", 1)) for line in lines if line and not line.startswith("#"))  # type: ignore[misc]


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """Give the environment of a bot as it would be in its container, with the secrets in files here."""
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    of_image = re.findall(r"(SNAPSHOT_BOT_\w+)=(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    given = dict(of_image) | example() | FILLED_IN | BOTS["bot1"]["environment"]
    return {name: value.replace(IN_A_CONTAINER, f"{tmp_path}/") for name, value in given.items()}


def test_it_fits_the_schema_of_compose():
    """As the Compose specification has it; the schema comes with the checker."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    said = subprocess.run([*checker, HERE / "compose.yaml"], capture_output=True, text=True, timeout=120, check=False)
    assert said.returncode == 0, said.stdout


def test_what_does_not_fit_would_be_noticed(tmp_path: Path):
    """A key that Compose doesn't know."""
    (tmp_path / "compose.yaml").write_text((HERE / "compose.yaml").read_text().replace("cap_drop:", "drop_caps:"))
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    said = subprocess.run([*checker, tmp_path / "compose.yaml"], capture_output=True, timeout=120, check=False)
    assert said.returncode == 1


def test_each_bot_reads_its_variables(environ: Mapping[str, str]):
    """In HTTP mode, on the server, reachable for the balancer and for operators; no variable is unknown."""
    settings = read_settings(environ)
    assert settings.http_mode
    assert settings.database == SECRETS["database_url"]
    assert settings.address == ("0.0.0.0", 8080)
    assert settings.operations_address == ("0.0.0.0", 8081)
    assert settings.admins == ("U024BE7LH",)
    assert [*misspelt(Environment(environ))] == []
    assert example().keys() >= FILLED_IN.keys()
    assert len(BOTS) == 3
    assert all(bot["environment"] == BOTS["bot1"]["environment"] for bot in BOTS.values())


def test_no_secret_is_in_the_repository():
    """Each is a file in a folder that git leaves alone; what is a secret of the bot comes by such a file."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"deploy/replicas/secrets/", "deploy/replicas/bot.env"} <= set(ignored)
    assert {Path(secret["file"]).parts[0] for secret in COMPOSE["secrets"].values()} == {"secrets"}
    used = {name for service in SERVICES.values() for name in service["secrets"]}
    assert used == set(COMPOSE["secrets"])
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if name.endswith("_FILE"):
                assert value.removeprefix(IN_A_CONTAINER) in service["secrets"]
            assert name.endswith("_FILE") or not re.search("TOKEN|SECRET|PASSWORD", name), name
    assert [name for name in example() if re.search("TOKEN|SECRET|PASSWORD|DATABASE", name)] == []
    files = [Path(secret["file"]).name for secret in COMPOSE["secrets"].values()]
    assert [name for name in files if name not in README] == []


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_each_container_can_do_little(service: dict[str, Any]):
    """A user that isn't root, a file system that can't be written to, no capabilities, none to be had."""
    assert int(service["user"].partition(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"


def test_operators_alone_reach_the_bots():
    """Their own ports are this machine's alone; the database has none; Slack comes in by the balancer."""
    published = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert published["database"] == []
    assert published["balancer"] == ["443:8443"]
    for name in BOTS:
        [port] = published[name]
        assert re.fullmatch(r"127\.0\.0\.1:90\d\d:8081", port)
        assert f"{port.split(':')[1]}" in README
    assert COMPOSE["networks"]["database"] == {"internal": True}
    assert {network for service in SERVICES.values() for network in service["networks"]} == {*COMPOSE["networks"]}
    assert SERVICES["database"]["networks"] == ["database"]
    assert "database" not in SERVICES["balancer"]["networks"]


def test_a_bot_has_the_time_to_stop():
    """Docker waits for longer than README says that a bot takes."""
    takes = re.search(r"within (\d+) seconds, finishes", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert takes is not None
    for bot in BOTS.values():
        assert int(bot["stop_grace_period"].removesuffix("s")) > int(takes[1])


def test_each_bot_keeps_its_name():
    """How its last run ended is found by it, also in a new container."""
    assert {name: bot["hostname"] for name, bot in BOTS.items()} == {name: name for name in BOTS}


def test_the_database_is_ready_before_a_bot_starts():
    """By a check over TCP, with the names that the script makes."""
    check = " ".join(SERVICES["database"]["healthcheck"]["test"])
    assert check == "CMD pg_isready --host=127.0.0.1 --username=snapshot_bot --dbname=snapshots"
    for bot in BOTS.values():
        assert bot["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_the_balancer_asks_the_bots_that_there_are(environ: Mapping[str, str]):
    """Each by its name and port, at a path that it answers; outside there is Slack's path and no other."""
    port = Settings.read(environ).address[1]
    assert re.findall(r"^    server (\S+) (\S+)$", BALANCER, re.M) == [(name, f"{name}:{port}") for name in BOTS]
    probes = {route.path for route in Operations(store=None, metrics=None, status=None).probes()}  # type: ignore[arg-type]
    [asked] = re.findall(r"option httpchk GET (\S+)", BALANCER)
    assert asked == "/readyz"
    assert asked in probes
    assert re.findall(r"unless \{ path (\S+) \}", BALANCER) == [PATH]
    [certificate] = re.findall(r"crt (\S+)", BALANCER)
    assert certificate.removeprefix(IN_A_CONTAINER) in SERVICES["balancer"]["secrets"]


def test_the_balancer_hears_in_time_that_a_bot_stops():
    """The looks that have to fail fit into the time in which a bot that stops still takes requests."""
    [(every, fall)] = re.findall(r"inter (\d+)ms fall (\d+)", BALANCER)
    linger: float = inspect.signature(running).parameters["linger"].default
    assert int(every) * int(fall) / 1000 < linger


@pytest.mark.skipif(not shutil.which("haproxy"), reason="HAProxy isn't installed here")
def test_the_balancer_takes_its_configuration(tmp_path: Path):
    """By its own check, with a certificate in the place of the secret."""
    certificate = self_signed(tmp_path)
    (tmp_path / "haproxy.cfg").write_text(BALANCER.replace(f"{IN_A_CONTAINER}certificate", str(certificate)))
    said = subprocess.run(["haproxy", "-c", "-f", tmp_path / "haproxy.cfg"], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr


def test_the_script_makes_a_database_that_the_bot_can_use(
    postgres: PostgresServer, postgres_binaries: Path, tmp_path: Path
):
    """With the password of the file, also where it holds what SQL would take for its own."""
    (tmp_path / "password").write_text('it\'s "$1"\n')
    environ = {"PGHOST": str(postgres.folder), "PGPORT": str(postgres.port)}
    environ |= {"BOT_PASSWORD_FILE": str(tmp_path / "password"), "PATH": f"{postgres_binaries}:{os.environ['PATH']}"}
    try:
        subprocess.run([HERE / "make-database.sh"], env=environ, check=True, capture_output=True, timeout=60)
        assert asyncio.run(made(postgres.url("snapshots", "snapshot_bot", "it%27s%20%22%241%22")))
    finally:
        postgres.admin("DROP DATABASE IF EXISTS snapshots WITH (FORCE)")
        postgres.admin("DROP ROLE IF EXISTS snapshot_bot")


def test_the_page_names_what_there_is():
    """Each command of the bot, each service, each file."""
    commands = re.findall(r"(?:exec bot1 snapshot-bot|run --rm bot1) (\w+)", README)
    assert {"doctor", "grant", "manifest", "restored"} <= set(commands)
    assert [name for name in commands if name not in cli.list_commands(None)] == []  # type: ignore[arg-type]
    services = re.findall(r"docker compose (?:exec(?: -T)?|stop|kill|logs|ps|up -d --no-deps) (\w+)", README)
    assert [name for name in services if name not in SERVICES] == []
    files = [path.name for path in HERE.iterdir() if path.suffix in (".yaml", ".cfg", ".sh", ".example")]
    assert len(files) == 4
    assert [name for name in files if name not in README] == []
