"""Administration at a glance: rights, rules, channels, freezes and the last change, with what changes them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Self, TypeVar

from bot.core.grants import Grant
from bot.core.ids import Principal, PrincipalKind
from bot.core.right_changes import RightChange
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service.administering import Administered, Reach
from bot.slack.drawing import admin_freezes, mrkdwn, names, ruled
from bot.slack.drawing.blocks import Block, View, actions, button, context, divider, label, modal, section
from bot.words import text
from bot.words.change_words import ChangeWords, scope_words

SIZE: Final = 5  # of each part on a page
_CHANGES: Final = 12  # that are told one by one
_LINE: Final = 600  # characters of a line

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AdminPlace:
    """Which page of rights and of rules is shown, each by its first, and *about* what alone ("": everything)."""

    rights: int = 0
    rules: int = 0
    about: str = ""

    def __str__(self) -> str:
        """Return what a button or the modal carries."""
        return f"{self.rights}:{self.rules}:{self.about}"

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read what `str()` wrote; of anything else, the beginning."""
        rights, _, rest = value.partition(":")
        rules, _, about = rest.partition(":")
        if not (rights.isdecimal() and rules.isdecimal() and len(rights + rules) < 12):
            return cls()
        return cls(int(rights), int(rules), about)


def words(reach: Reach) -> ChangeWords:
    """Return words for changes, as mrkdwn."""
    return ChangeWords(
        partial(ruled.principal, groups=reach.groups),
        lambda until: text("until", when=mrkdwn.when(until)),
        partial(mrkdwn.escape, most=300),
        mrkdwn.channel,
    )


def overview(seen: Administered, place: AdminPlace, *, notice: str = "") -> View:
    """Return the modal; *notice* is what the last form did."""
    blocks = [section(notice), divider()] if notice else []
    search: Block = {
        "type": "external_select",
        "action_id": names.ADMIN_ABOUT,
        "min_query_length": 0,
        "placeholder": label(text("admin-search"), 150),
    }
    blocks += [{"type": "actions", "block_id": "about", "elements": [search]}]
    if place.about:
        everything = button(text("admin-everything"), names.ADMIN, means=text("admin-everything"))
        blocks.append(section(text("admin-only", what=_about(place.about, seen)), accessory=everything))
    for part in PARTS:
        blocks += [divider(), *part(seen, place)]
    return modal(text("administration"), blocks, callback_id=names.ADMIN_OVERVIEW, metadata=str(place))


def _rights(seen: Administered, place: AdminPlace) -> list[Block]:
    found = [g for g in seen.grants if _is_about(place.about, g.scope, (g.holder.id,), seen)]
    give = button(text("admin-grant"), names.ADMIN_GRANT, means=text("admin-grant-means"), style="primary")
    rows = [
        section(_grant_line(grant, seen), accessory=_edit(names.ADMIN_GRANT, grant.id))
        for grant in _page(found, place.rights)
    ]
    turned = _turns(len(found), place.rights, lambda first: AdminPlace(first, place.rules, place.about))
    return _part(text("admin-rights", count=len(found)), rows, [give, *turned], len(found), place.rights)


def _rules(seen: Administered, place: AdminPlace) -> list[Block]:
    found = [(s, r) for s, r in seen.rules if _is_about(place.about, s, (), seen)]
    set_ = button(text("admin-rule"), names.ADMIN_RULE, means=text("admin-rule-means"), value="")
    rows = [
        section(_rule_line(scope, rule, seen), accessory=_edit(names.ADMIN_RULE, str(scope)))
        for scope, rule in _page(found, place.rules)
    ]
    channel = button(text("admin-channel"), names.ADMIN_CHANNEL, means=text("admin-channel-means"), value="")
    turned = _turns(len(found), place.rules, lambda first: AdminPlace(place.rights, first, place.about))
    return _part(text("admin-rules", count=len(found)), rows, [set_, channel, *turned], len(found), place.rules)


def _freezes(seen: Administered, place: AdminPlace) -> list[Block]:
    found = [f for f in seen.freezes if _is_about(place.about, f.scope, (f.set_by,), seen)]
    return admin_freezes.part(found, seen.reach)


def _last(seen: Administered, place: AdminPlace) -> list[Block]:
    if seen.last is None:
        return [context(text("nothing-to-undo"))]
    said = text("admin-last", who=mrkdwn.user(seen.last.by), when=mrkdwn.when(seen.last.at))
    undo = button(text("admin-undo"), names.ADMIN_UNDO, means=text("admin-undo-means"), value=str(seen.last.number))
    return [section(said, accessory=undo)]


# What the overview shows, in this order.
PARTS: Final[tuple[Callable[[Administered, AdminPlace], list[Block]], ...]] = (_rights, _rules, _freezes, _last)


def change_lines(changes: Sequence[RightChange], reach: Reach) -> str:
    """Return *changes* in words, a line each."""
    said, rest = words(reach), len(changes) - _CHANGES
    lines = [mrkdwn.cut(said.line(change), 200) for change in changes[:_CHANGES]]
    return "\n".join([*lines, *([text("more", count=rest)] if rest > 0 else [])])


def _part(title: str, rows: list[Block], buttons: list[Block], total: int, first: int) -> list[Block]:
    where = text("page-of", first=first + 1, last=first + len(rows), total=total)
    paged = [context(where)] if total > SIZE else []
    return [section(f"*{title}*"), *rows, *paged, *actions(buttons)]


def _page(found: Sequence[T], first: int) -> Sequence[T]:
    return found[first : first + SIZE]


def _turns(total: int, first: int, to: Callable[[int], AdminPlace]) -> list[Block]:
    before, after = max(0, first - SIZE), first + SIZE
    turned = []
    if first > 0:
        words_ = text("admin-before")
        turned.append(button(words_, names.ADMIN_PAGE_BEFORE, means=words_, value=str(to(before))))
    if after < total:
        words_ = text("admin-after")
        turned.append(button(words_, names.ADMIN_PAGE_AFTER, means=words_, value=str(to(after))))
    return turned


def _edit(action: str, value: str) -> Block:
    return button(text("admin-change"), action, means=text("admin-change-means", what=value), value=value)


def _grant_line(grant: Grant, seen: Administered) -> str:
    said = words(seen.reach)
    terms = said.terms(grant)
    line = text("right-with-terms", right=said.right(grant), terms=terms) if terms else said.right(grant)
    ended = f" · {text('admin-ended')}" if grant.has_ended(seen.at) else ""
    return mrkdwn.cut(line, _LINE) + ended


def _rule_line(scope: Scope, rule: ScopeRule, seen: Administered) -> str:
    said = words(seen.reach)
    return mrkdwn.cut(f"{mrkdwn.bold(scope_words(scope, _name(scope, seen)))}: {said.rule(rule)}", _LINE)


def _name(scope: Scope, seen: Administered) -> str:
    return next((c.name for c in seen.reach.clusters if c.ref == scope.ref), "")


def _about(about: str, seen: Administered) -> str:
    groups = seen.reach.groups
    if about in groups.known:
        return mrkdwn.escape(groups.handle(Principal(about, PrincipalKind.GROUP)))
    named = {str(Scope.of(c.ref)): c.name for c in seen.reach.clusters}
    return mrkdwn.user(named.get(about, about))


def _is_about(about: str, scope: Scope, holders: Sequence[str], seen: Administered) -> bool:
    """Say whether something of *scope*, for *holders*, is about what was searched: a holder's id, or a scope."""
    if not about or about in holders or about == str(scope):
        return True
    return any(str(Scope.of(c.ref)) == about and scope.covers(c) for c in seen.reach.clusters)
