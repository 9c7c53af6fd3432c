"""What DWS sends, in every form in which it has been seen, and what the bot makes of it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.errors import (
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
)
from bot.core.ids import CloudName, ClusterId
from bot.core.snapshot import ClusterState, Obstacle, ObstacleCode, Outcome
from bot.dws import bodies, readings
from bot.dws.answers import WRONG_ADDRESS, excerpt, read_response
from bot.dws.meanings import CallKind
from bot.words import reasons, worded

CLUSTER = "11111111-2222-4333-8444-555555555555"
SNAPSHOT = "aaaaaaaa-0000-4000-8000-000000000001"
PROD = CloudName("prod")


def error(
    status: int, body: object, headers: dict[str, str] | None = None, *, call: CallKind = CallKind.CREATE, **kwargs: Any
) -> CloudError:
    """Return what `read_response` raises after *call*."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(CloudError) as caught:
        read_response(status, headers or {}, raw, call=call, **kwargs)
    return caught.value


def a_snapshot(**fields: object) -> dict[str, Any]:
    """Return a snapshot as the reference's example has it."""
    return {
        "id": SNAPSHOT,
        "name": "nightly-20260102",
        "description": "",
        "started": "2026-01-02T03:04:10Z",
        "finished": "2026-01-02T03:21:45Z",
        "size": 42.7,
        "status": "AVAILABLE",
        "type": "MANUAL",
        "cluster_id": CLUSTER,
        **fields,
    }


def a_cluster(**fields: object) -> dict[str, Any]:
    """Return a cluster as the reference's example has it."""
    return {
        "id": CLUSTER,
        "name": "dwh-prod",
        "status": "AVAILABLE",
        "sub_status": "NORMAL",
        "task_status": "SNAPSHOTTING",
        "action_progress": {"SNAPSHOTTING": "16%"},
        "version": "8.2.0",
        "number_of_node": 3,
        "failed_reasons": {},
        **fields,
    }


def test_paths_are_the_references() -> None:
    """Everything the bot calls is v1.0 of the API, below the project."""
    assert bodies.snapshots_path("p") == "/v1.0/p/snapshots"
    assert bodies.snapshot_path("p", SNAPSHOT) == f"/v1.0/p/snapshots/{SNAPSHOT}"
    assert bodies.clusters_path("p") == "/v1.0/p/clusters"
    assert bodies.cluster_path("p", CLUSTER) == f"/v1.0/p/clusters/{CLUSTER}"


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    """What is no id, from a forged form say, reaches no other resource."""
    assert bodies.cluster_path("p", "../x?y#z") == "/v1.0/p/clusters/..%2Fx%3Fy%23z"


def test_the_create_body_is_compact_utf8() -> None:
    """The three documented fields, in bytes that can be signed."""
    body = bodies.create_body(ClusterId(CLUSTER), "nightly-ü", "OPS-1")
    assert body == f'{{"snapshot":{{"name":"nightly-ü","cluster_id":"{CLUSTER}","description":"OPS-1"}}}}'.encode()


def test_a_snapshot_is_read() -> None:
    """The reference's example, field by field."""
    snapshot = bodies.snapshot({"snapshot": a_snapshot()})
    assert (snapshot.id, snapshot.name, snapshot.cluster_id) == (SNAPSHOT, "nightly-20260102", CLUSTER)
    assert snapshot.started == datetime(2026, 1, 2, 3, 4, 10, tzinfo=UTC)
    assert snapshot.finished == datetime(2026, 1, 2, 3, 21, 45, tzinfo=UTC)
    assert (snapshot.size_gb, snapshot.outcome) == (42.7, Outcome.AVAILABLE)


@pytest.mark.parametrize(
    ("size", "gigabytes"),
    [(42.7, 42.7), (42, 42.0), ("42.7", 42.7), (None, 0), ("", 0), ("-", 0), (-1, 0), (float("nan"), 0), (True, 0)],
)
def test_sizes_are_numbers_of_any_kind(size: object, gigabytes: float) -> None:
    """Number or text; what isn't known is 0."""
    assert bodies.snapshot({"snapshot": a_snapshot(size=size)}).size_gb == gigabytes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02 03:04:05.0", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T05:04:05+0200", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045000", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (1767323045000, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("", None),
        (None, None),
        ("soon", None),
        ("1767323045", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (1767323045.5, datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)),
        ("1.767323045E12", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (1767323045000000, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20260102030405", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20260102_030405", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20260102T030405Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026/01/02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05,123", datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02 03:04:05 UTC", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 11:04:05 GMT+08:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 11:04:05 UTC+8", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 11:04:05 +0800", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri, 02 Jan 2026 03:04:05 GMT", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Jan 2, 2026 3:04:05 AM", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri Jan 02 03:04:05 UTC 2026", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ([2026, 1, 2, 3, 4, 5, 123000000], datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ([2026, 1, 2, 3, 4], datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ([2026, 13, 2], None),
        ([], None),
        ({}, None),
        (True, None),
        ("0", None),
        (0, None),
        ("null", None),
        ("99999999999999", None),
        ("9" * 400, None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_times_are_utc_in_every_form(text: object, expected: datetime | None) -> None:
    """With and without zone and fraction, epoch milliseconds, or none at all."""
    assert readings.moment(text) == expected


@pytest.mark.parametrize("status", ["VERIFYING", "FROZEN", "RESTORING", ""])
def test_an_unknown_status_is_kept_and_pending(status: str) -> None:
    """The vocabulary is open; what isn't known is never a success or a failure."""
    snapshot = bodies.snapshot({"snapshot": a_snapshot(status=status)})
    assert (snapshot.status, snapshot.outcome) == (status, Outcome.PENDING)


def test_statuses_ignore_case_and_space() -> None:
    """They compare in upper case."""
    assert bodies.snapshot({"snapshot": a_snapshot(status=" available ")}).outcome is Outcome.AVAILABLE
    assert bodies.cluster(
        {"cluster": a_cluster(status="Active", task_status=None, action_progress=None)}, PROD
    ).state is (ClusterState.READY)


def test_a_young_snapshot_lacks_almost_everything() -> None:
    """Absent, null and empty fields are the same: not known yet."""
    sparse = bodies.snapshot({"snapshot": {"id": SNAPSHOT, "finished": None, "size": "", "status": "CREATING"}})
    assert (sparse.finished, sparse.started, sparse.size_gb, sparse.description) == (None, None, 0.0, "")


def test_a_cluster_is_read() -> None:
    """The reference's example: what it is, what runs on it, and how far that is."""
    cluster = bodies.cluster({"cluster": a_cluster()}, PROD)
    assert str(cluster.ref) == f"prod/{CLUSTER}"
    assert (cluster.state, cluster.task, cluster.percent) == (
        ClusterState.BUSY,
        Obstacle(ObstacleCode.SNAPSHOT, "SNAPSHOTTING"),
        16,
    )
    assert cluster.name == "dwh-prod"


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        (None, ""),
        ({}, ""),
        ("", ""),
        ({"error_code": "DWS.6005", "error_msg": None}, "DWS.6005"),
        ({"error_code": "DWS.6005"}, "DWS.6005"),
        ({"error_code": "DWS.6005", "error_msg": " "}, "DWS.6005"),
        ({"error_code": "", "error_msg": ""}, ""),
        ({"errorCode": 6005, "errorMsg": "It broke."}, "It broke."),
        ({"message": "It\nbroke."}, "It broke."),
        ("It broke.", "It broke."),
        ('{"error_code": "DWS.6005", "error_msg": "It broke."}', "It broke."),
        ([{"error_code": "DWS.6005", "error_msg": "It broke."}], "It broke."),
        ([], ""),
        ("{}", ""),
        (True, ""),
        ({"error_code": "DWS.6005", "error_msg": "Disk usage too high."}, "Disk usage too high."),
    ],
)
def test_what_the_cluster_says_of_a_failure_is_kept(reasons: object, words: str) -> None:
    """null, absent and {} are "nothing"; a message is for the card of a failed snapshot."""
    assert bodies.cluster({"cluster": a_cluster(failed_reasons=reasons)}, PROD).failure == words


@pytest.mark.parametrize("idle", [None, "", "absent"])
@pytest.mark.parametrize("progress", [None, {}, "", "absent"])
def test_an_idle_cluster_is_ready(idle: object, progress: object) -> None:
    """No task is null, empty or absent."""
    item = a_cluster(task_status=idle, action_progress=progress)
    for key in [k for k, v in item.items() if v == "absent"]:
        del item[key]
    assert bodies.cluster({"cluster": item}, PROD).state is ClusterState.READY


def test_combined_sub_statuses_are_split() -> None:
    """They come joined by bars."""
    cluster = bodies.cluster({"cluster": a_cluster(sub_status="READONLY | Unbalanced|")}, PROD)
    assert cluster.block == Obstacle(ObstacleCode.READ_ONLY, "READONLY")
    other = bodies.cluster({"cluster": a_cluster(sub_status="Unbalanced |READONLY")}, PROD)
    assert (other.block, other.state) == (cluster.block, ClusterState.BLOCKED)


def test_numbers_may_be_text() -> None:
    """A size comes as "6" too."""
    assert bodies.snapshot({"snapshot": a_snapshot(size="6")}).size_gb == 6


@pytest.mark.parametrize("count", [None, "2", 17, "absent"])
def test_counts_are_not_relied_on(count: object) -> None:
    """Text, wrong or absent: what is in the list counts."""
    body = {"snapshots": [a_snapshot()], "clusters": [a_cluster()], "count": count}
    assert len(bodies.snapshots(body)) == 1
    assert len(bodies.clusters(body, PROD)) == 1


def test_an_empty_list_may_be_null() -> None:
    """No snapshots yet."""
    assert bodies.snapshots({"snapshots": None}) == []
    assert bodies.snapshots({"snapshots": []}) == []


@pytest.mark.parametrize("body", [{}, {"snapshots": {}}, {"snapshots": [None]}, {"snapshots": [{"name": "x"}]}])
def test_a_list_that_is_not_whole_is_no_answer(body: dict[str, Any]) -> None:
    """A snapshot missing from the list would be made twice, so nothing is left out silently."""
    with pytest.raises(CloudUnavailable):
        bodies.snapshots(body)


@pytest.mark.parametrize("body", [{}, {"snapshot": None}, {"snapshot": {}}, {"snapshot": {"id": ""}}])
def test_a_create_answer_without_an_id_may_have_acted(body: dict[str, Any]) -> None:
    """The list has to tell."""
    with pytest.raises(CloudUnavailable) as caught:
        bodies.created(body)
    assert caught.value.maybe_done


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(fields=st.dictionaries(st.sampled_from(sorted({*a_snapshot(), *a_cluster(), "progress"} - {"id"})), json_values))
def test_no_field_of_any_kind_breaks_the_reading(fields: dict[str, Any]) -> None:
    """Whatever stands in whatever field but the id, there is a snapshot and a cluster to speak of."""
    snapshot = bodies.snapshot({"snapshot": a_snapshot(**fields)})
    cluster = bodies.cluster({"cluster": a_cluster(**fields)}, PROD)
    assert (snapshot.id, cluster.ref.id) == (SNAPSHOT, CLUSTER)
    assert snapshot.outcome in Outcome
    assert cluster.state in ClusterState
    assert worded(cluster.situation)


def test_a_success_is_its_object() -> None:
    """Any 2xx counts, and the success marker that management calls carry is no error."""
    for status in (200, 201, 202):
        read = read_response(status, {}, b'{"snapshot": {"id": "x"}}', call=CallKind.CREATE)
        assert read == {"snapshot": {"id": "x"}}
    done = read_response(200, {}, b'{"error_code": "DWS.0000", "error_msg": null}', call=CallKind.ONE)
    assert done["error_code"] == "DWS.0000"
    assert read_response(204, {}, b"", call=CallKind.CREATE) == {}


VARIANTS: dict[str, object] = {
    "documented": {"error_code": "DWS.5001", "error_msg": "no"},
    "external": {"externalMessage": "no", "errCode": "DWS.5001"},
    "both": {"externalMessage": "no", "errCode": "DWS.5001", "error_code": "DWS.5001", "error_msg": "no"},
    "error": {"error": {"code": "DWS.5001", "message": "no"}},
    "error with names": {"error": {"error_code": "DWS.5001", "error_msg": "no"}},
    "camel": {"errorCode": "DWS.5001", "errorMsg": "no"},
    "plain": {"code": "DWS.5001", "message": "no"},
    "openstack": {"badRequest": {"code": "DWS.5001", "message": "no"}},
    "policy": {"error_code": "DWS.5001", "error_msg": "no", "encoded_authorization_message": "x" * 500},
    "base64": base64.b64encode(b'{"error_code": "DWS.5001", "error_msg": "no"}'),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_error_body_gives_code_and_message(variant: str) -> None:
    """Services and gateways spell the same two facts in many ways."""
    refused = error(400, VARIANTS[variant])
    assert type(refused) is CloudRejected
    assert (refused.code, refused.message, refused.status) == ("DWS.5001", "no", 400)
    assert reasons.problem(refused.why) == "The cloud refused the request as wrong: no. Correct it and ask again."


def test_keystones_code_is_a_number() -> None:
    """IAM's errors carry the status as an int."""
    refused = error(401, {"error": {"code": 401, "message": "wrong password", "title": "Unauthorized"}})
    assert type(refused) is CloudLoginRefused
    assert (refused.code, refused.message) == ("401", "wrong password")


@pytest.mark.parametrize(
    "body", [b"", b"<html><h1>502</h1></html>", b"Bad Gateway", b"\xff\xfe", b"[1]", b'"x"', b"null"]
)
def test_a_body_that_is_no_object_leaves_the_status(body: bytes) -> None:
    """Gateways answer in HTML, text or nothing."""
    assert type(error(502, body)) is CloudUnavailable
    assert type(error(403, body)) is CloudForbidden
    # an empty 400 is DWS's own; a page or text is of something before it, which nobody's wording offends
    assert type(error(400, body)) is (CloudRejected if body in (b"", b"null") else CloudForbidden)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"snapshot":{"id":"aaa', b"[]", b"[" * 100_000])
def test_a_success_that_is_no_object_may_have_acted(body: bytes) -> None:
    """Half an answer says nothing about what was done."""
    lost = error(200, body)
    assert isinstance(lost, CloudUnavailable)
    assert lost.maybe_done


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, CloudRejected),
        (401, CloudLoginRefused),
        (403, CloudForbidden),
        (404, CloudForbidden),
        (405, CloudRejected),
        (407, CloudUnavailable),
        (408, CloudUnavailable),
        (409, CloudBusy),
        (410, CloudForbidden),
        (413, CloudRejected),
        (422, CloudRejected),
        (429, CloudUnavailable),
        (500, CloudUnavailable),
        (502, CloudUnavailable),
        (503, CloudUnavailable),
        (504, CloudUnavailable),
        (599, CloudUnavailable),
    ],
)
def test_a_status_without_a_known_code_decides(status: int, kind: type[CloudError]) -> None:
    """The status chapter's meaning holds where the code says nothing more."""
    assert type(error(status, {"error_code": "DWS.8888", "error_msg": "?"})) is kind


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "DWS.0015", CloudForbidden),
        (400, "DWS.0015", CloudForbidden),
        (404, "DWS.0047", CloudNotFound),
        (401, "DWS.0047", CloudNotFound),
        (404, "DWS.3027", CloudNotFound),
        (400, "DWS.5149", CloudRejected),
        (403, "DWS.7023", CloudBusy),
        (409, "DWS.0011", CloudBusy),
        (403, "DWS.0020", CloudForbidden),
        (409, "DWS.5050", CloudRejected),
        (400, "DWS.5039", CloudRejected),
        (500, "DWS.0005", CloudUnavailable),
        (500, "DWS.9999", CloudUnavailable),
        (401, "APIGW.0301", CloudLoginRefused),
        (401, "APIG.0301", CloudLoginRefused),
        (401, "APIGW.0307", CloudLoginRefused),
        (403, "APIGW.0302", CloudForbidden),
        (429, "APIGW.0308", CloudUnavailable),
        (504, "APIGW.0201", CloudUnavailable),
        (413, "APIGW.0201", CloudForbidden),
        (494, "APIGW.0201", CloudLoginRefused),
        (400, "APIG.0106", CloudUnavailable),
        (400, "APIGW.0999", CloudForbidden),
        (503, "APIGW.0613", CloudUnavailable),
    ],
)
def test_a_known_code_decides_before_the_status(status: int, code: str, kind: type[CloudError]) -> None:
    """Codes say more: a busy cluster comes as 403, a missing snapshot as 400."""
    assert type(error(status, {"error_code": code, "error_msg": "said so"})) is kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Invalid parameter: cluster_id is not a UUID.", CloudForbidden),
        ("The cluster ID is invalid.", CloudForbidden),
        ("Invalid parameter: the snapshot has been deleted.", CloudForbidden),
        ("Cluster x does not exist.", CloudForbidden),
        ("Invalid parameter: name", CloudRejected),
        ("Invalid parameter: name, for cluster_id 1111", CloudRejected),
        ("The snapshot name is invalid.", CloudRejected),
        ("Invalid snapshot description", CloudRejected),
        ("Invalid parameter.", CloudRejected),
    ],
)
def test_a_bad_parameter_is_a_missing_thing_only_where_it_says_so(message: str, kind: type[CloudError]) -> None:
    """DWS.0001 stands for both; a wrong name must not read as a cluster that is gone."""
    assert type(error(400, {"error_code": "DWS.0001", "error_msg": message})) is kind


def test_a_taken_name_is_rejected_even_as_a_conflict() -> None:
    """Waiting for it would not help."""
    assert (
        type(error(409, {"error_code": "DWS.5999", "error_msg": "The snapshot name already exists."})) is CloudRejected
    )
    assert type(error(409, {})) is CloudBusy


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error_code": "DWS.7023", "error_msg": "no"}, CloudBusy),
        ({"error_code": "DWS.0005", "error_msg": "no"}, CloudUnavailable),
        ({"error_code": "DWS.9999", "error_msg": "System error: DWS.7023 busy"}, CloudBusy),
        ({"error_code": "DWS.9999", "error_msg": "System error"}, CloudUnavailable),
        ({"error": {"code": 403, "message": "no"}}, CloudForbidden),
        ({"error_code": "DWS.5001", "error_msg": "no"}, CloudRejected),
    ],
)
def test_an_error_inside_a_success_is_an_error(body: object, kind: type[CloudError]) -> None:
    """Management calls answer 200 with an error in the body; the body counts."""
    assert type(error(200, body)) is kind


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b'{"error_code":"APIGW.0101","error_msg":"The API does not exist"}'),
        (404, b"<html>nginx</html>"),
        (404, b""),
        (302, b""),
        (301, b"<html>moved</html>"),
    ],
)
def test_a_wrong_address_is_the_operators(status: int, body: bytes) -> None:
    """Where no DWS answers, nobody is told that their cluster is gone."""
    wrong = error(status, body)
    assert type(wrong) is CloudForbidden
    assert wrong.why == WRONG_ADDRESS


OWN_404S = [
    (404, {"error_code": "DWS.0047", "error_msg": "The snapshot does not exist."}),
    (404, {"error_code": "DWS.8888", "error_msg": "?"}),
    (404, {"message": "snapshot s-1 not found"}),
    (400, {"error_code": "DWS.5149", "error_msg": "The snapshot ID is invalid."}),
    (400, {"error_code": "DWS.0001", "error_msg": "Incorrect parameter."}),
    (403, {"error_code": "DWS.0015", "error_msg": "Resource not found or permission denied."}),
]
FOREIGN_404S: list[tuple[int, object]] = [
    (404, {"timestamp": "2021", "status": 404, "error": "Not Found", "message": "No message available", "path": "/x"}),
    (404, {"error": {"code": 404, "message": "Could not find the resource.", "title": "Not Found"}}),
    (404, {"error_code": "APIGW.0103", "error_msg": "The backend does not exist."}),
    (404, {"message": "no Route matched with those values"}),
    (404, b"<html>nginx</html>"),
    (404, b""),
    (410, b"Gone"),
]


@pytest.mark.parametrize(("status", "body"), OWN_404S)
def test_what_was_asked_for_by_its_id_is_gone_where_dws_says_so(status: int, body: object) -> None:
    """Only a call that names the thing can be told that it isn't there."""
    assert type(error(status, body, call=CallKind.ONE)) is CloudNotFound
    assert type(error(status, body, call=CallKind.LIST)) is CloudForbidden


@pytest.mark.parametrize(("status", "body"), FOREIGN_404S)
@pytest.mark.parametrize("call", [CallKind.ONE, CallKind.LIST, CallKind.CREATE])
def test_nothing_is_gone_because_something_before_dws_says_404(status: int, body: object, call: CallKind) -> None:
    """A gateway, a framework or a web server knows routes, not clusters and snapshots: the operator looks."""
    refused = error(status, body, call=call)
    assert type(refused) is CloudForbidden
    assert "An operator must" in reasons.problem(refused.why)


@pytest.mark.parametrize("call", [CallKind.LIST, CallKind.ONE])
@pytest.mark.parametrize(("status", "code"), [(409, "DWS.0011"), (403, "DWS.7023")])
def test_a_read_is_never_too_much_for_a_busy_cluster(call: CallKind, status: int, code: str) -> None:
    """Reading takes no turn, so the answer is no useful one."""
    assert type(error(status, {"error_code": code, "error_msg": "busy"}, call=call)) is CloudUnavailable


@pytest.mark.parametrize(("status", "body"), [*OWN_404S, *FOREIGN_404S, (400, b"no"), (409, {}), (403, {}), (302, b"")])
def test_a_login_that_is_not_accepted_is_the_logins_fault(status: int, body: object) -> None:
    """Whatever IAM refuses, the operator looks at the login."""
    assert type(error(status, body, call=CallKind.LOGIN)) is CloudLoginRefused


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"error_code": "DWS.0020", "error_msg": "Restricted account."},
            "The cloud says no: DWS.0020, Restricted account. An operator must look; this request waits.",
        ),
        ({}, "The cloud says no: 403. An operator must look; this request waits."),
        (
            {"error": {"code": "403", "message": "Policy doesn't allow dws:cluster:createSnapshot to be performed."}},
            "The bot's cloud account may not create snapshots here (needs dws:cluster:createSnapshot). "
            "An operator must fix that; this request waits.",
        ),
    ],
)
def test_a_no_says_what_the_cloud_said(body: object, words: str) -> None:
    """The permission that lacks, by its name, where the cloud names one; else its code and words."""
    assert reasons.problem(error(403, body).why) == words


def test_a_permission_that_a_read_lacks_is_named_as_such() -> None:
    """Nobody is sent to look for the permission to create."""
    denied = {"error": {"code": "403", "message": "Policy doesn't allow dws:openAPISnapshot:list to be performed."}}
    assert "may not look at clusters and snapshots here (needs dws:openAPISnapshot:list)" in (
        reasons.problem(error(403, denied, call=CallKind.LIST).why)
    )


def test_a_gateways_no_is_called_that() -> None:
    """With its code, so that an operator finds it in the gateway's documentation."""
    assert reasons.problem(error(405, {"error_code": "APIGW.0104", "error_msg": "no"}).why) == (
        "The cloud's gateway refused the call: APIGW.0104. An operator must look; this request waits."
    )


def test_only_throttling_surely_did_nothing() -> None:
    """After any other failure the snapshot may exist."""
    for status in (408, 500, 502, 503, 504):
        lost = error(status, b"")
        assert isinstance(lost, CloudUnavailable)
        assert lost.maybe_done
    throttled = error(429, b"")
    assert isinstance(throttled, CloudUnavailable)
    assert not throttled.maybe_done


NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "Mon, 23 Nov 2026 14:05:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 23 Nov 2026 14:05:30 GMT", "date": "Mon, 23 Nov 2026 14:05:20 GMT"}, 10.0),
        ({"retry-after": "Mon, 23 Nov 2026 14:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """A date counts from the answer's own, so that clocks need not agree; never negative."""
    throttled = error(429, b"", headers, now=NOW)
    assert isinstance(throttled, CloudUnavailable)
    assert throttled.retry_after == seconds


def test_a_date_without_any_clock_is_not_guessed() -> None:
    """Then there is no Retry-After."""
    throttled = error(503, b"", {"retry-after": "Mon, 23 Nov 2026 14:05:30 GMT"})
    assert isinstance(throttled, CloudUnavailable)
    assert throttled.retry_after is None


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"x-request-id": "req-1"}, {}), ({"x-iam-trace-id": "req-1"}, {}), ({}, {"request_id": "req-1"})],
)
def test_the_request_id_is_kept(headers: dict[str, str], body: dict[str, str]) -> None:
    """The cloud's support asks for it; logs have it."""
    refused = error(500, body, headers)
    assert refused.request_id == "req-1"
    assert "req-1" in str(refused)


def test_no_token_leaks_into_an_error() -> None:
    """Gateways quote what they refuse; logs must not."""
    token = "MIIFAKE" + "x" * 1000
    secrets = {
        "error_msg": f"decrypt token fail, token: {token}",
        "error_code": "APIGW.0301",
    }
    for body in (
        json.dumps(secrets).encode(),
        f"X-Auth-Token: {token[:30]} is bad".encode(),
        f"Authorization SDK-HMAC-SHA256 Access=AKSECRET, SignedHeaders=a, Signature={'ab' * 32}".encode(),
    ):
        refused = error(401, body)
        shown = str(refused) + refused.message + str(refused.why)
        for secret in (token, token[:30], "AKSECRET", "ab" * 32):
            assert secret not in shown


def test_a_huge_message_is_looked_at_only_in_part() -> None:
    """Megabytes of words cost no time and end as one line."""
    assert len(error(400, {"error_code": "DWS.5001", "error_msg": "word " * 1_000_000}).message) <= 300


def test_names_and_ids_are_not_taken_for_tokens() -> None:
    """The longest snapshot name and a UUID stay readable."""
    name = "n" * 64
    assert error(400, {"error_code": "DWS.5039", "error_msg": f"{name} {CLUSTER}"}).message == f"{name} {CLUSTER}"


@given(st.binary(max_size=2000))
@example(b"\x1b[31mred\x1b[0m\r\n\x00" * 100)
@example("\u202egnp.exe".encode())
@example(b"<" * 3000)
def test_an_excerpt_is_one_short_printable_line(body: bytes) -> None:
    """Terminals and logs are safe from what a body holds."""
    shown = excerpt(body)
    assert 0 < len(shown) <= 300
    assert shown.isprintable()


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=300) | json_values.map(lambda v: json.dumps(v).encode()),
    call=st.sampled_from(CallKind),
)
def test_every_answer_is_an_object_or_an_error_of_the_tree(status: int, body: bytes, call: CallKind) -> None:
    """No status and no body ends in another exception, and what is logged of it is one short line."""
    told = ""
    try:
        assert isinstance(read_response(status, {}, body, call=call, now=NOW), dict)
    except CloudError as e:
        told = str(e)
    assert len(told) < 800
    assert told.isprintable()


def test_epoch_times_are_not_taken_for_dates() -> None:
    """Thirteen digits are milliseconds."""
    moment = readings.moment("1767323040000")
    assert moment is not None
    assert abs(moment - datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("sent", "called"),
    [
        ("dwh\n\u202eprod\u200b", "dwh prod"),
        ("dwh\ud83dprod\0", "dwh\ufffdprod\ufffd"),
        ("\u200b", CLUSTER),
        ("W" * 10_000, "W" * 255 + "…"),
    ],
)
def test_what_a_cluster_is_called_can_be_kept_and_compared(sent: str, called: str) -> None:
    """Canonical, without what no database holds, and no longer than what rights can go by."""
    cluster = bodies.cluster({"cluster": {"id": CLUSTER, "name": sent, "status": "AVAILABLE"}}, PROD)
    assert cluster.name == called


def test_half_a_character_makes_no_name_of_anothers() -> None:
    """A snapshot's name with something in it that can't be kept equals none that was asked for."""
    snapshot = bodies.snapshot({"snapshot": {"id": SNAPSHOT, "name": "nightly\ud800-1", "cluster_id": CLUSTER}})
    assert snapshot.name == "nightly\ufffd-1"


def _figures(used: object, free: object, unit: object = "GB") -> dict[str, Any]:
    said = {"storage.free": free, "storage.paid": 0, "storage.used": used}
    return {"statistics": [{"name": name, "value": value, "unit": unit} for name, value in said.items()]}


@pytest.mark.parametrize(
    ("sent", "used", "free"),
    [
        (_figures(128.5, 300.0), 128.5, 300.0),
        (_figures(0, 300), 0.0, 300.0),
        (_figures("128.5", "300"), 128.5, 300.0),
        (_figures(1.5, 2, "TB"), 1536.0, 2048.0),
        (_figures(128.5, 300, None), 128.5, 300.0),
    ],
)
def test_what_storage_snapshots_take_is_read(sent: dict[str, Any], used: float, free: float) -> None:
    """Whole numbers or not, as text, in the unit that is told, in GB where none is."""
    assert bodies.storage(sent) == (used, free, 0.0)


@pytest.mark.parametrize(
    "sent",
    [{}, {"statistics": None}, {"statistics": []}, _figures(128.5, None), _figures(128.5, 300, "furlongs")],
)
def test_storage_that_is_not_told_is_not_called_none(sent: dict[str, Any]) -> None:
    """0 GB would be untrue."""
    with pytest.raises(CloudUnavailable):
        bodies.storage(sent)
