"""What the searched lists of administration offer: groups, clusters and the beginnings of their names. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.groups import Groups
from bot.core.ids import Principal, PrincipalKind
from bot.core.person import EVERYONE
from bot.core.scope import EVERY, Scope
from bot.core.text import lookup_key
from bot.service.administered import Reach
from bot.slack.drawing.blocks import Block, label
from bot.slack.drawing.views import OPTIONS_MOST
from bot.words import text
from bot.words.change_words import scope_words

_VALUE_MOST: Final = 150  # characters, Slack's limit
_MORE: Final = "more"  # what the last line of a list that is cut stands for: nothing


def option(words: str, value: str) -> Block:
    """Return an option."""
    return {"text": label(words, 75), "value": value}


def cut(options: Sequence[Block]) -> list[Block]:
    """Return as many options as Slack takes; the last line says how many there are, and how to find them."""
    if len(options) <= OPTIONS_MOST:
        return list(options)
    shown = OPTIONS_MOST - 1
    return [*options[:shown], option(text("type-more", count=len(options) - shown), _MORE)]


def group_option(who: Principal, groups: Groups) -> Block:
    """Return a user group, or everyone, as an option."""
    return option(text("every-member") if who == EVERYONE else groups.handle(who), who.id)


def group_options(groups: Groups, typed: str) -> list[Block]:
    """Return the user groups that are called so, and everyone."""
    known = [Principal(g.id, PrincipalKind.GROUP) for g in groups.known.values() if g.is_enabled]
    found = [group_option(who, groups) for who in (EVERYONE, *sorted(known, key=groups.handle))]
    return cut(_called(found, typed))


def principal_of(value: str, groups: Groups, known: Iterable[Principal] = ()) -> Principal | None:
    """Return whom the option *value* stands for; None: there is no such group, nor was it *known* before."""
    if value == EVERYONE.id:
        return EVERYONE
    found = Principal(value, PrincipalKind.GROUP)
    return found if value in groups.known or found in known else None


def scope_option(scope: Scope, name: str = "") -> Block:
    """Return *scope* as an option."""
    return option(scope_words(scope, name), str(scope))


def scope_options(reach: Reach, typed: str) -> list[Block]:
    """Return what somebody may mean by what they *typed*: all, clouds, the beginning of names, clusters."""
    wide = [Scope(), *(Scope(cloud) for cloud in reach.clouds if len(reach.clouds) > 1)]
    found = _called([scope_option(scope) for scope in wide if reach.has(scope)], typed)
    starts = Counter(c.name[: c.name.find("-") + 1] for c in reach.clusters if c.name.find("-") > 0)
    begun = {lookup_key(start) for start, count in starts.items() if count > 1}
    begun |= {lookup_key(typed).rstrip(EVERY)} if typed.rstrip().endswith(EVERY) else set()
    beginnings = [Scope(cluster=f"{start}{EVERY}") for start in sorted(begun - {""})]
    found += _called([scope_option(scope) for scope in beginnings if reach.has(scope)], typed)
    named = Counter(c.name for c in reach.clusters)
    for cluster in sorted(reach.clusters, key=lambda c: (c.name, str(c.ref))):
        name = f"{cluster.name} ({cluster.ref.cloud})" if named[cluster.name] > 1 else cluster.name
        found += _called([scope_option(Scope.of(cluster.ref), name)], typed.rstrip(EVERY))
    return cut([o for o in found if len(o["value"]) <= _VALUE_MOST])


def scope_of(value: str, reach: Reach) -> Scope | None:
    """Return the scope that the option *value* stands for; None: it isn't theirs, or not there any more."""
    try:
        scope = Scope.parse(value)
    except ValueError:
        return None
    is_there = scope.ref is None or any(c.ref == scope.ref for c in reach.clusters)
    return scope if is_there and reach.has(scope) else None


def name_of(scope: Scope, reach: Reach) -> str:
    """Return what the one cluster that *scope* is is called; "" where it is several."""
    return next((c.name for c in reach.clusters if c.ref == scope.ref), "")


def _called(options: Iterable[Block], typed: str) -> list[Block]:
    key = lookup_key(typed)
    return [o for o in options if key in lookup_key(o["text"]["text"])]
