"""What each kind of person learns by each thing that they can send, tried at the bot's HTTP door, as Slack signs.

Each is tried twice: with a request or cluster that is there, and with one that isn't. docs/who-may-learn.md is written
from what comes of that.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from structlog.testing import capture_logs

from bot.core.grants import Role
from bot.core.ids import Actor, ClusterRef, TeamId, UserId
from bot.service import Ask
from slack_sandbox import payloads
from slack_sandbox.people import OTHER_TEAM, TEAM
from slack_sandbox.reading import message_text, render, words
from tests.fakes.slack_bot import OPS, Bot, Right, bot_in_sandbox

KINDS: Final = {
    "requester": "ana",
    "other requester who may break glass": "ada",
    "approver": "ben",
    "admin of this cluster": "bea",
    "admin of another cluster": "wim",
    "member without rights": "dan",
    "multi-channel guest": "gus",
    "single-channel guest": "gil",
    "outsider from a shared channel": "otto",
    "bot": "deploybot",
    "deactivated": "dora",
    "the approver as of another workspace": "ben",
}
_REFUSED: Final = ("gus", "gil", "otto", "deploybot", "dora")  # whatever rights they hold
RIGHTS: Final[tuple[Right, ...]] = (
    *((who, Role.REQUEST, "dwh-prod") for who in ("ana", "ada", *_REFUSED)),
    *((who, Role.APPROVE, "dwh-prod") for who in ("ben", *_REFUSED)),
    *((who, Role.BREAK_GLASS, "dwh-prod") for who in ("ada", *_REFUSED)),
    ("bea", Role.ADMIN, "dwh-prod"),
    ("wim", Role.ADMIN, "dwh-dev"),
)
_MISSING: Final = "11111111-2222-4333-8444-555555555555"
# what an answer begins or goes on with, and what kind of answer that is; the first that fits
_ANSWERS: Final = (
    (r"only members of", "only members may"),
    (r"Your open requests", "the Home tab"),
    (r"serves another workspace", "not this workspace's bot"),
    (r"There is no such request that you may see", "no such request"),
    (r"There is no (such )?cluster .*?(may ask for|may see)", "no such cluster"),
    (r"isn't in the cloud project", "the cluster is gone"),
    (r"You have no cluster to ask for yet", "nothing to ask for; who can change that"),
    (r"is frozen until", "frozen, and what that holds"),
    (r"isn't frozen any more|freezes? (is|are) ended|No freeze of", "what is ended"),
    (r"now, without the approvals and hours", "the form that confirms it"),
    (r"starts now without approval", "done"),
    (
        r"You (approved|declined|withdrew|joined|changed) R-|R-\w+ is your own|goes on without you|R-\w+ asks for",
        "done",
    ),
    (r"You can(?:'t)? (?:approve|decline|ask for)", "what was checked, and how it came out"),
    (r"What .+ may do on", "the rights"),
    (r"equests for snapshots of", "the requests"),
    (r"asks for ", "the request"),
    (r"Nobody approves their own", "not one's own; who can"),
    (r"Only the person who asked", "only who asked can"),
    (r"You may not \w+ (snapshots|requests)", "not without the right; who can"),
    (r"Up to 256 characters|Choose a cluster to see|Tell this channel|has no snapshot|no snapshot yet", "the form"),
    (r"^(dwh-\w+,?)+$", "their clusters"),
    (r"^No results$", "an empty list"),
    (r"^$", "no words (Slack shows this account none)"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a try: the *words*, in which stands what was *typed*."""

    words: str
    typed: tuple[str, ...]

    @property
    def but_for_what_was_typed(self) -> str:
        """The words without that."""
        said = self.words
        for typed in self.typed:
            said = said.replace(typed, "…")
        return said

    @property
    def kind(self) -> str:
        """Return what kind of answer it is.

        Raises:
            ValueError: it is of none that is known.
        """
        for pattern, kind in _ANSWERS:
            if re.search(pattern, self.words.replace("*", "").replace("`", ""), re.DOTALL):
                return kind
        raise ValueError(f"an answer of no known kind: {self.words!r}")


class Someone:
    """An account of *bot*'s Slack that sends whatever it likes, signed; its client would not let it."""

    def __init__(self, bot: Bot, kind: str) -> None:
        self.bot, self.site = bot, bot.slack.site
        self.person = self.site.workspace.person(KINDS[kind])
        self.team = OTHER_TEAM if "another workspace" in kind else self.person.team_id

    def _signed(self, payload: dict[str, Any]) -> dict[str, Any]:
        user = payload["user"] | {"team_id": self.team}
        return payload | {"user": user, "team": {"id": TEAM, "domain": "acme"}}

    def _private(self) -> dict[str, str]:
        world, person = self.site.workspace, self.person.id
        views = {v.id + v.hash: "\n".join(words(v.blocks, world)) for v in self.site.client_states.of(person).stack}
        for channel in world.channels.values():
            theirs = channel.kind == "im" and person in channel.members
            for message in (*channel.private_messages.values(), *(channel.messages.values() if theirs else ())):
                if theirs or message.only_for == person:
                    views[channel.id + message.ts] = message_text(message.body, world)
        return views

    async def _shown(self, kind: str, payload: dict[str, Any]) -> str:
        before = set(self._private())
        answer = await self.site.transport.send("interactive", kind, payload)
        assert answer.status == "ok", answer
        await self.bot.idle()
        shown = "\n".join(text for key, text in self._private().items() if key not in before)
        self.site.client_states.of(self.person.id).stack.clear()
        return render(shown, self.site.workspace)

    async def command(self, text: str) -> str:
        """Type `/snapshot` *text*."""
        channel = self.site.workspace.channel("dwh-ops")
        payload = payloads.slash_command(self.site, self.person, channel, "/snapshot", text)
        payload |= {"team_id": OTHER_TEAM if self.person.team_id != self.team else TEAM}
        before = set(self._private())
        answer = await self.site.transport.send("slash_commands", "/snapshot", payload, answered=True)
        assert answer.status == "ok", answer
        if isinstance(answer.body, dict) and answer.body:
            return render(message_text(answer.body, self.site.workspace), self.site.workspace)
        await self.bot.idle()
        shown = "\n".join(text for key, text in self._private().items() if key not in before)
        self.site.client_states.of(self.person.id).stack.clear()
        return render(shown, self.site.workspace)

    async def press(self, action: str, value: str, ts: str) -> str:
        """Press the button *action* with *value* in the message *ts* of #dwh-ops."""
        interaction = payloads.interaction(self.site, "block_actions", self.person)
        pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.0"}
        payload = self._signed(interaction) | {
            "container": {"type": "message", "message_ts": ts, "channel_id": OPS, "is_ephemeral": False},
            "channel": {"id": OPS, "name": "dwh-ops"},
            "trigger_id": self.site.tickets.trigger(self.person.id, OPS),
            "actions": [pressed],
        }
        return await self._shown("block_actions", payload)

    async def send(self, callback: str, metadata: str, fields: dict[str, Any]) -> str:
        """Send a form *callback* that was never opened, with *fields*."""
        view = {
            "id": f"V{secrets.token_hex(8)}",
            "type": "modal",
            "callback_id": callback,
            "private_metadata": metadata,
            "title": {"type": "plain_text", "text": "A form"},
            "blocks": [{"type": "input", "block_id": b, "label": {"text": b}, "element": {}} for b in fields],
            "state": {"values": {block: {"answer": value} for block, value in fields.items()}},
        }
        payload = self._signed(payloads.interaction(self.site, "view_submission", self.person)) | {"view": view}
        answer = await self.site.transport.send("interactive", "view_submission", payload, answered=True)
        assert answer.status == "ok", answer
        if not isinstance(answer.body, dict) or not answer.body:
            return "You approved R-" if callback == "approve" else "You declined R-"  # closed: it was taken
        texts = list(answer.body.get("errors", {}).values()) or words(answer.body["view"], self.site.workspace)
        return render("\n".join(texts), self.site.workspace)

    async def search(self, typed: str) -> str:
        """Type into the form's list of clusters."""
        interaction = payloads.interaction(self.site, "block_suggestion", self.person)
        payload = self._signed(interaction) | {"action_id": "cluster", "block_id": "cluster", "value": typed}
        answer = await self.site.transport.send("interactive", "block_suggestion", payload, answered=True)
        assert isinstance(answer.body, dict)
        return ",".join(o["text"]["text"] for o in answer.body["options"]) or "No results"

    async def home(self) -> str:
        """Open the bot's Home tab."""
        user = self.person.id
        before = self.site.workspace.homes.pop(user, None)
        event = {"type": "app_home_opened", "user": user, "tab": "home", "channel": "D0HOME"}
        envelope = {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": self.site.app.app_id,
            "event_id": f"Ev{secrets.token_hex(8)}",
            "authorizations": [{"team_id": TEAM, "is_bot": True}],
            "event": event,
        }
        answer = await self.site.transport.send("events_api", "event_callback", envelope)
        assert answer.status == "ok", answer
        await self.bot.idle()
        view = self.site.workspace.homes.get(user)
        assert before is not view or view is None
        return render("\n".join(words(view.blocks, self.site.workspace)), self.site.workspace) if view else ""


@dataclass(frozen=True, slots=True)
class Things:
    """What somebody names: a *request* with its card *ts*, a *cluster* by name and *ref*; or none that is there."""

    request: str
    ts: str
    cluster: str
    ref: ClusterRef
    name: str


def _text(value: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": value}


def _asked(things: Things) -> dict[str, Any]:
    chosen = {"type": "external_select", "selected_option": {"value": str(things.ref)}}
    channel = {"type": "conversations_select", "selected_conversation": OPS}
    return {"cluster": chosen, "name": _text(things.name), "channel": channel}


def _sure() -> dict[str, Any]:
    return {"reason": _text("now"), "aware": {"type": "checkboxes", "selected_options": [{"value": "yes"}]}}


Try = Callable[[Someone, Things], Awaitable[str]]
ACTIONS: Final[dict[str, Try]] = {
    "App Home": lambda who, _: who.home(),
    "`/snapshot`": lambda who, _: who.command(""),
    "`/snapshot create CLUSTER NAME`": lambda who, it: who.command(f"create {it.cluster} {it.name}"),
    "`/snapshot list CLUSTER`": lambda who, it: who.command(f"list {it.cluster}"),
    "`/snapshot status REQUEST`": lambda who, it: who.command(f"status {it.request}"),
    "`/snapshot withdraw REQUEST`": lambda who, it: who.command(f"withdraw {it.request}"),
    "`/snapshot why CLUSTER`": lambda who, it: who.command(f"why {it.cluster}"),
    "`/snapshot why PERSON CLUSTER`": lambda who, it: who.command(f"why <@U00000ADA> {it.cluster}"),
    "Approve on the card": lambda who, it: who.press("approve", it.request, it.ts),
    "Review… on the card": lambda who, it: who.press("review", it.request, it.ts),
    "Why? on the card": lambda who, it: who.press("why", it.request, it.ts),
    "Approve, forged": lambda who, it: who.press("approve", it.request, "1.000001"),
    "Review…, forged": lambda who, it: who.press("review", it.request, "1.000001"),
    "Why?, forged": lambda who, it: who.press("why", f"{it.request} decline", "1.000001"),
    "Why? of a cluster, forged": lambda who, it: who.press("why", str(it.ref), "1.000001"),
    "Ask again, forged": lambda who, it: who.press("ask_again", it.request, "1.000001"),
    "the form that approves, forged": lambda who, it: who.send("approve", it.request, {"comment": _text("")}),
    "the form that declines, forged": lambda who, it: who.send("decline", it.request, {"reason": _text("no")}),
    "Change… in the review, forged": lambda who, it: who.press("change", it.request, "1.000001"),
    "the form that changes, forged": lambda who, it: who.send("change", it.request, {"description": _text("no")}),
    "Join it, forged": lambda who, it: who.press("join", it.request, "1.000001"),
    "Join it instead, forged": lambda who, it: who.press("join_instead", f"{it.request} R-2222", "1.000001"),
    "Leave it, forged": lambda who, it: who.press("leave", it.request, "1.000001"),
    "the form that asks, forged": lambda who, it: who.send("request", "{}", _asked(it)),
    "Create now… in the review, forged": lambda who, it: who.press("break_glass", it.request, "1.000001"),
    "the form that starts it without approval, forged": lambda who, it: who.send(
        "break_glass", json.dumps({"request": it.request, "version": 1}), _sure()
    ),
    "the form that creates without approval, forged": lambda who, it: who.send(
        "break_glass_new", json.dumps({"cluster": str(it.ref), "name": it.name, "channel": OPS}), _sure()
    ),
    "the form's list of clusters": lambda who, it: who.search(it.cluster),
    "`/snapshot freeze CLUSTER REASON`": lambda who, it: who.command(f"freeze {it.cluster} for 1h work"),
    "`/snapshot unfreeze CLUSTER`": lambda who, it: who.command(f"unfreeze {it.cluster}"),
}


class Trial:
    """Tries everything as everybody; each time with a new request of ana's."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self._count = 0

    async def there(self) -> Things:
        """Return what is there: dwh-prod, and a request with its card."""
        bot = self.bot
        self._count += 1
        prod = next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-prod")
        asker = Actor(TeamId(TEAM), UserId(bot.slack.user("ana").id))
        ask = Ask(prod.ref, f"wish-{self._count:05}", "", OPS)
        request = await bot.service.intake.ask(asker, ask, origin=f"trial:{self._count}")
        await bot.tell()
        (card,) = [m for (about, _), m in bot.store.told.items() if about == request.id]
        assert card.ref is not None
        return Things(request.id, card.ref.ts, "dwh-prod", prod.ref, f"mine-{self._count:05}")

    async def missing(self) -> Things:
        """Return what isn't there, of the same form."""
        self._count += 1
        prod = next(c for c in self.bot.cloud.known_clusters.values() if c.name == "dwh-prod")
        ref = ClusterRef(prod.ref.cloud, type(prod.ref.id)(_MISSING))
        return Things("R-2222", "1.000002", "dwh-prad", ref, f"mine-{self._count:05}")

    async def told(self, action: str, kind: str, things: Things) -> Told:
        """Let a person of *kind* do *action*."""
        said = await ACTIONS[action](Someone(self.bot, kind), things)
        return Told(said, (things.request, things.cluster, things.name))


@asynccontextmanager
async def a_trial() -> AsyncIterator[Trial]:
    """Run the bot behind its HTTP door, with everybody in its Slack."""
    async with bot_in_sandbox(http=True, rights=RIGHTS, rate_limits=False) as bot:
        bot.slack.site.workspace.channel("dwh-ops").members.append(bot.slack.user("otto").id)
        yield Trial(bot)


async def observed() -> dict[str, dict[str, tuple[Told, Told]]]:
    """Return what each kind of person was told by each action: of what is there, and of what isn't."""
    found: dict[str, dict[str, tuple[Told, Told]]] = {}
    with capture_logs():  # hundreds of refusals
        async with a_trial() as trial:
            for action in ACTIONS:
                for kind in KINDS:
                    there = await trial.told(action, kind, await trial.there())
                    missing = await trial.told(action, kind, await trial.missing())
                    found.setdefault(action, {})[kind] = (there, missing)
    return found


def page(found: dict[str, dict[str, tuple[Told, Told]]]) -> str:
    """Return docs/who-may-learn.md."""
    rows = [f"| what they do | {' | '.join(KINDS)} |", f"|---|{'---|' * len(KINDS)}"]
    for action, by_kind in found.items():
        cells = [_cell(*by_kind[kind]) for kind in KINDS]
        rows.append(f"| {action} | {' | '.join(cells)} |")
    return "\n".join([_PAGE, *rows, ""])


def _cell(there: Told, missing: Told) -> str:
    return there.kind if there.kind == missing.kind else f"{there.kind}; *else* {missing.kind}"


_PAGE: Final = """# Who may learn that it exists

Each kind of person, each thing that they can send, and what kind of answer they get: for a request on the cluster
`dwh-prod`, and, after *else* where that is another answer, for a request or a cluster that isn't there. Who has nothing
to do with the cluster reads the same words then, too, but for what they typed. Guests, the outsider, the bot and the
deactivated account hold rights on the cluster, which count for nothing. *Forged* is what no button or form has offered.
`make docs` writes this page from what the bot answers at its HTTP door, and a test compares them.
"""
