"""The documents say what is so: generated parts, names of settings, commands, targets, scopes and files."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from bot import __version__, certificates
from bot.cli import cli
from bot.config import Settings
from bot.dws import variables
from bot.parts import PARTS
from bot.slack.door.http_mode import PATH

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANIFEST = (ROOT / "manifest.yml").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONTEXT = click.Context(cli)
COMMANDS = {name: c for name in cli.list_commands(CONTEXT) if (c := cli.get_command(CONTEXT, name))}


@pytest.fixture(scope="module")
def docs():
    """Load scripts/docs.py, which is no package's."""
    spec = importlib.util.spec_from_file_location("docs_script", ROOT / "scripts" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_are_as_they_would_be_generated_now(docs):
    """Settings, states and commands in README.md are the code's, and the manifest's hint; `make docs` writes them."""
    assert docs.rewritten(README) == README
    assert docs.hinted(MANIFEST) == MANIFEST
    operating = docs.OPERATING.read_text(encoding="utf-8")
    assert docs.rewritten(operating, docs.OPERATING_PARTS) == operating
    performance = docs.PERFORMANCE.read_text(encoding="utf-8")
    assert docs.rewritten(performance, docs.PERFORMANCE_PARTS) == performance
    assert docs.chart() == docs.CHART.read_text(encoding="utf-8")
    sandbox = docs.SANDBOX.read_text(encoding="utf-8")
    assert docs.rewritten(sandbox, docs.SANDBOX_PARTS) == sandbox
    page = (ROOT / "docs" / "settings-gone-wrong.md").read_text(encoding="utf-8")
    assert docs.gone_wrong((ROOT / "tests" / "cases" / "settings.json").read_text(encoding="utf-8")) == page
    page = docs.CLOUD_ANSWERS.read_text(encoding="utf-8")
    assert docs.cloud_answers(docs.ANSWERS.read_text(encoding="utf-8")) == page
    states = {"states", "states-of-deletions"}
    assert set(docs.PARTS) == {"settings", "cloud-settings", "commands", "parts", "subcommands"} | states


def test_a_stale_part_is_noticed(docs):
    """What somebody changed by hand would be overwritten, and a part that lost its place is an error."""
    changed = README.replace("stateDiagram-v2", "stateDiagram-v1")
    assert changed != README
    assert docs.rewritten(changed) == README
    with pytest.raises(ValueError, match="no place for 'states'"):
        docs.rewritten(README.replace("<!-- states -->", ""))


def test_every_variable_is_documented():
    """Those of Settings in the table, those of the cloud's login in another, certificates in the words below."""
    assert [f.alias for f in Settings.model_fields.values() if f"| `{f.alias}` |" not in README] == []
    ours = {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"}
    ours |= {f"SNAPSHOT_BOT_{name}" for name in ("DATABASE", "ADMINS", "CHANNEL", "LISTEN", "CLOUDS")}
    assert ours <= {f.alias for f in Settings.model_fields.values()}
    cloud = (
        *(f"`{name}" for variable in variables.VARIABLES for name in variable.names),
        *(f"`{name}`" for name in certificates.VARIABLES),
        "OS_CLOUD",
        "clouds.yaml",
        "OS_ACCESS_KEY",
        "OS_SECRET_KEY",
        "HUAWEICLOUD_SDK_AK",
        "DWS_ENDPOINT",
        "NAME_FILE",
    )
    assert [name for name in cloud if name not in README] == []


def test_only_variables_that_exist_are_named():
    """A variable of ours that a document names is one that is read: by the bot, or by its tests."""
    known = {f.alias for f in Settings.model_fields.values()}
    for path in (ROOT / "tests").rglob("*.py"):
        known |= {*re.findall(r'environ\.get\("(SNAPSHOT_BOT_TEST_\w+)"', path.read_text(encoding="utf-8"))}
    named = set(re.findall(r"\b(?:SLACK|SNAPSHOT_BOT)_[A-Z_]+\b", README + CONTRIBUTING))
    named |= set(re.findall(r"\bSNAPSHOT_BOT_[A-Z_]+\b", (ROOT / "Dockerfile").read_text(encoding="utf-8")))
    assert named - known == set()


def test_every_target_that_is_named_exists():
    """`make X` in a document is a target of the Makefile, and every target says what it does."""
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README + CONTRIBUTING, re.M))
    assert named - targets == set()
    assert {"demo", "test", "check", "docs", "help"} <= named
    assert targets == set(re.findall(r"^([a-z]+):.*  ## \S", MAKEFILE, re.M))


def test_every_command_is_named_and_every_named_one_exists():
    """README.md knows all commands; what it shows of commands and options can be typed."""
    shown = re.findall(r"(?:^|[`/ ])snapshot-bot ([a-z]+)([^`#\n|]*)", README, re.M)
    assert set(COMMANDS) <= {name for name, _ in shown}
    for name, rest in shown:
        assert name in COMMANDS, name
        options = {
            option for parameter in COMMANDS[name].params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert [word for word in rest.split() if word.startswith("--") and word not in options] == [], name


def test_the_scopes_are_explained_and_asked_for():
    """README explains every scope of the manifest and of its parts."""
    scopes = yaml.safe_load(MANIFEST)["oauth_config"]["scopes"]["bot"]
    assert [s for s in (*scopes, *(s for part in PARTS for s in part.scopes)) if f"`{s}`" not in README] == []


def test_the_paths_are_the_ones_that_are_served():
    """Slack's path and the operator's are in README.md."""
    assert [path for path in (PATH, "/healthz", "/readyz", "/status", "/metrics") if path not in README] == []


PAGES = sorted(
    (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("deploy/*/README.md"))
)


@pytest.mark.parametrize("here", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(here):
    """A link within the repository names a file that is there."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", here.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (here.parent / link).exists()] == []


def test_the_index_lists_every_page():
    """docs/README.md has one line for each page beside it; its links are checked with those of the other pages."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = sorted(path.name for path in (ROOT / "docs").glob("*.md") if path.name != "README.md")
    assert sorted(re.findall(r"^\| \[([^]/]+)\]\(\1\) \| .+ \|$", index, re.MULTILINE)) == pages


def test_the_changelog_keeps_its_form():
    """Unreleased changes stand first, under the headings of Keep a Changelog, and there are some."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *_ = re.split(r"^## ", changelog, flags=re.M)[1:]
    assert first.startswith("[Unreleased]\n")
    headings = re.findall(r"^### (\w+)$", changelog, re.M)
    assert headings
    assert set(headings) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert re.search(r"^- \S", first, re.M)


def test_there_is_one_version():
    """The package and the project say the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


def test_every_picture_is_there_and_every_picture_is_shown():
    """A picture that a document shows exists, with words for who can't see it; one that none shows is not kept."""
    shown = set()
    for path in [ROOT / "README.md", ROOT / "slack_sandbox" / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"!\[([^\]]+)\]\(([^)]+\.png)\)", text)
        found += [(alt, src) for src, alt in re.findall(r'<img src="([^"]+)" alt="([^"]+)"', text)]
        assert len(found) == text.count(".png")
        shown |= {(path.parent / place).resolve() for _, place in found}
    assert shown == {p.resolve() for p in (ROOT / "docs" / "screenshots").glob("*.png")}


def test_the_architecture_page_names_the_rooms_that_there_are():
    """Every package of the product has its row; what the page names is there."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = " ".join(line for line in page.splitlines() if line.startswith("| `bot/"))
    rooms = {f"bot/{folder.parent.name}/" for folder in (ROOT / "bot").glob("*/__init__.py")}
    assert set(re.findall(r"`(bot/[a-z]+/)`", rows)) == rooms
    within = {f"{folder.parent.name}/" for folder in (ROOT / "bot" / "slack").glob("*/__init__.py")}
    assert {name for name in within if f"`{name}`" in rows} == within
    named = re.findall(r"`((?:bot|slack_sandbox|dws_sandbox|snapshot_demo)/[a-z_/]*(?:\.py)?)`", page)
    assert [name for name in named if not (ROOT / name).exists()] == []
    of_rooms = re.findall(r"`((?:service|worker|words)/[a-z_]*(?:\.py)?)`", page)
    assert [name for name in of_rooms if not (ROOT / "bot" / name).exists()] == []
