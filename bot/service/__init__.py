"""The use cases: ask, decide, look. Each loads, decides, saves; the worker tells."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

from bot.core.console import NO_CONSOLE, Console
from bot.core.ids import ChannelId, UserId
from bot.core.keep import UNTIL_TOLD
from bot.inventory import Inventory
from bot.ports import Channels, People, SnapshotRules, Store, UserGroups
from bot.service.admin_freezing import AdminFreezing
from bot.service.administering import Administering
from bot.service.approvals import Approvals
from bot.service.asking_again import AskingAgain
from bot.service.authority import Authority
from bot.service.breaking_glass import BreakingGlass
from bot.service.changing import Changing
from bot.service.closing import Closing
from bot.service.cluster_freezes import ClusterFreezes
from bot.service.deletions import Deletable, Deletions
from bot.service.form import Ask, Draft, Emergency
from bot.service.intake import Intake
from bot.service.joining import Joining
from bot.service.keeping import Keeping
from bot.service.naming import Naming
from bot.service.record_reading import RecordLine, RecordPage, RecordReading
from bot.service.reviews import Reviews
from bot.service.shown import ClusterSeen, Overview, OwnRights, Review, RightsPage, Summary
from bot.service.snapshot_lists import SnapshotLine, SnapshotLists, SnapshotPage
from bot.service.subscribing import Subscribing
from bot.service.timing import Timing
from bot.service.whole_lists import Listed, ListPage
from bot.service.whys import Explained, RolesExplained, Whys

if TYPE_CHECKING:  # commands use parts of the service, and count nothing
    from bot.metrics import Metrics

__all__ = [
    "Ask",
    "ClusterSeen",
    "Deletable",
    "Draft",
    "Emergency",
    "Explained",
    "ListPage",
    "Listed",
    "Overview",
    "OwnRights",
    "RecordLine",
    "RecordPage",
    "Review",
    "RightsPage",
    "RolesExplained",
    "Service",
    "SnapshotLine",
    "SnapshotPage",
    "Summary",
]


class Service:
    """The use cases over the ports. *changed* is called after each commit, so that the worker looks at once."""

    def __init__(
        self,
        *,
        store: Store,
        inventory: Inventory,
        rules: SnapshotRules,
        people: People,
        groups: UserGroups,
        channels: Channels,
        admins: Collection[UserId],
        channel: ChannelId | None,
        expire_after: timedelta,
        zone: tzinfo,
        changed: Callable[[], None],
        metrics: Metrics,
        open_requests: int | None = None,
        console: Console = NO_CONSOLE,
        keep_days: int = UNTIL_TOLD,
        deletes: bool = False,
    ) -> None:
        """Take the ports; *open_requests* is how many of one person may be open at once, None: any number.

        *keep_days* is for how many days a snapshot is wanted where nobody says; *deletes*: the bot may delete them.
        """
        self._store = store
        self.authority = Authority(store=store, people=people, groups=groups, admins=admins)
        self.closing = Closing(store=store, zone=zone)
        self.naming = Naming(authority=self.authority, store=store, inventory=inventory)
        self.glass = BreakingGlass(
            authority=self.authority, store=store, inventory=inventory, channels=channels, closing=self.closing
        )
        self.joining = Joining(
            authority=self.authority, store=store, channels=channels, changed=changed, metrics=metrics
        )
        self.timing = Timing(authority=self.authority, store=store, zone=zone)
        self.intake = Intake(
            authority=self.authority,
            glass=self.glass,
            joining=self.joining,
            store=store,
            inventory=inventory,
            rules=rules,
            channels=channels,
            channel=channel,
            expire_after=expire_after,
            open_requests=open_requests,
            keep_days=keep_days,
            zone=zone,
            closing=self.closing,
            timing=self.timing,
            changed=changed,
            asked=metrics.asked,
        )
        self.approvals = Approvals(
            authority=self.authority, glass=self.glass, store=store, changed=changed, metrics=metrics
        )
        self.changing = Changing(
            authority=self.authority,
            store=store,
            rules=rules,
            closing=self.closing,
            timing=self.timing,
            expire_after=expire_after,
            changed=changed,
            metrics=metrics,
        )
        self.asking_again = AskingAgain(store=store, inventory=inventory, rules=rules)
        self.keeping = Keeping(authority=self.authority, store=store, changed=changed, metrics=metrics)
        self.deletions = Deletions(
            authority=self.authority,
            store=store,
            inventory=inventory,
            closing=self.closing,
            expire_after=expire_after,
            open_requests=open_requests,
            zone=zone,
            changed=changed,
            asked=metrics.asked,
            enabled=deletes,
        )
        self.reviews = Reviews(
            authority=self.authority,
            store=store,
            inventory=inventory,
            intake=self.intake,
            joining=self.joining,
            naming=self.naming,
            closing=self.closing,
            console=console,
            deletes=deletes,
        )
        self.whys = Whys(
            authority=self.authority, store=store, inventory=inventory, naming=self.naming, closing=self.closing
        )
        self.freezing = ClusterFreezes(
            authority=self.authority,
            store=store,
            inventory=inventory,
            naming=self.naming,
            closing=self.closing,
            zone=zone,
            changed=changed,
        )
        self.administering = Administering(
            authority=self.authority,
            store=store,
            inventory=inventory,
            groups=groups,
            channels=channels,
            admins=admins,
            zone=zone,
            changed=changed,
        )
        self.admin_freezing = AdminFreezing(administering=self.administering, store=store, changed=changed)
        self.snapshots = SnapshotLists(
            authority=self.authority, store=store, inventory=inventory, naming=self.naming, console=console
        )
        self.subscribing = Subscribing(
            authority=self.authority, store=store, inventory=inventory, naming=self.naming, channels=channels
        )
        self.record = RecordReading(authority=self.authority, store=store, inventory=inventory, naming=self.naming)

    async def first_time(self, key: str) -> bool:
        """Say whether an inbound delivery called *key* is new; the second copy of one is not."""
        return await self._store.first_time(key)
