"""The form behind `/snapshot`: what it shows, what it keeps, what it refuses."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.errors import BotError
from bot.core.grants import Role
from bot.core.phrase import as_told
from bot.core.snapshot import Cluster
from tests.fakes.slack_bot import ON_PROD, Bot, Right, bot_in_sandbox, no_approval_needed


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana may ask for both clusters, ben approves dwh-prod."""
    return (*ON_PROD, ("ana", Role.REQUEST, "dwh-dev"))


async def test_the_list_has_only_clusters_one_may_ask_for(bot: Bot):
    """The search offers what this person has a grant for, by a part of the name."""
    bot.cloud.add_cluster("dwh-secret")
    form = await bot.slack.user("ana").command("/snapshot")
    assert await form.search("Cluster", "") == ["dwh-dev", "dwh-prod"]
    assert await form.search("Cluster", "PRO") == ["dwh-prod"]
    assert await form.search("Cluster", "secret") == []


async def test_the_line_and_the_name_follow_the_cluster(bot: Bot):
    """Choosing a cluster shows how it is, and in grey the name that is filed where nobody types one."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert "dwh-prod* · 🟢 Available · no snapshot yet · one approval by @ben needed" in form.text
    assert (form.value("Name"), form.placeholder("Name")) == (None, "dwh-prod-20261123-140500")
    await form.fill(Cluster="dwh-dev")
    await bot.idle()
    assert "dwh-dev* · 🟢 Available" in form.text
    assert "nobody may give it yet" in form.text
    assert (form.value("Name"), form.placeholder("Name")) == (None, "dwh-dev-20261123-140500")
    bot.clock.advance(90)
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert form.placeholder("Name") == "dwh-prod-20261123-140500"
    assert (await form.submit()).errors == {}
    assert bot.newest().name == "dwh-prod-20261123-140500"


async def test_what_was_typed_is_kept_when_the_cluster_changes(bot: Bot):
    """An edited name, the description and a chosen channel survive another choice of cluster."""
    bot.grant("ben", Role.APPROVE)
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(Name="my-own-name", Description="why", **{"Tell this channel": "general"})
    await form.fill(Cluster="dwh-dev")
    await bot.idle()
    assert form.value("Name") == "my-own-name"
    assert form.value("Description") == "why"
    assert form.value("Tell this channel") == "C0GENERAL"
    sent = await form.submit()
    assert sent.errors == {}
    assert (bot.newest().name, bot.newest().channel, bot.newest().cluster_name) == (
        "my-own-name",
        "C0GENERAL",
        "dwh-dev",
    )


async def test_a_single_cluster_is_chosen_already(bot: Bot):
    """Who may ask for one cluster only need not choose it."""
    bot.grant("ada", Role.REQUEST, next(iter(bot.cloud.known_clusters.values())))
    form = await bot.slack.user("ada").command("/snapshot")
    assert form.placeholder("Name") == "dwh-prod-20261123-140500"
    assert (await form.submit()).errors == {}
    assert (bot.newest().cluster_name, bot.newest().name) == ("dwh-prod", "dwh-prod-20261123-140500")


async def test_without_approval_the_button_says_create(bot: Bot, prod: Cluster):
    """Where no approval is needed, pressing the button creates, and it says so."""
    no_approval_needed(bot, prod)
    form = await bot.slack.user("ana").command("/snapshot")
    assert form.shown.spec["submit"]["text"] == "Request"
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert form.shown.spec["submit"]["text"] == "Create"
    assert "no approval needed" in form.text


async def test_errors_sit_on_their_fields_and_the_input_stays(bot: Bot):
    """Each wrong field says its own rule; nothing is kept and nothing typed is lost."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(Name="abc", Description="a <b> c")
    sent = await form.submit()
    assert sent.errors == {
        "name": "Too short: 3 characters, at least 4.",
        "description": "`<` and `>` aren't allowed in descriptions.",
    }
    assert form.is_open
    assert form.value("Name") == "abc"
    assert bot.store.requests == {}


async def test_a_blocked_cluster_is_an_error_on_the_cluster(bot: Bot, prod: Cluster):
    """A read-only cluster can't be asked for, and the field says why."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    bot.cloud.change_cluster(prod.ref.id, sub_statuses=("READONLY",))
    bot.clock.advance(60)
    sent = await form.submit()
    assert sent.errors == {"cluster": "dwh-prod is read-only just now; snapshots need an available cluster."}


async def test_a_right_that_was_taken_back_is_an_error_with_names(bot: Bot):
    """Rights are checked again when the form is sent; Slack shows no mentions in errors, so people are named."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    bot.store.given.clear()
    sent = await form.submit()
    assert sent.errors == {"cluster": "There is no such cluster that you may ask for. @cleo can give you that right."}


async def test_who_has_nothing_to_ask_for_sees_no_empty_form(bot: Bot):
    """No clusters: the modal says so and who can change it."""
    modal = await bot.slack.user("dan").command("/snapshot")
    assert "You have no cluster to ask for yet. @cleo can give you one." in modal.text
    assert modal.shown.spec.get("submit") is None


async def test_a_guest_is_told_whose_members_can_ask(bot: Bot):
    """A guest's account gets no form, but the rule."""
    modal = await bot.slack.user("gus").command("/snapshot", channel="general")
    assert "Your account is a guest's; only members of *Acme* can ask here." in modal.text


async def test_a_private_channel_without_the_bot_is_an_error_on_the_channel(bot: Bot):
    """A card that could not appear is refused before the request is kept, with the way to fix it."""
    bot.grant("ben", Role.REQUEST)
    form = await bot.slack.user("ben").command("/snapshot")
    await form.fill(Cluster="dwh-dev")
    await bot.idle()
    await form.fill(**{"Tell this channel": "dwh-secret"}, Name="x")
    sent = await form.submit()
    assert sent.errors["channel"] == "I'm not in this channel: invite me with /invite @snapshots, or choose another."
    assert sent.errors["name"] == "Too short: 1 character, at least 4."
    assert bot.store.requests == {}


async def test_a_full_disk_is_an_error_in_the_modal(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """What can't be stored is not accepted: the form stays open with everything in it."""

    async def full(*args: object, **kwargs: object) -> None:
        raise BotError("disk full", phrase=as_told("The bot can't keep anything just now; an operator must look."))

    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    monkeypatch.setattr(bot.store, "add", full)
    sent = await form.submit()
    assert sent.errors == {"cluster": "The bot can't keep anything just now; an operator must look."}
    assert form.is_open


async def test_a_fault_of_ours_is_an_error_without_internals(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """An unexpected exception is logged; the person reads general words and keeps the input."""

    async def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    monkeypatch.setattr(bot.store, "add", broken)
    sent = await form.submit()
    assert "Something went wrong on the bot's side." in sent.errors["cluster"]
    assert "secret" not in str(sent.errors)


async def test_a_slow_cloud_opens_one_moment_first():
    """Slack's ticket lives 3 s: where the facts take longer, a modal opens at once and becomes the form."""
    async with bot_in_sandbox(patience=0.0) as slow:
        slow.grant("ana", Role.REQUEST)
        modal = await slow.slack.user("ana").command("/snapshot")
        await slow.idle()
        assert modal.shown.spec["callback_id"] == "request"
        opened = [e["payload"] for e in slow.slack.site.exchanges.list() if e["what"] == "views.open"]
        assert "One moment" in str(opened[0])


async def test_a_ticket_that_died_is_answered_with_words(bot: Bot):
    """An expired trigger id becomes a private "type it again", never silence."""
    await bot.slack.fault("error", method="views.open", error="expired_trigger_id")
    reply = await bot.slack.user("ana").command_reply("/snapshot")
    assert "That took too long; type `/snapshot` again." in reply.text
    assert reply.is_private


async def test_the_global_shortcut_opens_the_form(bot: Bot):
    """ "Take a snapshot" from anywhere opens the same form, for the bot's own channel."""
    form = await bot.slack.user("ana").shortcut("snapshot")
    assert form.title == "Take a snapshot"
    assert form.value("Tell this channel") == "C00DWHOPS"


async def test_the_same_submission_twice_makes_one_request(bot: Bot):
    """A replayed submission finds the request that the first one made; a second modal makes a second."""
    ana = bot.slack.user("ana")
    form = await ana.command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.submit()
    payloads = (e["payload"] for e in bot.slack.site.exchanges.list() if e["direction"] == "slack->app")
    payload = next(p for p in payloads if p.get("type") == "view_submission")
    again = await bot.deliver(payload)
    assert bot.newest().id in again.body
    assert len(bot.store.requests) == 1
    second = await ana.command("/snapshot")
    await second.fill(Cluster="dwh-prod")
    await bot.idle()
    await second.fill(Name="another-one")
    assert (await second.submit()).errors == {}
    assert len(bot.store.requests) == 2


async def test_a_message_shortcut_takes_the_messages_link_into_the_description(bot: Bot):
    """Somebody announces a migration; the form opens with where that was said, and with that channel."""
    ben, ana = bot.slack.user("ben"), bot.slack.user("ana")
    said = await ben.say("dwh-ops", "Migrating the customers at noon, see https://example.org/?a=1&b=2")
    form = await ana.shortcut("snapshot_before", said)
    link = f"https://acme.slack.com/archives/{said.channel}/p{said.ts.replace('.', '')}"
    assert form.value("Description") == f"Before {link}"
    await form.fill(Cluster="dwh-prod", Name="before-noon")
    assert not (await form.submit()).errors
    assert bot.newest().description == f"Before {link}"
    assert bot.newest().channel == said.channel


@pytest.mark.parametrize("lacks", ["domain", "message_ts"])
async def test_a_message_whose_link_is_not_known_opens_the_form_without_it(bot: Bot, lacks: str):
    """What Slack may leave out keeps nobody from asking."""
    payload = {
        "type": "message_action",
        "user": {"id": "U00000ANA", "team_id": "T0000ACME"},
        "team": {"id": "T0000ACME", "domain": "" if lacks == "domain" else "acme"},
        "channel": {"id": "C00DWHOPS", "name": "dwh-ops"},
        "callback_id": "snapshot_before",
        "trigger_id": bot.slack.site.tickets.trigger("U00000ANA", None),
        **({} if lacks == "message_ts" else {"message_ts": "1700000000.000100"}),
    }
    await bot.deliver(payload)
    form = await bot.slack.user("ana").wait_for_modal("Cluster")
    assert not form.value("Description")
