"""`snapshot-bot demo`, a command that the product finds by its entry point."""

from __future__ import annotations

import os
import sys

import click


@click.command()
@click.option("--stay/--no-stay", default=None, help="Stay until Ctrl-C after the story (default: at a terminal).")
@click.option("--story/--no-story", default=True, help="Play the story in the terminal.")
@click.option("--slack", type=click.Choice(["sandbox", "real"]), default="sandbox", show_default=True)
@click.option("--cloud", type=click.Choice(["simulator", "real"]), default="simulator", show_default=True)
@click.option("--port", default=0, help="Port of the sandbox's page; 0 takes any free one.")
@click.option(
    "--replicas",
    metavar="N",
    type=click.IntRange(2, 9),
    help="Run N processes on a PostgreSQL server of the demo's own, and kill one while it works.",
)
def demo(stay: bool | None, story: bool, slack: str, cloud: str, port: int, replicas: int | None) -> None:
    """Play the main job with a simulated cloud and a sandbox Slack, and print it as a chat.

    \b
        snapshot-bot demo
        snapshot-bot demo --stay --no-story
        snapshot-bot demo --replicas 3
    """
    if replicas and "real" in (slack, cloud):
        raise click.UsageError(
            "--replicas plays with the sandbox and the simulated cloud alone: leave out --slack real and --cloud real."
        )
    import asyncio  # here, and the next, so that the list of commands is quick

    from snapshot_demo.play import ended_by_signals, play

    work = play(
        os.environ,
        stay=sys.stdout.isatty() if stay is None else stay,
        story=story,
        slack=slack,
        cloud=cloud,
        port=port,
        replicas=replicas,
    )
    try:
        asyncio.run(ended_by_signals(work))
    except KeyboardInterrupt:
        sys.exit(130)
    except asyncio.CancelledError:
        sys.exit(143)  # as a shell has it where a signal ended it
