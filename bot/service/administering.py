"""Administration in Slack: what an admin sees of rights and rules, tries, and changes.

Others hear that it isn't theirs. An admin of some clusters sees and reaches what is about these alone. Rights are
checked when something is shown, when it is tried, and, with the state that was seen, in the transaction of a change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from bot.core.access import Action, Decision, NotAllowed, Reason, no_member
from bot.core.errors import BotError, InputError
from bot.core.grants import Grant, Rights
from bot.core.ids import Actor, ChannelId, GrantId, Principal, PrincipalKind, UserId
from bot.core.person import Person, Standing
from bot.core.phrase import Phrase
from bot.core.record import Entry
from bot.core.right_changes import RightsPart, RightsState
from bot.core.scope import Named, NamedCluster, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.whatif import Preview
from bot.inventory import Inventory
from bot.ports import Channels, Store, UserGroups
from bot.service.administered import Administered, Reach, administered
from bot.service.administration import Administration
from bot.service.authority import Authority
from bot.service.previews import Previews
from bot.service.undoing import LastChange, NothingToUndo, last_change
from bot.service.wishes import Wish, ruling, taking_back
from bot.service.zones import own_zone


class ChangedMeanwhile(BotError):
    """What an admin wants to change isn't what they saw: somebody else has changed it."""

    phrase = Phrase("changed-meanwhile")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a wish would do, and the *version* of what it is about, as it was when it was tried."""

    preview: Preview
    version: str
    reach: Reach


class Administering:
    """The use cases of an admin in Slack. *changed* is called after each change, so that the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        inventory: Inventory,
        groups: UserGroups,
        channels: Channels,
        admins: Collection[UserId],
        zone: tzinfo,
        changed: Callable[[], None],
    ) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._groups = groups
        self._channels = channels
        self._admins = frozenset(admins)
        self._zone = zone
        self._changed = changed

    async def reach(self, actor: Actor, *, fresh: bool = False) -> Reach:
        """Return what *actor* is an admin of; a refusal is recorded, then raised, and says nothing of what there is.

        Raises:
            NotAllowed: they are of nothing.
        """
        person = await self._authority.person(actor, fresh=fresh)
        rights = await self._authority.rights(person=person, fresh=fresh)
        if not rights.administers_some(person):
            raise await self._refused(actor, person, rights)
        groups = await self._groups.groups(fresh=fresh)
        rights = replace(rights, groups=groups)
        clusters = [NamedCluster(c.ref, c.name) for c in await self._inventory.clusters(ask=False)]
        reach = Reach(person, rights, (), self._inventory.clouds, self._named)
        return replace(reach, clusters=tuple(c for c in clusters if reach.has(Scope.of(c.ref))))

    def _named(self, scope: Scope) -> NamedCluster | None:
        return self._inventory.named(scope.ref) if scope.ref else None

    async def _refused(self, actor: Actor, person: Person, rights: Rights) -> NotAllowed:
        none = Decision(allowed=False, reason=Reason.NO_GRANT, action=Action.VIEW, person=person, hides=True)
        refusal = no_member(person, Action.VIEW) or replace(none, admins=rights.admins_of())
        now, rule = self._store.clock.now(), refusal.reason
        entry = Entry(at=now, actor=actor.user, team=actor.team, action="administration.refused", rule=rule)
        await self._store.refuse(entry)
        return NotAllowed(await self._authority.naming(refusal))

    def zone(self, person: Person) -> tzinfo:
        """Return the zone in which *person* means a day: theirs, as far as it is known, else the bot's."""
        return own_zone(person, self._zone).zone

    async def look(self, actor: Actor, *, about: str = "", rights: int = 0, rules: int = 0) -> Administered:
        """Return what *actor* may change, of rights and of rules the pages that begin with these, counted from 0.

        With *about*, a holder's id or a scope, what is about it alone.

        Raises:
            NotAllowed: they are no admin.
        """
        reach = await self.reach(actor)
        try:
            last = await last_change(self._store, reaches=reach.has)
        except NothingToUndo:
            last = None
        return await administered(self._store, reach, about=about, rights=rights, rules=rules, last=last)

    async def grant(self, actor: Actor, grant: GrantId) -> tuple[Grant, str, Reach]:
        """Return one grant and its version; one that isn't theirs to change is as one that isn't there.

        Raises:
            NotAllowed: *actor* is no admin. ChangedMeanwhile: there is no such grant.
        """
        reach = await self.reach(actor)
        state = await self._store.rights_state(RightsPart(ids={grant}))
        found = state.by_id(grant)
        if found is None or not reach.has(found.scope):
            raise ChangedMeanwhile(f"no grant {grant}")
        return found, taking_back(found).version(state), reach

    async def rule(self, actor: Actor, scope: Scope) -> tuple[ScopeRule, str, Reach]:
        """Return the rule of *scope*, an empty one where none was set, and its version.

        Raises:
            NotAllowed: *actor* is no admin. InputError: *scope* isn't theirs (field "on").
        """
        reach = await self.reach(actor)
        if not reach.has(scope):
            raise InputError({"on": Phrase("not-yours-to-change")})
        state = await self._store.rights_state(RightsPart(rules={scope}))
        return state.rules.get(scope, ScopeRule()), ruling(scope).version(state), reach

    async def last(self, actor: Actor, number: int) -> LastChange:
        """Return the last change that *actor* reaches, which is to have this *number*.

        Raises:
            NotAllowed: *actor* is no admin. ChangedMeanwhile: there is a later one.
        """
        reach = await self.reach(actor)
        found = await last_change(self._store, reaches=reach.has)
        if found.number != number:
            raise ChangedMeanwhile(f"entry {found.number} came after {number}")
        return found

    async def tried(self, actor: Actor, wish: Wish) -> Tried:
        """Return what *wish* would do; nothing is saved.

        Raises:
            NotAllowed: *actor* is no admin. InputError: it isn't all theirs to change (field "on").
            NoAdminLeft: and what else making it would raise.
        """
        reach = await self.reach(actor)
        _require(reach, wish)
        clusters: list[Named] = [*await self._inventory.clusters(ask=False)]
        previews = Previews(store=self._store, groups=self._groups, clusters=clusters, admins=self._admins)
        version = wish.version(await self._store.rights_state(wish.part))
        _, preview = await previews.preview(wish.do, by=actor.user, changer=actor.user, scopes=wish.scopes)
        return Tried(preview, version, reach)

    async def make(self, actor: Actor, wish: Wish, *, seen: str) -> None:
        """Make *wish*, if what it is about is as it was *seen*, and *actor* is an admin of it still.

        Raises:
            NotAllowed: *actor* is no admin. InputError: it isn't all theirs to change (field "on").
            ChangedMeanwhile: somebody has changed it. NoAdminLeft: as `Administration.grant`.
        """
        reach = await self.reach(actor, fresh=True)
        _require(reach, wish)

        def check(state: RightsState) -> None:
            now = self._store.clock.now()
            grants = tuple(g for g in state.grants.values() if not g.has_ended(now))
            _require(replace(reach, rights=replace(reach.rights, grants=grants, admins=self._admins)), wish)
            if wish.version(state) != seen:
                raise ChangedMeanwhile(f"{wish.version(state)}, not {seen}")

        administration = Administration(
            store=self._store, by=actor.user, team=actor.team, admins=self._admins, able=self._able, check=check
        )
        await wish.do(administration)
        self._changed()

    async def _able(self, users: Collection[UserId]) -> Collection[UserId]:
        return await self._authority.active([*users])

    async def unable(self, people: Sequence[Principal]) -> tuple[UserId, ...]:
        """Return those of *people* who can't act, whatever they are given: guests, outsiders, bots, nobody.

        Raises:
            SlackUnavailable: Slack doesn't say.
        """
        users = [who.user for who in people if who.kind is PrincipalKind.PERSON]
        accounts = [await self._authority.account(user) for user in users]
        return tuple(a.user for a in accounts if a.standing is not Standing.MEMBER)

    async def problem(self, channel: ChannelId) -> Phrase | None:
        """Return why cards can't be posted into *channel*; None where they can."""
        return await self._channels.problem(channel)


def _require(reach: Reach, wish: Wish) -> None:
    if not all(reach.has(scope) for scope in wish.scopes):
        raise InputError({"on": Phrase("not-yours-to-change")})
