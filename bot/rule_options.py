"""What the options of `snapshot-bot rule` mean: stages, hours, lengths of time, zones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.approval import Meanwhile, OwnApproval, Stage, Tier, Waiver
from bot.core.endings import span
from bot.core.hours import Hours
from bot.core.loudness import Loudness
from bot.scopes import bad_argument, holder

_STAGE: Final = re.compile(r"(\d{1,2}) of (\S.*)")


def approval(
    *,
    approvals: int | None = None,
    stages: Sequence[str] = (),
    side_by_side: bool | None = None,
    escalate: Sequence[str] = (),
    needs_reason: bool | None = None,
    own: str | None = None,
    none_for: Sequence[str] = (),
    per_person: int | None = None,
    per_cluster: int | None = None,
    hours: Sequence[str] = (),
    closed: Sequence[str] = (),
    while_closed: str | None = None,
    zone: str | None = None,
    decide_within: str | None = None,
    start_within: str | None = None,
    remind: str | None = None,
    loud: str | None = None,
) -> dict[str, Any]:
    """Return the fields of an ApprovalRule that the options set, by name.

    Raises:
        BotError: an option can't be read, or doesn't go with another.
    """
    if approvals is not None and stages:
        raise bad_argument("--approvals N is one stage of N; give either that or --stage.")
    if (per_person or per_cluster) and not none_for:
        raise bad_argument("--per-person and --per-cluster say how often --none-for holds; give it, too.")
    if approvals == 0 and none_for:
        raise bad_argument("--approvals 0 is no approval for everybody; with --none-for, say how many others need.")
    given: dict[str, Any] = {}
    if approvals is not None:
        given |= {"stages": (Stage(approvals or 1),), "waiver": None if approvals else Waiver()}
    if stages:
        given |= {"stages": tuple(stage(text) for text in stages)}
    if escalate:
        tiers = () if list(escalate) == ["none"] else tuple(sorted(map(tier, escalate), key=lambda t: t.after))
        if len({tier.after for tier in tiers}) < len(tiers):
            raise bad_argument("Two tiers would come at the same time; name their people in one.")
        given["tiers"] = tiers
    if list(none_for) == ["nobody"]:
        given["waiver"] = None
    elif none_for:
        given["waiver"] = Waiver(tuple(dict.fromkeys(holder(who) for who in none_for)), per_person, per_cluster)
    if hours:
        given["hours"] = () if list(hours) == ["always"] else tuple(hours_of(text) for text in hours)
    if closed:
        given["closed"] = () if list(closed) == ["never"] else tuple(hours_of(text) for text in closed)
    if while_closed is not None:
        given["while_closed"] = Meanwhile(while_closed)
    plain = {"side_by_side": side_by_side, "needs_reason": needs_reason}
    given |= {name: value for name, value in plain.items() if value is not None}
    if own is not None:
        given["own"] = OwnApproval(own)
    if loud is not None:
        given["loud"] = Loudness.called(loud)
    if zone is not None:
        given["zone"] = zone_called(zone)
    for name, text in (("decide_within", decide_within), ("start_within", start_within)):
        if text is not None:
            given[name] = span(text)
    if remind is not None:
        never = remind == "never"
        given |= {"remind_after": None if never else span(remind), "without_reminders": never}
    return given


def stage(text: str) -> Stage:
    """Read `2 of S024DBA, U024BE7LH`: so many approvals by these people and groups; `any` is who may approve.

    Raises:
        BotError: it is something else.
    """
    if not (found := _STAGE.fullmatch(text.strip())) or not (need := int(found[1])):
        raise bad_argument(f"{text!r} is no stage. Write '1 of S024BE7LH', '2 of U024BE7LH, U02LK1M3P' or '2 of any'.")
    who = [part for part in re.split(r"[,\s]+", found[2]) if part]
    return Stage(need, () if who == ["any"] else tuple(dict.fromkeys(holder(part) for part in who)))


def tier(text: str) -> Tier:
    """Read `1h: S024BE7LH, U02LK1M3P`: who may decide, too, once a request has waited so long.

    Raises:
        BotError: it is something else.
    """
    after, colon, who = text.partition(":")
    people = [part for part in re.split(r"[,\s]+", who) if part]
    if not (colon and people):
        raise bad_argument(f"{text!r} says nobody who may decide later. Write '1h: S024BE7LH, U02LK1M3P'.")
    return Tier(span(after), tuple(dict.fromkeys(holder(part) for part in people)))


def hours_of(text: str) -> Hours:
    """Read `mon-fri 08:00-18:00` or `sat,sun 22:00-04:00`, which ends on the next day.

    Raises:
        BotError: it is something else.
    """
    try:
        return Hours.parse(text)
    except ValueError:
        raise bad_argument(f"{text!r} are no hours. Write 'mon-fri 08:00-18:00' or 'sat,sun 22:00-04:00'.") from None


def zone_called(text: str) -> str:
    """Return the name of a time zone.

    Raises:
        BotError: there is none of this name.
    """
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise bad_argument(f"There is no time zone {text!r}. Write one as in the tz database: Europe/Berlin.") from None
