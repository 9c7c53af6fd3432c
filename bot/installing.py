"""The commands of those who install the bot: what the Slack app is made from, and whether the bot works."""

from __future__ import annotations

import os
from typing import Final

import click

from bot.parts import PARTS, AppPart

_OFFERED: Final = "; ".join(f"{part.name} ({', '.join(part.scopes)}): {part.gives}" for part in PARTS)


def _request_url(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    from bot.manifest import request_url  # here: it brings Bolt, and every command reads this module

    try:
        return None if value is None else request_url(value)
    except ValueError as e:
        raise click.BadParameter(f"{e}. Write it as https://HOST/slack/events.", context, option) from None


def _parts(context: click.Context, option: click.Parameter, value: str) -> list[AppPart]:
    named = {name.strip() for name in value.split(",") if name.strip()}
    if unknown := ", ".join(sorted(named - {part.name for part in PARTS})):
        known = ", ".join(part.name for part in PARTS)
        raise click.BadParameter(f"no part is called {unknown}. There are: {known}.", context, option)
    return [part for part in PARTS if part.name in named]


@click.command()
@click.option(
    "--http", metavar="URL", callback=_request_url, help="For HTTP mode: Slack calls the bot at this address."
)
@click.option(
    "--with", "parts", metavar="PART,…", default="", callback=_parts, help=f"Also ask for the scopes of: {_OFFERED}"
)
def manifest(http: str | None, parts: list[AppPart]) -> None:
    """Print the manifest of the Slack app, with the slash command of the settings; paste it at api.slack.com/apps.

    \b
        snapshot-bot manifest --with history
        snapshot-bot manifest --http https://bot.example.com/slack/events
    """
    from bot.command_settings import DatabaseSettings
    from bot.manifest import written

    command = DatabaseSettings.read(os.environ).command
    click.echo(written(command=command, http=http, parts=parts), nl=False)


@click.command()
def health() -> None:
    """Ask the bot that runs on this machine whether it works: exit code 0 if so, else 1.

    \b
        SNAPSHOT_BOT_LISTEN=127.0.0.1:8080 snapshot-bot health
    """
    from bot.health import ask

    click.echo(ask(os.environ))
