"""What the workspace keeps: messages, channels and views, in the shapes in which Slack shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from slack_sandbox.people import TEAM

Kind = Literal["public", "private", "im", "mpim"]
CREATED: Final = 1_700_000_000


@dataclass(slots=True)
class StoredMessage:
    """A message as Slack stores it; *body* is Slack's message object, *only_for* the one person who sees it."""

    channel: str
    ts: str
    body: dict[str, Any]
    only_for: str | None = None

    @property
    def in_channel(self) -> bool:
        """Say whether it stands in the channel itself, not only in a thread."""
        root = self.body.get("thread_ts", self.ts)
        return bool(root == self.ts or self.body.get("subtype") == "thread_broadcast")


@dataclass(slots=True)
class StoredChannel:
    """A conversation of any kind with its messages, the oldest first."""

    id: str
    name: str
    kind: Kind
    members: list[str]
    archived: bool = False
    shared_with: tuple[str, ...] = ()
    messages: dict[str, StoredMessage] = field(default_factory=dict)
    private_messages: dict[str, StoredMessage] = field(default_factory=dict)
    last_usec: int = 0

    @property
    def type_word(self) -> str:
        """The word that Slack uses in scopes and events: channels, groups, im or mpim."""
        return {"public": "channels", "private": "groups"}.get(self.kind, self.kind)

    def channel_object(self, bot_user: str) -> dict[str, Any]:
        """Return Slack's conversation object as *bot_user* sees it. Source: Slack, "Conversation object".

        How many members there are stands only in lists, and where it is asked for.
        """
        if self.kind == "im":
            other = next((m for m in self.members if m != bot_user), bot_user)
            return {
                "id": self.id,
                "created": CREATED,
                "is_im": True,
                "is_org_shared": False,
                "is_archived": self.archived,
                "context_team_id": TEAM,
                "user": other,
                "is_user_deleted": False,
                "priority": 0,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind in ("public", "private"),  # a group is what was made before March 2021
            "is_group": self.kind == "mpim",
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "created": CREATED,
            "updated": CREATED * 1000,
            "is_frozen": False,
            "parent_conversation": None,
            "pending_connected_team_ids": [],
            "creator": "U0000CLEO",
            "is_archived": self.archived,
            "is_general": self.id == "C0GENERAL",
            "unlinked": 0,
            "is_shared": bool(self.shared_with),
            "is_org_shared": False,
            "is_ext_shared": bool(self.shared_with),
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "connected_team_ids": list(self.shared_with),
            "shared_team_ids": [TEAM, *self.shared_with],
            "internal_team_ids": [],
            "context_team_id": TEAM,
            "is_member": bot_user in self.members,
            "is_read_only": False,
            "is_thread_only": False,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "previous_names": [],
        }


@dataclass(slots=True)
class StoredView:
    """A modal or Home tab; *values* is what its person has typed or chosen, by (block id, action id)."""

    id: str
    user: str
    spec: dict[str, Any]
    hash: str
    root_id: str = ""
    previous_id: str | None = None
    channel: str | None = None
    values: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    error: str = ""
    busy: bool = False

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The view's blocks."""
        blocks: list[dict[str, Any]] = self.spec["blocks"]
        return blocks


@dataclass(slots=True)
class StoredFile:
    """A file that the app uploads; people see it from *ready_at* on (real time), which comes after its upload."""

    id: str
    name: str
    size: int
    secret: str
    alt_txt: str = ""
    title: str = ""
    data: bytes | None = None
    ready_at: float | None = None
    deleted: bool = False
    created: int = CREATED
    shares: list[tuple[str, str]] = field(default_factory=list)  # (channel, ts)


@dataclass(slots=True)
class Scheduled:
    """A message that is posted at *post_at*, seconds since 1970; with *metadata* it never is."""

    id: str
    channel: str
    post_at: int
    body: dict[str, Any]
    made: int
    metadata: bool = False
