"""What Slack tells by itself: somebody looks at the Home tab; somebody's account changed."""

from __future__ import annotations

from functools import partial

from bot.core.ids import Actor, UserId
from bot.slack.door.deliveries import EventCallback
from bot.slack.door.happenings import HomeOpened, UserChanged
from bot.slack.drawing.blocks import section
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer, Redraw
from bot.slack.handlers.context import Context
from bot.words import text


async def home_opened(context: Context, event: EventCallback, actor: Actor) -> Answer:
    """Draw the Home tab of who opened it."""
    if not isinstance(event.event, HomeOpened) or event.event.tab != "home":
        return Answer()
    context.homes.opened(actor)
    return Answer(redraw=Redraw(partial(_draw, context, actor), partial(_tell, context, actor)))


async def _draw(context: Context, actor: Actor) -> None:
    await context.surfaces.publish(actor.user, await pages.home_tab(context, actor))


async def _tell(context: Context, actor: Actor, say: Say) -> None:
    """Say in the place of Home why it isn't there, and where the same can be seen."""
    commands = {word: f"`{context.command} {word}`" for word in ("help", "list")}
    blocks = [section(say.text), section(text("home-instead", **commands))]
    await context.surfaces.publish(actor.user, {"type": "home", "blocks": blocks})


async def user_changed(context: Context, event: EventCallback, actor: Actor) -> Answer:
    """Forget what was known of a person whose account or profile is another now."""
    if isinstance(event.event, UserChanged):
        await context.forget(UserId(event.event.user.id))
    return Answer()
