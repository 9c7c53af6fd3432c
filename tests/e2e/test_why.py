"""`Why?` at each place where it stands, and `/snapshot why`: each press is answered, and nobody learns more by it."""

from __future__ import annotations

import pytest

from bot.core.approval import ApprovalRule, OwnApproval
from bot.core.grants import Role
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster
from slack_sandbox.cards import Card, Modal
from tests.fakes.slack_bot import Bot


async def a_card(bot: Bot) -> Card:
    """Return the card of a request of ana's on dwh-prod, in #dwh-ops."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1")
    await bot.tell()
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")


def plain(seen: Card | Modal) -> str:
    """Return the words that somebody reads, without marks."""
    return seen.text.replace("*", "").replace("`", "")


async def test_the_card_explains_to_each_what_they_may(bot: Bot):
    """The approver by which grant, the requester why not; who only stands in the channel learns nothing more."""
    card = await a_card(bot)
    assert card.buttons == ["Approve", "Review…", "Why?"]
    said = plain(await bot.slack.user("ben").click_for_modal(card, "Why?"))
    assert f"You can approve {bot.newest().id}." in said
    assert "✓ grant: approve on dwh-prod for @ben (by @cleo, " in said
    assert "No rule is set for dwh-prod, so it takes one approval by anybody who may approve." in said
    said = (await bot.slack.user("ana").click_for_modal(card, "Why?")).text
    assert "✗ your own request: others decide on it\n@cleo can let somebody else approve it." in said
    dan = bot.slack.user("dan")
    why, review = await dan.click_for_modal(card, "Why?"), await dan.click_for_modal(card, "Review…")
    assert why.text.replace("Why", review.title) == review.text


async def test_an_approved_card_says_by_whom_and_by_which_rule(bot: Bot):
    """Nothing is left to decide."""
    card = await a_card(bot)
    await bot.slack.user("ben").click(card, "Approve")
    await bot.idle()
    await bot.tell()
    assert card.buttons == ["Review…", "Why?"]
    said = plain(await bot.slack.user("ana").click_for_modal(card, "Why?"))
    assert "Approved by @ben" in said
    assert "You can" not in said


async def test_the_review_explains_on_top_of_itself(bot: Bot):
    """The modal with the decision stays below."""
    ben = bot.slack.user("ben")
    review = await ben.click_for_modal(await a_card(bot), "Review…")
    why = await ben.click_for_modal(review, "Why?")
    assert (why.title, "You can approve" in why.text) == ("Why", True)
    await why.close()
    assert ben.modals[-1].title.startswith("Review")


async def test_a_private_refusal_opens_the_explanation_of_what_was_tried(bot: Bot, prod: Cluster):
    """To withdraw what isn't theirs; in the modal that was sent, too, where the rule lets requesters approve."""
    ben, ana, card = bot.slack.user("ben"), bot.slack.user("ana"), await a_card(bot)
    refused = await ben.command_reply(f"/snapshot withdraw {bot.newest().id}")
    assert refused.buttons == ["Why?"]
    why = await ben.click_for_modal(refused, "Why?")
    assert f"You can't withdraw {bot.newest().id}.\n✓ you are an active member of Acme\n✗ not your own" in plain(why)
    refused = await ana.click_for_reply(card, "Approve")
    assert "You can't approve" in (await ana.click_for_modal(refused, "Why?")).text
    bot.store.rules_set[Scope.of(prod.ref)] = ScopeRule(ApprovalRule(own=OwnApproval.ALLOWED))
    bot.grant("ana", Role.APPROVE, prod)
    said = (await ana.click_for_modal(refused, "Why?")).text
    assert "✓ your own request, and its rule lets you approve it" in said, "by the rule of now"


async def test_a_form_that_is_refused_has_the_button_beside_the_words(bot: Bot):
    """What was typed stays; the explanation opens on top."""
    ben, card = bot.slack.user("ben"), await a_card(bot)
    bot.grant("ben", Role.REQUEST)
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✖ Decline…")
    await form.enter("Reason", "not tonight")
    bot.store.given[:] = [g for g in bot.store.given if g.role is not Role.APPROVE]
    result = await form.submit()
    assert result.modal is not None
    assert "You may not decline" in result.modal.text
    assert result.modal.value("Reason") == "not tonight"
    why = await ben.click_for_modal(result.modal, "Why?")
    assert "✗ no grant: approve on dwh-prod" in why.text
    assert "You can't decline" in why.text


async def test_who_may_not_ask_for_a_cluster_reads_why(bot: Bot):
    """Who approves there sees it; to a stranger it isn't there, and there is nothing to press."""
    refused = await bot.slack.user("ben").command_reply("/snapshot create dwh-prod nightly-1")
    assert "You may not request snapshots of dwh-prod." in refused.text
    why = await bot.slack.user("ben").click_for_modal(refused, "Why?")
    assert "You can't ask for snapshots of dwh-prod." in why.text
    assert "✗ no grant: request on dwh-prod\n@cleo can give you that right." in why.text
    hidden = await bot.slack.user("dan").command_reply("/snapshot create dwh-prod nightly-1")
    assert hidden.buttons == []


async def test_a_refusal_before_a_strangers_eyes_has_no_button(bot: Bot):
    """They stand before the card, which names who can; the rest isn't theirs to know."""
    refused = await bot.slack.user("dan").click_for_reply(await a_card(bot), "Approve")
    assert "You may not approve snapshots of dwh-prod. @ben can." in refused.text
    assert refused.buttons == []


async def test_the_command_says_what_one_may_do(bot: Bot):
    """Each role, the rule, who can change it; without a cluster, how to type it."""
    ana = bot.slack.user("ana")
    said = plain(await ana.command_reply("/snapshot why DWH-PROD"))
    assert said.startswith("What you may do on dwh-prod\n✓ grant: request on dwh-prod for @ana (by @cleo, ")
    assert "✗ no grant: break-glass on dwh-prod" in said
    assert "No rule is set for dwh-prod" in said
    for nothing in ("", f" <@{ana.id}>"):
        usage = plain(await ana.command_reply(f"/snapshot why{nothing}"))
        assert "Say which cluster, e.g. /snapshot why dwh-prod" in usage


async def test_the_rule_is_told_with_whose_it_is(bot: Bot):
    """The scope, who set it and when."""
    rule = ScopeRule(ApprovalRule.of(2), set_by="U0000CLEO", set_at=bot.clock.now())
    bot.store.rules_set[Scope("*", "dwh-*")] = rule
    said = (await bot.slack.user("ana").command_reply("/snapshot why dwh-prod")).text
    assert "Rule of `dwh-*` (by @cleo, " in said
    assert "): two approvals by anybody who may approve." in said


@pytest.mark.parametrize("written", ["@ana", "{id}", "<@{id}>", "<@{id}|ana>"])
async def test_an_admin_of_the_cluster_asks_for_others(bot: Bot, prod: Cluster, written: str):
    """By mention or id."""
    ana, bea = bot.slack.user("ana"), bot.slack.user("bea")
    bot.grant("bea", Role.ADMIN, prod)
    said = plain(await bea.command_reply(f"/snapshot why {written.format(id=ana.id)} dwh-prod"))
    assert said.startswith("What @ana may do on dwh-prod\n✓ grant: request")


async def test_others_hear_what_they_would_of_no_cluster(bot: Bot, prod: Cluster):
    """An approver there, an admin of another cluster, a stranger; a guest hears that only members may."""
    dev = next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-dev")
    bot.grant("bea", Role.ADMIN, dev)
    for who in ("ben", "bea", "dan"):
        person = bot.slack.user(who)
        said = [
            (await person.command_reply(f"/snapshot why @ana {called}")).text.replace(called, "…")
            for called in ("dwh-prod", "dwh-prad")
        ]
        assert said[0] == said[1]
        assert said[0].startswith("There is no cluster called …")
    assert "only members of" in (await bot.slack.user("gus").command_reply("/snapshot why dwh-prod")).text


async def test_a_channel_or_a_name_that_slack_did_not_find_is_nobody(bot: Bot):
    """The bot looks nobody up by name."""
    cleo = bot.slack.user("cleo")
    assert "is a person, a group or a channel" in (await cleo.command_reply("/snapshot why #dwh-ops dwh-prod")).text
    assert "mere text" in (await cleo.command_reply("/snapshot why @nobody dwh-prod")).text
    said = (await cleo.command_reply("/snapshot why U0NOBODYHERE dwh-prod")).text
    assert "✗ Slack knows of no such account here" in said
