"""The simulator's misbehaviour: every fault, alone and together, seen over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from dws_sandbox import BAD_REQUESTS, DWH_DEV, DWH_PROD, FAULTS, KINDS, DwsSimulator, Sort
from dws_sandbox.wrong_answers import wrong_answer
from tests.fakes.clock import FakeClock
from tests.harness.plain_http import NO_TLS


def login(cloud: DwsSimulator) -> dict[str, Any]:
    user = {"name": cloud.username, "password": cloud.password, "domain": {"name": cloud.domain}}
    return {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"id": cloud.project_id}},
    }


@pytest.fixture
async def http(cloud: DwsSimulator) -> AsyncIterator[httpx.AsyncClient]:
    token, _ = cloud.iam.log_in(login(cloud))
    base = f"{cloud.url}/v1.0/{cloud.project_id}/"
    async with httpx.AsyncClient(base_url=base, verify=NO_TLS, headers={"X-Auth-Token": token}) as http:
        yield http


async def create(http: httpx.AsyncClient, name: str = "before-42", cluster: str = DWH_PROD) -> httpx.Response:
    return await http.post("snapshots", json={"snapshot": {"name": name, "cluster_id": cluster}})


def made(cloud: DwsSimulator, name: str = "before-42") -> bool:
    """Say whether the project has the snapshot."""
    return any(s.name == name for s in cloud.project.snapshots.values())


@pytest.mark.parametrize(("fault", "acted"), [("drop_before", False), ("drop_after", True)])
async def test_a_dropped_connection(http: httpx.AsyncClient, cloud: DwsSimulator, fault: str, acted: bool) -> None:
    """The caller gets no answer either way; whether the snapshot exists is the difference. The log has status 0."""
    cloud.break_next(fault, on="create")

    with pytest.raises(httpx.RemoteProtocolError):
        await create(http)
    assert made(cloud) is acted
    assert [c.status for c in cloud.calls.all] == [0]
    assert (await create(http, "after-it", DWH_DEV)).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("throttled", 429, "APIGW.0308"),
        ("server_error", 500, "DWS.0005"),
        ("unavailable", 503, "APIGW.0613"),
        ("gateway_timeout", 504, "APIGW.0201"),
        ("error_in_200", 200, "DWS.9999"),
        ("expired_token", 401, "APIGW.0301"),
        ("busy", 403, "DWS.7023"),
        ("conflict", 409, "DWS.0011"),
        ("not_found", 404, "DWS.0047"),
    ],
)
@pytest.mark.parametrize("acts", [True, False])
async def test_a_wrong_answer_with_a_code(
    http: httpx.AsyncClient, cloud: DwsSimulator, fault: str, status: int, code: str, acts: bool
) -> None:
    """Each has its status and code, once, and is carried out or not as asked."""
    cloud.break_next(fault, on="create", acts=acts)
    response = await create(http)

    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert made(cloud) is acts
    assert (await create(http, "after-it", DWH_DEV)).status_code == 200


async def test_what_is_carried_out_where_nothing_is_said(cloud: DwsSimulator) -> None:
    """Answers that come from behind the gateway are late news of something done; refusals did nothing."""
    acting = {f.name for f in FAULTS if f.sort is Sort.ANSWER and f.acts}

    assert acting == {"drop_after", "gateway_timeout", "empty_200", "garbage"}


async def test_throttling_says_how_long_to_wait(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """Retry-After has the seconds that were asked for."""
    cloud.break_next("throttled", retry_after=7)

    assert (await http.get("snapshots")).headers["Retry-After"] == "7"


async def test_a_load_balancer_speaks_html(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """502 is a page, not JSON."""
    cloud.break_next("bad_gateway")
    response = await http.get("snapshots")

    assert (response.status_code, response.headers["Content-Type"].partition(";")[0]) == (502, "text/html")
    with pytest.raises(ValueError, match="Expecting value"):
        response.json()


@pytest.mark.parametrize("fault", ["empty_200", "garbage"])
async def test_a_200_that_says_nothing(http: httpx.AsyncClient, cloud: DwsSimulator, fault: str) -> None:
    """200 without readable JSON, though the snapshot was made."""
    cloud.break_next(fault, on="create")
    response = await create(http)

    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert made(cloud)


async def test_a_denial_names_the_action(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """The policy's shape of 403: `error.message` names what may not be performed."""
    cloud.break_next("denied", times=2)
    answers = [await create(http), await http.get("snapshots")]

    assert [a.status_code for a in answers] == [403, 403]
    assert [a.json()["error"]["message"] for a in answers] == [
        "Policy doesn't allow dws:openAPISnapshot:create to be performed.",
        "Policy doesn't allow dws:openAPISnapshot:list to be performed.",
    ]
    assert not made(cloud)


@pytest.mark.parametrize("variant", BAD_REQUESTS)
async def test_a_bad_request_in_each_dialect(http: httpx.AsyncClient, cloud: DwsSimulator, variant: str) -> None:
    """400 in every body that the services have been seen to send; those with a code have DWS.0001."""
    cloud.break_next("bad_request", on="create", variant=variant)
    response = await create(http)
    shapes: dict[str, Any] = {
        "documented": {"error_code": "DWS.0001", "error_msg": "Invalid parameter."},
        "external": {"externalMessage": "Invalid parameter.", "errCode": "DWS.0001"},
        "error": {"error": {"code": "DWS.0001", "message": "Invalid parameter."}},
        "camel": {"errorCode": "DWS.0001", "errorMsg": "Invalid parameter."},
        "plain": {"code": "DWS.0001", "message": "Invalid parameter."},
        "openstack": {"badRequest": {"code": 400, "message": "Invalid parameter."}},
    }
    shapes["both"] = shapes["documented"] | shapes["external"]

    assert response.status_code == 400
    if variant in shapes:
        assert response.json() == shapes[variant]
    elif variant == "base64":
        assert json.loads(base64.b64decode(response.text)) == shapes["documented"]
    else:
        assert response.text == {"text": "Invalid parameter.", "empty": ""}[variant]
    assert not made(cloud)


@pytest.mark.parametrize("kind", ["token", "projects", "credential", "check"])
async def test_iam_refuses_in_its_own_dialect(http: httpx.AsyncClient, cloud: DwsSimulator, kind: str) -> None:
    """The same faults on IAM's calls come in Keystone's shape."""
    calls = {
        "token": ("POST", "/v3/auth/tokens"),
        "check": ("GET", "/v3/auth/tokens"),
        "projects": ("GET", "/v3/projects"),
        "credential": ("POST", "/v3.0/OS-CREDENTIAL/securitytokens"),
    }
    cloud.break_next("unavailable", on=kind)
    method, path = calls[kind]
    response = await http.request(method, cloud.url + path)

    assert response.status_code == response.json()["error"]["code"] == 503


async def test_an_old_token_may_need_renewal(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """The gateway's other 401, APIGW.0307, by an option."""
    cloud.break_next("expired_token", code="APIGW.0307")

    assert (await http.get("snapshots")).json()["error_code"] == "APIGW.0307"


async def until(condition: Callable[[], bool]) -> None:
    """Return once *condition* holds; fail where it doesn't within some seconds."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came")


async def test_slow_acts_at_once_and_late_acts_late(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """A caller who gives up: after `slow` the snapshot is there; after `late` it comes when nobody waits any more."""
    cloud.break_next("slow", on="create", seconds=3600)
    cloud.break_next("late", on="create", seconds=0.4)
    http.timeout = httpx.Timeout(5, read=0.1)

    with pytest.raises(httpx.ReadTimeout):
        await create(http, "slow-one")
    await until(lambda: made(cloud, "slow-one"))
    with pytest.raises(httpx.ReadTimeout):
        await create(http, "late-one", DWH_DEV)
    assert not made(cloud, "late-one")
    await until(lambda: made(cloud, "late-one"))


async def test_stopping_does_not_wait_for_slow_answers(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """A delay of an hour ends with the simulator."""
    cloud.break_next("slow", seconds=3600)
    waiting = asyncio.create_task(http.get("snapshots"))
    await until(lambda: len(cloud.calls) == 1)
    async with asyncio.timeout(60):
        await cloud.stop()
        assert (await waiting).status_code == 200


async def test_a_snapshot_that_fails(http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock) -> None:
    """It runs like any other and ends UNAVAILABLE; the next one does not."""
    cloud.break_next("snapshot_fails")
    first = (await create(http)).json()["snapshot"]["id"]
    second = (await create(http, "second", DWH_DEV)).json()["snapshot"]["id"]

    async def status(snapshot_id: str) -> str:
        return str((await http.get(f"snapshots/{snapshot_id}")).json()["snapshot"]["status"])

    assert await status(first) == "CREATING"
    clock.advance(100)
    assert (await status(first), await status(second)) == ("UNAVAILABLE", "AVAILABLE")
    assert (await http.get(f"clusters/{DWH_PROD}")).json()["cluster"]["task_status"] is None


async def test_a_status_that_nobody_knows(http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock) -> None:
    """CREATING, then the unknown one for as long as asked, then AVAILABLE."""
    cloud.break_next("unknown_status", seconds=30, status="PONDERING")
    snapshot_id = (await create(http)).json()["snapshot"]["id"]
    seen = []
    for _ in range(3):
        clock.advance(50)
        seen.append((await http.get(f"snapshots/{snapshot_id}")).json()["snapshot"]["status"])

    assert seen == ["CREATING", "PONDERING", "AVAILABLE"]


async def test_a_snapshot_that_lists_do_not_show_yet(
    http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock
) -> None:
    """Missing from both lists for a while, though its details are there and its name is taken."""
    cloud.break_next("late_listing", seconds=20)
    snapshot_id = (await create(http)).json()["snapshot"]["id"]

    async def listed(path: str) -> bool:
        return any(s["id"] == snapshot_id for s in (await http.get(path)).json()["snapshots"])

    lists = ["snapshots", f"clusters/{DWH_PROD}/snapshots"]
    assert [await listed(path) for path in lists] == [False, False]
    assert (await http.get(f"snapshots/{snapshot_id}")).status_code == 200
    assert (await create(http, cluster=DWH_DEV)).json()["error_code"] == "DWS.5039"
    clock.advance(20)
    assert [await listed(path) for path in lists] == [True, True]


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ("null", None),
        ("squeezed", ""),
        ("padded", " \r\n"),
        ("nfd", ""),
    ],
)
async def test_an_empty_description_in_another_form(
    http: httpx.AsyncClient, cloud: DwsSimulator, form: str, kept: str | None
) -> None:
    """Lists and details show what was kept, not what was sent; the next one is kept as it came."""
    cloud.break_next("rewords", form=form)
    first = (await create(http)).json()["snapshot"]["id"]
    await create(http, "second", DWH_DEV)

    listed = {s["name"]: s["description"] for s in (await http.get("snapshots")).json()["snapshots"]}
    assert (listed["before-42"], listed["second"]) == (kept, "")
    assert (await http.get(f"snapshots/{first}")).json()["snapshot"]["description"] == kept


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ("null", "für  Ana 🚀 ½ /"),
        ("squeezed", "für Ana 🚀 ½ /"),
        ("padded", " für  Ana 🚀 ½ /\r\n"),
        ("nfc", "für  Ana 🚀 ½ /"),
        ("nfd", "fu\u0308r  Ana 🚀 ½ /"),
        ("nfkc", "für  Ana 🚀 1\u20442 /"),
        ("question_marks", "für  Ana ? ½ /"),
        ("entities", "f&#252;r  Ana &#128640; &#189; /"),
    ],
)
async def test_a_description_in_another_form(
    http: httpx.AsyncClient, cloud: DwsSimulator, form: str, kept: str
) -> None:
    """Each form is one that a database, a library or a filter on the way is known to make."""
    cloud.break_next("rewords", form=form)
    body = {"snapshot": {"name": "before-42", "cluster_id": DWH_PROD, "description": "für  Ana 🚀 ½ /"}}
    assert (await http.post("snapshots", json=body)).status_code == 200
    (shown,) = [s for s in (await http.get("snapshots")).json()["snapshots"] if s["name"] == "before-42"]
    assert shown["description"] == kept


async def test_a_rival_takes_the_name_first(http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock) -> None:
    """Somebody else's snapshot of the same name is there as the call arrives, which is refused as a duplicate."""
    cloud.break_next("rival", seconds=30)
    refused = await create(http)
    assert (refused.status_code, refused.json()["error_code"]) == (400, "DWS.5039")
    (theirs,) = [s for s in cloud.project.snapshots.values() if s.name == "before-42"]
    assert (theirs.cluster_id, theirs.started) == (DWH_PROD, clock.now() - timedelta(seconds=30))

    cloud.break_next("rival", name="LATER-42", description="theirs")
    assert (await create(http, "later-42", DWH_DEV)).status_code == 400
    (theirs,) = [s for s in cloud.project.snapshots.values() if s.name == "LATER-42"]
    assert theirs.description == "theirs"


async def test_a_rival_can_not_have_a_name_that_is_taken(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """Names are unique for everybody: who comes second, in whatever case, makes nothing."""
    assert (await create(http)).status_code == 200
    for arm in (cloud.break_next, partial(cloud.break_next, name="BEFORE-42")):
        arm("rival")
        assert (await create(http)).status_code == 400
    assert [s.name.lower() for s in cloud.project.snapshots.values()].count("before-42") == 1


async def test_faults_of_different_sorts_go_together(
    http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock
) -> None:
    """One creation that is listed late, fails in the end, and whose answer is lost."""
    for fault in ("late_listing", "snapshot_fails", "drop_after"):
        cloud.break_next(fault)
    with pytest.raises(httpx.RemoteProtocolError):
        await create(http)

    assert cloud.faults.armed == ()
    snapshot = next(s for s in cloud.project.snapshots.values() if s.name == "before-42")
    assert not snapshot.listed(clock.now())
    clock.advance(100)
    assert (snapshot.status(clock.now()), snapshot.listed(clock.now())) == ("UNAVAILABLE", True)


async def test_a_fault_waits_for_its_kind_of_call(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """Armed twice on `list`, it leaves other calls alone, takes two lists in a row, and is used up."""
    cloud.break_next("server_error", 2, "list")
    others = ["clusters", f"clusters/{DWH_PROD}", f"clusters/{DWH_PROD}/snapshots/statistics"]
    assert [(await http.get(path)).status_code for path in others] == [200, 200, 200]

    lists = ["snapshots", f"clusters/{DWH_PROD}/snapshots", "snapshots"]
    assert [(await http.get(path)).status_code for path in lists] == [500, 500, 200]


async def test_faults_come_in_the_order_in_which_they_were_armed(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """Of two answers for the same call the first armed comes first; clearing forgets the rest."""
    for fault in ("conflict", "unavailable", "server_error"):
        cloud.break_next(fault, on="any")

    assert [(await http.get("snapshots")).status_code for _ in range(2)] == [409, 503]
    assert cloud.faults.clear() == 1
    assert (await http.get("snapshots")).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"fault": "gremlins"}, "no fault is called 'gremlins'"),
        ({"fault": "busy", "on": "lunch"}, "cannot be armed on 'lunch'"),
        ({"fault": "snapshot_fails", "on": "list"}, "cannot be armed on 'list'"),
        ({"fault": "busy", "times": 0}, "times is 0"),
        ({"fault": "drop_before", "acts": True}, "cannot be chosen"),
        ({"fault": "slow", "acts": False}, "cannot be chosen"),
        ({"fault": "slow", "seconds": "1"}, "seconds of slow cannot be '1'"),
        ({"fault": "slow", "seconds": -1}, "cannot be -1"),
        ({"fault": "slow", "seconds": True}, "cannot be True"),
        ({"fault": "throttled", "retry_after": 1.5}, "cannot be 1.5"),
        ({"fault": "bad_request", "variant": "rude"}, "no variant"),
        ({"fault": "rewords", "form": "rude"}, "no form of rewords is called 'rude'"),
        ({"fault": "busy", "colour": "red"}, "no option 'colour'"),
        ({"fault": "unknown_status", "status": ""}, "cannot be ''"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_at_once(arguments: dict[str, Any], why: str) -> None:
    """Arming tells of every mistake, so that no test waits for a fault that never comes."""
    cloud = DwsSimulator()
    with pytest.raises(ValueError, match=why):
        cloud.break_next(**arguments)
    assert cloud.faults.armed == ()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
async def test_every_fault_can_be_armed_as_it_stands_and_changes_something(
    http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock, fault: Any
) -> None:
    """Each has a line for people, and a creation under it differs from one without: in answer, state or time."""
    assert fault.line
    assert "\n" not in fault.line
    seconds: dict[str, Any] = {"seconds": 0.02} if fault.sort is Sort.DELAY else {}
    cloud.break_next(fault.name, on="create", **seconds)
    before = asyncio.get_running_loop().time()
    try:
        answer = (await create(http)).text
    except httpx.RemoteProtocolError:
        answer = "nothing"
    took = asyncio.get_running_loop().time() - before
    snapshot = next((s for s in cloud.project.snapshots.values() if s.name == "before-42"), None)
    plain = snapshot is not None and answer == json.dumps({"snapshot": {"id": snapshot.id}})
    odd = snapshot is not None and (
        snapshot.outcome,
        snapshot.odd_seconds,
        snapshot.unlisted_seconds,
        snapshot.description,
    ) != ("AVAILABLE", 0, 0, "")

    assert not plain or odd or took >= 0.02
    assert cloud.faults.armed == ()


@pytest.mark.parametrize("fault", [f.name for f in FAULTS if f.sort is not Sort.ANSWER or f.name.startswith("drop_")])
def test_what_has_no_answer_gives_none(fault: str) -> None:
    """Asked for the answer of a delay, a twist or a drop, the table says so loudly instead of inventing one."""
    with pytest.raises(KeyError, match=fault):
        wrong_answer(DwsSimulator().break_next(fault), "create")


def test_kinds_are_the_kinds_of_the_routes() -> None:
    """The kinds that a fault can wait for are unique, and "any" is none of them."""
    assert len(set(KINDS)) == len(KINDS)
    assert "any" not in KINDS
