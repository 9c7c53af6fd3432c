"""A rule as the text that every engine keeps of it."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter, ValidationError

from bot.core.approval import ApprovalRule
from bot.core.errors import StoreUnavailable
from bot.core.phrase import Phrase

_RULE: Final = TypeAdapter(ApprovalRule)


def written(rule: ApprovalRule) -> str:
    """Return *rule* as JSON; what is as in any other rule isn't there, so that a later version adds fields freely."""
    return _RULE.dump_json(rule, exclude_defaults=True).decode()


def read(body: str) -> ApprovalRule:
    """Return the rule that was written as *body*.

    Raises:
        StoreUnavailable: it is no rule of this version's, so nobody knows what it asks for.
    """
    try:
        return _RULE.validate_json(body)
    except ValidationError as e:
        text = "a rule in the database isn't as this version writes it"
        raise StoreUnavailable(text, phrase=Phrase("database-broken")) from e
