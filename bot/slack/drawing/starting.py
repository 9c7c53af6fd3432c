"""When a snapshot is to start: the form's fields for that, and the time as people read it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from bot.core.start import Start
from bot.slack.drawing import mrkdwn, names
from bot.slack.drawing.blocks import Block, entry, label
from bot.slack.drawing.forms import LATER, NOW, field_of
from bot.words import text

_CHOICES: Final = (NOW, LATER)
_FIELDS: Final = ("day", "time")


def choice() -> Block:
    """Return the field in which one chooses between now and another time."""
    offered = [{"text": label(text("when-choice", choice=one), 75), "value": one} for one in _CHOICES]
    element = {"type": "static_select", "action_id": names.WHEN, "options": offered, "initial_option": offered[0]}
    return entry("when", text("when"), element, dispatch=True)


def day_and_time(zone: tzinfo, *, is_theirs: bool, first: Start | None = None, follows: bool = True) -> list[Block]:
    """Return the fields for a day and a time of *zone*, empty or as *first*; *is_theirs*: Slack says it is theirs.

    *follows*: the form is drawn again at each choice.
    """
    action = names.WHEN if follows else names.ANSWER
    day: Block = {"type": "datepicker", "action_id": action}
    time: Block = {"type": "timepicker", "action_id": action}
    if first:
        day["initial_date"], time["initial_time"] = f"{first.wall:%Y-%m-%d}", f"{first.wall:%H:%M}"
    hint = text("time-hint", zone=str(zone), whose="theirs" if is_theirs else "its" if first else "bots")
    return [
        entry("day", text("day"), day, dispatch=follows),
        entry("time", text("time"), time, hint=hint, dispatch=follows),
    ]


def fitted(blocks: Iterable[Block], fields: Iterable[Block]) -> list[Block]:
    """Return the form's *blocks* with these *fields* for day and time under the choice, none where there are none.

    Those that are there stay as they are: Slack keeps what was put in.
    """
    kept, wanted = list(blocks), list(fields)
    there = {block["block_id"]: block for block in kept if field_of(block.get("block_id") or "") in _FIELDS}
    found: list[Block] = []
    for block in kept:
        if block.get("block_id") in there:
            continue
        found.append(block)
        if block.get("block_id") == "when":
            found += [there.get(field["block_id"], field) for field in wanted]
    return found


def when(start: Start) -> str:
    """Return the moment in each reader's own zone, and as it was asked for."""
    return text("moment-in-zone", when=mrkdwn.when(start.at), wall=f"{start.wall:%Y-%m-%d %H:%M}", zone=start.zone)
