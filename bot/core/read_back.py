"""What an entry's detail holds, back as the thing that it was: the reverse of `record.as_facts`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from bot.core.record import as_facts

T = TypeVar("T")


def read_back(kind: type[T], facts: object) -> T:
    """Return the thing of this *kind* of which `as_facts` made *facts*.

    Raises:
        ValueError: they are of another thing, or say what this version doesn't know.
    """
    try:
        found: T = _read(kind, facts)
    except (TypeError, KeyError, AttributeError) as e:
        raise ValueError(f"these aren't the facts of a {kind.__name__}: {e!r}") from e
    if as_facts(found) != facts:
        raise ValueError(f"a {kind.__name__} of this version has other facts")
    return found


def _read(kind: Any, facts: Any) -> Any:
    if type(None) in get_args(kind):
        return None if facts is None else _read(next(arg for arg in get_args(kind) if arg is not type(None)), facts)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], item) for item in facts)
    kind = getattr(kind, "__supertype__", kind)  # of a NewType
    if is_dataclass(kind) and isinstance(kind, type):
        return _thing(kind, facts)
    if kind is timedelta:
        return timedelta(seconds=facts)
    if kind in (datetime, time):
        return kind.fromisoformat(facts)
    if issubclass(kind, enum.Enum):
        return kind(facts)
    if not isinstance(facts, kind):
        raise TypeError(f"{facts!r} is no {kind.__name__}")
    return facts


def _thing(kind: type, facts: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(
        **{field.name: _read(hints[field.name], facts[field.name]) for field in fields(kind) if field.name in facts}
    )
