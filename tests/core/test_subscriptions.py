"""What a channel hears of, as somebody chose it: which news, which events, and each thing once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.ids import ChannelId, ClusterId, RequestId, SnapshotId, TeamId
from bot.core.request import State
from bot.core.scope import NamedCluster, Scope
from bot.core.subscriptions import USUAL, Heard, News, Pause, Subscription, events_in, hearers, news_of
from tests.harness.facts import ANA, NOW, REF, in_state

GENERAL, OTHER = ChannelId("C0GENERAL"), ChannelId("C0OTHERS")
MADE = News(Heard.MADE, NamedCluster(REF, "dwh-prod"), "nightly-1", NOW, "s-1", RequestId("R-7K3F"), ANA)
ONE = Subscription(GENERAL, Scope.of(REF), USUAL, ANA, TeamId("T0000ACME"), NOW, "dwh-prod")


def test_a_channel_wants_what_was_chosen_alone():
    """Its events, on its clusters, while it isn't paused."""
    elsewhere = NamedCluster(replace(REF, id=ClusterId("another")), "lab")
    assert ONE.wants(MADE)
    assert not ONE.wants(replace(MADE, event=Heard.ASKED))
    assert not ONE.wants(replace(MADE, cluster=elsewhere))
    assert not any(replace(ONE, paused=why).wants(MADE) for why in Pause)


def test_a_channel_hears_once_and_not_what_its_card_shows():
    """However many of its choices cover the cluster; in the order in which they were made."""
    every = replace(ONE, scope=Scope())
    both = [every, replace(ONE, channel=OTHER), ONE]
    assert hearers(both, MADE) == [GENERAL, OTHER]
    assert hearers(both, MADE, but=GENERAL) == [OTHER]


def test_news_of_one_snapshot_are_about_one_thing_by_event():
    """By the snapshot's id where there is one, so that a look and a request say the same; else by the request."""
    assert MADE.about == replace(MADE, request=None, outside=True).about == "default:s-1:made"
    assert replace(MADE, event=Heard.DELETED).about != MADE.about
    assert replace(MADE, event=Heard.FAILED, snapshot="").about == "default:R-7K3F:failed"


@pytest.mark.parametrize(
    ("typed", "events"),
    [
        ([], {Heard.MADE, Heard.FAILED}),
        (["all"], set(Heard)),
        (["asked", "deleted", "asked"], {Heard.ASKED, Heard.DELETED}),
        (["all", "made"], None),
        (["broken"], None),
        (["made", "broken"], None),
    ],
)
def test_events_as_they_are_typed(typed: list[str], events: set[Heard] | None):
    """Nothing is the usual two; "all" stands alone; one word that is no event spoils the rest."""
    assert events_in(typed) == events


@pytest.mark.parametrize("state", State)
def test_only_how_a_request_ends_with_or_without_its_snapshot_is_news(state: State):
    """That it is declined, withdrawn or expired concerns its requester alone; what is changed later is no news."""
    before, after = in_state(State.CREATING), in_state(state, snapshot_id=SnapshotId("s-1"))
    told = {State.AVAILABLE: Heard.MADE, State.FAILED: Heard.FAILED, State.DELETED: Heard.DELETED}.get(state)
    news = news_of(before, after)
    assert (news.event if news else None) == told
    assert news_of(after, after) is None


def test_why_it_failed_is_told_of_a_failure_alone():
    """A reason that a request has kept from a wait says nothing of its success."""
    failed = in_state(State.FAILED)
    told = news_of(in_state(State.CREATING), failed)
    made = news_of(in_state(State.CREATING), in_state(State.AVAILABLE, why=failed.why))
    assert told is not None
    assert made is not None
    assert (told.why, made.why) == (failed.why, None)


def test_that_it_is_asked_for_is_news_of_a_new_request():
    """Before there is a snapshot, with who asks."""
    request = in_state(State.WAITING)
    news = news_of(None, request)
    assert news == News(Heard.ASKED, request.named, request.name, NOW, request=request.id, requester=ANA)
