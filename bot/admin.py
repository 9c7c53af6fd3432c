"""What the commands beside a running bot do: open the database, name clusters, hand out rights.

Long because each command that looks or changes has its method here, over one way to try and to make changes.
"""

from __future__ import annotations

import copy
import getpass
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from bot import access_file
from bot.access_file import AccessFile
from bot.admin_words import change_line, holder_words
from bot.clock import SystemClock
from bot.command_settings import DatabaseSettings
from bot.core.errors import BotError, CloudError, ConfigError
from bot.core.freezes import Freeze
from bot.core.grants import Grant, Role, Terms
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, GrantId, Principal, PrincipalKind
from bot.core.request import OPEN, SnapshotRequest
from bot.core.right_changes import RightsState, changes
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.text import canonical
from bot.ports import Store
from bot.scopes import MeantScope, WrittenScope, bad_argument, only_one, scope_name, scope_of, unchecked
from bot.service.administration import Administration
from bot.service.freezing import Freezing
from bot.service.previews import Previews
from bot.service.undoing import LastChange, last_change
from bot.store import open_store, place_of
from bot.terminal import echo
from bot.words import text
from bot.words.consequences import Consequences

_FOR_GOOD: Final = Terms()


class Admin:
    """The commands' view of the database; the clouds are asked whether they have what somebody writes.

    *command* is what the bot is called by in Slack, *zone* in which days are counted.
    """

    def __init__(self, store: Store, environ: Mapping[str, str], settings: DatabaseSettings) -> None:
        self.command = settings.command
        self.database = place_of(settings.database)
        self.zone = settings.zone
        self.now = store.clock.now
        self._store = store
        self._environ = environ
        self._admins = settings.admins
        self._seen: list[NamedCluster] = []  # in the clouds, by this command
        self._administration = Administration(store=store, by=f"cli:{login()}", admins=self._admins)

    async def scope(self, text: str, *, offline: bool = False) -> MeantScope:
        """Return what *text* means: `*`, `CLOUD/*`, `dwh-*`, `CLOUD/ID`, `CLOUD/NAME`, or a name or id of a cluster.

        A cluster that isn't there is refused: a rule or a grant for it would hold for nobody, and look as if it did.
        *offline* takes ids and beginnings as they are.

        Raises:
            BotError: no cluster or several fit, or the clouds can't be asked.
        """
        written = WrittenScope.parse(text)
        if written.scope == Scope():
            return MeantScope(Scope(), scope_name(Scope()))
        if offline:
            return unchecked(written)
        found = await self._in_the_clouds(written)
        if written.is_beginning:
            return written.begun(found)
        meant = [MeantScope(Scope(c.ref.cloud, c.ref.id), c.name) for c in found]
        return only_one(written, [s for s in meant if written.by_id(s) or written.by_name(s)], meant)

    async def granted(self, who: Principal, text: str, *, offline: bool = False) -> MeantScope:
        """Return what *text* means for taking back what *who* was granted, also on what the cloud no longer has.

        Raises:
            BotError: no cluster or several fit, or it is written by name and the clouds can't be asked.
        """
        written = WrittenScope.parse(text)
        theirs = {g.scope: scope_of(g) for g in await self.grants() if g.holder == who}
        if len(exact := [s for s in theirs.values() if written.by_id(s)]) == 1:
            return exact[0]  # by its id, and we gave it: there is nothing to look up
        if written.is_beginning:
            return await self.scope(text, offline=offline)
        named = {scope: meant for scope, meant in theirs.items() if written.by_name(meant)}
        if offline:
            return replace(only_one(written, [*named.values()]), checked=False) if named else unchecked(written)
        found = [MeantScope(Scope(c.ref.cloud, c.ref.id), c.name) for c in await self._in_the_clouds(written)]
        known = {s.scope: s for s in found if written.by_id(s) or written.by_name(s)}
        fitting = named | known
        return only_one(written, [s for scope, s in fitting.items() if scope in theirs] or [*fitting.values()], found)

    async def _in_the_clouds(self, written: WrittenScope, *, whole: bool = False) -> list[NamedCluster]:
        """Return every cluster of the cloud that is named, or of all.

        For `CLOUD/*` none, since settings alone say it, unless the *whole* list is wanted.

        Raises:
            BotError: there is no such cloud, or it can't be asked.
        """
        from bot.clouds import opened_clouds  # here, so that commands that don't ask a cloud start without HTTP

        try:
            async with opened_clouds(self._environ, SystemClock()) as clouds:
                names = list(clouds)
                asked = [cloud for name, cloud in clouds.items() if written.cloud in (None, name)]
                is_looked_at = whole or written.scope.beginning != ""
                clusters = [c for cloud in asked for c in await cloud.clusters()] if is_looked_at else []
        except (CloudError, ConfigError) as e:
            raise bad_argument(
                f"{written.text} must be looked up in the cloud, and that failed: {e}\n"
                "Try again later; or write CLOUD/CLUSTER-ID with --offline, which skips the look."
            ) from e
        if not asked:
            raise bad_argument(f"No cloud is called {written.cloud}. Configured: {', '.join(names)}.")
        self._seen = [NamedCluster(c.ref, c.name) for c in clusters]
        return self._seen

    async def called(self, who: Principal, *, offline: bool) -> str:
        """Return *who* with their name in Slack, or with why nobody looked there.

        Raises:
            BotError: Slack says that they can't act, or that there is no such group.
        """
        from bot.slack_lookup import group_called, person_called

        match who.kind:
            case PrincipalKind.PERSON:
                return await person_called(self._environ, who.user, offline=offline)
            case PrincipalKind.GROUP:
                return await group_called(self._environ, who, offline=offline)
            case PrincipalKind.EVERYONE:
                return holder_words(who)

    async def unchecked(self, channel: ChannelId | None, *, offline: bool) -> str:
        """Return why nobody looked at *channel* in Slack; "" where cards can be posted there.

        Raises:
            BotError: Slack says that they can't.
        """
        from bot.slack_lookup import channel_checked

        return await channel_checked(self._environ, channel, offline=offline) if channel else ""

    async def changed(
        self, change: Callable[[Admin], Awaitable[list[str]]], *, what_if: bool, offline: bool
    ) -> list[str]:
        """Make *change*, which returns what it did in words; return that, and what to look at of what follows.

        *what_if*: save nothing, and return all that would follow.
        """
        from bot.slack_lookup import user_groups, who_can_act

        clusters, are_old = await self._clusters(ask=what_if and not offline)
        groups = user_groups(self._environ, offline=offline)
        previews = Previews(store=self._store, groups=groups, clusters=clusters, admins=self._admins)
        done, found = await previews.preview(lambda tried: change(self._by(tried)))
        consequences = Consequences(found, holder_words, canonical)
        if not what_if:
            able = None if offline else partial(who_can_act, self._environ)
            by = self._administration.by
            done = await change(self._by(Administration(store=self._store, by=by, admins=self._admins, able=able)))
            return [*done, *consequences.warnings()] if clusters else done  # before the first look nobody knows any
        notes = [text("preview-as-seen")] if are_old else []
        return [*done, *consequences.all(), *notes, text("preview-unsaved")]

    def _by(self, administration: Administration) -> Admin:
        other = copy.copy(self)
        other._administration = administration
        return other

    async def _clusters(self, *, ask: bool) -> tuple[list[NamedCluster], bool]:
        """Return the clusters: where we *ask* and the clouds answer theirs; else those known here, and True."""
        if ask:
            with suppress(BotError):
                return await self._in_the_clouds(WrittenScope.parse("*"), whole=True), False
        from bot.clouds import configured

        ones = {g.scope: g.cluster_name for g in await self.grants() if g.scope.beginning is None}
        found = [NamedCluster(ClusterRef(CloudName(s.cloud), ClusterId(s.cluster)), name) for s, name in ones.items()]
        for name in configured(self._environ):
            if look := await self._store.look(CloudName(name)):
                found += [NamedCluster(c.ref, c.name) for c in look.clusters.values()]
        return [*{c.ref: c for c in (*found, *self._seen)}.values()], True

    async def grant(
        self, who: Principal, role: str, meant: MeantScope, terms: Terms = _FOR_GOOD, *, denies: bool = False
    ) -> tuple[Grant | None, Grant]:
        """Give the role, or deny it; return what was kept of that before, and what is kept now."""
        return await self._administration.grant(
            who, Role(role), meant.scope, terms, denies=denies, cluster_name=meant.name
        )

    async def revoke(self, who: Principal, role: str | None, meant: MeantScope, *, denies: bool) -> int:
        """Take back; return how many grants there were."""
        return await self._administration.revoke(who, Role(role) if role else None, meant.scope, denies=denies)

    async def revoke_one(self, grant: str) -> Grant:
        """Take back the grant with this id, and return it.

        Raises:
            BotError: there is none.
        """
        found = await self._administration.revoke_one(GrantId(grant.upper()))
        if found is None:
            raise bad_argument(f"There is no grant {grant}. `snapshot-bot grants` lists them.")
        return found

    async def rule(
        self, meant: MeantScope, *, channel: ChannelId | None = None, **approval: Any
    ) -> tuple[ScopeRule, ScopeRule]:
        """Set what is given and return the rule before and after."""
        return await self._administration.rule(meant.scope, channel=channel, **approval)

    async def remove_rule(self, meant: MeantScope) -> ScopeRule:
        """Remove the rule of a scope and return it.

        Raises:
            BotError: there is none.
        """
        gone = await self._administration.remove_rule(meant.scope)
        if gone is None:
            raise bad_argument(f"{meant} has no rule of its own. `snapshot-bot rules` lists them.")
        return gone

    async def last_change(self) -> LastChange:
        """Return the last change of rights and rules, as it is on record.

        Raises:
            NothingToUndo: there is none.
        """
        return await last_change(self._store)

    async def undo(self, last: LastChange) -> list[str]:
        """Take back *last*, and return what that changed, in words."""
        await self._administration.undo(last)
        return [change_line(change.back(), self.zone) for change in reversed(last.changes)]

    async def exported(self) -> str:
        """Return every grant and rule as the text of a file.

        Raises:
            BotError: something of them can't be written.
        """
        return access_file.written(await self._store.rights_state())

    async def apply(self, file: AccessFile, *, onto_changed: bool) -> list[str]:
        """Make rights and rules what *file* says, all or nothing; return what that changes, in words.

        Raises:
            BotError: it was written for another state, and not *onto_changed*; or what is new in it is over already.
        """
        clusters, _ = await self._clusters(ask=False)
        names = {Scope.of(c.ref): c.name for c in clusters}
        by, now = self._administration.by, self.now()

        def wanted(state: RightsState) -> RightsState:
            if not onto_changed:
                file.require_base(state)
            return file.on(state, by=by, now=now, names=names)

        made = changes(*await self._administration.change(wanted))
        return [change_line(change, self.zone) for change in made] or ["All is as the file says: nothing to change."]

    async def rules(self) -> dict[Scope, ScopeRule]:
        """Return every rule."""
        return await self._store.rules()

    async def grants(self) -> tuple[Grant, ...]:
        """Return every grant."""
        return await self._store.grants()

    @property
    def freezing(self) -> Freezing:
        """What freezes clusters and ends that, as who runs the command."""
        return Freezing(store=self._store, by=self._administration.by)

    async def freezes(self) -> tuple[Freeze, ...]:
        """Return every freeze."""
        return await self._store.freezes()

    async def requests(self, *, only_open: bool, limit: int) -> list[SnapshotRequest]:
        """Return the newest requests."""
        return await self._store.find(states=OPEN if only_open else None, limit=limit)


@asynccontextmanager
async def administering(environ: Mapping[str, str]) -> AsyncIterator[Admin]:
    """Open the database that *environ* names, beside a running bot or without one."""
    settings = DatabaseSettings.read(environ)
    async with open_store(settings.database, exclusive=False) as store:
        yield Admin(store, environ, settings)


@asynccontextmanager
async def beside_the_bot(environ: Mapping[str, str]) -> AsyncIterator[Admin]:
    """Open the database, and say which it is: a shell may have another one set than the bot."""
    async with administering(environ) as admin:
        echo(f"Database: {admin.database}", err=True)
        yield admin


@asynccontextmanager
async def record_beside_the_bot(environ: Mapping[str, str]) -> AsyncIterator[tuple[Store, str]]:
    """Open the database that *environ* names for its record, and say which it is."""
    settings = DatabaseSettings.read(environ)
    place = place_of(settings.database)
    async with open_store(settings.database, exclusive=False) as store:
        echo(f"Database: {place}", err=True)
        yield store, place


def login() -> str:
    """Return who runs the command: a name, or, where the machine has none for it, the user's number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # in a container with a number of its own
        return f"uid {os.getuid()}"
