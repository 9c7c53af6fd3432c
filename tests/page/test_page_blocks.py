"""Every block and element in the page: how it looks to a person or screen reader, and what the app hears of it."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.harness.browser import OpenPage
from tests.harness.scripted_slack_app import ScriptedApp, actions, button, field, modal, options

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

OPS = "C00DWHOPS"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def mrkdwn(text):
    """Return a mrkdwn text object."""
    return {"type": "mrkdwn", "text": text}


def section(text, **more):
    """Return a section."""
    return {"type": "section", "text": mrkdwn(text), **more}


@pytest_asyncio.fixture(loop_scope="session")
async def drawn(open_page: OpenPage, app: ScriptedApp):
    """Give what posts blocks and returns the message as Ben sees it."""

    async def drawn(*blocks, who="ben", text="fallback") -> Locator:
        await app.api.chat_postMessage(channel=OPS, text=text, blocks=list(blocks))
        return (await open_page(who)).messages.last

    return drawn


async def test_mrkdwn_looks_as_slack_shows_it(drawn):
    """Emphasis, code, quotes, lists, links, mentions, dates and emoji; entities decoded once."""
    text = (
        "*bold* _italic_ ~gone~ `code` snake_case_name 2*3*4\n> quoted\n> twice\n• one\n• two\n"
        "<https://example.com/a?b=1&amp;c=2|a link> <mailto:a@b.example|mail> <https://plain.example>\n"
        "<@U00000BEN> <@U00000ANA> <#C00DWHOPS> <#C0DWHSECRX> <!subteam^S00000DBA> <!here>\n"
        ":white_check_mark: :no_such_emoji: &amp;lt; &lt;b&gt;\n```\npre *not bold*\n```"
    )
    message = await drawn(section(text))

    await expect(message.locator("strong")).to_have_text("bold")
    await expect(message.locator("em")).to_have_text("italic")
    await expect(message.locator("s")).to_have_text("gone")
    await expect(message.locator("code")).to_have_text("code")
    await expect(message.locator("blockquote")).to_have_text("quotedtwice")
    await expect(message.locator(".mk-item")).to_have_text(["•one", "•two"])
    link = message.get_by_role("link", name="a link")
    await expect(link).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(message.get_by_role("link", name="mail")).to_have_attribute("href", "mailto:a@b.example")
    await expect(message.get_by_role("link", name="https://plain.example")).to_be_visible()
    await expect(message.locator(".mention-me")).to_have_text(["@ben", "@dba"])
    await expect(message.locator(".mention-all")).to_have_text("@here")
    await expect(message).to_contain_text("✅ :no_such_emoji: &lt; <b>")
    await expect(message).to_contain_text("snake_case_name 2*3*4")
    await expect(message.locator("pre")).to_have_text("pre *not bold*")


async def test_a_link_that_poses_as_another_says_where_it_leads(drawn):
    """A label that looks like another site's address is followed by the true one."""
    message = await drawn(section("<https://evil.example/x|https://bank.example>"))

    await expect(message).to_contain_text("https://bank.example (leads to evil.example)")


async def test_the_plain_blocks(drawn):
    """Header, fields, context, divider, image, alert of the surface, table, rich text and markdown are drawn."""
    rich = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [
                {"type": "text", "text": "*as typed* &lt;", "style": {"bold": True}}]},
            {"type": "rich_text_list", "style": "ordered", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U00000ANA"}]},
                {"type": "rich_text_section", "elements": [{"type": "emoji", "name": "rocket"}]}]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "line 1\nline 2"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a  b"}]},
        ],
    }  # fmt: skip
    cells = [[{"type": "raw_text", "text": t} for t in row] for row in (("Name", "Size"), ("n-1", "42.7"))]
    title = {"type": "plain_text", "text": "A title"}
    marked = "# Heading\n**bold** and [link](https://x.example)\n- item\n\n[bad](javascript:alert(1))"
    message = await drawn(
        {"type": "header", "text": {"type": "plain_text", "text": "The header :rocket:"}},
        {"type": "section", "fields": [mrkdwn("*Cluster*\ndwh-prod"), mrkdwn("*Size*\n42.7 GB")]},
        {"type": "context", "elements": [{"type": "image", "image_url": PIXEL, "alt_text": "a dot"}, mrkdwn("small")]},
        {"type": "divider"},
        {"type": "image", "image_url": "https://pics.example/x.png", "alt_text": "a chart", "title": title},
        rich,
        {"type": "markdown", "text": marked},
        {"type": "table", "rows": cells, "column_settings": [{}, {"align": "right"}]},
    )  # fmt: skip

    await expect(message.get_by_role("heading", name="The header 🚀")).to_be_visible()
    await expect(message.locator(".field")).to_have_text([re.compile("Cluster\n?dwh-prod"), re.compile("Size")])
    await expect(message.get_by_role("img", name="a dot")).to_be_visible()
    await expect(message.get_by_role("img", name="a chart")).to_contain_text("from pics.example, not loaded")
    await expect(message.locator(".block-rich strong")).to_have_text("*as typed* &lt;")
    await expect(message.locator("ol.rt-list li")).to_have_text(["@ana", "🚀"])
    await expect(message.locator(".block-rich blockquote")).to_have_text("line 1line 2")
    await expect(message.locator(".block-markdown")).to_contain_text("Heading")
    await expect(message.locator(".block-markdown").get_by_role("link")).to_have_text(["link"])
    await expect(message.locator(".block-markdown")).to_contain_text("[bad](javascript:alert(1))")
    await expect(message.get_by_role("columnheader")).to_have_text(["Name", "Size"])
    await expect(message.get_by_role("cell")).to_have_text(["n-1", "42.7"])


async def test_an_overflow_menu_sends_its_choice(drawn, app):
    """The menu opens by the keyboard, and what was chosen reaches the app."""
    message = await drawn(
        section("row", accessory={"type": "overflow", "action_id": "more", "options": options("edit", "drop")})
    )
    opener = message.get_by_role("button", name="More actions")
    await opener.press("Enter")
    await message.page.keyboard.press("ArrowDown")
    await message.page.keyboard.press("Enter")

    await expect(opener).to_be_focused()
    await expect(opener).not_to_have_attribute("aria-busy", "true")
    assert app.heard[-1]["actions"][0]["selected_option"]["value"] == "drop"


async def test_a_button_with_an_address_opens_it_and_tells_the_app(drawn, app):
    """Only http and https addresses are opened; the click reaches the app in any case."""
    message = await drawn(
        actions(button("docs", url="https://docs.example/"), button("bad", url="javascript:alert(1)"))
    )
    await message.page.context.route("https://docs.example/", lambda route: route.fulfill(body="docs"))
    async with message.page.context.expect_page() as opening:
        await message.get_by_role("button", name="docs").click()
    await (await opening.value).close()
    opened: list[object] = []
    message.page.context.on("page", lambda page: opened.append(page))
    await message.get_by_role("button", name="bad").click()
    await expect(message.get_by_role("button", name="bad")).not_to_have_attribute("aria-busy", "true")

    assert [h["actions"][0]["action_id"] for h in app.heard] == ["docs", "bad"]
    assert opened == []


async def test_menus_in_messages_send_what_is_chosen(drawn, app, slack):
    """Selects, pickers, checkboxes and radio buttons in a message reach the app as Slack sends them."""
    message = await drawn(
        actions(
            {"type": "static_select", "action_id": "static", "options": options("a", "b")},
            {"type": "users_select", "action_id": "user"},
            {"type": "channels_select", "action_id": "channel"},
            {"type": "datepicker", "action_id": "date"},
            {"type": "radio_buttons", "action_id": "radio", "options": options("x", "y")},
            {"type": "checkboxes", "action_id": "boxes", "options": options("p", "q")},
        )
    )
    choose = message.get_by_role("combobox")
    option = message.page.get_by_role("option")
    await choose.nth(0).click()
    await option.filter(has_text="B").click()
    await choose.nth(1).fill("bea")
    await option.filter(has_text="Bea Approver").click()
    await choose.nth(2).click()
    await expect(option).to_have_text([re.compile("general"), re.compile("dwh-ops"), re.compile("partners")])
    await option.filter(has_text="general").click()
    await message.locator("input[type=date]").fill("2026-12-24")
    await message.get_by_label("Y", exact=True).check()
    await message.get_by_label("Q", exact=True).check()
    await slack.site.workspace.changes.until(lambda: len(app.heard) == 6 or None, 30)

    done = {h["actions"][0]["action_id"]: h["actions"][0] for h in app.heard}
    assert done["static"]["selected_option"]["value"] == "b"
    assert done["user"]["selected_user"] == "U00000BEA"
    assert done["channel"]["selected_channel"] == "C0GENERAL"
    assert done["date"]["selected_date"] == "2026-12-24"
    assert done["radio"]["selected_option"]["value"] == "y"
    assert [o["value"] for o in done["boxes"]["selected_options"]] == ["q"]


async def test_every_input_of_a_form_reaches_the_app(open_page, slack, app):
    """What is typed and chosen in each kind of input is in state.values, as Slack has it."""
    app.opens(
        modal(
            field("text", initial_value="first"),
            field("lines", multiline=True),
            field("mail", "email_text_input"),
            field("url", "url_text_input"),
            field("number", "number_input", is_decimal_allowed=True),
            field("one", "static_select", option_groups=[
                {"label": {"type": "plain_text", "text": "G1"}, "options": options("a")},
                {"label": {"type": "plain_text", "text": "G2"}, "options": options("b")}]),
            field("many", "multi_static_select", options=options("a", "b", "c"), initial_options=options("a")),
            field("people", "multi_users_select"),
            field("place", "conversations_select", default_to_current_conversation=True),
            field("places", "multi_channels_select"),
            field("date", "datepicker", initial_date="2026-01-02"),
            field("time", "timepicker"),
            field("moment", "datetimepicker"),
            field("radio", "radio_buttons", options=options("x", "y"), initial_option=options("x")[0]),
            field("boxes", "checkboxes", options=options("p", "q")),
        )
    )  # fmt: skip
    ana = await open_page("ana")
    await ana.send("/order")

    def at(block, what="input"):
        return ana.modal.locator(".block-input").nth(list(FIELDS).index(block)).locator(what)

    option = ana.page.get_by_role("option")
    await at("text").fill("changed")
    await at("lines", "textarea").fill("two\nlines")
    await at("mail").fill("a@b.example")
    await at("url").fill("https://x.example")
    await at("number").fill("1.5")
    await at("one").click()
    await expect(ana.page.locator(".combo-group")).to_have_text(["G1", "G2"])
    await option.filter(has_text="B").click()
    await at("many").click()
    await option.filter(has_text="C").click()
    await at("many").press("Escape")
    await at("many", ".chip").first.get_by_role("button", name="Remove A").click()
    await at("people").fill("cleo")
    await option.filter(has_text="Cleo").click()
    await at("people").press("Escape")
    await expect(at("place")).to_have_value("dwh-ops")
    await at("places").fill("gen")
    await option.filter(has_text="general").click()
    await at("places").press("Escape")
    await at("time").fill("14:05")
    await at("moment").fill("2026-12-24T18:00")
    await ana.modal.get_by_label("Y", exact=True).check()
    await ana.modal.get_by_label("P", exact=True).check()
    await ana.modal.get_by_role("button", name="Text").click()
    await expect(ana.modal).to_have_count(0)

    values = {k: v["v"] for k, v in app.heard[-1]["view"]["state"]["values"].items()}
    assert {k: short(v) for k, v in values.items()} == FIELDS


FIELDS = {
    "text": "changed",
    "lines": "two\nlines",
    "mail": "a@b.example",
    "url": "https://x.example",
    "number": "1.5",
    "one": "b",
    "many": ["c"],
    "people": ["U0000CLEO"],
    "place": OPS,
    "places": ["C0GENERAL"],
    "date": "2026-01-02",
    "time": "14:05",
    "moment": 1798131600,  # 18:00 in Berlin
    "radio": "y",
    "boxes": ["p"],
}


def short(state):
    """Return what an element's state holds: text, an id, an option's value, or a list of those."""
    (content,) = (v for k, v in state.items() if k not in ("type", "timezone"))
    if isinstance(content, list):
        return [c["value"] if isinstance(c, dict) else c for c in content]
    return content["value"] if isinstance(content, dict) else content


async def test_an_input_that_dispatches_tells_the_app_at_once(open_page, app):
    """With dispatch_action on characters the app hears of what is typed before the form is sent."""
    config = {"trigger_actions_on": ["on_character_entered"]}
    app.opens(modal(field("a", block={"dispatch_action": True}, dispatch_action_config=config)))
    ana = await open_page("ana")
    await ana.send("/order")
    await ana.modal.get_by_role("textbox").fill("typed")
    await ana.until(lambda: len(app.heard) == 2)

    assert app.heard[-1]["actions"][0]["value"] == "typed"
