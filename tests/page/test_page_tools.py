"""The drawer: exchanges as they went over the wire, faults at the press of a button, the clock, the cloud."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dws_sandbox import DwsSimulator
from slack_sandbox import App, Sandbox
from slack_sandbox.page import Page
from tests.harness.unhurried import UNHURRIED

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

OPS = "C00DWHOPS"


async def test_the_inspector_shows_both_ways(open_page, app):
    """A command and a post are listed; the details have payload, proof, deadline and what the person saw."""
    app.answer = lambda payload: {"text": "Hello <b>"}
    ana = await open_page("ana", permissions=["clipboard-read", "clipboard-write"])
    await app.api.chat_postMessage(channel=OPS, text="before the drawer was open")
    await ana.page.get_by_role("button", name="Exchanges").click()
    rows = ana.page.locator(".exchange")
    await expect(rows).to_have_count(1)
    await ana.send("/hello you")
    await expect(rows).to_have_count(2)
    row = rows.first
    await expect(row).to_contain_text("to app")
    await expect(row.locator(".exchange-about")).to_have_text("ana · you · #dwh-ops")
    await expect(rows.last).to_contain_text(re.compile(r"from app.*chat\.postMessage.*200"))
    await row.get_by_role("button").first.click()
    details = row.locator(".exchange-details")

    await expect(details).to_contain_text("v0=")
    await expect(details).to_contain_text("Within 3 syes")
    await expect(details).to_contain_text("The person sawHello <b>")
    await expect(details.locator(".json").first).to_contain_text('"command": "/hello"')
    await ana.scan()
    await ana.shot("exchanges")
    await details.get_by_role("button", name="Copy as curl").click()
    await expect(details.get_by_role("button", name="Copied")).to_be_visible()
    curl = await ana.page.evaluate("navigator.clipboard.readText()")
    assert curl.startswith('curl "$REQUEST_URL"')
    assert "--data-urlencode 'command=/hello'" in curl
    assert "X-Slack-Signature: $SIGNATURE" in curl


async def test_secrets_are_neither_shown_nor_copied(open_page, slack, app):
    """No token or secret of the app is anywhere on the page or in a copied command."""
    ana = await open_page("ana", permissions=["clipboard-read", "clipboard-write"])
    await ana.page.get_by_role("button", name="Exchanges").click()
    await app.api.chat_postMessage(channel=OPS, text=f"it's {slack.app.bot_token}")
    await ana.page.locator(".exchange-head").first.click()
    await ana.page.get_by_role("button", name="Copy as curl").click()
    await expect(ana.page.get_by_role("button", name="Copied")).to_be_visible()
    curl = await ana.page.evaluate("navigator.clipboard.readText()")

    assert "Authorization: Bearer $SLACK_BOT_TOKEN" in curl
    assert "it'\\''s xoxb-***" in curl
    for secret in (slack.app.bot_token, slack.app.app_token, slack.app.signing_secret):
        assert secret not in curl
        assert secret not in await ana.page.locator(".drawer").inner_text()


async def test_exchanges_are_filtered(open_page, app):
    """By words, by direction, and by failure."""
    ana = await open_page("ana")
    await ana.page.get_by_role("button", name="Exchanges").click()
    rows = ana.page.locator(".exchange")
    await ana.send("/order")
    await app.api.chat_postMessage(channel=OPS, text="fine")
    with pytest.raises(Exception, match="channel_not_found"):
        await app.api.chat_postMessage(channel="C404", text="bad")
    await expect(rows).to_have_count(3)
    await ana.page.get_by_role("button", name="Failed").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("200 channel_not_found")
    await ana.page.get_by_role("button", name="To the app").click()
    await expect(rows).to_contain_text(["/order"])
    await ana.page.get_by_role("button", name="All", exact=True).click()
    await ana.page.get_by_label("Filter the exchanges").fill("fine")
    await expect(rows).to_have_count(1)


async def test_slacks_faults_are_set_and_cleared(open_page, slack, app):
    """A fault strikes the method and as often as chosen; what waits is shown, also when it has struck."""
    ana = await open_page("ana")
    await ana.page.get_by_role("button", name="Break things").click()
    section = ana.page.get_by_role("region", name="Slack")
    waiting = ana.page.get_by_role("list", name="Faults that wait").get_by_role("listitem")
    await section.get_by_label("Next calls").fill("2")
    await section.get_by_label("Of", exact=True).select_option("chat.postMessage")
    await section.get_by_role("button", name=re.compile("^Error 500")).click()
    await expect(waiting.first).to_have_text("Error 500 · next 2 · chat.postMessage")
    with pytest.raises(Exception, match="500"):
        await app.api.chat_postMessage(channel=OPS, text="x")
    await expect(waiting.first).to_have_text("Error 500 · next 1 · chat.postMessage")
    await ana.scan()
    await ana.page.get_by_role("button", name="Clear all").click()
    await expect(waiting).to_have_count(0)
    assert slack.site.faults.waiting == []
    assert (await app.api.chat_postMessage(channel=OPS, text="x"))["ok"]


async def test_faults_that_happen_at_once(open_page, app):
    """Deleting a message of the app shows at once; an archived channel says so; a refusal is said in words."""
    await app.api.chat_postMessage(channel=OPS, text="to be deleted")
    ana = await open_page("ana")
    await ana.page.get_by_role("button", name="Break things").click()
    await ana.page.get_by_role("button", name=re.compile("^Delete a message")).click()
    await expect(ana.messages).to_have_count(0)
    await ana.page.get_by_role("button", name=re.compile("^Archive this channel")).click()
    await expect(ana.page.get_by_text("This channel is archived")).to_be_visible()


async def test_forged_requests_show_the_apps_answer(open_page, app):
    """A request with a wrong signature goes to the app, and its answer is shown."""
    app.answer = lambda payload: 401
    ana = await open_page("ana")
    await ana.page.get_by_role("button", name="Break things").click()
    await ana.page.get_by_role("button", name="A wrong signature").click()

    await expect(ana.page.get_by_text("The app answered 401")).to_be_visible()
    assert app.heard[-1]["command"] == "/forged"


async def test_the_clock_moves_for_everybody(open_page, slack):
    """The button moves the workspace's time, and this browser's other windows show it as well."""
    before = slack.site.workspace.clock.now()
    ana = await open_page("ana")
    other = await ana.page.context.new_page()
    await other.goto(f"{slack.origin}/?as=ben")
    shown = other.locator("time.clock-now")
    await expect(shown).to_be_visible()
    at_first = await shown.get_attribute("datetime")
    await ana.page.get_by_role("button", name="Break things").click()
    await ana.page.get_by_role("button", name="+8 h").click()

    await expect(shown).not_to_have_attribute("datetime", re.compile(re.escape(at_first[:14])))
    assert (slack.site.workspace.clock.now() - before).total_seconds() >= 8 * 3600


@pytest_asyncio.fixture(loop_scope="session")
async def slack(request):
    """Give a sandbox; a test that takes `cloud` gets one whose page has the cloud's controls."""
    cloud = request.getfixturevalue("cloud") if "cloud" in request.fixturenames else None
    page = Page(cloud.url if cloud else None)
    async with Sandbox(
        App(commands=("/order", "/hello")), rate_limits=False, install=[page.install], **UNHURRIED
    ) as slack:
        yield slack


@pytest_asyncio.fixture(loop_scope="session")
async def cloud():
    """Give a simulated cloud."""
    async with DwsSimulator() as cloud:
        yield cloud


async def test_without_a_cloud_its_controls_are_hidden(open_page):
    """The drawer has no section for a cloud that isn't there."""
    ana = await open_page("ana")
    await ana.page.get_by_role("button", name="Break things").click()

    await expect(ana.page.get_by_role("region", name="Slack")).to_be_visible()
    await expect(ana.page.get_by_role("region", name="The cloud")).to_have_count(0)


async def test_the_clouds_faults_and_clusters(cloud, open_page):
    """Faults of the cloud are armed and cleared, and clusters changed, from the drawer."""
    ana = await open_page("ana", viewport={"width": 1360, "height": 1400})
    await ana.page.get_by_role("button", name="Break things").click()
    section = ana.page.get_by_role("region", name="The cloud")
    waiting = section.get_by_role("list", name="Cloud faults that wait").get_by_role("listitem")
    await section.get_by_role("button", name=re.compile("^busy ", re.IGNORECASE)).click()

    await expect(waiting.first).to_have_text("busy · next 1 · create")
    assert [a.fault.name for a in cloud.faults.armed] == ["busy"]
    cluster = section.get_by_role("listitem").filter(has_text="dwh-prod")
    await cluster.get_by_role("button", name="Make unavailable").click()
    await expect(cluster.first).to_contain_text("UNAVAILABLE")
    await cluster.get_by_role("button", name="Repair").click()
    await expect(cluster.first).to_contain_text("AVAILABLE")
    await ana.scan()
    await ana.page.locator(".drawer-body").evaluate("e => e.scrollTo(0, 0)")
    await ana.shot("break-things")
    await section.get_by_role("button", name="Clear all").click()
    await expect(waiting).to_have_count(0)
    assert cloud.faults.armed == ()
