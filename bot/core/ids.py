"""Identifiers, so that a type checker tells a user from a channel. All are opaque text."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final, NewType

TeamId = NewType("TeamId", str)  # Slack: T… or E…
UserId = NewType("UserId", str)  # Slack: U… or W…
ChannelId = NewType("ChannelId", str)  # Slack: C…, G… or D…
RequestId = NewType("RequestId", str)  # ours: R-7K3F
CloudName = NewType("CloudName", str)  # a name in clouds.yaml, or "default"
ClusterId = NewType("ClusterId", str)  # DWS: 36-character UUID
SnapshotId = NewType("SnapshotId", str)  # DWS: 36-character UUID
GrantId = NewType("GrantId", str)  # ours: G-7K3FQ2RT
FreezeId = NewType("FreezeId", str)  # ours: F-7K3FQ2RT

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def is_cluster_id(text: str) -> bool:
    """Say whether *text* is written as DWS writes a cluster's id, in either case."""
    return _UUID.fullmatch(text) is not None


def canonical_cluster_id(text: str) -> ClusterId:
    """Return a cluster's id as it is stored and compared: hexadecimal digits have no case, so in lower case."""
    return ClusterId(text.lower() if is_cluster_id(text) else text)


@dataclass(frozen=True, slots=True, order=True)
class ClusterRef:
    """What a cluster is known by: its id within one cloud project. The id is canonical, however it was written."""

    cloud: CloudName
    id: ClusterId

    def __post_init__(self) -> None:
        """Make two spellings of one id one cluster: a rule under another spelling would hold for nobody."""
        object.__setattr__(self, "id", canonical_cluster_id(self.id))

    def __str__(self) -> str:
        """Return `cloud/id`, the form that logs, option values and the audit log carry."""
        return f"{self.cloud}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> ClusterRef:
        """Read what `str()` wrote.

        Raises:
            ValueError: there is no `/` in *text*, or nothing on one side of it.
        """
        cloud, slash, cluster = text.partition("/")
        if not (cloud and slash and cluster):
            raise ValueError(f"{text!r} is not cloud/cluster-id")
        return cls(CloudName(cloud), ClusterId(cluster))


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A posted Slack message: the channel that chat.postMessage answered, and its ts."""

    channel: ChannelId
    ts: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted, as Slack's payload says it: *team* is the actor's home workspace, not where they clicked."""

    team: TeamId
    user: UserId


class PrincipalKind(enum.StrEnum):
    """What can hold a right, or be the one to whom a request belongs; services come here."""

    PERSON = "person"
    GROUP = "group"  # a user group of Slack's: S…
    EVERYONE = "everyone"  # every active full member of the workspace: no guest, nobody from outside


@dataclass(frozen=True, slots=True, order=True)
class Principal:
    """Who holds a right, or to whom a request belongs; *id* is unique in its *kind*: a person's is the user id."""

    id: str
    kind: PrincipalKind = PrincipalKind.PERSON

    @property
    def user(self) -> UserId:
        """The person it is."""
        return UserId(self.id)
