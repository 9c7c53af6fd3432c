"""What the requester is asked when a snapshot was to be kept until now, and what they can press. Pure."""

from __future__ import annotations

from bot.core.keep import LONGER
from bot.core.message import Facts, Owed
from bot.core.request import SnapshotRequest
from bot.core.revision import SeenRequest
from bot.slack.drawing import keep_words, mrkdwn, names, wording
from bot.slack.drawing.blocks import Block, actions, button, context, section
from bot.slack.drawing.cards import Say
from bot.slack.drawing.delete_forms import delete_button
from bot.words import sentence, size, text


def term(owed: Owed, facts: Facts) -> Say:
    """Return the message that is *owed* at the end of a term: the question, and what came of it once that is said."""
    request, keep = facts.request, facts.request.keep
    of = wording.snapshot_of(request, name=mrkdwn.bold)
    if keep.gone_at:
        said = f"🗑️ {of}: {text('gone', when=mrkdwn.when(keep.gone_at))}"
        return Say(said, (section(said),))
    if not keep.is_asked or owed.number != keep.terms or keep.until is None:
        said = kept_words(request)
        return Say(said, (section(said), context(request.id)))
    day = mrkdwn.day(keep.until)
    how_big = size(request.size_gb) if request.size_gb else text("size-not-known")
    said = text("keep-asks", snapshot=of, day=day, size=how_big)
    if owed.to is None:
        called = mrkdwn.users(facts.admins, joiner="and") if facts.admins else text("operators")
        said = text("keep-asks-others", people=called, who=mrkdwn.user(request.requester), asks=said)
    last = text("keep-is-last", cluster=mrkdwn.escape(request.cluster_name, most=300)) if facts.is_last else ""
    how = "" if facts.deletes else text("keep-console")
    if facts.deletion:
        how = text("delete-asked", request=facts.deletion.id)
    which = wording.snapshot_id(request.snapshot_id, facts.console) if request.snapshot_id else ""
    small = " · ".join(filter(None, (request.id, which, how)))
    blocks = [
        section(f"{said}\n{last}".rstrip()),
        context(small),
        *actions([*keep_buttons(request), *delete_button(facts)]),
    ]
    return Say(" ".join(filter(None, (said, last, how))), tuple(blocks))


def kept_words(request: SnapshotRequest) -> str:
    """Say how long the snapshot of *request* is kept from now on, and by whom that was said."""
    keep = request.keep
    of = wording.snapshot_of(request, name=mrkdwn.bold)
    length = keep_words.kept(request) or text("keep-for-good")
    who = mrkdwn.user(keep.by) if keep.by else ""
    return sentence(text("keep-said", snapshot=of, length=length, who=who, by="somebody" if who else "nobody"))


def keep_buttons(request: SnapshotRequest) -> list[Block]:
    """Return what says how much longer it is kept; each carries the term for which it was drawn."""
    if request.keep.until is None:
        return []
    about, value = wording.about(request), str(SeenRequest(request.id, request.keep.terms))
    longer = text("keep-longer", length=keep_words.days(LONGER))
    offered = ((longer, names.KEEP_LONGER), (text("keep-until-told"), names.KEEP_UNTIL_TOLD))
    return [button(says, to, means=text("keep-means", what=says, about=about), value=value) for says, to in offered]
