"""Which handler answers what. Plain functions are registered: Bolt matches them one by one, the busiest first."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.access import Action
from bot.slack.door.identity import Identity
from bot.slack.drawing import names
from bot.slack.handlers import (
    admin_freeze_views,
    admin_views,
    break_glass,
    changes,
    clicks,
    commands,
    deleting,
    joins,
    keeping_longer,
    moves,
    options,
    show_all,
    slack_events,
    snapshot_admin,
    snapshot_freeze,
    snapshot_notify,
    snapshot_why,
    submissions,
)
from bot.slack.handlers.context import D, Handler
from bot.slack.handlers.runner import Runner

_ANY: Final = re.compile("")  # what no listener before it wants: it gets words as well


def listener(
    runner: Runner, identity: Identity, handler: Handler[D], action: Action = Action.VIEW
) -> Callable[[AsyncAck, D], Awaitable[None]]:
    """Return *handler* as Bolt calls it; *action* is what somebody tries by it, for words about that."""

    async def listen(ack: AsyncAck, delivery: D) -> None:
        await runner.answered(handler, delivery, identity.actor(delivery), ack=ack, action=action)

    return listen


def register(app: AsyncApp, runner: Runner, identity: Identity, *, command: str) -> None:
    """Connect *app* with the handlers; *command* is the slash command."""
    run = partial(listener, runner, identity)
    app.command(command)(run(commands.snapshot, Action.REQUEST))
    app.action(names.APPROVE)(run(clicks.approve, Action.APPROVE))
    app.action(names.REVIEW)(run(clicks.review))
    app.action(names.WHY)(run(snapshot_why.pressed))
    app.options(names.CLUSTER)(run(options.clusters))
    app.action(names.CLUSTER)(run(options.chosen))
    app.action(names.WHEN)(run(options.chosen))
    app.view(names.REQUEST_FORM)(run(submissions.request, Action.REQUEST))
    app.action(names.APPROVE_WITH)(run(clicks.approve_with))
    app.action(names.DECLINE_WITH)(run(clicks.decline_with))
    app.view(names.APPROVE_FORM)(run(submissions.approve, Action.APPROVE))
    app.view(names.DECLINE_FORM)(run(submissions.decline, Action.DECLINE))
    app.action(names.WITHDRAW)(run(clicks.withdraw, Action.WITHDRAW))
    app.action(names.JOIN)(run(joins.join, Action.JOIN))
    app.action(names.JOIN_KNOWING)(run(joins.join_knowing, Action.JOIN))
    app.action(names.JOIN_INSTEAD)(run(joins.instead, Action.JOIN))
    app.action(names.LEAVE)(run(joins.leave, Action.JOIN))
    app.action(names.MY_OWN)(run(joins.my_own))
    app.action(names.MOVE)(run(moves.open_form, Action.CHANGE))
    app.view(names.MOVE_FORM)(run(moves.move, Action.CHANGE))
    app.action(names.CHANGE)(run(changes.open_form, Action.CHANGE))
    app.view(names.CHANGE_FORM)(run(changes.change, Action.CHANGE))
    app.action(names.KEEP_LONGER)(run(keeping_longer.longer, Action.KEEP))
    app.action(names.KEEP_UNTIL_TOLD)(run(keeping_longer.until_told, Action.KEEP))
    app.action(names.DELETE)(run(deleting.open_form, Action.DELETE))
    app.view(names.DELETE_FORM)(run(deleting.ask, Action.DELETE))
    app.action(names.BREAK_GLASS)(run(break_glass.of_request, Action.BREAK_GLASS))
    app.action(names.BREAK_GLASS_NEW)(run(break_glass.of_form, Action.BREAK_GLASS))
    app.view(names.GLASS_FORM)(run(break_glass.start, Action.BREAK_GLASS))
    app.view(names.GLASS_NEW_FORM)(run(break_glass.create, Action.BREAK_GLASS))
    app.action(names.ASK_AGAIN)(run(clicks.ask_again))
    app.action(names.TAKE)(run(clicks.take))
    app.action(names.UNDO_FREEZE)(run(snapshot_freeze.undo))
    app.action(names.END_SUBSCRIPTION)(run(snapshot_notify.end))
    app.action(names.SHOW_ALL)(run(show_all.show))
    app.action(names.ALL_CLUSTERS)(run(show_all.show))
    app.action(names.SNAPSHOTS)(run(show_all.open_on_top))
    app.action(names.PAGE_BEFORE)(run(show_all.show))
    app.action(names.PAGE_AFTER)(run(show_all.show))
    _administration(app, run)
    app.shortcut({"type": "shortcut", "callback_id": names.SHORTCUT})(run(commands.shortcut))
    app.shortcut({"type": "message_action", "callback_id": names.MESSAGE_SHORTCUT})(run(commands.before_message))
    app.action(_ANY)(run(clicks.unknown))
    app.view(_ANY)(run(submissions.unknown))
    app.options(_ANY)(run(options.none))
    app.shortcut({"type": "shortcut", "callback_id": _ANY})(run(clicks.no_such_shortcut))
    app.shortcut({"type": "message_action", "callback_id": _ANY})(run(clicks.no_such_shortcut))
    app.event("app_home_opened")(run(slack_events.home_opened))
    app.event("app_mention")(run(commands.written))
    app.event("message")(run(commands.written))
    app.event("user_change")(run(slack_events.user_changed))


def _administration(app: AsyncApp, run: Callable[[Handler[Any]], Callable[..., Awaitable[None]]]) -> None:
    """Connect *app* with what admins alone get an answer from."""
    app.action(names.ADMIN)(run(snapshot_admin.show))
    app.action(names.ADMIN_ABOUT)(run(snapshot_admin.show))
    app.action(names.ADMIN_ABOUT_PERSON)(run(snapshot_admin.show))
    app.action(names.ADMIN_PAGE_BEFORE)(run(snapshot_admin.show))
    app.action(names.ADMIN_PAGE_AFTER)(run(snapshot_admin.show))
    app.action(names.ADMIN_GRANT)(run(admin_views.open_grant))
    app.action(names.ADMIN_RULE)(run(admin_views.open_rule))
    app.action(names.ADMIN_CHANNEL)(run(admin_views.open_rule))
    app.action(names.ADMIN_FOR)(run(admin_views.chosen_for))
    app.action(names.ADMIN_TAKE_BACK)(run(admin_views.open_sure))
    app.action(names.ADMIN_UNRULE)(run(admin_views.open_sure))
    app.action(names.ADMIN_UNDO)(run(admin_views.open_sure))
    app.action(names.ADMIN_FREEZE)(run(admin_freeze_views.open_freeze))
    app.action(names.ADMIN_END_FREEZE)(run(admin_freeze_views.end))
    app.action(names.ADMIN_CHOICE)(run(admin_views.chosen))
    app.action(names.ADMIN_GROUP)(run(admin_views.chosen))
    app.action(names.ADMIN_SCOPE)(run(admin_views.chosen))
    app.options(names.ADMIN_ABOUT)(run(admin_views.search))
    app.options(names.ADMIN_GROUP)(run(admin_views.search))
    app.options(names.ADMIN_SCOPE)(run(admin_views.search))
    app.options(names.ADMIN_FOR)(run(admin_views.search))
    app.view(names.ADMIN_GRANT_FORM)(run(admin_views.save))
    app.view(names.ADMIN_RULE_FORM)(run(admin_views.save))
    app.view(names.ADMIN_CHANNEL_FORM)(run(admin_views.save))
    app.view(names.ADMIN_SURE_FORM)(run(admin_views.save))
    app.view(names.ADMIN_FREEZE_FORM)(run(admin_freeze_views.freeze))
