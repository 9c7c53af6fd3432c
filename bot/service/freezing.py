"""Freezing clusters and ending that, for Slack and the command line. Each change is on record."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.approval import Meanwhile
from bot.core.errors import BotError
from bot.core.freezes import Freeze
from bot.core.ids import CloudName, ClusterId, ClusterRef, FreezeId
from bot.core.phrase import Phrase
from bot.core.record import Entry, stated
from bot.core.request import IN_THE_CLOUD, NOT_STARTED, SnapshotRequest
from bot.core.scope import Scope
from bot.core.text import canonical
from bot.ports import Store

_MOST: Final = 1000  # open requests that are looked through for what a freeze holds
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class NoReason(BotError):
    """Nobody could tell those who wait why they do."""

    phrase = Phrase("freeze-reason-missing")


@dataclass(frozen=True, slots=True)
class Frozen:
    """A *freeze* that was kept, what it *holds*, and what of its clusters is *running* and goes on to its end."""

    freeze: Freeze
    holds: Sequence[SnapshotRequest]
    running: Sequence[SnapshotRequest]


class Freezing:
    """Freezes scopes; *by* names who does it, as the audit log shall show it, *team* whose team where that is Slack's.

    It asks for no right: who calls it has.
    """

    def __init__(self, *, store: Store, by: str, team: str = "") -> None:
        self._store = store
        self._by = by
        self._team = team

    async def freeze(
        self,
        scope: Scope,
        reason: str,
        *,
        until: datetime | None = None,
        meanwhile: Meanwhile = Meanwhile.HOLD,
        passes_break_glass: bool = False,
        cluster_name: str = "",
        freeze_id: FreezeId | None = None,
    ) -> Frozen:
        """Let nothing start on *scope* from now on. Asked twice with one *freeze_id*, it is frozen once.

        Raises:
            NoReason: *reason* is blank.
        """
        reason = canonical(reason)
        if not reason:
            raise NoReason("a freeze without a reason")
        freeze = Freeze(
            id=freeze_id or _draw_id(),
            scope=scope,
            reason=reason,
            set_by=self._by,
            set_at=self._store.clock.now(),
            until=until,
            meanwhile=meanwhile,
            passes_break_glass=passes_break_glass,
            cluster_name=cluster_name,
        )
        await self._store.freeze(freeze, self._entry("freeze.set", freeze))
        found = await self._store.find(states={*NOT_STARTED, *IN_THE_CLOUD}, limit=_MOST)
        covered = [r for r in reversed(found) if scope.covers(r.named)]
        return Frozen(
            freeze,
            holds=[r for r in covered if r.state in NOT_STARTED],
            running=[r for r in covered if r.state in IN_THE_CLOUD],
        )

    async def end(self, freeze: Freeze) -> bool:
        """End *freeze*; False, with nothing recorded, if it isn't on any more."""
        return await self._store.unfreeze(freeze.id, self._entry("freeze.ended", freeze))

    async def on(self, scope: Scope) -> list[Freeze]:
        """Return the freezes of exactly *scope* that are on."""
        now = self._store.clock.now()
        return [f for f in await self._store.freezes() if f.scope == scope and f.is_on(now)]

    def _entry(self, action: str, freeze: Freeze) -> Entry:
        scope = freeze.scope
        one = scope.beginning is None
        detail = stated(
            freeze=freeze.id,
            cloud=scope.cloud,
            cluster=scope.cluster,
            until=freeze.until.isoformat() if freeze.until else None,
            reason=freeze.reason,
            meanwhile=freeze.meanwhile,
            passes_break_glass="yes" if freeze.passes_break_glass else None,
        )
        return Entry(
            at=self._store.clock.now(),
            actor=self._by,
            team=self._team,
            action=action,
            cluster=ClusterRef(CloudName(scope.cloud), ClusterId(scope.cluster)) if one else None,
            detail=detail,
        )


def _draw_id() -> FreezeId:
    return FreezeId("F-" + "".join(secrets.choice(_ALPHABET) for _ in range(8)))
