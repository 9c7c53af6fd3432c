"""Subscriptions and notices as rows: what was written is read, and what a newer version wrote does no harm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.ids import ChannelId, MessageRef, RequestId, TeamId
from bot.core.notices import Notice, NoticeKind, Paused
from bot.core.scope import NamedCluster, Scope
from bot.core.subscriptions import Heard, News, Pause, Subscription
from bot.core.why import Code, Why
from bot.store import notice_columns
from tests.harness.facts import ANA, NOW, REF

GENERAL = ChannelId("C0GENERAL")
WHY = Why(Code.SNAPSHOT_GONE)
NEWS = News(Heard.FAILED, NamedCluster(REF, "dwh-prod"), "nightly-1", NOW, "s-1", RequestId("R-7K3F"), ANA, why=WHY)
SEEN = News(Heard.DELETED, NamedCluster(REF, "dwh-prod"), "nightly-2", NOW, "s-2", outside=True, automatic=True)
ALL = frozenset(Heard)
ONE = Subscription(GENERAL, Scope.of(REF), ALL, ANA, TeamId("T0000ACME"), NOW, "dwh-prod", True, Pause.SHARED)


def a_row(notice: Notice, **changes: object) -> dict[str, object]:
    """Return *notice* as it comes from a table."""
    ref, at = notice.ref, notice.sending_at
    row: dict[str, object] = {
        "channel": notice.channel,
        "about": notice.about,
        "kind": str(notice.kind),
        "body": notice_columns.body(notice),
        "ref_channel": ref.channel if ref else None,
        "ts": ref.ts if ref else None,
        "sending_at": at,
        "attempts": notice.attempts,
        "lease_token": 3,
    }
    return row | changes


@pytest.mark.parametrize("one", [ONE, Subscription(GENERAL, Scope("*", "dwh-*"), ALL, ANA, TeamId("T0"), NOW)])
def test_a_subscription_is_read_as_it_was_written(one: Subscription):
    """With everything that it says, and with nothing that it doesn't."""
    row = notice_columns.of_subscription(one)
    assert tuple(row) == notice_columns.SUBSCRIPTION_COLUMNS
    assert notice_columns.subscription(row) == one


def test_an_event_that_this_version_does_not_know_is_left_out():
    """After a step back the channel hears of the others."""
    row = notice_columns.of_subscription(ONE) | {"events": "made restored failed"}
    assert notice_columns.subscription(row).events == {Heard.MADE, Heard.FAILED}


@pytest.mark.parametrize(
    "notice",
    [
        Notice(GENERAL, NEWS.about, NoticeKind.NEWS, (NEWS,)),
        Notice(GENERAL, "look:1", NoticeKind.NEWS, (NEWS, SEEN), sending_at=NOW + timedelta(seconds=1), attempts=2),
        Notice(ChannelId(ANA), "result:R-7K3F", NoticeKind.DIRECT, request=RequestId("R-7K3F")),
        Notice(GENERAL, "p", NoticeKind.PAUSED, paused=Paused(GENERAL, Pause.RIGHTS, ("dwh-prod", "dwh-*"))),
        Notice(ChannelId(ANA), "result:R-1", NoticeKind.DIRECT, ref=MessageRef(ChannelId("D0ANA"), "1.2")),
    ],
)
def test_a_notice_is_read_as_it_was_written(notice: Notice):
    """With its lease's token; a direct message stands elsewhere than it is owed."""
    (work,) = notice_columns.notices([a_row(notice)])
    assert (work.item, work.token) == (notice, 3)


@pytest.mark.parametrize("changes", [{"kind": "digest"}, {"body": '{"news": [{"event": "restored"}]}'}])
def test_what_a_newer_version_owes_is_left_to_it(changes: dict[str, object]):
    """The others are told meanwhile."""
    notice = Notice(GENERAL, NEWS.about, NoticeKind.NEWS, (NEWS,))
    read = notice_columns.notices([a_row(notice, **changes), a_row(notice)])
    assert [work.item for work in read] == [notice]
