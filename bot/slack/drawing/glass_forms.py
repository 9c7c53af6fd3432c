"""Break-glass: the form that is its confirm step, what it carries, and the alarm. Values in, views and words out; pure.

What the form carries is no secret and proves nothing: who sends it is checked as if they had typed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from bot.core.ids import ChannelId, ClusterRef, RequestId, UserId
from bot.core.message import Facts, Owed
from bot.core.request import SnapshotRequest
from bot.service import Ask, Emergency
from bot.service.form import REASON_MOST
from bot.slack.drawing import mrkdwn, names, wording
from bot.slack.drawing.blocks import Block, View, actions, button, context, entry, label, modal, quote, section
from bot.slack.drawing.cards import Say
from bot.slack.drawing.forms import Form, Text, as_cluster
from bot.words import ended, text, text_of

_YES: Final = "yes"


class GlassForm(Form):
    """The reason, and the box that says that one knows what comes of it."""

    reason: Text = ""
    aware: tuple[str, ...] = ()

    def emergency(self) -> Emergency:
        """Return it as the use case takes it."""
        return Emergency(self.reason, aware=_YES in self.aware)


class _Carried(BaseModel):
    """What a confirm form carries in its private_metadata."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore")

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Self:
        """Read it from *view*; one that carries nonsense carries nothing."""
        try:
            return cls.model_validate_json(str(view.get("private_metadata") or "{}"))
        except ValidationError:
            return cls()


class CarriedAsk(_Carried):
    """What stood in the form behind `/snapshot`, with what it suggested."""

    cluster: Annotated[ClusterRef | None, BeforeValidator(as_cluster), PlainSerializer(str)] = None
    name: str = ""
    description: str = ""
    channel: str | None = None
    keep_days: int | None = None

    def ask(self) -> Ask:
        """Return it as the use case takes it."""
        channel = ChannelId(self.channel) if self.channel else None
        return Ask(self.cluster, self.name, self.description, channel, self.keep_days)


class CarriedRequest(_Carried):
    """The request that was looked at, and its version then."""

    request: RequestId = RequestId("")
    version: int = 0


def confirm_new(ask: Ask, cluster_name: str) -> View:
    """Return the form that creates what *ask* wants without approval; it shows all of it."""
    cluster = wording.cluster_label(ask.cluster, cluster_name) if ask.cluster else cluster_name
    of = text("name-of", name=mrkdwn.code(ask.name), cluster=mrkdwn.escape(cluster, most=300))
    carried = CarriedAsk(
        cluster=ask.cluster, name=ask.name, description=ask.description, channel=ask.channel, keep_days=ask.keep_days
    )
    return _confirm(
        names.GLASS_NEW_FORM, of, cluster_name, ask.description, metadata=carried.model_dump_json(exclude_none=True)
    )


def confirm(request: SnapshotRequest, *, reason: str = "", changed: bool = False) -> View:
    """Return the form that starts *request* without approval; with *changed* it was sent for an earlier version."""
    carried = CarriedRequest(request=request.id, version=request.version)
    shown = wording.snapshot_of(request), request.cluster_name, request.description
    view = _confirm(names.GLASS_FORM, *shown, metadata=carried.model_dump_json(), reason=reason)
    if not changed:
        return view
    look = text_of(request, "glass-changed", request=request.id, button=f"*{text('glass-now')}*")
    return {**view, "blocks": [section(f"☝️ {look}\n{wording.status(request)}"), *view["blocks"]]}


def _confirm(
    callback_id: str, snapshot: str, cluster_name: str, description: str, *, metadata: str, reason: str = ""
) -> View:
    cluster = mrkdwn.bold(cluster_name)
    words: Block = {
        "type": "plain_text_input",
        "action_id": names.ANSWER,
        "multiline": True,
        "max_length": REASON_MOST,
    }
    if reason:
        words["initial_value"] = reason
    aware = {"text": label(text("glass-aware-of", cluster=mrkdwn.plain(cluster_name, 28)), 75), "value": _YES}
    return modal(
        text("glass-title"),
        [
            section(f"🚨 {text('glass-asks', snapshot=snapshot, cluster=cluster)}"),
            *([quote(description)] if description else []),
            entry("reason", text("reason"), words, hint=text("glass-reason-hint", most=REASON_MOST)),
            entry(
                "aware",
                text("glass-aware"),
                {"type": "checkboxes", "action_id": names.ANSWER, "options": [aware]},
            ),
        ],
        callback_id=callback_id,
        submit=text("glass-now"),
        close=text("cancel"),
        metadata=metadata,
    )


def begun_words(request: SnapshotRequest) -> str:
    """Say what came of it: *request* starts without approval, or as any other."""
    if request.glass is None:
        return f"{wording.status(request)}\n{text_of(request, 'glass-ordinary', request=f'*{request.id}*')}"
    facts = {"request": f"*{request.id}*", "snapshot": wording.snapshot_of(request)}
    told = len(request.glass.here) + len(request.glass.directly)
    channel = mrkdwn.channel(request.channel)
    return f"🚨 {text_of(request, 'glass-begun', told=told, channel=channel, **facts)}"


def alarm(owed: Owed, facts: Facts) -> Say:
    """Return the alarm that is *owed*: a direct message, or a reply that mentions those who are in the channel."""
    request, glass = facts.request, facts.request.glass
    people: tuple[UserId, ...] = ()
    who, reason = mrkdwn.user(request.requester), text("no-reason-given")
    if glass:
        people = () if owed.to else glass.here
        who, reason = mrkdwn.user(glass.by), ended(mrkdwn.bold(glass.reason))
    of = wording.snapshot_of(request, name=mrkdwn.bold)
    said = text_of(request, "glass-alarm", who=who, snapshot=of, reason=reason)
    if people:
        said = text("glass-alarm-to", people=mrkdwn.users(people, joiner="and"), alarm=said)
    then = text_of(request, "glass-next", request=request.id, who=who)
    about = wording.about(request)
    look = button(text("review"), names.REVIEW, means=text("review-means", about=about), value=request.id)
    return Say(f"{said} {then}", (section(said), context(then), *actions([look])))
