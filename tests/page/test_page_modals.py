"""Modals and the Home tab in the page: the keyboard alone, errors beside their field, the stack, what stays typed."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.harness.foreign_bolt_app import over_socket
from tests.harness.scripted_slack_app import TEXT, field, modal, options

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


async def test_the_keyboard_alone_goes_from_the_command_to_the_result(open_page, slack):
    """Command, modal, text, searched select, submit: no pointer; and the focus goes back to where one writes."""
    async with over_socket(slack):
        ana = await open_page("ana")
        keys = ana.page.keyboard
        await expect(ana.page.get_by_text("App connected")).to_be_visible()
        await ana.composer.focus()
        await keys.type("/order")
        await keys.press("Enter")
        await expect(ana.modal.get_by_role("textbox", name="Name")).to_be_focused()
        await keys.type("tea")
        await keys.press("Tab")
        assert await ana.focused() == "What (optional)"
        await keys.type("g")
        await expect(ana.page.get_by_text("Type at least 2 characters")).to_be_visible()
        await keys.type("r")
        await expect(ana.page.get_by_role("option")).to_have_text(["gr", "gr-2"])
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await expect(ana.modal.get_by_role("combobox")).to_have_value("gr-2")
        for _ in range(4):
            await keys.press("Tab")
            if await ana.focused() == "Send":
                break
        await keys.press("Enter")

        await expect(ana.messages).to_contain_text(["Waiting: tea gr-2"])
        await expect(ana.modal).to_have_count(0)
        await expect(ana.composer).to_be_focused()
        assert ana.page.url.endswith("?as=ana")


async def test_tab_stays_in_the_modal_and_escape_closes_it(open_page, slack):
    """Tab goes round inside; Escape closes the list first, then the modal, and the app hears of it."""
    async with over_socket(slack) as foreign:
        ana = await open_page("ana")
        await ana.send("/order")
        await expect(ana.modal).to_be_visible()
        seen = set()
        for _ in range(12):
            await ana.page.keyboard.press("Tab")
            assert await ana.page.evaluate("document.activeElement.closest('.modal') !== null")
            seen.add(await ana.focused())
        assert seen == {"Close", "Name", "What (optional)", "Details", "Cancel", "Send"}
        await ana.modal.get_by_role("combobox").press("ArrowDown")
        await expect(ana.page.get_by_role("listbox")).to_have_count(1)
        await ana.page.keyboard.press("Escape")
        await expect(ana.modal).to_be_visible()
        await ana.page.keyboard.press("Escape")
        await expect(ana.modal).to_have_count(0)
        await slack.site.workspace.changes.until(lambda: foreign.heard or None, 30)
        assert foreign.heard == [("closed", False)]


async def test_errors_stand_beside_their_field(open_page, slack):
    """The client's own checks and the app's errors go to the field, are read with it, and go once it is corrected."""
    async with over_socket(slack):
        ana = await open_page("ana")
        await ana.send("/order")
        name = ana.modal.get_by_role("textbox", name="Name")
        send = ana.modal.get_by_role("button", name="Send")
        await send.click()
        await expect(name).to_have_attribute("aria-invalid", "true")
        await expect(name).to_have_accessible_description("Please complete this required field.")
        await expect(name).to_be_focused()
        await name.fill("wrong")
        await send.click()
        await expect(name).to_have_accessible_description("Not that one")
        await expect(name).to_have_value("wrong")
        await ana.scan()
        await name.fill("right")
        await expect(name).not_to_have_attribute("aria-invalid", "true")
        await send.click()
        await expect(ana.messages).to_contain_text(["Waiting: right"])


async def test_the_stack_keeps_what_was_typed_below(open_page, slack):
    """A pushed modal covers the one below; Back shows it again as it was; the cross closes all of them."""
    async with over_socket(slack):
        ana = await open_page("ana")
        await ana.send("/order")
        await ana.modal.get_by_role("textbox", name="Name").fill("kept")
        await ana.modal.get_by_role("button", name="Details").click()
        await expect(ana.page.get_by_role("dialog", name="Details")).to_be_visible()
        await expect(ana.modal).to_have_count(1)
        await expect(ana.modal.get_by_role("textbox", name="Name")).to_have_value("")
        await ana.modal.get_by_role("button", name="Details").click()
        await expect(ana.page.locator(".modal")).to_have_count(3)
        await ana.modal.get_by_role("button", name="Back").click()
        await ana.modal.get_by_role("button", name="Back").click()
        await expect(ana.modal.get_by_role("textbox", name="Name")).to_have_value("kept")
        await ana.modal.get_by_role("button", name="Details").click()
        await expect(ana.page.locator(".modal")).to_have_count(2)
        await ana.modal.get_by_role("button", name="Close").click()
        await expect(ana.page.locator(".modal")).to_have_count(0)


@pytest.mark.parametrize(("name", "title"), [("again", "Again"), ("deeper", "Deeper")])
async def test_a_submitted_form_may_turn_into_another(open_page, slack, name, title):
    """The answers update and push show the next modal, with the focus in it."""
    async with over_socket(slack):
        ana = await open_page("ana")
        await ana.send("/order")
        await ana.modal.get_by_role("textbox", name="Name").fill(name)
        await ana.page.keyboard.press("Enter")

        await expect(ana.page.get_by_role("dialog", name=title)).to_be_visible()
        assert await ana.page.evaluate("document.activeElement.closest('.modal') !== null")


async def test_a_redrawn_modal_keeps_what_somebody_is_typing(open_page, slack, app):
    """An update of the view changes its blocks, not the text, focus or caret of a field that stays."""
    app.opens(modal(field("a"), {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "before"}}))
    ana = await open_page("ana")
    await ana.send("/order")
    text = ana.modal.get_by_role("textbox")
    await text.press_sequentially("abcd")
    await text.press("ArrowLeft")
    view = slack.user("ana").modal.shown
    after = {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "after"}}
    await app.api.views_update(view_id=view.id, view=modal(field("a"), after))

    await expect(ana.modal).to_contain_text("after")
    await expect(text).to_be_focused()
    await ana.page.keyboard.type("X")
    await expect(text).to_have_value("abcXd")


async def test_a_redraw_of_the_field_itself_keeps_what_somebody_is_typing(open_page, slack, app):
    """Another label, hint and placeholder leave the text, the focus and the caret, also of what isn't sent yet."""
    app.opens(modal(field("first"), field("a", placeholder=TEXT)))
    ana = await open_page("ana")
    await ana.page.route("**/_sandbox/type", lambda route: None)  # the sandbox never hears of it
    await ana.send("/order")
    text = ana.modal.get_by_role("textbox").last
    await text.press_sequentially("abcd")
    await text.press("ArrowLeft")
    plain = {"type": "plain_text", "text": "Another"}
    changed = field("a", placeholder=plain, initial_value="new", block={"label": plain, "optional": True})
    await app.api.views_update(view_id=slack.user("ana").modal.shown.id, view=modal(field("first"), changed))

    await expect(ana.modal).to_contain_text("Another (optional)")
    await expect(text).to_have_attribute("placeholder", "Another")
    await expect(text).to_be_focused()
    await ana.page.keyboard.type("X")
    await expect(text).to_have_value("abcXd")
    await expect(ana.modal.get_by_role("textbox").first).to_have_value("")


async def test_a_late_redraw_keeps_what_was_typed_before_going_on(open_page, slack, app):
    """The state that a redraw carries is older than what was typed and is on its way: it doesn't replace it."""
    app.opens(modal(field("a"), field("b")))
    ana = await open_page("ana")
    on_their_way: list[Route] = []
    await ana.page.route("**/_sandbox/type", lambda route: on_their_way.append(route))
    await ana.send("/order")
    first, second = ana.modal.get_by_role("textbox").first, ana.modal.get_by_role("textbox").last
    await first.fill("typed")
    await second.focus()
    said = {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "after"}}
    view_id = slack.user("ana").modal.shown.id
    await app.api.views_update(view_id=view_id, view=modal(field("a"), field("b"), said))
    await expect(ana.modal).to_contain_text("after")
    await expect(first).to_have_value("typed")
    await ana.until(lambda: on_their_way)
    for route in on_their_way:
        await route.continue_()
    await ana.until(lambda: slack.user("ana").modal.value("a") == "typed")
    await expect(first).to_have_value("typed")


async def test_what_is_on_its_way_arrives_before_the_form_is_sent(open_page, slack, app):
    """The text left the field as the button was pressed: the form waits for it."""
    app.opens(modal(field("a")))
    ana = await open_page("ana")
    on_their_way: list[Route] = []
    await ana.page.route("**/_sandbox/type", lambda route: on_their_way.append(route))
    await ana.send("/order")
    await ana.modal.get_by_role("textbox").fill("typed")
    await ana.modal.get_by_role("button", name="Text").click()
    await ana.until(lambda: on_their_way)
    assert not any(h.get("type") == "view_submission" for h in app.heard)
    for route in on_their_way:
        await route.continue_()
    await expect(ana.modal).to_have_count(0)
    (sent,) = (h for h in app.heard if h.get("type") == "view_submission")
    assert sent["view"]["state"]["values"]["a"]["v"]["value"] == "typed"


async def test_a_field_that_vanishes_gives_its_focus_to_no_other_field(open_page, slack, app):
    """With a new block id a field is a new one, as in Slack: what is typed on lands in none."""
    app.opens(modal(field("first"), field("a")))
    ana = await open_page("ana")
    await ana.page.route("**/_sandbox/type", lambda route: None)
    await ana.send("/order")
    await ana.modal.get_by_role("textbox").last.press_sequentially("ab")
    await app.api.views_update(view_id=slack.user("ana").modal.shown.id, view=modal(field("first"), field("b")))
    await expect(ana.modal).to_be_focused()
    await ana.page.keyboard.type("cd")
    await expect(ana.modal.get_by_role("textbox").first).to_have_value("")
    await expect(ana.modal.get_by_role("textbox").last).to_have_value("")


async def test_an_initial_option_that_changes_leaves_an_open_list(open_page, slack, app):
    """Slack keeps what is chosen where the ids stay; the list that somebody has open stays open."""
    choice = field("c", "static_select", options=options("red", "green"))
    app.opens(modal(choice))
    ana = await open_page("ana")
    await ana.send("/order")
    await ana.modal.get_by_role("combobox").press("ArrowDown")
    await expect(ana.page.get_by_role("listbox")).to_have_count(1)
    again = field("c", "static_select", options=options("red", "green"), initial_option=options("green")[0])
    said = {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "after"}}
    await app.api.views_update(view_id=slack.user("ana").modal.shown.id, view=modal(again, said))
    await expect(ana.modal).to_contain_text("after")
    await expect(ana.page.get_by_role("listbox")).to_have_count(1)
    assert slack.user("ana").modal.value("c") is None


async def test_a_form_is_sent_once_and_shows_that_it_is_being_sent(open_page, slack, app):
    """While the app thinks, the modal is busy, and pressing again sends nothing more."""
    thinking = asyncio.Event()
    app.opens(modal(field("a", initial_value="x")))
    opens = app.answer

    async def answer(payload):
        if payload.get("type") != "view_submission":
            return await opens(payload)
        await thinking.wait()
        return None

    app.answer = answer
    ana = await open_page("ana")
    await ana.send("/order")
    submit = ana.modal.get_by_role("button", name="Text")
    await submit.click()
    await expect(ana.modal).to_have_attribute("aria-busy", "true")
    await ana.modal.get_by_role("textbox").press("Enter")
    await submit.dispatch_event("click")
    thinking.set()
    await expect(ana.modal).to_have_count(0)
    assert sum(h.get("type") == "view_submission" for h in app.heard) == 1


async def test_a_form_without_an_answer_says_so_and_stays(open_page, slack, app):
    """Slack's words stand in the modal, and nothing that was typed is lost."""
    app.opens(modal(field("a")))
    opens = app.answer
    app.answer = lambda payload: 500 if payload.get("type") == "view_submission" else opens(payload)
    ana = await open_page("ana")
    await ana.send("/order")
    await ana.modal.get_by_role("textbox").fill("kept")
    await ana.modal.get_by_role("textbox").press("Enter")

    await expect(ana.modal.get_by_role("alert")).to_contain_text("We had some trouble connecting")
    await expect(ana.modal.get_by_role("textbox")).to_have_value("kept")


async def test_home_tells_the_app_and_shows_what_it_publishes(open_page, slack):
    """Opening the tab sends app_home_opened; the published view appears, and changes with each update."""
    async with over_socket(slack):
        ana = await open_page("ana")
        await ana.page.get_by_role("link", name="snapshots").click()

        await expect(ana.page.get_by_role("tabpanel", name="Home")).to_contain_text("Home of @ana")
        assert ana.page.url.endswith("#app")
        await ana.page.get_by_role("tab", name="Home").press("ArrowRight")
        await expect(ana.page.get_by_role("tab", name="Messages")).to_have_attribute("aria-selected", "true")
        await ana.page.get_by_role("tab", name="About").click()
        await expect(ana.page.get_by_role("tabpanel", name="About")).to_contain_text("/order")
