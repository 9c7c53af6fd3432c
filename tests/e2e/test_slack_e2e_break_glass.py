"""Break-glass on the sandbox's Slack: from the form and the review, told at once, once, never without the right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.core.grants import Role
from bot.core.message import MessageKind
from bot.core.request import State
from slack_sandbox.sandbox import Card, Modal
from tests.fakes.slack_bot import OPS, Bot, Right, no_approval_needed
from tests.harness.who_learns import Someone

BUTTON = "Create now without approval…"
KNOWN = "I know that every approver of dwh-prod is told at once"
WHY = "prod is burning"
CREATE = "/snapshot create dwh-prod before-migration-42 OPS-42"


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana and ada ask, ben and bea approve; ana, and dan, who has nothing else, may break the glass of dwh-prod."""
    return (
        ("ana", Role.REQUEST, "*"),
        ("ana", Role.BREAK_GLASS, "dwh-prod"),
        ("dan", Role.BREAK_GLASS, "dwh-prod"),
        ("ben", Role.APPROVE, "*"),
        ("bea", Role.APPROVE, "*"),
        ("ada", Role.REQUEST, "*"),
    )


@pytest.fixture
def bot(bot: Bot) -> Bot:
    """Bea isn't in the channel of the cards."""
    bot.slack.site.workspace.channels["C00DWHOPS"].members.remove(bot.slack.user("bea").id)
    return bot


async def form(bot: Bot, who: str = "ana", cluster: str = "dwh-prod") -> Modal:
    """Let *who* open the form and choose a cluster."""
    opened = await bot.slack.user(who).command("/snapshot")
    await opened.fill(Cluster=cluster)
    await bot.idle()
    return opened


async def waiting(bot: Bot, who: str = "ada") -> Card:
    await bot.slack.user(who).command_reply(CREATE)
    await bot.tell()
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")


async def confirm(bot: Bot, card: Card, who: str = "dan") -> Modal:
    """Let *who* open the confirm form from the review."""
    user = bot.slack.user(who)
    return await user.click_for_modal(await user.click_for_modal(card, "Review…"), BUTTON)


async def sure(opened: Modal, reason: str = WHY) -> None:
    await opened.fill(reason=reason, aware=[KNOWN])


def recorded(bot: Bot) -> list[tuple[str, str]]:
    """Return what of it is on record."""
    return [(e.action, e.actor) for e in bot.store.log if "break-glass" in e.action]


async def test_from_the_form(bot: Bot):
    """It stands under the form where one has the right; what is shown is filed; every approver hears of it at once."""
    opened = await form(bot)
    assert "Nobody can wait?" in opened.text
    ana = bot.slack.user("ana")
    await opened.fill(Description="Before the migration")
    asks = await ana.click_for_modal(opened, BUTTON)
    assert "`dwh-prod-20261123-140500` of dwh-prod" in asks.text
    assert "Before the migration" in asks.text
    assert asks._element("aware")["options"][0]["text"]["text"] == KNOWN
    await sure(asks)
    sent = await asks.submit()
    await bot.idle()
    request = bot.newest()
    assert (request.state, request.name, request.description) == (
        State.APPROVED,
        "dwh-prod-20261123-140500",
        "Before the migration",
    )
    assert sent.errors == {}
    assert f"{request.id}* starts now without approval" in asks.text
    assert [e for e, _ in recorded(bot)] == ["break-glass.opened", "request.break-glass"]
    await bot.tell()
    ben, bea = bot.slack.user("ben"), bot.slack.user("bea")
    card = await ben.channel("dwh-ops").wait_for("Snapshot of dwh-prod")
    assert "🚨 Break-glass by @ana: *prod is burning*" in card.text
    told = await bea.dm().wait_for("without approval")
    assert "🚨 @ana started *dwh-prod-20261123-140500* of dwh-prod without approval: *prod is burning*." in told.text
    alarms = [m for m in bot.store.told.values() if m.kind is MessageKind.ALARM]
    assert {m.owed.to for m in alarms} == {None, bea.id}
    world = bot.slack.site.workspace
    (reply,) = [m for m in world.channels["C00DWHOPS"].messages.values() if "without approval" in m.body["text"]]
    assert f"<@{ben.id}>" in reply.body["text"]
    assert f"<@{bea.id}>" not in reply.body["text"]
    look = await bea.click_for_modal(told, "Review…")
    assert "🚨 Break-glass by @ana: *prod is burning*" in look.text


async def test_the_button_is_there_for_who_has_the_right_on_the_cluster(bot: Bot):
    """Not for another cluster, not for others, not before a cluster is chosen."""
    opened = await bot.slack.user("ana").command("/snapshot")
    assert "Nobody can wait?" not in opened.text
    for cluster, there in (("dwh-prod", True), ("dwh-dev", False), ("dwh-prod", True)):
        await opened.fill(Cluster=cluster)
        await bot.idle()
        assert ("Nobody can wait?" in opened.text) is there
    assert "Nobody can wait?" not in (await form(bot, "ada")).text


async def test_from_the_review(bot: Bot):
    """The right alone is enough for a request of somebody else; card, copy and list say what it was."""
    card = await waiting(bot)
    await sure(asks := await confirm(bot, card))
    await asks.submit()
    await bot.idle()
    await bot.tell()
    request = bot.newest()
    assert (request.state, request.glass and request.glass.reason) == (State.APPROVED, WHY)
    assert "🚨 Break-glass by @dan: *prod is burning*" in card.text
    assert "Approve" not in card.buttons
    below = bot.slack.user("dan").modals[0]
    assert "🚨 Break-glass by @dan" in below.text
    listed = await bot.slack.user("ada").command_reply("/snapshot list")
    assert "🚨 Break-glass by @dan: *prod is burning*" in listed.text
    status = await bot.slack.user("ada").command_reply(f"/snapshot status {request.id}")
    assert "🚨 Break-glass by @dan: *prod is burning*" in status.text
    await (await bot.slack.user("ada").home()).wait_for("🚨 Break-glass by @dan: *prod is burning*")
    late = await bot.slack.user("ben").click_for_modal(card, "Why?")
    assert "🚨 Break-glass by @dan: *prod is burning*" in late.text
    assert "✓ grant: break-glass on `dwh-prod` for @dan (by @cleo" in late.text


async def test_why_names_the_right_for_who_has_it(bot: Bot):
    """Beside the approval that they can't give."""
    card = await waiting(bot)
    why = await bot.slack.user("dan").click_for_modal(card, "Why?")
    assert f"You can start without approval: {bot.newest().id}." in why.text
    assert "✓ grant: break-glass on `dwh-prod` for @dan" in why.text
    other = await bot.slack.user("ben").click_for_modal(card, "Why?")
    assert "break-glass" not in other.text


@pytest.mark.parametrize(("reason", "aware", "field"), [("  ", True, "reason"), (WHY, False, "aware"), ("", False, "")])
async def test_a_forged_form_without_reason_or_box_starts_nothing(bot: Bot, reason: str, aware: bool, field: str):
    """Slack's own checks are not what the bot relies on."""
    await waiting(bot)
    request = bot.newest()
    dan = Someone(bot, "member without rights")
    said = await dan.send("break_glass", json.dumps({"request": request.id, "version": 1}), answers(reason, aware))
    assert ("Say why nobody can wait" in said) is (not reason.strip())
    assert ("Tick the box" in said) is (not aware)
    assert bot.newest().state is State.WAITING


def answers(reason: str = WHY, aware: bool = True) -> dict[str, Any]:
    box = [{"value": "yes"}] if aware else []
    return {
        "reason": {"type": "plain_text_input", "value": reason},
        "aware": {"type": "checkboxes", "selected_options": box},
    }


@pytest.mark.parametrize("kind", ["requester", "approver", "admin of this cluster", "outsider from a shared channel"])
async def test_a_forged_form_of_somebody_without_the_right_starts_nothing(bot: Bot, kind: str):
    """Whatever it carries."""
    bot.store.given = [g for g in bot.store.given if g.role is not Role.BREAK_GLASS]
    await waiting(bot)
    request = bot.newest()
    someone = Someone(bot, kind)
    said = await someone.send("break_glass", json.dumps({"request": request.id, "version": 1}), answers())
    carried = {"cluster": str(request.cluster), "name": "forged-1", "description": "", "channel": OPS}
    also = await someone.send("break_glass_new", json.dumps(carried), answers())
    assert said
    assert also
    assert [r.id for r in bot.store.requests.values()] == [request.id]
    assert bot.newest().state is State.WAITING
    assert {action for action, _ in recorded(bot)} == {"break-glass.refused"}


@pytest.mark.parametrize("metadata", ["", "{", "[]", "null", '{"request": 7, "version": "x"}', '{"version": -1}'])
async def test_what_a_form_carries_may_be_nonsense(bot: Bot, metadata: str):
    """It is answered in words, and starts nothing."""
    await waiting(bot)
    dan = Someone(bot, "member without rights")
    for callback in ("break_glass", "break_glass_new"):
        assert await dan.send(callback, metadata, answers())
    assert [r.state for r in bot.store.requests.values()] == [State.WAITING]


async def test_the_right_is_looked_at_again_when_it_is_sent(bot: Bot):
    """Taken meanwhile: the words stay, nothing starts."""
    card = await waiting(bot)
    await sure(asks := await confirm(bot, card))
    opened = await form(bot)
    await sure(new := await bot.slack.user("ana").click_for_modal(opened, BUTTON))
    bot.store.given = [g for g in bot.store.given if g.role is not Role.BREAK_GLASS]
    await asks.submit()
    await new.submit()
    assert "There is no such request that you may see." in asks.text
    assert asks.value("reason") == WHY
    assert "You may not create snapshots of dwh-prod without approval." in new.text
    assert [r.state for r in bot.store.requests.values()] == [State.WAITING]


async def test_a_form_that_is_sent_twice_starts_one_and_says_so(bot: Bot):
    """The confirm form again, and the form below it, which is spent by that."""
    opened = await form(bot)
    await sure(asks := await bot.slack.user("ana").click_for_modal(opened, BUTTON))
    sent = await asks.submit()
    assert sent.errors == {}
    payload = [e["payload"] for e in bot.slack.site.exchanges.list() if e["payload"].get("type") == "view_submission"][
        -1
    ]
    again = await bot.deliver(payload)
    assert "This was sent before, and nothing more was started." in str(again.body)
    await bot.idle()
    bot.clock.advance(2 * 3600)  # what was seen of deliveries is forgotten by then
    bot.store._seen.clear()
    await bot.store.save(bot_next(bot))
    late = await bot.deliver(payload)
    assert "This was sent before, and nothing more was started." in str(late.body)
    assert "starts now without approval" in opened.text
    assert "submit" not in opened.shown.spec
    assert len(bot.store.requests) == 1
    assert [e for e, _ in recorded(bot)].count("request.break-glass") == 1
    assert recorded(bot)[-1][0] == "break-glass.refused"


async def test_a_second_send_from_the_review_says_so(bot: Bot):
    """Nothing is started or told twice."""
    card = await waiting(bot)
    await sure(asks := await confirm(bot, card))
    await asks.submit()
    payload = [e["payload"] for e in bot.slack.site.exchanges.list() if e["payload"].get("type") == "view_submission"][
        -1
    ]
    again = await bot.deliver(payload)
    assert "This was sent before, and nothing more was started." in str(again.body)
    assert [e for e, _ in recorded(bot)] == ["break-glass.opened", "request.break-glass", "break-glass.refused"]


async def test_who_comes_after_an_approval_hears_who_was_first(bot: Bot):
    """The words stay in the form."""
    card = await waiting(bot)
    await sure(asks := await confirm(bot, card))
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    await asks.submit()
    assert "Already approved by @ben" in asks.text
    assert bot.newest().glass is None


async def test_an_approver_who_comes_after_hears_that_it_was_started_so(bot: Bot):
    """By whom and when."""
    card = await waiting(bot)
    await sure(asks := await confirm(bot, card))
    await asks.submit()
    late = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert "Already started without approval by @dan" in late.text


async def test_another_revision_is_shown_before_it_starts(bot: Bot):
    """What was typed stays; the second press is for what is shown now."""
    card = await waiting(bot)
    await sure(asks := await confirm(bot, card))
    await bot.store.save(bot_next(bot))
    await asks.submit()
    assert "has changed since you looked" in asks.text
    assert asks.value("reason") == WHY
    assert bot.newest().state is State.WAITING
    await asks.fill(aware=[KNOWN])
    await asks.submit()
    assert bot.newest().glass is not None


def bot_next(bot: Bot) -> Any:
    request = bot.newest()
    return replace(request, version=request.version + 1)


async def test_where_no_approval_is_needed_nobody_is_alarmed(bot: Bot):
    """It says that it is a start as any other."""
    no_approval_needed(bot, next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-prod"))
    opened = await form(bot)
    await sure(asks := await bot.slack.user("ana").click_for_modal(opened, BUTTON))
    await asks.submit()
    assert "nobody is alarmed" in asks.text
    assert bot.newest().waived
    await bot.tell()
    assert not [m for m in bot.store.told.values() if m.kind is MessageKind.ALARM]


async def test_hostile_words_are_words(bot: Bot):
    """In the card, the alarm, the list: nothing of it is a mention or breaks the markup."""
    card = await waiting(bot)
    hostile = "<!channel> *now* `x` <@U0000CLEO> & " + "a" * 240
    await sure(asks := await confirm(bot, card), hostile)
    await asks.submit()
    await bot.idle()
    await bot.tell()
    world = bot.slack.site.workspace
    everything = [json.dumps(m.body) for c in world.channels.values() for m in c.messages.values()]
    assert any("&lt;!channel&gt;" in said for said in everything)
    assert not any("<!channel>" in said for said in everything)
    assert bot.newest().glass is not None


async def test_what_is_wrong_in_the_form_is_said_before_anybody_is_sure(bot: Bot):
    """A name that is none."""
    opened = await form(bot)
    await opened.fill(Name="1x")
    asks = await bot.slack.user("ana").click_for_modal(opened, BUTTON)
    assert "Too short" in asks.text or "must be a letter" in asks.text
    assert len(bot.store.requests) == 0


async def test_a_refusal_explains_itself(bot: Bot):
    """The button beside it names the right that is missing."""
    card = await waiting(bot)
    await sure(asks := await confirm(bot, card))
    bot.grant("dan", Role.AUDIT)
    bot.store.given = [g for g in bot.store.given if g.role is not Role.BREAK_GLASS]
    await asks.submit()
    assert "You may not create snapshots of dwh-prod without approval. @cleo can give you that right." in asks.text
    why = await bot.slack.user("dan").click_for_modal(asks, "Why?")
    assert f"You can't start without approval: {bot.newest().id}." in why.text
    assert "✗ no grant: break-glass on dwh-prod" in why.text
