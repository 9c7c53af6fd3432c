"""The page as a Slack client: places, messages, threads, private answers, people side by side."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.harness.foreign_bolt_app import over_socket
from tests.harness.scripted_slack_app import actions, button

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

OPS = "C00DWHOPS"


async def test_without_a_name_the_page_asks_who_one_is(open_page):
    """The chooser has everybody who can act, with what they are, and leads to their page."""
    tab = await open_page("")
    cards = tab.page.locator(".person-card")

    await expect(cards).to_have_count(10)
    await expect(cards.filter(has_text="Otto Outsider")).to_contain_text("OTHER COMPANY")
    await tab.scan()
    await tab.shot("people")
    await cards.filter(has_text="Ben Approver").click()
    await expect(tab.page.get_by_role("button", name="You are Ben Approver")).to_be_visible()


async def test_everybody_sees_their_own_channels(open_page):
    """Private channels show to members alone; shared and archived ones say so."""
    ana, otto = await open_page("ana"), await open_page("otto")
    places = ana.page.get_by_role("navigation").get_by_role("link")

    await expect(places).to_have_text(
        ["dwh-ops", "dwh-private, private", "general", re.compile("partners, shared"), "old, archived", "snapshots"]
    )
    await expect(otto.page.get_by_role("navigation").get_by_role("link")).to_have_text(
        [re.compile("partners"), "snapshots"]
    )


async def test_two_people_talk_in_two_windows(open_page):
    """What one writes the other reads at once, mentions as pills, with a badge where they are called."""
    ana = await open_page("ana")
    ben = await open_page("ben", hash="#general")
    place = ben.page.get_by_role("link", name="dwh-ops")

    await ana.send("tea & <scones>?")
    await expect(place.locator(".dot")).to_be_visible()
    await ana.send("@ben see #general, not @nobody")
    await expect(place.locator(".badge")).to_contain_text("1")
    await place.click()
    await expect(place.locator(".badge")).to_have_count(0)
    await expect(ben.messages).to_have_count(2)
    await expect(ben.messages.first).to_contain_text("tea & <scones>?")
    await expect(ben.messages.last.locator(".mention-me")).to_have_text("@ben")
    await expect(ben.messages.last).to_contain_text("not @nobody")
    await ben.messages.last.get_by_role("link", name="#general").click()
    await expect(ben.page.get_by_role("heading", level=1)).to_contain_text("general")


async def test_a_message_is_edited_in_place_and_deleted(open_page, slack, app):
    """An update changes the card where it stands and marks it; a deletion takes it away."""
    ana = await open_page("ana")
    posted = await app.api.chat_postMessage(channel=OPS, text="one")
    await expect(ana.messages).to_contain_text(["one"])

    await app.api.chat_update(channel=OPS, ts=posted["ts"], text="two")
    await expect(ana.messages).to_contain_text(["two"])
    await expect(ana.messages.locator(".edited")).to_have_text("(edited)")
    await app.api.chat_delete(channel=OPS, ts=posted["ts"])
    await expect(ana.messages).to_have_count(0)


async def test_threads_open_beside_the_channel(open_page, app):
    """Replies count below their parent and stand in the panel; a broadcast stands in the channel, too."""
    ana = await open_page("ana")
    root = await app.api.chat_postMessage(channel=OPS, text="the card")
    await app.api.chat_postMessage(channel=OPS, text="only in the thread", thread_ts=root["ts"])
    await app.api.chat_postMessage(channel=OPS, text="the result", thread_ts=root["ts"], reply_broadcast=True)

    await expect(ana.messages).to_have_count(2)
    await expect(ana.messages.last).to_contain_text("replied to a thread: the card")
    await ana.page.get_by_role("button", name="2 replies").click()
    thread = ana.page.get_by_role("complementary", name="Thread")
    await expect(thread.locator(".message")).to_have_count(3)
    await expect(thread.locator(".message").last).to_contain_text("also sent to the channel")
    await thread.get_by_label("Reply in thread").fill("thanks")
    await thread.get_by_label("Reply in thread").press("Enter")
    await expect(thread.locator(".message").last).to_contain_text("thanks")
    await expect(ana.page.get_by_role("button", name="3 replies")).to_be_visible()
    await expect(ana.messages).to_have_count(2)
    await thread.get_by_label("Reply in thread").press("Escape")
    await expect(thread).to_be_hidden()


async def test_private_answers_are_marked_and_only_for_one(open_page, app):
    """An ephemeral message says that nobody else sees it, and can be put away."""
    ana, ben = await open_page("ana"), await open_page("ben")
    await app.api.chat_postEphemeral(channel=OPS, user="U00000ANA", text="psst")

    await expect(ana.messages).to_contain_text(["Only visible to you"])
    await ana.messages.get_by_role("button", name="Dismiss").click()
    await expect(ana.messages).to_have_count(0)
    await expect(ben.messages).to_have_count(0)


async def test_days_are_divided_and_times_are_the_viewers(open_page, slack, app):
    """A divider stands between two days; the same moment reads differently in another zone."""
    first = await app.api.chat_postMessage(channel=OPS, text="<!date^1700000000^{date_num} {time}|fallback>")
    slack.site.workspace.clock.advance(2 * 86400)
    await app.api.chat_postMessage(channel=OPS, text="later")
    berlin = await open_page("ana")
    tokyo = await open_page("ana", timezone_id="Asia/Tokyo")

    await expect(berlin.page.locator(".main .day")).to_have_count(2)
    await expect(berlin.page.locator(".main .day").last).to_have_text("Today")
    await expect(berlin.messages.first.locator(".mrkdwn time")).to_have_text("2023-11-14 23:13")
    await expect(tokyo.messages.first.locator(".mrkdwn time")).to_have_text("2023-11-15 07:13")
    assert first["ok"]


async def test_commands_are_completed(open_page, app):
    """Typing a slash offers the app's commands; Enter takes one, and Enter again sends it with its text."""
    ana = await open_page("ana")
    await ana.composer.press_sequentially("/o")
    options = ana.page.get_by_role("listbox", name="Suggestions").get_by_role("option")

    await expect(options).to_have_text([re.compile("/order")])
    await ana.composer.press("Enter")
    await expect(ana.composer).to_have_value("/order ")
    await ana.composer.press_sequentially("two teas")
    await ana.composer.press("Enter")
    await expect(ana.composer).to_have_value("")
    await ana.until(lambda: app.heard)
    assert [(h["command"], h["text"], h["user_name"]) for h in app.heard] == [("/order", "two teas", "ana")]


async def test_an_app_that_doesnt_respond_is_a_notice(open_page, slack):
    """With no app there, the command ends in Slack's words, which can be put away."""
    ana = await open_page("ana")
    await ana.send("/order tea")
    notice = ana.page.get_by_role("alert").filter(has_text="/order failed because the app did not respond")

    await expect(notice).to_be_visible()
    await ana.shot("no-response")
    await notice.get_by_role("button", name="Dismiss").click()
    await expect(notice).to_have_count(0)
    assert slack.user("ana").notices == []


async def test_a_command_that_isnt_one_is_slackbots(open_page, app):
    """An unknown command is answered by Slackbot, and the app hears nothing."""
    ana = await open_page("ana")
    await ana.send("/unknown")

    await expect(ana.page.get_by_role("alert")).to_contain_text("/unknown is not a valid command")
    assert app.heard == []


async def test_a_button_asks_before_it_is_pressed(open_page, slack, app):
    """A confirm dialog starts on the harmless side; no means nothing is sent, yes means once."""
    question = {
        "title": {"type": "plain_text", "text": "Sure?"},
        "text": {"type": "mrkdwn", "text": "It takes *long*."},
        "confirm": {"type": "plain_text", "text": "Do it"},
        "deny": {"type": "plain_text", "text": "No"},
    }
    block = actions(button("go", style="primary", accessibility_label="Go with R-1", value="R-1", confirm=question))
    await app.api.chat_postMessage(channel=OPS, text="card", blocks=[block])
    ben = await open_page("ben")
    go = ben.page.get_by_role("button", name="Go with R-1")
    dialog = ben.page.get_by_role("alertdialog", name="Sure?")

    await go.click()
    await expect(dialog).to_contain_text("It takes long.")
    assert await ben.focused() == "No"
    await ben.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(go).to_be_focused()
    assert app.heard == []
    await go.click()
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog).to_have_count(0)
    await expect(go).not_to_have_attribute("aria-busy", "true")
    assert [h["actions"][0]["value"] for h in app.heard] == ["R-1"]


async def test_outsiders_guests_and_bots_are_marked(open_page, slack):
    """A message shows what kind of account wrote it."""
    ana = await open_page("ana", hash="#partners")
    await slack.user("otto").say("partners", "hello from outside")

    await expect(ana.messages.last).to_contain_text("OTHER COMPANY")


async def test_a_channel_can_be_joined_and_an_archived_one_cant_be_written_to(open_page, slack):
    """Who isn't a member reads and may join; nobody writes to an archived channel."""
    slack.admin.remove("general", "ana")
    ana = await open_page("ana", hash="#general")

    await expect(ana.composer).to_have_count(0)
    await ana.page.get_by_role("button", name="Join the channel").click()
    await expect(ana.composer).to_be_visible()
    await ana.page.get_by_role("link", name="old").click()
    await expect(ana.page.get_by_text("This channel is archived")).to_be_visible()
    await expect(ana.composer).to_have_count(0)


async def test_where_the_messages_tab_is_read_only_there_is_nothing_to_write_in(open_page, slack):
    """The page says who writes there."""
    slack.app.messages_read_only = True
    tab = slack.user("ana").dm().channel.id
    ana = await open_page("ana", hash=f"#{tab}")
    await expect(ana.page.get_by_text("Only the app writes here.")).to_be_visible()
    await expect(ana.composer).to_have_count(0)


async def test_the_page_comes_back_by_itself(open_page, slack, app):
    """After the connection broke, the page has what it missed."""
    ana = await open_page("ana")
    await expect(ana.page.get_by_text("App connected")).to_be_visible()
    for socket in list(slack._live._open):
        await socket.close()
    await app.api.chat_postMessage(channel=OPS, text="while away")

    await expect(ana.messages).to_contain_text(["while away"])


async def test_one_becomes_somebody_else_by_the_menu(open_page):
    """The menu has everybody; each opens in this window or in another."""
    ana = await open_page("ana")
    await ana.page.get_by_role("button", name="You are Ana Requester").click()
    menu = ana.page.get_by_role("menu", name="People")

    await expect(menu).to_contain_text("a DBA who approves")
    async with ana.page.context.expect_page() as opening:
        await menu.get_by_role("menuitem", name="Open bea in a new tab").click()
    bea = await opening.value
    await expect(bea.get_by_role("button", name="You are Bea Approver")).to_be_visible()
    await ana.page.get_by_role("button", name="You are Ana Requester").click()
    await menu.get_by_role("menuitem", name="Ben Approver").click()
    await expect(ana.page.get_by_role("button", name="You are Ben Approver")).to_be_visible()


async def test_the_page_takes_its_state_from_the_live_socket_alone(open_page, slack):
    """A state that came by another way could be older than a change already shown, and undo it (Home vanished so)."""
    asked = []
    async with over_socket(slack):
        ana = await open_page("ana", hash="#dwh-ops")
        ana.page.on("request", lambda request: asked.append(request.url))
        await ana.page.evaluate("location.hash = '#app'")  # makes a conversation: the page asks for its state again
        home = ana.page.get_by_role("tabpanel", name="Home")
        await expect(home).to_contain_text("Home of")
        slack.admin.remove("general", "ana")
        await ana.page.evaluate("location.hash = '#general'")
        await expect(ana.page.get_by_role("button", name="Join the channel")).to_be_visible()
    assert [url for url in asked if "/_sandbox/state" in url] == []
