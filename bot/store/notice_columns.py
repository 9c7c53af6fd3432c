"""Subscriptions and notices as rows, and back; as `columns` has it of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import structlog
from pydantic import TypeAdapter

from bot.core.ids import ChannelId, MessageRef, RequestId
from bot.core.notices import Notice, NoticeKind, Paused
from bot.core.scope import Scope
from bot.core.subscriptions import Heard, News, Pause, Subscription
from bot.core.work import Work
from bot.store import columns

log = structlog.stdlib.get_logger(__name__)

SUBSCRIPTION_COLUMNS: Final = (
    *("channel", "cloud", "cluster", "cluster_name", "events", "set_by", "team", "set_at", "is_private", "paused"),
)


@dataclass(frozen=True, slots=True)
class _NoticeBody:
    news: tuple[News, ...] = ()
    paused: Paused | None = None
    request: RequestId | None = None


_BODY: Final = TypeAdapter(_NoticeBody)


def subscription(row: columns.Row) -> Subscription:
    """Return the subscription in *row*; events that this version doesn't know aren't in it."""
    known = [str(event) for event in Heard]
    return Subscription(
        channel=row["channel"],
        scope=Scope(row["cloud"], row["cluster"]),
        events=frozenset(Heard(event) for event in row["events"].split() if event in known),
        set_by=row["set_by"],
        team=row["team"],
        set_at=columns.time(row["set_at"]),
        cluster_name=row["cluster_name"],
        is_private=bool(row["is_private"]),
        paused=Pause(row["paused"]) if row["paused"] else None,
    )


def of_subscription(of: Subscription) -> dict[str, columns.Plain]:
    """Return the columns of a subscription."""
    return {
        "channel": of.channel,
        "cloud": of.scope.cloud,
        "cluster": of.scope.cluster,
        "cluster_name": of.cluster_name,
        "events": " ".join(sorted(of.events)),
        "set_by": of.set_by,
        "team": of.team,
        "set_at": of.set_at,
        "is_private": of.is_private,
        "paused": of.paused or "",
    }


def body(notice: Notice) -> str:
    """Return what *notice* tells as JSON."""
    return _BODY.dump_json(_NoticeBody(notice.news, notice.paused, notice.request), exclude_defaults=True).decode()


def notices(found: Iterable[columns.Row]) -> list[Work[Notice]]:
    """Return the notices in the rows that were *found*, with their tokens; what a newer version owes is left to it."""
    return [Work(notice, row["lease_token"]) for row in found if (notice := _notice(row))]


def _notice(row: columns.Row) -> Notice | None:
    try:
        told = _BODY.validate_json(row["body"])
        kind = NoticeKind(row["kind"])
    except ValueError as error:  # pydantic's is one
        log.warning("notice.not_read", kind=row["kind"], error=str(error))
        return None
    return Notice(
        channel=row["channel"],
        about=row["about"],
        kind=kind,
        news=told.news,
        paused=told.paused,
        request=told.request,
        ref=None if row["ts"] is None else MessageRef(ChannelId(row["ref_channel"]), row["ts"]),
        sending_at=columns.maybe_time(row["sending_at"]),
        attempts=row["attempts"],
    )
