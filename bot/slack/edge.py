"""The Slack edge: opened without a word to Slack; then its uplink finds out who the bot is, connects, and stays so.

async with open_edge(bot_token=…, app_token=…, clock=…) as edge:
    service = Service(people=edge.people, …)      # and the worker with edge.messenger
    edge.listen(service)
    await edge.uplink.run()                       # in HTTP mode with edge.handle as a route
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web as http
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import ConfigError
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
from bot.slack.uplink import Uplink

SLACK = "https://slack.com/api/"


class SlackEdge:
    """Everything that talks to Slack, for one workspace.

    *identity* is None until Slack has said who the bot is; then `connect` sets *app*, *desk* and, in HTTP mode,
    *http*. *uplink* calls `connect` as often as it takes.
    """

    def __init__(
        self,
        web: AsyncWebClient,
        *,
        clock: Clock,
        app_token: str | None,
        signing_secret: str | None,
        app_id: str = "",
        team: str | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        self.identity: Identity | None = None
        self.messenger = SlackMessenger(web, bot_id=None)
        self.people = SlackPeople(web, clock=clock)
        self.tasks = Tasks()
        self.uplink = Uplink(
            connect=self.connect, lost=self._lost, check=lambda: identities.connect(self._web), clock=clock
        )
        self.app: AsyncApp | None = None
        self.desk: Desk | None = None
        self.http: SlackHttp | None = None
        self._web = web
        self._clock = clock
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._app_id = app_id
        self._team = team
        self._register: Callable[[Identity], AsyncApp] | None = None
        self._proxies = proxies
        self._socket: SocketMode | None = None

    def listen(
        self,
        service: Service,
        *,
        delivered: Callable[[str], None] = lambda kind: None,
        patience: float = 0.8,
        deadline: float = 2.5,
    ) -> None:
        """Hand deliveries to *service*, once `connect` lets them in.

        *delivered* is told the kind of each delivery; *patience* and *deadline* are in seconds, see Desk.
        """

        def registered(me: Identity) -> AsyncApp:
            app = build_app(self._web, me, signing_secret=self._signing_secret)
            self.desk = Desk(
                service=service,
                screen=Screen(self._web),
                people=self.people,
                channels=Channels(self._web, bot_name=me.bot_name),
                clock=self._clock,
                identity=me,
                tasks=self.tasks,
                patience=patience,
                deadline=deadline,
            )
            register(app, self.desk, forget=self.people.forget)
            if self._app_token:
                self._socket = SocketMode(app, proxies=self._proxies, delivered=delivered)
            elif self._signing_secret:
                self.http = SlackHttp(
                    app, signing_secret=self._signing_secret, first_time=service.first_time, delivered=delivered
                )
            return app

        self._register = registered

    async def connect(self) -> None:
        """Find out who the bot is, where that isn't known, and let deliveries in: over a new socket, or by `handle`.

        Raises:
            ConfigError: Slack doesn't accept a token; the text says which and what to do.
            SlackUnavailable: Slack can't be asked, or not usefully.
        """
        if self.identity is None:
            me = await identities.connect(self._web, app_id=self._app_id)
            if self._team and me.team != self._team:
                raise ConfigError(f"SLACK_BOT_TOKEN belongs to the workspace {me.team}, not to {self._team}.")
            self.identity = me
            self.people.belong_to(me.team)
            self.messenger.speak_as(me.bot_id)
        url = await identities.open_connection(self._web, self._app_token) if self._app_token else ""
        if self.app is None and self._register is not None:
            self.identity = identities.with_app_of(self.identity, url)
            self.app = self._register(self.identity)
        if self._socket is not None:
            await self._socket.connect(url)

    async def _lost(self) -> str:
        if self._socket is not None:
            return await self._socket.lost()
        await asyncio.Event().wait()  # in HTTP mode it is Slack that connects
        raise AssertionError("nobody ends this wait")

    async def handle(self, request: http.Request) -> http.Response:
        """Answer a request of Slack's in HTTP mode; 503 until it is known who the bot is."""
        if self.http is None:
            return http.json_response({"error": "try again"}, status=503)
        return await self.http.handle(request)

    def is_connected(self) -> bool:
        """Say whether deliveries can come in."""
        return self.http is not None or (self._socket is not None and self._socket.is_connected())

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

    *team*, where given, must be the workspace of the tokens. *proxies* None: Slack is reached directly. Nothing is
    sent yet.

    Raises:
        ConfigError: a token is missing.
    """
    if not bot_token.strip():
        raise ConfigError("SLACK_BOT_TOKEN is empty. Copy the Bot User OAuth Token (xoxb-…) from api.slack.com/apps.")
    if not (app_token or signing_secret):
        raise ConfigError("Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.")
    async with identities.session() as session:
        web = identities.client(bot_token, base_url=base_url, http=session, proxies=proxies)
        edge = SlackEdge(
            web,
            clock=clock,
            app_token=app_token,
            signing_secret=signing_secret,
            app_id=app_id,
            team=team,
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
