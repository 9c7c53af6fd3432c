"""The page's files: what they are served with, and what is never in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import aiohttp
import pytest

from dws_sandbox import DwsSimulator
from slack_sandbox import Sandbox
from slack_sandbox.page import Page

FOLDER = Path(__file__).parents[2] / "slack_sandbox" / "page"
SCRIPTS = sorted(FOLDER.glob("*.js"))
HTML_FROM_TEXT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|parseFromString|"
    r"setHTML|srcdoc|\beval\b|new Function|setAttribute\(\s*[\"']on|javascript:"
)


@pytest.fixture
async def http():
    """Give an HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def slack():
    """Give a sandbox with its page, and no cloud."""
    async with Sandbox(install=[Page().install]) as slack:
        yield slack


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_no_text_becomes_html_or_code(script):
    """No script uses any of the ways by which text becomes HTML or code."""
    assert not HTML_FROM_TEXT.findall(script.read_text())


def test_nothing_is_loaded_from_elsewhere():
    """No file names another site, and the document has no inline script or style."""
    for file in FOLDER.iterdir():
        elsewhere = re.findall(
            r"""(?:src|href|url\(|from|import)\s*[=(]?\s*["']?(?:https?:)?//[^"')\s]+""", file.read_text()
        )
        assert not elsewhere, file.name
    document = (FOLDER / "index.html").read_text()
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", document)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/page/style.css", "text/css"),
        ("/page/main.js", "text/javascript"),
        ("/page/icon.svg", "image/svg+xml"),
    ],
)
async def test_every_file_has_its_type_and_the_strict_headers(slack, http, path, kind):
    """Each file is served with its content type, the policy, and nosniff."""
    async with http.get(slack.origin + path) as answer:
        policy = dict(d.strip().partition(" ")[::2] for d in answer.headers["Content-Security-Policy"].split(";"))

        assert (answer.status, answer.content_type) == (200, kind)
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "connect-src": f"'self' ws://{slack.origin.removeprefix('http://')}",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "'none'",
        }
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["none.js", "types.d.ts", "..%2Fpage.py", "%2e%2e%2fserver.py", "page.py", ""])
async def test_only_the_pages_files_are_served(slack, http, name):
    """Whatever isn't one of the page's files is 404."""
    async with http.get(f"{slack.origin}/page/{name}") as answer:
        assert answer.status == 404


async def test_a_strange_host_gets_into_no_policy(slack, http):
    """A Host header that isn't this machine's is not written into the policy."""
    async with http.get(slack.origin, headers={"Host": "evil.example; script-src *"}) as answer:
        assert "evil" not in answer.headers.get("Content-Security-Policy", "")


async def test_without_a_cloud_there_is_no_door_to_one(slack, http):
    """The page learns that there is no cloud, and the door is closed."""
    async with http.get(f"{slack.origin}/_sandbox/page") as answer:
        assert (await answer.json())["cloud"] is False
    async with http.get(f"{slack.origin}/_sandbox/cloud/faults") as answer:
        assert answer.status == 404


async def test_the_door_to_the_cloud_passes_calls_on(http):
    """Faults are armed and clusters changed through the door; the simulator's own refusals come back as they are."""
    async with DwsSimulator() as cloud, Sandbox(install=[Page(cloud.url).install]) as slack:
        door = f"{slack.origin}/_sandbox/cloud"
        async with http.get(f"{slack.origin}/_sandbox/page") as answer:
            assert (await answer.json())["cloud"] is True
        async with http.post(f"{door}/faults", json={"fault": "busy", "times": 2}) as answer:
            assert (answer.status, (await answer.json())["left"]) == (201, 2)
        async with http.get(f"{door}/clusters") as answer:
            cluster = (await answer.json())["clusters"][0]
        async with http.post(f"{door}/clusters/{cluster['id']}", json={"status": "UNAVAILABLE"}) as answer:
            assert (await answer.json())["cluster"]["status"] == "UNAVAILABLE"
        async with http.delete(f"{door}/faults") as answer:
            assert await answer.json() == {"cleared": 1}
        async with http.post(f"{door}/faults", json={"fault": "none"}) as answer:
            assert (answer.status, "no fault" in (await answer.json())["error"]) == (400, True)


@pytest.fixture
async def door():
    """Give the address of a page's door to a simulated cloud."""
    async with DwsSimulator() as cloud, Sandbox(install=[Page(cloud.url).install]) as slack:
        yield f"{slack.origin}/_sandbox/cloud"


@pytest.mark.parametrize("path", ["tokens", "clusters/a/b", "faults/../tokens", "%2e%2e/v1.0/x"])
async def test_the_door_leads_only_to_the_controls_that_the_page_has(door, http, path):
    """Other paths of the simulator stay closed."""
    async with http.delete(f"{door}/{path}") as answer:
        assert answer.status in (404, 405)


async def test_another_sites_page_gets_no_door(door, http):
    """A page from elsewhere can't use the door to the cloud."""
    async with http.get(f"{door}/faults", headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403


async def test_a_cloud_that_is_gone_is_said_in_words(http):
    """Where the simulator doesn't answer, the page hears so."""
    async with DwsSimulator() as cloud:
        url = cloud.url
    async with Sandbox(install=[Page(url).install]) as slack, http.get(f"{slack.origin}/_sandbox/cloud/time") as answer:
        assert (answer.status, (await answer.json())["error"]) == (502, "the cloud simulator doesn't answer")


def test_the_document_asks_for_every_script_at_once():
    """Each module is preloaded, so that the browser doesn't find them one after the other; and each is there."""
    document = (FOLDER / "index.html").read_text()
    assert sorted(re.findall(r'modulepreload" href="/page/([\w.]+)"', document)) == [
        s.name for s in SCRIPTS if s.name != "theme.js"
    ]


@pytest.mark.parametrize("script", [*SCRIPTS, FOLDER / "types.d.ts"], ids=lambda p: p.name)
def test_no_script_hides_from_the_compiler(script):
    """No script switches the check of its types off, or calls a type `any`."""
    assert not re.findall(r"@ts-\w+|[{<(|&,:]\s*any\b\s*[}>)|&,;=\[]", script.read_text())


def test_what_checks_the_scripts_is_pinned_by_hashes():
    """Each package of package-lock.json has its hash, and none an address: where it comes from is npm's own setting."""
    lock = json.loads((FOLDER.parents[1] / "package-lock.json").read_text())
    packages = {name: facts for name, facts in lock["packages"].items() if name}

    assert packages
    assert [name for name, facts in packages.items() if "integrity" not in facts or "resolved" in facts] == []
