"""Rows and dataclasses: how a value of ours stands in a column, and back."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Final

from bot.core.approval import Counted, Vote
from bot.core.events import Hold
from bot.core.grants import Grant, Role, Terms
from bot.core.ids import ChannelId, ClusterRef, GrantId, MessageRef, Principal, PrincipalKind, RequestId, UserId
from bot.core.message import Message, MessageKind, Owed
from bot.core.record import Entry
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.restored import Recovery
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.why import Code, Why
from bot.store import rule_bodies
from bot.store.moments import text as text

Value = str | int | float | None

_APART: Final = ("cluster", "owner", "rule", "votes", "counted", "asked", "glass")
_PLAIN: Final = [f.name for f in fields(SnapshotRequest) if f.name not in _APART]


def maybe_text(at: datetime | None) -> str | None:
    """Return `text(at)`, or None for None."""
    return None if at is None else text(at)


def time(written: str) -> datetime:
    """Read what `text` wrote."""
    return datetime.fromisoformat(written)


def maybe_time(written: str | None) -> datetime | None:
    """Read what `maybe_text` wrote."""
    return None if written is None else time(written)


def value(of: object) -> Value:
    """Return *of* as a column holds it: times as text, enums by value, booleans as 0 or 1, a reason as JSON.

    Raises:
        TypeError: no column holds such a thing.
    """
    match of:
        case datetime():
            return text(of)
        case Enum():
            return value(of.value)
        case bool():
            return int(of)
        case str() | int() | float() | None:
            return of
        case Why():
            return json.dumps({"code": of.code, "facts": of.facts}, sort_keys=True, ensure_ascii=False)
        case _:
            raise TypeError(f"{type(of).__name__} has no column type")


def maybe_why(written: str | None) -> Why | None:
    """Read what `value` wrote of a reason, None for None."""
    if written is None:
        return None
    told = json.loads(written)
    return Why(Code(told["code"]), told["facts"])


def request_row(request: SnapshotRequest) -> dict[str, Value]:
    """Return the columns of *request*: one per field, cluster and owner as two, its votes left to their own table."""
    row = {name: value(getattr(request, name)) for name in _PLAIN}
    row |= {"cloud": request.cluster.cloud, "cluster": request.cluster.id}
    row |= {"requester": request.owner.id, "requester_kind": request.owner.kind.value}
    row |= {"rule": rule_bodies.written(request.rule), "counted": json.dumps(request.counted)}
    return row | {"asked": rule_bodies.asked_written(request.asked), "glass": rule_bodies.glass_written(request.glass)}


def _counted(written: str) -> Counted:
    return tuple(tuple(UserId(user) for user in filled) for filled in json.loads(written))


def scope_rule(row: sqlite3.Row) -> tuple[Scope, ScopeRule]:
    """Return the rule in *row*, and for which clusters it is."""
    approval = None if row["approval"] is None else rule_bodies.read(row["approval"])
    rule = ScopeRule(approval, row["channel"], row["set_by"], maybe_time(row["set_at"]))
    return Scope(row["cloud"], row["cluster"]), rule


def scope_rule_row(scope: Scope, rule: ScopeRule) -> dict[str, Value]:
    """Return the columns of *rule*."""
    return {
        "cloud": scope.cloud,
        "cluster": scope.cluster,
        "approval": rule_bodies.written(rule.approval) if rule.approval else None,
        "channel": rule.channel,
        "set_by": rule.set_by,
        "set_at": maybe_text(rule.set_at),
    }


def request(row: sqlite3.Row) -> SnapshotRequest:
    """Return the request in *row*, whose column `votes` is a JSON list of [user, approve, at, comment]."""
    votes = [Vote(user=UserId(u), approve=bool(a), at=time(t), comment=c) for u, a, t, c in json.loads(row["votes"])]
    return SnapshotRequest(
        id=row["id"],
        team=row["team"],
        owner=Principal(row["requester"], PrincipalKind(row["requester_kind"])),
        cluster=ClusterRef(row["cloud"], row["cluster"]),
        cluster_name=row["cluster_name"],
        name=row["name"],
        description=row["description"],
        channel=row["channel"],
        rule=rule_bodies.read(row["rule"]),
        created_at=time(row["created_at"]),
        expires_at=time(row["expires_at"]),
        updated_at=time(row["updated_at"]),
        state=State(row["state"]),
        version=row["version"],
        decided_by=row["decided_by"],
        decided_at=maybe_time(row["decided_at"]),
        words=row["words"],
        hold=Hold(row["hold"]),
        place=row["place"],
        why=maybe_why(row["why"]),
        attempted_at=maybe_time(row["attempted_at"]),
        sent_at=maybe_time(row["sent_at"]),
        attempts=row["attempts"],
        looked_at=maybe_time(row["looked_at"]),
        listed_at=maybe_time(row["listed_at"]),
        failing_since=maybe_time(row["failing_since"]),
        snapshot_id=row["snapshot_id"],
        accepted_at=maybe_time(row["accepted_at"]),
        missing_since=maybe_time(row["missing_since"]),
        percent=row["percent"],
        started_at=maybe_time(row["started_at"]),
        finished_at=maybe_time(row["finished_at"]),
        size_gb=row["size_gb"],
        kind=Kind(row["kind"]),
        cloud_request_id=row["cloud_request_id"],
        as_of=maybe_time(row["as_of"]),
        recovery=Recovery(row["recovery"]),
        waived=bool(row["waived"]),
        counted=_counted(row["counted"]),
        escalated=row["escalated"],
        asked=rule_bodies.asked_read(row["asked"]),
        glass=rule_bodies.glass_read(row["glass"]),
        rule_set_by=row["rule_set_by"],
        rule_set_at=maybe_time(row["rule_set_at"]),
        votes=tuple(sorted(votes, key=lambda v: v.at)),
    )


REQUEST_COLUMNS: Final = (
    *_PLAIN,
    "cloud",
    "cluster",
    "requester",
    "requester_kind",
    "rule",
    "counted",
    "asked",
    "glass",
)


def message(row: sqlite3.Row) -> Message:
    """Return the message in *row*."""
    return Message(
        request_id=row["request_id"],
        owed=Owed(MessageKind(row["kind"]), row["recipient"] or None, row["number"]),
        channel=row["channel"],
        ref=None if row["ts"] is None else MessageRef(ChannelId(row["ref_channel"]), row["ts"]),
        shown_version=row["shown_version"],
        sending_at=maybe_time(row["sending_at"]),
        attempts=row["attempts"],
        reposted=row["reposted"],
        frozen=bool(row["frozen"]),
    )


def grant(row: sqlite3.Row) -> Grant:
    """Return the grant in *row*."""
    return Grant(
        holder=Principal(row["holder"], PrincipalKind(row["holder_kind"])),
        role=Role(row["role"]),
        scope=Scope(row["cloud"], row["cluster"]),
        granted_by=row["granted_by"],
        granted_at=time(row["granted_at"]),
        cluster_name=row["cluster_name"],
        denies=bool(row["denies"]),
        terms=Terms(maybe_time(row["until"]), row["reason"], bool(row["quiet"])),
        id=GrantId(row["id"]),
    )


def grant_row(grant: Grant) -> dict[str, str | int | None]:
    """Return the columns of *grant*."""
    return {
        "id": grant.id,
        "holder": grant.holder.id,
        "holder_kind": grant.holder.kind.value,
        "role": grant.role.value,
        "cloud": grant.scope.cloud,
        "cluster": grant.scope.cluster,
        "cluster_name": grant.cluster_name,
        "denies": int(grant.denies),
        "until": maybe_text(grant.terms.until),
        "reason": grant.terms.reason,
        "quiet": int(grant.terms.quiet),
        "granted_by": grant.granted_by,
        "granted_at": text(grant.granted_at),
    }


def entry(row: sqlite3.Row) -> Entry:
    """Return the audit entry in *row*."""
    return Entry(
        at=time(row["at"]),
        actor=row["actor"],
        action=row["action"],
        rule=row["rule"],
        request_id=None if row["request_id"] is None else RequestId(row["request_id"]),
        cluster=None if row["cloud"] is None else ClusterRef(row["cloud"], row["cluster"]),
        team=row["team"] or "",
        detail=row["detail"],
    )
