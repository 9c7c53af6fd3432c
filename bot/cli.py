"""The commands; no logic of their own. A command imports only what it needs, so that `--help` is quick."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from bot import __version__, access_commands, database, freeze_commands, granting, loading, ruling, streams
from bot.audit_commands import audit
from bot.installing import health, manifest
from bot.terminal import cell, echo, table

_DEMO: Final = "demo"
_SHOWN: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_NO_HOME: Final = "/nonexistent"  # as Debian calls it


def _failure(error: Exception) -> click.ClickException:
    from bot.exits import failure

    return failure(error, os.environ)


class _Group(click.Group):
    """Words errors for people: what happened and the next step.

    Exit code 78 where an operator must change something, else 1; wrong use is click's own, 2. The demo is another
    package, found by its entry point: the product imports nothing of it.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), _DEMO})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != _DEMO:
            return super().get_command(ctx, cmd_name)
        from importlib.metadata import entry_points  # here: it takes as long to load as all else that `--help` needs

        found = next(iter(entry_points(group="snapshot_bot.commands", name=_DEMO)), None)
        return found.load() if found else _no_demo

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except OSError as e:
            if why := streams.lost_output():
                raise click.ClickException(f"The output can't be written ({why}).") from e
            raise _failure(e) from e
        except Exception as e:
            raise _failure(e) from e


_COMMANDS: Final = (
    *database.COMMANDS,
    *granting.COMMANDS,
    *ruling.COMMANDS,
    *freeze_commands.COMMANDS,
    *access_commands.COMMANDS,
    audit,
    health,
    manifest,
)


@click.group(cls=_Group, commands=_COMMANDS, context_settings=_SHOWN)
@click.version_option(__version__, prog_name="snapshot-bot")
@click.pass_context
def cli(context: click.Context) -> None:
    """Create snapshots of GaussDB(DWS) clusters from Slack, with approval, exactly once.

    Try it with no Slack and no cloud: `snapshot-bot demo`. Settings come from the environment; `doctor` checks them.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False


@click.command(_DEMO, context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("_", nargs=-1)
def _no_demo(_: tuple[str, ...]) -> None:
    """Play the main job with a simulated cloud and a sandbox Slack (not part of this installation)."""
    raise click.ClickException(
        "The demo and its sandboxes are not part of this installation (the image has the bot alone). "
        "Get the project's sources and type `make demo`."
    )


@cli.command()
def serve() -> None:
    """Run the bot until SIGTERM, SIGHUP or Ctrl-C.

    \b
        SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… OS_CLOUD=prod snapshot-bot serve
    """
    from bot import serving

    with serving.failing_in_the_log(os.environ) as started:
        _run(serving.serve(os.environ, started=started))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for scripts.")
def doctor(as_json: bool) -> None:
    """Check settings, tokens, scopes, channel, cloud login and clusters; say how to fix what fails.

    \b
        snapshot-bot doctor
    """
    from bot.concealing import Concealer
    from bot.doctor import examine
    from bot.log import configure
    from bot.secret_values import secret_values

    secrets = secret_values(os.environ)
    configure(level="ERROR", as_json=False, secrets=secrets)
    concealed = Concealer(secrets)
    checks = loading.run(examine(os.environ))
    rows = [{"code": c.code, "ok": c.ok, "what": concealed(c.what), "fix": concealed(c.fix)} for c in checks]
    if as_json:
        echo(json.dumps(rows, indent=2))
    else:
        well, ill = ("✔", "✖") if streams.can_show("✔✖") else ("+", "x")
        well, ill = click.style(well, fg="green"), click.style(ill, fg="red")
        for row in rows:
            click.echo(f"{well if row['ok'] else ill} {cell(str(row['what']))}")
            if row["fix"]:
                echo(f"  {row['fix']}")
    if not all(c.ok for c in checks):
        sys.exit(1)


@cli.command()
@click.option("--open", "only_open", is_flag=True, help="Only those that aren't finished.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for scripts.")
def requests(only_open: bool, limit: int, as_json: bool) -> None:
    """List the newest requests.

    \b
        snapshot-bot requests --open
        snapshot-bot requests --limit 1000 --json
    """
    from bot.admin import beside_the_bot
    from bot.admin_words import request_row

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            found = await admin.requests(only_open=only_open, limit=limit)
        if as_json:
            echo(json.dumps([request_row(r) for r in found], indent=2))
        elif found:
            rows = [request_row(r) | {"why": r.why} for r in found]
            table(rows, ["id", "state", "cluster", "name", "requester", "created_at", "why"])
        else:
            echo(f"No requests yet. Somebody types {admin.command} in Slack.")

    _run(run())


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        loading.run(work)
    except KeyboardInterrupt:
        sys.exit(130)


def main() -> None:
    """Run the command line, and end with an exit code that is its own, whatever happens to its output."""
    loading.begin()
    streams.prepare()
    try:
        Path.home()
    except (RuntimeError, KeyError):  # no HOME, and the user's number has no name: Slack's SDK can't be imported then
        os.environ["HOME"] = _NO_HOME
    code: object = 0
    try:
        code = cli.main(prog_name="snapshot-bot", standalone_mode=False)
    except click.ClickException as e:
        code = _shown(e)
    except click.Abort:
        code = _shown(click.ClickException("It was broken off."))
    except SystemExit as e:
        code = e.code
    except OSError as e:  # of click's own writing, such as of help
        code = streams.ended(0) or _shown(_failure(e))
    sys.exit(streams.ended(code if isinstance(code, int) else 0))


def _shown(failure: click.ClickException) -> int:
    with suppress(OSError):  # there may be nowhere to show it, and the code counts all the same
        failure.show()
    return failure.exit_code
