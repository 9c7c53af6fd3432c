"""What an operator watches, in Prometheus' terms. One registry per running bot, none per process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Info
from prometheus_client.exposition import generate_latest

from bot import __version__
from bot.core.condition import Condition
from bot.core.request import State


class Metrics:
    """The bot's counters and gauges; `text()` is what `/metrics` answers."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        Info("snapshot_bot", "Version of the running bot", registry=self._registry).info({"version": __version__})
        gauge, counter = partial(Gauge, registry=self._registry), partial(Counter, registry=self._registry)
        self._requests = gauge("snapshot_bot_requests", "Requests in each state", ["state"])
        self._transitions = counter("snapshot_bot_transitions", "What happened to requests", ["event"])
        self._messages = counter("snapshot_bot_messages", "Messages to Slack by outcome", ["kind", "outcome"])
        self._cloud_errors = counter("snapshot_bot_cloud_errors", "Errors of the clouds", ["cloud", "error"])
        self._deliveries = counter("snapshot_bot_deliveries", "Deliveries from Slack by kind", ["kind"])
        self._lateness = gauge("snapshot_bot_work_overdue_seconds", "How long the longest due work has waited")
        dependency = ["dependency", "cloud"]
        self._ok = gauge("snapshot_bot_dependency_ok", "1 while it is well, as /status says", dependency)
        self._since = gauge("snapshot_bot_dependency_since_timestamp_seconds", "When it became as it is", dependency)

    def happened(self, event: object) -> None:
        """Count what happened to a request."""
        self._transitions.labels(type(event).__name__).inc()

    def message(self, kind: str, outcome: str) -> None:
        """Count a message to Slack; *outcome* is "sent", "updated" or the error's class."""
        self._messages.labels(kind, outcome).inc()

    def cloud_error(self, cloud: str, error: Exception) -> None:
        """Count an error of a cloud by its class."""
        self._cloud_errors.labels(cloud, type(error).__name__).inc()

    def delivery(self, kind: str) -> None:
        """Count what Slack delivered."""
        self._deliveries.labels(kind).inc()

    def conditions(self, found: Mapping[tuple[str, str], Condition]) -> None:
        """Take in how each dependency (what it is, of which cloud) is."""
        for what, condition in found.items():
            self._ok.labels(*what).set(condition.ok)
            self._since.labels(*what).set(condition.since.timestamp())

    def text(self, counts: dict[State, int] | None, overdue: float | None) -> bytes:
        """Return the exposition format with the requests *counts* and *overdue* seconds as of now; None: not known."""
        if counts is None:
            self._requests.clear()
        else:
            for state in State:
                self._requests.labels(state).set(counts.get(state, 0))
        self._lateness.set(float("nan") if overdue is None else max(0.0, overdue))
        return generate_latest(self._registry)
