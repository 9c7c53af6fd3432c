"""What the commands beside a running bot do: open the database, name clusters, hand out rights."""

from __future__ import annotations

import getpass
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.config import DatabaseSettings
from bot.core.access import EVERY, Grant, Role
from bot.core.approval import ClusterRule
from bot.core.errors import CloudError, ConfigError
from bot.core.ids import (
    ChannelId,
    ClusterRef,
    Principal,
    UserId,
)
from bot.core.request import OPEN, SnapshotRequest
from bot.core.why import Why
from bot.ports import Store
from bot.scopes import Scope, WrittenScope, bad_argument, every_of, only_one, scope_of, unchecked
from bot.service.administration import Administration
from bot.store import file_of, open_store
from bot.terminal import echo
from bot.words import worded


class Admin:
    """The commands' view of the database; the clouds are asked whether they have what somebody writes.

    *command* is what the bot is called by in Slack.
    """

    def __init__(self, store: Store, environ: Mapping[str, str], *, command: str, database: Path) -> None:
        self.command = command
        self.database = database
        self._store = store
        self._environ = environ
        self._administration = Administration(store=store, by=f"cli:{login()}")

    async def scope(self, text: str, *, offline: bool = False) -> Scope:
        """Return what *text* means: `*`, `CLOUD/*`, `CLOUD/ID`, `CLOUD/NAME`, or a name or id that the clouds know.

        What isn't there is refused: a rule or a grant for it would hold for nobody, and look as if it did. *offline*
        takes `CLOUD/*` and `CLOUD/ID` as they are.

        Raises:
            BotError: no cluster or several fit, or the clouds can't be asked.
        """
        if text == EVERY:
            return Scope(EVERY, EVERY, "every cluster")
        written = WrittenScope.parse(text)
        if offline:
            return unchecked(written)
        found = await self._in_the_clouds(written)
        return only_one(written, [s for s in found if written.by_id(s) or written.by_name(s)], found)

    async def granted(self, user: UserId, text: str, *, offline: bool = False) -> Scope:
        """Return what *text* means for taking back what *user* was granted, also on what the cloud no longer has.

        Raises:
            BotError: no cluster or several fit, or it is written by name and the clouds can't be asked.
        """
        if text == EVERY:
            return await self.scope(text)
        written = WrittenScope.parse(text)
        theirs = {(g.cloud, g.cluster): scope_of(g) for g in await self.grants() if g.holder == Principal(user)}
        if len(exact := [s for s in theirs.values() if written.by_id(s)]) == 1:
            return exact[0]  # by its id, and we gave it: there is nothing to look up
        named = {place: scope for place, scope in theirs.items() if written.by_name(scope)}
        if offline:
            return replace(only_one(written, [*named.values()]), checked=False) if named else unchecked(written)
        found = await self._in_the_clouds(written)
        known = {(s.cloud, s.cluster): s for s in found if written.by_id(s) or written.by_name(s)}
        fitting = named | known
        return only_one(written, [s for place, s in fitting.items() if place in theirs] or [*fitting.values()], found)

    async def _in_the_clouds(self, written: WrittenScope) -> list[Scope]:
        """Return every cluster of the cloud that is named, or of all; for `CLOUD/*` that one scope, by settings alone.

        Raises:
            BotError: there is no such cloud, or it can't be asked.
        """
        from bot.clouds import opened_clouds  # here, so that commands that don't ask a cloud start without HTTP

        try:
            async with opened_clouds(self._environ, SystemClock()) as clouds:
                names = list(clouds)
                asked = [cloud for name, cloud in clouds.items() if written.cloud in (None, name)]
                clusters = [] if written.cluster == EVERY else [c for cloud in asked for c in await cloud.clusters()]
        except (CloudError, ConfigError) as e:
            raise bad_argument(
                f"{written.text} must be looked up in the cloud, and that failed: {e}\n"
                "Try again later; or write CLOUD/CLUSTER-ID with --offline, which skips the look."
            ) from e
        if not asked:
            raise bad_argument(f"No cloud is called {written.cloud}. Configured: {', '.join(names)}.")
        if written.cluster == EVERY:
            return [every_of(str(written.cloud))]
        return [Scope(c.ref.cloud, c.ref.id, c.name) for c in clusters]

    async def called(self, user: UserId, *, offline: bool) -> str:
        """Return *user* with their name in Slack, or with why nobody looked there.

        Raises:
            BotError: Slack says that they can't act.
        """
        from bot.slack_lookup import person_called

        return await person_called(self._environ, user, offline=offline)

    async def unchecked(self, channel: ChannelId | None, *, offline: bool) -> str:
        """Return why nobody looked at *channel* in Slack; "" where cards can be posted there.

        Raises:
            BotError: Slack says that they can't.
        """
        from bot.slack_lookup import channel_checked

        return await channel_checked(self._environ, channel, offline=offline) if channel else ""

    async def grant(self, user: UserId, role: str, scope: Scope) -> bool:
        """Give the role; False if they had it."""
        return await self._administration.grant(user, Role(role), (scope.cloud, scope.cluster), cluster_name=scope.name)

    async def revoke(self, user: UserId, role: str | None, scope: Scope) -> int:
        """Take back; return how many grants there were."""
        return await self._administration.revoke(user, Role(role) if role else None, (scope.cloud, scope.cluster))

    async def rule(
        self, ref: ClusterRef, *, channel: ChannelId | None, **approval: Any
    ) -> tuple[ClusterRule, ClusterRule]:
        """Set what is given and return the rule before and after."""
        return await self._administration.rule(ref, channel=channel, **approval)

    async def grants(self) -> tuple[Grant, ...]:
        """Return every grant."""
        return (await self._store.rights()).grants

    async def requests(self, *, only_open: bool, limit: int) -> list[SnapshotRequest]:
        """Return the newest requests."""
        return await self._store.find(states=OPEN if only_open else None, limit=limit)


@asynccontextmanager
async def administering(environ: Mapping[str, str]) -> AsyncIterator[Admin]:
    """Open the database that *environ* names, beside a running bot or without one."""
    settings = DatabaseSettings.read(environ)
    async with open_store(settings.database, exclusive=False) as store:
        yield Admin(store, environ, command=settings.command, database=file_of(settings.database))


@asynccontextmanager
async def beside_the_bot(environ: Mapping[str, str]) -> AsyncIterator[Admin]:
    """Open the database, and say which it is: a shell may have another one set than the bot."""
    async with administering(environ) as admin:
        echo(f"Database: {admin.database}", err=True)
        yield admin


@asynccontextmanager
async def record_beside_the_bot(environ: Mapping[str, str]) -> AsyncIterator[tuple[Store, Path]]:
    """Open the database that *environ* names for its record, and say which it is."""
    settings = DatabaseSettings.read(environ)
    path = file_of(settings.database)
    async with open_store(settings.database, exclusive=False) as store:
        echo(f"Database: {path}", err=True)
        yield store, path


def login() -> str:
    """Return who runs the command: a name, or, where the machine has none for it, the user's number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # in a container with a number of its own
        return f"uid {os.getuid()}"


def rule_words(before: ClusterRule, now: ClusterRule) -> str:
    """Return what holds now, each part with what held before where that was something else."""

    def part(old: str, new: str) -> str:
        return new if old == new else f"{old} → {new}"

    needs = [worded(rule.approval.phrase) for rule in (before, now)]
    channels = [rule.channel or "the default channel" for rule in (before, now)]
    return f"{part(*needs)}; cards go to {part(*channels)}"


def grant_row(grant: Grant) -> dict[str, Any]:
    """Return *grant* as `snapshot-bot grants --json` shows it."""
    return {
        "user": grant.holder.id,
        "role": grant.role.value,
        "cluster": grant.cluster_name or f"{grant.cloud}/{grant.cluster}",
        "cloud": grant.cloud,
        "cluster_id": grant.cluster,
        "granted_by": grant.granted_by,
        "granted_at": grant.granted_at.isoformat(timespec="seconds"),
    }


def request_row(request: SnapshotRequest) -> dict[str, Any]:
    """Return *request* as `snapshot-bot requests --json` shows it: times ISO 8601 UTC, sizes in GB."""
    row: dict[str, Any] = {}
    for field in fields(request):
        value = getattr(request, field.name)
        match field.name:
            case "kind":
                continue  # there is one so far
            case "owner":
                row["requester"] = request.owner.id
            case "rule":
                row["need"] = request.rule.need
            case "votes":
                row["votes"] = [{"user": v.user, "approve": v.approve, "at": _time(v.at)} for v in request.votes]
            case name:
                row[name] = _plain(value)
    row["cluster_id"], row["cluster"] = str(request.cluster), request.cluster_name
    return row


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return _time(value)
        case Why():
            return {"code": value.code, "facts": value.facts}
        case _:
            return value


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
