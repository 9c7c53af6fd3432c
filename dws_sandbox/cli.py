"""`dws-sandbox`: a GaussDB(DWS) and its IAM on this machine, for any client, until Ctrl-C."""

from __future__ import annotations

import asyncio
import shlex
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import click

from dws_sandbox.address import HOST, is_loopback
from dws_sandbox.seeds import seed_clusters, seed_snapshots
from dws_sandbox.server import DwsSimulator

_WARNING: Final = "Warning: anybody who can reach {host} can read and change everything in this sandbox."


@click.command()
@click.option(
    "--port", metavar="PORT", type=click.IntRange(0, 65535), default=0, help="Port to listen on. Default: any free one."
)
@click.option(
    "--host", metavar="ADDRESS", default=HOST, show_default=True, help="Address to listen on, and to name in URLs."
)
@click.option(
    "--cluster", "clusters", metavar="NAME", multiple=True, help="Only this one of the example clusters; repeatable."
)
@click.option(
    "--snapshot-seconds",
    metavar="SECONDS",
    type=click.FloatRange(0),
    help="How long each snapshot takes. Without it: 3 seconds for each GB of the cluster's data.",
)
def main(port: int, host: str, clusters: tuple[str, ...], snapshot_seconds: float | None) -> None:
    """Start a GaussDB(DWS) with its IAM on this machine for your client to talk to.

    It prints the settings that your client needs, as lines for a shell. The project has example clusters in every
    state that matters, and some snapshots. Nothing is kept: each start is a new project. Ctrl-C ends it.

    \b
        dws-sandbox --port 8766
        dws-sandbox --port 8766 --cluster dwh-prod --cluster dwh-dev --snapshot-seconds 5
    """
    now = datetime.now(UTC)
    known = {cluster.name: cluster for cluster in seed_clusters(now)}
    if strange := [name for name in clusters if name not in known]:
        raise click.BadParameter(f"no {', '.join(strange)} here, only {', '.join(known)}.", param_hint="--cluster")
    held = [known[name] for name in clusters or known]
    ids = {cluster.id for cluster in held}
    simulator = DwsSimulator(
        host=host,
        port=port,
        clusters=held,
        snapshots=[s for s in seed_snapshots(now) if s.cluster_id in ids],
        snapshot_seconds=snapshot_seconds,
    )
    if not is_loopback(host):
        click.echo(_WARNING.format(host=host), err=True)
    asyncio.run(_serve(simulator, host, port))


async def _serve(simulator: DwsSimulator, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await simulator.start()
    except OSError as e:
        why = (e.strerror or str(e)).rpartition(": ")[2].lower()
        others = "--port" if host == HOST else "--port or --host"
        raise click.ClickException(f"Can't listen on {host}, port {port}: {why}. Choose another with {others}.") from e
    try:
        click.echo(_settings(simulator))
        await stop.wait()
    finally:
        await simulator.stop()


def _settings(simulator: DwsSimulator) -> str:
    """Return what is printed at the start: lines that a shell can read, what isn't for it as comments."""
    control = f"{simulator.url}/_sim"
    return "\n".join(
        [
            f"# A GaussDB(DWS) and its IAM for your client: {simulator.url}",
            *_exports(simulator.env()),
            "# Or, for clients that sign with an access key (AK/SK) instead:",
            *(f"# {line}" for line in _exports(simulator.env_aksk())),
            f"# Faults: curl {control}/faults lists them; this lets one strike the next create call:",
            f'#   curl -d \'{{"fault": "drop_after"}}\' {control}/faults',
            "# Ctrl-C ends it.",
        ]
    )


def _exports(variables: Mapping[str, str]) -> list[str]:
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
