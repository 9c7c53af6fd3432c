"""A rule, who was asked, passed it by or joined, a request's last change, how long a snapshot is kept: as texts."""

from __future__ import annotations

from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.core.approval import ApprovalRule
from bot.core.asked import Asked
from bot.core.errors import StoreUnavailable
from bot.core.glass import BreakGlass
from bot.core.joiner import Joiner
from bot.core.keep import Keep
from bot.core.phrase import Phrase
from bot.core.revision import Revision

T = TypeVar("T")

_RULE: Final = TypeAdapter(ApprovalRule)
_ASKED: Final = TypeAdapter(Asked)
_GLASS: Final = TypeAdapter(BreakGlass)
_REVISION: Final = TypeAdapter(Revision)
_KEEP: Final = TypeAdapter(Keep)
_JOINED: Final = TypeAdapter(tuple[Joiner, ...])


def written(rule: ApprovalRule) -> str:
    """Return *rule* as JSON; what is as in any other rule isn't there, so that a later version adds fields freely."""
    return _RULE.dump_json(rule, exclude_defaults=True).decode()


def read(body: str) -> ApprovalRule:
    """Return the rule that was written as *body*.

    Raises:
        StoreUnavailable: it is no rule of this version's, so nobody knows what it asks for.
    """
    return _validated(_RULE, body, "a rule in the database isn't as this version writes it")


def asked_written(asked: Asked) -> str:
    """Return *asked* as JSON, without what nobody did yet."""
    return _ASKED.dump_json(asked, exclude_defaults=True).decode()


def asked_read(body: str) -> Asked:
    """Return what was written as *body*.

    Raises:
        StoreUnavailable: it isn't as this version writes it.
    """
    return _validated(_ASKED, body, "who was asked isn't in the database as this version writes it")


def glass_written(glass: BreakGlass | None) -> str | None:
    """Return *glass* as JSON; None for None."""
    return _GLASS.dump_json(glass, exclude_defaults=True).decode() if glass else None


def glass_read(body: str | None) -> BreakGlass | None:
    """Return what was written as *body*.

    Raises:
        StoreUnavailable: it isn't as this version writes it.
    """
    return (
        None
        if body is None
        else _validated(_GLASS, body, "who broke the glass isn't in the database as this version writes it")
    )


def revision_written(revision: Revision | None) -> str | None:
    """Return *revision* as JSON; None for None."""
    return _REVISION.dump_json(revision, exclude_defaults=True).decode() if revision else None


def revision_read(body: str | None) -> Revision | None:
    """Return what was written as *body*.

    Raises:
        StoreUnavailable: it isn't as this version writes it.
    """
    return (
        None
        if body is None
        else _validated(
            _REVISION, body, "what was changed of a request isn't in the database as this version writes it"
        )
    )


def keep_written(keep: Keep) -> str:
    """Return *keep* as JSON, without what isn't said."""
    return _KEEP.dump_json(keep, exclude_defaults=True).decode()


def keep_read(body: str) -> Keep:
    """Return what was written as *body*.

    Raises:
        StoreUnavailable: it isn't as this version writes it.
    """
    return _validated(_KEEP, body, "how long a snapshot is kept isn't in the database as this version writes it")


def joined_written(joined: tuple[Joiner, ...]) -> str:
    """Return *joined* as JSON."""
    return _JOINED.dump_json(joined, exclude_defaults=True).decode()


def joined_read(body: str) -> tuple[Joiner, ...]:
    """Return what was written as *body*.

    Raises:
        StoreUnavailable: it isn't as this version writes it.
    """
    return _validated(_JOINED, body, "who joined a request isn't in the database as this version writes it")


def _validated(adapter: TypeAdapter[T], body: str, broken: str) -> T:
    """Return what *body* holds, as *adapter* reads it.

    Raises:
        StoreUnavailable: it isn't as this version writes it; *broken* says what isn't.
    """
    try:
        return adapter.validate_json(body)
    except ValidationError as e:
        raise StoreUnavailable(broken, phrase=Phrase("database-broken")) from e
