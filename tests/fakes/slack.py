"""Slack's ports in memory: they behave and remember."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.channel import ChannelSeen
from bot.core.errors import SlackRefused, SlackUnavailable
from bot.core.groups import Group, Groups
from bot.core.ids import ChannelId, MessageRef, Principal, PrincipalKind, TeamId, UserId
from bot.core.message import CARD, Facts, MessageKind, Owed
from bot.core.notices import Notice
from bot.core.person import Person, Standing
from bot.core.phrase import Phrase
from bot.slack.outbound import codes

_EPOCH = datetime(2026, 11, 23, tzinfo=UTC)


def refused(code: str) -> SlackRefused:
    """Return Slack's "no" with *code*, as the edge raises it."""
    return SlackRefused(f"Slack: {code}", code=code, meaning=codes.meaning(code))


@dataclass
class Posted:
    """A message as it stands in the fake Slack; *shown* is what it was drawn from, the latest last."""

    ref: MessageRef
    kind: MessageKind
    key: str
    thread: MessageRef | None
    shown: list[Facts]
    deleted: bool = False

    @property
    def facts(self) -> Facts:
        """What it shows now."""
        return self.shown[-1]


@dataclass
class FakeMessenger:
    """Keeps what was said.

    Each item of *failing* is raised once, before acting; while *losing* is above 0, a post acts and its answer is lost
    (the next item of *lost_with* is raised). Posting to a channel of *closed* is refused with "channel_not_found".
    While *refuse_updates* is set no card is drawn again, and each item of *refuse_replies* is raised by one reply.
    """

    posts: list[Posted] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    lost_with: list[Exception] = field(default_factory=list)
    closed: set[ChannelId] = field(default_factory=set)
    may_look: bool = True
    told: list[tuple[UserId, Phrase]] = field(default_factory=list)
    announced: list[tuple[MessageRef, Notice]] = field(default_factory=list)
    refuse_updates: Exception | None = None
    refuse_replies: list[SlackUnavailable] = field(default_factory=list)

    async def post(
        self, owed: Owed, facts: Facts, *, channel: ChannelId, key: str, thread: MessageRef | None = None
    ) -> MessageRef:
        self._fail()
        where = thread.channel if thread else channel
        if thread is not None and self.refuse_replies:
            raise self.refuse_replies.pop(0)
        if where in self.closed:
            raise refused("channel_not_found")
        if thread is not None and self._at(thread) is None:
            raise refused("thread_not_found")
        at = _EPOCH + timedelta(seconds=len(self.posts))
        ref = MessageRef(where, f"{at.timestamp():.6f}")
        self.posts.append(Posted(ref, owed.kind, key, thread, [facts]))
        if self.lost_with:
            raise self.lost_with.pop(0)
        return ref

    async def update(self, facts: Facts, ref: MessageRef, *, owed: Owed = CARD) -> None:
        self._fail()
        if self.refuse_updates is not None:
            raise self.refuse_updates
        found = self._at(ref)
        if found is None:
            raise refused("message_not_found")
        found.shown.append(facts)

    async def find(
        self, key: str, *, channel: ChannelId, since: datetime, thread: MessageRef | None = None, sure: bool = False
    ) -> MessageRef | None:
        self._fail()
        if not self.may_look:
            if sure:
                raise refused("missing_scope")
            return None
        where = thread.channel if thread else channel
        for ref, notice in self.announced:
            if (notice.key, notice.channel) == (key, where):
                return ref
        fitting = (p for p in self.posts if not p.deleted and (p.key, p.ref.channel, p.thread) == (key, where, thread))
        return next((p.ref for p in fitting), None)

    async def remove(self, ref: MessageRef) -> None:
        self._fail()
        found = self._at(ref)
        if found is None:
            raise refused("message_not_found")
        found.deleted = True

    async def announce(self, notice: Notice, *, names: Mapping[UserId, str]) -> MessageRef:
        self._fail()
        if notice.channel in self.closed:
            raise refused("channel_not_found")
        ref = MessageRef(notice.channel, f"{(_EPOCH + timedelta(seconds=len(self.announced))).timestamp():.6f}")
        self.announced.append((ref, notice))
        if self.lost_with:
            raise self.lost_with.pop(0)
        return ref

    async def tell(self, user: UserId, said: Phrase) -> None:
        self._fail()
        self.told.append((user, said))

    def delete(self, ref: MessageRef) -> None:
        """Let somebody delete a message."""
        found = self._at(ref)
        assert found is not None
        found.deleted = True

    def of(self, kind: MessageKind) -> list[Posted]:
        """Return the messages of *kind* that stand, the oldest first."""
        return [p for p in self.posts if p.kind is kind and not p.deleted]

    @property
    def cards(self) -> list[Posted]:
        """The cards that stand."""
        return self.of(MessageKind.CARD)

    def _at(self, ref: MessageRef) -> Posted | None:
        return next((p for p in self.posts if p.ref == ref and not p.deleted), None)

    def _fail(self) -> None:
        if self.failing:
            raise self.failing.pop(0)


class FakePeople:
    """A workspace's people: members by id, others by what they are; a person who isn't named is UNKNOWN.

    *asked* remembers (user, fresh); while *gone* is set, Slack doesn't answer, or says what *gone* is.
    """

    def __init__(self, team: str = "T0000ACME", members: Iterable[str] = ()) -> None:
        self._team = self.team = TeamId(team)
        self._people: dict[UserId, Person] = {}
        self.asked: list[tuple[UserId, bool]] = []
        self.gone: bool | SlackRefused = False
        for user in members:
            self.add(user)

    def add(
        self, user: str, standing: Standing = Standing.MEMBER, name: str = "", *, also_of: Iterable[TeamId] = ()
    ) -> Person:
        """Add somebody, or change who they are."""
        person = Person(UserId(user), self._team, standing, name or user.lower(), also_of=frozenset(also_of))
        self._people[person.user] = person
        return person

    async def person(self, user: UserId, *, fresh: bool = False) -> Person:
        self.asked.append((user, fresh))
        if isinstance(self.gone, SlackRefused):
            raise self.gone
        if self.gone:
            raise SlackUnavailable("no answer from Slack", maybe_done=False)
        return self._people.get(user, Person(user, self._team, Standing.UNKNOWN))


class FakeChannels:
    """Channels into which the bot may post, but for those with *problems*; *asked* remembers each question."""

    def __init__(self) -> None:
        self.problems: dict[ChannelId, Phrase] = {}
        self.asked: list[ChannelId] = []
        self.outside: set[UserId] = set()  # who isn't in any channel
        self.private: set[ChannelId] = set()
        self.gone = False

    async def problem(self, channel: ChannelId) -> Phrase | None:
        self.asked.append(channel)
        return self.problems.get(channel)

    async def seen(self, channel: ChannelId) -> ChannelSeen:
        return ChannelSeen(await self.problem(channel), channel in self.private)

    def not_here(self) -> Phrase:
        return Phrase("channel-invite-here", {"bot": "snapshots"})

    async def absent(self, channel: ChannelId, users: Sequence[UserId]) -> list[UserId]:
        if self.gone:
            raise SlackUnavailable("Slack is down")
        return [user for user in users if user in self.outside]


class FakeGroups:
    """A workspace's user groups; *asked* remembers whether each question was a fresh one.

    While *gone* is set, Slack doesn't say who is in them. What it says is never older than the question.
    """

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self.asked: list[bool] = []
        self.gone = False

    def put(self, group: str, *members: str, handle: str = "", is_enabled: bool = True) -> Principal:
        """Add a group, or change it, and return it as what can hold a right."""
        users = frozenset(map(UserId, members))
        self._groups[group] = Group(group, handle or group.lower(), users, is_enabled)
        return Principal(group, PrincipalKind.GROUP)

    async def groups(self, *, fresh: bool = False) -> Groups:
        self.asked.append(fresh)
        called = {group.id: group.handle for group in self._groups.values()}
        return Groups(is_known=False, called=called) if self.gone else Groups(dict(self._groups), called=called)
