"""How long a login to a cloud lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LoginLife:
    """*ends_at* None: it isn't known, or there is no end. Where it isn't *renewable* only an operator gives another."""

    renewable: bool = True
    ends_at: datetime | None = None
