"""Who may do what, and what holds for requests, as one TOML file: the whole truth, once it is applied.

What the file lacks is taken away, and a key that is left out is the default. Freezes aren't in it: they pass by
themselves, and a file that is applied later would end them, or begin them again.
Long because each key stands here once as it is read and once as it is written.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import tomli_w

from bot.core.approval import ApprovalRule, Meanwhile, OwnApproval, Stage, Tier, Waiver
from bot.core.endings import end_of_day, instant, span
from bot.core.errors import BotError
from bot.core.grants import BY_NAME, Grant, Role, Terms
from bot.core.ids import ChannelId, Principal, is_cluster_id
from bot.core.loudness import Loudness
from bot.core.person import EVERYONE
from bot.core.record import as_facts
from bot.core.right_changes import RightsState
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.text import canonical
from bot.rule_options import hours_of, stage, tier, zone_called
from bot.scopes import WrittenScope, bad_argument, channel_id, holder
from bot.service.administration import draw_grant_id
from bot.words import say

T = TypeVar("T")

_HEAD: Final = """\
# Who may do what, and what holds for requests. Applied, it is the whole truth: what isn't here is taken away.
# snapshot-bot access diff FILE shows what it would change, snapshot-bot access apply FILE changes it.
"""
_KINDS: Final = ("grant", "rule", "channel")
_GRANT_KEYS: Final = ("who", "role", "on", "deny", "until", "reason", "quiet")
_RULE_KEYS: Final = (
    *("on", "stages", "side_by_side", "needs_reason", "own", "none_for", "per_person", "per_cluster"),
    *("escalate", "hours", "closed", "while_closed", "zone", "decide_within", "start_within", "remind", "loud"),
)
_CHANNEL_KEYS: Final = ("on", "channel")
_LONGEST: Final = 2000  # characters of a reason
_AGAIN: Final = (
    "Export again and bring your changes in; or look at `snapshot-bot access diff`, and apply it with --onto-changed."
)


class _Missing:
    """Stands for a key that has to be there."""


_MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class _Given:
    """A grant of the file, and where it stands there."""

    who: Principal
    role: Role
    scope: Scope
    denies: bool
    terms: Terms
    where: str


@dataclass(frozen=True, slots=True)
class AccessFile:
    """What a file says: *base* is for which state it was written, "" where it doesn't say."""

    base: str
    grants: tuple[_Given, ...]
    rules: Mapping[Scope, ApprovalRule]
    channels: Mapping[Scope, ChannelId]

    def require_base(self, state: RightsState) -> None:
        """Check that it was written for *state*.

        Raises:
            BotError: it wasn't, or doesn't say.
        """
        if not self.base:
            raise bad_argument(f"The file has no `base`, so nobody knows for which state it was written. {_AGAIN}")
        if self.base != base_of(state):
            raise bad_argument(
                "The file was written for other rights and rules than there are now: applied, it would take back what "
                f"was changed since. {_AGAIN}"
            )

    def on(self, state: RightsState, *, by: str, now: datetime, names: Mapping[Scope, str]) -> RightsState:
        """Return what is to be in the place of *state*; what it has as the file says it stays as it is.

        Raises:
            BotError: what is new in the file is over already.
        """
        grants: list[Grant] = []
        for given in self.grants:
            wanted = Grant(given.who, given.role, given.scope, by, now, names.get(given.scope, ""), given.denies)
            kept = state.grants.get(wanted.key)
            if kept is None or kept.terms != given.terms:
                if given.terms.until is not None and given.terms.until <= now:
                    raise bad_argument(f"{given.where}: `until` is over already, so it would give nothing.")
                name = wanted.cluster_name or (kept.cluster_name if kept else "")
                kept = replace(wanted, terms=given.terms, id=kept.id if kept else draw_grant_id(), cluster_name=name)
            grants.append(kept)
        rules: dict[Scope, ScopeRule] = {}
        for scope in dict.fromkeys((*self.rules, *self.channels)):
            said, there = (self.rules.get(scope), self.channels.get(scope)), state.rules.get(scope)
            is_there = there is not None and said == (there.approval, there.channel)
            rules[scope] = there if there and is_there else ScopeRule(*said, set_by=by, set_at=now)
        return RightsState.of(grants, rules, state.number)


def base_of(state: RightsState) -> str:
    """Return what a file that is written for *state* names: the last change on record, and a hash of all there is."""
    grants = sorted(json.dumps(as_facts(g), sort_keys=True) for g in state.grants.values())
    rules = sorted(json.dumps([str(scope), as_facts(rule)], sort_keys=True) for scope, rule in state.rules.items())
    return f"{state.number}:{hashlib.sha256(json.dumps([grants, rules]).encode()).hexdigest()}"


def written(state: RightsState) -> str:
    """Return *state* as a file.

    Raises:
        BotError: something of it has no form there.
    """
    names = {g.scope: g.cluster_name for g in state.grants.values()}
    tables = [("grant", g.scope, _grant_table(g)) for g in state.grants.values()]
    tables += [("rule", s, _rule_table(s, r.approval)) for s, r in state.rules.items() if r.approval]
    tables += [("channel", s, {"on": str(s), "channel": r.channel}) for s, r in state.rules.items() if r.channel]
    tables.sort(key=lambda found: (_KINDS.index(found[0]), str(found[1]), json.dumps(found[2], default=str)))
    text = _HEAD + tomli_w.dumps({"base": base_of(state)})
    for kind, scope, table in tables:
        name = canonical(names.get(scope, "")) if scope.beginning is None else ""
        text += (f"\n# {name}\n" if name else "\n") + f"[[{kind}]]\n{tomli_w.dumps(table)}"
    begun = datetime.min.replace(tzinfo=UTC)
    if read(text, ZoneInfo("UTC")).on(state, by="", now=begun, names={}) != state:
        raise bad_argument("There is a grant or rule that no file can hold: see `snapshot-bot grants` and `rules`.")
    return text


def _grant_table(grant: Grant) -> dict[str, Any]:
    terms = grant.terms
    said = {"deny": grant.denies, "until": terms.until, "reason": terms.reason, "quiet": terms.quiet}
    given = {"who": _who(grant.holder), "role": grant.role.value, "on": str(grant.scope)}
    return given | {key: value for key, value in said.items() if value}


def _rule_table(scope: Scope, rule: ApprovalRule) -> dict[str, Any]:
    waiver = rule.waiver
    said = {
        "stages": [f"{s.need} of {', '.join(map(_who, s.by)) or 'any'}" for s in rule.stages],
        "side_by_side": rule.side_by_side,
        "needs_reason": rule.needs_reason,
        "own": "" if rule.own is OwnApproval.NEVER else rule.own.value,
        "none_for": [_who(who) for who in waiver.by] if waiver else [],
        "per_person": waiver.per_person if waiver else None,
        "per_cluster": waiver.per_cluster if waiver else None,
        "escalate": [f"{_length(t.after)}: {', '.join(map(_who, t.by))}" for t in rule.tiers],
        "hours": [str(of) for of in rule.hours],
        "closed": [str(of) for of in rule.closed],
        "while_closed": "" if rule.while_closed is Meanwhile.HOLD else rule.while_closed.value,
        "loud": rule.loud.value,
        "zone": rule.zone,
        "decide_within": _length(rule.decide_within) if rule.decide_within else "",
        "start_within": _length(rule.start_within) if rule.start_within else "",
        "remind": "never" if rule.without_reminders else _length(rule.remind_after) if rule.remind_after else "",
    }
    return {"on": str(scope)} | {key: value for key, value in said.items() if value}


def _who(principal: Principal) -> str:
    return "everyone" if principal == EVERYONE else principal.id


def _length(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    unit, size = next((u, n) for u, n in (("d", 1440), ("h", 60), ("m", 1)) if minutes % n == 0)
    return f"{minutes // size}{unit}"


def read(text: str, zone: ZoneInfo) -> AccessFile:
    """Return what the file *text* says; a day without a zone ends in *zone*.

    Raises:
        BotError: it is no such file; the words have the line or the key, and what is allowed there.
    """
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        raise bad_argument(f"The file isn't TOML: {e}.") from e
    top = _Table(found, "The file", ("base", *_KINDS))
    lines = {kind: [n for n, line in enumerate(text.splitlines(), 1) if _heads(kind, line)] for kind in _KINDS}

    def tables(kind: str, keys: Collection[str]) -> list[_Table]:
        listed: list[Any] = top.get(kind, _list, f"[[{kind}]] above each", [])
        places = lines[kind] if len(lines[kind]) == len(listed) else []
        where = [f"[[{kind}]] no. {n + 1}" + (f" (line {places[n]})" if places else "") for n in range(len(listed))]
        return [_Table(raw, place, keys) for raw, place in zip(listed, where, strict=True)]

    grants = [_grant(table, zone) for table in tables("grant", _GRANT_KEYS)]
    rules = [(table.on(), _rule(table), table.where) for table in tables("rule", _RULE_KEYS)]
    channels = [
        (t.on(), t.get("channel", lambda raw: channel_id(_text(raw)), "a channel's id"), t.where)
        for t in tables("channel", _CHANNEL_KEYS)
    ]
    _once([((g.who, g.role, g.scope, g.denies), g.where) for g in grants], "gives the same right as")
    _once([(scope, where) for scope, _, where in rules], "is for the same clusters as")
    _once([(scope, where) for scope, _, where in channels], "is for the same clusters as")
    base = top.get("base", _text, "text", "")
    return AccessFile(base, tuple(grants), {s: r for s, r, _ in rules}, {s: c for s, c, _ in channels})


class _Table:
    """A table of the file, *where* it is, and what its keys hold."""

    def __init__(self, raw: object, where: str, keys: Collection[str]) -> None:
        """Take it.

        Raises:
            BotError: it is none, or has a key that isn't one of *keys*.
        """
        self.where = where
        if not isinstance(raw, dict):
            raise bad_argument(f"{where} is no table of keys.")
        if odd := [key for key in raw if key not in keys]:
            raise bad_argument(f"{where}: there is no key `{canonical(odd[0])[:80]}`. There are: {', '.join(keys)}.")
        self._raw: Mapping[str, Any] = raw

    def get(self, key: str, reader: Callable[[Any], T], allowed: str, default: T | _Missing = _MISSING) -> T:
        """Return what *reader* makes of *key*; the *default* where it isn't there.

        Raises:
            BotError: it isn't there and has to be, or it is something else than is *allowed*.
        """
        if key not in self._raw:
            if isinstance(default, _Missing):
                raise bad_argument(f"{self.where}: `{key}` is missing ({allowed}).")
            return default
        raw = self._raw[key]
        try:
            return reader(raw)
        except BotError as e:
            raise bad_argument(f"{self.where}: `{key}`: {say(e)}") from e
        except (TypeError, ValueError, OverflowError) as e:
            raise bad_argument(f"{self.where}: `{key}` is {canonical(str(raw))[:80]!r}. Allowed: {allowed}.") from e

    def on(self) -> Scope:
        """Return the clusters that it is for."""
        return self.get("on", _scope, "*, dwh-*, CLOUD/*, CLOUD/dwh-* or CLOUD/CLUSTER-ID")


def _grant(table: _Table, zone: ZoneInfo) -> _Given:
    terms = Terms(
        until=table.get("until", lambda raw: _until(raw, zone), "2026-12-31, or 2026-12-31T18:00:00Z", None),
        reason=table.get("reason", _reason, f"text of at most {_LONGEST} characters", ""),
        quiet=table.get("quiet", _switch, "true or false", False),
    )
    given = _Given(
        who=table.get("who", lambda raw: holder(_text(raw)), "a user's id, a user group's id, or everyone"),
        role=table.get("role", lambda raw: Role(_text(raw)), ", ".join(Role)),
        scope=table.on(),
        denies=table.get("deny", _switch, "true or false", False),
        terms=terms,
        where=table.where,
    )
    if given.who == EVERYONE and given.role in BY_NAME and not given.denies:
        raise bad_argument(f"{table.where}: not everyone can have {given.role}: name who gets it one by one.")
    return given


def _rule(table: _Table) -> ApprovalRule:
    people, lengths = "a list of user ids, user groups' ids, or everyone", "30m, 8h or 2d"
    one: tuple[Stage, ...] = (Stage(),)
    none: tuple[Tier, ...] = ()
    nobody: tuple[Principal, ...] = ()
    stages = table.get("stages", lambda raw: _each(raw, stage), 'a list such as ["1 of any"]', one)
    tiers = table.get("escalate", lambda raw: _each(raw, tier), 'a list such as ["1h: S024BE7LH"]', none)
    waived = table.get("none_for", lambda raw: _each(raw, holder), people, nobody)
    person, cluster = (table.get(k, _count, "a number from 1 to 1000", None) for k in ("per_person", "per_cluster"))
    if not waived and (person or cluster):
        raise bad_argument(f"{table.where}: `per_person` and `per_cluster` say how often `none_for` holds: give it.")
    if not stages:
        raise bad_argument(f"{table.where}: `stages` has none. Leave it out for one approval by anybody who may.")
    if len({found.after for found in tiers}) < len(tiers):
        raise bad_argument(f"{table.where}: `escalate`: two would come at the same time; name their people in one.")
    remind: timedelta | Literal["never"] | None = table.get("remind", _reminders, "15m, 1h or never", None)
    return ApprovalRule(
        stages=stages,
        side_by_side=table.get("side_by_side", _switch, "true or false", False),
        needs_reason=table.get("needs_reason", _switch, "true or false", False),
        own=table.get("own", lambda raw: OwnApproval(_text(raw)), ", ".join(OwnApproval), OwnApproval.NEVER),
        waiver=Waiver(waived, person, cluster) if waived else None,
        tiers=tuple(sorted(tiers, key=lambda found: found.after)),
        hours=table.get("hours", lambda raw: _each(raw, hours_of), 'a list such as ["mon-fri 08:00-18:00"]', ()),
        closed=table.get("closed", lambda raw: _each(raw, hours_of), 'a list such as ["fri-sun 22:00-06:00"]', ()),
        while_closed=table.get("while_closed", lambda raw: Meanwhile(_text(raw)), ", ".join(Meanwhile), Meanwhile.HOLD),
        loud=table.get("loud", lambda raw: Loudness.called(_text(raw)), "channel, thread, failure", Loudness.CHANNEL),
        zone=table.get("zone", lambda raw: zone_called(_text(raw)), "a time zone such as Europe/Berlin", ""),
        decide_within=table.get("decide_within", lambda raw: span(_text(raw)), lengths, None),
        start_within=table.get("start_within", lambda raw: span(_text(raw)), lengths, None),
        remind_after=None if remind == "never" else remind,
        without_reminders=remind == "never",
    )


def _reminders(raw: Any) -> timedelta | Literal["never"]:
    return "never" if _text(raw) == "never" else span(_text(raw))


def _heads(kind: str, line: str) -> bool:
    return re.match(rf"\s*\[\[\s*{kind}\s*\]\]", line) is not None


def _once(things: Sequence[tuple[object, str]], words: str) -> None:
    seen: dict[object, str] = {}
    for thing, where in things:
        if thing in seen:
            raise bad_argument(f"{where} {words} {seen[thing]}.")
        seen[thing] = where


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError("no text")
    return raw


def _reason(raw: Any) -> str:
    if len(found := canonical(_text(raw))) > _LONGEST:
        raise ValueError("too long")
    return found


def _switch(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError("neither true nor false")
    return raw


def _count(raw: Any) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 1000:
        raise ValueError("no such number")
    return raw


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise TypeError("no list")
    return raw


def _each(raw: Any, reader: Callable[[str], T]) -> tuple[T, ...]:
    return tuple(reader(_text(item)) for item in _list(raw))


def _scope(raw: Any) -> Scope:
    found = WrittenScope.parse(_text(raw))
    if not found.is_beginning and not (found.cloud and is_cluster_id(found.cluster)):
        raise ValueError("a name, which may be another cluster's tomorrow")
    return found.scope


def _until(raw: Any, zone: ZoneInfo) -> datetime | None:
    if isinstance(raw, datetime):
        return instant(raw, zone)
    if not isinstance(raw, date):
        raise TypeError("no day and no moment")
    return end_of_day(raw, zone)
