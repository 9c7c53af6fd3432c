"""Channels that hear of snapshots: who may set them up, see them and end them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.access import Action, NotAllowed
from bot.core.errors import InputError, SlackUnavailable
from bot.core.grants import Grant, Role
from bot.core.ids import Actor, ChannelId, GrantId, Principal, UserId
from bot.core.person import Standing
from bot.core.phrase import Phrase
from bot.core.record import Entry
from bot.core.scope import Scope
from bot.core.subscriptions import USUAL, Heard, Subscription
from tests.harness.working import ADA, ANA, BEN, CLEO, DAN, OPS, OTHER, Bench, actor


async def subscribe(bench: Bench, by: UserId = ANA, text: str = "dwh-prod", channel: ChannelId = OPS) -> Subscription:
    """Let *by* set up that *channel* hears the usual of *text*."""
    return (await bench.service.subscribing.subscribe(actor(by), channel, text, USUAL)).subscription


def refused(text: str) -> dict[str, Phrase]:
    """Return what is said where nothing that one may see is called *text*."""
    return {"cluster": Phrase("no-cluster-called", {"called": text, "action": Action.VIEW})}


def may_ask_on(bench: Bench, user: UserId, scope: Scope) -> None:
    """Let *user* ask for snapshots in *scope*."""
    given = Grant(Principal(user), Role.REQUEST, scope, CLEO, bench.clock.now())
    bench.store.given.append(replace(given, id=GrantId(f"of-{user}")))


def actions(bench: Bench) -> list[str]:
    """Return what the record says of subscriptions."""
    return [e.action for e in bench.store.log if e.action.startswith("subscription.")]


async def test_a_cluster_is_kept_by_its_id_with_what_it_was_called(bench: Bench):
    """Who set it up, where they come from and when are kept, too, and are on record."""
    done = await bench.service.subscribing.subscribe(actor(ANA), OPS, "DWH-PROD", frozenset({Heard.DELETED}))
    assert done.called == "dwh-prod"
    kept = done.subscription
    assert (kept.channel, kept.scope, kept.cluster_name) == (OPS, Scope.of(bench.prod.ref), "dwh-prod")
    assert (kept.set_by, kept.team, kept.set_at) == (ANA, actor(ANA).team, bench.clock.now())
    assert (kept.events, kept.is_private, kept.paused) == (frozenset({Heard.DELETED}), False, None)
    assert await bench.store.subscriptions() == (kept,)
    entry = bench.store.log[-1]
    assert (entry.actor, entry.action, entry.cluster) == (ANA, "subscription.set", bench.prod.ref)
    assert OPS in entry.detail
    assert "deleted" in entry.detail


async def test_names_that_begin_alike_are_kept_as_they_are_typed(bench: Bench):
    """Clusters that come later are among them, so that no id is kept."""
    done = await bench.service.subscribing.subscribe(actor(ANA), OPS, "DWH-*", USUAL)
    assert (done.called, done.subscription.scope) == ("dwh-*", Scope("*", "dwh-*"))
    assert done.subscription.cluster_name == ""
    assert bench.store.log[-1].cluster is None


async def test_the_same_again_takes_the_place_of_what_was_there(bench: Bench):
    """One channel has one of a cluster: with the events that were chosen last."""
    await subscribe(bench)
    await bench.service.subscribing.subscribe(actor(ADA), OPS, "dwh-prod", frozenset({Heard.ASKED}))
    (kept,) = await bench.store.subscriptions()
    assert (kept.events, kept.set_by) == (frozenset({Heard.ASKED}), ADA)


@pytest.mark.parametrize("text", ["dwh-prod", "dwh-*", "*", "nowhere", "nowhere-*", "dwh*-*", "/*"])
async def test_who_has_no_right_learns_of_no_cluster(bench: Bench, text: str):
    """One that is there and one that isn't are one answer, for names and beginnings of names."""
    with pytest.raises(InputError) as error:
        await subscribe(bench, DAN, text)
    assert error.value.fields == refused(text)
    assert await bench.store.subscriptions() == ()
    assert actions(bench) == []


@pytest.mark.parametrize("text", ["nowhere-*", "dwh*-*", "/*"])
async def test_a_beginning_needs_a_cluster_that_one_may_see(bench: Bench, text: str):
    """Nobody sets up what can't be heard of; what is no beginning of names is refused with what was typed."""
    with pytest.raises(InputError) as error:
        await subscribe(bench, ANA, text)
    assert error.value.fields == refused(text)


async def test_a_beginning_that_fits_only_clusters_of_others_is_refused(bench: Bench):
    """Their names can't be found out by trying."""
    bench.cloud.add_cluster("secret-1")
    with pytest.raises(InputError) as error:
        await subscribe(bench, ANA, "secret-*")
    assert error.value.fields == refused("secret-*")


async def test_who_sees_every_cluster_may_choose_names_before_they_exist(bench: Bench):
    """An admin, and who has a right on all."""
    may_ask_on(bench, DAN, Scope())
    for who in (CLEO, DAN):
        assert (await subscribe(bench, who, "later-*")).scope == Scope("*", "later-*")


async def test_a_request_of_ones_own_lets_nobody_hear_of_others(bench: Bench):
    """Who has no right any more can still name the cluster to look at their request; that is all."""
    await bench.ask()
    bench.revoke(ANA)
    with pytest.raises(InputError) as error:
        await subscribe(bench)
    assert error.value.fields == refused("dwh-prod")
    assert await bench.store.subscriptions() == ()


@pytest.mark.parametrize("text", ["dwh-prod", "dwh-*"])
async def test_only_members_may(bench: Bench, text: str):
    """A guest sets up nothing and sees no list, whatever rights they have."""
    bench.people.add(ANA, Standing.GUEST)
    with pytest.raises(NotAllowed):
        await subscribe(bench, ANA, text)
    with pytest.raises(NotAllowed):
        await bench.service.subscribing.listed(actor(ANA))
    assert await bench.store.subscriptions() == ()


async def test_a_channel_where_the_bot_cannot_write_is_refused_with_why(bench: Bench):
    """Under the field of the channel."""
    bench.channels.problems[OPS] = Phrase("channel-archived")
    with pytest.raises(InputError) as error:
        await subscribe(bench)
    assert error.value.fields == {"channel": Phrase("channel-archived")}
    assert await bench.store.subscriptions() == ()


async def test_a_private_channel_of_others_is_as_if_the_bot_were_not_in_it(bench: Bench):
    """Who isn't in it learns nothing of it; who is may choose it, and it is kept that it was private."""
    bench.channels.private.add(OPS)
    bench.channels.outside.add(ANA)
    with pytest.raises(InputError) as error:
        await subscribe(bench)
    assert error.value.fields == {"channel": bench.channels.not_here()}
    assert (await subscribe(bench, ADA)).is_private


async def test_a_public_channel_may_be_chosen_from_outside(bench: Bench):
    """Everybody can read it anyway."""
    bench.channels.outside.add(ANA)
    assert not (await subscribe(bench)).is_private


async def test_a_channel_hears_of_fifty_at_most(bench: Bench):
    """What it has can still be changed, and another channel has its own fifty."""
    for number in range(50):
        await subscribe(bench, CLEO, f"dwh-{number}-*")
    with pytest.raises(InputError) as error:
        await subscribe(bench, CLEO, "dwh-prod")
    assert error.value.fields == {"channel": Phrase("notify-too-many", {"count": 50})}
    await bench.service.subscribing.subscribe(actor(CLEO), OPS, "dwh-7-*", frozenset({Heard.ASKED}))
    await subscribe(bench, CLEO, "dwh-prod", OTHER)
    kept = await bench.store.subscriptions()
    assert len(kept) == 51
    assert next(s for s in kept if s.scope == Scope("*", "dwh-7-*")).events == {Heard.ASKED}


async def test_the_list_has_what_is_theirs_and_what_they_may_see(bench: Bench):
    """An admin sees all; who has no right, nothing of others; who set one up sees it even without the right."""
    mine = await subscribe(bench, ANA, "dwh-dev")
    hers = await subscribe(bench, ADA)
    names = await subscribe(bench, CLEO, "later-*")
    bench.revoke(ANA)
    bench.revoke(BEN)
    may_ask_on(bench, BEN, Scope.of(bench.prod.ref))
    listed = bench.service.subscribing.listed
    assert set(await listed(actor(CLEO))) == {mine, hers, names}
    assert await listed(actor(ANA)) == (mine,)
    assert await listed(actor(BEN)) == (hers,)
    assert await listed(actor(DAN)) == ()


async def test_a_right_by_name_shows_one_whose_cluster_is_gone(bench: Bench):
    """By the name that it had when it was set up: so it can still be ended."""
    kept = await subscribe(bench)
    may_ask_on(bench, DAN, Scope("*", "dwh-p*"))
    del bench.cloud.known_clusters[bench.prod.ref.id]
    bench.start()
    assert bench.service.subscribing.called(kept) == "dwh-prod"
    assert await bench.service.subscribing.listed(actor(DAN)) == (kept,)


async def test_a_private_channel_is_listed_to_those_who_are_in_it(bench: Bench):
    """And to who set it up; others don't learn that it exists, and an admin is no exception."""
    bench.channels.private.add(OPS)
    private = await subscribe(bench)
    public = await subscribe(bench, ANA, "dwh-prod", OTHER)
    bench.channels.outside |= {ANA, BEN, CLEO}
    listed = bench.service.subscribing.listed
    assert set(await listed(actor(ADA))) == {private, public}
    assert set(await listed(actor(ANA))) == {private, public}
    assert await listed(actor(BEN)) == (public,)
    assert await listed(actor(CLEO)) == (public,)


async def test_where_slack_does_not_say_who_is_in_a_private_channel_nothing_is_shown(bench: Bench):
    """Rather no list than one that tells of it, or one that lacks something; nor is anything ended."""
    bench.channels.private.add(OPS)
    await subscribe(bench)
    bench.channels.gone = True
    for act in (bench.service.subscribing.listed, bench.service.subscribing.end):
        with pytest.raises(SlackUnavailable):
            await act(actor(BEN))
    assert len(await bench.service.subscribing.listed(actor(ANA))) == 1


async def test_what_is_ended_can_be_chosen_by_channel_and_name(bench: Bench):
    """The case of a name doesn't count; each end is on record."""
    prod = await subscribe(bench)
    await subscribe(bench, ANA, "dwh-*")
    elsewhere = await subscribe(bench, ANA, "dwh-prod", OTHER)
    end = bench.service.subscribing.end
    assert await end(actor(ANA), OPS, "nowhere") == ()
    assert await end(actor(ADA), OPS, "DWH-prod") == (prod,)
    entry = bench.store.log[-1]
    assert (entry.actor, entry.action, entry.cluster) == (ADA, "subscription.ended", bench.prod.ref)
    assert [s.scope.cluster for s in await end(actor(ANA), text="DWH-*")] == ["dwh-*"]
    assert await bench.store.subscriptions() == (elsewhere,)


async def test_by_its_written_scope_one_can_be_ended_too(bench: Bench):
    """The id is what remains of a cluster without a name."""
    kept = await subscribe(bench)
    assert await bench.service.subscribing.end(actor(ANA), text=str(kept.scope).upper()) == (kept,)
    assert await bench.store.subscriptions() == ()


async def test_without_a_choice_all_of_theirs_end(bench: Bench):
    """What they may not see stays."""
    await subscribe(bench)
    await subscribe(bench, ANA, "dwh-dev", OTHER)
    hidden = await subscribe(bench, CLEO, "later-*")
    assert len(await bench.service.subscribing.end(actor(ADA))) == 2
    assert await bench.store.subscriptions() == (hidden,)
    assert await bench.service.subscribing.end(actor(DAN)) == ()
    assert actions(bench).count("subscription.ended") == 2


async def test_one_of_a_list_is_ended_alone_and_once(bench: Bench):
    """Not the same clusters in another channel; a second press ends nothing and isn't on record."""
    kept = await subscribe(bench)
    other = await subscribe(bench, ANA, "dwh-prod", OTHER)
    end_one = bench.service.subscribing.end_one
    assert await end_one(actor(DAN), OPS, kept.scope) == ()
    assert await end_one(actor(ANA), OPS, kept.scope) == (kept,)
    assert await end_one(actor(ANA), OPS, kept.scope) == ()
    assert await bench.store.subscriptions() == (other,)
    assert actions(bench).count("subscription.ended") == 1


async def test_what_another_ended_meanwhile_is_not_said_to_be_ended_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    """Two who end the same at once: one of them did."""
    kept = await subscribe(bench)
    listed = bench.service.subscribing.listed

    async def and_another_ends_it(looks: Actor) -> tuple[Subscription, ...]:
        found = await listed(looks)
        await bench.store.unsubscribe(OPS, kept.scope, Entry(bench.clock.now(), ADA, "hers"))
        return found

    monkeypatch.setattr(bench.service.subscribing, "listed", and_another_ends_it)
    assert await bench.service.subscribing.end_one(actor(ANA), OPS, kept.scope) == ()
    assert "subscription.ended" not in actions(bench)
