"""The private answers of `/snapshot help`, `list` and `status`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.access import Decision
from bot.core.message import Facts
from bot.core.snapshot import Cluster
from bot.core.wording import listing
from bot.service import Overview
from bot.slack import mrkdwn, names, wording
from bot.slack.blocks import context, section
from bot.slack.home import line
from bot.slack.messages import Say

LISTED: Final = 10  # requests in a list

COMMANDS = (
    ("", "ask for a snapshot with a form", ""),
    ("create CLUSTER NAME [DESCRIPTION]", "ask without the form", "create dwh-prod before-migration-42"),
    ("list [CLUSTER]", "the newest requests", "list dwh-prod"),
    ("status [REQUEST]", "how one stands; yours by default", "status R-7K3F"),
    ("help", "this", ""),
)


def help_text(
    overview: Overview, clusters: Sequence[Cluster], nothing: Decision | None, *, company: str, unknown: str = ""
) -> Say:
    """Return what this person can do now, then the commands; *unknown* is a word that was no command, *nothing* why
    they can't ask for any cluster.
    """
    now = []
    if waiting := overview.waiting_for_me:
        ids: list[str] = [f.request.id for f in waiting[:3]]
        if (more := len(waiting) + overview.more_waiting - len(ids)) > 0:
            ids.append(f"{more} more")
        now.append(f"Decide on {listing(ids)}: on the card, or in the bot's Home")
    if overview.mine:
        newest = overview.mine[0].request
        now.append(f"See how {newest.id} stands: `{names.COMMAND} status {newest.id}`")
    if clusters:
        some = [mrkdwn.escape(wording.cluster_label(c.ref, c.name), most=100) for c in clusters[:3]]
        if (more := len(clusters) - len(some)) > 0:
            some.append(f"{more} more")
        old = wording.old_lists(overview.ages)
        now.append(f"Ask for a snapshot of {listing(some, joiner='or')}: `{names.COMMAND}`{f'. {old}' if old else ''}")
    elif nothing is not None:
        now.append(wording.refusal(nothing, company=company))
    can = "\n".join(f"• {item}" for item in now) or f"Nothing waits for you. {wording.no_cluster_seen(overview.ages)}"
    commands = "\n".join(
        f"`{f'{names.COMMAND} {words}'.strip()}` {does}" + (f", e.g. `{names.COMMAND} {example}`" if example else "")
        for words, does, example in COMMANDS
    )
    first = f"There is no `{names.COMMAND} {mrkdwn.escape(unknown.replace('`', 'ˋ'), most=40)}`. " if unknown else ""
    head = f"{first}What you can do now:"
    return Say(f"{head}\n{can}", (section(f"{head}\n{can}"), section(f"*Commands*\n{commands}")))


def list_text(requests: Sequence[Facts], *, cluster: str = "", most: int = LISTED) -> Say:
    """Return the newest of *requests*, *most* of them, each in two lines; says so where there are more."""
    of = f" of {mrkdwn.escape(cluster, most=200)}" if cluster else ""
    if not requests:
        text = f"No requests for snapshots{of} that you may see. `{names.COMMAND}` asks for one."
        return Say(text, (section(text),))
    which = f"The {most} newest requests" if len(requests) > most else "Requests"
    title = f"{which} for snapshots{of} that you may see:"
    requests = requests[:most]
    short = [
        f"{f.request.id}, {mrkdwn.escape(f.request.cluster_name, most=80)}: {wording.STATES[f.request.state]}"
        for f in requests
    ]
    foot = context(f"`{names.COMMAND} status {requests[0].request.id}` shows one of them in full.")
    return Say("\n".join([title, *short]), (section(title), *(section(line(facts)) for facts in requests), foot))


def no_request_yet() -> Say:
    """Return the answer to `status` from somebody who never asked."""
    text = (
        f"You have not asked for a snapshot yet. `{names.COMMAND}` does; `{names.COMMAND} list` shows what others did."
    )
    return Say(text, (section(text),))
