"""What every test stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.proxies import VARIABLES

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
def _logs_go_to_pytest():
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
