"""What the commands beside a running bot do: open the database, name clusters, hand out rights."""

from __future__ import annotations

import getpass
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from bot.clock import SystemClock
from bot.config import CHANNEL_ID, USER_ID, DatabaseSettings
from bot.core.access import EVERY, Grant, Role
from bot.core.approval import ClusterRule
from bot.core.errors import BotError, CloudError, ConfigError
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, UserId
from bot.core.request import OPEN, SnapshotRequest
from bot.ports import Store
from bot.service.administering import Administering
from bot.store import open_store

_CLUSTER_ID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Scope:
    """A cluster, or every one (`*`), as grants know it; *name* is for reading."""

    cloud: str
    cluster: str
    name: str

    def one_cluster(self) -> ClusterRef:
        """Return the one cluster it is.

        Raises:
            BotError: it is every cluster.
        """
        if EVERY in (self.cloud, self.cluster):
            raise _not_one("A rule is set for one cluster; name it.")
        return ClusterRef(CloudName(self.cloud), ClusterId(self.cluster))


class Admin:
    """The commands' view of the database; clouds are asked only to find a cluster by its name."""

    def __init__(self, store: Store, environ: Mapping[str, str]) -> None:
        self._store = store
        self._environ = environ
        self._administering = Administering(store=store, clock=SystemClock(), by=f"cli:{getpass.getuser()}")

    async def scope(self, text: str) -> Scope:
        """Return what *text* means: `*`, `CLOUD/*`, `CLOUD/ID`, `CLOUD/NAME`, or a name or id that the clouds know.

        Raises:
            BotError: no cluster or several fit, or the clouds can't be asked.
        """
        if text == EVERY:
            return Scope(EVERY, EVERY, "every cluster")
        if "/" not in text:
            return await self._named(text, text)
        try:
            ref = ClusterRef.parse(text)
        except ValueError as e:
            raise _not_one(f"{e}. Write CLOUD/CLUSTER-ID, a cluster's name, or '*'.") from e
        if ref.id == EVERY:
            return Scope(ref.cloud, ref.id, f"every cluster of {ref.cloud}")
        if _CLUSTER_ID.fullmatch(ref.id):
            return Scope(ref.cloud, ref.id, text)
        return await self._named(text, ref.id, cloud=ref.cloud)

    async def _named(self, text: str, name: str, *, cloud: str | None = None) -> Scope:
        """Ask the clouds for the cluster called *name* (case ignored) or with that id, in *cloud* only where given."""
        from bot.clouds import opened_clouds  # here, so that commands that don't ask a cloud start without HTTP

        try:
            async with opened_clouds(self._environ, SystemClock()) as clouds:
                found = [c for place in clouds.values() for c in await place.clusters()]
        except (CloudError, ConfigError) as e:
            raise _not_one(
                f"To find {text} by its name the cloud must be asked, and that failed: {e.say}\n"
                "Or name it as CLOUD/CLUSTER-ID, which needs no cloud."
            ) from e
        wanted = [c for c in found if cloud in (None, c.ref.cloud)]
        fitting = [c for c in wanted if name == c.ref.id or name.casefold() == c.name.casefold()]
        if len(fitting) != 1:
            known = ", ".join(sorted(f"{c.name} ({c.ref})" for c in fitting or found)) or "none"
            problem = "Several clusters are" if fitting else "No cluster is"
            raise _not_one(f"{problem} called {text}. The clouds have: {known}.")
        return Scope(fitting[0].ref.cloud, fitting[0].ref.id, fitting[0].name)

    async def grant(self, user: str, role: str, scope: Scope) -> bool:
        """Give the role; False if they had it.

        Raises:
            BotError: *user* isn't a Slack user id.
        """
        return await self._administering.grant(
            _user(user), Role(role), (scope.cloud, scope.cluster), cluster_name=scope.name
        )

    async def revoke(self, user: str, role: str | None, scope: Scope) -> int:
        """Take back; return how many grants there were."""
        return await self._administering.revoke(_user(user), Role(role) if role else None, (scope.cloud, scope.cluster))

    async def rule(self, ref: ClusterRef, *, need: int | None, channel: str | None) -> ClusterRule:
        """Set what is given and return the rule that holds now.

        Raises:
            BotError: *channel* isn't a Slack channel id.
        """
        if channel is not None and not CHANNEL_ID.fullmatch(channel):
            raise BotError(
                f"bad channel id {channel!r}",
                say=f"{channel} is not a Slack channel id (C… or G…). In Slack: the channel's name, About, at the end.",
            )
        _, after = await self._administering.rule(ref, need=need, channel=ChannelId(channel) if channel else None)
        return after

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
        yield Admin(store, environ)


def _not_one(text: str) -> BotError:
    return BotError(text, say=text)


def _user(text: str) -> UserId:
    if not USER_ID.fullmatch(text):
        raise BotError(
            f"bad user id {text!r}",
            say=f"{text} is not a Slack user id (U… or W…). In Slack: the person's profile, ⋮, Copy member ID.",
        )
    return UserId(text)


def grant_row(grant: Grant) -> dict[str, Any]:
    """Return *grant* as `snapshot-bot grants --json` shows it."""
    return {
        "user": grant.user,
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
        if isinstance(value, datetime):
            value = value.isoformat(timespec="seconds")
        elif field.name == "votes":
            value = [{"user": v.user, "approve": v.approve, "at": v.at.isoformat(timespec="seconds")} for v in value]
        elif isinstance(value, ClusterRef):
            value = str(value)
        row[field.name] = value
    row["cluster_id"], row["cluster"] = row["cluster"], request.cluster_name
    return row
