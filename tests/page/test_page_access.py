"""The page for everybody: axe's scan of each surface, phone width, dark colours, reduced motion, regions by F6."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.harness.foreign_bolt_app import over_socket
from tests.harness.scripted_slack_app import actions, button, field, modal, options

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

OPS = "C00DWHOPS"
PHONE = {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def everything():
    """Return blocks with every kind of thing that can stand in a message."""
    text = "*bold* `code` <@U00000BEN> <@U00000ANA> <!here> <https://x.example|link> ~gone~\n> quote\n• item"
    return [
        {"type": "header", "text": {"type": "plain_text", "text": "Snapshot of dwh-prod"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": f"*Field {i}*\nvalue"} for i in range(4)]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print <@U00000BEN>"}]},
        {"type": "image", "image_url": "https://x.example/p.png", "alt_text": "a chart"},
        {"type": "table", "rows": [[{"type": "raw_text", "text": t} for t in r] for r in ("ab", "cd")]},
        actions(
            button("yes", style="primary", accessibility_label="Approve R-1"),
            button("no", style="danger"),
            {"type": "static_select", "action_id": "s", "options": options("a", "b")},
            {"type": "overflow", "action_id": "o", "options": options("a", "b")},
            {"type": "datepicker", "action_id": "d"},
            {"type": "radio_buttons", "action_id": "r", "options": options("x", "y")},
        ),
    ]


def inputs():
    """Return a form with most kinds of inputs, an error-prone one first."""
    hint = {"hint": {"type": "plain_text", "text": "4 to 64 characters"}}
    return modal(
        field("name", block=hint),
        field("lines", multiline=True, block={"optional": True}),
        field("one", "static_select", options=options("a", "b")),
        field("many", "multi_static_select", options=options("a", "b"), initial_options=options("a")),
        field("radio", "radio_buttons", options=options("x", "y")),
        field("date", "datepicker"),
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_surface_has_a_barrier(open_page, app, scheme):
    """Axe finds nothing serious on a channel with a thread, a notice, a modal with errors, its list, and the menus."""
    root = await app.api.chat_postMessage(channel=OPS, text="card", blocks=everything())
    await app.api.chat_postMessage(channel=OPS, text="reply", thread_ts=root["ts"], reply_broadcast=True)
    await app.api.chat_postEphemeral(channel=OPS, user="U00000ANA", text="psst")
    app.opens(inputs())
    ana = await open_page("ana", color_scheme=scheme)
    page = ana.page

    await ana.send("/unknown")
    await page.get_by_role("button", name="1 reply").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await ana.scan()
    await ana.shot(f"blocks-{scheme}")
    await page.get_by_role("button", name="Close the thread").click()
    await page.get_by_role("button", name="You are Ana").click()
    await ana.scan()
    await page.keyboard.press("Escape")
    await ana.send("/order")
    await ana.modal.get_by_role("button", name="Text").click()
    await expect(ana.modal.locator(".has-error")).to_have_count(4)
    await ana.scan()
    await ana.modal.get_by_role("combobox").first.click()
    await expect(page.get_by_role("option")).to_have_count(2)
    await ana.scan()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_home_has_no_barrier(open_page, slack, scheme):
    """Axe finds nothing serious on the Home tab."""
    async with over_socket(slack):
        ana = await open_page("ana", hash="#app", color_scheme=scheme)
        await expect(ana.page.get_by_role("tabpanel", name="Home")).to_contain_text("Home of")
        await ana.scan()


async def test_a_phone_shows_everything_without_scrolling_sideways(open_page, app):
    """At 375 pixels nothing is wider than the window: channel, places, thread, modal, drawer."""
    root = await app.api.chat_postMessage(channel=OPS, text="card", blocks=everything())
    await app.api.chat_postMessage(channel=OPS, text="reply", thread_ts=root["ts"])
    app.opens(inputs())
    ana = await open_page("ana", **PHONE)
    page = ana.page

    async def fits():
        wide = await page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => e.checkVisibility({visibilityProperty: true}) && "
            "!e.closest('.block-table, .json') && e.getBoundingClientRect().right > innerWidth + 0.5)"
            ".map(e => e.outerHTML.slice(0, 120))"
        )
        assert wide == []
        assert await page.evaluate("document.documentElement.scrollWidth") == 375

    await fits()
    await page.get_by_role("button", name="Channels").click()
    general = page.get_by_role("link", name="general")
    await expect(general).to_be_in_viewport()
    await fits()
    await page.keyboard.press("Escape")
    await expect(general).to_be_hidden()
    await page.get_by_role("button", name="1 reply").click()
    await fits()
    await page.get_by_role("button", name="Close the thread").click()
    await ana.send("/order")
    await expect(ana.modal).to_be_visible()
    await fits()
    await ana.scan()
    await ana.shot("phone-modal")
    await page.keyboard.press("Escape")
    await expect(ana.modal).to_have_count(0)
    for drawer in ("Exchanges", "Break things"):
        await page.get_by_role("button", name=drawer).click()
        await fits()
        await page.get_by_role("button", name="Close the drawer").click()


async def test_colours_follow_the_system_until_somebody_chooses(open_page):
    """Dark by the system's wish; the button turns it round, and a reload keeps the choice."""
    ana = await open_page("ana", color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = await ana.page.evaluate(background)

    await ana.page.get_by_role("button", name="Light colours").click()
    light = await ana.page.evaluate(background)
    assert (dark, light) == ("rgb(23, 27, 30)", "rgb(255, 255, 255)")
    await ana.page.reload()
    await expect(ana.page.get_by_role("button", name="Dark colours")).to_be_visible()
    assert await ana.page.evaluate(background) == light


async def test_nothing_moves_for_who_wants_no_motion(open_page, app):
    """With prefers-reduced-motion every animation and transition is over at once."""
    app.opens(inputs())
    ana = await open_page("ana", reduced_motion="reduce")
    await ana.send("/order")
    await expect(ana.modal).to_be_visible()
    times = await ana.page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(e => { const s = getComputedStyle(e);"
        " return [...s.animationDuration.split(','), ...s.transitionDuration.split(',')].map(parseFloat) })"
    )

    assert set(times) == {0}


async def test_f6_goes_round_the_regions(open_page, app):
    """F6 moves the focus from region to region, also out of a modal to the tools and back."""
    app.opens(inputs())
    ana = await open_page("ana")
    await ana.page.get_by_role("button", name="Break things").click()
    region = "document.activeElement.closest('.topbar, .sidebar, .main, .drawer, .modal')?.className.split(' ')[0]"
    await ana.composer.focus()
    seen = []
    for _ in range(4):
        await ana.page.keyboard.press("F6")
        seen.append(await ana.page.evaluate(region))
    assert seen == ["drawer", "topbar", "sidebar", "main"]
    await ana.send("/order")
    await expect(ana.modal).to_be_visible()
    await ana.page.keyboard.press("F6")
    assert await ana.page.evaluate(region) == "drawer"
    await ana.page.keyboard.press("Shift+F6")
    assert await ana.page.evaluate(region) == "modal"
