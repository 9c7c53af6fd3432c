"""What an operator writes on the command line: clusters by name, id or beginning; people and groups by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.errors import BotError
from bot.core.grants import Grant
from bot.core.ids import ChannelId, Principal, PrincipalKind, is_cluster_id
from bot.core.person import EVERYONE
from bot.core.phrase import as_told
from bot.core.scope import EVERY, NamedCluster, Scope
from bot.core.text import canonical
from bot.fields import CHANNEL_ID, GROUP_ID, USER_ID
from bot.words.change_words import scope_words

_SHOWN = 5  # clusters of a beginning that are named


@dataclass(frozen=True, slots=True)
class MeantScope:
    """A *scope* that somebody wrote; *name* is for reading, *clusters* what is in it now, where it is a beginning.

    *checked* False: nobody looked whether the cloud has it.
    """

    scope: Scope
    name: str
    checked: bool = True
    clusters: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """Return what it is called, and whether that was looked up, or what it is now."""
        name = canonical(self.name)
        if not self.checked:
            return f"{name} (not checked with the cloud)"
        if self.clusters is None:
            return name
        shown = ", ".join([*map(canonical, self.clusters[:_SHOWN]), *(["…"] if len(self.clusters) > _SHOWN else [])])
        return f"{name} (now: {len(self.clusters)} clusters, {shown})" if shown else f"{name} (no cluster now)"


@dataclass(frozen=True, slots=True)
class WrittenScope:
    """A scope as somebody wrote it: *cloud* None where none is named, *cluster* a name, an id, or a beginning."""

    text: str
    cloud: str | None
    cluster: str

    @classmethod
    def parse(cls, text: str) -> WrittenScope:
        """Read `CLOUD/CLUSTER` or `CLUSTER`; ids become canonical.

        Raises:
            BotError: there is nothing on one side of the `/`, or a star that isn't the one at the end.
        """
        cloud, slash, cluster = text.partition("/") if "/" in text else ("", "", text)
        if not cluster or bool(slash) != bool(cloud):
            raise bad_argument(f"{text!r} is no cluster. Write CLOUD/CLUSTER-ID, a cluster's name, or '*'.")
        if EVERY in cloud or EVERY in cluster[:-1]:
            raise bad_argument(f"{text!r}: one star is understood, at the end of a name's beginning, as in 'dwh-*'.")
        return cls(text, cloud or None, Scope(cloud or EVERY, cluster).cluster)

    @property
    def scope(self) -> Scope:
        """The scope, if it is by id or by a beginning."""
        return Scope(self.cloud or EVERY, self.cluster)

    @property
    def is_beginning(self) -> bool:
        """Whether several clusters may be meant."""
        return self.scope.beginning is not None

    def by_id(self, found: MeantScope) -> bool:
        """Say whether it means *found* by its id, or exactly as it is."""
        if self.is_beginning:
            return self.scope == found.scope
        return self.cloud in (None, found.scope.cloud) and self.cluster == found.scope.cluster

    def by_name(self, found: MeantScope) -> bool:
        """Say whether it means *found* by its name, whose case doesn't count."""
        return self.cloud in (None, found.scope.cloud) and self.cluster.casefold() == found.name.casefold()

    def begun(self, clusters: Sequence[NamedCluster] | None) -> MeantScope:
        """Return the clusters that it means by their beginning, of *clusters* (None: nobody looked)."""
        name = scope_name(self.scope)
        if clusters is None:
            return MeantScope(self.scope, name, checked=False)
        if not self.scope.beginning:
            return MeantScope(self.scope, name)
        return MeantScope(self.scope, name, clusters=tuple(c.name for c in clusters if self.scope.covers(c)))


def bad_argument(text: str) -> BotError:
    """Return what is raised for a mistake in a command, which is none of the settings."""
    return BotError(text, phrase=as_told(text))


def scope_name(scope: Scope, cluster_name: str = "") -> str:
    """Return what *scope* is called."""
    return scope_words(scope, cluster_name)


def scope_of(grant: Grant) -> MeantScope:
    """Return what *grant* is for."""
    return MeantScope(grant.scope, scope_name(grant.scope, grant.cluster_name))


def unchecked(written: WrittenScope) -> MeantScope:
    """Return *written* as it stands.

    Raises:
        BotError: it is neither by a beginning nor CLOUD/CLUSTER-ID, so only the cloud could say what it means.
    """
    if written.is_beginning:
        return written.begun(None)
    if written.cloud is None or not is_cluster_id(written.cluster):
        raise bad_argument(f"{written.text}: with --offline write CLOUD/CLUSTER-ID, or CLOUD/* for all of a cloud.")
    return MeantScope(written.scope, str(written.scope), checked=False)


def only_one(written: WrittenScope, fitting: Sequence[MeantScope], found: Sequence[MeantScope] = ()) -> MeantScope:
    """Return the one of *fitting*.

    Raises:
        BotError: there is none, or several; the text names them, or else all that were *found*.
    """
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(sorted(f"{canonical(s.name)} ({s.scope})" for s in fitting or found)) or "none"
    if fitting:
        raise bad_argument(f"Several clusters are called {written.text}: {known}. Name one by CLOUD/CLUSTER-ID.")
    raise bad_argument(f"No cluster is called {written.text}. The clouds have: {known}.")


def holder(text: str) -> Principal:
    """Return who may hold a grant: a Slack user or a user group by id, or `everyone`.

    Raises:
        BotError: it is none of them.
    """
    if text.casefold() == EVERYONE.kind:
        return EVERYONE
    if GROUP_ID.fullmatch(text):
        return Principal(text, PrincipalKind.GROUP)
    if not USER_ID.fullmatch(text):
        raise bad_argument(
            f"{text} is not a Slack user id (U… or W…). In Slack: the person's profile, ⋮, Copy member ID. A user "
            "group's begins with S: its profile, ⋮, Copy group ID."
        )
    return Principal(text)


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
