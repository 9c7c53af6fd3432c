"""The Slack edge in two steps: `open_edge` finds out who the bot is; `listen` connects the use cases, once they exist.

async with open_edge(bot_token=…, app_token=…) as edge:
    service = Service(people=edge.people(clock), …)      # and the worker with edge.messenger
    app = edge.listen(service, clock=clock, people=…)
    await edge.connect()                                 # Socket Mode, or edge.http.handle as a route
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import ConfigError
from bot.core.ids import TeamId
from bot.ports import Clock
from bot.proxies import Proxies
from bot.service import Service
from bot.slack import identity as identities
from bot.slack.channels import Channels
from bot.slack.desk import Desk
from bot.slack.http import SlackHttp
from bot.slack.identity import Identity
from bot.slack.listeners import register
from bot.slack.messenger import SlackMessenger
from bot.slack.people import SlackPeople
from bot.slack.screen import Screen
from bot.slack.socket import SocketMode
from bot.slack.tasks import Tasks

SLACK = "https://slack.com/api/"


class SlackEdge:
    """Everything that talks to Slack, for one workspace. `listen` sets *app*, *desk* and, in HTTP mode, *http*."""

    def __init__(
        self,
        web: AsyncWebClient,
        identity: Identity,
        *,
        clock: Clock,
        app_token: str | None,
        signing_secret: str | None,
        wss_url: str | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        self.identity = identity
        self.messenger = SlackMessenger(web, bot_id=identity.bot_id)
        self.people = SlackPeople(web, team=identity.team, clock=clock)
        self.tasks = Tasks()
        self.app: AsyncApp | None = None
        self.desk: Desk | None = None
        self.http: SlackHttp | None = None
        self._web = web
        self._clock = clock
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._wss_url = wss_url
        self._proxies = proxies
        self._socket: SocketMode | None = None

    def listen(
        self,
        service: Service,
        *,
        delivered: Callable[[str], None] = lambda kind: None,
        patience: float = 0.8,
        deadline: float = 2.5,
    ) -> AsyncApp:
        """Register the listeners on a new Bolt app and return it; nothing comes in before `connect`.

        *delivered* is told the kind of each delivery; *patience* and *deadline* are in seconds, see Desk.
        """
        app = self.app = build_app(self._web, self.identity, signing_secret=self._signing_secret)
        desk = self.desk = Desk(
            service=service,
            screen=Screen(self._web),
            people=self.people,
            channels=Channels(self._web, bot_name=self.identity.bot_name),
            clock=self._clock,
            identity=self.identity,
            tasks=self.tasks,
            patience=patience,
            deadline=deadline,
        )
        register(app, desk, forget=self.people.forget)
        if self._app_token:
            self._socket = SocketMode(app, app_token=self._app_token, proxies=self._proxies, delivered=delivered)
        elif self._signing_secret:
            self.http = SlackHttp(
                app, signing_secret=self._signing_secret, first_time=service.first_time, delivered=delivered
            )
        return app

    async def connect(self) -> None:
        """Open the socket, in Socket Mode; in HTTP mode deliveries come to `http.handle`."""
        if self._socket is not None:
            url, self._wss_url = self._wss_url, None
            await self._socket.connect(url)

    async def is_connected(self) -> bool:
        """Say whether deliveries can come in: always in HTTP mode, for all the bot can know."""
        return self._socket is None or await self._socket.is_connected()

    async def close(self, grace: float = 5.0) -> None:
        """Take no more deliveries, then wait *grace* seconds for answers that are under way."""
        if self._socket is not None:
            await self._socket.close(min(grace, 3.0))
        await self.tasks.close(grace)


@asynccontextmanager
async def open_edge(
    *,
    bot_token: str,
    clock: Clock,
    app_token: str | None = None,
    signing_secret: str | None = None,
    base_url: str = SLACK,
    app_id: str = "",
    team: str | None = None,
    proxies: Proxies | None = None,
) -> AsyncIterator[SlackEdge]:
    """Open the edge and close it again; *app_token* means Socket Mode, else *signing_secret* HTTP mode.

    *team*, where given, must be the workspace of the tokens. *proxies* None: Slack is reached directly.

    Raises:
        ConfigError: a token is wrong or missing; the text says which and how to mend it.
        SlackUnavailable: Slack can't be asked.
    """
    if not bot_token.strip():
        raise ConfigError("SLACK_BOT_TOKEN is empty. Copy the Bot User OAuth Token (xoxb-…) from api.slack.com/apps.")
    if not (app_token or signing_secret):
        raise ConfigError("Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.")
    async with identities.session() as http:
        web = identities.client(bot_token, base_url=base_url, http=http, proxies=proxies)
        me = await identities.connect(web, app_id=app_id)
        if team and me.team != TeamId(team):
            raise ConfigError(f"SLACK_BOT_TOKEN belongs to the workspace {me.team}, not to {team}.")
        wss_url = None
        if app_token:
            wss_url = await identities.open_connection(web, app_token)
            me = identities.with_app_of(me, wss_url)
        edge = SlackEdge(
            web,
            me,
            clock=clock,
            app_token=app_token,
            signing_secret=signing_secret,
            wss_url=wss_url,
            proxies=proxies,
        )
        try:
            yield edge
        finally:
            await edge.close()


def _not_about_the_environment(record: logging.LogRecord) -> bool:
    """Drop Bolt's warning that SLACK_BOT_TOKEN, which it reads by itself, is not what it uses: it uses the same."""
    return "SLACK_BOT_TOKEN" not in record.getMessage() and "`token` will be unused" not in record.getMessage()


def build_app(web: AsyncWebClient, identity: Identity, *, signing_secret: str | None = None) -> AsyncApp:
    """Return a Bolt app for one workspace that asks Slack nothing per request and writes nobody's input to the log.

    Listeners finish before the answer goes out (they keep what must be kept, and leave the rest to tasks), which also
    spares Bolt's 10 ms polling. A delivery that no listener wants is answered 404 by Bolt, as Slack expects.
    """
    quiet = logging.getLogger("bot.slack.bolt")
    quiet.setLevel(logging.WARNING)  # Bolt writes bodies and signatures at INFO and DEBUG
    quiet.addFilter(_not_about_the_environment)

    client = AsyncWebClient(base_url=web.base_url, session=web.session, retry_handlers=[], logger=quiet)
    client.proxy = web.proxy

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=identity.enterprise or None,
            team_id=identity.team,
            bot_user_id=identity.bot_user,
            bot_id=identity.bot_id,
            bot_token=web.token,
        )

    return AsyncApp(
        logger=quiet,
        client=client,  # without a token, which authorize has: Bolt warns of two
        authorize=authorize,
        signing_secret=signing_secret,
        request_verification_enabled=signing_secret is not None,
        process_before_response=True,
    )
