"""Rows and dataclasses: which columns a thing of ours has, and back, whatever engine keeps them.

What is written has times, booleans and text as Python has them; an engine without such types turns them into its own.
What is read may be either.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, Protocol

from bot.core.approval import Counted, Vote
from bot.core.events import Hold
from bot.core.ids import (
    ChannelId,
    CloudName,
    ClusterId,
    ClusterRef,
    MessageRef,
    Principal,
    PrincipalKind,
    RequestId,
    TeamId,
    UserId,
)
from bot.core.message import Message, MessageKind, Owed
from bot.core.person import Known, Person, Standing
from bot.core.record import Entry
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.restored import Recovery
from bot.core.start import Start
from bot.core.why import Code, Why
from bot.core.work import Run
from bot.store import rule_bodies

Plain = str | int | float | bool | datetime | None


class Row(Protocol):
    """What a column of it holds, by the column's name."""

    def __getitem__(self, name: str, /) -> Any:
        """Return it."""
        ...


_APART: Final = (
    *("cluster", "owner", "rule", "votes", "counted", "asked", "glass", "revised", "keep", "joined", "start"),
)
_ALIKE: Final = [f.name for f in fields(SnapshotRequest) if f.name not in _APART]
REQUEST_COLUMNS: Final = (
    *_ALIKE,
    "cloud",
    "cluster",
    "requester",
    "requester_kind",
    "rule",
    "counted",
    "asked",
    "glass",
    "revised",
    "keep",
    "joined",
    "start_at",
    "start_wall",
    "start_zone",
)
REFUSAL_KEY: Final = ("actor", "team", "action", "rule", "request_id", "cloud", "cluster", "detail")


def time(kept: str | datetime) -> datetime:
    """Read a moment, in UTC: an engine's own, or the text of one that has none."""
    return datetime.fromisoformat(kept) if isinstance(kept, str) else kept.astimezone(UTC)


def maybe_time(kept: str | datetime | None) -> datetime | None:
    """Read what may be NULL."""
    return None if kept is None else time(kept)


def plain(of: object) -> Plain:
    """Return *of* as a column holds it: enums by value, a reason as JSON, the rest as it is.

    Raises:
        TypeError: no column holds such a thing.
    """
    match of:
        case Enum():
            return plain(of.value)
        case str() | int() | float() | datetime() | None:
            return of
        case Why():
            return json.dumps({"code": of.code, "facts": of.facts}, sort_keys=True, ensure_ascii=False)
        case _:
            raise TypeError(f"{type(of).__name__} has no column type")


def maybe_why(written: str | None) -> Why | None:
    """Read what `plain` wrote of a reason, None for None."""
    if written is None:
        return None
    told = json.loads(written)
    return Why(Code(told["code"]), told["facts"])


def of_request(request: SnapshotRequest) -> dict[str, Plain]:
    """Return the columns of *request*: one per field, cluster and owner as two, its votes left to their own table."""
    row = {name: plain(getattr(request, name)) for name in _ALIKE}
    row |= {"cloud": request.cluster.cloud, "cluster": request.cluster.id}
    row |= {"requester": request.owner.id, "requester_kind": request.owner.kind.value}
    row |= {"rule": rule_bodies.written(request.rule), "counted": json.dumps(request.counted)}
    row |= {"asked": rule_bodies.asked_written(request.asked), "glass": rule_bodies.glass_written(request.glass)}
    row |= {"revised": rule_bodies.revision_written(request.revised), "keep": rule_bodies.keep_written(request.keep)}
    return row | {"joined": rule_bodies.joined_written(request.joined)} | _of_start(request.start)


def _of_start(start: Start | None) -> dict[str, Plain]:
    """Return the columns of when a request is to start: the wall time is text, since it is of no zone but its own."""
    if start is None:
        return {"start_at": None, "start_wall": None, "start_zone": None}
    return {"start_at": start.at, "start_wall": start.wall.isoformat(), "start_zone": start.zone}


def _start(row: Row) -> Start | None:
    if row["start_at"] is None:
        return None
    return Start(datetime.fromisoformat(row["start_wall"]), row["start_zone"], time(row["start_at"]))


def _counted(written: str) -> Counted:
    return tuple(tuple(UserId(user) for user in filled) for filled in json.loads(written))


def request(row: Row) -> SnapshotRequest:
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
        keep=rule_bodies.keep_read(row["keep"]),
        deletes=row["deletes"],
        knows_last=bool(row["knows_last"]),
        rule_set_by=row["rule_set_by"],
        rule_set_at=maybe_time(row["rule_set_at"]),
        revised=rule_bodies.revision_read(row["revised"]),
        asked_by=row["asked_by"],
        joined=rule_bodies.joined_read(row["joined"]),
        start=_start(row),
        votes=tuple(sorted(votes, key=lambda v: v.at)),
    )


def message(row: Row) -> Message:
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


def entry(row: Row) -> Entry:
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


def known(row: Row) -> Known:
    """Return what Slack said of the person in *row*, which isn't marked as old."""
    grid = frozenset(map(TeamId, json.loads(row["also_of"])))
    standing = Standing(row["standing"])
    said = Person(
        UserId(row["user"]), row["team"], standing, row["name"], zone=row["zone"], locale=row["locale"], also_of=grid
    )
    return Known(said, time(row["at"]))


def of_person(person: Person) -> dict[str, Plain]:
    """Return the columns of *person*, but for when Slack was asked."""
    return {
        "user": person.user,
        "team": person.team,
        "standing": person.standing.value,
        "name": person.name,
        "zone": person.zone,
        "locale": person.locale,
        "also_of": json.dumps(sorted(person.also_of)),
    }


def run(row: Row) -> Run:
    """Return the run in *row*, whose column `seen_at` is when something was last proved to be saved."""
    return Run(
        began_at=time(row["began_at"]),
        seen_at=maybe_time(row["seen_at"]),
        ended_at=maybe_time(row["ended_at"]),
        clean=bool(row["clean"]),
    )


def refusal(row: Row) -> Entry:
    """Return the first of the refusals that are counted in *row*."""
    return Entry(
        at=time(row["began_at"]),
        actor=row["actor"],
        action=row["action"],
        rule=row["rule"],
        request_id=RequestId(row["request_id"]) if row["request_id"] else None,
        cluster=ClusterRef(CloudName(row["cloud"]), ClusterId(row["cluster"])) if row["cloud"] else None,
        team=row["team"],
        detail=row["detail"],
    )


def of_refusal(entry: Entry) -> dict[str, Plain]:
    """Return the columns by which a refusal is the same as another."""
    ref = entry.cluster
    told = (entry.actor, entry.team, entry.action, entry.rule, entry.request_id or "")
    place = (ref.cloud, ref.id) if ref else ("", "")
    return dict(zip(REFUSAL_KEY, (*told, *place, entry.detail), strict=True))
