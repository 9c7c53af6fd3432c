"""The fields of the form behind `/snapshot` that are the same whatever the cluster. Values in, blocks out; pure."""

from __future__ import annotations

from bot.core.ids import ChannelId
from bot.core.keep import CHOICES, UNTIL_TOLD
from bot.ports import SnapshotRules
from bot.slack.drawing import keep_words, names
from bot.slack.drawing.blocks import Block, channel_select, entry, label
from bot.words import text, worded


def description(first: str, rules: SnapshotRules) -> Block:
    """Return the field for what the snapshot is for; *first* stands in it."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": names.ANSWER,
        # the form's own words say what is too long; Slack's would only stop the typing
        "max_length": rules.description_max * 2,
    }
    if first:
        element["initial_value"] = first
    return entry("description", text("description"), element, hint=worded(rules.description_hint), optional=True)


def keep(days: int) -> Block:
    """Return the field for how long it is kept; *days* are chosen at first."""
    offered = [_days(n) for n in (*sorted({*CHOICES, days} - {UNTIL_TOLD}), UNTIL_TOLD)]
    element = {"type": "static_select", "action_id": names.ANSWER, "options": offered, "initial_option": _days(days)}
    return entry("keep", text("keep-field"), element, hint=text("keep-hint"))


def _days(days: int) -> Block:
    return {"text": label(keep_words.days(days), 75), "value": str(days)}


def channel(preset: ChannelId | None) -> Block:
    """Return the field for where the card goes; *preset* is chosen at first."""
    element = channel_select(names.ANSWER) | {"placeholder": label(text("channel-placeholder"), 150)}
    if preset:
        element["initial_conversation"] = preset
    hint = text("channel-hint")
    return entry("channel", text("tell-this-channel"), element, hint=hint, optional=not preset)
