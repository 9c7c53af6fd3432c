"""What an operator watches, in Prometheus' terms. One registry per running bot, none per process.

Every series exists from the start, so that "nothing has happened" is a 0 and a rate has a beginning. Labels take known
words alone: what a far end says never becomes one, and no label names a person.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import product
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.exposition import generate_latest

from bot import __version__
from bot.core.condition import Condition, Sharing
from bot.core.errors import CloudError, Meaning, SlackUnavailable
from bot.core.events import GlassBroken
from bot.core.lifecycle import LIFECYCLES
from bot.core.message import MessageKind
from bot.core.notices import NoticeKind
from bot.core.request import SnapshotRequest, State
from bot.core.work import OLDEST
from bot.ports import Called

SLACK: Final = "slack"  # as a far end; the others are called by the clouds' names
OTHER: Final = "other"
DELIVERIES: Final = (
    *(
        "command",
        "block_actions",
        "view_submission",
        "view_closed",
        "block_suggestion",
        "shortcut",
        "message_action",
        "event",
    ),
    *("url_verification", "app_rate_limited", OTHER),
)
ANSWERS: Final = (
    "command",
    "block_actions",
    "view_submission",
    "block_suggestion",
    "shortcut",
    "message_action",
    "event",
    OTHER,
)
ANSWERED: Final = ("ok", "refused", "failed", "late", "not_shown")
CLOUD_CALLS: Final = (
    *("login", "list_clusters", "list_snapshots", "show_cluster", "show_snapshot", "show_storage", "create_snapshot"),
)
SLACK_CALLS: Final = (
    *("auth.test", "apps.connections.open", "bots.info", "users.info", "conversations.info", "conversations.history"),
    *("conversations.replies", "chat.postMessage", "chat.postEphemeral", "chat.update", "views.open", "views.push"),
    *("views.update", "views.publish", "usergroups.list", OTHER),
)
NOT_SENT: Final = "not_sent"  # after a restore, where nobody can say whether the message was sent before it
CALLED: Final = ("ok", "refused", "throttled", "failed", "no_answer")

_MINUTE: Final = 60.0
_ANSWER_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)  # Slack gives up after 3
_CALL_SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SNAPSHOT_SECONDS: Final = tuple(minutes * _MINUTE for minutes in (1, 5, 10, 20, 30, 60, 120, 240, 480, 1440))
_RECENT: Final = 100  # answers, for /status
_ASKED: Final = ("Asked", "Voted")  # what happens to a request beside the events of its life


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer to a person that was none: of which *kind* the delivery was, *when*, and the error's class."""

    kind: str
    at: datetime
    error: str


class Metrics:
    """The bot's counters, histograms and gauges; `text()` is what `/metrics` answers."""

    def __init__(self) -> None:
        self.last_failure: Failure | None = None
        self._seconds: deque[float] = deque(maxlen=_RECENT)
        self._outcomes: deque[str] = deque(maxlen=_RECENT)
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        Info("snapshot_bot", "Version of the running bot", registry=self._registry).info({"version": __version__})
        gauge, counter = partial(Gauge, registry=self._registry), partial(Counter, registry=self._registry)
        histogram = partial(Histogram, registry=self._registry)
        self._requests = gauge("snapshot_bot_requests", "Requests in each state", ["state"])
        self._transitions = counter(
            "snapshot_bot_transitions", "What happened to requests, from Asked to Finished", ["event"]
        )
        self._messages = counter("snapshot_bot_messages", "Messages to Slack by outcome", ["kind", "outcome"])
        self._cloud_errors = counter("snapshot_bot_cloud_errors", "Errors of the clouds", ["cloud", "error"])
        self._deliveries = counter("snapshot_bot_deliveries", "Deliveries from Slack by kind", ["kind"])
        self._answers = counter(
            "snapshot_bot_answers",
            "Answers to people by outcome: ok, refused (by a rule), failed (a fault or a far end), late, not_shown",
            ["kind", "outcome"],
        )
        self._answer_seconds = histogram(
            "snapshot_bot_answer_seconds", "Until Slack had its answer", ["kind"], buckets=_ANSWER_SECONDS
        )
        self._calls = counter(
            "snapshot_bot_calls",
            "HTTP calls to far ends; refused is a 4xx or Slack's `ok: false`, failed a 5xx",
            ["far_end", "method", "outcome"],
        )
        self._call_seconds = histogram(
            "snapshot_bot_call_seconds",
            "How long HTTP calls to far ends took",
            ["far_end", "method"],
            buckets=_CALL_SECONDS,
        )
        self._snapshot_seconds = histogram(
            "snapshot_bot_snapshot_seconds", "From approved to usable", ["cloud"], buckets=_SNAPSHOT_SECONDS
        )
        self._oldest = gauge(
            "snapshot_bot_oldest_seconds",
            "Age of the oldest request that waits for people, is approved, or is in the cloud, and of the oldest "
            "message that is owed and was never sent; 0: none",
            ["what"],
        )
        self._lateness = gauge("snapshot_bot_work_overdue_seconds", "How long the longest due work has waited")
        dependency = ["dependency", "cloud"]
        self._ok = gauge("snapshot_bot_dependency_ok", "1 while it is well, as /status says", dependency)
        self._since = gauge("snapshot_bot_dependency_since_timestamp_seconds", "When it became as it is", dependency)
        self._hears = gauge(
            "snapshot_bot_hears_replicas",
            "1 while it hears at once what other replicas save; NaN: the data are in a file, or the server is away",
        )
        self._hears_since = gauge("snapshot_bot_hears_replicas_since_timestamp_seconds", "When that became as it is")
        self._oldest_transaction = gauge(
            "snapshot_bot_oldest_transaction_seconds",
            "Age of the oldest transaction in the database on a server, as far as the bot's role may see; 0: none",
        )
        self.shared(None)
        self._stopped_cleanly = gauge(
            "snapshot_bot_last_stop_clean", "1 if the run before this one finished what was under way; NaN: none before"
        )
        self._stopped_cleanly.set(float("nan"))

    def expect(self, clouds: Iterable[str]) -> None:
        """Let every series begin, those of *clouds* too: a counter that appears with its first 1 shows no increase."""
        for event in _events():
            self._transitions.labels(event)
        outcomes = ("sent", "updated", NOT_SENT, SlackUnavailable.__name__, *Meaning)
        for message, outcome in product((*MessageKind, *NoticeKind), outcomes):
            self._messages.labels(message, outcome)
        for kind in (*DELIVERIES, "malformed"):
            self._deliveries.labels(kind)
        for kind in DELIVERIES:
            self._answer_seconds.labels(kind)
        for kind, outcome in product(ANSWERS, ANSWERED):
            self._answers.labels(kind, outcome)
        for what in OLDEST:
            self._oldest.labels(what)
        self._expect_calls(SLACK, SLACK_CALLS)
        for cloud in clouds:
            self._expect_calls(cloud, CLOUD_CALLS)
            self._snapshot_seconds.labels(cloud)
            for error in _subclasses(CloudError):
                self._cloud_errors.labels(cloud, error.__name__)

    def _expect_calls(self, far_end: str, methods: Iterable[str]) -> None:
        for method in methods:
            self._call_seconds.labels(far_end, method)
            for outcome in CALLED:
                self._calls.labels(far_end, method, outcome)

    def happened(self, event: object) -> None:
        """Count what happened to a request."""
        self._transitions.labels(type(event).__name__).inc()

    def asked(self, request: SnapshotRequest) -> None:
        """Count a new request, and that it began by break-glass where it did."""
        self._transitions.labels("Asked").inc()
        if request.glass:
            self._transitions.labels(GlassBroken.__name__).inc()

    def voted(self) -> None:
        """Count a vote that didn't decide yet."""
        self._transitions.labels("Voted").inc()

    def usable(self, request: SnapshotRequest, at: datetime) -> None:
        """Take in how long it took until the snapshot of *request* was usable, which it is since *at*."""
        since = request.decided_at or request.created_at
        self._snapshot_seconds.labels(request.cluster.cloud).observe(max(0.0, (at - since).total_seconds()))

    def message(self, kind: str, outcome: str) -> None:
        """Count a message to Slack: it was "sent", "updated", NOT_SENT, or what a "no" or the error's class says."""
        self._messages.labels(kind, outcome).inc()

    def cloud_error(self, cloud: str, error: Exception) -> None:
        """Count an error of a cloud by its class."""
        self._cloud_errors.labels(cloud, type(error).__name__).inc()

    def delivery(self, kind: str) -> None:
        """Count what Slack delivered."""
        self._deliveries.labels(kind).inc()

    def answered(self, kind: str, seconds: float) -> None:
        """Take in that Slack had its answer to a delivery after *seconds*."""
        self._answer_seconds.labels(kind).observe(seconds)
        self._seconds.append(seconds)

    def outcome(self, kind: str, outcome: str, *, at: datetime, error: BaseException | None = None) -> None:
        """Count what a person's act was answered with: one of ANSWERED."""
        self._answers.labels(kind if kind in ANSWERS else OTHER, outcome).inc()
        self._outcomes.append(outcome)
        if outcome not in ("ok", "refused"):
            self.last_failure = Failure(kind, at, type(error).__name__ if error else outcome)

    def calls_of(self, far_end: str) -> Called:
        """Return what counts a call to *far_end*: its method, how it ended (one of CALLED), and the seconds it took."""
        known = SLACK_CALLS if far_end == SLACK else CLOUD_CALLS

        def called(method: str, outcome: str, seconds: float) -> None:
            method = method if method in known else OTHER
            self._calls.labels(far_end, method, outcome).inc()
            self._call_seconds.labels(far_end, method).observe(seconds)

        return called

    def answers(self) -> dict[str, Any]:
        """Return how the newest answers to people went, as `/status` shows it; times are in seconds."""
        seconds, failure = sorted(self._seconds), self.last_failure
        return {
            "newest": {outcome: self._outcomes.count(outcome) for outcome in ANSWERED},
            "median_seconds": round(seconds[len(seconds) // 2], 3) if seconds else None,
            "slowest_seconds": round(seconds[-1], 3) if seconds else None,
            "last_failed": failure and {"at": failure.at.isoformat(), "kind": failure.kind, "error": failure.error},
        }

    def stopped_before(self, clean: bool | None) -> None:
        """Take in how the run before this one ended; None: there was none."""
        if clean is not None:
            self._stopped_cleanly.set(clean)

    def shared(self, sharing: Sharing | None) -> None:
        """Take in how the server is doing on which replicas share their data; None: there is none, or it is away."""
        hears = sharing.hears if sharing else None
        self._hears.set(hears.ok if hears else float("nan"))
        self._hears_since.set(hears.since.timestamp() if hears else float("nan"))
        self._oldest_transaction.set(sharing.oldest if sharing else float("nan"))

    def conditions(self, found: Mapping[tuple[str, str], Condition]) -> None:
        """Take in how each dependency (what it is, of which cloud) is."""
        for what, condition in found.items():
            self._ok.labels(*what).set(condition.ok)
            self._since.labels(*what).set(condition.since.timestamp())

    def text(
        self, counts: dict[State, int] | None, overdue: float | None, oldest: Mapping[str, float] | None = None
    ) -> bytes:
        """Return the exposition format with the requests *counts*, *overdue* and the *oldest* work's ages as of now.

        Both are in seconds; None: not known.
        """
        if counts is None:
            self._requests.clear()
        else:
            for state in State:
                self._requests.labels(state).set(counts.get(state, 0))
        for what in OLDEST:
            self._oldest.labels(what).set(float("nan") if oldest is None else max(0.0, oldest.get(what, 0.0)))
        self._lateness.set(float("nan") if overdue is None else max(0.0, overdue))
        return generate_latest(self._registry)

    def described(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield each metric's name, type, labels and meaning, for the documents."""
        for family in self._registry.collect():
            labels = dict.fromkeys(label for sample in family.samples for label in sample.labels if label != "le")
            suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
            yield f"{family.name}{suffix}", family.type, ", ".join(labels), family.documentation


def _events() -> list[str]:
    of_life = (event.__name__ for life in LIFECYCLES.values() for _, event in life.transitions)
    return list(dict.fromkeys((*_ASKED, *of_life)))


def _subclasses(of: type[Exception]) -> Iterator[type[Exception]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _subclasses(kind)
