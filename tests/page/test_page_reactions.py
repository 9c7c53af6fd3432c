"""Reactions, names of messages and uploaded pictures on the page."""

from __future__ import annotations

import base64

import pytest
from playwright.async_api import expect

from slack_sandbox.inputs import NotPossible
from tests.harness.slack_behaviours import image

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

OPS = "C00DWHOPS"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def test_people_react_and_see_who_did(open_page, app):
    """One picks an emoji in the message's menu, another adds theirs by a click and takes it back."""
    await app.api.chat_postMessage(channel=OPS, text="look")
    ana, ben = await open_page("ana"), await open_page("ben")

    await ana.messages.first.hover()
    await ana.page.get_by_role("button", name="Message shortcuts").click()
    await ana.page.get_by_label("React with an emoji").fill(":robot_face:")
    await ana.page.get_by_role("button", name="React", exact=True).click()
    theirs = ben.messages.first.locator(".reaction")
    await expect(theirs).to_have_text("🤖 1")
    await expect(theirs).to_have_attribute("aria-pressed", "false")
    await theirs.click()
    await expect(ana.messages.first.locator(".reaction")).to_have_text("🤖 2")
    await expect(theirs).to_have_attribute("aria-pressed", "true")
    await ben.scan()
    await theirs.click()
    await expect(theirs).to_have_text("🤖 1")


async def test_a_message_has_the_name_that_the_app_gave_it_and_its_picture(open_page, slack, app):
    """The app's name for this message stands above it; a picture that it uploaded is drawn."""
    slack.app.scopes = (*slack.app.scopes, "chat:write.customize", "files:write", "files:read")
    slack.site.workspace.scan_seconds = 0.0
    ticket = await app.api.files_getUploadURLExternal(filename="dot.png", length=len(DOT))
    slack.site.workspace.files[ticket["file_id"]].data = DOT
    await app.api.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "A dot"}])
    await app.api.chat_postMessage(channel=OPS, text="x", username="<b>Robo</b>", blocks=image(ticket["file_id"]))

    ana = await open_page("ana")
    await expect(ana.messages.first.locator(".message-head .name")).to_have_text("<b>Robo</b>")
    picture = ana.messages.first.locator("img.picture")
    await expect(picture).to_have_js_property("naturalWidth", 1)


async def test_a_message_offers_the_shortcuts_of_the_manifest(open_page, slack, app):
    """Those for messages stand in its menu; another, which Slack would not offer, can't be used."""
    slack.app.shortcuts = tuple(
        {"name": f"{kind} one", "type": kind, "callback_id": kind} for kind in ("message", "global")
    )
    await app.api.chat_postMessage(channel=OPS, text="look")
    ana = await open_page("ana")
    await ana.messages.first.hover()
    await ana.page.get_by_role("button", name="Message shortcuts").click()
    await expect(ana.page.get_by_role("menuitem", name="global one")).to_have_count(0)
    await ana.page.get_by_role("menuitem", name="message one").click()
    await ana.until(lambda: app.heard, "the app heard nothing")
    assert (app.heard[-1]["type"], app.heard[-1]["callback_id"]) == ("message_action", "message")
    with pytest.raises(NotPossible, match="no such shortcut"):
        await slack.user("ana").shortcut("message")


async def test_a_select_starts_where_one_used_the_shortcut(open_page, slack, app):
    """A global shortcut is used in a channel; the app isn't told which, but its modal's select has it."""
    slack.app.shortcuts = ({"name": "Order", "type": "global", "callback_id": "order"},)
    block = {
        "type": "input",
        "label": {"type": "plain_text", "text": "Where"},
        "element": {"type": "conversations_select", "action_id": "v", "default_to_current_conversation": True},
    }
    words = {"type": "plain_text", "text": "Order"}

    async def answer(payload):
        if payload.get("type") == "shortcut":
            view = {"type": "modal", "title": words, "submit": words, "blocks": [block]}
            await app.api.views_open(trigger_id=payload["trigger_id"], view=view)

    app.answer = answer
    ana = await open_page("ana", hash="#general")
    await ana.page.get_by_role("button", name="Shortcuts and commands").click()
    await ana.page.get_by_role("menuitem", name="Order", exact=True).click()
    await expect(ana.modal).to_be_visible()
    assert slack.user("ana").modals[-1].value("Where") == "C0GENERAL"
