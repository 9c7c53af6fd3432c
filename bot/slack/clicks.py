"""Buttons on cards, in modals and on the Home tab: ack, one call, and an answer where the click was made."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.core.access import Action
from bot.core.ids import Actor, RequestId
from bot.core.request import SnapshotRequest, State
from bot.core.text import canonical
from bot.slack import home, mrkdwn, reviewing, views, wording
from bot.slack.blocks import View, section
from bot.slack.commands import Commands
from bot.slack.deliveries import Click, Event, HomeOpened
from bot.slack.desk import Desk, Tell
from bot.slack.messages import Say


class Clicks:
    """What people press. What must be kept is kept before the answer to Slack; the words follow after it."""

    def __init__(self, desk: Desk, commands: Commands) -> None:
        self._desk = desk
        self._commands = commands

    async def approve(self, ack: AsyncAck, delivery: Click) -> None:
        """Approve from a card or the Home tab; Slack has asked "sure?" already."""
        actor, request_id = self._desk.actor(delivery), delivery.request_id
        tell = self._afterwards(delivery, actor)

        async def approved() -> None:
            request = await self._desk.service.approvals.approve(actor, request_id)
            await tell(Say(approved_words(request)))

        await self._desk.now(approved, "approve", tell, by=actor.user, action=Action.APPROVE)
        await ack()

    async def withdraw(self, ack: AsyncAck, delivery: Click) -> None:
        """Take one's own request back, from the review modal."""
        actor, request_id = self._desk.actor(delivery), delivery.request_id
        tell = self._afterwards(delivery, actor)

        async def withdrawn() -> None:
            request = await self._desk.service.approvals.withdraw(actor, request_id)
            await tell(Say(f"↩️ You withdrew {request.id}. No snapshot will be created."))

        await self._desk.now(withdrawn, "withdraw", tell, by=actor.user, action=Action.WITHDRAW)
        await ack()

    async def review(self, ack: AsyncAck, delivery: Click) -> None:
        """Open the review modal."""
        await ack()
        actor, request_id = self._desk.actor(delivery), delivery.request_id

        async def build() -> View:
            return await self.review_view(actor, request_id)

        self._open(delivery, actor, build, title=f"Review {request_id}")

    async def approve_with(self, ack: AsyncAck, delivery: Click) -> None:
        """Put the small form with the comment on top of the review modal."""
        await self._decide(ack, delivery, Action.APPROVE)

    async def decline_with(self, ack: AsyncAck, delivery: Click) -> None:
        """Put the small form with the reason on top of the review modal."""
        await self._decide(ack, delivery, Action.DECLINE)

    async def _decide(self, ack: AsyncAck, delivery: Click, action: Action) -> None:
        await ack()
        actor, request_id = self._desk.actor(delivery), delivery.request_id

        async def build() -> View:
            seen = await self._desk.service.reviews.review(actor, request_id)
            request = seen.facts.request
            if not (reviewing.is_open(request, self._desk.clock.now()) and seen.approve.allowed):
                return await self.review_view(actor, request_id)  # it changed since the modal was drawn
            make = reviewing.approve_form if action is Action.APPROVE else reviewing.decline_form
            return make(request)

        self._open(delivery, actor, build, title=f"Review {request_id}")

    async def ask_again(self, ack: AsyncAck, delivery: Click) -> None:
        """Open the form with the cluster and the description of an earlier request in it."""
        await ack()
        actor, request_id = self._desk.actor(delivery), delivery.request_id

        async def build() -> View:
            seen = await self._desk.service.reviews.review(actor, request_id)
            before = seen.facts.request
            asking = self._desk.service.intake
            draft, moment = await asking.draft(actor, before.cluster), await asking.moment()
            # somebody else's channel may be one that this person is not in
            known = actor.user == before.requester or before.channel == delivery.here
            here = before.channel if known else None
            return views.request_form(
                draft,
                now=self._desk.clock.now(),
                moment=moment,
                here=here,
                preset=draft.channel or here,
                description=canonical(before.description),
            )

        self._open(delivery, actor, build, title="Take a snapshot")

    async def take(self, ack: AsyncAck, delivery: Click) -> None:
        """Open the empty form from the Home tab."""
        await ack()
        self._commands.open_form(self._desk.actor(delivery), delivery, channel=delivery.here)

    async def home_opened(self, delivery: Event) -> None:
        """Draw the Home tab of whoever opened it."""
        actor = self._desk.actor(delivery)
        if not isinstance(delivery.event, HomeOpened) or delivery.event.tab != "home":
            return

        async def draw() -> None:
            await self.draw_home(actor)

        self._desk.later(draw, "home", self._on_home(actor), by=actor.user)

    async def draw_home(self, actor: Actor, *, notice: str = "") -> None:
        """Publish the Home tab, with *notice* on top."""
        overview = await self._desk.service.reviews.overview(actor)
        view = home.home(overview, company=self._desk.identity.team_name, notice=notice)
        await self._desk.screen.publish(actor.user, view)

    async def review_view(self, actor: Actor, request_id: RequestId, *, notice: str = "") -> View:
        """Return the review modal as it stands now."""
        seen = await self._desk.service.reviews.review(actor, request_id)
        now, company = self._desk.clock.now(), self._desk.identity.team_name
        return reviewing.review(seen, by=actor.user, now=now, company=company, notice=notice)

    def _open(self, delivery: Click, actor: Actor, build: Any, *, title: str) -> None:
        """Open a modal where the click was made: on top of the modal that is open there, if one is."""
        tell = self._desk.privately(actor.user, delivery.here)
        trigger = delivery.trigger_id or ""
        push = delivery.surface == "modal"
        too_late = wording.CLICK_TOO_LATE
        self._desk.show(trigger, build, tell=tell, by=actor.user, title=title, push=push, too_late=too_late)

    def _afterwards(self, delivery: Click, actor: Actor) -> Tell:
        """Return a way to answer a click where it was made, in the background: Slack's own answer need not wait."""
        surface, request_id = delivery.surface, delivery.request_id
        view_id = delivery.view["id"] if delivery.view else ""
        fallback = self._desk.privately(actor.user, delivery.here)

        async def tell(say: Say) -> None:
            async def told() -> None:
                if surface == "home":
                    await self.draw_home(actor, notice=say.text)
                elif surface == "modal":
                    await self._desk.screen.update(view_id, await self.review_view(actor, request_id, notice=say.text))
                else:
                    await fallback(say)

            async def instead(_: Say) -> None:
                await fallback(say)  # what was done is done: that it can't be shown in its place is no news

            self._desk.later(told, "answer", instead, by=actor.user)

        return tell

    def _on_home(self, actor: Actor) -> Tell:
        async def tell(say: Say) -> None:
            await self._desk.screen.publish(actor.user, {"type": "home", "blocks": [section(say.text)]})

        return tell


def approved_words(request: SnapshotRequest) -> str:
    """Say what an approval has done."""
    of = f"{request.id}, a snapshot of {mrkdwn.escape(request.cluster_name, most=300)}"
    if request.state is State.WAITING:
        have = sum(1 for v in request.votes if v.approve)
        return f"👍 You approved {of}: {have} of {request.need} approvals; it waits for the next."
    return f"👍 You approved {of}. Its card shows what becomes of it."
