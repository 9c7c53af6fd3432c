"""Which listener answers what. Plain functions are registered: Bolt matches them one by one, the busiest first."""

from __future__ import annotations

from collections.abc import Callable

from slack_bolt.async_app import AsyncApp

from bot.core.ids import UserId
from bot.slack import names
from bot.slack.clicks import Clicks
from bot.slack.commands import Commands
from bot.slack.deliveries import Event, UserChanged
from bot.slack.desk import Desk
from bot.slack.guard import Guard
from bot.slack.options import Options
from bot.slack.submissions import Submissions


def register(
    app: AsyncApp,
    desk: Desk,
    *,
    forget: Callable[[UserId], None],
) -> None:
    """Connect *app* with the use cases; *forget* is told who changed."""
    commands = Commands(desk)
    clicks = Clicks(desk, commands)
    options = Options(desk)
    submissions = Submissions(desk, clicks, options)

    async def user_change(delivery: Event) -> None:
        if isinstance(delivery.event, UserChanged):
            forget(UserId(delivery.event.user.id))

    guard = Guard(desk.identity, first_time=desk.service.first_time)
    app.use(guard.check)
    app.command(names.COMMAND)(commands.snapshot)
    app.action(names.APPROVE)(clicks.approve)
    app.action(names.REVIEW)(clicks.review)
    app.options(names.CLUSTER)(options.clusters)
    app.action(names.CLUSTER)(options.chosen)
    app.view(names.REQUEST_FORM)(submissions.request)
    app.action(names.APPROVE_WITH)(clicks.approve_with)
    app.action(names.DECLINE_WITH)(clicks.decline_with)
    app.view(names.APPROVE_FORM)(submissions.approve)
    app.view(names.DECLINE_FORM)(submissions.decline)
    app.action(names.WITHDRAW)(clicks.withdraw)
    app.action(names.ASK_AGAIN)(clicks.ask_again)
    app.action(names.TAKE)(clicks.take)
    app.shortcut({"type": "shortcut", "callback_id": names.SHORTCUT})(commands.shortcut)
    app.event("app_home_opened")(clicks.home_opened)
    app.event("user_change")(user_change)
