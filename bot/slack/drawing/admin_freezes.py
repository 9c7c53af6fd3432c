"""Freezes in administration: those that are on, each with the button that ends it, and the form of a new one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

from bot.core.approval import Meanwhile
from bot.core.freezes import Freeze
from bot.core.scope import Scope
from bot.service.admin_freezing import EndedFreeze, FreezeWish
from bot.service.administered import Reach
from bot.slack.drawing import mrkdwn, names
from bot.slack.drawing.admin_options import name_of, option
from bot.slack.drawing.blocks import Block, View, actions, button, confirm, context, entry, modal, section
from bot.slack.drawing.forms import answers
from bot.words import text
from bot.words.change_words import scope_words

_SHOWN: Final = 10
_REASON: Final = 300  # characters
_UNTIL: Final = 40
_PASSES: Final = "passes"


def part(found: Sequence[Freeze], reach: Reach) -> list[Block]:
    """Return what is frozen, the newest first, and the button that freezes."""
    rows = [_row(freeze, reach) for freeze in reversed(found[-_SHOWN:])]
    rest = len(found) - len(rows)
    more = [context(text("more", count=rest))] if rest else []
    new = button(text("admin-freeze"), names.ADMIN_FREEZE, means=text("admin-freeze-means"))
    return [section(f"*{text('admin-freezes', count=len(found))}*"), *rows, *more, *actions([new])]


def _row(freeze: Freeze, reach: Reach) -> Block:
    called = _called(freeze, reach)
    line = text(
        "admin-freeze-line",
        scope=mrkdwn.bold(called),
        when=mrkdwn.when(freeze.until) if freeze.until else text("until-ended"),
        reason=mrkdwn.escape(freeze.reason, most=300),
        who=mrkdwn.user(freeze.set_by),
        meanwhile=freeze.meanwhile,
        passes=str(freeze.passes_break_glass),
    )
    yes = text("admin-freeze-end")
    question = text("admin-freeze-end-question", scope=called)
    sure = confirm(text("freeze-title"), question, yes)
    means = text("admin-freeze-end-means", scope=called)
    return section(line, accessory=button(yes, names.ADMIN_END_FREEZE, means=means, value=freeze.id, confirm=sure))


def _called(freeze: Freeze, reach: Reach) -> str:
    return scope_words(freeze.scope, name_of(freeze.scope, reach) or freeze.cluster_name)


def over(done: EndedFreeze) -> str:
    """Return that a freeze is ended, or that it was over before, and by whom."""
    freeze, scope = done.freeze, mrkdwn.bold(scope_words(done.freeze.scope, done.name))
    if done.was_on:
        return f"✅ {text('admin-freeze-ended', scope=scope)}"
    who = mrkdwn.user(freeze.ended_by) if freeze.ended_at else "none"
    when = mrkdwn.when(freeze.ended_at) if freeze.ended_at else ""
    return text("admin-freeze-over", scope=scope, who=who, when=when)


def form(zone: tzinfo) -> View:
    """Return the form of a new freeze; times are of *zone*."""
    waits = [option(text("admin-freeze-meanwhile", meanwhile=m), m) for m in Meanwhile]
    passes = [option(text("admin-freeze-passes"), _PASSES)]
    blocks = [
        _field("on", {"type": "external_select", "action_id": names.ADMIN_SCOPE, "min_query_length": 0}),
        _field(
            "ends",
            {"type": "plain_text_input", "action_id": names.ANSWER, "max_length": _UNTIL},
            hint=text("admin-freeze-hint", zone=str(zone)),
            optional=True,
        ),
        _field("reason", {"type": "plain_text_input", "action_id": names.ANSWER, "max_length": _REASON}),
        _field(
            "meanwhile",
            {"type": "radio_buttons", "action_id": names.ANSWER, "options": waits, "initial_option": waits[0]},
        ),
        _field("more", {"type": "checkboxes", "action_id": names.ANSWER, "options": passes}, optional=True),
    ]
    title = text("freeze-title")
    return modal(title, blocks, callback_id=names.ADMIN_FREEZE_FORM, submit=title, close=text("cancel"))


def wish_of(view: Mapping[str, Any]) -> FreezeWish:
    """Read the form *view*; what is nothing that it offers is as if it weren't chosen."""
    given = answers(view)
    try:
        on = Scope.parse(str(given.get("on") or ""))
    except ValueError:
        on = None
    return FreezeWish(
        on,
        str(given.get("ends") or ""),
        str(given.get("reason") or ""),
        Meanwhile.REFUSE if given.get("meanwhile") == Meanwhile.REFUSE else Meanwhile.HOLD,
        _PASSES in (given.get("more") or ()),
    )


def _field(field: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    return entry(field, text("admin-field", field=field), element, hint=hint, optional=optional)
