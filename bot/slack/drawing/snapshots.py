"""The snapshots of a cluster, in a private answer and ten a page. Pure."""

from __future__ import annotations

from bot.core.age import how_old
from bot.core.snapshot import Outcome, Snapshot, SnapshotKind, Storage
from bot.service import SnapshotLine, SnapshotPage
from bot.slack.drawing import keep_words, mrkdwn, wording
from bot.slack.drawing.blocks import Block, View, context, section
from bot.slack.drawing.cards import Say
from bot.slack.drawing.lists import SNAPSHOTS, ListPlace, list_modal
from bot.words import size, text


def snapshots_text(page: SnapshotPage) -> Say:
    """Return the newest snapshots of a cluster, and where the rest is."""
    head = _head(page)
    blocks = [section(head), *(section(_line(line)) for line in page.lines)]
    if page.more:
        place = ListPlace(SNAPSHOTS, cluster=page.cluster)
        blocks.append(section(text("list-rest", count=page.more), accessory=place.show_all()))
    return Say("\n".join([head, *(_line(line) for line in page.lines)]), (*blocks, *_old(page)))


def snapshots_page(place: ListPlace, page: SnapshotPage) -> View:
    """Return *page* as a modal."""
    blocks = [section(_head(page)), *(section(_line(line)) for line in page.lines), *_old(page)]
    return list_modal(place, blocks, first=page.first, shown=len(page.lines), total=page.total)


def _head(page: SnapshotPage) -> str:
    cluster = mrkdwn.bold(wording.cluster_label(page.cluster, page.name or page.cluster.id))
    if page.age.seen_at is None:
        return text("snapshots-not-known", cluster=cluster)
    if not page.total:
        return text("snapshots-none", cluster=cluster)
    head = text("snapshots-title", cluster=cluster, count=page.total, size=size(page.size_gb))
    return f"{head}\n{_storage(page.storage)}" if page.storage else head


def _storage(told: Storage) -> str:
    sizes = {"used": size(told.used_gb), "free": size(told.free_gb), "paid": size(told.paid_gb)}
    return text("storage-told-paid" if told.paid_gb else "storage-told", **sizes)


def _old(page: SnapshotPage) -> list[Block]:
    return [context(wording.marked(how_old(page.age, page.cluster.cloud)))] if page.age.is_old else []


def _line(line: SnapshotLine) -> str:
    snapshot = line.snapshot
    when = mrkdwn.when(snapshot.started) if snapshot.started else text("not-known")
    parts = [mrkdwn.bold(snapshot.name), when, _state(snapshot)]
    if line.request is not None:
        asker = mrkdwn.user(line.request.requester)
        parts += [text("snapshot-of-request", who=asker, request=line.request.id), keep_words.kept(line.request)]
    elif snapshot.kind is not SnapshotKind.UNKNOWN:
        parts.append(text("snapshot-kind", kind=snapshot.kind))
    return "\n".join([" · ".join(filter(None, parts)), wording.snapshot_id(snapshot.id, line.console)])


def _state(snapshot: Snapshot) -> str:
    """Return its size where it can be used, else how it is."""
    match snapshot.outcome:
        case Outcome.AVAILABLE:
            return size(snapshot.size_gb) if snapshot.size_gb else ""
        case Outcome.FAILED:
            return f"❌ {text('snapshot-failed')}"
        case _ if snapshot.is_running and snapshot.percent is not None:
            return f"📸 {text('percent', count=snapshot.percent)}"
        case _ if snapshot.is_running:
            return f"📸 {text('snapshot-running')}"
        case _:
            return mrkdwn.code(mrkdwn.plain(snapshot.status, 40))
