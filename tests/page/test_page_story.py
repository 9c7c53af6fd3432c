"""The bot in the browser: what a visitor does with the page alone, and two people in two windows."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.harness.browser import Tab
from tests.harness.running import World, a_world, give_roles

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

HOSTILE = "<!channel> <script>alert(1)</script> [x](javascript:alert(2)) \u202egnp.exe"


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path):
    async with a_world(tmp_path, snapshot_seconds=3.0) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def slack(world):
    """Give the world's sandbox to the fixtures of browser.py."""
    return world.slack


async def ask(tab: Tab, name: str, *, description: str = "") -> Locator:
    """Ask by the form with what a person sees, and return the card."""
    await tab.send("/snapshot")
    await expect(tab.modal).to_contain_text("last snapshot")
    field = tab.modal.get_by_role("textbox", name="Name")
    await expect(field).to_have_attribute("placeholder", re.compile(r"^dwh-prod-\d{8}-\d{6}$"))
    await field.fill(name)
    await tab.modal.get_by_role("textbox", name=re.compile("Description")).fill(description)
    await tab.modal.get_by_role("button", name="Request").click()
    await expect(tab.modal).to_contain_text("asks for")
    await tab.modal.get_by_role("button", name="Close").last.click()
    return card(tab, name)


def card(tab: Tab, name: str) -> Locator:
    """Return the card of a request in the channel that is shown."""
    return tab.messages.filter(has_text="Snapshot of dwh-prod").filter(has_text=name).first


async def test_two_people_take_a_snapshot_from_the_command_to_the_result(open_page, world):
    """Ana asks and is corrected beside the field; Ben, in his own window, reviews and approves; both see it end."""
    project = world.cloud.project
    project.snapshot_seconds = 600.0  # until its progress was seen
    ana, ben = await open_page("ana"), await open_page("ben")
    await ana.send("/snapshot")
    await expect(ana.modal).to_contain_text("one approval by @ben or @bea needed")
    name = ana.modal.get_by_role("textbox", name="Name")
    await name.fill("1st")
    await ana.modal.get_by_role("button", name="Request").click()
    await expect(name).to_have_accessible_description(re.compile("Starts with a digit"))
    await expect(name).to_have_value("1st")
    await ana.scan()
    await ana.shot("modal-error")
    await name.fill("before-migration-42")
    description = ana.modal.get_by_role("textbox", name=re.compile("Description"))
    await description.fill("Before the customer migration, OPS-42")
    await ana.modal.get_by_role("button", name="Request").click()
    await expect(ana.modal).to_contain_text("asks for")
    await ana.modal.get_by_role("button", name="Close").last.click()

    hers = card(ana, "before-migration-42")
    await expect(hers).to_contain_text("Waiting for approval")
    await ana.shot("card")
    await hers.get_by_role("button", name=re.compile("^Approve R-")).click()
    await ana.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    await expect(ana.messages.last).to_contain_text("Nobody approves their own request on dwh-prod.")
    await expect(ana.messages.last).to_contain_text("Only visible to you")

    his = card(ben, "before-migration-42")
    await his.get_by_role("button", name=re.compile("^Review R-")).click()
    await expect(ben.modal).to_contain_text("You can decide because")
    await ben.scan()
    await ben.shot("review")
    await ben.modal.locator("button", has_text="✔ Approve…").click()
    await ben.modal.get_by_role("textbox").fill("Go ahead")
    await ben.modal.get_by_role("button", name="Approve", exact=True).click()
    await expect(ben.modal).to_contain_text("You approved")
    await ben.modal.get_by_role("button", name="Close").last.click()

    await expect(hers).to_contain_text("Creating")
    (made,) = (s for s in project.snapshots.values() if s.name == "before-migration-42")
    made.end("AVAILABLE", project.now())
    await expect(hers).to_contain_text("Available", timeout=15_000)
    await expect(his).to_contain_text("Available")
    await expect(hers.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)
    await expect(ana.messages.last).to_contain_text("your snapshot before-migration-42 of dwh-prod is available")
    await ana.shot("result")


async def choosing_while_the_redraw_is_held(tab: Tab, world: World) -> Locator:
    """Open the form with two clusters, choose one, keep the redraw at Slack, and return the Name field."""
    for cluster in ("dwh-prod", "dwh-dev"):
        await give_roles(world.environ, world.slack, {"ana": ["request"], "ben": ["approve"]}, cluster=cluster)
    await tab.send("/snapshot")
    await tab.modal.get_by_role("combobox", name="Cluster").click()
    await world.slack.fault("hold", method="views.update")
    await tab.page.get_by_role("option", name="dwh-dev").click()
    await tab.until(lambda: world.slack.site.faults.held, "the redraw isn't held")
    return tab.modal.get_by_role("textbox", name=re.compile("^Name"))


async def test_what_is_typed_while_the_form_is_redrawn_stays_and_is_filed(open_page, world):
    """The redraw for the chosen cluster arrives in the middle of a word: nothing is lost or lands elsewhere."""
    ana = await open_page("ana")
    name = await choosing_while_the_redraw_is_held(ana, world)
    await name.press_sequentially("before-mig")
    await world.slack.fault("release")
    await ana.page.keyboard.type("ration")
    await expect(ana.modal).to_contain_text("approval by @ben needed")
    await expect(name).to_be_focused()
    await ana.page.keyboard.type("-42")
    await expect(name).to_have_value("before-migration-42")
    await expect(name).to_have_attribute("placeholder", re.compile(r"^dwh-dev-\d{8}-\d{6}$"))
    await expect(ana.modal.get_by_role("combobox", name="Cluster")).to_have_value("dwh-dev")
    await ana.modal.get_by_role("button", name="Request").click()
    await expect(ana.modal).to_contain_text("asks for before-migration-42 of dwh-dev")


async def test_a_name_that_was_never_shown_is_said_before_it_is_filed(open_page, world):
    """Request before the redraw: the form says what it will be called; the second press files exactly that."""
    ana = await open_page("ana")
    await choosing_while_the_redraw_is_held(ana, world)
    await ana.modal.get_by_role("textbox", name=re.compile("^Description")).fill("OPS-42")
    await ana.modal.get_by_role("button", name="Request").click()
    said = ana.modal.get_by_text("It will be called")
    await expect(said).to_contain_text(re.compile(r"called dwh-dev-\d{8}-\d{6}\. Press Request again to send it so\."))
    (called,) = re.findall(r"called (dwh-dev-[\d-]+)", await said.inner_text())
    await expect(ana.modal.get_by_role("textbox", name=re.compile("^Description"))).to_have_value("OPS-42")
    await ana.scan()
    await ana.modal.get_by_role("button", name="Request").click()
    await expect(ana.modal).to_contain_text(f"asks for {called} of dwh-dev")
    await world.slack.fault("release")
    await expect(ana.messages.filter(has_text=called).first).to_contain_text("OPS-42")
    await expect(ana.modal).to_contain_text(f"asks for {called} of dwh-dev")


async def test_a_decline_carries_its_reason(open_page, world):
    """Ben declines with a reason; Ana reads it on the card and can ask again from there."""
    ana, ben = await open_page("ana"), await open_page("ben")
    hers = await ask(ana, "not-tonight")
    await card(ben, "not-tonight").get_by_role("button", name=re.compile("^Review R-")).click()
    await ben.modal.locator("button", has_text="✖ Decline…").click()
    await ben.modal.get_by_role("textbox").fill("The batch runs until six")
    await ben.modal.get_by_role("button", name="Decline", exact=True).click()
    await expect(hers).to_contain_text("Declined by @ben: The batch runs until six")
    await hers.get_by_role("button", name=re.compile("Ask again")).click()
    await expect(ana.modal).to_contain_text("Take a snapshot")


async def test_a_race_of_two_approvers_has_one_winner(open_page, world):
    """Bea has the form open while Ben approves; she hears who was first."""
    ana, ben, bea = await open_page("ana"), await open_page("ben"), await open_page("bea")
    await ask(ana, "race-in-two-windows")
    hers = card(bea, "race-in-two-windows")
    await hers.get_by_role("button", name=re.compile("^Review R-")).click()
    await bea.modal.locator("button", has_text="✔ Approve…").click()
    await expect(bea.modal.get_by_role("textbox")).to_be_visible()
    await card(ben, "race-in-two-windows").get_by_role("button", name=re.compile("^Approve R-")).click()
    await ben.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    await expect(ben.messages.last).to_contain_text("You approved")
    await bea.modal.get_by_role("button", name="Approve", exact=True).click()
    await expect(bea.modal).to_contain_text("Already approved by @ben")


async def test_a_request_expires_when_the_clock_is_moved(open_page, world):
    """Eight hours by a button of the page: the card and a mention say that nobody decided."""
    ana = await open_page("ana")
    hers = await ask(ana, "nobody-decides")
    await ana.page.get_by_role("button", name="Break things").click()
    await ana.page.get_by_role("button", name=re.compile(r"8 h")).click()
    await expect(hers).to_contain_text("Expired, nobody decided in 8 h")
    await expect(ana.messages.last).to_contain_text("expired: nobody decided in 8 h")


async def test_a_create_answer_that_is_lost_leaves_one_snapshot(open_page, world):
    """The cloud acts and doesn't answer, at the press of a button; the card waits, and finds its one snapshot."""
    ana, ben = await open_page("ana"), await open_page("ben")
    hers = await ask(ana, "answer-lost")
    await ben.page.get_by_role("button", name="Break things").click()
    cloud = ben.page.get_by_role("button", name=re.compile("^drop_after|Does it, then closes", re.I))
    await cloud.first.click()
    await card(ben, "answer-lost").get_by_role("button", name=re.compile("^Approve R-")).click()
    await ben.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    await expect(hers).to_contain_text("Available", timeout=20_000)
    assert [s.name for s in world.cloud.project.snapshots.values()].count("answer-lost") == 1
    assert world.cloud.calls.count("create") == 1


async def test_an_outsider_is_refused_with_the_reason(open_page, world):
    """Otto, of another company, sees the shared channel and may not decide there."""
    world.slack.user("otto")
    ana, otto = await open_page("ana", hash="#partners"), await open_page("otto", hash="#partners")
    await expect(otto.messages).to_have_count(0)
    await otto.send("/snapshot")
    await expect(otto.page.locator("body")).to_contain_text(re.compile("another company|didn't respond|not available"))
    await expect(ana.messages).to_have_count(0)


async def test_hostile_text_is_shown_as_text(open_page, world):
    """A description can't hold markup by the API's rules, a comment can: it is shown as typed and pings nobody."""
    ana, ben = await open_page("ana"), await open_page("ben")
    hers = await ask(ana, "hostile-words")
    await card(ben, "hostile-words").get_by_role("button", name=re.compile("^Review R-")).click()
    await ben.modal.locator("button", has_text="✖ Decline…").click()
    await ben.modal.get_by_role("textbox").fill(HOSTILE)
    await ben.modal.get_by_role("button", name="Decline", exact=True).click()
    await expect(hers).to_contain_text("<!channel> <script>alert(1)</script> [x](javascript:alert(2))")
    await expect(hers.locator("a[href^='javascript']")).to_have_count(0)
    assert "\u202e" not in await hers.inner_text()


async def test_what_there_is_of_a_cluster_from_home(open_page, world):
    """Home has Ana's clusters; their snapshots open from there and by the command; Take… has the cluster chosen."""
    ana = await open_page("ana", hash="#app")
    await expect(ana.page.get_by_text("Clusters you may ask for")).to_be_visible()
    await ana.scan()
    await ana.shot("home")
    await ana.page.get_by_role("button", name="Snapshots of dwh-prod").click()
    await expect(ana.modal).to_contain_text(re.compile(r"dwh-prod has (one snapshot|\d+ snapshots)"))
    await ana.scan()
    await ana.shot("snapshots")
    await ana.modal.get_by_role("button", name="Close").last.click()
    await ana.page.get_by_role("button", name="Take a snapshot of dwh-prod").click()
    await expect(ana.modal).to_contain_text("dwh-prod · ")


async def test_home_on_a_phone_in_the_dark(open_page, world):
    """App Home lists what waits for Ben with its buttons; nothing sticks out at 375 pixels; no barrier in dark mode."""
    ana = await open_page("ana")
    await ask(ana, "seen-at-night")
    phone = {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark"}
    ben = await open_page("ben", hash="#app", **phone)
    await expect(ben.page.get_by_text("seen-at-night").first).to_be_visible()
    await ben.scan()
    await ben.shot("home-phone-dark")
    assert await ben.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await ben.page.get_by_role("button", name=re.compile("^Approve R-")).click()
    await ben.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    await expect(ben.page.get_by_text("You approved")).to_be_visible()
    dark = await open_page("ana", color_scheme="dark")
    await expect(card(dark, "seen-at-night")).to_contain_text(re.compile("Creating|Available"))
    await dark.shot("channel-dark")
