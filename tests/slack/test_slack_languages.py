"""People read their own language; what a whole channel reads is in the bot's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, FluentSerializer
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot import words as catalogues
from bot.core.grants import Role
from bot.core.ids import Actor, ChannelId, UserId
from bot.core.message import RESULT
from bot.slack.outbound.readers import Readers
from bot.words import Languages, text
from slack_sandbox.cards import Card
from tests.fakes.slack import FakePeople
from tests.fakes.slack_bot import Bot, bot_in_sandbox

GERMAN = """
take-a-snapshot = Snapshot erstellen
asks-for = { $who } möchte { $snapshot }
result-declined = { $who } dein Antrag auf { $snapshot } wurde von { $by } abgelehnt: { $reason }
you-approved = Du hast { $request } genehmigt, einen Snapshot von { $cluster }.
home-none-waiting = Nichts wartet auf deine Entscheidung.
refused-no-cluster = Du hast noch keinen Cluster. { $next }
went-wrong = Beim Bot ging etwas schief.
"""


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot with a second language in a folder of its own; ana and ben have Slack in German, bea in English."""
    (tmp_path / "de.ftl").write_text(GERMAN, "utf-8")
    async with bot_in_sandbox(languages=Languages(tmp_path)) as running:
        prod = next(iter(running.cloud.known_clusters.values()))
        running.grant("ana", Role.REQUEST, prod)
        running.grant("ben", Role.APPROVE, prod)
        running.grant("bea", Role.APPROVE, prod)
        for who in ("ana", "ben"):
            running.slack.site.workspace.person(who).locale = "de-DE"
        yield running


async def test_a_modal_speaks_the_language_of_who_opens_it(bot: Bot):
    """What the catalogue lacks stands there in English; a person with another locale reads English alone."""
    form = await bot.slack.user("ana").command("/snapshot")
    assert form.shown.spec["title"]["text"] == "Snapshot erstellen"
    assert form.shown.spec["submit"]["text"] in ("Request", "Create")
    other = await bot.slack.user("bea").command("/snapshot")
    assert other.shown.spec["title"]["text"] == "Take a snapshot"


async def asked(bot: Bot) -> Card:
    """Let ana ask for a snapshot of dwh-prod, and return the card as ben sees it."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1")
    await bot.tell()
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("nightly-1")


async def test_the_channels_card_stays_english_and_the_same_card_alone_is_german(bot: Bot):
    """A channel is everybody's; `/snapshot status` answers one person."""
    card = await asked(bot)
    assert "asks for" in card.text
    alone = await bot.slack.user("ana").command_reply("/snapshot status")
    assert "möchte" in alone.text


async def test_an_approver_hears_in_their_own_language(bot: Bot):
    """The words after a click are theirs; the card that is drawn again is everybody's."""
    card = await asked(bot)
    reply = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert "Du hast" in reply.text
    await bot.tell()
    assert "asks for" in card.text
    assert "*Approved* by @ben" in card.text


async def test_home_and_a_refusal_speak_the_readers_language(bot: Bot):
    """The Home tab is drawn for one person; who may ask for nothing reads that in their language, too."""
    home = await bot.slack.user("ana").home()
    await home.wait_for("Nichts wartet")
    bot.slack.site.workspace.person("ada").locale = "de-AT"
    refused = await bot.slack.user("ada").command("/snapshot")
    assert "Du hast noch keinen Cluster" in refused.text


async def test_a_message_in_a_channel_is_english_and_a_direct_one_is_the_readers(bot: Bot):
    """A result that has nowhere to go but to the requester is in their language."""
    await asked(bot)
    decider = Actor(bot.newest().team, UserId(bot.slack.user("ben").id))
    request = await bot.service.approvals.decline(decider, bot.newest().id, "not today")
    facts = await bot.service.reviews.facts(request)
    ana = bot.slack.user("ana")
    for channel in (request.channel, ChannelId(request.requester)):
        await bot.edge.messenger.post(RESULT, facts, channel=channel, key=channel)
    await ana.channel("dwh-ops").wait_for("was declined by")
    await ana.dm().wait_for("abgelehnt")


class Loud(Visitor):
    """Writes every text of a catalogue in capitals."""

    def visit_TextElement(self, node: ftl.TextElement) -> None:
        node.value = node.value.upper()


def loud_english() -> str:
    """Return English in capitals: what is said in small letters is nobody's translation."""
    resource = FluentParser().parse((Path(catalogues.__file__).parent / "en.ftl").read_text("utf-8"))
    Loud().visit(resource)
    return FluentSerializer().serialize(resource)


def small(words: str) -> str:
    """Return what *words* say in small letters, beside data: mentions, channels, code, names and ids."""
    data = r"`[^`]*`|[@#/][\w-]+|R-\w+|dwh-\w+|nightly-1|default|Acme|OPS-42|U\w{8}|[\da-f]{8}-[\da-f-]+|UTC"
    return " ".join(re.findall(r"[a-z]+", re.sub(data, "", words)))


async def test_all_that_one_person_reads_is_in_their_language(tmp_path: Path):
    """Forms, their errors, help, lists, the review, Home and refusals: no word that isn't of the catalogue."""
    (tmp_path / "de.ftl").write_text(loud_english(), "utf-8")
    async with bot_in_sandbox(languages=Languages(tmp_path)) as running:
        prod = next(iter(running.cloud.known_clusters.values()))
        running.grant("ana", Role.REQUEST, prod)
        running.grant("ben", Role.APPROVE, prod)
        for who in ("ana", "ben", "dan"):
            running.slack.site.workspace.person(who).locale = "de-DE"
            await running.edge.people.person(UserId(running.slack.user(who).id))  # so that no form is drawn before
        ana, ben, dan = (running.slack.user(who) for who in ("ana", "ben", "dan"))
        said = {"form": (form := await ana.command("/snapshot")).text}
        await form.fill(NAME="1")
        said["error"] = " ".join((await form.submit()).errors.values())
        said["nothing"] = (await ana.command_reply("/snapshot status")).text
        said["usage"] = (await ana.command_reply("/snapshot create dwh-prod")).text
        said["mistake"] = (await ana.command_reply("/snapshot create dwh-prod 1")).text
        said["asked"] = (await ana.command_reply("/snapshot create dwh-prod nightly-1 OPS-42")).text
        await running.tell()
        card = await ben.channel("dwh-ops").wait_for("nightly-1")
        for word in ("help", "list", "status"):
            said[word] = (await ana.command_reply(f"/snapshot {word}")).text
        said["review"] = (review := await ben.click_for_modal(card, "Review…")).text
        said["approve"] = (await ben.click_for_modal(review, "✔ APPROVE…")).text
        said["approved"] = (await ben.click_for_reply(card, "Approve")).text
        said["refused"] = (await dan.command("/snapshot")).text
        home = await ben.home()
        await home.wait_for("NOTHING")
        said["home"] = home.text
        assert {what: found for what, words in said.items() if (found := small(words))} == {}


async def test_where_slack_does_not_tell_the_locale_the_words_are_english(bot: Bot):
    """Somebody of whom nothing is known yet is told in English what Slack doesn't answer."""
    await bot.slack.fault("error_500", method="users.info", times=1000)
    said = await bot.slack.user("ana").command_reply("/snapshot status")
    assert said.text.startswith("Slack isn't answering the bot's question about who you are")


async def test_with_one_language_nobody_is_asked_for_theirs():
    """A choice that the bot doesn't have costs no call to Slack."""

    people = FakePeople()
    async with Readers(Languages(), people).spoken_to(UserId("U00000ANA")):
        assert text("take-a-snapshot") == "Take a snapshot"
    assert people.asked == []


async def test_home_that_is_drawn_again_for_somebody_speaks_their_language(bot: Bot):
    """Not that of the person who asked."""
    prod = next(iter(bot.cloud.known_clusters.values()))
    bot.grant("ada", Role.REQUEST, prod)
    home = await bot.slack.user("ben").home()
    await home.wait_for("Nichts wartet auf deine Entscheidung.")
    await bot.slack.user("ada").command_reply("/snapshot create dwh-prod nightly-1")
    await bot.idle()
    assert bot.newest().id in home.text
    assert "Du hast noch keinen Cluster." in home.text
