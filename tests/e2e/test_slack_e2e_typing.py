"""The form while somebody types: what is filed is what stood on the screen, whenever a redraw comes.

The fault "hold" keeps the redraw at Slack until the test lets go of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import BotError
from bot.core.grants import Role
from bot.core.ids import ChannelId
from bot.core.phrase import as_told
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster
from slack_sandbox import views as slack_views
from slack_sandbox.sandbox import Modal
from tests.fakes.slack_bot import Bot, Right, bot_in_sandbox, no_approval_needed

OLD = json.loads((Path(__file__).parents[1] / "recorded" / "forms_with_changing_ids.json").read_text())
PROD, DEV = "dwh-prod-20261123-140500", "dwh-dev-20261123-140500"
CHANNEL = "Tell this channel"


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana and ada may ask for every cluster, ben approves."""
    return ("ana", Role.REQUEST, "*"), ("ada", Role.REQUEST, "*"), ("ben", Role.APPROVE, "*")


@pytest.fixture
def bot(bot: Bot) -> Iterator[Bot]:
    """Give the bot; what a test held is let go in the end, so that it can close."""
    yield bot
    bot.slack.site.faults.clear()


async def holding(bot: Bot, form: Modal, **answers: Any) -> None:
    """Fill the form in and keep the redraw that follows at Slack."""
    await bot.slack.fault("hold", method="views.update")
    await form.fill(**answers)
    await bot.slack.wait_for_held()


async def released(bot: Bot) -> None:
    """Let go of the redraw, hold no other, and wait until everything is drawn."""
    bot.slack.site.faults.clear()
    await bot.idle()


def filed(bot: Bot) -> tuple[str, str, str, str]:
    """Return cluster, name, description and channel of the request that was kept last."""
    request = bot.newest()
    return request.cluster_name, request.name, request.description, request.channel


async def test_what_is_typed_before_the_redraw_arrives_is_kept_and_filed(bot: Bot):
    """A name, a description and a channel put in between the choice and its redraw stay, and are what is asked for."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-prod")
    await form.fill(Name="before-migration-42", Description="OPS-42", **{CHANNEL: "general"})
    await released(bot)
    assert "one approval by @ben needed" in form.text
    assert [form.value(f) for f in ("Name", "Description", CHANNEL)] == ["before-migration-42", "OPS-42", "C0GENERAL"]
    assert (await form.submit()).errors == {}
    assert filed(bot) == ("dwh-prod", "before-migration-42", "OPS-42", "C0GENERAL")


async def test_an_empty_name_is_filed_as_the_placeholder_shows_it(bot: Bot):
    """The suggestion is made once: a redraw much later, for the same cluster, shows the same."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    bot.clock.advance(600)
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert form.placeholder("Name") == PROD
    assert (await form.submit()).errors == {}
    assert filed(bot)[1] == PROD


async def test_a_suggestion_for_another_cluster_is_said_before_it_is_filed(bot: Bot):
    """Request pressed before the redraw: the form says what it will be called, keeps the rest, and waits."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod", Description="why", **{CHANNEL: "general"})
    await bot.idle()
    await holding(bot, form, Cluster="dwh-dev")
    assert form.placeholder("Name") == PROD
    sent = await form.submit()
    assert (sent.action, sent.errors, bot.store.requests) == ("update", {}, {})
    assert f"☝️ It will be called `{DEV}`. Press *Request* again to send it so." in form.text
    assert form.placeholder("Name") == DEV
    assert [form.value(f) for f in ("Description", CHANNEL)] == ["why", "C0GENERAL"]
    assert "dwh-dev* · 🟢 Available" in form.text
    await form.submit()
    assert filed(bot) == ("dwh-dev", DEV, "why", "C0GENERAL")
    await released(bot)
    assert "asks for" in form.text


async def test_the_second_press_may_send_something_else(bot: Bot):
    """A name typed after the form said its suggestion is what is filed."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-dev")
    assert (await form.submit()).action == "update"
    await form.fill(Name="mine-after-all")
    await released(bot)
    assert form.value("Name") == "mine-after-all"
    await form.submit()
    assert filed(bot)[:2] == ("dwh-dev", "mine-after-all")


async def test_the_form_says_create_where_the_second_press_creates(bot: Bot, prod: Cluster):
    """Where no approval is needed the words name the button as it then is."""
    no_approval_needed(bot, prod)
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-prod")
    await form.submit()
    assert "Press *Create* again" in form.text
    assert form.shown.spec["submit"]["text"] == "Create"


async def test_a_typed_name_needs_no_redraw(bot: Bot):
    """Who types everything and presses at once is not asked a second time."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-dev", Name="nightly-1")
    assert (await form.submit()).errors == {}
    assert filed(bot) == ("dwh-dev", "nightly-1", "", "C00DWHOPS")


async def test_a_redraw_that_comes_after_the_answer_leaves_it(bot: Bot):
    """The form was sent while its redraw was under way: what it became stays on the screen."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-dev", Name="nightly-1")
    await form.submit()
    await released(bot)
    assert form.shown.spec["callback_id"] == "notice"
    assert f"{bot.newest().id}* asks for `nightly-1` of dwh-dev" in form.text


async def test_an_error_stays_when_a_redraw_is_under_way(bot: Bot):
    """A wrong name sent before the redraw arrives: what is wrong stands in the form, and no redraw takes it away."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-dev", Name="1st", Description="OPS-42")
    assert (await form.submit()).action == "update"
    await released(bot)
    assert "🔴 *Name*: Starts with a digit; the first character must be a letter." in form.text
    assert [form.value(f) for f in ("Name", "Description", CHANNEL)] == ["1st", "OPS-42", "C00DWHOPS"]
    await form.fill(Name="abc")
    await form.submit()
    assert "🔴 *Name*: Too short" in form.text
    assert "Starts with a digit" not in form.text
    await form.fill(Name="first-one")
    assert (await form.submit()).errors == {}
    assert filed(bot) == ("dwh-dev", "first-one", "OPS-42", "C00DWHOPS")


async def test_an_error_stays_when_a_redraw_is_still_to_come(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """The redraw is dropped that wasn't on its way to Slack yet when the form was sent; the next choice is drawn."""
    form = await bot.slack.user("ana").command("/snapshot")
    let_go, draft = asyncio.Event(), bot.service.intake.draft

    async def slow(*args: Any, **more: Any) -> Any:
        await let_go.wait()
        return await draft(*args, **more)

    monkeypatch.setattr(bot.service.intake, "draft", slow)
    await form.fill(Cluster="dwh-dev", Name="1st")
    await form.submit()
    let_go.set()
    await bot.idle()
    assert "Starts with a digit" in form.text
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert "dwh-prod* · 🟢 Available" in form.text
    assert "Starts with a digit" not in form.text


async def test_what_it_will_be_called_stays_when_the_redraw_comes(bot: Bot):
    """The words that ask for a second press are not wiped by the redraw that they came before."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-dev")
    await form.submit()
    await released(bot)
    assert "Press *Request* again to send it so." in form.text


async def test_of_two_choices_the_second_is_drawn_last(bot: Bot):
    """The redraw of the first choice is slow: the one for the second comes after it, also where it overtook it."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-prod")
    await form.fill(Cluster="dwh-dev")
    await released(bot)
    assert form.placeholder("Name") == DEV
    assert "dwh-dev* · 🟢 Available" in form.text
    assert (await form.submit()).action == "update"
    assert filed(bot)[:2] == ("dwh-dev", DEV)


async def test_a_redraw_for_a_later_choice_leaves_the_answer(bot: Bot):
    """Two choices before the first was drawn, and the form was sent while Slack had the second's redraw."""
    form = await bot.slack.user("ana").command("/snapshot")
    await bot.slack.fault("hold", method="views.update", times=3)
    for cluster in ("dwh-prod", "dwh-dev"):
        await form.fill(Cluster=cluster)
    await form.fill(Name="nightly-1")
    for _ in range(2):  # the first choice's redraw, and the second's, which finds the form changed by it
        await bot.slack.wait_for_held()
        await bot.slack.fault("release")
    await bot.slack.wait_for_held()
    await form.submit()
    await released(bot)
    assert form.shown.spec["callback_id"] == "notice"
    assert f"{bot.newest().id}* asks for `nightly-1` of dwh-dev" in form.text


async def test_a_redraw_that_never_comes_costs_one_press(bot: Bot):
    """Slack refuses every redraw: the form itself answers the first press with what it will file."""
    form = await bot.slack.user("ana").command("/snapshot")
    await bot.slack.fault("error", method="views.update", error="view_too_large", times=99)
    await form.fill(Cluster="dwh-dev")
    await bot.idle()
    assert form.placeholder("Name") == ""
    assert (await form.submit()).action == "update"
    await form.submit()
    assert filed(bot)[:2] == ("dwh-dev", DEV)


async def test_a_redraw_whose_answer_is_lost_is_drawn(bot: Bot):
    """Slack drew it and the answer broke off: drawing it once more, with an old hash by then, changes nothing."""
    form = await bot.slack.user("ana").command("/snapshot")
    await bot.slack.fault("drop_after", method="views.update")
    await form.fill(Cluster="dwh-dev")
    await bot.idle()
    assert form.placeholder("Name") == DEV
    await form.submit()
    assert filed(bot)[:2] == ("dwh-dev", DEV)


async def test_a_right_taken_back_before_the_second_press_is_an_error(bot: Bot):
    """The form doesn't promise a name for a cluster that one may not ask for."""
    form = await bot.slack.user("ana").command("/snapshot")
    await holding(bot, form, Cluster="dwh-dev")
    bot.store.given.clear()
    await form.submit()
    assert "🔴 *Cluster*: There is no such cluster that you may ask for. @cleo can give you that right." in form.text
    assert bot.store.requests == {}


async def test_what_was_said_of_another_cluster_goes(bot: Bot):
    """A cluster that can't be asked for takes the words about the name with it, and promises none."""
    form = await bot.slack.user("ana").command("/snapshot")
    await bot.slack.fault("error", method="views.update", error="view_too_large")
    await form.fill(Cluster="dwh-dev")
    await bot.idle()
    await form.submit()
    assert "It will be called" in form.text
    option = form.shown.values["cluster", "cluster"]["selected_option"]
    bot.store.given.clear()
    await bot.slack.clients.act(form.user.id, form.shown, "cluster", "cluster", option)
    await bot.idle()
    assert "🚫 There is no such cluster that you may ask for." in form.text
    assert "It will be called" not in form.text


async def test_a_form_that_cannot_have_a_name_of_its_own_says_so(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Nothing can be kept just now: better said before somebody fills in a form."""

    async def full(*args: object) -> bool:
        raise BotError("disk full", phrase=as_told("The bot can't keep anything just now; an operator must look."))

    monkeypatch.setattr(bot.store, "first_time", full)
    modal = await bot.slack.user("ana").command("/snapshot")
    assert "The bot can't keep anything just now; an operator must look." in modal.text


async def test_a_typed_command_calls_the_character_by_its_name_too(bot: Bot):
    """`/snapshot create` has the form's rules and words."""
    reply = await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before\u2011migration")
    assert "*Name*: `\u2011` (non-breaking hyphen) isn't allowed" in reply.body["blocks"][0]["text"]["text"]
    assert bot.store.requests == {}


async def test_blanks_are_neither_a_name_nor_an_empty_field(bot: Bot):
    """With blanks in the field the suggestion doesn't show, so it isn't filed; around a name they don't count."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(Name="  ")
    sent = await form.submit()
    assert sent.errors == {"name": "There are only blanks in it: type a name, or clear the field."}
    await form.fill(Name=" Nightly-1\u00a0")
    assert (await form.submit()).errors == {}
    assert filed(bot)[1] == "Nightly-1"


async def test_what_a_phone_makes_of_a_hyphen_is_called_by_its_name(bot: Bot):
    """A non-breaking hyphen looks like the one that is allowed; the input stays for the correction."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(Name="Before\u2011migration")
    sent = await form.submit()
    assert sent.errors == {"name": "`\u2011` (non-breaking hyphen) isn't allowed: letters a–z, digits, - and _."}
    assert form.value("Name") == "Before\u2011migration"


async def test_no_two_open_forms_suggest_the_same(bot: Bot):
    """Two people, in the same second, for the same cluster: each gets the name that they saw."""
    ana, ada = bot.slack.user("ana"), bot.slack.user("ada")
    forms = [await who.command("/snapshot") for who in (ana, ada)]
    for form in forms:
        await form.fill(Cluster="dwh-prod")
    await bot.idle()
    shown = [form.placeholder("Name") for form in forms]
    assert shown == ["dwh-prod-20261123-140500", "dwh-prod-20261123-140501"]
    for form in reversed(forms):
        assert (await form.submit()).errors == {}
    assert [r.name for r in bot.store.requests.values()] == shown[::-1]


async def test_asking_again_has_a_suggestion_of_its_own(bot: Bot):
    """The description comes along, the name doesn't: it is taken, or was tried."""
    bot.grant("ana", Role.APPROVE)
    ana = bot.slack.user("ana")
    first = await ana.command("/snapshot")
    await first.fill(Cluster="dwh-prod", Description="why")
    await bot.idle()
    await first.submit()
    await bot.tell()
    bot.clock.advance(9 * 3600)
    card = await ana.channel("dwh-ops").wait_for("Waiting")
    again = await ana.click_for_modal(await ana.click_for_modal(card, "Review…"), "Ask again")
    assert again.placeholder("Name") == "dwh-prod-20261123-230500"
    await again.fill(Description="")
    await again.fill(Cluster="dwh-dev")
    await bot.idle()
    assert again.value("Description") is None
    await again.submit()
    assert filed(bot)[:3] == ("dwh-dev", "dwh-dev-20261123-230500", "")


class TestChannels:
    """dwh-prod has a channel of its own, dwh-dev is told in the bot's."""

    @pytest.fixture(autouse=True)
    def _rule(self, bot: Bot, prod: Cluster) -> None:
        bot.store.rules_set[Scope.of(prod.ref)] = ScopeRule(channel=ChannelId("C0GENERAL"))

    async def test_the_clusters_channel_is_named_and_used(self, bot: Bot):
        """Nothing is preset where it depends on the cluster; the form names the channel once it knows."""
        form = await bot.slack.user("ana").command("/snapshot")
        assert form.value(CHANNEL) is None
        for cluster, said, channel in (("dwh-prod", "#general", "C0GENERAL"), ("dwh-dev", "#dwh-ops", "C00DWHOPS")):
            form = await bot.slack.user("ana").command("/snapshot")
            await form.fill(Cluster=cluster)
            await bot.idle()
            assert f"If it is left empty: {said}" in form.text
            assert (await form.submit()).errors == {}
            assert filed(bot)[3] == channel

    async def test_a_channel_chosen_before_the_redraw_is_kept(self, bot: Bot):
        """The redraw says where an empty field goes, and leaves the field."""
        form = await bot.slack.user("ana").command("/snapshot")
        await holding(bot, form, Cluster="dwh-prod")
        await form.fill(**{CHANNEL: "dwh-ops"})
        await released(bot)
        assert form.value(CHANNEL) == "C00DWHOPS"
        await form.submit()
        assert filed(bot)[3] == "C00DWHOPS"

    async def test_a_channel_that_was_not_shown_is_said_first(self, bot: Bot):
        """A name is typed, the channel isn't known yet on the screen: the form says it and waits."""
        form = await bot.slack.user("ana").command("/snapshot")
        await holding(bot, form, Cluster="dwh-prod", Name="nightly-1")
        assert (await form.submit()).action == "update"
        assert "It will be told in #general. Press *Request* again to send it so." in form.text
        await form.submit()
        assert filed(bot)[1::2] == ("nightly-1", "C0GENERAL")

    async def test_a_channel_that_is_preset_stays_for_another_cluster(self, bot: Bot, prod: Cluster):
        """It stood on the screen; the form says that the other cluster has one of its own."""
        bot.grant("dan", Role.REQUEST, prod)
        form = await bot.slack.user("dan").command("/snapshot")
        assert form.value(CHANNEL) == "C0GENERAL"
        bot.grant("dan", Role.REQUEST)
        await form.fill(Cluster="dwh-dev")
        await bot.idle()
        assert form.value(CHANNEL) == "C0GENERAL"
        assert "If it is left empty: #dwh-ops" in form.text
        await form.submit()
        assert filed(bot) == ("dwh-dev", DEV, "", "C0GENERAL")


class TestFormsOfBefore:
    """Forms that were opened when Name and Channel had ids that change, and are used after the upgrade."""

    async def replayed(self, bot: Bot, what: str) -> Any:
        """Send the recorded payload and return the bot's answer."""
        return (await bot.slack.send("interactive", OLD[what])).body

    async def test_one_that_is_sent_untouched_files_what_it_showed(self, bot: Bot):
        """The suggestion was the field's value."""
        answer = await self.replayed(bot, "sent untouched")
        assert answer["response_action"] == "update"
        assert filed(bot) == ("dwh-prod", "dwh-prod-20261123-1405", "", "C00DWHOPS")

    async def test_one_with_edits_files_them(self, bot: Bot):
        """Name, description and channel as they were typed."""
        await self.replayed(bot, "sent with edits")
        assert filed(bot) == ("dwh-dev", "my-own-name", "why", "C0GENERAL")

    async def test_its_errors_sit_on_its_own_blocks(self, bot: Bot):
        """Slack shows an error only at a block that the open view has."""
        payload = json.loads(json.dumps(OLD["sent untouched"]))
        payload["view"]["state"]["values"]["name:dwh-prod-20261123-1405"]["answer"]["value"] = "x"
        answer = (await bot.slack.send("interactive", payload)).body
        assert isinstance(answer, dict)
        assert answer["errors"] == {"name:dwh-prod-20261123-1405": "Too short: 1 character, at least 4."}

    @pytest.mark.parametrize(
        ("what", "cluster", "name", "channel"),
        [
            ("chosen in a form without a cluster", "dwh-prod", "dwh-prod-20261123-140501", "C00DWHOPS"),
            ("another cluster chosen after edits", "dwh-dev", "my-own-name", "C0GENERAL"),
        ],
    )
    async def test_one_that_is_open_goes_on(self, bot: Bot, what: str, cluster: str, name: str, channel: str):
        """A choice made in it is drawn, its fields keep ids and content, and Request files what stands there."""
        form = await bot.slack.user("ana").command("/snapshot")
        view, spec = form.shown, OLD[what]["view"]
        sent = ("type", "callback_id", "title", "submit", "close", "private_metadata", "blocks")
        slack_views.redraw(bot.slack.site, view, {key: spec[key] for key in sent})
        view.values = {(b, a): state for b, e in spec["state"]["values"].items() for a, state in e.items()}
        ids = [b["block_id"] for b in spec["blocks"]]
        await form.fill(Cluster="dwh-prod" if cluster == "dwh-dev" else "dwh-dev")
        await bot.idle()
        await form.fill(Cluster=cluster)
        await bot.idle()
        assert [b["block_id"] for b in view.blocks] == ids
        assert (await form.submit()).errors == {}
        assert (filed(bot)[0], filed(bot)[1], filed(bot)[3]) == (cluster, name, channel)


FIELDS = ("cluster", "name", "description", "channel")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cluster"), st.sampled_from(["dwh-prod", "dwh-dev"])),
        st.tuples(st.just("name"), st.sampled_from(["", "nightly-1", "before-42"])),
        st.tuples(st.just("description"), st.sampled_from(["", "why"])),
        st.tuples(st.just("channel"), st.sampled_from([None, "general", "dwh-ops"])),
        st.tuples(st.just("hold"), st.just("")),
        st.tuples(st.just("release"), st.just("")),
        st.tuples(st.just("request"), st.just("")),
    ),
    max_size=12,
)


@given(steps=STEPS, ruled=st.booleans())
@settings(max_examples=25, deadline=None)
async def test_what_is_filed_is_what_stood_on_the_screen(steps: list[tuple[str, Any]], ruled: bool):
    """Whatever is chosen, typed, delayed and pressed, in any order: the request is what the person could read."""
    async with bot_in_sandbox() as bot:
        bot.grant("ana", Role.REQUEST)
        bot.grant("ben", Role.APPROVE)
        if ruled:
            prod = next(iter(bot.cloud.known_clusters))
            bot.store.rules_set[Scope.of(bot.cloud.known_clusters[prod].ref)] = ScopeRule(
                channel=ChannelId("C0GENERAL")
            )
        form = await bot.slack.user("ana").command("/snapshot")
        typed: dict[str, Any] = {}
        for what, value in [*steps, ("cluster", "dwh-dev"), ("request", ""), ("release", ""), ("request", "")]:
            await _done(bot, form, what, value)
            if bot.store.requests:
                break
            typed |= {what: form.value(what)} if what in FIELDS else {}
            assert {field: form.value(field) for field in typed} == typed
        else:  # somebody emptied a channel that has to be chosen
            assert form.errors == {"channel": "Please complete this required field."}
            await _done(bot, form, "channel", "general")
            await _done(bot, form, "request", "")
        await released(bot)
        assert len(bot.store.requests) == 1
        assert form.shown.spec["callback_id"] == "notice"


async def _done(bot: Bot, form: Modal, what: str, value: Any) -> None:
    match what:
        case "hold":
            await bot.slack.fault("hold", method="views.update")
        case "release":
            await released(bot)
        case "request":
            screen = _on_the_screen(bot, form)
            await form.submit()
            assert not bot.store.requests or filed(bot) == screen
        case _:
            await form.fill(**{what: value})


def _on_the_screen(bot: Bot, form: Modal) -> tuple[str, str, str, str]:
    """Return what somebody reads off the form: cluster, name or its placeholder, description, channel or its line."""
    clusters = {str(c.ref): c.name for c in bot.cloud.known_clusters.values()}
    channel = form.value("channel")
    if channel is None:
        line = form.text.partition("If it is left empty: ")[2].partition("\n")[0]
        channel = bot.slack.site.workspace.channel(line.removeprefix("#")).id if line else ""
    name = form.value("name") or form.placeholder("name")
    return clusters.get(form.value("cluster") or "", ""), name, form.value("description") or "", channel
