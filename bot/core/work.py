"""Work that is due, and the claim on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Something that is due, leased to one owner, who saves it with *token*; the next owner's is another."""

    item: T
    token: int
