#!/usr/bin/env python3
"""Write again what is generated.

Parts of README.md, docs/operating.md, docs/performance.md and slack_sandbox/README.md (`<!-- NAME -->` to
`<!-- /NAME -->`), the hint in manifest.yml, docs/settings-gone-wrong.md, docs/cloud-answers.md, docs/who-may-do.md,
docs/who-may-learn.md, and the chart in docs/performance.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import reporting
from bot import config, parts
from bot import log as logs
from bot.cli import cli
from bot.core import lifecycle
from bot.core.condition import Condition
from bot.core.phrase import COMMAND
from bot.core.request import Kind
from bot.dws import variables
from bot.metrics import Metrics
from bot.slack.handlers.commands import SUBCOMMANDS, usage_hint
from tests.harness import who_learns, who_may

ROOT = Path(__file__).resolve().parent.parent
README, MANIFEST = ROOT / "README.md", ROOT / "manifest.yml"
OPERATING, ALERTS = ROOT / "docs" / "operating.md", ROOT / "docs" / "alerts.yml"
CLOUD_ANSWERS, ANSWERS = ROOT / "docs" / "cloud-answers.md", ROOT / "tests" / "cases" / "cloud-answers.json"
WHO_LEARNS, WHO_MAY = ROOT / "docs" / "who-may-learn.md", ROOT / "docs" / "who-may-do.md"
SANDBOX, SLACK_CASES = ROOT / "slack_sandbox" / "README.md", ROOT / "tests" / "cases" / "sandbox.json"
PERFORMANCE, BENCH = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance" / "bench.json"
CHART = BENCH.with_suffix(".svg")
GONE_WRONG, CASES = ROOT / "docs" / "settings-gone-wrong.md", ROOT / "tests" / "cases" / "settings.json"


def commands() -> str:
    """Return the commands as a Markdown table."""
    rows = ["| command | what it does |", "|---|---|"]
    context = click.Context(cli)
    for name in cli.list_commands(context):
        if command := cli.get_command(context, name):
            below = command.commands if isinstance(command, click.Group) else {}
            named = {f"{name} {word}": found for word, found in sorted(below.items())} or {name: command}
            rows += [f"| `snapshot-bot {n}` | {(c.help or '').split(chr(10))[0]} |" for n, c in named.items()]
    return "\n".join(rows)


def subcommands() -> str:
    """Return how `/snapshot` and its sub-commands are typed, as a Markdown list."""
    return "\n".join(f"- `{row.usage(COMMAND)}`" for row in SUBCOMMANDS)


def alerts() -> str:
    """Return the alert rules as a Markdown table."""
    rows = ["| alert | severity | what has happened | what to do |", "|---|---|---|---|"]
    for rule in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"][0]["rules"]:
        about = rule["annotations"]
        summary = about["summary"].replace("{{ $labels.cloud }}", "…")
        rows.append(f"| `{rule['alert']}` | {rule['labels']['severity']} | {summary} | {about['runbook']} |")
    return "\n".join(rows)


def metrics() -> str:
    """Return the bot's metrics as a Markdown table."""
    exposed = Metrics()
    exposed.expect(["prod"])
    exposed.conditions({("database", ""): Condition(ok=True, since=datetime.now(UTC))})
    exposed.text({}, 0.0)
    rows = ["| metric | type | labels | what it says |", "|---|---|---|---|"]
    for name, kind, labels, meaning in exposed.described():
        if not name.startswith("process_"):
            rows.append(f"| `{name}` | {kind} | {labels} | {meaning} |")
    return "\n".join(rows)


def slack() -> str:
    """Return what Slack does and what the sandbox was seen to do, case by case, as a Markdown table."""
    rows = ["| what Slack does | what the sandbox does | source |", "|---|---|---|"]
    for name, cases in json.loads(SLACK_CASES.read_text(encoding="utf-8")).items():
        for case in cases:
            if name == "behaviours":
                does = f"{case['check']}: {case['want']}"
            else:
                answer = "accepted" if case["expected"] == "valid" else case["expected"]
                does = f"{case['case']} ({case['surface']}): {answer}"
            rows.append(f"| {_cell(does)} | {_cell(case['says'])} | {_cell(case['source'])} |")
    return "\n".join(rows)


def figures() -> str:
    """Return what `make bench` measured when it was kept last: of what, and the table with its misses."""
    kept = json.loads(BENCH.read_text(encoding="utf-8"))
    packages = ", ".join(f"{name} {version}" for name, version in kept["packages"].items())
    size = "`QUICK=1`: a fifth of the sizes that the lines name" if kept["quick"] else "the sizes that the lines name"
    about = f"Python {kept['python']}, SQLite {kept['sqlite']}, {packages}; {size}."
    return f"{about}\n\n{reporting.table(reporting.read_back(kept))}"


def chart() -> str:
    """Return the chart of the same."""
    return reporting.chart(reporting.read_back(json.loads(BENCH.read_text(encoding="utf-8"))))


PARTS: dict[str, Callable[[], str]] = {
    "settings": config.table,
    "cloud-settings": variables.table,
    "states": lambda: f"```mermaid\n{lifecycle.diagram()}\n```",
    "states-of-deletions": lambda: f"```mermaid\n{lifecycle.diagram(Kind.DELETE)}\n```",
    "commands": commands,
    "parts": parts.table,
    "subcommands": subcommands,
}
OPERATING_PARTS: dict[str, Callable[[], str]] = {"alerts": alerts, "metrics": metrics}
SANDBOX_PARTS: dict[str, Callable[[], str]] = {"slack": slack}
PERFORMANCE_PARTS: dict[str, Callable[[], str]] = {"figures": figures}


def rewritten(text: str, parts: dict[str, Callable[[], str]] = PARTS) -> str:
    """Return *text* with each of *parts* as it should be now.

    Raises:
        ValueError: a part has no place in it.
    """
    for name, make in parts.items():
        place = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.S)
        if place is None:
            raise ValueError(f"the page has no place for {name!r}")
        text = text[: place.start(1)] + make() + text[place.end(1) :]
    return text


def hinted(manifest: str) -> str:
    """Return the text *manifest* with the hint that Slack shows as somebody types `/snapshot`."""
    return re.sub(r'(?<=usage_hint: ")[^"]*', usage_hint(), manifest)


def gone_wrong(cases: str) -> str:
    """Return docs/settings-gone-wrong.md, made of the text *cases*: what tests/cases/settings.json holds."""
    rows = []
    for case in json.loads(cases)["cases"]:
        given = "<br>".join(f"`{name}={_shown(value)}`" for name, value in case["given"].items())
        says = "<br>".join(_cell(line) for line in case["says"]) or "(it is taken)"
        rows.append(f"| {given} | {_cell(case['what'])} | {says} |")
    return "\n".join([_GONE_WRONG, *rows, ""])


_GONE_WRONG = """# Settings gone wrong, and what is printed

Every mistake is named by its variable, all of them at once, and never with the value, which may be a secret. The exit
code is 78. Line ends and what can't be seen are written here as `\\n`, `\\ufeff` and so on. `make docs` writes this
page from `tests/cases/settings.json`, which a test compares with what the bot says.

| given | which is | printed |
|---|---|---|"""


def cloud_answers(cases: str) -> str:
    """Return docs/cloud-answers.md, made of the text *cases*: what tests/cases/cloud-answers.json holds."""
    rows = []
    for row in json.loads(cases)["rows"]:
        body = json.dumps(row["body"]) if "body" in row else row.get("text", "").replace("\ufeff", "\\ufeff")
        headers = "".join(f"<br>`{name}: {value}`" for name, value in row.get("headers", {}).items())
        sent = f"`{_short(body, 200).replace('|', chr(92) + '|')}`" if body else "nothing"
        rows.append(
            f"| {_CALLS[row['to']]} | {row['status']} | {sent}{headers} | {row['does']} | {_cell(row['says'])} |"
        )
    return "\n".join([_CLOUD_ANSWERS, *rows, ""])


_CALLS = {
    "create": "create",
    "snapshots": "list of snapshots",
    "clusters": "list of clusters",
    "login": "login",
}
_CLOUD_ANSWERS = """# What the cloud answers, and what the bot does and says

DWS, the gateways in front of it and IAM have many codes, and several forms for the same. Where a code is known, it
counts more than the HTTP status: a busy cluster comes as a 403, a snapshot that is gone as a 400. A status of 500 or
more, a time-out and what can't be read say nothing of what was done: the bot looks before it asks again. An answer to
a list never means that something is gone. Where operators are called, the admins are, in a reply to the card;
everything else goes on by itself, later each time, for `SNAPSHOT_BOT_GIVE_UP_HOURS` at most.

Compressed answers (gzip, deflate) are read, up to 10 MB unpacked. A code that isn't here is read by its status.

*answer to*: to the create call; to a list, while a snapshot is being created; to the login. `make docs` writes this
page from `tests/cases/cloud-answers.json`, which a test compares with what the bot does.

| answer to | HTTP | body | what the bot does | what it says |
|---|---|---|---|---|"""


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _shown(value: str) -> str:
    written = json.dumps(value)[1:-1].replace('\\"', '"').replace("|", "\\|")
    return _short(written, 60)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    logs.configure(level="ERROR")  # of the bot that is asked who may learn what
    CLOUD_ANSWERS.write_text(cloud_answers(ANSWERS.read_text(encoding="utf-8")), encoding="utf-8")
    GONE_WRONG.write_text(gone_wrong(CASES.read_text(encoding="utf-8")), encoding="utf-8")
    WHO_MAY.write_text(who_may.page(who_may.table()), encoding="utf-8")
    WHO_LEARNS.write_text(who_learns.page(asyncio.run(who_learns.observed())), encoding="utf-8")
    MANIFEST.write_text(hinted(MANIFEST.read_text(encoding="utf-8")), encoding="utf-8")
    SANDBOX.write_text(rewritten(SANDBOX.read_text(encoding="utf-8"), SANDBOX_PARTS), encoding="utf-8")
    CHART.write_text(chart(), encoding="utf-8")
    PERFORMANCE.write_text(rewritten(PERFORMANCE.read_text(encoding="utf-8"), PERFORMANCE_PARTS), encoding="utf-8")
    OPERATING.write_text(rewritten(OPERATING.read_text(encoding="utf-8"), OPERATING_PARTS), encoding="utf-8")
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
