"""`slack-sandbox`: a Slack on this machine, for any app, until Ctrl-C."""

from __future__ import annotations

import asyncio
import shlex
import signal
from typing import IO, Final

import click
import yaml

from slack_sandbox.address import HOST, is_loopback
from slack_sandbox.app import App
from slack_sandbox.page import Page
from slack_sandbox.sandbox import Sandbox

_VERIFY_SECONDS: Final = 1.0
_WARNING: Final = "Warning: anybody who can reach {host} can read this sandbox and act as everybody in it."


@click.command()
@click.option(
    "--port", metavar="PORT", type=click.IntRange(0, 65535), default=0, help="Port to listen on. Default: any free one."
)
@click.option(
    "--host", metavar="ADDRESS", default=HOST, show_default=True, help="Address to listen on, and to name in URLs."
)
@click.option(
    "--manifest",
    type=click.File(encoding="utf-8"),
    help="Your app's manifest (YAML or JSON). Without it the app has every slash command and few scopes and events.",
)
@click.option("--request-url", metavar="URL", help="Where your app takes signed HTTP. Without it: Socket Mode only.")
def main(port: int, host: str, manifest: IO[str] | None, request_url: str | None) -> None:
    """Start a Slack on this machine for your app to talk to.

    It prints the settings that your app needs, as lines for a shell, and the address of a page on which you are
    anybody of its workspace. Nothing is kept: each start is a new workspace. Ctrl-C ends it.

    \b
        slack-sandbox --port 8765
        slack-sandbox --port 8765 --manifest manifest.yml
        slack-sandbox --port 8765 --request-url http://127.0.0.1:3000/slack/events
    """
    app = _installed(manifest) if manifest else App()
    app.request_url = request_url
    if not is_loopback(host):
        click.echo(_WARNING.format(host=host), err=True)
    asyncio.run(_serve(Sandbox(app, host=host, port=port, install=[Page().install]), host, port))


def _installed(manifest: IO[str]) -> App:
    try:
        return App.from_manifest(yaml.safe_load(manifest))
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as e:
        raise click.BadParameter(f"{manifest.name} is not a Slack app manifest.", param_hint="--manifest") from e


async def _serve(sandbox: Sandbox, host: str, port: int) -> None:
    stop = stopped_by_signal()
    try:
        await sandbox.start()
    except OSError as e:
        raise click.ClickException(cannot_listen(host, port, e)) from e
    verifying = asyncio.create_task(_verify(sandbox))
    try:
        click.echo(_settings(sandbox))
        await stop.wait()
    finally:
        verifying.cancel()
        await asyncio.gather(verifying, return_exceptions=True)
        await sandbox.close()


async def _verify(sandbox: Sandbox) -> None:
    """Send the request URL its challenge until the app is up and answers it; say each problem once."""
    if (url := sandbox.app.request_url) is None:
        return
    said: set[str] = set()
    while problem := await sandbox.site.transport.set_request_url(url):
        if problem not in said:
            click.echo(f"# {problem}")
        said.add(problem)
        await asyncio.sleep(_VERIFY_SECONDS)
    click.echo("# Your request URL is verified.")


def _settings(sandbox: Sandbox) -> str:
    """Return what is printed at the start: lines that a shell can read, what isn't for it as comments."""
    driver = f"{sandbox.origin}/_sandbox"
    return "\n".join(
        [
            f"# A Slack for your app. Be anybody in it: {sandbox.origin}/",
            *(f"export {name}={shlex.quote(value)}" for name, value in sandbox.env().items()),
            f"# Faults: curl {driver}/faults lists them; this lets one strike the next message:",
            f'#   curl -d \'{{"name": "ratelimited", "method": "chat.postMessage"}}\' {driver}/fault',
            "# Ctrl-C ends it.",
        ]
    )


def stopped_by_signal() -> asyncio.Event:
    """Return what is set once somebody presses Ctrl-C, or the process gets SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def cannot_listen(host: str, port: int, error: OSError) -> str:
    """Return one line for a person whose port is taken, or whose address isn't this machine's."""
    why = (error.strerror or str(error)).rpartition(": ")[2].lower()
    others = "--port" if host == HOST else "--port or --host"
    return f"Can't listen on {host}, port {port}: {why}. Choose another with {others}."
