"""Slack's side of the bot. Opening it sends nothing; its uplink finds out who the bot is and keeps it connected.

async with open_edge(bot_token=…, app_token=…, clock=…, store=…) as edge:
    service = Service(people=edge.people, channels=edge.channels, …)      # and the worker with edge.messenger
    async with edge.listening(service) as slack:
        await slack.uplink.run()                  # in HTTP mode with slack.handle as a route

Long because it is where all parts of the edge are joined.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web as http
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients import HttpClients
from bot.core.errors import ConfigError
from bot.core.phrase import COMMAND
from bot.metrics import Metrics
from bot.ports import Called, Clock, Store
from bot.service import Service
from bot.slack.door import identity
from bot.slack.door.admission import Admission
from bot.slack.door.http_mode import SlackHttp
from bot.slack.door.identity import Identity
from bot.slack.door.socket_mode import SocketMode
from bot.slack.door.tasks import Tasks
from bot.slack.door.uplink import Uplink
from bot.slack.handlers.context import Context
from bot.slack.handlers.homes import Homes
from bot.slack.handlers.listeners import register
from bot.slack.handlers.redraws import Redraws
from bot.slack.handlers.refusals import Refusals
from bot.slack.handlers.runner import ANSWER_SECONDS, Runner
from bot.slack.outbound.channels import SlackChannels
from bot.slack.outbound.messenger import SlackMessenger
from bot.slack.outbound.readers import Readers
from bot.slack.outbound.surfaces import Surfaces
from bot.slack.outbound.usergroups import SlackGroups
from bot.slack.outbound.users import SlackPeople
from bot.words import Languages

SLACK = "https://slack.com/api/"
_FOR_A_PERSON: Final = 0.8  # of the time for an answer: who somebody is, and which groups they are in
_FOR_A_CHANNEL: Final = 0.6


@dataclass(kw_only=True)
class SlackEdge:
    """Everything that the bot says and asks in Slack, for one workspace; `listening` lets deliveries in as well."""

    web: AsyncWebClient
    clock: Clock
    store: Store
    app_token: str | None
    signing_secret: str | None
    app_id: str
    command: str
    clients: HttpClients
    languages: Languages
    deadline: float

    def __post_init__(self) -> None:
        """Make the parts that talk to Slack."""
        web, store = self.web, self.store
        person, channel = _FOR_A_PERSON * self.deadline, _FOR_A_CHANNEL * self.deadline
        self.people = SlackPeople(web, store=store, patience=person)
        self.groups = SlackGroups(web, store=store, patience=person)
        self.channels, self.surfaces = SlackChannels(web, patience=channel), Surfaces(web)
        self.readers = Readers(self.languages, self.people)
        self.messenger = SlackMessenger(web, store=store, bot_id=None, readers=self.readers, channels=self.channels)

    @asynccontextmanager
    async def listening(
        self,
        service: Service,
        *,
        metrics: Metrics | None = None,
        patience: float = 0.8,
    ) -> AsyncIterator[SlackConnection]:
        """Give what keeps the bot connected, for deliveries to *service*; it is closed in the end.

        *metrics* counts deliveries and answers; *patience* is in seconds, see Runner.
        """
        connection = SlackConnection(edge=self, service=service, metrics=metrics or Metrics(), patience=patience)
        try:
            yield connection
        finally:
            await connection.close()

    async def introduce(self) -> Identity:
        """Find out who the bot is, and let every part of it know.

        Raises:
            ConfigError: Slack doesn't accept the bot token, or it belongs to another app than the settings say.
            SlackUnavailable: Slack can't be asked, or not usefully.
        """
        me = await identity.introduce(self.web, app_id=self.app_id, app_token=self.app_token or "")
        for part in (self.people, self.groups):
            part.belong_to(me.team)
        self.messenger.speak_as(me.bot_id)
        self.channels.invited_as(me.bot_name)
        return me

    async def check(self) -> None:
        """Ask Slack whether the bot token is still accepted; raises as `introduce` does."""
        await identity.connect(self.web)

    async def open_connection(self) -> str:
        """Return the secret URL of a new socket; "" in HTTP mode, where Slack connects. Raises as `introduce` does."""
        return await identity.open_connection(self.web, self.app_token) if self.app_token else ""

    def door(self, me: Identity, runner: Runner, service: Service, *, metrics: Metrics) -> Door:
        """Return what lets deliveries for *me* in to the handlers that *runner* runs."""
        app = build_app(self.web, me, self.clients, signing_secret=self.signing_secret)
        app.use(Admission(me, first_time=service.first_time, tell=partial(runner.tell, me)).check)
        register(app, runner, me, command=self.command)
        if self.app_token or not self.signing_secret:
            return Door(me, app, runner, SocketMode(app, proxies=self.clients.proxies, metrics=metrics))
        secret = self.signing_secret
        http_mode = SlackHttp(app, signing_secret=secret, first_time=service.first_time, metrics=metrics)
        return Door(me, app, runner, http_mode)


@dataclass(frozen=True, slots=True)
class Door:
    """What lets deliveries in, from when it is known who the bot is."""

    identity: Identity
    app: AsyncApp
    runner: Runner
    transport: SocketMode | SlackHttp


@dataclass(kw_only=True)
class SlackConnection:
    """The bot's connection with Slack: *uplink* keeps it. *me* and *door* are None until Slack says who the bot is."""

    edge: SlackEdge
    service: Service
    metrics: Metrics
    patience: float
    door: Door | None = None
    me: Identity | None = None

    def __post_init__(self) -> None:
        """Make what keeps the connection; nothing is sent yet."""
        self.tasks = Tasks()
        self.uplink = Uplink(connect=self.connect, lost=self._lost, check=self.edge.check, clock=self.edge.clock)

    async def connect(self) -> None:
        """Find out who the bot is, where that isn't known, and let deliveries in: over a new socket, or by `handle`.

        Raises:
            ConfigError: Slack doesn't accept a token; the text says which and what to do.
            SlackUnavailable: Slack can't be asked, or not usefully.
        """
        if self.me is None:
            self.me = await self.edge.introduce()
        url = await self.edge.open_connection()
        if self.door is None:
            me = identity.with_app_of(self.me, url)
            self.door = self.edge.door(me, self._runner(me), self.service, metrics=self.metrics)
        if isinstance(self.door.transport, SocketMode):
            await self.door.transport.connect(url)

    def _runner(self, me: Identity) -> Runner:
        edge = self.edge
        context = Context(
            service=self.service,
            surfaces=edge.surfaces,
            redraws=Redraws(),
            homes=Homes(edge.clock),
            clock=edge.clock,
            company=me.team_name,
            command=edge.command,
            forget=edge.people.forget,
        )
        refusals = Refusals(context, people=edge.people, tasks=self.tasks)
        return Runner(
            context,
            refusals,
            readers=edge.readers,
            tasks=self.tasks,
            metrics=self.metrics,
            patience=self.patience,
            deadline=edge.deadline,
        )

    @property
    def _socket(self) -> SocketMode | None:
        return self.door.transport if self.door and isinstance(self.door.transport, SocketMode) else None

    async def _lost(self) -> str:
        if self._socket is not None:
            return await self._socket.lost()
        await asyncio.Event().wait()  # in HTTP mode it is Slack that connects
        raise AssertionError("nobody ends this wait")

    async def handle(self, request: http.Request) -> http.Response:
        """Answer a request of Slack's in HTTP mode; 503 until it is known who the bot is."""
        if self.door is None or not isinstance(self.door.transport, SlackHttp):
            return http.json_response({"error": "try again"}, status=503)
        return await self.door.transport.handle(request)

    def is_connected(self) -> bool:
        """Say whether deliveries can come in."""
        return self._socket.is_connected() if self._socket else self.door is not None

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
    store: Store,
    app_token: str | None = None,
    signing_secret: str | None = None,
    base_url: str = SLACK,
    app_id: str = "",
    command: str = COMMAND,
    clients: HttpClients | None = None,
    languages: Languages | None = None,
    called: Called | None = None,
    deadline: float = ANSWER_SECONDS,
) -> AsyncIterator[SlackEdge]:
    """Open the edge, and close it in the end; *app_token* means Socket Mode, else *signing_secret* HTTP mode.

    *app_id*, where given, must be that of the tokens; *command* is the slash command. Without *clients* Slack is
    reached directly, without *languages* the bot speaks those in bot/words. *called* counts
    the calls to Slack. *deadline* is in how many seconds Slack is answered, and with it how long Slack is asked for
    what an answer needs. Nothing is sent yet.

    Raises:
        ConfigError: a token is missing.
    """
    if not bot_token.strip():
        raise ConfigError("SLACK_BOT_TOKEN is empty. Copy the Bot User OAuth Token (xoxb-…) from api.slack.com/apps.")
    if not (app_token or signing_secret):
        raise ConfigError("Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.")
    clients = clients or HttpClients()
    async with clients.slack() as session:
        yield SlackEdge(
            web=clients.web(bot_token, base_url=base_url, session=session, called=called),
            clock=clock,
            store=store,
            app_token=app_token,
            signing_secret=signing_secret,
            app_id=app_id,
            command=command,
            clients=clients,
            languages=languages or Languages(),
            deadline=deadline,
        )


def _not_about_the_environment(record: logging.LogRecord) -> bool:
    """Drop Bolt's warning that SLACK_BOT_TOKEN, which it reads by itself, is not what it uses: it uses the same."""
    return "SLACK_BOT_TOKEN" not in record.getMessage() and "`token` will be unused" not in record.getMessage()


def build_app(
    web: AsyncWebClient, me: Identity, clients: HttpClients | None = None, *, signing_secret: str | None = None
) -> AsyncApp:
    """Return a Bolt app for one workspace that asks Slack nothing per request and writes nobody's input to the log.

    Listeners finish before the answer goes out (they keep what must be kept, and leave the rest to tasks), which also
    spares Bolt's 10 ms polling. A delivery that no listener wants is answered 404 by Bolt, as Slack expects.
    """
    assert web.session is not None, "HttpClients.web gives it the session"
    name = "bot.slack.bolt"
    client = (clients or HttpClients()).web(None, base_url=web.base_url, session=web.session, logger=name)
    quiet = logging.getLogger(name)  # Bolt writes bodies and signatures at INFO and DEBUG
    quiet.addFilter(_not_about_the_environment)

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=me.enterprise or None,
            team_id=me.team,
            bot_user_id=me.bot_user,
            bot_id=me.bot_id,
            bot_token=web.token,
        )

    return AsyncApp(
        name="snapshot-bot",  # else Bolt reads the source of every frame on the stack to find one
        logger=quiet,
        client=client,  # without a token, which authorize has: Bolt warns of two
        authorize=authorize,
        signing_secret=signing_secret,
        request_verification_enabled=signing_secret is not None,
        process_before_response=True,
    )
