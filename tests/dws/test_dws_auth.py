"""Tokens and signatures: equal to the official signer's, renewed once by the first that needs them, never leaked."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.core.errors import CloudError, CloudLoginRefused, CloudUnavailable
from bot.core.ids import CloudName
from bot.dws import signing
from bot.dws.auth import KeyAuth, TokenAuth, authenticate
from bot.dws.credentials import CloudSettings
from bot.dws.logins import KeyLogin, PasswordLogin, TokenLogin, token_request
from bot.words import reasons
from tests.fakes.impatient_clock import ImpatientClock

AK, SK = "AKEXAMPLE0000000001", "SKexample/0000000000000000000000000001"
PROJECT = "0123456789abcdef0123456789abcdef"
HOST = "dws.eu-de.otc.t-systems.com"
DATE = "20260102T030405Z"
CREATE = (
    b'{"snapshot":{"name":"nightly-20260102","cluster_id":"11111111-2222-4333-8444-555555555555",'
    b'"description":"nightly backup"}}'
)
CLUSTER = "11111111-2222-4333-8444-555555555555"
JSON = {"content-type": "application/json"}

Vector = tuple[str, str, list[tuple[str, str]], dict[str, str], bytes, str]
VECTORS: list[Vector] = [
    (
        "POST",
        f"/v1.0/{PROJECT}/snapshots",
        [],
        {**JSON, "x-project-id": PROJECT},
        CREATE,
        "bcc1cf356fd5a5a92470ead22734a904f0bc00fbd279ede3a31bbf7e85dd3e1c",
    ),
    (
        "GET",
        f"/v1.0/{PROJECT}/snapshots",
        [],
        {},
        b"",
        "66caa0e9b2284b7d87db3746489acbd39acab8776313625aac81f5ac00bbe6b0",
    ),
    (
        "GET",
        f"/v1.0/{PROJECT}/clusters/{CLUSTER}/snapshots",
        [("limit", "10"), ("offset", "0"), ("sort_key", "started at"), ("sort_dir", "desc")],
        {"x-project-id": PROJECT, "x-security-token": "STSTOKEN=="},
        b"",
        "c78488a3c41d28b8c7325d9ec2214d7db95ca7976521515ef7e5e51fd1159aac",
    ),
    (
        "POST",
        f"/v1.0/{PROJECT}/snapshots",
        [],
        {"content-type": "application/json;charset=utf-8", "x-project-id": PROJECT, "x-security-token": "STSTOKEN=="},
        '{"snapshot":{"name":"nightly-ü","cluster_id":"c"}}'.encode(),
        "1170032b37aa11b705ed7b8425c5e024a6603472fad3a906dea7e0aee9b350ea",
    ),
]


def sign(method: str, path: str, query: list[tuple[str, str]], headers: dict[str, str], body: bytes) -> str:
    """Return the Authorization header by our own signer."""
    canonical = signing.canonical_request(method, path, query, headers, body)
    return signing.authorization(canonical, headers, access_key=AK, secret_key=SK)


@pytest.mark.parametrize(("method", "path", "query", "headers", "body", "signature"), VECTORS)
def test_the_known_signatures_come_out(
    method: str, path: str, query: list[tuple[str, str]], headers: dict[str, str], body: bytes, signature: str
) -> None:
    """Four requests whose signatures two other signers agree on."""
    signed = sign(method, path, query, {"host": HOST, "x-sdk-date": DATE, **headers}, body)
    names = ";".join(sorted(["host", "x-sdk-date", *headers]))
    assert signed == f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders={names}, Signature={signature}"


def test_the_canonical_request_is_the_documented_one() -> None:
    """Six parts; the path gains a slash, the headers end in a blank line."""
    headers = {"host": HOST, "x-sdk-date": DATE, **JSON, "x-project-id": PROJECT}
    canonical = signing.canonical_request("POST", f"/v1.0/{PROJECT}/snapshots", [], headers, CREATE)
    assert hashlib.sha256(canonical.encode()).hexdigest() == (
        "65c4108085d724a826032597ae6598e884b98aa67eeb7ecd20ce886a8278bd7b"
    )


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
visible = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "get"]),
    segments=st.lists(text, max_size=4),
    query=st.lists(st.tuples(text, text), max_size=4),
    headers=st.dictionaries(st.from_regex(r"x-[a-z][a-z0-9_-]{0,10}", fullmatch=True), visible, max_size=3),
    body=st.binary(max_size=60) | text.map(str.encode),
    moment=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1)),  # noqa: DTZ001
)
def test_every_signature_equals_the_official_signers(
    method: str,
    segments: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    moment: datetime,
) -> None:
    """Odd characters in paths, queries, headers and bodies: the cloud recomputes all of them."""
    path = "/" + "/".join(quote(s, safe="") for s in segments)
    headers = {**headers, "host": HOST, "x-sdk-date": signing.timestamp(moment.replace(tzinfo=UTC)), **JSON}
    theirs = SdkRequest(
        method=method,
        host=HOST,
        resource_path=path,
        query_params=list(query),
        header_params={k.title() if k == "content-type" else k: v for k, v in headers.items()},
        body=body,
    )
    Signer(BasicCredentials(AK, SK)).sign(theirs)
    assert sign(method, path, query, headers, body) == theirs.header_params["Authorization"]


def test_headers_with_underscores_are_not_signed() -> None:
    """Proxies drop them."""
    assert "x_odd" not in sign("GET", "/", [], {"host": HOST, "x-sdk-date": DATE, "x_odd": "1"}, b"")


# ---- access keys in requests


def key_settings(**login: Any) -> CloudSettings:
    keys = KeyLogin(access_key=AK, secret_key=SecretStr(SK), **{"project_id": PROJECT, **login})
    return CloudSettings(name=CloudName("default"), login=keys, endpoint=f"https://{HOST}", region="eu-de")


def key_auth(clock: ImpatientClock, **login: Any) -> KeyAuth:
    auth = authenticate(key_settings(**login), clock)
    assert isinstance(auth, KeyAuth)
    return auth


async def test_the_sent_request_is_the_signed_one() -> None:
    """What goes over the wire, recomputed by the official signer from the wire, has the same signature."""
    clock = ImpatientClock()
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    auth = key_auth(clock, security_token=SecretStr("STSTOKEN=="))
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        url = f"https://{HOST}/v1.0/{PROJECT}/snapshots"
        await http.post(url, content="ü".encode(), headers=JSON, auth=auth)
        await http.get(url, params={"name": "a b+c", "x": "ü"}, auth=auth)
    for request, query in zip(seen, ([], [("name", "a b+c"), ("x", "ü")]), strict=True):
        signed = request.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        assert {"host", "x-project-id", "x-sdk-date", "x-security-token"} <= set(signed)
        assert "user-agent" not in signed
        theirs = SdkRequest(
            method=request.method,
            host=HOST,
            resource_path=request.url.path,
            query_params=query,
            header_params={("Content-Type" if n == "content-type" else n): request.headers[n] for n in signed},
            body=request.content,
        )
        Signer(BasicCredentials(AK, SK)).sign(theirs)
        assert theirs.header_params["Authorization"] == request.headers["Authorization"]
        assert request.headers["X-Sdk-Date"] == "20261123T140500Z"


async def test_refused_keys_are_not_tried_without_end() -> None:
    """After three refusals in a row nothing is sent for five minutes; then one try, and a success clears the count."""
    clock = ImpatientClock()
    answers = [401] * 4 + [200]
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return httpx.Response(answers.pop(0), json={"error_code": "APIGW.0301", "error_msg": "no"} if answers else {})

    auth = key_auth(clock)
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url=f"https://{HOST}") as http:
        for _ in range(3):
            assert (await http.get("/", auth=auth)).status_code == 401
        with pytest.raises(CloudLoginRefused, match="3 logins in a row"):
            await http.get("/", auth=auth)
        assert len(seen) == 3
        clock.advance(301)
        assert (await http.get("/", auth=auth)).status_code == 401
        with pytest.raises(CloudLoginRefused):
            await http.get("/", auth=auth)
        clock.advance(301)
        for _ in range(2):
            answers.append(200)
            assert (await http.get("/", auth=auth)).status_code == 200


async def test_a_missing_cluster_is_not_a_refused_key() -> None:
    """DWS has said 401 of a cluster that is gone; that doesn't hold the key back."""
    gone = httpx.Response(401, json={"error_code": "DWS.0047", "error_msg": "cluster not found"})
    auth = key_auth(ImpatientClock())
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: gone)) as http:
        for _ in range(9):
            assert (await http.get(f"https://{HOST}/", auth=auth)).status_code == 401


async def test_a_project_is_looked_up_by_name_once() -> None:
    """Keys without a project's id ask IAM, signed, without a project header; the project's own name must match."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        projects = [{"id": "wrong", "name": "eu-de_other"}, {"id": PROJECT, "name": "eu-de"}]
        return httpx.Response(200, json={"projects": projects})

    auth = key_auth(ImpatientClock(), project_id="", project_name="eu-de", iam="https://iam.example")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        found = await asyncio.gather(*(auth.location(http) for _ in range(5)))
    assert {(f.endpoint, f.project_id) for f in found} == {(f"https://{HOST}", PROJECT)}
    (request,) = seen
    assert str(request.url) == "https://iam.example/v3/projects?name=eu-de"
    assert request.headers["Authorization"].startswith(f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders=host;x-sdk-date,")


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(200, json={"projects": []}), CloudLoginRefused),
        (
            httpx.Response(200, json={"projects": [{"id": "a", "name": "eu-de"}, {"id": "b", "name": "eu-de"}]}),
            CloudLoginRefused,
        ),
        (httpx.Response(200, json={}), CloudUnavailable),
        (httpx.Response(401, json={"error": {"code": 401, "message": "no"}}), CloudLoginRefused),
        (httpx.Response(403, json={"error": {"code": 403, "message": "no"}}), CloudLoginRefused),
        (httpx.Response(503), CloudUnavailable),
    ],
)
async def test_a_project_that_cannot_be_looked_up_is_the_logins_fault(
    response: httpx.Response, kind: type[CloudError]
) -> None:
    """None or several, a refusal, no answer: nothing was done, and the operator or time fixes it."""
    auth = key_auth(ImpatientClock(), project_id="", project_name="eu-de", iam="https://iam.example")
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: response)) as http:
        with pytest.raises(kind) as caught:
            await auth.location(http)
    assert getattr(caught.value, "maybe_done", False) is False


def test_keys_need_an_endpoint() -> None:
    """Without a catalogue nobody can say where DWS is."""
    with pytest.raises(ValueError, match="endpoint"):
        authenticate(replace(key_settings(), endpoint=None), ImpatientClock())


# ---- tokens


class FakeIam:
    """IAM and a DWS that accepts IAM's latest token; *refusing* and *failing* make logins go wrong."""

    def __init__(self, clock: ImpatientClock) -> None:
        self.clock = clock
        self.logins: list[httpx.Request] = []
        self.calls = 0
        self.life = timedelta(hours=24)
        self.accepted = ""
        self.answer: Callable[[], httpx.Response] | None = None
        self.catalogue: Any = [
            {"type": "iam", "endpoints": [{"interface": "public", "region": "eu-de", "url": "https://iam.example/v3"}]},
            {"type": "dws", "endpoints": [{"interface": "public", "region": "eu-de", "url": "https://old.example"}]},
            {
                "type": "dwsv1",
                "endpoints": [
                    {"interface": "internal", "region": "eu-de", "url": "https://internal.example/v1.0/p"},
                    {"interface": "public", "region": "eu-nl", "url": "https://nl.example/v1.0/p"},
                    {"interface": "public", "region": "eu-de", "url": f"https://{HOST}/v1.0/{PROJECT}"},
                ],
            },
        ]
        self.project: dict[str, str] = {"id": PROJECT, "name": "eu-de"}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        if request.url.path == "/v3/auth/tokens":
            self.logins.append(request)
            if self.answer:
                return self.answer()
            self.accepted = f"token-{len(self.logins)}"
            ends = (self.clock.now() + self.life).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            token = {"expires_at": ends, "project": self.project, "catalog": self.catalogue, "user": {"name": "bot"}}
            return httpx.Response(201, headers={"X-Subject-Token": self.accepted}, json={"token": token})
        self.calls += 1
        if request.headers.get("X-Auth-Token") == self.accepted:
            return httpx.Response(200, json={})
        return httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "token expired"})


LOGIN = PasswordLogin(
    iam="https://iam.eu-de.otc.t-systems.com",
    password=SecretStr("s3cret"),
    user_name="bot",
    domain_name="OTC",
    project_name="eu-de",
)
SETTINGS = CloudSettings(name=CloudName("default"), login=LOGIN, region="eu-de")
DWS = f"https://{HOST}/"


@pytest.fixture
def clock() -> ImpatientClock:
    return ImpatientClock()


@pytest.fixture
def iam(clock: ImpatientClock) -> FakeIam:
    return FakeIam(clock)


@pytest.fixture
async def http(iam: FakeIam) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(iam)) as http:
        yield http


@pytest.fixture
def auth(clock: ImpatientClock) -> TokenAuth:
    auth = authenticate(SETTINGS, clock)
    assert isinstance(auth, TokenAuth)
    return auth


def test_the_token_request_is_scoped_to_a_project() -> None:
    """The documented body; ids win over names, and a project's domain goes along where it is named."""
    assert token_request(LOGIN) == {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "bot", "password": "s3cret", "domain": {"name": "OTC"}}},
            },
            "scope": {"project": {"name": "eu-de"}},
        }
    }
    by_id = token_request(replace(LOGIN, user_id="u", project_id="p", project_domain_name="OTC"))["auth"]
    assert by_id["identity"]["password"]["user"] == {"id": "u", "password": "s3cret"}
    assert by_id["scope"] == {"project": {"id": "p"}}
    with_domain = token_request(replace(LOGIN, domain_id="d", project_domain_name="OTC"))["auth"]
    assert with_domain["identity"]["password"]["user"]["domain"] == {"id": "d"}
    assert with_domain["scope"] == {"project": {"name": "eu-de", "domain": {"name": "OTC"}}}


async def test_the_login_tells_project_and_endpoint(auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient) -> None:
    """The catalogue's dwsv1 of our region, public: scheme and host alone, since paths carry their own version."""
    place = await auth.location(http)
    assert (place.endpoint, place.project_id, place.project_name, place.user) == (
        f"https://{HOST}",
        PROJECT,
        "eu-de",
        "bot",
    )
    assert json.loads(iam.logins[0].content) == token_request(LOGIN)


@pytest.mark.parametrize(
    ("settings", "endpoint"),
    [
        (replace(SETTINGS, region="eu-nl"), "https://nl.example"),
        (replace(SETTINGS, interfaces=("internal",)), "https://internal.example"),
        (replace(SETTINGS, interfaces=("admin", "internal", "public")), "https://internal.example"),
        (replace(SETTINGS, region=""), "https://nl.example"),
        (replace(SETTINGS, endpoint="https://mine.example"), "https://mine.example"),
        (replace(SETTINGS, region="eu-ch2"), "https://dws.eu-ch2.sc.otc.t-systems.com"),
    ],
)
async def test_the_endpoint_is_the_settings_the_catalogues_or_the_regions(
    clock: ImpatientClock, http: httpx.AsyncClient, settings: CloudSettings, endpoint: str
) -> None:
    """In this order."""
    assert (await authenticate(settings, clock).location(http)).endpoint == endpoint


async def test_an_older_catalogue_says_dws(auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient) -> None:
    """The type without a version counts where the other is missing."""
    iam.catalogue = iam.catalogue[:2]
    assert (await auth.location(http)).endpoint == "https://old.example"


@pytest.mark.parametrize(
    "catalogue",
    [
        None,
        "x",
        [None],
        [{"type": "dwsv1"}],
        [{"type": "dwsv1", "endpoints": [None]}],
        [{"type": "dwsv1", "endpoints": [{"interface": "public", "region": "eu-de", "url": "ftp://x"}]}],
    ],
)
async def test_a_useless_catalogue_leaves_the_region(
    auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient, catalogue: object
) -> None:
    """Whatever is in its place, the region's own address is known."""
    iam.catalogue = catalogue
    assert (await auth.location(http)).endpoint == f"https://{HOST}"


async def test_no_address_is_guessed_in_another_companys_domain(
    clock: ImpatientClock, iam: FakeIam, http: httpx.AsyncClient
) -> None:
    """A token of a private IAM goes to no public cloud that has a region of the same name."""
    iam.catalogue = []
    private = replace(LOGIN, iam="https://iam.private.example")
    with pytest.raises(CloudLoginRefused, match="set DWS_ENDPOINT"):
        await authenticate(replace(SETTINGS, login=private), clock).location(http)


async def test_no_dws_anywhere_is_the_operators(clock: ImpatientClock, iam: FakeIam, http: httpx.AsyncClient) -> None:
    """A region that nobody knows, or a token without a project, says what to correct."""
    with pytest.raises(CloudLoginRefused) as caught:
        await authenticate(replace(SETTINGS, region="mars"), clock).location(http)
    assert "region" in reasons.problem(caught.value.why)
    iam.project = {}
    with pytest.raises(CloudLoginRefused, match="not for a project"):
        await authenticate(SETTINGS, clock).location(http)


async def test_a_token_is_used_until_shortly_before_its_end(
    auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient, clock: ImpatientClock
) -> None:
    """One login serves for a day, less ten minutes; then another comes before anything is refused."""
    for minutes in (0, 23 * 60 + 49, 2):
        clock.advance(timedelta(minutes=minutes))
        assert (await http.get(DWS, auth=auth)).status_code == 200
    assert len(iam.logins) == 2
    assert iam.calls == 3


async def test_a_refused_token_is_renewed_exactly_once(auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient) -> None:
    """A 401 brings one login and one repetition; a second 401 is the answer."""
    await http.get(DWS, auth=auth)
    iam.accepted = "another"
    assert (await http.get(DWS, auth=auth)).status_code == 200
    assert (len(iam.logins), iam.calls) == (2, 3)

    def useless() -> httpx.Response:
        body = {"token": {"project": iam.project, "catalog": iam.catalogue}}
        return httpx.Response(201, headers={"X-Subject-Token": "useless"}, json=body)

    iam.accepted, iam.answer = "another", useless
    assert (await http.get(DWS, auth=auth)).status_code == 401
    assert (len(iam.logins), iam.calls) == (3, 5)


async def test_many_requests_share_one_login(auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient) -> None:
    """Fifty at once without a token, then fifty whose token died: one login each time."""
    for logins in (1, 2):
        answers = await asyncio.gather(*(http.get(DWS, auth=auth) for _ in range(50)))
        assert {a.status_code for a in answers} == {200}
        assert len(iam.logins) == logins
        iam.accepted = "another"


async def test_many_requests_share_one_failure(auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient) -> None:
    """Who waits for a login that fails hears so at once, rather than trying after the others."""

    def refuse() -> httpx.Response:
        raise httpx.ConnectTimeout("no route")

    iam.answer = refuse
    outcomes = await asyncio.gather(*(http.get(DWS, auth=auth) for _ in range(50)), return_exceptions=True)
    assert len(iam.logins) == 1
    assert sum(isinstance(o, httpx.ConnectTimeout) for o in outcomes) == 1
    waited = [o for o in outcomes if isinstance(o, CloudUnavailable)]
    assert len(waited) == 49
    assert not any(o.maybe_done for o in waited)
    iam.answer = None
    assert (await http.get(DWS, auth=auth)).status_code == 200


async def test_a_missing_cluster_brings_no_login(auth: TokenAuth, iam: FakeIam) -> None:
    """A 401 that is about a cluster is passed on."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/tokens":
            return await iam(request)
        return httpx.Response(401, json={"error_code": "DWS.0047", "error_msg": "cluster not found"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        assert (await http.get(DWS, auth=auth)).status_code == 401
    assert len(iam.logins) == 1


async def test_a_failed_renewal_falls_back_on_the_old_token(
    auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient, clock: ImpatientClock
) -> None:
    """While IAM is down and the token holds, work goes on; IAM is asked again after a minute."""
    await http.get(DWS, auth=auth)
    clock.advance(timedelta(hours=23, minutes=51))
    iam.answer = lambda: httpx.Response(503)
    with pytest.raises(CloudUnavailable):
        await http.get(DWS, auth=auth)
    assert (await http.get(DWS, auth=auth)).status_code == 200
    assert len(iam.logins) == 2
    clock.advance(61)
    iam.answer = None
    assert (await http.get(DWS, auth=auth)).status_code == 200
    assert len(iam.logins) == 3


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (
            httpx.Response(401, json={"error": {"code": 401, "message": "wrong", "title": "Unauthorized"}}),
            CloudLoginRefused,
        ),
        (httpx.Response(400, json={"error": {"code": 400, "message": "bad"}}), CloudLoginRefused),
        (httpx.Response(403, json={"error": {"code": 403, "message": "disabled"}}), CloudLoginRefused),
        (httpx.Response(404, text="<html>"), CloudLoginRefused),
        (httpx.Response(429, headers={"Retry-After": "3"}), CloudUnavailable),
        (httpx.Response(500), CloudUnavailable),
        (httpx.Response(201, json={"token": {}}), CloudUnavailable),
        (httpx.Response(201, headers={"X-Subject-Token": "t"}, text="half"), CloudUnavailable),
        (httpx.Response(201, headers={"X-Subject-Token": "t"}, json={"token": []}), CloudUnavailable),
    ],
)
async def test_iams_errors_are_the_trees(
    auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient, response: httpx.Response, kind: type[CloudError]
) -> None:
    """What IAM refuses is the login's fault, never the requester's; and nothing was done."""
    iam.answer = lambda: response
    with pytest.raises(kind) as caught:
        await http.get(DWS, auth=auth)
    assert type(caught.value) is kind
    assert getattr(caught.value, "maybe_done", False) is False
    assert "s3cret" not in str(caught.value)


async def test_a_wrong_password_is_not_tried_without_end(
    auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient, clock: ImpatientClock
) -> None:
    """IAM locks an account after five failures within a quarter of an hour; there are never more than four."""
    iam.answer = lambda: httpx.Response(401, json={"error": {"code": 401, "message": "wrong"}})
    for _ in range(10):
        with pytest.raises(CloudLoginRefused):
            await auth.location(http)
    assert len(iam.logins) == 2
    tried_at = [clock.now()] * 2
    for _ in range(60):
        clock.advance(timedelta(minutes=1))
        before = len(iam.logins)
        with pytest.raises(CloudLoginRefused):
            await http.get(DWS, auth=auth)
        tried_at += [clock.now()] * (len(iam.logins) - before)
    quarter = timedelta(minutes=15)
    assert max(sum(start <= t < start + quarter for t in tried_at) for start in tried_at) == 4


async def test_a_password_that_was_mended_is_noticed_within_minutes(
    auth: TokenAuth, iam: FakeIam, http: httpx.AsyncClient, clock: ImpatientClock
) -> None:
    """The pause after a refused login ends by itself: nothing has to be restarted."""
    fixed = iam.answer
    iam.answer = lambda: httpx.Response(401, json={"error": {"code": 401, "message": "wrong"}})
    for _ in range(2):
        with pytest.raises(CloudLoginRefused):
            await auth.location(http)
    iam.answer = fixed
    clock.advance(timedelta(minutes=5, seconds=1))
    await auth.location(http)


async def test_a_login_keeps_the_requests_timeouts(auth: TokenAuth) -> None:
    """A hung IAM ends like a hung DWS."""
    timeouts: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions.get("timeout"))
        return httpx.Response(503)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), timeout=7.0) as http:
        for call in (http.get(DWS, auth=auth), auth.location(http)):
            with pytest.raises(CloudUnavailable):
                await call
    assert timeouts == [httpx.Timeout(7.0).as_dict()] * 2


# ---- a token that somebody else got


async def test_a_given_token_is_used_as_it_is(clock: ImpatientClock, iam: FakeIam, http: httpx.AsyncClient) -> None:
    """With project and endpoint named, IAM is not asked; a 401 stays one, since nobody can renew it."""
    login = TokenLogin(token=SecretStr("given"), project_id=PROJECT)
    auth = authenticate(replace(SETTINGS, login=login, endpoint=f"https://{HOST}"), clock)
    iam.accepted = "given"
    assert (await auth.location(http)).project_id == PROJECT
    assert (await http.get(DWS, auth=auth)).status_code == 200
    iam.accepted = "another"
    assert (await http.get(DWS, auth=auth)).status_code == 401
    assert iam.logins == []
    assert "given" not in repr(login)


async def test_for_a_given_token_iam_gives_one_for_the_project(
    clock: ImpatientClock, iam: FakeIam, http: httpx.AsyncClient
) -> None:
    """As openstacksdk does; the catalogue names the endpoint, and where the token is refused nobody can renew it."""
    login = TokenLogin(token=SecretStr("given"), iam="https://iam.example", project_name="eu-de")
    auth = authenticate(replace(SETTINGS, login=login), clock)
    place = await auth.location(http)
    assert (place.endpoint, place.project_id) == (f"https://{HOST}", PROJECT)
    assert json.loads(iam.logins[0].content) == token_request(login)
    assert token_request(login)["auth"]["identity"] == {"methods": ["token"], "token": {"id": "given"}}
    assert (await http.get(DWS, auth=auth)).status_code == 200
    iam.accepted = "another"
    assert (await http.get(DWS, auth=auth)).status_code == 401
    assert len(iam.logins) == 1
