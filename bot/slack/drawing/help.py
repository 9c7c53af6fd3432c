"""The private answers of `/snapshot help`, `list` and `status`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.access import Action, no_member
from bot.core.ids import ClusterRef
from bot.core.phrase import COMMAND
from bot.service import Listed, ListPage, Summary
from bot.slack.drawing import mrkdwn, names, rights, wording
from bot.slack.drawing.blocks import Block, actions, button, context, section
from bot.slack.drawing.cards import Say
from bot.slack.drawing.lists import CLUSTERS, ListPlace, count_of, line
from bot.words import listing, text, text_of


def help_text(
    seen: Summary,
    *,
    commands: Sequence[tuple[str, str, str]] = (),
    command: str = COMMAND,
    company: str,
    first: str = "",
) -> Say:
    """Return what this person can do now, then *commands*: how each is typed, what it does, an example or "".

    *first*, which is markup, is said before that.
    """
    if refused := no_member(seen.person, Action.VIEW):
        said = rights.refusal(refused, company=company)
        return Say(said, (section(said),))
    now, rest = [], []
    if seen.waiting:
        ids: list[str] = [*seen.waiting]
        if seen.more_waiting:
            ids.append(text("more", count=count_of(seen.more_waiting)))
            rest.append(_all(ListPlace(Listed.WAITING), text("all-waiting")))
        now.append(text("help-decide", requests=listing(ids)))
    if seen.newest:
        now.append(text("help-see", request=seen.newest, command=f"`{command} status {seen.newest}`"))
    if seen.askable:
        some = [mrkdwn.escape(wording.cluster_label(c.ref, c.name), most=100) for c in seen.askable[:3]]
        if (more := len(seen.askable) - len(some)) > 0:
            some.append(text("more", count=more))
            rest.append(_all(ListPlace(CLUSTERS), text("all-clusters")))
        old = wording.old_lists(seen.ages)
        ask = text("help-ask", clusters=listing(some, joiner="or"), command=f"`{command}`")
        now.append(f"{ask}. {old}" if old else ask)
    elif seen.nothing is not None:
        now.append(rights.refusal(seen.nothing, company=company))
    nothing_waits = text("help-nothing", clusters=wording.no_cluster_seen(seen.ages))
    can = "\n".join(f"• {item}" for item in now) or nothing_waits
    listed = "\n".join(
        f"`{usage}` {text('for-example', what=does, example=f'`{example}`') if example else does}"
        for usage, does, example in commands
    )
    head = text("help-head")
    if first:
        head = f"{first} {head}"
    blocks = [section(f"{head}\n{can}"), *actions(rest), section(f"*{text('commands')}*\n{listed}")]
    return Say(f"{head}\n{can}", tuple(blocks))


def _all(place: ListPlace, words: str) -> Block:
    action = names.ALL_CLUSTERS if place.what == CLUSTERS else names.SHOW_ALL  # in one row each has its own
    return button(words, action, means=text("show-all-means", list=place.title), value=str(place))


def list_text(
    page: ListPage,
    *,
    what: Listed = Listed.ALL,
    command: str = COMMAND,
    cluster: str = "",
    ref: ClusterRef | None = None,
    days: int = 0,
    may_ask: bool = True,
) -> Say:
    """Return the newest requests of *what*, each in two lines, and where the rest is; of *ref*, called *cluster*.

    With *days*, what was asked for within so many. *may_ask* False: who reads it may ask for no cluster.
    """
    snapshots = text("snapshots-of", cluster=mrkdwn.escape(cluster, most=200)) if cluster else text("snapshots")
    place = ListPlace(what, cluster=ref, days=days)
    is_narrow = what is not Listed.ALL or days > 0
    if not page.requests and is_narrow:
        none = text("list-none-such", snapshots=snapshots, which=place.narrowed)
        return Say(none, (section(none),))
    if not page.requests:
        none = text("list-none", snapshots=snapshots)
        if may_ask:
            none = text("list-none-yet", snapshots=snapshots, command=f"`{command}`")
        return Say(none, (section(none),))
    which = text("list-newest", count=len(page.requests)) if page.more else text("list-requests")
    title = text("list-title", which=which, snapshots=snapshots)
    if is_narrow:
        title = text("list-title-of", which=place.narrowed, snapshots=snapshots)
    short = [
        f"{r.id}, {mrkdwn.escape(r.cluster_name, most=80)}: {text_of(r, 'state', state=r.state)}"
        for r in (f.request for f in page.requests)
    ]
    blocks = [section(title), *(section(line(item)) for item in page.requests)]
    if page.more:
        rest = text("list-rest", count=count_of(page.more))
        short.append(rest)
        blocks.append(section(rest, accessory=place.show_all()))
    foot = context(text("list-foot", command=f"`{command} status {page.requests[0].request.id}`"))
    return Say("\n".join([title, *short]), (*blocks, foot))


def no_request_yet(command: str = COMMAND) -> Say:
    """Return the answer to `status` from somebody who never asked."""
    said = text("not-asked-yet", command=f"`{command}`", list=f"`{command} list`")
    return Say(said, (section(said),))
