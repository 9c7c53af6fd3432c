"""The simulated IAM: discovery, tokens, projects and temporary keys, seen over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from dws_sandbox import DwsSimulator
from tests.fakes.clock import FakeClock
from tests.harness.plain_http import NO_TLS


@pytest.fixture
async def cloud(clock: FakeClock) -> AsyncIterator[DwsSimulator]:
    async with DwsSimulator(clock=clock, project_name="eu-de_prod") as cloud:
        yield cloud


@pytest.fixture
async def http(cloud: DwsSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=cloud.url, verify=NO_TLS) as http:
        yield http


def auth(cloud: DwsSimulator, *, scope: Any = "by id", **user: Any) -> dict[str, Any]:
    """Return the body of a login; *user* replaces fields of the user."""
    known = {"name": cloud.username, "password": cloud.password, "domain": {"name": cloud.domain}}
    body: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": known | user}}}
    if scope is not None:
        body["scope"] = {"project": {"id": cloud.project_id}} if scope == "by id" else scope
    return {"auth": body}


async def log_in(http: httpx.AsyncClient, body: dict[str, Any]) -> str:
    """Return the token of a login that must succeed."""
    response = await http.post("/v3/auth/tokens", json=body)
    assert response.status_code == 201, response.text
    return response.headers["X-Subject-Token"]


async def list_status(http: httpx.AsyncClient, cloud: DwsSimulator, token: str) -> int:
    """Return the status of DWS's list with *token*."""
    path = f"/v1.0/{cloud.project_id}/snapshots"
    return (await http.get(path, headers={"X-Auth-Token": token})).status_code


async def test_versions_are_discovered(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """`/` answers 300 with the list, `/v3` and `/v3/` 200 with v3's own address; no login is needed."""
    root = await http.get("/")
    assert (root.status_code, [v["id"] for v in root.json()["versions"]["values"]]) == (300, ["v3.6"])
    for path in ("/v3", "/v3/"):
        version = (await http.get(path)).json()["version"]
        assert (version["status"], version["links"][0]["href"]) == ("stable", f"{cloud.auth_url}/")


async def test_a_login_is_201_with_the_token_in_a_header(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """The token is several KB, lives 24 h to the microsecond, and names project and user."""
    response = await http.post("/v3/auth/tokens", json=auth(cloud))
    token = response.json()["token"]

    assert response.status_code == 201
    assert len(response.headers["X-Subject-Token"]) > 2000
    assert token["issued_at"] == "2026-11-23T14:05:00.000000Z"
    assert token["expires_at"] == "2026-11-24T14:05:00.000000Z"
    assert (token["project"]["id"], token["project"]["name"]) == (cloud.project_id, "eu-de_prod")
    assert token["user"]["name"] == cloud.username
    assert cloud.password not in response.text


async def test_a_token_for_a_token_ends_when_that_does(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """Nobody stays logged in for ever by one password."""
    first = await http.post("/v3/auth/tokens", json=auth(cloud))
    cloud.clock.ahead += 3600
    body = auth(cloud)
    body["auth"]["identity"] = {"methods": ["token"], "token": {"id": first.headers["X-Subject-Token"]}}
    second = await http.post("/v3/auth/tokens", json=body)
    assert second.json()["token"]["expires_at"] == first.json()["token"]["expires_at"]


async def test_a_user_with_login_protection_is_refused_as_iam_words_it(
    http: httpx.AsyncClient, cloud: DwsSimulator
) -> None:
    """The fault `mfa`: the password alone isn't enough."""
    cloud.break_next("mfa")
    refused = await http.post("/v3/auth/tokens", json=auth(cloud))
    assert (refused.status_code, refused.json()["error"]["message"]) == (401, "mfa totp code verify fail")


async def test_the_catalogue_leads_to_dws(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """`dwsv1` with version and project, `dws` without, identity with /v3; `?nocatalog` leaves it out."""
    catalogue = (await http.post("/v3/auth/tokens", json=auth(cloud))).json()["token"]["catalog"]
    urls = {s["type"]: [(e["interface"], e["region_id"], e["url"]) for e in s["endpoints"]] for s in catalogue}

    assert urls["dwsv1"] == [("public", "eu-de", f"{cloud.url}/v1.0/{cloud.project_id}")]
    assert urls["dws"] == [("public", "eu-de", cloud.url)]
    assert urls["identity"][0][2] == cloud.auth_url
    bare = await http.post("/v3/auth/tokens", params={"nocatalog": "true"}, json=auth(cloud))
    assert "catalog" not in bare.json()["token"]


@pytest.mark.parametrize(
    "change",
    [
        {"password": "wrong"},
        {"password": None},
        {"name": "somebody"},
        {"domain": {"name": "OTHER"}},
        {"scope": {"project": {"id": "f" * 32}}},
        {"scope": {"project": {"name": "eu-nl"}}},
        {"scope": {"project": {"name": "eu-de_prod", "domain": {"name": "OTHER"}}}},
    ],
    ids=str,
)
async def test_a_wrong_login_is_401_in_keystones_words(
    http: httpx.AsyncClient, cloud: DwsSimulator, change: dict[str, Any]
) -> None:
    """`{"error": {"code": 401, "message": …, "title": "Unauthorized"}}`, and no token."""
    response = await http.post("/v3/auth/tokens", json=auth(cloud, **change))
    error = response.json()["error"]

    assert response.status_code == error["code"] == 401
    assert error["title"] == "Unauthorized"
    assert "X-Subject-Token" not in response.headers


async def test_users_and_projects_go_by_id_or_name(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """A user id needs no domain; a project name may carry one, by id or name."""
    account = cloud.account
    by_id = auth(cloud)
    by_id["auth"]["identity"]["password"]["user"] = {"id": account.user_id, "password": cloud.password}
    for body in (
        by_id,
        auth(cloud, scope={"project": {"name": "eu-de_prod"}}),
        auth(cloud, scope={"project": {"name": "eu-de_prod", "domain": {"id": account.domain_id}}}),
        auth(cloud, domain={"id": account.domain_id}),
    ):
        assert await list_status(http, cloud, await log_in(http, body)) == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"auth": 1}',
        '{"auth": {}}',
        '{"auth": {"identity": {"methods": []}}}',
        '{"auth": {"identity": {"methods": ["totp"]}}}',
        '{"auth": {"identity": {"methods": ["password"]}}}',
        '{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "snapshot-bot"}}}}}',
        '{"auth": {"identity": {"methods": ["token"]}}}',
    ],
)
async def test_a_malformed_login_is_400(http: httpx.AsyncClient, body: str) -> None:
    """In Keystone's shape."""
    response = await http.post("/v3/auth/tokens", content=body)

    assert (response.status_code, response.json()["error"]["title"]) == (400, "Bad Request")


async def test_a_token_buys_a_token(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """The method `token` issues a new one, with a new scope; a token that nobody issued buys none."""
    unscoped = await log_in(http, auth(cloud, scope=None))
    body = auth(cloud)
    body["auth"]["identity"] = {"methods": ["token"], "token": {"id": unscoped}}
    scoped = await log_in(http, body)

    assert await list_status(http, cloud, unscoped) == 401
    assert await list_status(http, cloud, scoped) == 200
    body["auth"]["identity"]["token"]["id"] = "made-up"
    assert (await http.post("/v3/auth/tokens", json=body)).status_code == 401


async def test_tokens_end_by_the_clock(http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock) -> None:
    """Good until 24 h are over, then 401 APIGW.0301; an earlier token stays good beside a later one."""
    first = await log_in(http, auth(cloud))
    clock.advance(timedelta(hours=23, minutes=59))
    second = await log_in(http, auth(cloud))
    assert [await list_status(http, cloud, t) for t in (first, second)] == [200, 200]
    clock.advance(60)
    assert [await list_status(http, cloud, t) for t in (first, second)] == [401, 200]


async def test_tokens_are_revoked_on_request(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """After it every token is refused with APIGW.0301, and a new login works."""
    token = await log_in(http, auth(cloud))
    assert cloud.revoke_tokens() == 1

    refused = await http.get(f"/v1.0/{cloud.project_id}/snapshots", headers={"X-Auth-Token": token})
    assert (refused.status_code, refused.json()["error_code"]) == (401, "APIGW.0301")
    assert await list_status(http, cloud, await log_in(http, auth(cloud))) == 200


async def test_no_login_no_entry(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """401 for a missing and a made-up token, in the dialect of the service that was asked."""
    for headers in ({}, {"X-Auth-Token": "made-up"}):
        dws = await http.get(f"/v1.0/{cloud.project_id}/snapshots", headers=headers)
        iam = await http.get("/v3/projects", headers=headers)
        assert (dws.status_code, dws.json()["error_code"]) == (401, "APIGW.0301")
        assert (iam.status_code, iam.json()["error"]["code"]) == (401, 401)


async def test_a_token_opens_its_own_project_only(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """403 DWS.0015 for another one."""
    headers = {"X-Auth-Token": await log_in(http, auth(cloud))}
    response = await http.get(f"/v1.0/{'f' * 32}/snapshots", headers=headers)

    assert (response.status_code, response.json()["error_code"]) == (403, "DWS.0015")


async def test_a_token_is_checked(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """GET /v3/auth/tokens says what `X-Subject-Token` is; 404 where it is nothing."""
    token = await log_in(http, auth(cloud))
    known = await http.get("/v3/auth/tokens", headers={"X-Auth-Token": token, "X-Subject-Token": token})
    unknown = await http.get("/v3/auth/tokens", headers={"X-Auth-Token": token, "X-Subject-Token": "made-up"})

    assert (known.status_code, known.json()["token"]["project"]["id"]) == (200, cloud.project_id)
    assert unknown.status_code == 404
    assert (cloud.calls.count("token"), cloud.calls.count("check")) == (1, 2)


async def test_projects_are_found_by_name(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """All without a name, one by its name, none by another."""
    headers = {"X-Auth-Token": await log_in(http, auth(cloud, scope=None))}

    async def ids(**params: str) -> list[str]:
        return [p["id"] for p in (await http.get("/v3/projects", params=params, headers=headers)).json()["projects"]]

    assert await ids() == await ids(name="eu-de_prod") == [cloud.project_id]
    assert await ids(name="eu-nl") == []


async def test_temporary_keys_last_as_long_as_asked(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """900 s where nothing is said, up to 86400; anything else is 400."""
    headers = {"X-Auth-Token": await log_in(http, auth(cloud))}

    async def ask(**token: Any) -> httpx.Response:
        body = {"auth": {"identity": {"methods": ["token"], "token": token}}}
        return await http.post("/v3.0/OS-CREDENTIAL/securitytokens", json=body, headers=headers)

    default = await ask()
    assert default.status_code == 201
    assert default.json()["credential"].keys() == {"access", "secret", "securitytoken", "expires_at"}
    ends = [
        datetime.fromisoformat((await ask(**t)).json()["credential"]["expires_at"])
        for t in ({}, {"duration_seconds": 86400})
    ]
    assert [e - cloud.clock.now() for e in ends] == [timedelta(seconds=900), timedelta(seconds=86400)]
    assert [(await ask(duration_seconds=s)).status_code for s in (899, 86401, "900", True)] == [400] * 4


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"auth": {"identity": {"methods": ["assume_role"]}}}',
        '{"auth": {"identity": {"methods": ["token"], "token": 1}}}',
    ],
)
async def test_a_malformed_wish_for_keys_is_400(http: httpx.AsyncClient, cloud: DwsSimulator, body: str) -> None:
    """In Keystone's shape."""
    headers = {"X-Auth-Token": await log_in(http, auth(cloud))}
    response = await http.post("/v3.0/OS-CREDENTIAL/securitytokens", content=body, headers=headers)

    assert (response.status_code, response.json()["error"]["code"]) == (400, 400)
