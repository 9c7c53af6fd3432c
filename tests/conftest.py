"""What every test stands on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.core.snapshot import Cluster
from tests.fakes.slack_bot import ON_PROD, Bot, Right, bot_in_sandbox
from tests.harness.working import Bench

# How fast examples are made or run says something of the machine, not of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("long", settings.get_profile("suite"), max_examples=8_000)  # --hypothesis-profile=long
settings.load_profile("suite")


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


@pytest.fixture
def bench() -> Bench:
    """Give the use cases and the worker over fakes."""
    return Bench()


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
