"""Each kind of person with each thing one can try: who may, and the words that the others read.

What Slack's client would not let somebody send is sent all the same: the bot must not rely on it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_asyncio

from bot.admin import administering
from bot.admin_words import request_row
from bot.core.ids import Principal, UserId
from bot.store import open_store
from slack_sandbox import forms, payloads
from slack_sandbox.cards import Card, Modal
from slack_sandbox.client_base import blocks_of
from slack_sandbox.people import OTHER_TEAM, TEAM
from slack_sandbox.reading import message_text, render, words
from slack_sandbox.waiting import until
from tests.harness.running import World, a_world, give_roles

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEMBERS_ONLY = {
    "gus": "Your account is a guest's; only members of Acme can {} here.",
    "gil": "Your account is a guest's; only members of Acme can {} here.",
    "otto": "Your account belongs to another company; only members of Acme can {} here.",
    "dora": "Your account is deactivated; only members of Acme can {} here.",
    "deploybot": "This account is an app's; only members of Acme can {} here.",
    "slackbot": "This account is an app's; only members of Acme can {} here.",
    "ben of another workspace": "Your account belongs to another company; only members of Acme can {} here.",
}
STRANGERS = list(MEMBERS_ONLY)
REFUSED = "You may not request snapshots of dwh-prod."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory, database_in) -> AsyncIterator[World]:
    """A bot in which guests, outsiders, bots and a deactivated account hold the rights to ask and to approve."""
    folder = tmp_path_factory.mktemp("privileges")
    database = {"SNAPSHOT_BOT_DATABASE": database_in(folder)}
    async with a_world(folder, snapshot_seconds=0.2, rate_limits=False, environ=database) as running:
        held = {who: ["approve"] for who in ("gil", "dora", "deploybot", "slackbot")}
        held |= {who: ["request", "approve"] for who in ("gus", "otto")}
        await give_roles(running.environ, running.slack, held)
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def card(world: World) -> Card:
    """The card of ana's request, which nobody in this module may decide and which stays open."""
    return await world.ask("ana", "privileges-1")


async def row(world: World, name: str) -> dict[str, Any] | None:
    """Return the request called *name* as it is stored, or None."""
    async with administering(world.environ) as admin:
        found = (request_row(r) for r in await admin.requests(only_open=False, limit=200) if r.name == name)
        return next(found, None)


async def recorded(world: World, who: str) -> list[tuple[str, str]]:
    """Return what the audit log has of *who*: what they did or tried, and the rule that decided."""
    async with open_store(world.environ["SNAPSHOT_BOT_DATABASE"], exclusive=False) as store:
        user = world.slack.site.workspace.person(who).id
        return [(e.action, e.rule) for e in await store.entries(limit=500) if e.actor == user]


@contextmanager
def shared_with_otto(world: World) -> Iterator[None]:
    """Share #dwh-ops with the other company while the block runs."""
    channel, otto = world.slack.site.workspace.channel("dwh-ops"), world.user("otto").id
    channel.members.append(otto)
    channel.shared_with = (OTHER_TEAM,)
    try:
        yield
    finally:
        channel.members.remove(otto)
        channel.shared_with = ()


async def set_rights(world: World, who: str, roles: list[str]) -> None:
    """Let *who* have exactly *roles* on dwh-prod."""
    async with administering(world.environ) as admin:
        scope = await admin.scope("dwh-prod")
        user = UserId(world.user(who).id)
        await admin.revoke(Principal(user), None, scope, denies=False)
        for role in roles:
            await admin.grant(Principal(user), role, scope)


class Someone:
    """An account that sends what Slack would send for it, whether or not its client would let it."""

    def __init__(self, world: World, who: str) -> None:
        name, _, elsewhere = who.partition(" of ")
        self.world, self.site = world, world.slack.site
        self.person = self.site.workspace.person(name)
        self.team = OTHER_TEAM if elsewhere else self.person.team_id

    def _signed(self, payload: dict[str, Any]) -> dict[str, Any]:
        """It happened in our workspace, and the account's home is its own."""
        user = payload["user"] | {"team_id": self.team}
        return payload | {"user": user, "team": payload["team"] | {"id": TEAM, "domain": "acme"}}

    async def press(self, place: Card | Modal, what: str, *, silent: bool = False) -> str:
        """Press a button and return what is shown to this account alone; *silent*: don't wait for that."""
        ids = place.find(what, place.user)

        def pressed_in(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
            block, element = next(f for f in forms.elements(blocks) if (f[0]["block_id"], f[1]["action_id"]) == ids)
            return [payloads.action(block, element, None, "1.000000")]

        if isinstance(place, Modal):
            view = place.target(place.user)
            payload = payloads.block_actions_in_view(self.site, self.person, view, pressed_in(view.blocks))
        else:
            channel, message = self.site.workspace.channels[place.channel], place.target(place.user)
            actions = pressed_in(blocks_of(message))
            payload = payloads.block_actions_in_message(self.site, self.person, channel, message, {}, actions)

        async def pressed() -> None:
            answer = await self.site.transport.send("interactive", "block_actions", self._signed(payload))
            assert answer.status == "ok"

        if silent:
            await pressed()
            return ""
        return await self.shown(pressed)

    async def submit(self, modal: Modal) -> str:
        """Send a modal's form and return the words of the answer."""
        payload = self._signed(payloads.view_submission(self.site, self.person, modal.shown))
        answer = await self.site.transport.send("interactive", "view_submission", payload, answered=True)
        assert answer.status == "ok"
        assert isinstance(answer.body, dict)
        texts = list(answer.body.get("errors", {}).values()) or words(answer.body["view"], self.site.workspace)
        return self._read("\n".join(texts))

    async def command(self, line: str) -> str:
        """Send a slash command and return what is shown to this account alone."""
        text = line.partition(" ")[2]
        channel = self.site.workspace.channel("dwh-ops")
        payload = payloads.slash_command(self.site, self.person, channel, "/snapshot", text)
        payload |= {"team_id": TEAM, "team_domain": "acme"}
        said: list[str] = []

        async def sent() -> None:
            answer = await self.site.transport.send("slash_commands", "/snapshot", payload, answered=True)
            assert answer.status == "ok"
            if isinstance(answer.body, dict):
                assert answer.body["response_type"] == "ephemeral"
                said.append(message_text(answer.body, self.site.workspace))

        return await self.shown(sent, said)

    async def shown(self, act: Callable[[], Awaitable[None]], said: list[str] | None = None) -> str:
        """Do something and return the words of the modal or private message that follows."""
        before = set(self._private())
        await act()

        def new() -> str | None:
            return next((text for key, text in self._private().items() if key not in before), None)

        if said:
            return self._read(said[0])
        return self._read(await until(self.site.workspace, new, 5.0, f"{self.person.name} is told nothing"))

    def _private(self) -> dict[str, str]:
        world = self.site.workspace
        shown = {}
        for view in self.site.client_states.of(self.person.id).stack:
            shown[view.id + view.hash] = "\n".join(words(view.blocks, world))
        for channel in world.channels.values():
            theirs = channel.kind == "im" and self.person.id in channel.members
            for message in [*channel.private_messages.values(), *(channel.messages.values() if theirs else ())]:
                if theirs or message.only_for == self.person.id:
                    shown[channel.id + message.ts] = message_text(message.body, world)
        return shown

    def _read(self, text: str) -> str:
        return render(text, self.site.workspace).replace("*", "")


# The form


@pytest.mark.parametrize("who", STRANGERS[:-1])
async def test_the_form_opens_for_members_only(world: World, who: str):
    """Whatever grants they hold: who is no active member gets the rule in place of a form."""
    assert MEMBERS_ONLY[who].format("ask") in await Someone(world, who).command("/snapshot")


@pytest.mark.parametrize("who", ["ben", "cleo", "dan"])
async def test_without_a_right_to_ask_there_is_no_empty_form(world: World, who: str):
    """Approving, administering, or nothing at all: none of them is a right to ask, and an admin can give it."""
    modal = await world.user(who).command("/snapshot")
    gives = "You are an admin and can give yourself one" if who == "cleo" else "@cleo can give you one."
    assert f"You have no cluster to ask for yet. {gives}" in modal.text
    assert "Name" not in modal.text


@pytest.mark.parametrize("who", ["ana", "ada"])
async def test_the_form_opens_for_those_who_may_ask(world: World, who: str):
    """The form offers the clusters one may ask for and no other."""
    modal = await world.user(who).command("/snapshot")
    assert await modal.search("Cluster", "dwh") == ["dwh-prod"]


async def test_a_channels_guest_from_another_company_has_no_command(world: World):
    """Slack gives no commands of our app to the other side of a shared channel; nothing reaches the bot."""
    outcome = await world.user("otto").send_command("/snapshot", channel="partners")
    assert outcome.status == "blocked"


async def sent_by(world: World, who: str, name: str) -> str:
    """Let *who* send the form that ana has filled in, and return the answer."""
    modal = await world.user("ana").command("/snapshot")
    await modal.enter("Cluster", "dwh-prod")
    await modal.enter("Name", name)
    try:
        return await Someone(world, who).submit(modal)
    finally:
        await modal.close()


@pytest.mark.parametrize("who", STRANGERS)
async def test_a_form_counts_for_members_only(world: World, who: str):
    """A form that reaches us from any other account keeps nothing."""
    assert MEMBERS_ONLY[who].format("ask") in await sent_by(world, who, "never-kept")
    assert await row(world, "never-kept") is None


@pytest.mark.parametrize("who", ["ben", "cleo", "dan"])
async def test_a_form_counts_only_with_the_right_to_ask(world: World, who: str):
    """Members without the right read who can give it."""
    gives = "You are an admin and can give yourself that right" if who == "cleo" else "@cleo"
    refused = "There is no such cluster that you may ask for." if who == "dan" else REFUSED
    assert f"{refused} {gives}" in await sent_by(world, who, "never-kept")


async def test_a_right_revoked_while_the_form_is_open(world: World):
    """Rights are checked again when the form is sent; what was typed is kept."""
    ada = world.user("ada")
    modal = await ada.command("/snapshot")
    await modal.enter("Cluster", "dwh-prod")
    await modal.enter("Name", "too-late-1")
    await set_rights(world, "ada", [])
    result = await modal.submit()
    assert "There is no such cluster that you may ask for. @cleo" in " ".join(result.errors.values())
    assert modal.value("Name") == "too-late-1"
    await set_rights(world, "ada", ["request"])
    assert not (await modal.submit()).errors
    kept = await row(world, "too-late-1")
    assert kept is not None
    assert kept["state"] == "WAITING"


async def test_a_member_who_becomes_a_guest_while_the_form_is_open(world: World):
    """What somebody is counts when the form is sent, not when it was opened."""
    ada = world.user("ada")
    modal = await ada.command("/snapshot")
    await modal.enter("Cluster", "dwh-prod")
    await modal.enter("Name", "too-late-2")
    world.slack.admin.change_person("ada", is_restricted=True)
    try:
        result = await modal.submit()
    finally:
        world.slack.admin.change_person("ada", is_restricted=False)
    assert "Your account is a guest's" in " ".join(result.errors.values())


@pytest.mark.parametrize("who", STRANGERS[:-1])
@pytest.mark.parametrize("cluster", ["dwh-prod", "dwh-secret"])
async def test_create_is_for_members_only_and_tells_others_nothing(world: World, who: str, cluster: str):
    """The answer is the same for a cluster that exists and one that doesn't."""
    answer = await Someone(world, who).command(f"/snapshot create {cluster} never-kept")
    assert MEMBERS_ONLY[who].format("ask") in answer
    assert cluster not in answer


# Deciding


@pytest.mark.parametrize("who", STRANGERS)
async def test_a_card_is_approved_by_members_only(world: World, card: Card, who: str):
    """Being in the channel is no authority, nor is a grant to an account that isn't an active member's."""
    someone = Someone(world, who)
    name = who.partition(" of ")[0]
    before = len(await recorded(world, name))
    if who in ("dora", "slackbot"):  # Slack delivers nothing to them: the refusal is on record
        await someone.press(card, "Approve", silent=True)
    else:
        with shared_with_otto(world):
            assert MEMBERS_ONLY[who].format("decide") in await someone.press(card, "Approve")
    log = await recorded(world, name)
    assert (log[0], len(log)) == (("approve.refused", "not-a-member"), before + 1)
    kept = await row(world, "privileges-1")
    assert kept is not None
    assert (kept["state"], kept["votes"]) == ("WAITING", [])


@pytest.mark.parametrize("who", ["cleo", "dan", "ada"])
async def test_a_card_is_approved_only_with_the_right_to(world: World, card: Card, who: str):
    """Members without the right, admins among them, read who can."""
    reply = await world.user(who).click_for_reply(card, "Approve")
    assert "You may not approve snapshots of dwh-prod. @ben and @bea can." in reply.text
    assert reply.is_private
    assert (await recorded(world, who))[0] == ("approve.refused", "no-grant")


async def test_nobody_approves_their_own_whatever_they_hold(world: World, card: Card):
    """The requester has the right to approve, and still may not approve this."""
    await set_rights(world, "ana", ["request", "approve"])
    try:
        reply = await world.user("ana").click_for_reply(card, "Approve")
    finally:
        await set_rights(world, "ana", ["request"])
    assert "Nobody approves their own request on dwh-prod. @ben and @bea can." in reply.text
    assert (await recorded(world, "ana"))[0] == ("approve.refused", "nobody-approves-their-own")


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("form", ["Approve", "Decline"])
async def test_the_small_forms_count_for_members_only(world: World, card: Card, form: str, who: str):
    """The forms behind the review modal check as the buttons do, no matter who sends them."""
    ben = world.user("ben")
    review = await ben.click_for_modal(card, "Review…")
    small = await ben.click_for_modal(review, f"{'✔' if form == 'Approve' else '✖'} {form}…")
    if form == "Decline":
        await small.enter("Reason", "because")
    try:
        assert MEMBERS_ONLY[who].format("decide") in await Someone(world, who).submit(small)
    finally:
        await small.close(all_=True)
    kept = await row(world, "privileges-1")
    assert kept is not None
    assert (kept["state"], kept["votes"]) == ("WAITING", [])


@pytest.mark.parametrize("who", ["cleo", "dan", "ada"])
@pytest.mark.parametrize(("form", "verb"), [("Approve", "approve"), ("Decline", "decline")])
async def test_the_small_forms_count_only_with_the_right_to(world: World, card: Card, form: str, verb: str, who: str):
    """Neither comment nor reason helps without the right."""
    ben = world.user("ben")
    review = await ben.click_for_modal(card, "Review…")
    small = await ben.click_for_modal(review, f"{'✔' if form == 'Approve' else '✖'} {form}…")
    if form == "Decline":
        await small.enter("Reason", "because")
    try:
        may_not = f"You may not {verb} snapshots of dwh-prod. @ben and @bea can."
        no = "There is no such request that you may see." if who == "dan" else may_not
        assert no in await Someone(world, who).submit(small)
    finally:
        await small.close(all_=True)


async def test_the_requester_cannot_decide_by_the_small_forms(world: World, card: Card):
    """Nobody approves or declines their own, by whatever way it is sent."""
    ben = world.user("ben")
    review = await ben.click_for_modal(card, "Review…")
    for button in ("✔ Approve…", "✖ Decline…"):
        small = await ben.click_for_modal(review, button)
        if small.title.startswith("Decline"):
            await small.enter("Reason", "because")
        assert "Nobody approves their own request on dwh-prod" in await Someone(world, "ana").submit(small)
        await small.close()
    await review.close()


@pytest.mark.parametrize("who", ["ben", "cleo"])
async def test_a_request_is_withdrawn_by_its_requester_only(world: World, card: Card, who: str):
    """An approver or admin who sends the requester's button reads what they can do instead."""
    review = await world.user("ana").click_for_modal(card, "Review…")
    try:
        await Someone(world, who).press(review, "Withdraw", silent=True)
        await world.user("ana").wait_for_modal("Only the person who asked can withdraw a request")
    finally:
        await review.close()
    assert (await recorded(world, who))[0] == ("withdraw.refused", "not-the-requester")


@pytest.mark.parametrize("who", STRANGERS)
async def test_strangers_withdraw_nothing(world: World, card: Card, who: str):
    """Refused and on record, and the request goes on waiting."""
    review = await world.user("ana").click_for_modal(card, "Review…")
    try:
        await Someone(world, who).press(review, "Withdraw", silent=True)
    finally:
        await review.close()
    assert (await recorded(world, who.partition(" of ")[0]))[0][1] == "not-a-member"
    kept = await row(world, "privileges-1")
    assert kept is not None
    assert kept["state"] == "WAITING"


async def test_a_right_revoked_while_the_review_is_open(world: World, card: Card):
    """Between opening the review modal and the click, between the small form and its sending: checked each time."""
    bea = world.user("bea")
    review = await bea.click_for_modal(card, "Review…")
    assert "✔ Approve…" in review.buttons
    await set_rights(world, "bea", [])
    try:
        refused = await bea.click_for_modal(review, "✔ Approve…")
        assert "There is no such request that you may see." in refused.text
        await bea.modals[-1].close(all_=True)
        await set_rights(world, "bea", ["approve"])
        review = await bea.click_for_modal(card, "Review…")
        small = await bea.click_for_modal(review, "✔ Approve…")
        await set_rights(world, "bea", [])
        result = await small.submit()
        assert result.modal is not None
        assert "There is no such request that you may see." in result.modal.text
    finally:
        await set_rights(world, "bea", ["approve"])
    kept = await row(world, "privileges-1")
    assert kept is not None
    assert kept["votes"] == []


async def test_an_approver_who_leaves_while_the_review_is_open(world: World, card: Card):
    """A deactivated account's last click counts for nothing."""
    bea = world.user("bea")
    review = await bea.click_for_modal(card, "Review…")
    small = await bea.click_for_modal(review, "✔ Approve…")
    payload_of_bea = Someone(world, "bea")
    world.slack.admin.change_person("bea", deleted=True)
    try:
        assert "Your account is deactivated" in await payload_of_bea.submit(small)
    finally:
        world.slack.admin.change_person("bea", deleted=False)
    await small.close(all_=True)


# Looking


@pytest.mark.parametrize("who", STRANGERS[:-1])
@pytest.mark.parametrize("line", ["/snapshot list", "/snapshot status", "/snapshot status {id}"])
async def test_looking_is_for_members_only(world: World, card: Card, line: str, who: str):
    """Lists and single requests alike: who is no active member reads the rule, and nothing of any request."""
    kept = await row(world, "privileges-1")
    assert kept is not None
    answer = await Someone(world, who).command(line.format(id=kept["id"]))
    assert MEMBERS_ONLY[who].format("look") in answer
    assert "privileges-1" not in answer


@pytest.mark.parametrize("who", ["gus", "gil"])
async def test_home_is_for_members_only(world: World, who: str):
    """The Home tab of a guest has the rule and no request."""
    home = await world.user(who).home()
    await home.wait_for("Your account is a guest's; only members of")
    assert "privileges-1" not in home.text
    assert home.buttons == []


@pytest.mark.parametrize(("who", "sees"), [("ana", True), ("ada", True), ("ben", True), ("cleo", True), ("dan", False)])
async def test_members_see_what_they_have_to_do_with(world: World, card: Card, who: str, sees: bool):
    """One's own, what one holds a right on, and everything for admins; before the card others read who can help."""
    kept = await row(world, "privileges-1")
    assert kept is not None
    user = world.user(who)
    listed = (await user.command_reply("/snapshot list")).text
    assert ("privileges-1" in listed) is sees
    single = (await user.command_reply(f"/snapshot status {kept['id']}")).text
    assert ("privileges-1" in single) is sees
    review = await user.click_for_modal(card, "Review…")
    assert ("privileges-1" in review.text) is sees
    assert ("There is no such request that you may see." in single) is not sees
    assert ("You may not see requests on dwh-prod." in review.text) is not sees
    assert ("@cleo can give you that right." in review.text) is not sees
    await review.close()


@pytest.mark.parametrize(
    ("who", "buttons"),
    [("ana", ["Change…", "Withdraw"]), ("ben", ["✔ Approve…", "✖ Decline…"]), ("ada", ["Join it"]), ("cleo", [])],
)
async def test_the_review_has_the_buttons_of_ones_rights(world: World, card: Card, who: str, buttons: list[str]):
    """Nobody is shown a button that would refuse them; to everybody it explains."""
    review = await world.user(who).click_for_modal(card, "Review…")
    assert review.buttons == [*buttons, "Why?"]
    await review.close()


async def test_home_shows_what_waits_for_whom(world: World, card: Card):
    """Only those who may decide have it among what waits for them; to administer is not to decide."""
    ben, cleo = await world.user("ben").home(), await world.user("cleo").home()
    await ben.wait_for("privileges-1")
    await cleo.wait_for("Nothing waits for your decision")
    assert "Approve" in ben.buttons
    assert "privileges-1" not in cleo.text


# And those who may


@pytest.mark.telling
async def test_who_may_does(world: World):
    """Ben approves by the card, bea by the review modal, ben declines, ana withdraws: each is kept with its rule."""
    ben, bea, ana = world.user("ben"), world.user("bea"), world.user("ana")
    by_card = await world.ask("ana", "granted-1")
    assert "You approved R-" in (await ben.click_for_reply(by_card, "Approve")).text
    assert (await recorded(world, "ben"))[0] == ("request.approved", "granted")
    await by_card.wait_for("Available")

    by_form = await world.ask("ana", "granted-2")
    review = await bea.click_for_modal(by_form, "Review…")
    small = await bea.click_for_modal(review, "✔ Approve…")
    assert not (await small.submit()).errors
    assert (await recorded(world, "bea"))[0] == ("request.approved", "granted")
    await by_form.wait_for("Available")

    declined = await world.ask("ana", "granted-3")
    small = await ben.click_for_modal(await ben.click_for_modal(declined, "Review…"), "✖ Decline…")
    await small.enter("Reason", "not tonight")
    assert not (await small.submit()).errors
    assert (await recorded(world, "ben"))[0] == ("request.declined", "granted")
    await declined.wait_for("*Declined* by @ben: not tonight")

    withdrawn = await world.ask("ana", "granted-4")
    await ana.click(await ana.click_for_modal(withdrawn, "Review…"), "Withdraw")
    await withdrawn.wait_for("Withdrawn")
    assert (await recorded(world, "ana"))[0] == ("request.withdrawn", "own-request")
