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
from bot.service.administered import SIZE, Administered, AdminPage, Reach
from bot.service.whole_lists import Rest
from bot.slack.drawing import admin_freezes, mrkdwn, names, ruled
from bot.slack.drawing.blocks import Block, View, actions, button, context, divider, label, modal, section
from bot.slack.drawing.lists import count_of
from bot.words import text
from bot.words.change_words import ChangeWords, scope_words

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
    person: Block = {  # Slack knows what everybody is called; the bot, whom it has asked about lately
        "type": "users_select",
        "action_id": names.ADMIN_ABOUT_PERSON,
        "placeholder": label(text("admin-search-person"), 150),
    }
    blocks += [{"type": "actions", "block_id": "about", "elements": [search, person]}]
    if place.about:
        everything = button(text("admin-everything"), names.ADMIN, means=text("admin-everything"))
        blocks.append(section(text("admin-only", what=_about(place.about, seen)), accessory=everything))
    for part in PARTS:
        blocks += [divider(), *part(seen, place)]
    return modal(text("administration"), blocks, callback_id=names.ADMIN_OVERVIEW, metadata=str(place))


def _rights(seen: Administered, place: AdminPlace) -> list[Block]:
    page = seen.grants
    give = button(text("admin-grant"), names.ADMIN_GRANT, means=text("admin-grant-means"), style="primary")
    rows = [section(_grant_line(grant, seen), accessory=_edit(names.ADMIN_GRANT, grant.id)) for grant in page.shown]
    turned = _turns(page, lambda first: AdminPlace(first, place.rules, place.about))
    return _part(text("admin-rights", count=_total(page)), rows, [give, *turned], page)


def _rules(seen: Administered, place: AdminPlace) -> list[Block]:
    page = seen.rules
    set_ = button(text("admin-rule"), names.ADMIN_RULE, means=text("admin-rule-means"), value="")
    rows = [
        section(_rule_line(scope, rule, seen), accessory=_edit(names.ADMIN_RULE, str(scope)))
        for scope, rule in page.shown
    ]
    channel = button(text("admin-channel"), names.ADMIN_CHANNEL, means=text("admin-channel-means"), value="")
    turned = _turns(page, lambda first: AdminPlace(place.rights, first, place.about))
    return _part(text("admin-rules", count=_total(page)), rows, [set_, channel, *turned], page)


def _freezes(seen: Administered, place: AdminPlace) -> list[Block]:
    return admin_freezes.part(seen.freezes, seen.reach)


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


def _total(page: AdminPage[T]) -> str:
    return count_of(Rest(page.total, page.goes_on))


def _part(title: str, rows: list[Block], buttons: list[Block], page: AdminPage[T]) -> list[Block]:
    where = text("page-of", first=page.first + 1, last=page.first + len(rows), total=_total(page))
    paged = [context(where)] if page.first or page.has_more else []
    return [section(f"*{title}*"), *rows, *paged, *actions(buttons)]


def _turns(page: AdminPage[T], to: Callable[[int], AdminPlace]) -> list[Block]:
    before, after = max(0, page.first - SIZE), page.first + SIZE
    turned = []
    if page.first > 0:
        words_ = text("admin-before")
        turned.append(button(words_, names.ADMIN_PAGE_BEFORE, means=words_, value=str(to(before))))
    if page.has_more:
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
