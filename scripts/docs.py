#!/usr/bin/env python3
"""Write the generated parts of README.md (`<!-- NAME -->` to `<!-- /NAME -->`) and of manifest.yml (the hint) again."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot import config
from bot.cli import cli
from bot.core import lifecycle
from bot.dws import variables
from bot.slack.handlers.commands import SUBCOMMANDS, usage_hint

ROOT = Path(__file__).resolve().parent.parent
README, MANIFEST = ROOT / "README.md", ROOT / "manifest.yml"


def commands() -> str:
    """Return the commands as a Markdown table."""
    rows = ["| command | what it does |", "|---|---|"]
    context = click.Context(cli)
    for name in cli.list_commands(context):
        if command := cli.get_command(context, name):
            rows.append(f"| `snapshot-bot {name}` | {(command.help or '').split(chr(10))[0]} |")
    return "\n".join(rows)


def subcommands() -> str:
    """Return how `/snapshot` and its sub-commands are typed, as a Markdown list."""
    return "\n".join(f"- `{row.usage}`" for row in SUBCOMMANDS)


PARTS: dict[str, Callable[[], str]] = {
    "settings": config.table,
    "cloud-settings": variables.table,
    "states": lambda: f"```mermaid\n{lifecycle.diagram()}\n```",
    "commands": commands,
    "subcommands": subcommands,
}


def rewritten(text: str) -> str:
    """Return *text* with every generated part as it should be now.

    Raises:
        ValueError: a part has no place in it.
    """
    for name, make in PARTS.items():
        place = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.S)
        if place is None:
            raise ValueError(f"README.md has no place for {name!r}")
        text = text[: place.start(1)] + make() + text[place.end(1) :]
    return text


def hinted(manifest: str) -> str:
    """Return the text *manifest* with the hint that Slack shows as somebody types `/snapshot`."""
    return re.sub(r'(?<=usage_hint: ")[^"]*', usage_hint(), manifest)


if __name__ == "__main__":
    MANIFEST.write_text(hinted(MANIFEST.read_text(encoding="utf-8")), encoding="utf-8")
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
