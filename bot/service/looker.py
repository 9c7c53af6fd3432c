"""Who looks, with their rights: read once for all that one answer shows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.access import Action, decide
from bot.core.grants import Rights, Role
from bot.core.person import Person
from bot.core.scope import Named


@dataclass(frozen=True, slots=True)
class Looker:
    """A *person* who looks, with *rights*: theirs are among them."""

    person: Person
    rights: Rights

    @property
    def sees_all(self) -> bool:
        """Whether they may see the requests on every cluster."""
        if self.person.user in self.rights.admins:
            return True
        return any(self.rights.everywhere(self.person, role) for role in Role)

    def sees(self, cluster: Named) -> bool:
        """Say whether they may see requests of others on *cluster*."""
        return decide(self.rights, self.person, Action.VIEW, cluster).allowed
