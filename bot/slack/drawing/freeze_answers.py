"""What an admin reads who froze a cluster, or ended that. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from bot.core.request import SnapshotRequest
from bot.service.authority import NAMED
from bot.service.cluster_freezes import FrozenHere, Unfrozen
from bot.service.freezing import Frozen
from bot.slack.drawing import closed, mrkdwn, names
from bot.slack.drawing.blocks import actions, button, section
from bot.slack.drawing.cards import Say
from bot.words import listing, text


def frozen_here(done: FrozenHere) -> Say:
    """Return what a freeze of a cluster holds, and the button that undoes it."""
    said = frozen(done.frozen, done.cluster.name, done.zone)
    means = text("freeze-undo-means", cluster=done.cluster.name)
    undo = button(text("undo"), names.UNDO_FREEZE, means=means, value=done.frozen.freeze.id)
    return Say(said, (section(said), *actions([undo])))


def frozen(done: Frozen, called: str, zone: tzinfo) -> str:
    """Return until when what is *called* so is frozen, why, and what that holds; *zone* is the one that was meant."""
    freeze = done.freeze
    when = text("until-ended")
    if freeze.until:
        wall = f"{freeze.until.astimezone(zone):%Y-%m-%d %H:%M}"
        when = text("moment-in-zone", when=mrkdwn.when(freeze.until), wall=wall, zone=str(zone))
    said = [text("freeze-set", cluster=mrkdwn.bold(called), when=when, reason=mrkdwn.bold(freeze.reason.rstrip(". ")))]
    said.append(text("freeze-holds", count=len(done.holds), requests=_ids(done.holds)))
    if running := done.running:
        said.append(text("freeze-runs", count=len(running), requests=_ids(running)))
    return " ".join(said)


def unfrozen(done: Unfrozen, *, none: str) -> Say:
    """Return which freezes of a cluster are ended, where there is none that (*none*), and what keeps it closed."""
    cluster = mrkdwn.bold(done.cluster.name)
    if done.ended and not done.still:
        reasons = mrkdwn.escape(", ".join(f.reason.rstrip(". ") for f in done.ended), most=900)
        said = text("freeze-ended", cluster=cluster, reason=reasons)
    else:
        said = text("freeze-ended-one", count=len(done.ended)) if done.ended else text(none, cluster=cluster)
    return Say(f"{said} {closed.noted(done.still)}".strip())


def _ids(of: Sequence[SnapshotRequest]) -> str:
    shown = [r.id for r in of[:NAMED]]
    return listing([*shown, *([text("more", count=len(of) - NAMED)] if len(of) > NAMED else [])])
