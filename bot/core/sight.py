"""How well a cloud project is seen: when last, since when looks and logins fail, and with what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.errors import CloudError


@dataclass(frozen=True, slots=True)
class Sight:
    """How well a cloud project is seen just now.

    *at* is when the last look that succeeded began; *failing_since* when the first began of the looks that have failed
    since then, *error* is the last one's. Both are None while looks succeed. *login* is the last login that failed
    since one worked, and *login_failing_since* the first; *let_in* says whether one ever worked.
    """

    at: datetime | None = None
    failing_since: datetime | None = None
    error: CloudError | None = None
    login: CloudError | None = None
    login_failing_since: datetime | None = None
    let_in: bool = False

    def cleared(self) -> Sight:
        """Return it after a look that succeeded."""
        return Sight(let_in=True)

    def failed(self, error: CloudError, at: datetime) -> Sight:
        """Return it after a look that began *at* then and failed with *error*; how the login is, may not be known."""
        after = replace(self, failing_since=self.failing_since or at, error=error)
        if error.at_login:
            return replace(after, login=error, login_failing_since=self.login_failing_since or at)
        if error.status is not None:  # DWS itself answered, whose caller has logged in
            return replace(after, login=None, login_failing_since=None, let_in=True)
        return after
