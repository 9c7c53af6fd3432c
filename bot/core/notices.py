"""Messages that belong to no card: what a channel hears of snapshots, and what the bot has to say about that."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.core.ids import ChannelId, MessageRef, RequestId, UserId
from bot.core.record import BOT, Entry, message_owed, stated
from bot.core.subscriptions import News, Pause, Subscription, hearers

TOGETHER: Final = 5  # news of one look at most that come one by one; more are one message


@enum.unique
class NoticeKind(enum.StrEnum):
    """What a notice is."""

    NEWS = "news"  # to a channel that hears of it; mentions nobody
    DIRECT = "direct"  # how a request ended, to somebody who asked for it and isn't in its card's channel
    PAUSED = "paused"  # that a channel hears nothing any more: to who set it up, or to the channel


@dataclass(frozen=True, slots=True)
class Paused:
    """A *channel* that hears nothing any more of *scopes*, as people know these, and *why*."""

    channel: ChannelId
    why: Pause
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that is owed to *channel*, which may be a person, or was sent; there is one *about* each thing.

    *sending_at* is saved before the post: where it is set and *ref* is not, the post may have happened.
    """

    channel: ChannelId
    about: str
    kind: NoticeKind
    news: tuple[News, ...] = ()
    paused: Paused | None = None
    request: RequestId | None = None  # of which it tells the end
    ref: MessageRef | None = None
    sending_at: datetime | None = None
    attempts: int = 0

    @property
    def key(self) -> str:
        """What the posted message carries in its metadata, so that it can be found again."""
        return f"{self.kind}:{self.channel}:{self.about}"

    def begun(self, since: datetime | None) -> Notice:
        """Return it as one whose post may have happened *since* then; None: as it is."""
        return replace(self, sending_at=since) if since else self


def notices_of(
    subscriptions: Iterable[Subscription], news: Sequence[News], *, but: ChannelId | None = None, look: str = ""
) -> list[Notice]:
    """Return what channels hear of *news*; not *but*, which shows it anyway. *look* names where many came from."""
    by_channel: dict[ChannelId, list[News]] = {}
    subscriptions = [*subscriptions]
    for one in news:
        for channel in hearers(subscriptions, one, but=but):
            by_channel.setdefault(channel, []).append(one)
    owed = []
    for channel, heard in by_channel.items():
        if len(heard) > TOGETHER:
            owed.append(Notice(channel, f"look:{look}", NoticeKind.NEWS, news=tuple(heard)))
        else:
            owed += [Notice(channel, one.about, NoticeKind.NEWS, news=(one,)) for one in heard]
    return owed


def direct_result(request: RequestId, user: UserId) -> Notice:
    """Return what is owed to *user*, who isn't in the channel in which it is told how *request* ended."""
    return Notice(ChannelId(user), f"result:{request}", NoticeKind.DIRECT, request=request)


def paused_notices(paused: Sequence[Subscription], why: Pause, at: datetime) -> list[Notice]:
    """Return who is to be told that these subscriptions of one channel are *paused* since *at*.

    Who set it up, by direct message; the channel where they have no right any more: it can be written to.
    """
    told: dict[ChannelId | UserId, list[str]] = {}
    for one in paused:
        to = one.channel if why is Pause.RIGHTS else one.set_by
        told.setdefault(to, []).append(one.cluster_name or str(one.scope))
    return [
        Notice(
            ChannelId(to),
            f"paused:{paused[0].channel}:{at.isoformat()}",
            NoticeKind.PAUSED,
            paused=Paused(paused[0].channel, why, tuple(scopes)),
        )
        for to, scopes in told.items()
    ]


def owed_entry(notice: Notice, now: datetime) -> Entry:
    """Return the entry that says that *notice* is owed from *now* on."""
    cause = Entry(now, BOT, "", request_id=notice.request)
    for first in notice.news[:1]:
        cause = Entry(now, BOT, "", request_id=first.request, cluster=first.cluster.ref)
    return message_owed(cause, notice.kind, notice.channel)


def paused_entry(paused: Subscription, why: Pause, now: datetime) -> Entry:
    """Return the entry that says that a subscription is *paused*, and why."""
    detail = stated(channel=paused.channel, scope=str(paused.scope), set_by=paused.set_by)
    return Entry(now, BOT, "subscription.paused", rule=why, cluster=paused.scope.ref, detail=detail)
