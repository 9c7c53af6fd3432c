"""Who a Slack user is. users.info decides; a person whom it doesn't clearly call a member is none.

Source: docs.slack.dev, "User object" and "Slack Connect".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.age import is_recent
from bot.core.errors import Meaning, SlackRefused, SlackUnavailable, StoreUnavailable
from bot.core.ids import TeamId, UserId
from bot.core.person import Person, Standing
from bot.core.phrase import Phrase
from bot.core.text import canonical, held
from bot.ports import Store
from bot.slack.outbound.calls import twice
from bot.slack.outbound.shared import SharedCall

log = structlog.get_logger(__name__)

_SLACKBOT: Final = "USLACKBOT"  # Slack says `is_bot: false` of it
_SAVING: Final = 0.3  # seconds: somebody may wait for who they are, and nobody for its being kept
_UNANSWERED: Final = Phrase("person-unanswered")
_REFUSED: Final = Phrase("person-refused")


class SlackPeople:
    """Looks people up; *store* keeps what Slack said, with when. Drawing uses it up to *max_age*, deciding asks again.

    *patience* is in seconds, for both tries of one look together.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        team: TeamId | None = None,
        store: Store,
        max_age: timedelta = timedelta(minutes=5),
        patience: float = 2.0,
    ) -> None:
        self._client = client
        self._team = team
        self._clock = store.clock
        self._max_age = max_age
        self._patience = patience
        self._store = store
        self._calls: dict[UserId, SharedCall[Person]] = {}  # for whom somebody waits

    @property
    def team(self) -> TeamId | None:
        """The bot's workspace; None until Slack has said which that is."""
        return self._team

    def belong_to(self, team: TeamId) -> None:
        """Look people up as *team* sees them, from now on."""
        self._team = team

    async def person(self, user: UserId, *, fresh: bool = False) -> Person:
        """Return who *user* is, UNKNOWN where Slack knows of nobody; *fresh* asks again, once for all who wait.

        Raises:
            SlackUnavailable: Slack doesn't say; `phrase` names whose fault that is.
            SlackRefused: it won't, as the bot is.
        """
        if not fresh and (known := await self._known(user)):
            return known
        if self._team is None:
            raise SlackUnavailable("Slack hasn't said yet who the bot is", maybe_done=False, phrase=_UNANSWERED)
        calls = self._calls.setdefault(user, SharedCall(partial(self._ask, user, self._team)))
        try:
            return await calls.answer(fresh=fresh)
        finally:
            if calls.is_idle:
                self._calls.pop(user, None)

    async def _ask(self, user: UserId, team: TeamId) -> Person:
        asked_at = self._clock.now()
        try:
            person = await look_up(self._client, user, team=team, patience=self._patience)
        except SlackRefused as e:
            await self._keep(self._store.person_changed(user))
            log.warning("person.unknown", user=user, error=str(e))
            raise SlackRefused(str(e), code=e.code, meaning=e.meaning, phrase=_REFUSED) from e
        except SlackUnavailable as e:
            log.warning("person.unknown", user=user, error=str(e))
            raise SlackUnavailable(str(e), maybe_done=False, phrase=_UNANSWERED) from e
        if person.standing is Standing.UNKNOWN:
            await self._keep(self._store.person_changed(user))
            log.warning("person.unknown", user=user)
            return person
        await self._keep(self._store.save_person(person, asked_at=asked_at))
        return person

    async def forget(self, user: UserId) -> None:
        """Ask Slack again about *user* next time: it says that they changed.

        Raises:
            StoreUnavailable: it can't be kept that what is known is old.
        """
        await self._store.person_changed(user)

    async def _known(self, user: UserId) -> Person | None:
        try:
            known = await self._store.person(user)
        except StoreUnavailable:  # who can be asked need not be known
            return None
        return known.person if known and is_recent(known.at, self._clock.now(), self._max_age) else None

    async def _keep(self, write: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(_SAVING):
                await write
        except (StoreUnavailable, TimeoutError) as e:
            log.warning("person.not_kept", error=repr(e))  # it is asked for again


async def look_up(client: AsyncWebClient, user: UserId, *, team: TeamId, patience: float = 2.0) -> Person:
    """Return who Slack says *user* is, seen from our workspace *team*; UNKNOWN where it knows of nobody.

    Raises:
        SlackRefused, SlackUnavailable: it doesn't say, within *patience* seconds.
    """
    try:
        answer = await twice(lambda: client.users_info(user=user, include_locale=True), seconds=patience)
    except SlackRefused as e:
        if e.meaning is Meaning.NOBODY:
            return Person(user=user, team=team, standing=Standing.UNKNOWN)
        raise
    found = answer.get("user")
    person = read(found if isinstance(found, dict) else {}, user=user, team=team)
    if person.standing is Standing.UNKNOWN:
        raise SlackUnavailable("users.info answered without the user", maybe_done=False)
    return person


def read(found: Mapping[str, Any], *, user: UserId, team: TeamId) -> Person:
    """Return who users.info's user object describes, seen from our workspace *team*."""
    home = held(str(found.get("team_id") or ""))
    profile = found.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), found.get("real_name"), found.get("name"))
    return Person(
        user=user,
        team=TeamId(home) if home else team,
        standing=_standing(found, user, team),
        name=next((shown for n in names if isinstance(n, str) and (shown := canonical(n))), ""),
        zone=held(str(found.get("tz") or "")),
        locale=held(str(found.get("locale") or "")),
        also_of=_grid(found),
    )


def _grid(found: Mapping[str, Any]) -> frozenset[TeamId]:
    """Return the workspaces and the organisation of somebody in an Enterprise Grid."""
    grid = found.get("enterprise_user") or {}
    teams = (*(grid.get("teams") or ()), grid.get("enterprise_id"))
    return frozenset(TeamId(held(str(team))) for team in teams if team)


def _standing(found: Mapping[str, Any], user: UserId, team: TeamId) -> Standing:
    if found.get("id") != user:
        return Standing.UNKNOWN
    if user == _SLACKBOT or found.get("is_bot") or found.get("is_workflow_bot") or found.get("is_connector_bot"):
        return Standing.BOT
    if found.get("deleted"):
        return Standing.DEACTIVATED
    teams = (found.get("enterprise_user") or {}).get("teams") or ()
    if found.get("is_stranger") or not (found.get("team_id") == team or team in teams):
        return Standing.OUTSIDER
    if found.get("is_restricted") or found.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER
