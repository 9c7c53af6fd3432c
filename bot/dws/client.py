"""One cloud project over HTTP: `bot.ports.Cloud` on httpx.

Source: DWS API Reference, "Snapshot Management APIs" and "Cluster Management APIs".
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import httpx

from bot import __version__
from bot.causes import reason
from bot.clients import CALL, VIA, HttpClients
from bot.core.errors import CloudError, CloudForbidden, CloudUnavailable
from bot.core.ids import CloudName, ClusterId, SnapshotId
from bot.core.login_life import LoginLife
from bot.core.snapshot import Cluster, Created, Snapshot, Storage
from bot.dws import bodies, paging
from bot.dws.answers import WRONG_ADDRESS, answered_at, read_response, request_id_of
from bot.dws.auth import authenticate
from bot.dws.bounds import refuse_boundless
from bot.dws.credentials import CloudSettings
from bot.dws.iam import PLAIN, CloudAuth, Location
from bot.dws.meanings import CallKind
from bot.ports import Called, Clock
from bot.words import text

TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0, pool=5.0)  # seconds, each for one wait
WHOLE_CALL: Final = 60.0  # seconds for one try, a login included, however slowly the answer drips
READ_TRIES: Final = 3
FIRST_DELAY: Final = 0.5  # seconds before the second try of a read, doubled before the third
LONGEST_DELAY: Final = 5.0  # seconds; a cloud that wants us to stay away for longer is believed, and left alone

NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_WRONG_ADDRESS: Final = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects)
_TOO_SLOW: Final = (httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout, TimeoutError)
HTTPX_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)


class _Answered(NamedTuple):
    """What the cloud answered, when by its own clock, and its own id of the call ("" where it gave none)."""

    body: dict[str, Any]
    at: datetime | None
    request_id: str


class DwsClient:
    """One cloud project. Reads are tried up to three times; what changes something is sent once.

    Every method raises CloudError and nothing else of the network's.
    """

    def __init__(
        self,
        name: CloudName,
        http: httpx.AsyncClient,
        auth: CloudAuth,
        clock: Clock,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._http = http
        self._auth = auth
        self._clock = clock
        self._jitter = jitter
        self._complete: dict[str, int] = {}  # lists that are whole with so many items, whatever their count says
        self._listed_at: datetime | None = None
        self._clock_ahead: timedelta | None = None

    @property
    def name(self) -> CloudName:
        """The name in `clouds.yaml`, or "default"."""
        return self._name

    async def clusters(self) -> list[Cluster]:
        """Return every cluster of the project."""
        answers = await self._list(bodies.clusters_path, "list_clusters", "clusters")
        found = [cluster for answer in answers for cluster in bodies.clusters(answer.body, self._name)]
        return list({cluster.ref.id: cluster for cluster in found}.values())

    async def cluster(self, cluster: ClusterId) -> Cluster:
        """Return one cluster; CloudNotFound where it is gone."""
        answer = await self._read(CallKind.ONE, lambda project: bodies.cluster_path(project, cluster), "show_cluster")
        return bodies.cluster(answer.body, self._name)

    async def snapshots(self) -> list[Snapshot]:
        """Return every snapshot of the project."""
        self._listed_at = None
        answers = await self._list(bodies.snapshots_path, "list_snapshots", "snapshots")
        found = [snapshot for answer in answers for snapshot in bodies.snapshots(answer.body)]
        self._listed_at = answers[0].at
        return list({snapshot.id: snapshot for snapshot in found}.values())

    @property
    def listed_at(self) -> datetime | None:
        """When the cloud answered the last `snapshots()`, by its own clock; None where it didn't say."""
        return self._listed_at

    @property
    def login_life(self) -> LoginLife:
        """How long the login lasts, as far as it is known by now."""
        return self._auth.life

    @property
    def clock_ahead(self) -> timedelta | None:
        """By how much the cloud's clock was ahead of ours in its last answer, IAM's included; None: not known."""
        return self._clock_ahead

    async def compare_clocks(self, response: httpx.Response) -> None:
        """Keep how far the clock behind *response* is from ours: called for each, before it is read."""
        if at := answered_at(response.headers):
            self._clock_ahead = at - self._clock.now()

    async def snapshot(self, snapshot: SnapshotId) -> Snapshot:
        """Return one snapshot; CloudNotFound where it is gone."""
        answer = await self._read(CallKind.ONE, partial(bodies.snapshot_path, snapshot=snapshot), "show_snapshot")
        return bodies.snapshot(answer.body)

    async def storage(self, cluster: ClusterId) -> Storage:
        """Return what storage the snapshots of one cluster take; CloudNotFound where it is gone."""
        answer = await self._read(CallKind.ONE, lambda project: bodies.storage_path(project, cluster), "show_storage")
        return bodies.storage(answer.body)

    async def create_snapshot(self, cluster: ClusterId, name: str, description: str) -> Created:
        """Ask for a snapshot and return which it is; it is not usable yet.

        Not idempotent, so sent once (again only where a 401 shows that it was not looked at): after a
        CloudUnavailable with `maybe_done` the snapshot may exist all the same.
        """
        body = bodies.create_body(cluster, name, description)
        answer = await self._call(CallKind.CREATE, bodies.snapshots_path, "create_snapshot", body, method="POST")
        return Created(bodies.created(answer.body), answer.request_id)

    async def delete_snapshot(self, snapshot: SnapshotId) -> str:
        """Ask for a snapshot to be deleted, and return the cloud's own id of the call ("": it gave none).

        CloudNotFound where it was gone before. Sent once: what became of it is seen by a look.
        """
        path = partial(bodies.snapshot_path, snapshot=snapshot)
        return (await self._call(CallKind.DELETE, path, "delete_snapshot", method="DELETE")).request_id

    async def whoami(self) -> str:
        """Log in, list the clusters, and say who did so where: one line for the operator, without secrets.

        Raises:
            CloudError: as any other call would.
        """
        clusters = await self.clusters()
        place = await self._located()
        project = f"{place.project_name} ({place.project_id})" if place.project_name else place.project_id
        count = text("clusters", count=len(clusters))
        return f"{place.user or 'a given token'} in project {project} at {place.endpoint}: {count}"

    async def _list(self, path: Callable[[str], str], name: str, key: str) -> list[_Answered]:
        """Return the answers that hold the list *key* together.

        Raises:
            CloudUnavailable: it has no end.
        """
        found = [await self._read(CallKind.LIST, path, name)]
        known = bodies.ids(found[0].body, key)
        while len(found) < paging.MOST:
            announced = paging.next_page(found[-1].body, key)
            guesses = [] if announced else self._guesses(found, key, len(known))
            for query in [announced] if announced else guesses:
                try:
                    more = await self._read(CallKind.LIST, partial(_asked, path, query), name)
                except CloudForbidden:
                    if announced:
                        raise
                    continue  # the count was wrong, and DWS has no such parameter
                if new := bodies.ids(more.body, key) - known:
                    known |= new
                    found.append(more)
                    break
            else:
                if guesses:
                    self._complete[key] = len(known)
                return found
        raise CloudUnavailable(f"the list of {key} has more than {paging.MOST} pages", maybe_done=False)

    def _guesses(self, found: list[_Answered], key: str, have: int) -> list[str]:
        """Return what may bring more, unless that was tried in vain for a list of the same length."""
        return [] if self._complete.get(key) == have else list(paging.guesses(found[-1].body, have, len(found)))

    async def _read(self, call: CallKind, path: Callable[[str], str], name: str) -> _Answered:
        """GET, and try again where the cloud gave no useful answer: reading twice changes nothing.

        A try that ran out of time is not repeated, since somebody waits; nor one that the cloud wants later than soon.
        """
        for tried in range(1, READ_TRIES):
            try:
                return await self._call(call, path, name)
            except CloudUnavailable as e:
                delay = FIRST_DELAY * 2 ** (tried - 1) * (0.5 + self._jitter() / 2)
                delay = max(delay, e.retry_after or 0.0)
                if delay > LONGEST_DELAY or isinstance(e.__cause__, _TOO_SLOW):
                    raise
            await self._clock.sleep(delay)
        return await self._call(call, path, name)

    async def _call(
        self, call: CallKind, path: Callable[[str], str], name: str, body: bytes | None = None, *, method: str = "GET"
    ) -> _Answered:
        """Make the call that is counted as *name*."""
        place = await self._located()
        url = place.endpoint + path(place.project_id)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        what = f"{method} {path(place.project_id)}"
        request: httpx.Request | None = None
        try:
            request = self._http.build_request(method, url, content=body, headers=headers, extensions={CALL: name})
            async with asyncio.timeout(WHOLE_CALL):
                response = await self._http.send(request, auth=self._auth)
        except CloudError as e:
            raise _at_login(e) from e.__cause__
        except (*HTTPX_ERRORS, TimeoutError) as e:
            raise unreachable(e, what, sent=request) from e
        now = self._clock.now()
        said = read_response(response.status_code, response.headers, response.content, call=call, now=now)
        return _Answered(said, answered_at(response.headers), request_id_of(response.headers))

    async def _located(self) -> Location:
        try:
            async with asyncio.timeout(WHOLE_CALL):
                return await self._auth.location(self._http)
        except CloudError as e:
            raise _at_login(e) from e.__cause__
        except (*HTTPX_ERRORS, TimeoutError) as e:
            raise unreachable(e, "login", sent=None) from e


def _asked(path: Callable[[str], str], query: str, project: str) -> str:
    return f"{path(project)}?{query}"


def _at_login(error: CloudError) -> CloudError:
    """Return *error*, which what logs in raised, with a note of that."""
    error.at_login = True
    return error


def unreachable(error: Exception, what: str, *, sent: httpx.Request | None) -> CloudError:
    """Return what a failure of the network means; *sent* is the request to DWS, None while logging in.

    The cloud surely did nothing where no connection came about, or where another request than *sent* failed: the
    login comes first.
    """
    failed = sent
    with suppress(RuntimeError):  # httpx's way to say that the error knows of no request
        failed = error.request if isinstance(error, httpx.RequestError) else sent
    way = f" (by the proxy of {failed.extensions[VIA]})" if failed and VIA in failed.extensions else ""
    detail = f"{what}: {reason(error)}{way}"
    if isinstance(error, _WRONG_ADDRESS):
        return CloudForbidden(detail, why=WRONG_ADDRESS)
    never_sent = isinstance(error, NEVER_SENT) or sent is None or failed is not sent
    lost = CloudUnavailable(detail, maybe_done=not never_sent)
    return lost if sent is not None and failed is sent else _at_login(lost)


@asynccontextmanager
async def open_cloud(
    settings: CloudSettings,
    *,
    clock: Clock,
    clients: HttpClients | None = None,
    timeout: httpx.Timeout = TIMEOUT,
    transport: httpx.AsyncBaseTransport | None = None,
    jitter: Callable[[], float] = random.random,
    called: Called | None = None,
) -> AsyncIterator[DwsClient]:
    """Open the cloud project of *settings*; nothing is sent before the first call. Closes its connections.

    Without *clients* it is reached directly. *transport* stands in for the network in tests. *called* counts the calls.

    Raises:
        ConfigError: the file with the certificates to trust holds none, or can't be read.
    """
    async with (clients or HttpClients()).cloud(
        timeout=timeout,
        headers={**PLAIN, "User-Agent": f"dws-snapshot-bot/{__version__}"},
        on_response=[refuse_boundless],
        ca_file=settings.ca_file,
        transport=transport,
        called=called,
    ) as http:
        client = DwsClient(settings.name, http, authenticate(settings, clock), clock, jitter=jitter)
        http.event_hooks["response"].append(client.compare_clocks)
        yield client
