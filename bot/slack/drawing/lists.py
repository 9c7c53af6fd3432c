"""Whole lists, ten a page: the modal behind "Show all". Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from bot.core.age import Age
from bot.core.freezes import Closure
from bot.core.ids import CloudName, ClusterRef
from bot.core.message import ListItem
from bot.core.request import State
from bot.core.snapshot import Cluster
from bot.service import Listed, ListPage
from bot.service.whole_lists import SIZE, Rest
from bot.slack.drawing import closed, mrkdwn, names, situations, starting, wording
from bot.slack.drawing.blocks import Block, View, actions, button, context, modal, section
from bot.words import text, text_of

CLUSTERS: Final = "clusters"  # that this person may ask for
RECORD: Final = "record"  # of who did what
SNAPSHOTS: Final = "snapshots"  # that the cloud has of a cluster
RIGHTS: Final = "rights"  # that this person has, or is denied
DAYS_MOST: Final = 999


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where in which list: *what* is a Listed, or one of the words above, *first* counts from 0.

    *cluster* narrows it, and *days* to what was asked for within so many.
    """

    what: str
    first: int = 0
    cluster: ClusterRef | None = None
    days: int = 0  # 0: however long ago

    def __str__(self) -> str:
        """Return what a button carries."""
        what = f"{self.what},{self.days}" if self.days else self.what
        return f"{what}:{self.first}:{self.cluster or ''}"

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read what `str()` wrote.

        Raises:
            ValueError: it is something else, such as the button of another version.
        """
        narrowed, first, cluster = value.split(":", 2)
        what, _, days = narrowed.partition(",")
        if what not in (CLUSTERS, RECORD, SNAPSHOTS, RIGHTS):
            Listed(what)
        within = ClusterRef.parse(cluster) if cluster else None
        place = cls(what, max(0, int(first)), within, min(max(0, int(days or 0)), DAYS_MOST))
        if what == SNAPSHOTS and place.cluster is None:
            raise ValueError("of which cluster?")
        return place

    @property
    def title(self) -> str:
        """What the list is called."""
        return text("list-called", what=self.what)

    @property
    def narrowed(self) -> str:
        """What it is called, with the days that it is about; it may be too long for a modal's title."""
        return text("list-of-days", list=self.title, count=self.days) if self.days else self.title

    def show_all(self) -> Block:
        """Return the button that opens the list here."""
        means = text("show-all-means", list=self.title)
        return button(text("show-all"), names.SHOW_ALL, means=means, value=str(self))


def count_of(rest: Rest) -> str:
    """Return how many *rest* is."""
    return text("more-than", count=rest.count) if rest.goes_on else str(rest.count)


def line(item: ListItem) -> str:
    """Return one request in two lines, and what stands in its way: for Home and for lists."""
    request = item.request
    of = text_of(request, "listed", snapshot=wording.snapshot_of(request, most=200))
    by = f"{mrkdwn.user(request.requester)}, {mrkdwn.when(request.created_at)}"
    status = wording.status_seen(request, item.age, closed.called(item.freezer))
    if request.state is State.WAITING:
        status += f" · {text('expires', when=mrkdwn.when(request.expires_at))}"
        if request.start:
            status += f" · 🕒 {text('starts-at', when=starting.when(request.start))}"
        if wording.recovered(request):
            status += f" · {text('decisions-unknown')}"
    trouble = mrkdwn.cut(wording.trouble(request), 300)
    waits = mrkdwn.cut(wording.waits_closed(item), 600)
    parts = (f"*{request.id}* {of} · {by}", status, wording.glass(request), waits, trouble)
    return "\n".join(part for part in parts if part)


def requests_page(place: ListPlace, page: ListPage) -> View:
    """Return *page* as a modal; each request can be reviewed."""
    blocks = [section(line(f), accessory=_look(f.request.id, wording.about(f.request))) for f in page.requests]
    shown = len(page.requests)
    return list_modal(place, blocks, first=page.first, shown=shown, total=page.total, goes_on=page.goes_on)


def clusters_page(
    place: ListPlace,
    shown: Sequence[tuple[Cluster, Sequence[Closure]]],
    ages: Mapping[CloudName, Age],
    *,
    first: int,
    total: int,
) -> View:
    """Return a page of clusters as a modal: what each is called, how it is, what keeps snapshots from starting.

    And what there is of it, behind a button.
    """
    blocks = []
    for cluster, closures in shown:
        name = mrkdwn.bold(wording.cluster_label(cluster.ref, cluster.name))
        parts = [f"{name} · {situations.cluster_state(cluster, ages[cluster.ref.cloud])}", closed.noted(closures)]
        blocks.append(section("\n".join(filter(None, parts)), accessory=snapshots_of(cluster)))
    if old := wording.old_lists(ages):
        blocks.append(context(old))
    return list_modal(place, blocks, first=first, shown=len(shown), total=total)


def snapshots_of(cluster: Cluster) -> Block:
    """Return the button that opens the list of its snapshots."""
    means = text("snapshots-of-means", cluster=wording.cluster_label(cluster.ref, cluster.name))
    value = str(ListPlace(SNAPSHOTS, cluster=cluster.ref))
    return button(text("list-called", what=SNAPSHOTS), names.SNAPSHOTS, means=means, value=value)


def _look(request_id: str, about: str) -> Block:
    return button(text("review"), names.REVIEW, means=text("review-means", about=about), value=request_id)


def list_modal(
    place: ListPlace, blocks: list[Block], *, first: int, shown: int, total: int, goes_on: bool = False
) -> View:
    """Return *blocks* as a modal that shows so many from place *first* of *total*, with what turns the page.

    *goes_on*: there are more than *total*.
    """
    turn = [
        button(
            text("page-before", what=place.what),
            names.PAGE_BEFORE,
            means=text("page-before-means", list=place.title),
            value=str(replace(place, first=max(0, first - SIZE))),
        )
    ] * (first > 0)
    if first + shown < total or goes_on:
        means = text("page-after-means", list=place.title)
        after = str(replace(place, first=first + SIZE))
        turn.append(button(text("page-after", what=place.what), names.PAGE_AFTER, means=means, value=after))
    if not total:
        return modal(place.title, [section(text("list-empty"))], callback_id=names.LIST)
    where = text("page-of", first=first + 1, last=first + shown, total=count_of(Rest(total, goes_on)))
    if place.days:
        where = f"{where} · {text('last-days', count=place.days)}"
    return modal(place.title, [*blocks, context(where), *actions(turn)], callback_id=names.LIST)
