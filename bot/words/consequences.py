"""A preview in words, a sentence each: who gains and loses, what becomes of requests, whom they mention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.grants import Role
from bot.core.groups import is_group
from bot.core.ids import Principal
from bot.core.person import EVERYONE
from bot.core.scope import Named
from bot.core.whatif import Fate, Preview, RequestChange
from bot.words import listing, text

_SHOWN = 5  # names in a sentence


@dataclass(frozen=True, slots=True)
class Consequences:
    """A preview for somebody who reads of people as *called*, and of what others named as *name* writes it."""

    found: Preview
    called: Callable[[Principal], str]
    name: Callable[[str], str] = str

    def warnings(self) -> list[str]:
        """Return what to look at, also once it is saved."""
        found, said = self.found, list[str]()
        if found.loses_admin:
            said.append(text("preview-no-admin"))
        said += [self._shift("loses", role, who) for role, who in found.loses.items() if who]
        if starting := self._with(Fate.STARTS):
            said.append(text("preview-starts", count=len(starting), requests=self._requests(starting)))
        if stuck := self._with(Fate.STUCK):
            said.append(text("preview-stuck", count=len(stuck), requests=self._requests(stuck)))
        if found.closed:
            said.append(text("preview-closed", clusters=self._clusters(found.closed)))
        if found.empty:
            said.append(
                text("preview-empty", count=len(found.empty), scopes=_some([self.name(str(s)) for s in found.empty]))
            )
        return said

    def all(self) -> list[str]:
        """Return everything, what to look at first."""
        found, said = self.found, self.warnings()
        said += [self._shift("gains", role, who) for role, who in found.gains.items() if who]
        for role, groups in found.unclear.items():
            if groups:
                said.append(text("preview-unclear", role=role, groups=_some(map(self.called, sorted(groups)))))
        if not any([*found.gains.values(), *found.loses.values(), *found.unclear.values()]):
            said.append(text("preview-nobody"))
        if waiting := self._with(Fate.WAITS):
            said.append(text("preview-waits", requests=_some([self._missing(change) for change in waiting])))
        if unclear := self._with(Fate.UNCLEAR):
            said.append(text("preview-unclear-requests", requests=self._requests(unclear)))
        if not found.requests:
            said.append(text("preview-no-request"))
        counts = set(found.pings.values())
        if None in counts:
            said.append(text("preview-unclear-pings"))
        elif counts:
            said.append(text("preview-pings", count=max(count or 0 for count in counts)))
        return said

    def _with(self, fate: Fate) -> list[RequestChange]:
        return [change for change in self.found.requests if change.now.fate is fate]

    def _requests(self, changes: Iterable[RequestChange]) -> str:
        return _some([change.request.id for change in changes])

    def _missing(self, change: RequestChange) -> str:
        now, before = (text("approvals", count=stand.missing) for stand in (change.now, change.was))
        if change.was.fate is not Fate.WAITS or now == before:
            return text("preview-missing", request=change.request.id, approvals=now)
        return text("preview-missing-before", request=change.request.id, approvals=now, before=before)

    def _clusters(self, clusters: Sequence[Named]) -> str:
        names = _some([self.name(c.name or str(c.ref)) for c in clusters])
        return text("preview-clusters", count=len(clusters), names=names)

    def _shift(self, way: str, role: Role, who: Mapping[Principal, Sequence[Named]]) -> str:
        """Return who gains or loses *role* where; who does like everyone else isn't named beside them."""
        everyone = {c.ref for c in who.get(EVERYONE, ())}
        shown = {h: on for h, on in who.items() if h == EVERYONE or not {c.ref for c in on} <= everyone}
        people = [self.called(h) for h in shown if h != EVERYONE and not is_group(h)]
        parts = [text("preview-people", count=len(people), people=_some(people))] if people else []
        parts += [text("preview-group", group=self.called(h)) for h in shown if is_group(h)]
        parts += [text("preview-everyone-else" if parts else "preview-everyone")] if everyone else []
        count = len(shown) if everyone or people else 2  # those in a group are several
        covered = {c.ref: c for there in shown.values() for c in there}
        on = self._clusters([*covered.values()])
        if any(len(there) < len(covered) for there in shown.values()):
            on = text("preview-some-of", clusters=on)
        if way == "loses":
            return text("preview-loses", count=count, people=listing(parts), role=role, clusters=on)
        return text("preview-gains", count=count, people=listing(parts), role=role, clusters=on)


def _some(names: Iterable[str]) -> str:
    shown = [*names]
    rest = len(shown) - _SHOWN
    return listing(shown if rest <= 0 else [*shown[:_SHOWN], text("more", count=rest)])
