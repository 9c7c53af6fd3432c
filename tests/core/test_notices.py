"""What is owed to channels and people beside the cards: once each, together where it is much, and on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.ids import ChannelId, RequestId, TeamId
from bot.core.notices import (
    TOGETHER,
    Notice,
    NoticeKind,
    direct_result,
    notices_of,
    owed_entry,
    paused_entry,
    paused_notices,
)
from bot.core.record import BOT
from bot.core.scope import NamedCluster, Scope
from bot.core.subscriptions import USUAL, Heard, News, Pause, Subscription
from tests.harness.facts import ANA, BEN, NOW, REF

GENERAL, OTHER = ChannelId("C0GENERAL"), ChannelId("C0OTHERS")
MADE = News(Heard.MADE, NamedCluster(REF, "dwh-prod"), "nightly-1", NOW, "s-1", RequestId("R-7K3F"), ANA)
ONE = Subscription(GENERAL, Scope.of(REF), USUAL, ANA, TeamId("T0000ACME"), NOW, "dwh-prod")
NAMES = replace(ONE, scope=Scope("*", "dwh-*"), cluster_name="")


def many(number: int) -> list[News]:
    return [replace(MADE, snapshot=f"s-{n}") for n in range(number)]


def test_a_few_news_are_a_message_each():
    """Each about its own thing, so that two looks owe it once."""
    owed = notices_of([ONE, NAMES], many(TOGETHER), look="default:1")
    assert [n.news for n in owed] == [(news,) for news in many(TOGETHER)]
    assert [n.about for n in owed] == [news.about for news in many(TOGETHER)]
    assert {(n.channel, n.kind) for n in owed} == {(GENERAL, NoticeKind.NEWS)}


def test_many_news_of_one_look_are_one_message():
    """To each channel by what it hears itself; the look names it."""
    few = replace(ONE, channel=OTHER, events=frozenset({Heard.DELETED}))
    news = [*many(TOGETHER + 1), replace(MADE, event=Heard.DELETED)]
    owed = notices_of([ONE, few], news, look="default:1")
    assert [(n.channel, n.about, len(n.news)) for n in owed] == [
        (GENERAL, "look:default:1", TOGETHER + 1),
        (OTHER, news[-1].about, 1),
    ]


def test_the_channel_that_shows_it_anyway_is_owed_nothing():
    """Nor is one that hears of nothing like it."""
    assert [n.channel for n in notices_of([ONE, replace(ONE, channel=OTHER)], [MADE], but=GENERAL)] == [OTHER]
    assert notices_of([replace(ONE, paused=Pause.ARCHIVED)], [MADE]) == []


def test_a_message_is_found_again_by_where_and_what_it_is():
    """Two channels that hear of one thing don't take each other's message for theirs."""
    first, second = notices_of([ONE, replace(ONE, channel=OTHER)], [MADE])
    assert first.key == "news:C0GENERAL:default:s-1:made"
    assert second.key == "news:C0OTHERS:default:s-1:made"


def test_what_a_restore_put_back_may_have_been_posted_since_then():
    """Without a restore it wasn't."""
    (notice,) = notices_of([ONE], [MADE])
    assert notice.begun(NOW).sending_at == NOW
    assert notice.begun(None) == notice


def test_the_end_of_a_request_is_owed_to_a_person_by_direct_message():
    """The person is the conversation; one message of a request."""
    owed = direct_result(RequestId("R-7K3F"), ANA)
    assert owed == Notice(ChannelId(ANA), "result:R-7K3F", NoticeKind.DIRECT, request=RequestId("R-7K3F"))
    assert owed.key == "direct:U00000ANA:result:R-7K3F"


@pytest.mark.parametrize("why", [why for why in Pause if why is not Pause.RIGHTS])
def test_of_a_closed_channel_each_is_told_what_they_had_set_up(why: Pause):
    """In one direct message each: a cluster by its name, others as they were typed; a later pause is told again."""
    others = replace(ONE, set_by=BEN, scope=Scope("*", "*"), cluster_name="")
    ana, ben = paused_notices([ONE, others, NAMES], why, NOW)
    assert [(str(n.channel), n.paused and n.paused.scopes) for n in (ana, ben)] == [
        (ANA, ("dwh-prod", "dwh-*")),
        (BEN, ("*",)),
    ]
    assert {(n.kind, n.paused and (n.paused.channel, n.paused.why)) for n in (ana, ben)} == {
        (NoticeKind.PAUSED, (GENERAL, why))
    }
    (later,) = paused_notices([ONE], why, NOW + timedelta(days=1))
    assert later.about != ana.about


def test_of_a_lost_right_the_channel_is_told():
    """Once, also where several people had set it up: they may have left, and the channel can be written to."""
    (told,) = paused_notices([ONE, replace(NAMES, set_by=BEN)], Pause.RIGHTS, NOW)
    assert (told.channel, told.paused and told.paused.scopes) == (GENERAL, ("dwh-prod", "dwh-*"))


def test_what_is_owed_is_on_record_with_what_it_is_about():
    """News with their request and cluster, a result with its request, a pause with neither."""
    (news,) = notices_of([ONE], [MADE])
    (pause,) = paused_notices([ONE], Pause.CLOSED, NOW)
    recorded = [owed_entry(n, NOW) for n in (news, direct_result(RequestId("R-9QW2"), ANA), pause)]
    assert [(e.action, e.actor, e.request_id, e.cluster) for e in recorded] == [
        ("message.owed", BOT, "R-7K3F", REF),
        ("message.owed", BOT, "R-9QW2", None),
        ("message.owed", BOT, None, None),
    ]
    assert all(text in e.detail for e, text in zip(recorded, (GENERAL, ANA, ANA), strict=True))


def test_a_pause_is_on_record_with_its_reason():
    """And with the cluster where it is one, not a beginning of names."""
    one, names = (paused_entry(s, Pause.SHARED, NOW) for s in (ONE, NAMES))
    assert (one.action, one.actor, one.rule, one.cluster) == ("subscription.paused", BOT, "shared", REF)
    assert names.cluster is None
    assert all(text in names.detail for text in (GENERAL, "dwh-*", ANA))
