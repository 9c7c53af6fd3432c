"""The commands that freeze clusters, end that, and list freezes; no logic of their own."""

from __future__ import annotations

import json
import os
from typing import Final

import click

from bot import loading
from bot.granting import offline
from bot.terminal import echo, table

_COLUMNS: Final = ("cluster", "until", "meanwhile", "set_by", "set_at", "reason", "id")


@click.command()
@click.argument("cluster")
@click.argument("reason")
@click.option("--until", help="When it ends, in SNAPSHOT_BOT_TIMEZONE: 'mon 06:00', '2026-12-31 18:00', 18:00.")
@click.option("--for", "length", help="How long it lasts: 30m, 8h, 2d.")
@click.option("--refuse", is_flag=True, help="Refuse requests meanwhile; else they wait.")
@click.option("--break-glass-passes", is_flag=True, help="Who may break glass may start all the same.")
@offline
def freeze(
    cluster: str,
    reason: str,
    until: str | None,
    length: str | None,
    refuse: bool,
    break_glass_passes: bool,
    offline: bool,
) -> None:
    """Let no snapshot of CLUSTER start, from now until then, or until somebody ends it; REASON is read by who waits.

    CLUSTER is written as for `grant`: a cluster, the beginning of names (`dwh-*`), a cloud, or `*`. What runs goes on.

    \b
        snapshot-bot freeze dwh-prod 'quarter end' --until 'mon 06:00'
        snapshot-bot freeze 'dwh-*' 'move to the new region' --for 3h --refuse
    """
    from bot.admin import beside_the_bot
    from bot.admin_words import freeze_words
    from bot.core.approval import Meanwhile
    from bot.core.endings import ending, span
    from bot.scopes import bad_argument
    from bot.words import text

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            if until and length:
                raise bad_argument("--until and --for both say when it ends; give one of them.")
            ends = ending(until, admin.now(), admin.zone) if until else None
            if length:
                ends = admin.now() + span(length)
            meant = await admin.scope(cluster, offline=offline)
            done = await admin.freezing.freeze(
                meant.scope,
                reason,
                until=ends,
                meanwhile=Meanwhile.REFUSE if refuse else Meanwhile.HOLD,
                passes_break_glass=break_glass_passes,
                cluster_name=meant.name if meant.scope.beginning is None else "",
            )
            held, running = ([r.id for r in those] for those in (done.holds, done.running))
            echo(f"{meant}: {freeze_words(done.freeze, admin.zone)}")
            echo(text("freeze-holds", count=len(held), requests=", ".join(held)))
            if running:
                echo(text("freeze-runs", count=len(running), requests=", ".join(running)))

    loading.run(run())


@click.command()
@click.argument("cluster")
@offline
def unfreeze(cluster: str, offline: bool) -> None:
    """End every freeze of exactly CLUSTER, or one by its id, which `snapshot-bot freezes` shows.

    \b
        snapshot-bot unfreeze dwh-prod
        snapshot-bot unfreeze F-7K3FQ2RT
    """
    from bot.admin import beside_the_bot
    from bot.scopes import bad_argument, scope_name

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            on = [f for f in await admin.freezes() if f.is_on(admin.now())]
            found = [f for f in on if f.id == cluster.upper()]
            if not found:
                named = [f for f in on if f.cluster_name.casefold() == cluster.casefold()]
                scopes = {f.scope for f in named} or {(await admin.scope(cluster, offline=offline)).scope}
                if len(scopes) > 1:
                    ids = ", ".join(f"{f.id} ({f.scope})" for f in named)
                    raise bad_argument(f"Several clusters are called {cluster}: {ids}. Name a freeze by its id.")
                found = [f for f in on if f.scope in scopes]
            ended = [f for f in found if await admin.freezing.end(f)]
            if not ended:
                raise bad_argument(f"No freeze of {cluster} is on. `snapshot-bot freezes` lists them.")
            for one in ended:
                echo(f"{scope_name(one.scope, one.cluster_name)}: {one.id} ended ({one.reason})")

    loading.run(run())


@click.command()
@click.option("--all", "every", is_flag=True, help="Those that are over, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for scripts.")
def freezes(every: bool, as_json: bool) -> None:
    """List the freezes that are on. The closed windows of rules are in `snapshot-bot rules`.

    \b
        snapshot-bot freezes --all --json
    """
    from bot.admin import beside_the_bot
    from bot.admin_words import freeze_cells, freeze_row

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            found = [f for f in await admin.freezes() if every or f.is_on(admin.now())]
            if as_json:
                echo(json.dumps([freeze_row(f) for f in found], indent=2))
            elif found:
                table([freeze_cells(f, admin.zone) for f in found], _COLUMNS)
            else:
                echo("Nothing is frozen. To freeze a cluster: snapshot-bot freeze dwh-prod 'quarter end'")

    loading.run(run())


COMMANDS: Final = (freeze, unfreeze, freezes)
