"""An admin of a cluster asks for somebody else: who that is, and whether both may."""

from __future__ import annotations

from typing import Final

from bot.core.access import Action, Reason, administers, decide
from bot.core.errors import InputError
from bot.core.ids import Actor, UserId
from bot.core.person import Person, Standing
from bot.core.phrase import Phrase
from bot.core.record import stated
from bot.core.scope import Named
from bot.service.authority import Authority

NOT_AN_ADMIN: Final = "not-an-admin"  # the rule by which the record has it


class OnBehalf:
    """Finds for whom a request is; asking for others takes an admin of the cluster, and what it takes by oneself."""

    def __init__(self, *, authority: Authority) -> None:
        self._authority = authority

    async def person(self, actor: Actor, wanted: UserId | None, cluster: Named) -> Person | None:
        """Return for whom *actor*, who may ask for *cluster*, asks by naming *wanted*; None: for themself.

        A refusal is recorded.

        Raises:
            InputError: *actor* isn't an admin of it, or *wanted* may not ask for it themself (field "behalf").
            SlackUnavailable: Slack doesn't say who *wanted* is.
        """
        if wanted is None or wanted == actor.user:
            return None
        person = await self._authority.person(actor)
        if not administers(await self._authority.rights_among(cluster, [actor.user]), person, cluster):
            await self._refused(actor, wanted, cluster, NOT_AN_ADMIN)
            raise InputError({"behalf": Phrase("behalf-not-an-admin", {"cluster": cluster.name})})
        other = await self._authority.account(wanted, fresh=True)
        facts = {"who": f"@{other.name}" if other.name else wanted, "cluster": cluster.name}
        if other.standing is not Standing.MEMBER:
            await self._refused(actor, wanted, cluster, Reason.NOT_A_MEMBER)
            raise InputError({"behalf": Phrase("behalf-not-a-member", facts)})
        rights = await self._authority.rights_among(cluster, [wanted], fresh=True)
        decision = decide(rights, other, Action.REQUEST, cluster)
        if not decision.allowed:
            await self._refused(actor, wanted, cluster, decision.reason)
            raise InputError({"behalf": Phrase("behalf-no-right", facts)})
        return other

    async def _refused(self, actor: Actor, wanted: UserId, cluster: Named, rule: str) -> None:
        said = stated(on_behalf=wanted)
        await self._authority.refused(actor, Action.REQUEST, rule, cluster.ref, detail=said)
