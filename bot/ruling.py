"""The commands that set and list rules; no logic of their own."""

from __future__ import annotations

import json
import os
from typing import Any, Final

import click

from bot import loading
from bot.granting import offline, what_if
from bot.terminal import echo

_WHO: Final = "user ids, group ids (S…), `everyone`, or `nobody`"


@click.command()
@click.argument("cluster")
@click.option("--approvals", type=click.IntRange(0, 20), help="Approvals by anybody who may; 0: nobody needs any.")
@click.option("--stage", "stages", multiple=True, help="'2 of S024BE7LH, U02LK1M3P'; give it again for the next stage.")
@click.option("--side-by-side/--in-order", default=None, help="All stages at once, or one after the other (default).")
@click.option("--escalate", multiple=True, help="'1h: S024BE7LH': who may decide, too, after so long; 'none'.")
@click.option("--reason/--no-reason", "needs_reason", default=None, help="Whether an approval must say why.")
@click.option("--own", type=click.Choice(("never", "if-nobody-else", "allowed")), help="May one approve one's own?")
@click.option("--none-for", multiple=True, help=f"Who needs no approval: {_WHO}.")
@click.option("--per-person", type=click.IntRange(1, 1000), help="With --none-for: so many a person and day.")
@click.option("--per-cluster", type=click.IntRange(1, 1000), help="With --none-for: so many a cluster and day.")
@click.option("--hours", "hours", multiple=True, help="When it may start: 'mon-fri 08:00-18:00'; 'always'.")
@click.option("--closed", multiple=True, help="When nothing starts, on top: 'fri-sun 22:00-06:00'; 'never'.")
@click.option("--while-closed", type=click.Choice(("hold", "refuse")), help="What becomes of requests made then.")
@click.option("--zone", help="Zone of its hours and days, such as Europe/Berlin.")
@click.option("--decide-within", help="Time for the decision: 30m, 8h, 2d.")
@click.option("--start-within", help="Time to start after it: 30m, 8h, 2d.")
@click.option("--remind", help="When approvers are reminded first (15m), then after twice as long each time; 'never'.")
@click.option("--loud", type=click.Choice(("channel", "thread", "failure")), help="Where results show, beside threads.")
@click.option("--channel", help="Channel id for the cards of these clusters.")
@click.option("--remove", is_flag=True, help="Remove the rule, so that a wider one holds, or one approval.")
@what_if
@offline
def rule(cluster: str, channel: str | None, remove: bool, what_if: bool, offline: bool, **given: Any) -> None:
    """Show or set what holds for requests on CLUSTER; what changes is shown with what held before.

    CLUSTER is written as for `grant`: a cluster, the beginning of names (`dwh-*`), a cloud, or `*`. The closest holds.
    Requests that wait are judged by the rule of now. Nobody set anything: one approval by somebody else.

    \b
        snapshot-bot rule dwh-dev --approvals 0 --what-if
        snapshot-bot rule 'dwh-*' --stage '1 of S024BE7LH' --stage '1 of S02SECURE' --reason
        snapshot-bot rule dwh-prod --none-for S024BE7LH --per-person 5 --channel C024BE91L
        snapshot-bot rule dwh-prod --hours 'mon-fri 20:00-06:00' --zone Europe/Berlin
        snapshot-bot rule 'dwh-*' --closed 'fri-sun 22:00-06:00' --while-closed refuse --zone Europe/Berlin
    """
    from bot.admin import Admin, beside_the_bot
    from bot.admin_words import next_words, rule_words
    from bot.rule_options import approval
    from bot.scopes import channel_id

    async def run() -> None:
        wanted, fields = None if channel is None else channel_id(channel), approval(**given)
        async with beside_the_bot(os.environ) as admin:
            meant = await admin.scope(cluster, offline=offline)
            note = "" if remove else await admin.unchecked(wanted, offline=offline)

            async def change(to: Admin) -> list[str]:
                if remove:
                    gone = await to.remove_rule(meant)
                    return [f"{meant}: removed ({rule_words(gone, gone)})"]
                before, now = await to.rule(meant, channel=wanted, **fields)
                windows = next_words(now, admin.now(), admin.zone)
                return [f"{meant}: {rule_words(before, now)}{note}", *windows]

            echo("\n".join(await admin.changed(change, what_if=what_if, offline=offline)))

    loading.run(run())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for scripts.")
def rules(as_json: bool) -> None:
    """List the rules that were set; a cluster without one has that of the closest scope, or one approval.

    \b
        snapshot-bot rules --json
    """
    from bot.admin import beside_the_bot
    from bot.admin_words import rule_row, rule_words

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            found = await admin.rules()
        if as_json:
            echo(json.dumps([rule_row(scope, of) for scope, of in found.items()], indent=2))
        elif found:
            for scope, of in found.items():
                echo(f"{scope}: {rule_words(of, of)}")
        else:
            echo("No rules yet: each request takes one approval. Set one: snapshot-bot rule dwh-prod --approvals 2")

    loading.run(run())


COMMANDS: Final = (rule, rules)
