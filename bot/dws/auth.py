"""How requests prove who sends them: a token from IAM, or a signature by access keys. No I/O of its own.

Both know, once logged in, where DWS answers and which project the login is for. A login that is refused is not repeated
without end: IAM locks accounts and keys after a few failures in a row.

Sources: IAM API Reference, "Obtaining a User Token Through Password Authentication", "Querying Project Information";
API Gateway, "API Request Signing Guide" and "Error Codes" (APIGW.0301).
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx
from pydantic import SecretStr

from bot import values
from bot.core.errors import CloudError, CloudUnavailable
from bot.core.login_life import LoginLife
from bot.dws import regions, signing
from bot.dws.credentials import CloudSettings
from bot.dws.iam import PLAIN, Brake, CloudAuth, Location, no_project, read_iam, refuses_the_login
from bot.dws.logins import KeyLogin, TokenLogin, TokenRequester, token_request
from bot.dws.readings import moment
from bot.ports import Clock

_MARGIN: Final = timedelta(minutes=10)  # a token is renewed so long before it ends
_OLD_IS_GOOD_ENOUGH: Final = timedelta(minutes=1)  # after a failed renewal, while the old token still holds


@dataclass(frozen=True, slots=True)
class _Session:
    token: SecretStr
    location: Location
    expires_at: datetime | None  # None: not known, so a 401 tells


class TokenAuth(CloudAuth):
    """X-Auth-Token, from IAM or given; renewed before it ends, and once where it is refused.

    However many requests find the token missing or refused, one of them logs in and the others wait for its outcome.
    """

    def __init__(self, settings: CloudSettings, login: TokenRequester, clock: Clock) -> None:
        self._settings = settings
        self._login = login
        self._clock = clock
        # Five refusals within 15 minutes lock the account: two at once and one each five minutes are four at most,
        # and a password that an operator has fixed is noticed soon.
        self._brake = Brake(clock, allowed=2, pause=timedelta(minutes=5))
        self._lock = asyncio.Lock()
        self._session: _Session | None = None
        self._tries = 0  # that have ended
        self._failure: CloudError | None = None
        self._failed_at: datetime | None = None
        if isinstance(login, TokenLogin) and not login.iam and settings.endpoint:
            self._session = _Session(login.token, Location(settings.endpoint, login.project_id), None)

    async def location(self, http: httpx.AsyncClient) -> Location:
        """Return where DWS is, by the token's catalogue unless the settings say."""
        if (session := self._usable()) is None:
            tries = self._tries
            async with self._lock:
                if (session := self._usable()) is None:
                    with self._trying(tries) as login:
                        session = self._end(await http.send(login, auth=None, follow_redirects=False))
        return session.location

    @property
    def life(self) -> LoginLife:
        """A password gets token after token; a token that somebody else got ends for good."""
        ends_at = self._session.expires_at if self._session else None
        return LoginLife(not isinstance(self._login, TokenLogin), ends_at)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send *request* with the token; where that is refused, get another and send it once more."""
        refused: _Session | None = None
        while True:
            if (session := self._usable(refused)) is None:
                tries = self._tries
                async with self._lock:
                    if (session := self._usable(refused)) is None:
                        with self._trying(tries) as login:
                            # httpx gives no time-outs of its own to a request that comes from here
                            login.extensions["timeout"] = request.extensions.get("timeout", {})
                            response = yield login
                            await response.aread()
                            session = self._end(response)
            request.headers["X-Auth-Token"] = session.token.get_secret_value()
            response = yield request
            if refused is not None or response.status_code != 401 or isinstance(self._login, TokenLogin):
                return
            await response.aread()
            if not refuses_the_login(response):
                return
            refused = session

    def _usable(self, refused: _Session | None = None) -> _Session | None:
        """Return the session if it can be used: not the one *refused*, and not about to end."""
        session = self._session
        if session is None or session is refused:
            return None
        now = self._clock.now()
        if session.expires_at is None or now < session.expires_at - _MARGIN:
            return session
        just_failed = self._failed_at is not None and now - self._failed_at < _OLD_IS_GOOD_ENOUGH
        return session if just_failed and now < session.expires_at else None

    @contextmanager
    def _trying(self, tries: int) -> Iterator[httpx.Request]:
        """Give the login request to send; *tries* is how many had ended when the caller began to wait.

        Raises:
            CloudError: somebody else's try failed in the meantime, or the brake is on.
        """
        if self._tries != tries and self._failure:
            raise copy.copy(self._failure)
        self._brake.check()
        # holds if this try ends without an answer: then nobody comes to say why
        self._failure = CloudUnavailable("the login to the cloud did not finish", maybe_done=False)
        self._failed_at = self._clock.now()
        try:
            yield self._login_request()
        finally:
            self._tries += 1

    def _login_request(self) -> httpx.Request:
        url = f"{self._login.iam}/v3/auth/tokens"
        body = json.dumps(token_request(self._login), separators=(",", ":")).encode()
        return httpx.Request("POST", url, content=body, headers={**PLAIN, "Content-Type": "application/json"})

    def _end(self, response: httpx.Response) -> _Session:
        """Keep and return the session that IAM's *response* opens."""
        try:
            self._session = self._read(response)
        except CloudError as e:
            if e.status == 401:
                self._brake.refused()
            self._failure, self._failed_at = e, self._clock.now()
            raise
        self._brake.accepted()
        self._failure = self._failed_at = None
        return self._session

    def _read(self, response: httpx.Response) -> _Session:
        body = read_iam(response, self._clock.now())
        described = body.get("token")
        token = _sendable(response.headers.get("X-Subject-Token", ""))
        if not token or not isinstance(described, dict):
            raise CloudUnavailable("IAM answered without a token", status=response.status_code, maybe_done=False)
        project, user = _mapping(described, "project"), _mapping(described, "user")
        if not project.get("id"):
            raise no_project("the token is not for a project")
        endpoint = self._settings.endpoint or _catalogue_endpoint(described, self._settings) or self._regions_endpoint()
        if endpoint is None:
            region = self._settings.region
            where = f" in region {values.quoted(region, values.REGION)}" if region else ""
            raise no_project(f"the service catalogue has no DWS{where}: set DWS_ENDPOINT to its address")
        location = Location(
            endpoint, _sendable(str(project["id"])), str(project.get("name", "")), str(user.get("name", ""))
        )
        return _Session(SecretStr(token), location, moment(described.get("expires_at")))

    def _regions_endpoint(self) -> str | None:
        """Return DWS's address by the region's name, unless IAM is another company's."""
        region = self._settings.region or regions.region_of_project(self._login.project_name)
        endpoint = regions.dws_endpoint(region)
        return endpoint if endpoint and self._login.iam and regions.same_company(endpoint, self._login.iam) else None


class KeyAuth(CloudAuth):
    """A signature by access key and secret key; never repeated where it is refused."""

    requires_request_body = True
    requires_response_body = True

    def __init__(self, settings: CloudSettings, login: KeyLogin, clock: Clock) -> None:
        if settings.endpoint is None:
            raise ValueError("access keys come without a catalogue: the endpoint must be known")
        self._endpoint = settings.endpoint
        self._login = login
        self._clock = clock
        self._brake = Brake(clock, allowed=3, pause=timedelta(minutes=5))  # six in a row lock the key for 5 minutes
        self._lock = asyncio.Lock()
        self._project_id = login.project_id

    async def location(self, http: httpx.AsyncClient) -> Location:
        """Return where DWS is by the settings; the project's id is looked up by its name where it isn't given."""
        if not self._project_id:
            async with self._lock:
                if not self._project_id:
                    self._project_id = await self._look_up_project(http)
        who = f"the access key {self._login.access_key[:4]}…"  # enough to tell one from another
        return Location(self._endpoint, self._project_id, self._login.project_name, who)

    @property
    def life(self) -> LoginLife:
        """Temporary keys end, and nothing in them says when."""
        return LoginLife(self._login.security_token is None)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign *request* as it is, with the time of now."""
        self._brake.check()
        request.headers["X-Sdk-Date"] = signing.timestamp(self._clock.now())
        if self._project_id:
            request.headers["X-Project-Id"] = self._project_id
        if self._login.security_token:
            request.headers["X-Security-Token"] = self._login.security_token.get_secret_value()
        # only what no proxy on the way changes
        names = ("host", "content-type", "x-project-id", "x-sdk-date", "x-security-token")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        canonical = signing.canonical_request(
            request.method,
            request.url.raw_path.partition(b"?")[0].decode("ascii"),
            parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True),
            headers,
            request.content,
        )
        request.headers["Authorization"] = signing.authorization(
            canonical,
            headers,
            access_key=self._login.access_key,
            secret_key=self._login.secret_key.get_secret_value(),
        )
        response = yield request
        if response.status_code == 401 and refuses_the_login(response):
            self._brake.refused()
        elif response.status_code < 500:  # above that nobody looked at the signature
            self._brake.accepted()

    async def _look_up_project(self, http: httpx.AsyncClient) -> str:
        name = self._login.project_name
        request = httpx.Request("GET", f"{self._login.iam}/v3/projects", params={"name": name}, headers=PLAIN)
        response = await http.send(request, auth=self, follow_redirects=False)
        projects = read_iam(response, self._clock.now()).get("projects")
        if not isinstance(projects, list):
            raise CloudUnavailable("IAM answered without projects", status=response.status_code, maybe_done=False)
        found = [p["id"] for p in projects if isinstance(p, dict) and p.get("name") == name and p.get("id")]
        if len(found) != 1:
            shown = values.quoted(name)
            raise no_project(f"IAM shows {len(found)} projects named {shown}: set the project's id")
        return _sendable(str(found[0]))


def authenticate(settings: CloudSettings, clock: Clock) -> CloudAuth:
    """Return what proves requests by the login of *settings*."""
    if isinstance(settings.login, KeyLogin):
        return KeyAuth(settings, settings.login, clock)
    return TokenAuth(settings, settings.login, clock)


def _catalogue_endpoint(token: Mapping[str, Any], settings: CloudSettings) -> str | None:
    """Return DWS's address by the token's catalogue (type `dwsv1`, in older ones `dws`); None where it has none."""
    catalogue = token.get("catalog")
    services = [s for s in catalogue if isinstance(s, dict)] if isinstance(catalogue, list) else []
    for kind, interface in product(("dwsv1", "dws"), settings.interfaces):
        for service in services:
            endpoints = service.get("endpoints") if service.get("type") == kind else None
            for endpoint in endpoints if isinstance(endpoints, list) else ():
                if (
                    isinstance(endpoint, dict)
                    and endpoint.get("interface") == interface
                    and settings.region in ("", endpoint.get("region"), endpoint.get("region_id"))
                ):
                    try:
                        return regions.root(str(endpoint.get("url", "")))
                    except ValueError:
                        continue
    return None


def _sendable(given: str) -> str:
    """Return what IAM gave, which the next requests carry in a header.

    Raises:
        CloudUnavailable: no header can carry it.
    """
    try:
        return values.for_header(given)
    except ValueError as e:
        raise CloudUnavailable("IAM answered with what no header can carry", maybe_done=False) from e


def _mapping(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    child = parent.get(name)
    return child if isinstance(child, dict) else {}
