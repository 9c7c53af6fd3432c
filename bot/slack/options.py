"""The cluster field of the form: its list as somebody types, and what changes once a cluster is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

import structlog
from slack_bolt.async_app import AsyncAck

from bot.core.access import NotAllowed
from bot.core.errors import BotError, InputError
from bot.core.ids import Actor, ClusterRef
from bot.slack import forms, mrkdwn, views, wording
from bot.slack.blocks import View
from bot.slack.deliveries import Click, Search
from bot.slack.desk import Desk
from bot.slack.messages import Say

log = structlog.get_logger(__name__)


class _Form:
    """An open form that is being redrawn; *sent* counts how often it was sent meanwhile."""

    def __init__(self) -> None:
        self.turn, self.sent = asyncio.Lock(), 0


class Options:
    """The searched list of clusters."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._forms: WeakValueDictionary[str, _Form] = WeakValueDictionary()  # by view id, while one is redrawn

    def sent(self, view: Mapping[str, Any]) -> bool:
        """Drop the redraws of the form *view* for what was chosen before it was sent: its answer stands there now.

        Return whether there is one, which Slack may have already: it would wipe errors, but not another view.
        """
        if form := self._forms.get(str(view["id"])):
            form.sent += 1
        return form is not None

    async def clusters(self, ack: AsyncAck, delivery: Search) -> None:
        """Answer with the clusters for which this person may ask; an empty list where that can't be told.

        Slack shows no text of ours in a list, so a fault is logged and the list stays empty: "No results".
        """
        actor = self._desk.actor(delivery)
        found = []
        try:
            async with self._desk.in_time():
                found = await self._desk.service.intake.askable(actor, delivery.value or "")
        except BotError as e:
            log.warning("options.failed", error=repr(e))
        except Exception:
            log.exception("options.failed")
        if len(found) > views.OPTIONS_MOST:
            await ack(option_groups=[views.first_options(found)])
        else:
            await ack(options=views.options(found))

    async def chosen(self, ack: AsyncAck, delivery: Click) -> None:
        """Redraw the form for the chosen cluster: its line, the suggested name, the button."""
        await ack()
        actor, view = self._desk.actor(delivery), delivery.view
        if view is None:
            return  # the form is a modal, and nothing else has this list
        form = self._forms.setdefault(str(view["id"]), _Form())
        sent = form.sent

        async def draw(drawn: View) -> None:
            """Show *drawn* unless the form was sent meanwhile."""
            view_id, update = str(view["id"]), self._desk.screen.update
            if form.sent != sent or await update(view_id, drawn, only=str(view.get("hash") or "")):
                return
            if form.sent == sent and not await self._desk.service.intake.was_asked(forms.origin_of(view)):
                await update(view_id, drawn)  # changed by the redraw for an earlier choice

        async def redrawn() -> None:
            async with form.turn:  # two choices in a row are drawn in their order
                await draw(await self._redrawn(actor, view))

        async def tell(say: Say) -> None:
            await draw(views.with_line(view, say.text))

        self._desk.later(redrawn, "chosen", tell, by=actor.user)

    async def _redrawn(self, actor: Actor, view: Mapping[str, Any]) -> View:
        cluster: ClusterRef | None = forms.RequestForm.read(view).cluster
        if cluster is None:
            return views.with_line(view, views.CHOOSE)
        try:
            return await form_for(self._desk, actor, view, cluster)
        except NotAllowed as e:
            return views.with_line(view, f"🚫 {wording.refusal(e.decision, company=self._desk.identity.team_name)}")
        except InputError as e:
            return views.with_line(view, f"🔴 {mrkdwn.escape(e.say)}")


async def form_for(
    desk: Desk, actor: Actor, view: Mapping[str, Any], cluster: ClusterRef, *, again: bool = False
) -> View:
    """Return the open form *view* drawn for *cluster*; *again* as in `views.chosen`.

    Raises:
        NotAllowed: *actor* may not ask for it.
        InputError: the cluster isn't known (field "cluster").
    """
    asking = desk.service.intake
    draft = await asking.draft(actor, cluster)
    moment = forms.Carried.of(view).moment or await asking.moment()
    return views.chosen(view, draft, now=desk.clock.now(), moment=moment, again=again)
