"""Hostile text in the page: everything is shown as the text that it is, no script runs, nothing breaks out.

Each window is checked at its end for errors, dialogs and stopped loads (see browser.py).
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.harness.scripted_slack_app import actions, button, field, modal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

OPS = "C00DWHOPS"
SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<a href=javascript:alert(1)>x</a>",
    "</textarea><script>alert(1)</script>",
    "{{constructor.constructor('alert(1)')()}}",
    "&lt;img src=x onerror=alert(1)&gt;",
]
ADDRESSES = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc"]
LONG = "W" * 2000


async def test_13_markup_of_another_language_is_text(open_page, app):
    """HTML in any kind of text is shown letter by letter and becomes no element."""
    words = " | ".join(SCRIPTS)
    leaf = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": words}},
        {"type": "section", "text": {"type": "plain_text", "text": words}},
        {"type": "rich_text", "elements": [leaf]},
        {"type": "markdown", "text": words},
        {"type": "table", "rows": [[{"type": "raw_text", "text": words}]]},
    ]
    await app.api.chat_postMessage(channel=OPS, text=words)
    for block in blocks:
        await app.api.chat_postMessage(channel=OPS, text=words, blocks=[block])
    ana = await open_page("ana")

    await expect(ana.messages).to_contain_text([" | ".join(SCRIPTS[:2])] * 6)
    assert await ana.page.locator(".message :is(script, img, iframe, object, [onerror], [onload])").count() == 0


async def test_13_unescaped_mentions_can_be_seen(open_page, app):
    """Text that an app forgot to escape mentions everybody, and that catches the eye."""
    await app.api.chat_postMessage(
        channel=OPS, text="name: <!channel> <!everyone> <@U00000BEN> <!subteam^S00000DBA|@dba>"
    )
    await app.api.chat_postMessage(channel=OPS, text="name: &lt;!channel&gt;")
    ana = await open_page("ana")

    await expect(ana.messages.first.locator(".mention-all")).to_have_text(["@channel", "@everyone"])
    await expect(ana.messages.last.locator(".mention-all")).to_have_count(0)
    await expect(ana.messages.last).to_contain_text("name: <!channel>")
    await ana.shot("injection")


async def test_13_only_web_and_mail_addresses_become_links(open_page, app):
    """In views, which Slack doesn't rewrite, too: any other address is shown as text."""
    blocks: list[dict[str, Any]] = []
    for address in ADDRESSES:
        link = {"type": "link", "url": address, "text": "or me"}
        blocks += [
            {"type": "section", "text": {"type": "mrkdwn", "text": f"<{address}|click me>"}},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link]}]},
        ]
    app.opens(modal(*blocks))
    ana = await open_page("ana")
    await ana.send("/order")

    await expect(ana.modal.locator(".block-section")).to_contain_text(ADDRESSES)
    await expect(ana.modal.locator(".block-rich")).to_have_text(["or me"] * len(ADDRESSES))
    await expect(ana.modal.get_by_role("link")).to_have_count(0)


async def test_13_characters_that_turn_text_around_can_be_seen(open_page, app):
    """Bidi and zero-width characters are marks, in text, labels, names and inputs' labels; names are isolated."""
    await app.api.chat_postMessage(
        channel=OPS,
        text="x",
        blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": "safe\u202egpj.exe\u2066 a\u200bb family 👨‍👩‍👧"}},
            actions(button("go", text={"type": "plain_text", "text": "Appr\u202eove"}, accessibility_label="A\u202eB")),
        ],
    )
    ana = await open_page("ana")
    message = ana.messages.last

    await expect(message.locator(".section-main .hidden-char")).to_have_text(["U+202E", "U+2066", "U+200B"])
    await expect(message).to_contain_text("👨‍👩‍👧")
    await expect(message.locator(".btn .hidden-char")).to_have_text("U+202E")
    await expect(message.get_by_role("button", name="A⟨U+202E⟩B")).to_be_visible()
    await expect(message.locator("bdi.name")).to_have_text("snapshots")


@pytest.mark.parametrize("width", [375, 1360])
async def test_very_long_words_stay_inside(open_page, app, width):
    """A word of 2000 characters anywhere makes nothing wider than the window."""
    text = {"type": "mrkdwn", "text": f"{LONG} `{LONG}` *{LONG}*"}
    await app.api.chat_postMessage(
        channel=OPS,
        text=LONG,
        blocks=[
            {"type": "header", "text": {"type": "plain_text", "text": LONG[:150]}},
            {"type": "section", "text": {"type": "mrkdwn", "text": LONG}, "fields": [text | {"text": LONG[:900]}] * 2},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": LONG}]},
            actions(button("go", text={"type": "plain_text", "text": LONG[:75]})),
        ],
    )
    app.opens(modal({"type": "section", "text": text | {"text": LONG}}, field("a", initial_value=LONG)))
    ana = await open_page("ana", viewport={"width": width, "height": 740})
    await expect(ana.messages.last).to_be_visible()

    async def widest():
        return await ana.page.evaluate(
            "Math.max(...[...document.querySelectorAll('.message *, .modal, .modal *')]"
            ".filter(e => e.getClientRects().length).map(e => e.getBoundingClientRect().right))"
        )

    assert await widest() <= width
    await ana.send("/order")
    await expect(ana.modal).to_be_visible()
    assert await widest() <= width
    assert await ana.page.evaluate("document.documentElement.scrollWidth") <= width


async def test_what_a_person_types_is_escaped_like_slacks_client_does(open_page, slack, app):
    """Typed markup mentions nobody; only names that exist become mentions."""
    ana = await open_page("ana")
    await ana.send("<!channel> <@U00000BEN> &amp; @ben")
    await expect(ana.messages.last).to_contain_text("<!channel> <@U00000BEN> &amp; @ben")

    body = slack.user("ana").channel("dwh-ops").messages[-1].body
    assert body["text"] == "&lt;!channel&gt; &lt;@U00000BEN&gt; &amp;amp; <@U00000BEN>"


async def test_pictures_from_elsewhere_are_not_loaded(open_page, app):
    """An image block's address is never fetched: neither by the page nor stopped by its policy."""
    asked = []
    await app.api.chat_postMessage(
        channel=OPS,
        text="x",
        blocks=[{"type": "image", "image_url": "https://spy.example/p.png", "alt_text": "<b>chart</b>"}],
    )
    ana = await open_page("ana")
    ana.page.on("request", lambda r: asked.append(r.url))
    await ana.page.reload()

    await expect(ana.messages.last).to_contain_text("<b>chart</b>")
    assert asked
    assert not [url for url in asked if "spy.example" in url]


async def test_hostile_names_stay_text(open_page, slack, app):
    """A person's and a channel's name with markup or bidi characters is shown as it is."""
    slack.admin.change_person("ben", real_name="<img src=x onerror=alert(1)>\u202e")
    slack.site.workspace.channels[OPS].name = "<b>ops</b>"
    await slack.user("ben").say(OPS, "hello")
    ana = await open_page("ana", hash=f"#{OPS}")

    await expect(ana.messages.last).to_contain_text("hello")
    await expect(ana.page.get_by_role("heading", level=1)).to_contain_text("<b>ops</b>")
    await ana.page.get_by_role("button", name="You are Ana").click()
    await expect(ana.page.get_by_role("menu")).to_contain_text("<img src=x onerror=alert(1)>U+202E")
