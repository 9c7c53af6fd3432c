"""`/snapshot` and what may follow it, and the global shortcut: ack, parse, one call."""

from __future__ import annotations

import re
import secrets

from slack_bolt.async_app import AsyncAck

from bot.core.access import Action
from bot.core.errors import InputError, NotFound
from bot.core.ids import Actor, ChannelId, RequestId
from bot.core.text import canonical
from bot.service import Ask
from bot.slack import help as helping
from bot.slack import mrkdwn, names, views, wording
from bot.slack.blocks import View, section
from bot.slack.deliveries import Command, Interaction, Shortcut
from bot.slack.desk import Desk, Tell
from bot.slack.messages import Say, card

_FIELDS = {"cluster": "Cluster", "name": "Name", "description": "Description", "channel": "Channel"}
_REQUEST = re.compile(r"(?:R-)?([2-9A-Z]{4,8})")


class Commands:
    """What people type. Every answer is private: it is the command's own reply, seen by whoever typed it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def snapshot(self, ack: AsyncAck, delivery: Command) -> None:
        """Answer `/snapshot …`; what must be kept is kept before the answer."""
        actor = self._desk.actor(delivery)
        word, rest = (*mrkdwn.unescape(delivery.text or "").split(None, 1), "", "")[:2]  # blanks of any kind
        tell = replying(ack)
        async with self._desk.reporting(tell, by=actor.user, action=Action.REQUEST), self._desk.in_time():
            match canonical(word).lower():
                case "":
                    await ack()
                    self.open_form(actor, delivery, channel=delivery.here)
                case "create":
                    await tell(await self._create(actor, rest.strip(), delivery))
                case "list":
                    await tell(await self._list(actor, rest.strip()))
                case "status":
                    await tell(await self._status(actor, rest.strip()))
                case "help":
                    await tell(await self._help(actor))
                case _:
                    await tell(await self._help(actor, unknown=word))

    async def shortcut(self, ack: AsyncAck, delivery: Shortcut) -> None:
        """Open the form from anywhere."""
        await ack()
        self.open_form(self._desk.actor(delivery), delivery, channel=None)

    def open_form(self, actor: Actor, delivery: Command | Interaction, *, channel: ChannelId | None) -> None:
        """Open the form in the background; where *actor* has nothing to ask for, a modal says who can change that."""

        async def build() -> View:
            return await self.form(actor, here=_postable(delivery))

        tell = self._desk.privately(actor.user, channel)
        self._desk.show(delivery.trigger_id or "", build, tell=tell, by=actor.user, title="Take a snapshot")

    async def form(self, actor: Actor, *, here: ChannelId | None) -> View:
        """Return the form as it opens: with the cluster chosen where there is only one."""
        asking = self._desk.service.intake
        if nothing := await asking.why_nothing_to_ask(actor):
            return views.notice(wording.refusal(nothing, company=self._desk.identity.team_name))
        clusters = await asking.askable(actor)
        if not clusters:
            return views.notice(f"🌩️ {wording.no_cluster_seen(asking.ages())} Try again in a minute.")
        draft = await asking.draft(actor, clusters[0].ref) if len(clusters) == 1 else None
        channels = {channel or here for channel in await asking.channels(clusters)}
        preset = channels.pop() if len(channels) == 1 else None  # where they differ, the form names it with the cluster
        now, moment = self._desk.clock.now(), await asking.moment()
        form = views.request_form(draft, now=now, moment=moment, here=here, preset=preset)
        if draft is None and (old := wording.old_lists(asking.ages())):
            return views.with_line(form, f"{views.CHOOSE} {old}")
        return form

    async def _create(self, actor: Actor, text: str, delivery: Command) -> Say:
        cluster, name, description = (*text.split(None, 2), "", "", "")[:3]
        if not name:
            example = f"{names.COMMAND} create dwh-prod before-migration-42 Before the customer migration"
            return _said(f"Say which cluster and a name for the snapshot, e.g. `{example}`.")
        asking = self._desk.service.intake
        try:
            ref = await asking.resolve(actor, cluster)
            draft = await asking.draft(actor, ref)
            channel = draft.channel or _postable(delivery)
            if channel and (problem := await self._desk.channels.problem(channel)):
                raise InputError({"channel": problem})
            ask = Ask(cluster=ref, name=name, description=description.strip(), channel=channel)
            request = await asking.ask(actor, ask, origin=f"command:{delivery.trigger_id or secrets.token_hex(8)}")
        except InputError as e:
            return _said("\n".join(f"*{_FIELDS.get(f, f)}*: {mrkdwn.escape(why)}" for f, why in e.fields.items()))
        return _said(views.asked_words(request))

    async def _list(self, actor: Actor, text: str) -> Say:
        ref = None
        if text:
            try:
                ref = await self._desk.service.intake.resolve(actor, text)
            except InputError as e:
                return _said(mrkdwn.escape(e.say))
        one_more = helping.LISTED + 1  # tells whether there are more than the list shows
        found = await self._desk.service.reviews.visible(actor, cluster=ref, limit=one_more)
        return helping.list_text(found, cluster=text)

    async def _status(self, actor: Actor, text: str) -> Say:
        looking = self._desk.service.reviews
        if text:
            match = _REQUEST.fullmatch(text.upper())
            if match is None:
                raise NotFound(f"{len(text)} characters that are no request's id")
            seen = await looking.review(actor, RequestId(f"R-{match[1]}"))
            return card(seen.facts, may_ask=seen.ask.allowed)
        newest = await looking.newest_of(actor)
        if newest is None:
            return helping.no_request_yet()
        return card(newest, may_ask=await looking.may_ask(actor, newest.request.cluster))

    async def _help(self, actor: Actor, *, unknown: str = "") -> Say:
        service = self._desk.service
        return helping.help_text(
            await service.reviews.overview(actor),
            await service.intake.askable(actor),
            await service.intake.why_nothing_to_ask(actor),
            company=self._desk.identity.team_name,
            unknown=unknown,
        )


def replying(ack: AsyncAck) -> Tell:
    """Return a way to answer with the command's own reply, which only its author sees."""

    async def tell(say: Say) -> None:
        await ack(text=say.text, blocks=list(say.blocks) or [section(say.text)], response_type="ephemeral")

    return tell


def _said(markup: str) -> Say:
    return Say(markup, (section(markup),))


def _postable(delivery: Command | Interaction) -> ChannelId | None:
    """Return the channel where it was done; None for direct messages, of several too: others must see the card."""
    channel, name = delivery.here, delivery.channel_name or ""
    is_direct = name == "directmessage" or name.startswith("mpdm-")
    return channel if channel and channel[0] in "CG" and not is_direct else None
