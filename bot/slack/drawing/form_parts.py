"""Parts of the form behind `/snapshot` that come and go with the cluster. Values in, blocks out; pure."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Final

from bot.core.ids import UserId
from bot.service import Draft
from bot.slack.drawing import joining_words, names, wording
from bot.slack.drawing.blocks import Block, actions, button, entry, label, section
from bot.words import text


class FormLine(enum.StrEnum):
    """The form's blocks that come and go: some only say something, BEHALF is the field for whom it is."""

    ABOUT = "about"
    WILL_BE = "will-be"
    IF_EMPTY = "if-empty"
    IN_VAIN = "in-vain"
    GLASS = "glass"
    OFFER = "offer"
    OFFERED = "offered"  # its buttons
    BEHALF = "behalf"


# said of the cluster that is chosen, or of what was sent before
OF_A_CLUSTER: Final = frozenset(FormLine) - {FormLine.ABOUT, FormLine.BEHALF}


def offer(draft: Draft, now: datetime) -> list[Block]:
    """Return what somebody else has asked for, with a button to join it; the form below is for one's own."""
    if draft.offer is None:
        return []
    said = {**section(f"🤝 {joining_words.offered(draft.offer, now)}"), "block_id": FormLine.OFFER}
    my_own = button(text("my-own"), names.MY_OWN, means=text("my-own-means"))
    (buttons,) = actions([joining_words.join_button(draft.offer), my_own])
    return [said, {**buttons, "block_id": FormLine.OFFERED}]


def behalf(first: UserId | None = None) -> Block:
    """Return the field that says for whom it is, *first* at first; left empty it is for who asks."""
    element: Block = {
        "type": "users_select",
        "action_id": names.ANSWER,
        "placeholder": label(text("behalf-placeholder"), 150),
    }
    if first:
        element["initial_user"] = first
    return entry(FormLine.BEHALF, text("behalf"), element, hint=text("behalf-hint"), optional=True)


def without_approval(draft: Draft) -> Block:
    """Return the way to create it without approval."""
    about = wording.cluster_label(draft.cluster.ref, draft.cluster.name)
    press = button(text("glass"), names.BREAK_GLASS_NEW, means=text("glass-means", about=about))
    return {**section(text("glass-who-waits"), accessory=press), "block_id": FormLine.GLASS}
