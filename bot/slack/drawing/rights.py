"""Refusals: what somebody may not do, by which rule, and who can instead; in mrkdwn unless a Pen says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.access import NEEDS, Action, Decision, Reason
from bot.core.grants import Role
from bot.core.ids import UserId
from bot.slack.drawing import mrkdwn, names
from bot.slack.drawing.blocks import Block, button
from bot.words import text


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes mrkdwn with mentions, or, where *names* is given, plain text with names (modals' error texts)."""

    names: Mapping[UserId, str] | None = None

    def who(self, ids: Sequence[UserId], joiner: str = "and") -> str:
        """Return people as a list."""
        names = self.names
        if names is None:
            return mrkdwn.users(ids, joiner=joiner)
        return mrkdwn.some(ids, lambda user: mrkdwn.plain(names.get(user) or user, 40), joiner=joiner)

    def text(self, words: str) -> str:
        """Return text that isn't ours."""
        return mrkdwn.escape(words, most=300) if self.names is None else mrkdwn.plain(words)

    def strong(self, words: str) -> str:
        """Return text that isn't ours, in bold where there is bold."""
        return mrkdwn.bold(words) if self.names is None else mrkdwn.plain(words)


def refusal(decision: Decision, *, company: str, pen: Pen | None = None) -> str:
    """Say that *decision* is no: what, by which rule, and who can do it instead. *company* is the workspace's name."""
    pen = pen or Pen()
    cluster = pen.text(decision.cluster_name) or text("any-cluster")
    others = tuple(u for u in decision.who_can if u != decision.person.user)
    match decision.reason:
        case Reason.NOT_A_MEMBER:
            return _not_a_member(decision, company, pen)
        case Reason.NOBODY_APPROVES_THEIR_OWN:
            can = text("others-can", people=pen.who(others)) if others else _admins(decision, pen, "other-approver")
            return text("refused-own", cluster=cluster, next=can)
        case Reason.NO_PLACE:
            can = text("others-can", people=pen.who(others)) if others else _admins(decision, pen, "other-approver")
            return text("refused-no-place", cluster=cluster, next=can)
        case Reason.NOBODY_CAN_APPROVE:
            admins, stage = _admins(decision, pen, "other-approver"), decision.stage or 0
            return text("refused-nobody-approves", cluster=cluster, stage=stage, next=admins)
        case Reason.GROUPS_UNKNOWN:
            return text("refused-groups-unknown", group=pen.text(decision.group) or text("a-group"))
        case Reason.NOT_THE_REQUESTER:
            return text("refused-not-the-requester", action=decision.action)
        case Reason.NO_GRANT if decision.hides:
            return text("refused-hidden", next=_admins(decision, pen, "right"))
        case Reason.NO_GRANT if decision.action in (Action.APPROVE, Action.DECLINE) and others:
            can = text("others-can", people=pen.who(others))
            return text("refused-action", action=decision.action, cluster=cluster, next=can)
        case Reason.NO_GRANT if decision.action is Action.VIEW and others:
            admins = _admins(decision, pen, "right")
            return text("refused-view", cluster=cluster, people=pen.who(others), next=admins)
        case Reason.NO_GRANT if decision.action is Action.REQUEST and not decision.cluster_name:
            return text("refused-no-cluster", next=_admins(decision, pen, "cluster"))
        case Reason.DENIED:
            denial = _denial(decision, pen)
            return text("refused-action", action=decision.action, cluster=cluster, next=denial)
        case Reason.NO_GRANT:
            admins = _admins(decision, pen, "right")
            return text("refused-action", action=decision.action, cluster=cluster, next=admins)
        case Reason.GRANTED | Reason.OWN_REQUEST | Reason.OWN_APPROVAL | Reason.ADMIN | Reason.CHANGED | Reason.WAIVED:
            raise ValueError(f"{decision.reason} is no refusal")


def who_can_change(decision: Decision) -> str:
    """Say who can change what *decision* fell by; "" where it isn't for people to change."""
    match decision.reason:
        case Reason.NO_GRANT:
            return _admins(decision, Pen(), "right")
        case Reason.DENIED:
            return _admins(decision, Pen(), "denial")
        case Reason.NOBODY_APPROVES_THEIR_OWN | Reason.NO_PLACE:
            return _admins(decision, Pen(), "other-approver")
        case _:
            return ""


def why_button(about: str, *, value: str) -> Block:
    """Return the button that explains; *about* is what, for a screen reader."""
    return button(text("explain"), names.WHY, means=text("explain-means", about=about), value=value)


def why(decision: Decision) -> Block | None:
    """Return the button that explains the refusal *decision*; None where nothing more is theirs to know."""
    if not decision.about:
        return None
    if "/" in decision.about:
        tried = f" {decision.action}" if decision.action is Action.BREAK_GLASS else ""
        return why_button(decision.cluster_name, value=f"{decision.about}{tried}")
    about = text("about", request=decision.about, cluster=decision.cluster_name)
    return why_button(about, value=f"{decision.about} {decision.action}")


def _denial(decision: Decision, pen: Pen) -> str:
    next_ = _admins(decision, pen, "denial")
    reason = decision.grant.terms.reason if decision.grant else ""
    return text("denied-because", reason=pen.text(reason), next=next_) if reason else text("denied", next=next_)


def _admins(decision: Decision, pen: Pen, gift: str) -> str:
    if decision.person.user in decision.admins and gift == "denial":
        grant = f"snapshot-bot revoke {decision.grant.id}" if decision.grant else "snapshot-bot grants"
        return text("admin-can-themself", gift=gift, grant=grant)
    if decision.person.user in decision.admins:
        role = NEEDS.get(decision.action, Role.APPROVE)
        holder = "USER" if gift == "other-approver" else decision.person.user
        cluster = mrkdwn.plain(decision.cluster_name.replace("`", "ˋ"), 100) if decision.cluster_name else "CLUSTER"
        grant = f"snapshot-bot grant {holder} {pen.text(cluster)} --role {role}"
        return text("admin-can-themself", gift=gift, grant=grant)
    if decision.admins:
        return text("admins-can", people=pen.who(decision.admins), gift=gift)
    return text("no-admin-but-operator-can", gift=gift)


def _not_a_member(decision: Decision, company: str, pen: Pen) -> str:
    only = text("only-members", company=pen.strong(company), action=decision.action)
    return text("not-a-member", standing=decision.person.standing, only=only)
