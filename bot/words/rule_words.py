"""A rule in words: who has to approve, who needs no approval, when it may start, and how long there is time."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.approval import ApprovalRule, OwnApproval, Stage, Waiver
from bot.core.hours import Hours
from bot.core.ids import Principal
from bot.core.loudness import Loudness
from bot.words import duration, listing, text

Named = Callable[[Principal], str]


def stage_people(stage: Stage, named: Named) -> str:
    """Return who can fill *stage*, each as *named* writes them: "@dba or @ben", "anybody who may approve"."""
    return listing([named(who) for who in stage.by], joiner="or") if stage.by else text("anybody-who-may")


def stages(rule: ApprovalRule, named: Named) -> str:
    """Return what *rule* takes: "one approval by @dba, then two approvals by anybody who may approve"."""
    parts = [
        text("rule", approvals=text("approvals", count=stage.need), people=stage_people(stage, named))
        for stage in rule.stages
    ]
    if rule.side_by_side:
        return listing(parts)
    first, *others = parts
    for other in others:
        first = text("rule-then", first=first, next=other)
    return first


def described(rule: ApprovalRule, named: Named) -> str:
    """Return all that *rule* says, without a full stop."""
    is_free = rule.waiver == Waiver()
    parts = [text("rule-none-needed") if is_free else stages(rule, named)]
    parts += [
        text("rule-tier", length=duration(tier.after), people=listing([named(who) for who in tier.by], joiner="or"))
        for tier in rule.tiers
    ]
    if rule.needs_reason:
        parts.append(text("rule-needs-reason"))
    if rule.own is not OwnApproval.NEVER:
        parts.append(text("rule-own", own=rule.own))
    if rule.waiver is not None and not is_free:
        parts.append(_waiver(rule.waiver, named))
    if rule.hours:
        parts.append(text("rule-hours", hours=listing([hours(h) for h in rule.hours], joiner="or")))
    if rule.closed:
        closed = listing([hours(h) for h in rule.closed])
        parts.append(text("rule-closed", hours=closed, meanwhile=rule.while_closed))
    if rule.loud is not Loudness.CHANNEL:
        parts.append(text("rule-loud", loud=rule.loud))
    if rule.zone:
        parts.append(text("rule-zone", zone=rule.zone))
    if rule.decide_within is not None:
        parts.append(text("rule-decide-within", length=duration(rule.decide_within)))
    if rule.start_within is not None:
        parts.append(text("rule-start-within", length=duration(rule.start_within)))
    if rule.without_reminders:
        parts.append(text("rule-no-reminders"))
    elif rule.remind_after is not None:
        parts.append(text("rule-remind-after", length=duration(rule.remind_after)))
    return "; ".join(parts)


def _waiver(waiver: Waiver, named: Named) -> str:
    caps = [("rule-cap-person", waiver.per_person), ("rule-cap-cluster", waiver.per_cluster)]
    limits = [text(code, count=most) for code, most in caps if most is not None]
    people = listing([named(who) for who in waiver.by], joiner="or")
    said = text("rule-waived", people=people)
    return text("rule-waived-capped", waived=said, limits=listing(limits)) if limits else said


def hours(of: Hours) -> str:
    """Return "mon, tue and fri 22:00–04:00"."""
    days = listing([text("weekday", day=day) for day in of.days])
    return text("rule-hours-on", days=days, start=f"{of.start:%H:%M}", end=f"{of.end:%H:%M}")
