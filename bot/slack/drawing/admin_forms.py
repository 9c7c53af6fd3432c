"""The forms of administration: a right, a rule, a channel, and the question before something goes. Pure.

A block's id has the field, and what is edited in which version: Slack keeps what was typed wherever an id stays, so
that one thing's values would be saved as another's. What a form carries is no secret, and is checked when it is sent.
Long because each form stands here once as it is drawn and once as it is read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.core.approval import ApprovalRule, OwnApproval, Stage, Waiver
from bot.core.endings import end_of_day
from bot.core.errors import InputError
from bot.core.grants import Grant, Role, Terms
from bot.core.groups import is_group
from bot.core.hours import Hours
from bot.core.ids import ChannelId, Principal, PrincipalKind
from bot.core.loudness import Loudness
from bot.core.person import EVERYONE
from bot.core.phrase import Phrase
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.text import canonical
from bot.service.administered import Reach
from bot.service.administering import Tried
from bot.slack.drawing import mrkdwn, names
from bot.slack.drawing.admin_options import group_option, option, principal_of
from bot.slack.drawing.admin_overview import words
from bot.slack.drawing.blocks import Block, View, actions, button, channel_select, entry, label, modal, section
from bot.slack.drawing.forms import answers
from bot.slack.drawing.views import below_words, frame
from bot.words import text
from bot.words.change_words import scope_words
from bot.words.consequences import Consequences

WHAT_IF: Final = "what-if"
STAGES: Final = 2  # that a form has at least
_MOST: Final = 9  # approvals of a stage, by form
_REASON: Final = 300  # characters
_SAID: Final = 2900  # characters of a section


class Carries(BaseModel):
    """What a form carries: *thing* is the id of a grant, a scope or an entry's number; *seen* is its version."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore")

    thing: str = ""
    seen: str = ""
    what: str = ""

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Carries:
        """Read it from *view*; of nonsense, nothing."""
        try:
            return cls.model_validate_json(str(view.get("private_metadata") or "{}"))
        except ValidationError:
            return cls()


def _known(value: object) -> object:
    return value or ()


Many = Annotated[tuple[str, ...], BeforeValidator(_known)]


class GrantForm(BaseModel):
    """What the form of a right asks."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore")

    people: Many = ()
    group: str | None = None
    role: str | None = None
    on: str | None = None
    until: str | None = None
    reason: str | None = None
    more: Many = ()

    @classmethod
    def read(cls, view: Mapping[str, Any]) -> GrantForm:
        """Read the answers of *view*."""
        return cls.model_validate(answers(view))

    def holders(self, reach: Reach) -> list[Principal]:
        """Return who is chosen.

        Raises:
            InputError: the group isn't there any more.
        """
        found = [Principal(user) for user in self.people]
        if self.group:
            if (group := principal_of(self.group, reach.groups)) is None:
                raise InputError({"group": Phrase("no-such-group")})
            found.append(group)
        return found

    def terms(self, zone: tzinfo, kept: Terms | None = None) -> Terms:
        """Return until when, why, and how; a day is one of *zone*. What is *kept* until a moment of that day, stays so.

        Raises:
            InputError: the day is none.
        """
        try:
            until = end_of_day(date.fromisoformat(self.until), zone) if self.until else None
            if kept and kept.until and self.until == _day(kept.until, zone):
                until = kept.until
        except (ValueError, OverflowError):
            raise InputError({"until": Phrase("no-such-day")}) from None
        return Terms(until, canonical(self.reason or ""), "quiet" in self.more)

    def chosen_role(self) -> Role:
        """Return which role is chosen.

        Raises:
            InputError: none that there is.
        """
        try:
            return Role(self.role or "")
        except ValueError:
            raise InputError({"role": Phrase("no-such-role")}) from None

    @property
    def denies(self) -> bool:
        """Say whether it is denied."""
        return "deny" in self.more


def grant_form(reach: Reach, zone: tzinfo, kept: Grant | None = None, *, seen: str = "") -> View:
    """Return the form of a right; of one that is *kept*, only its terms."""
    own = f"{kept.id}-{seen}" if kept else "new"
    terms = kept.terms if kept else Terms()
    blocks: list[Block] = []
    if kept:
        blocks.append(section(mrkdwn.cut(words(reach).right(kept), _SAID)))
        take = button(text("take-back"), names.ADMIN_TAKE_BACK, means=text("take-back"), value=kept.id, style="danger")
        blocks += actions([take])
    else:
        people = {"type": "multi_users_select", "action_id": names.ADMIN_CHOICE, "max_selected_items": 50}
        blocks += [
            _choice("people", own, people, optional=True),
            _choice("group", own, _search(names.ADMIN_GROUP), optional=True),
            _choice("role", own, _select([option(text("role", role=role), role) for role in Role], Role.REQUEST)),
            _choice("on", own, _search(names.ADMIN_SCOPE)),
        ]
    until: Block = {"type": "datepicker", "action_id": names.ADMIN_CHOICE}
    if terms.until:
        until["initial_date"] = _day(terms.until, zone)
    hint = text("admin-until-hint", zone=str(zone))
    blocks.append(_choice("until", own, until, optional=True, hint=hint))
    most = max(_REASON, len(terms.reason))
    reason: Block = {"type": "plain_text_input", "action_id": names.ANSWER, "max_length": most}
    if terms.reason:
        reason["initial_value"] = terms.reason
    blocks.append(entry(f"reason:{own}", text("admin-field", field="reason"), reason, optional=True))
    more = [option(text("admin-quiet"), "quiet"), *([] if kept else [option(text("admin-deny"), "deny")])]
    blocks.append(_choice("more", own, _boxes(more, ["quiet"] if terms.quiet else []), optional=True))
    blocks.append(what_if(text("admin-choose")))
    carries = Carries(thing=kept.id if kept else "", seen=seen)
    return _form(text("grant-title"), names.ADMIN_GRANT_FORM, blocks, carries, text("admin-save"))


class RuleForm(BaseModel):
    """What the form of a rule asks; its stages are in fields of their own, by number."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="allow")

    more: Many = ()
    own: str | None = None
    loud: str | None = None
    hours: str | None = None

    @classmethod
    def read(cls, view: Mapping[str, Any]) -> RuleForm:
        """Read the answers of *view*."""
        return cls.model_validate(answers(view))

    def approval(self, reach: Reach, before: ApprovalRule | None) -> dict[str, Any]:
        """Return the fields of the rule, by name.

        Raises:
            InputError: a group isn't there any more, or the hours can't be read.
        """
        answered = self.model_extra or {}
        was = before or ApprovalRule()
        known = [who for stage in was.stages for who in stage.by]
        stages: list[Stage] = []
        for number in range(max(STAGES, len(was.stages))):
            need = str(answered.get(f"need{number}") or "0")
            by = [Principal(user) for user in answered.get(f"people{number}") or ()]
            for value in answered.get(f"groups{number}") or ():
                if (group := principal_of(value, reach.groups, known)) is None:
                    raise InputError({f"groups{number}": Phrase("no-such-group")})
                by.append(group)
            if need.isdecimal() and len(need) < 3 and int(need) > 0:
                stages.append(Stage(int(need), tuple(dict.fromkeys(by))))
        if not stages:
            raise InputError({"need0": Phrase("no-stage-chosen")})
        waiver = Waiver() if "nobody" in self.more else None if was.waiver == Waiver() else was.waiver
        try:
            hours = tuple(Hours.parse(line) for line in (self.hours or "").splitlines() if line.strip())
        except ValueError:
            raise InputError({"hours": Phrase("no-such-hours")}) from None
        return {
            "stages": tuple(stages),
            "side_by_side": "side-by-side" in self.more,
            "needs_reason": "reason" in self.more,
            "own": OwnApproval(self.own) if self.own in set(OwnApproval) else was.own,
            "waiver": waiver,
            "hours": hours,
            "loud": next((loud for loud in Loudness if loud.written == self.loud), was.loud),
        }


def rule_form(reach: Reach, scope: Scope, name: str, rule: ScopeRule, *, seen: str) -> View:
    """Return the form of the rule of *scope*, with what holds by it now."""
    was, own = rule.approval or ApprovalRule(), f"{scope}-{seen}"
    of = mrkdwn.bold(scope_words(scope, name))
    said = words(reach).rule(rule) if rule.approval else text("admin-no-rule")
    blocks: list[Block] = [section(mrkdwn.cut(text("admin-rule-of", scope=of, rule=said), _SAID))]
    if rule.approval or rule.channel:
        gone = button(
            text("admin-unrule"), names.ADMIN_UNRULE, means=text("admin-unrule"), value=str(scope), style="danger"
        )
        blocks += actions([gone])
    for number in range(max(STAGES, len(was.stages))):
        stage = was.stages[number] if number < len(was.stages) else None
        blocks += _stage(number, stage, own, reach)
    boxes = {"side-by-side": was.side_by_side, "reason": was.needs_reason, "nobody": was.waiver == Waiver()}
    more = [option(text("admin-box", box=box), box) for box in boxes]
    blocks.append(_choice("more", own, _boxes(more, [box for box, is_on in boxes.items() if is_on]), optional=True))
    owns = [option(text("admin-own", own=value), value) for value in OwnApproval]
    blocks.append(_choice("own", own, _select(owns, was.own)))
    loud = [option(text("admin-loud", loud=value.written), value.written) for value in Loudness]
    blocks.append(_choice("loud", own, _select(loud, was.loud.written)))
    hours: Block = {"type": "plain_text_input", "action_id": names.ANSWER, "multiline": True, "max_length": 600}
    if was.hours:
        hours["initial_value"] = "\n".join(map(str, was.hours))
    blocks.append(
        entry(f"hours:{own}", text("admin-field", field="hours"), hours, hint=text("admin-hours-hint"), optional=True)
    )
    blocks.append(what_if(text("admin-choose")))
    carries = Carries(thing=str(scope), seen=seen)
    return _form(text("rule-title"), names.ADMIN_RULE_FORM, blocks, carries, text("admin-save"))


def _stage(number: int, stage: Stage | None, own: str, reach: Reach) -> list[Block]:
    most = max(_MOST, stage.need if stage else 0)
    counts = [
        option(text("approvals", count=n) if n else text("admin-no-stage"), str(n))
        for n in range(number == 0, most + 1)
    ]
    need = str(stage.need) if stage else "0"
    people: Block = {"type": "multi_users_select", "action_id": names.ADMIN_CHOICE}
    groups = _search(names.ADMIN_GROUP, many=True)
    by = stage.by if stage else ()
    people["max_selected_items"] = max(20, len(by))
    if users := [who.id for who in by if who.kind is PrincipalKind.PERSON]:
        people["initial_users"] = users
    if chosen := [group_option(who, reach.groups) for who in by if is_group(who) or who == EVERYONE]:
        groups["initial_options"] = chosen
    return [
        _choice(f"need{number}", own, _select(counts, need), shown=text("admin-stage", number=number + 1)),
        _choice(f"people{number}", own, people, optional=True, shown=text("admin-stage-people", number=number + 1)),
        _choice(f"groups{number}", own, groups, optional=True, shown=text("admin-stage-groups", number=number + 1)),
    ]


def channel_form(scope: Scope, name: str, rule: ScopeRule, *, seen: str) -> View:
    """Return the form of the channel of *scope*."""
    own = f"{scope}-{seen}"
    element = channel_select(names.ANSWER)
    if rule.channel:
        element["initial_conversation"] = rule.channel
    blocks = [
        section(mrkdwn.bold(scope_words(scope, name))),
        entry(
            f"channel:{own}",
            text("admin-field", field="channel"),
            element,
            hint=text("admin-channel-hint"),
            optional=True,
        ),
    ]
    carries = Carries(thing=str(scope), seen=seen)
    return _form(text("channel-title"), names.ADMIN_CHANNEL_FORM, blocks, carries, text("admin-save"))


def channel_of(view: Mapping[str, Any]) -> ChannelId:
    """Return the channel that is chosen; "" for none."""
    return ChannelId(str(answers(view).get("channel") or ""))


def for_form(what: str) -> View:
    """Return the question for which clusters a rule, or a channel, is to be set."""
    search = {**_search(names.ADMIN_FOR), "placeholder": label(text("admin-for"), 150)}
    title = text("rule-title") if what == names.ADMIN_RULE else text("channel-title")
    blocks = [section(text("admin-for")), {"type": "actions", "block_id": "for", "elements": [search]}]
    return modal(title, blocks, callback_id=names.ADMIN_FOR_FORM, metadata=Carries(what=what).model_dump_json())


def sure_form(title: str, said: str, tried: Tried, *, what: str, thing: str, yes: str) -> View:
    """Return the question before something goes: what it is, and what it changes."""
    blocks = [section(said), what_if(consequences(tried))]
    return _form(title, names.ADMIN_SURE_FORM, blocks, Carries(thing=thing, seen=tried.version, what=what), yes)


def consequences(tried: Tried, *, risky: str = "") -> str:
    """Return what it would change, in words; *risky* is a role that a group would get, though people should by name."""
    found = Consequences(tried.preview, words(tried.reach).called, mrkdwn.escape)
    covered = text("admin-covers", count=len(tried.preview.covered))
    warning = [f"⚠️ {text('group-risk', role=risky)}"] if risky else []
    return "\n".join([*warning, covered, *found.all()])


def what_if(said: str) -> Block:
    """Return the part of a form that says what it would change."""
    words_ = mrkdwn.cut(f"*{text('admin-what-if')}*\n{said}", _SAID)
    return section(words_) | {"block_id": WHAT_IF}


def with_what_if(view: Mapping[str, Any], said: str, *, seen: str | None = None) -> View:
    """Return the open form *view*, as Slack sent it, with what it would change; every field stays as it is."""
    blocks = [what_if(said) if b.get("block_id") == WHAT_IF else b for b in below_words(view)]
    carries = Carries.of(view)
    if seen is not None:
        carries = carries.model_copy(update={"seen": seen})
    return {**frame(view), "blocks": blocks, "private_metadata": carries.model_dump_json(exclude_defaults=True)}


def _form(title: str, callback: str, blocks: Sequence[Block], carries: Carries, yes: str) -> View:
    metadata = carries.model_dump_json(exclude_defaults=True)
    return modal(title, blocks, callback_id=callback, submit=yes, close=text("cancel"), metadata=metadata)


def _choice(field: str, own: str, element: Block, *, optional: bool = False, hint: str = "", shown: str = "") -> Block:
    return entry(
        f"{field}:{own}"[:255],
        shown or text("admin-field", field=field),
        element,
        hint=hint,
        optional=optional,
        dispatch=True,
    )


def _day(at: datetime, zone: tzinfo) -> str:
    """Return the day on which *at* is the last moment, in *zone*."""
    return (at - timedelta(microseconds=1)).astimezone(zone).date().isoformat()


def _search(action: str, *, many: bool = False) -> Block:
    return {"type": f"{'multi_' * many}external_select", "action_id": action, "min_query_length": 0}


def _select(options: Sequence[Block], chosen: str) -> Block:
    first = next(o for o in options if o["value"] == chosen)
    return {"type": "static_select", "action_id": names.ADMIN_CHOICE, "options": list(options), "initial_option": first}


def _boxes(options: Sequence[Block], chosen: Collection[str]) -> Block:
    element: Block = {"type": "checkboxes", "action_id": names.ADMIN_CHOICE, "options": list(options)}
    if first := [o for o in options if o["value"] in chosen]:
        element["initial_options"] = first
    return element
