"""What an operator writes on the command line: clusters by name or id, people and channels by Slack's ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.access import EVERY, Grant
from bot.core.errors import BotError
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, UserId, canonical_cluster_id, is_cluster_id
from bot.core.phrase import as_told
from bot.core.text import canonical
from bot.fields import CHANNEL_ID, USER_ID


@dataclass(frozen=True, slots=True)
class Scope:
    """A cluster, or every one (`*`), as grants know it; *name* is for reading.

    *checked* False: nobody looked whether the cloud has it.
    """

    cloud: str
    cluster: str
    name: str
    checked: bool = True

    def __str__(self) -> str:
        """Return what it is called, and whether that was looked up."""
        name = canonical(self.name)
        return name if self.checked else f"{name} (not checked with the cloud)"

    def one_cluster(self) -> ClusterRef:
        """Return the one cluster it is.

        Raises:
            BotError: it is every cluster.
        """
        if EVERY in (self.cloud, self.cluster):
            raise bad_argument("A rule is set for one cluster; name it.")
        return ClusterRef(CloudName(self.cloud), ClusterId(self.cluster))


@dataclass(frozen=True, slots=True)
class WrittenScope:
    """A scope as somebody wrote it: *cloud* None where none is named, *cluster* `*`, a cluster's name, or its id."""

    text: str
    cloud: str | None
    cluster: str

    @classmethod
    def parse(cls, text: str) -> WrittenScope:
        """Read `CLOUD/CLUSTER` or `CLUSTER`; ids become canonical.

        Raises:
            BotError: there is nothing on one side of the `/`.
        """
        cloud, slash, cluster = text.partition("/") if "/" in text else ("", "", text)
        if not cluster or bool(slash) != bool(cloud):
            raise bad_argument(f"{text!r} is no cluster. Write CLOUD/CLUSTER-ID, a cluster's name, or '*'.")
        return cls(text, cloud or None, canonical_cluster_id(cluster))

    def by_id(self, scope: Scope) -> bool:
        """Say whether it means *scope* by its id."""
        return self.cloud in (None, scope.cloud) and self.cluster == scope.cluster

    def by_name(self, scope: Scope) -> bool:
        """Say whether it means *scope* by its name, whose case doesn't count."""
        return self.cloud in (None, scope.cloud) and self.cluster.casefold() == scope.name.casefold()


def bad_argument(text: str) -> BotError:
    """Return what is raised for a mistake in a command, which is none of the settings."""
    return BotError(text, phrase=as_told(text))


def every_of(cloud: str) -> Scope:
    """Return all clusters of *cloud* as one scope."""
    return Scope(cloud, EVERY, f"every cluster of {cloud}")


def scope_of(grant: Grant) -> Scope:
    """Return what *grant* is for."""
    if EVERY in (grant.cloud, grant.cluster):
        return every_of(grant.cloud)
    return Scope(grant.cloud, grant.cluster, grant.cluster_name or f"{grant.cloud}/{grant.cluster}")


def unchecked(written: WrittenScope) -> Scope:
    """Return *written* as it stands.

    Raises:
        BotError: it isn't CLOUD/* or CLOUD/CLUSTER-ID, so only the cloud could say what it means.
    """
    if written.cloud is not None and written.cluster == EVERY:
        return replace(every_of(written.cloud), checked=False)
    if written.cloud is None or not is_cluster_id(written.cluster):
        raise bad_argument(f"{written.text}: with --offline write CLOUD/CLUSTER-ID, or CLOUD/* for all of a cloud.")
    return Scope(written.cloud, written.cluster, f"{written.cloud}/{written.cluster}", checked=False)


def only_one(written: WrittenScope, fitting: Sequence[Scope], found: Sequence[Scope] = ()) -> Scope:
    """Return the one of *fitting*.

    Raises:
        BotError: there is none, or several; the text names them, or else all that were *found*.
    """
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(sorted(f"{canonical(s.name)} ({s.cloud}/{s.cluster})" for s in fitting or found)) or "none"
    if fitting:
        raise bad_argument(f"Several clusters are called {written.text}: {known}. Name one by CLOUD/CLUSTER-ID.")
    raise bad_argument(f"No cluster is called {written.text}. The clouds have: {known}.")


def user_id(text: str) -> UserId:
    """Return the Slack user that *text* is the id of.

    Raises:
        BotError: it is none.
    """
    if not USER_ID.fullmatch(text):
        raise bad_argument(
            f"{text} is not a Slack user id (U… or W…). In Slack: the person's profile, ⋮, Copy member ID."
        )
    return UserId(text)


def channel_id(text: str) -> ChannelId:
    """Return the Slack channel that *text* is the id of.

    Raises:
        BotError: it is none.
    """
    if not CHANNEL_ID.fullmatch(text):
        raise bad_argument(
            f"{text} is not a Slack channel id (C… or G…). In Slack: the channel's name, About, at the end."
        )
    return ChannelId(text)
