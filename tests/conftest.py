"""What every test stands on."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.certificates import Certificates
from bot.core.snapshot import Cluster
from bot.proxies import VARIABLES
from snapshot_demo.postgres_server import binaries
from tests.fakes.slack_bot import ON_PROD, Bot, Right, bot_in_sandbox
from tests.fakes.store import FakeStore
from tests.harness.engines import ALL, is_telling
from tests.harness.figures import Figures
from tests.harness.kept_store import kept_store
from tests.harness.lives import LONG_FORM
from tests.harness.pooler import pooler_program
from tests.harness.postgres_server import PostgresServer, served
from tests.harness.standby import Pair, streamed
from tests.harness.working import Bench

# How fast examples are made or run says something of the machine, not of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("long", settings.get_profile("suite"), max_examples=8_000)  # --hypothesis-profile=long
settings.load_profile("suite")


@pytest.fixture(autouse=True, scope="session")
def _without_the_machines_proxies() -> Iterator[None]:
    """Let tests' own clients reach this machine directly; the bot gets its proxies from tests that are about them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def _logs_go_to_pytest() -> Iterator[None]:
    """Send structured logs through the standard library, where pytest shows them only for tests that fail."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def usual_certificates() -> ssl.SSLContext:
    """Read the certificates that are trusted where no setting names others."""
    return Certificates().context()


@pytest.fixture(autouse=True)
def certificates_are_read_once(usual_certificates: ssl.SSLContext) -> Iterator[None]:
    """Give clients that trust the usual certificates what was read before: reading takes longer than most tests.

    A file whose tests are about certificates has a fixture of this name that does nothing.
    """
    read = Certificates.context

    def context(self: Certificates, ca_file: Path | None = None) -> ssl.SSLContext:
        return usual_certificates if self == Certificates() and ca_file is None else read(self, ca_file)

    with pytest.MonkeyPatch.context() as patched:  # its own: the test's is to be undone before the test's fixtures
        patched.setattr(Certificates, "context", context)
        yield


@pytest.fixture(scope="session")
def postgres_binaries() -> Path:
    """Return the folder with the server; where none is installed the test is skipped, but not in CI."""
    return installed(binaries(), "no PostgreSQL server is installed here, so that its store isn't tested")


def installed(found: Path | None, why: str) -> Path:
    """Return what was *found*; where it wasn't, skip the test with *why*, but fail it in CI."""
    if found is None:
        why += ": run `scripts/setup tests`"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return found


@pytest.fixture(scope="session")
def pgbouncer() -> Path:
    """Return the pooler's program; where it isn't installed the test is skipped, but not in CI."""
    return installed(pooler_program(), "no PgBouncer is installed here, so that the store isn't tested behind it")


@pytest.fixture(scope="session")
def postgres(postgres_binaries: Path) -> Iterator[PostgresServer]:
    """Run a server, the same for all tests of a process."""
    with served(postgres_binaries) as server:
        yield server


@pytest.fixture
def postgres_pair(postgres_binaries: Path) -> Iterator[Pair]:
    """Run a server and its standby, which a test may let die."""
    with streamed(postgres_binaries) as pair:
        yield pair


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """Give a database with the bot's tables and nothing in them."""
    return postgres.emptied()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what has a long form be found by `-m proof`."""
    for item in items:
        if any(mark == LONG_FORM.mark for mark in item.iter_markers("skipif")):
            item.add_marker("proof")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let what stands on the bench run over the engines instead of the fake in the long form, or beside it."""
    if "bench_url" in metafunc.fixturenames:
        over = ["file", "server"] if ALL else ["memory", "file", "server"] if is_telling(metafunc) else []
        if over:
            metafunc.parametrize("bench_url", over, indirect=True)


@pytest.fixture
def figures(capsys: pytest.CaptureFixture[str]) -> Figures:
    """Give what keeps the figures of the proof."""
    return Figures(capsys.disabled)


@pytest.fixture
def bench_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database on an engine, or "" for the fake."""
    match getattr(request, "param", ""):
        case "file":
            return f"sqlite:///{request.getfixturevalue('tmp_path')}/bot.db"
        case "server":
            url: str = request.getfixturevalue("postgres_url")
            return url
    return ""


@pytest.fixture
async def bench_store(bench_url: str) -> AsyncIterator[FakeStore]:
    """Give what keeps the bench's requests: the fake, or an engine that shows what the fake does."""
    if not bench_url:
        yield FakeStore()
        return
    async with kept_store(bench_url) as store:
        yield store


@pytest.fixture
def bench(bench_store: FakeStore) -> Bench:
    """Give the use cases and the worker over fakes, or the store over an engine."""
    return Bench(store=bench_store)


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana may ask for dwh-prod, ben approves it: a file whose *bot* has other people has a fixture of this name."""
    return ON_PROD


@pytest.fixture
async def bot(rights: Sequence[Right]) -> AsyncIterator[Bot]:
    """Give the bot in the sandbox, over fakes of everything else, where people have *rights*."""
    async with bot_in_sandbox(rights=rights) as running:
        yield running


@pytest.fixture
def prod(bot: Bot) -> Cluster:
    """Give dwh-prod."""
    return next(iter(bot.cloud.known_clusters.values()))
