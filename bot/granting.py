"""The commands that give, take back and list rights; no logic of their own."""

from __future__ import annotations

import json
import os
from typing import Final

import click

from bot import loading
from bot.terminal import echo, table

_ROLES: Final = ("request", "approve", "admin", "audit", "break-glass")
_WHO: Final = ("who", "role", "cluster", "until", "granted_by", "granted_at", "reason", "id")
what_if: Final = click.option("--what-if", is_flag=True, help="Say what it would change, and save nothing.")
offline: Final = click.option("--offline", is_flag=True, help="Ask neither cloud nor Slack: take ids as written.")


@click.command()
@click.argument("who", nargs=-1, required=True)
@click.argument("cluster")
@click.option("--role", type=click.Choice(_ROLES), default="request", show_default=True)
@click.option("--deny", is_flag=True, help="Deny the role: that wins over whatever gives it.")
@click.option("--until", help="Last day, or moment, in SNAPSHOT_BOT_TIMEZONE: 2026-12-31, '2026-12-31 18:00'.")
@click.option("--reason", default="", help="Why, for who reads it later.")
@click.option("--quiet", is_flag=True, help="They may do it, and are not pinged when somebody asks.")
@what_if
@offline
def grant(
    who: tuple[str, ...],
    cluster: str,
    role: str,
    deny: bool,
    until: str | None,
    reason: str,
    quiet: bool,
    what_if: bool,
    offline: bool,
) -> None:
    """Give WHO (ids of Slack users or user groups, or `everyone`) a role on CLUSTER.

    CLUSTER is a name, an id, the beginning of names (`dwh-*`), one of these after CLOUD/, or `*` for every cluster.
    `everyone` is every active full member of the workspace, no guest and nobody from outside. Given again, the end,
    the reason and `--quiet` are what is given then.

    \b
        snapshot-bot grant U024BE7LH dwh-prod
        snapshot-bot grant U024BE7LH U02LK1M3P 'dwh-*' --role approve --until 2026-12-31
        snapshot-bot grant S024BE7LH dwh-prod --role approve
        snapshot-bot grant everyone dwh-secret --deny --reason 'personal data'
        snapshot-bot grant U024BE7LH '*' --role admin --what-if
    """
    from bot.admin import Admin, beside_the_bot
    from bot.admin_words import given_words
    from bot.core.endings import ending
    from bot.core.grants import BY_NAME, Role, Terms
    from bot.core.groups import is_group
    from bot.core.person import EVERYONE
    from bot.core.text import canonical
    from bot.scopes import bad_argument, holder
    from bot.words import text

    async def run() -> None:
        holders = [holder(written) for written in who]
        async with beside_the_bot(os.environ) as admin:
            one_by_one = Role(role) in BY_NAME and not deny
            if EVERYONE in holders and one_by_one:
                raise bad_argument(f"Name who gets {role} one by one: not everyone can have it.")
            ends = ending(until, admin.now(), admin.zone) if until else None
            terms = Terms(ends, canonical(reason), quiet)
            meant = await admin.scope(cluster, offline=offline)
            called = {h: await admin.called(h, offline=offline) for h in holders}  # all, before the first is given

            async def change(to: Admin) -> list[str]:
                given = [(name, await to.grant(one, role, meant, terms, denies=deny)) for one, name in called.items()]
                return [given_words(name, meant, *kept, admin.zone) for name, kept in given]

            echo("\n".join(await admin.changed(change, what_if=what_if, offline=offline)))
            if one_by_one and any(map(is_group, holders)):
                echo(f"Warning: {text('group-risk', role=role)}", err=True)

    loading.run(run())


@click.command()
@click.argument("who")
@click.argument("cluster", required=False)
@click.option("--role", type=click.Choice(_ROLES), help="Only this role; without it, every role there.")
@click.option("--deny", is_flag=True, help="Take back a denial, not a grant.")
@what_if
@offline
def revoke(who: str, cluster: str | None, role: str | None, deny: bool, what_if: bool, offline: bool) -> None:
    """Take back what WHO was granted on exactly CLUSTER; or one grant by its id, which `snapshot-bot grants` shows.

    \b
        snapshot-bot revoke U024BE7LH dwh-prod --role approve
        snapshot-bot revoke G-7K3FQ2RT
    """
    from bot.admin import Admin, beside_the_bot
    from bot.admin_words import holder_words
    from bot.scopes import bad_argument, holder, scope_of
    from bot.words import text

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            one = holder(who) if cluster else None
            meant = await admin.granted(one, cluster, offline=offline) if one and cluster else None

            async def change(to: Admin) -> list[str]:
                if one is None or meant is None:
                    gone = await to.revoke_one(who)
                    what = "denial" if gone.denies else "grant"
                    return [f"{holder_words(gone.holder)}: {what} of {gone.role} on {scope_of(gone)} taken back"]
                if not (count := await to.revoke(one, role, meant, denies=deny)):
                    raise bad_argument(f"{who} has no such grant on {meant}. `snapshot-bot grants` lists them.")
                return [f"{who}: {text('denials' if deny else 'grants', count=count)} on {meant} taken back"]

            echo("\n".join(await admin.changed(change, what_if=what_if, offline=offline)))

    loading.run(run())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for scripts.")
def grants(as_json: bool) -> None:
    """List who may do what, and what is denied to whom; those that have ended, too.

    \b
        snapshot-bot grants --json
    """
    from bot.admin import beside_the_bot
    from bot.admin_words import grant_cells, grant_row

    async def run() -> None:
        async with beside_the_bot(os.environ) as admin:
            found = await admin.grants()
            if as_json:
                echo(json.dumps([grant_row(g) for g in found], indent=2))
            elif found:
                table([grant_cells(g, admin.zone, admin.now()) for g in found], _WHO)
            else:
                echo("No grants yet. Give the first one: snapshot-bot grant U024BE7LH dwh-prod --role approve")

    loading.run(run())


COMMANDS: Final = (grant, revoke, grants)
