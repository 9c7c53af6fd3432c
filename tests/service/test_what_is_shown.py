"""What Home, lists and the form are drawn from."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from bot.core.access import NotAllowed
from bot.core.age import which_are_old
from bot.core.approval import ApprovalRule
from bot.core.errors import CloudUnavailable, InputError
from bot.core.grants import Role
from bot.core.ids import ChannelId, UserId
from bot.core.person import Standing
from bot.core.phrase import Phrase
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.dws.rules import DwsRules
from bot.service import Ask
from bot.service.intake import Intake
from bot.slack.drawing import mrkdwn
from tests.harness.working import ADA, ANA, BEA, BEN, CLEO, OPS, OTHER, Bench, actor


async def test_what_is_open_is_not_among_what_ended(bench: Bench):
    """One's own open request is in its own part of Home alone."""
    opened = await bench.ask()
    seen = await bench.service.reviews.overview(actor(ANA))
    assert [f.request.id for f in seen.mine] == [opened.id]
    assert seen.recent == ()
    await bench.service.approvals.withdraw(actor(ANA), opened.id)
    seen = await bench.service.reviews.overview(actor(ANA))
    assert seen.mine == ()
    assert [f.request.id for f in seen.recent] == [opened.id]


async def test_home_knows_for_which_clusters_one_may_ask_again(bench: Bench):
    """Of the clusters whose requests it shows, those for which one has the right."""
    await bench.ask("hers-1", by=ADA)
    await bench.ask("dev-1", by=ADA, cluster=bench.dev)
    assert (await bench.service.reviews.overview(actor(ADA))).askable == {bench.prod.ref, bench.dev.ref}
    waiting = await bench.service.reviews.overview(actor(BEN))
    assert len(waiting.waiting_for_me) == 2
    assert waiting.askable == frozenset()


async def test_a_card_is_known_once_it_is_posted(bench: Bench):
    """What is said of a request goes into its thread."""
    request = await bench.ask()
    assert (await bench.service.reviews.facts(request)).card is None
    await bench.tell()
    assert (await bench.service.reviews.facts(request)).card == bench.messenger.cards[0].ref


async def test_the_form_offers_the_channel_of_the_cluster_or_the_bots_own(bench: Bench):
    """The rule's where it names one."""
    draft = bench.service.intake.draft
    assert (await draft(actor(ANA), bench.prod.ref)).channel == OTHER
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(ApprovalRule.of(1), ChannelId("C00RULE"))
    assert (await draft(actor(ANA), bench.prod.ref)).channel == "C00RULE"


async def test_a_name_that_several_clusters_have_is_refused_with_all_of_them(bench: Bench):
    """By the ids that tell them apart, as they can be typed instead."""
    twin = bench.cloud.add_cluster("DWH-PROD")
    bench.grant(ANA, Role.REQUEST, twin)
    with pytest.raises(InputError) as refused:
        await bench.service.naming.resolve(actor(ANA), "dwh-prod")
    both = f"{bench.prod.ref} or {twin.ref}"
    assert refused.value.fields == {"cluster": Phrase("several-clusters", {"called": "dwh-prod", "clusters": both})}


async def test_what_nothing_is_called_is_refused_with_what_was_typed(bench: Bench):
    """A mistyped name comes back as it was written."""
    with pytest.raises(InputError) as refused:
        await bench.service.naming.resolve(actor(ANA), "Nowhere")
    assert refused.value.fields == {"cluster": Phrase("no-cluster-called", {"called": "Nowhere", "action": "request"})}


async def test_a_refusal_needs_a_reason_that_can_be_seen(bench: Bench):
    """The field is named with what is missing."""
    request = await bench.ask()
    with pytest.raises(InputError) as refused:
        await bench.service.approvals.decline(actor(BEN), request.id, " ")
    assert refused.value.fields == {"reason": Phrase("reason-missing")}


async def test_a_cloud_that_is_not_seen_is_said_where_no_cluster_fits(bench: Bench):
    """It may be there: the field says how old the list is, by cloud."""
    bench.cloud.failing = [CloudUnavailable("503")] * 99
    with pytest.raises(InputError) as refused:
        await bench.service.naming.resolve(actor(ANA), "dwh-prod")
    ages = which_are_old(bench.service.naming.ages(await bench.service.authority.looker(actor(ANA))))
    assert len(ages) == 1
    assert refused.value.fields == {
        "cluster": Phrase("no-cluster-known", {"called": "dwh-prod", "action": "request", "ages": ages})
    }


async def test_to_show_something_slack_is_not_asked_again(bench: Bench):
    """Who they are is asked again where something changes; the form and a review show what is known."""
    request = await bench.ask()
    bench.people.asked.clear()
    await bench.service.intake.draft(actor(ANA), bench.prod.ref)
    await bench.service.reviews.review(actor(ANA), request.id)
    assert {fresh for _, fresh in bench.people.asked} == {False}
    await bench.service.approvals.approve(actor(BEN), request.id)
    assert (BEN, True) in bench.people.asked


async def test_without_any_channel_one_has_to_be_chosen(bench: Bench):
    """Neither the form, nor the cluster's rule, nor the bot has one: the field is named, and nothing is kept."""
    intake = Intake(
        authority=bench.service.authority,
        glass=bench.service.glass,
        joining=bench.service.joining,
        store=bench.store,
        inventory=bench.inventory,
        rules=DwsRules(),
        channels=bench.channels,
        channel=None,
        expire_after=timedelta(hours=8),
        open_requests=None,
        keep_days=0,
        zone=UTC,
        closing=bench.service.closing,
        timing=bench.service.timing,
        changed=bench.woken.set,
        asked=bench.metrics.asked,
    )
    with pytest.raises(InputError) as refused:
        await intake.ask(actor(ANA), Ask(bench.prod.ref, "nightly-1", "", None), origin="view:1")
    assert refused.value.fields == {"channel": Phrase("choose-channel")}
    with pytest.raises(InputError) as refused:
        await intake.ask(actor(ANA), Ask(None, "nightly-1", "", OPS), origin="view:1")
    assert refused.value.fields == {"cluster": Phrase("choose-cluster")}
    assert bench.store.requests == {}
    assert (await intake.draft(actor(ANA), bench.prod.ref)).channel is None


async def test_only_people_who_can_act_are_named(bench: Bench):
    """A right that a guest, an outsider or a deactivated account holds names nobody, on cards as in refusals."""
    others = {"U0GUEST": Standing.GUEST, "U0LEFT": Standing.DEACTIVATED, "U0OTHER": Standing.OUTSIDER}
    for user, standing in others.items():
        bench.people.add(user, standing)
        for role in (Role.APPROVE, Role.ADMIN):
            bench.grant(UserId(user), role, bench.prod)
    bench.people.add(BEA, Standing.GUEST)
    request = await bench.ask()
    facts = await bench.service.reviews.facts(request)
    assert (facts.approvers, facts.admins) == ((BEN,), (CLEO,))
    with pytest.raises(NotAllowed) as refused:
        await bench.service.approvals.approve(actor(ADA), request.id)
    assert (refused.value.decision.who_can, refused.value.decision.admins) == ((BEN,), (CLEO,))
    assert (await bench.service.intake.draft(actor(ANA), bench.prod.ref)).approvers == (BEN,)


async def test_of_many_people_ten_are_found_and_the_others_counted(bench: Bench):
    """Who can't act is passed over until there are ten; Slack isn't asked about hundreds."""
    for number in range(60):
        user = f"U0{number:04}"
        bench.people.add(user, Standing.MEMBER if number % 2 else Standing.GUEST)
        bench.grant(UserId(user), Role.APPROVE, bench.prod)
    facts = await bench.service.reviews.facts(await bench.ask())
    named = facts.approvers[:10]
    assert [bench.people._people[user].standing for user in named] == [Standing.MEMBER] * 10
    assert len(bench.people.asked) < 60  # ten for each: who could approve at all, the card, the form
    assert mrkdwn.users(facts.approvers).endswith(f"or {len(facts.approvers) - 10} more")


async def test_people_are_named_as_before_where_slack_does_not_say(bench: Bench):
    """Nobody waits long to hear who could help, and a card that names nobody would be worse."""
    request = await bench.ask()
    bench.people.gone = True
    assert (await bench.service.reviews.facts(request)).approvers == (BEN, BEA)
