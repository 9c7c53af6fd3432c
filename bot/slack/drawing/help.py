"""The private answers of `/snapshot help`, `list` and `status`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.access import Action, Decision, no_member
from bot.core.message import Facts
from bot.core.phrase import COMMAND
from bot.core.snapshot import Cluster
from bot.service import Overview
from bot.slack.drawing import mrkdwn, rights, wording
from bot.slack.drawing.blocks import context, section
from bot.slack.drawing.cards import Say
from bot.slack.drawing.home import line
from bot.words import listing, text, text_of

LISTED: Final = 10  # requests in a list


def help_text(
    overview: Overview,
    clusters: Sequence[Cluster],
    nothing: Decision | None,
    *,
    commands: Sequence[tuple[str, str, str]] = (),
    command: str = COMMAND,
    company: str,
    first: str = "",
) -> Say:
    """Return what this person can do now, then *commands*: how each is typed, what it does, an example or "".

    *first*, which is markup, is said before that; *nothing* is why they can't ask for any cluster.
    """
    if refused := no_member(overview.person, Action.VIEW):
        said = rights.refusal(refused, company=company)
        return Say(said, (section(said),))
    now = []
    if waiting := overview.waiting_for_me:
        ids: list[str] = [f.request.id for f in waiting[:3]]
        if (more := len(waiting) + overview.more_waiting - len(ids)) > 0:
            ids.append(text("more", count=more))
        now.append(text("help-decide", requests=listing(ids)))
    if overview.mine:
        newest = overview.mine[0].request
        now.append(text("help-see", request=newest.id, command=f"`{command} status {newest.id}`"))
    if clusters:
        some = [mrkdwn.escape(wording.cluster_label(c.ref, c.name), most=100) for c in clusters[:3]]
        if (more := len(clusters) - len(some)) > 0:
            some.append(text("more", count=more))
        old = wording.old_lists(overview.ages)
        ask = text("help-ask", clusters=listing(some, joiner="or"), command=f"`{command}`")
        now.append(f"{ask}. {old}" if old else ask)
    elif nothing is not None:
        now.append(rights.refusal(nothing, company=company))
    nothing_waits = text("help-nothing", clusters=wording.no_cluster_seen(overview.ages))
    can = "\n".join(f"• {item}" for item in now) or nothing_waits
    listed = "\n".join(
        f"`{usage}` {text('for-example', what=does, example=f'`{example}`') if example else does}"
        for usage, does, example in commands
    )
    head = text("help-head")
    if first:
        head = f"{first} {head}"
    return Say(f"{head}\n{can}", (section(f"{head}\n{can}"), section(f"*{text('commands')}*\n{listed}")))


def list_text(
    requests: Sequence[Facts], *, command: str = COMMAND, cluster: str = "", most: int = LISTED, may_ask: bool = True
) -> Say:
    """Return the newest of *requests*, *most* of them, each in two lines; says so where there are more.

    *may_ask* False: who reads it may ask for no cluster.
    """
    snapshots = text("snapshots-of", cluster=mrkdwn.escape(cluster, most=200)) if cluster else text("snapshots")
    if not requests:
        none = text("list-none", snapshots=snapshots)
        if may_ask:
            none = text("list-none-yet", snapshots=snapshots, command=f"`{command}`")
        return Say(none, (section(none),))
    which = text("list-newest", count=most) if len(requests) > most else text("list-requests")
    title = text("list-title", which=which, snapshots=snapshots)
    requests = requests[:most]
    short = [
        f"{r.id}, {mrkdwn.escape(r.cluster_name, most=80)}: {text_of(r, 'state', state=r.state)}"
        for r in (f.request for f in requests)
    ]
    foot = context(text("list-foot", command=f"`{command} status {requests[0].request.id}`"))
    return Say("\n".join([title, *short]), (section(title), *(section(line(facts)) for facts in requests), foot))


def no_request_yet(command: str = COMMAND) -> Say:
    """Return the answer to `status` from somebody who never asked."""
    said = text("not-asked-yet", command=f"`{command}`", list=f"`{command} list`")
    return Say(said, (section(said),))
