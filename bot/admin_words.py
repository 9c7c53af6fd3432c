"""What the commands about rights, rules and requests print: in words, as cells of a table, and as JSON."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.approval import ApprovalRule, Meanwhile
from bot.core.freezes import Freeze
from bot.core.grants import Grant
from bot.core.groups import is_group
from bot.core.hours import next_of
from bot.core.ids import Principal
from bot.core.person import EVERYONE
from bot.core.record import as_facts
from bot.core.request import SnapshotRequest
from bot.core.right_changes import RightChange
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.why import Why
from bot.ends import written
from bot.scopes import MeantScope, scope_name
from bot.service.zones import zone_of
from bot.words import by_whom
from bot.words.change_words import ChangeWords
from bot.words.rule_words import described


def holder_words(who: Principal) -> str:
    """Return who it is, in a word or two."""
    if is_group(who):
        return f"group {who.id}"
    return "everyone" if who == EVERYONE else who.id


def given_words(called: str, meant: MeantScope, before: Grant | None, now: Grant, zone: ZoneInfo) -> str:
    """Return what holds now for who is *called* so, and what was kept of that *before*."""
    said = f"{called} may {'not ' if now.denies else ''}{now.role} on {meant}{_terms(now, zone)}"
    if before is None:
        return said
    if before.terms == now.terms:
        return f"{said} (had that already)"
    return f"{said} (was: {_terms(before, zone).strip(', ') or 'for good'})"


def _terms(grant: Grant, zone: ZoneInfo) -> str:
    terms = grant.terms
    until = written(terms.until, zone) if terms.until else ""
    return "".join(f", {part}" for part in (until, "quiet" if terms.quiet else "", terms.reason) if part)


def change_line(change: RightChange, zone: ZoneInfo) -> str:
    """Return *change* as `snapshot-bot undo` and `snapshot-bot access diff` show it."""
    return ChangeWords(holder_words, lambda until: written(until, zone)).line(change)


def grant_cells(grant: Grant, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return *grant* as `snapshot-bot grants` shows it to people."""
    until = written(grant.terms.until, zone) if grant.terms.until else ""
    return grant_row(grant) | {
        "who": holder_words(grant.holder),
        "role": f"{'not ' if grant.denies else ''}{grant.role}{' (quiet)' if grant.terms.quiet else ''}",
        "until": f"ended {until}" if grant.has_ended(now) else until,
        "granted_by": by_whom(grant.granted_by),
    }


def rule_words(before: ScopeRule, now: ScopeRule) -> str:
    """Return what holds now, each part with what held before where that was something else."""

    def part(old: str, new: str) -> str:
        return new if old == new else f"{old} → {new}"

    needs = [_approval_words(rule.approval) for rule in (before, now)]
    channels = [rule.channel or "the channel of a wider rule, or the default one" for rule in (before, now)]
    return f"{part(*needs)}; cards go to {part(*channels)}"


def _approval_words(rule: ApprovalRule | None) -> str:
    return described(rule, holder_words) if rule else "as a wider rule says, else one approval"


def freeze_words(freeze: Freeze, zone: ZoneInfo) -> str:
    """Return what *freeze* says: until when, what becomes of requests, why."""
    until = written(freeze.until, zone) if freeze.until else "until somebody ends it"
    meanwhile = "requests wait" if freeze.meanwhile is Meanwhile.HOLD else "requests are refused"
    glass = "; break-glass passes it" if freeze.passes_break_glass else ""
    return f"frozen {until}: {freeze.reason} ({meanwhile}{glass}; {freeze.id})"


def freeze_cells(freeze: Freeze, zone: ZoneInfo) -> dict[str, Any]:
    """Return *freeze* as `snapshot-bot freezes` shows it to people."""
    until = written(freeze.until, zone) if freeze.until else "until somebody ends it"
    if freeze.ended_at:
        until = f"ended {freeze.ended_at.astimezone(zone):%Y-%m-%d %H:%M} by {by_whom(freeze.ended_by)}"
    return freeze_row(freeze) | {"until": until, "set_by": by_whom(freeze.set_by)}


def freeze_row(freeze: Freeze) -> dict[str, Any]:
    """Return *freeze* as `snapshot-bot freezes --json` shows it."""
    return {
        "id": freeze.id,
        "cluster": scope_name(freeze.scope, freeze.cluster_name),
        "cloud": freeze.scope.cloud,
        "cluster_id": freeze.scope.cluster,
        "until": _time(freeze.until) if freeze.until else None,
        "meanwhile": freeze.meanwhile.value,
        "passes_break_glass": freeze.passes_break_glass,
        "reason": freeze.reason,
        "set_by": freeze.set_by,
        "set_at": _time(freeze.set_at),
        "ended_by": freeze.ended_by or None,
        "ended_at": _time(freeze.ended_at) if freeze.ended_at else None,
    }


def next_words(rule: ScopeRule, now: datetime, zone: tzinfo) -> list[str]:
    """Return the next five closed windows of *rule* in its zone, as lines; none where it has none."""
    if rule.approval is None or not rule.approval.closed:
        return []
    zone = zone_of(rule.approval, zone)
    windows = next_of(rule.approval.closed, now, zone)
    lines = [
        f"  {start.astimezone(zone):%a %Y-%m-%d %H:%M} – {end.astimezone(zone):%a %Y-%m-%d %H:%M}"
        for start, end in windows
    ]
    return [f"Closed next ({zone}):", *lines]


def rule_row(scope: Scope, rule: ScopeRule) -> dict[str, Any]:
    """Return *rule* as `snapshot-bot rules --json` shows it: lengths of time in seconds."""
    facts = as_facts(rule)
    return {"cluster": str(scope), **(facts if isinstance(facts, dict) else {})}


def grant_row(grant: Grant) -> dict[str, Any]:
    """Return *grant* as `snapshot-bot grants --json` shows it; *user* is as it was before there were groups."""
    holder = grant.holder
    return {
        "id": grant.id,
        "holder": "everyone" if holder == EVERYONE else holder.id,
        "user": None if is_group(holder) else holder_words(holder),
        "role": grant.role.value,
        "denies": grant.denies,
        "cluster": scope_name(grant.scope, grant.cluster_name),
        "cloud": grant.scope.cloud,
        "cluster_id": grant.scope.cluster,
        "until": _time(grant.terms.until) if grant.terms.until else None,
        "quiet": grant.terms.quiet,
        "reason": grant.terms.reason,
        "granted_by": grant.granted_by,
        "granted_at": grant.granted_at.isoformat(timespec="seconds"),
    }


def request_row(request: SnapshotRequest) -> dict[str, Any]:
    """Return *request* as `snapshot-bot requests --json` shows it: times ISO 8601 UTC, sizes in GB."""
    row: dict[str, Any] = {}
    for field in fields(request):
        value = getattr(request, field.name)
        match field.name:
            case "owner":
                row["requester"] = request.owner.id
            case "rule":
                row["need"] = 0 if request.waived else request.rule.need
            case "counted":
                row["counted"] = [list(filled) for filled in request.counted]
            case "asked" | "glass" | "revised" | "joined" | "keep":
                row[field.name] = as_facts(value)
            case "votes":
                row["votes"] = [{"user": v.user, "approve": v.approve, "at": _time(v.at)} for v in request.votes]
            case name:
                row[name] = _plain(value)
    row["cluster_id"], row["cluster"] = str(request.cluster), request.cluster_name
    return row


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return _time(value)
        case Why():
            return {"code": value.code, "facts": value.facts}
        case _:
            return value


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
