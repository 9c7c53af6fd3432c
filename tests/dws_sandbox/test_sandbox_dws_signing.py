"""The simulated gateway: who gets past it by signature, and who does not."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dws_sandbox import DWH_DEV, DWH_PROD, DwsSimulator
from dws_sandbox.iam import Key
from dws_sandbox.signing import Authorization, BadSignature, canonical_request
from tests.fakes.clock import FakeClock
from tests.harness.plain_http import NO_TLS

AK = "AKEXAMPLE0000000001"
SK = "SKexample/0000000000000000000000000001"
HOST = "dws.eu-de.otc.t-systems.com"
DATE = "20260102T030405Z"
PROJECT = "0123456789abcdef0123456789abcdef"
SNAPSHOTS = f"/v1.0/{PROJECT}/snapshots"
BODY = (
    b'{"snapshot":{"name":"nightly-20260102","cluster_id":"11111111-2222-4333-8444-555555555555",'
    b'"description":"nightly backup"}}'
)
V1 = "bcc1cf356fd5a5a92470ead22734a904f0bc00fbd279ede3a31bbf7e85dd3e1c"
V2 = "66caa0e9b2284b7d87db3746489acbd39acab8776313625aac81f5ac00bbe6b0"


def authorization(signed: str, signature: str, ak: str = AK) -> str:
    return f"SDK-HMAC-SHA256 Access={ak}, SignedHeaders={signed}, Signature={signature}"


V1_HEADERS = {
    "Host": HOST,
    "Content-Type": "application/json",
    "X-Project-Id": PROJECT,
    "X-Sdk-Date": DATE,
    "Authorization": authorization("content-type;host;x-project-id;x-sdk-date", V1),
}
V2_HEADERS = {"Host": HOST, "X-Sdk-Date": DATE, "Authorization": authorization("host;x-sdk-date", V2)}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.fixture
async def cloud(clock: FakeClock) -> AsyncIterator[DwsSimulator]:
    async with DwsSimulator(clock=clock, project_id=PROJECT, ak=AK, sk=SK) as cloud:
        yield cloud


@pytest.fixture
async def http(cloud: DwsSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=cloud.url, verify=NO_TLS) as http:
        yield http


def sign(
    clock: FakeClock, http: httpx.AsyncClient, path: str, *, ak: str = AK, sk: str = SK, **extra: str
) -> dict[str, str]:
    """Sign a GET without a query in the plainest way; *extra* headers have `_` for `-`."""
    date = clock.now().strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": http.base_url.netloc.decode(), "x-sdk-date": date}
    headers |= {name.replace("_", "-"): value for name, value in extra.items()}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"GET\n{path}/\n\n{lines}\n{names}\n{hashlib.sha256(b'').hexdigest()}"
    text = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(sk.encode(), text.encode(), hashlib.sha256).hexdigest()
    return headers | {"authorization": authorization(names, signature, ak)}


def refused(response: httpx.Response) -> str:
    """Return the message of the gateway's 401."""
    body = response.json()
    assert (response.status_code, body["error_code"]) == (401, "APIGW.0301")
    assert body["request_id"]
    return str(body["error_msg"])


async def test_a_signed_creation_passes(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """The reference signature of a POST with a body is accepted, and the snapshot is made."""
    response = await http.post(SNAPSHOTS, content=BODY, headers=V1_HEADERS)

    assert response.status_code == 200, response.text
    made = cloud.project.snapshots[response.json()["snapshot"]["id"]]
    assert (made.name, made.cluster_id, made.description) == ("nightly-20260102", DWH_PROD, "nightly backup")


async def test_a_signed_list_passes(http: httpx.AsyncClient) -> None:
    """The reference signature over host and date alone is accepted."""
    assert (await http.get(SNAPSHOTS, headers=V2_HEADERS)).status_code == 200


def test_a_query_is_signed_sorted_and_encoded() -> None:
    """Keys are sorted, a space is %20, whatever order and encoding the wire had; the hash is the reference's."""
    path = f"/v1.0/{PROJECT}/clusters/{DWH_PROD}/snapshots"
    headers = {"host": HOST, "x-project-id": PROJECT, "x-sdk-date": DATE, "x-security-token": "STSTOKEN=="}
    signed = ("host", "x-project-id", "x-sdk-date", "x-security-token")
    for query in (
        "limit=10&offset=0&sort_key=started%20at&sort_dir=desc",
        "sort_dir=d%65sc&offset=0&limit=10&sort_key=started%20at",
    ):
        canonical = canonical_request("GET", f"{path}?{query}", headers, signed, b"")

        assert canonical.split("\n")[2] == "limit=10&offset=0&sort_dir=desc&sort_key=started%20at"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        assert digest == "0e77dac3ee223cd79c77d99563515a626017d9734d250a03d5427d3875b27573"


async def test_a_signed_query_with_a_security_token_passes(
    clock: FakeClock, cloud: DwsSimulator, http: httpx.AsyncClient
) -> None:
    """The reference signature with query, project and security token is accepted for a temporary key."""
    cloud.iam.keep_key(AK, Key(SK, "STSTOKEN==", clock.now() + timedelta(hours=1)))
    headers = {
        "Host": HOST,
        "X-Project-Id": PROJECT,
        "X-Sdk-Date": DATE,
        "X-Security-Token": "STSTOKEN==",
        "Authorization": authorization(
            "host;x-project-id;x-sdk-date;x-security-token",
            "c78488a3c41d28b8c7325d9ec2214d7db95ca7976521515ef7e5e51fd1159aac",
        ),
    }
    url = f"/v1.0/{PROJECT}/clusters/{DWH_PROD}/snapshots?limit=10&offset=0&sort_key=started%20at&sort_dir=desc"

    assert (await http.get(url, headers=headers)).status_code == 200
    assert "verify aksk signature fail" in refused(await http.get(url.replace("desc", "asc"), headers=headers))
    assert "security token" in refused(await http.get(SNAPSHOTS, headers=sign(clock, http, SNAPSHOTS)))
    wrong = sign(clock, http, SNAPSHOTS, x_security_token="other")
    assert "security token" in refused(await http.get(SNAPSHOTS, headers=wrong))
    unsigned = sign(clock, http, SNAPSHOTS) | {"x-security-token": "STSTOKEN=="}
    assert "security token" in refused(await http.get(SNAPSHOTS, headers=unsigned))
    assert (await http.get(SNAPSHOTS, headers=sign(clock, http, SNAPSHOTS, x_security_token="STSTOKEN=="))).is_success

    clock.advance(3600)
    late = sign(clock, http, SNAPSHOTS, x_security_token="STSTOKEN==")
    assert "not exist" in refused(await http.get(SNAPSHOTS, headers=late))


async def test_text_beyond_ascii_is_signed_as_utf8(
    clock: FakeClock, cloud: DwsSimulator, http: httpx.AsyncClient
) -> None:
    """The reference signature over an umlaut passes the gateway; DWS then refuses the name."""
    cloud.iam.keep_key(AK, Key(SK, "STSTOKEN==", clock.now() + timedelta(hours=1)))
    signature = "1170032b37aa11b705ed7b8425c5e024a6603472fad3a906dea7e0aee9b350ea"
    headers = V1_HEADERS | {
        "Content-Type": "application/json;charset=utf-8",
        "X-Security-Token": "STSTOKEN==",
        "Authorization": authorization("content-type;host;x-project-id;x-sdk-date;x-security-token", signature),
    }
    body = '{"snapshot":{"name":"nightly-ü","cluster_id":"c"}}'.encode()
    response = await http.post(SNAPSHOTS, content=body, headers=headers)

    assert (response.status_code, response.json()["error_code"]) == (400, "DWS.5057")


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (BODY.replace(b"nightly b", b"Nightly b"), {}),
        (BODY, {"Authorization": authorization("content-type;host;x-project-id;x-sdk-date", "0" * 64)}),
        (BODY, {"X-Sdk-Date": "20260102T030406Z"}),
        (BODY, {"Content-Type": "application/json;charset=utf-8"}),
        (BODY, {"Host": "dws.eu-nl.otc.t-systems.com"}),
    ],
    ids=["body", "signature", "date", "content-type", "host"],
)
async def test_tampering_is_refused(
    http: httpx.AsyncClient, cloud: DwsSimulator, content: bytes, headers: dict[str, str]
) -> None:
    """A change to body, signature or any signed header is 401, and nothing is made."""
    before = len(cloud.project.snapshots)
    response = await http.post(SNAPSHOTS, content=content, headers=V1_HEADERS | headers)

    assert "verify aksk signature fail" in refused(response)
    assert len(cloud.project.snapshots) == before


async def test_another_path_or_method_needs_another_signature(http: httpx.AsyncClient) -> None:
    """The signature of the list opens neither the clusters nor a creation."""
    refused(await http.get(f"/v1.0/{PROJECT}/clusters", headers=V2_HEADERS))
    refused(await http.post(SNAPSHOTS, headers=V2_HEADERS))


@pytest.mark.parametrize(("seconds", "status"), [(900, 200), (-900, 200), (901, 401), (-901, 401)])
async def test_the_date_may_be_fifteen_minutes_off(
    http: httpx.AsyncClient, clock: FakeClock, seconds: int, status: int
) -> None:
    """In both directions, and not a second more."""
    clock.advance(seconds)

    assert (await http.get(SNAPSHOTS, headers=V2_HEADERS)).status_code == status


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Authorization": authorization("host;x-sdk-date", V2, ak="AKNOBODY")}, "ak AKNOBODY not exist"),
        ({"Authorization": "SDK-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y"}, "format error"),
        ({"Authorization": authorization("host", V2)}, "must be signed"),
        ({"Authorization": authorization("x-sdk-date", V2)}, "must be signed"),
        ({"Authorization": authorization("host;x-gone;x-sdk-date", V2)}, "x-gone is missing"),
        ({"X-Sdk-Date": "2026-01-02T03:04:05Z"}, "date format"),
        ({"X-Sdk-Content-Sha256": "0" * 64}, "does not match the body"),
        ({"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}, "does not match the body"),
        ({"Authorization": ""}, "no token and no signature"),
    ],
)
async def test_malformed_signatures_are_refused(http: httpx.AsyncClient, changed: dict[str, str], why: str) -> None:
    """Each with APIGW.0301 and its reason."""
    assert why in refused(await http.get(SNAPSHOTS, headers=V2_HEADERS | changed))


def test_an_unsigned_payload_is_for_other_types_than_json() -> None:
    """With another Content-Type, the header's text stands for the body's hash."""
    headers = {"host": HOST, "content-type": "text/plain", "x-sdk-content-sha256": "UNSIGNED-PAYLOAD"}

    assert canonical_request("PUT", "/a b", headers, ("host",), b"x").split("\n")[-1] == "UNSIGNED-PAYLOAD"
    assert canonical_request("PUT", "/a%20b~/", headers, ("host",), b"x").split("\n")[1] == "/a%20b~/"
    with pytest.raises(BadSignature):
        canonical_request("PUT", "/", headers | {"content-type": "application/json"}, ("host",), b"x")


def test_the_header_is_read_with_and_without_spaces() -> None:
    """Names are lowered; commas may stand alone."""
    parsed = Authorization.parse(f"SDK-HMAC-SHA256 Access=A,SignedHeaders=Host;X-Sdk-Date,Signature={V2}")

    assert parsed == Authorization("A", ("host", "x-sdk-date"), V2)


async def test_six_failures_in_a_row_lock_the_key_for_five_minutes(http: httpx.AsyncClient, clock: FakeClock) -> None:
    """A client that goes on with a wrong key is locked out, right key or not; a success resets the count."""
    good, bad = sign(clock, http, SNAPSHOTS), sign(clock, http, SNAPSHOTS, sk="wrong")
    for _ in range(2):
        for _ in range(5):
            refused(await http.get(SNAPSHOTS, headers=bad))
        assert (await http.get(SNAPSHOTS, headers=good)).status_code == 200
    for _ in range(6):
        refused(await http.get(SNAPSHOTS, headers=bad))

    assert "locked" in refused(await http.get(SNAPSHOTS, headers=good))
    clock.advance(300)
    assert (await http.get(SNAPSHOTS, headers=sign(clock, http, SNAPSHOTS))).status_code == 200


async def test_another_project_is_refused(http: httpx.AsyncClient, clock: FakeClock) -> None:
    """403 DWS.0015, whether the path names it or X-Project-Id."""
    other = "f" * 32
    by_path = await http.get(path := f"/v1.0/{other}/snapshots", headers=sign(clock, http, path))
    by_header = await http.get(SNAPSHOTS, headers=sign(clock, http, SNAPSHOTS, x_project_id=other))

    assert {(r.status_code, r.json()["error_code"]) for r in (by_path, by_header)} == {(403, "DWS.0015")}


async def test_a_sub_project_must_be_named(clock: FakeClock) -> None:
    """Without X-Project-Id, a key of eu-de_prod is refused; with it, accepted."""
    async with (
        DwsSimulator(clock=clock, project_name="eu-de_prod", ak=AK, sk=SK) as cloud,
        httpx.AsyncClient(base_url=cloud.url, verify=NO_TLS) as http,
    ):
        path = f"/v1.0/{cloud.project_id}/snapshots"
        assert "x-project-id" in refused(await http.get(path, headers=sign(clock, http, path)))
        named = sign(clock, http, path, x_project_id=cloud.project_id)
        assert (await http.get(path, headers=named)).status_code == 200


async def test_keys_by_a_token_sign_calls(http: httpx.AsyncClient, clock: FakeClock, cloud: DwsSimulator) -> None:
    """A temporary key from IAM signs for DWS until it ends, and not without its security token."""
    auth = {
        "identity": {
            "methods": ["password"],
            "password": {
                "user": {"name": cloud.username, "password": cloud.password, "domain": {"name": cloud.domain}}
            },
        },
        "scope": {"project": {"name": cloud.project_name}},
    }
    token = (await http.post("/v3/auth/tokens", json={"auth": auth})).headers["X-Subject-Token"]
    answer = await http.post(
        "/v3.0/OS-CREDENTIAL/securitytokens",
        headers={"X-Auth-Token": token},
        content=json.dumps({"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}}),
    )
    key = answer.json()["credential"]
    path = f"/v1.0/{PROJECT}/clusters/{DWH_DEV}"

    def signed() -> dict[str, str]:
        return sign(clock, http, path, ak=key["access"], sk=key["secret"], x_security_token=key["securitytoken"])

    assert (await http.get(path, headers=signed())).status_code == 200
    clock.advance(899)
    assert (await http.get(path, headers=signed())).status_code == 200
    clock.advance(1)
    assert "not exist" in refused(await http.get(path, headers=signed()))
