"""Who is in which user group. usergroups.list decides; of a group about which it contradicts itself nobody knows it.

Source: docs.slack.dev, "usergroups.list" and "User group object".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.age import is_recent
from bot.core.errors import Meaning, SlackRefused, SlackUnavailable
from bot.core.groups import NO_GROUPS, UNKNOWN_GROUPS, Group, Groups
from bot.core.ids import TeamId, UserId
from bot.core.text import canonical
from bot.parts import GROUPS
from bot.ports import Store
from bot.slack.outbound.calls import twice
from bot.slack.outbound.shared import SharedCall
from bot.slack.outbound.throttle import Throttle

log = structlog.get_logger(__name__)

_REST: Final = timedelta(seconds=2)  # after a failure nobody asks again in order to draw
_WAITED_FOR: Final = 0.5  # seconds: what Slack wants to be left in peace for, and somebody still waits


class SlackGroups:
    """Asks for all user groups at once. Drawing uses what was asked for up to *max_age* ago, deciding asks again.

    One call runs at a time: who wants a fresh answer meanwhile shares the next one. *patience* is in seconds, for both
    tries of one call together.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        store: Store,
        team: TeamId | None = None,
        max_age: timedelta = timedelta(minutes=5),
        patience: float = 2.0,
    ) -> None:
        self._client = client
        self._clock = store.clock
        self._team = team
        self._max_age = max_age
        self._patience = patience
        self._throttle = Throttle("usergroups.list", store, at_once=1, patience=_WAITED_FOR)
        self._found = UNKNOWN_GROUPS  # by the last call that Slack answered
        self._asked_at: datetime | None = None  # when that call began
        self._failed_at: datetime | None = None  # when the last call failed; None: it didn't
        self._calls = SharedCall(self._ask)
        self._logged = (True, frozenset[str]())

    def belong_to(self, team: TeamId) -> None:
        """Ask for the groups of *team*, from now on."""
        self._team = team

    async def groups(self, *, fresh: bool = False) -> Groups:
        """Return the user groups; unknown ones (never an error) where Slack doesn't say. *fresh* asks Slack again.

        What was known before the last question isn't an answer where that one failed: who decides may ask twice.
        """
        if not fresh:
            now = self._clock.now()
            if self._failed_at is None and is_recent(self._asked_at, now, self._max_age):
                return self._found
            if is_recent(self._failed_at, now, _REST):
                return self._unknown()
        return await self._calls.answer(fresh=fresh)

    async def _ask(self) -> Groups:
        asked_at = self._clock.now()
        try:
            found = await self._throttle.through(
                lambda: list_groups(self._client, team=self._team, patience=self._patience)
            )
        except SlackUnavailable as e:
            self._failed_at = self._clock.now()
            self._log(self._unknown(), e)
            return self._unknown()
        self._found, self._asked_at, self._failed_at = found, asked_at, None
        self._log(found)
        return found

    def _unknown(self) -> Groups:
        return Groups(is_known=False, called=self._found.called)

    def _log(self, found: Groups, error: SlackUnavailable | None = None) -> None:
        """Say what is known where that is something else than the last time."""
        if (found.is_known, found.unclear) == self._logged:
            return
        self._logged = (found.is_known, found.unclear)
        if error is not None:
            advice = {"advice": GROUPS.remedy} if isinstance(error, SlackRefused) and error.needed else {}
            log.warning("group.unknown", error=str(error), **advice)
        elif found.unclear:
            log.warning("group.unknown", error="Slack contradicts itself", groups=sorted(found.unclear))
        else:
            log.info("group.known")


async def list_groups(client: AsyncWebClient, *, team: TeamId | None, patience: float = 2.0) -> Groups:
    """Return all user groups of *team*, disabled ones, too; none where the workspace's plan has none.

    *team* is needed by tokens of an organisation alone.

    Raises:
        SlackRefused, SlackUnavailable: Slack doesn't say, within *patience* seconds.
    """
    wanted: dict[str, Any] = {"include_users": True, "include_disabled": True, "include_count": True}
    if team is not None:
        wanted["team_id"] = team
    try:
        answer = await twice(lambda: client.usergroups_list(**wanted), seconds=patience)
    except SlackRefused as e:
        if e.meaning is Meaning.PLAN:
            return NO_GROUPS
        raise
    return read(answer.get("usergroups"))


def read(listed: object) -> Groups:
    """Return the groups that usergroups.list has *listed*.

    Raises:
        SlackUnavailable: it is no list of groups; nobody knows then what is missing in it.
    """
    known: dict[str, Group] = {}
    unclear: set[str] = set()
    called: dict[str, str] = {}
    for found in listed if isinstance(listed, list) else [None]:
        if not isinstance(found, dict) or not (group_id := _text(found.get("id"))):
            raise SlackUnavailable("usergroups.list answered without the groups", maybe_done=False)
        if handle := canonical(_text(found.get("handle"))):
            called[group_id] = handle
        group = _group(found, group_id, handle)
        if group is None or group_id in known:
            unclear.add(group_id)
        else:
            known[group_id] = group
    certain = {group_id: group for group_id, group in known.items() if group_id not in unclear}
    return Groups(certain, unclear=frozenset(unclear), called=called)


def _group(found: Mapping[str, Any], group_id: str, handle: str) -> Group | None:
    """Return the group that a user group object describes; None where it isn't whole or contradicts itself."""
    users, deleted_at = found.get("users"), _number(found.get("date_delete"))
    if not handle or deleted_at is None or not isinstance(users, list) or not all(map(_text, users)):
        return None
    members = frozenset(UserId(user) for user in users)
    if _number(found.get("user_count")) != len(members):
        return None
    return Group(group_id, handle, members, is_enabled=deleted_at == 0)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    """Return a number, which Slack writes as one or as text ("2"); None where it is neither."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
