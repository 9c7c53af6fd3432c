"""How the server plans what the store asks: by index, however much there is, and no more than is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from psycopg import Cursor

from bot.core.grants import Role
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, RequestId, SnapshotId
from bot.core.record import Selection
from bot.core.request import State
from bot.core.scope import NamedCluster
from bot.core.visible import Portion, Visible
from bot.store.postgres import due_statements
from bot.store.postgres.lanes import Extent, Lane
from bot.store.postgres.lines import ServerLine, dialled
from bot.store.postgres.postgres_store import PostgresStore
from bot.store.postgres.units import Units
from bot.store.server_url import ServerUrl
from tests.harness.contract_store import ANA, BEN, POSTED, a_request, an_entry, moved
from tests.harness.postgres_server import PostgresServer

MINUTE = timedelta(minutes=1)
NOW = timedelta(0)


def filled(postgres: PostgresServer, count: int, due: str = "now() - n * interval '1 s'") -> None:
    """Keep *count* requests, the *n*th of which is *due* then, in one statement."""
    postgres.admin(
        "INSERT INTO requests (id, origin, team, kind, requester, requester_kind, cloud, cluster, cluster_name, name, "
        "description, channel, created_at, expires_at, updated_at, state, version, words, hold, place, attempts, "
        "cloud_request_id, size_gb, recovery, rule, rule_set_by, waived, counted, escalated, asked, due_at) "
        "SELECT 'R-' || n, 'o' || n, 'T', 'create', 'U', 'person', 'prod', 'c' || n % 50, 'dwh', 'n' || n, '', 'C', "
        "now(), now(), now(), 'WAITING', 1, '', '', 0, 0, '', 0, '', '{}', '', false, '[]', 0, '{}', "
        f"{due} FROM generate_series(1, {count}) n",
        "shared",
    )
    postgres.admin("VACUUM ANALYZE requests", "shared")  # without what other tests have left behind in the indexes


@pytest.mark.parametrize("plan", ["", "enable_hashjoin=off", "enable_hashjoin=off enable_sort=off enable_material=off"])
def test_a_claim_leases_no_more_than_it_may(postgres: PostgresServer, postgres_url: str, plan: str) -> None:
    """However the server plans it."""
    filled(postgres, 500)
    options = "&".join(f"-c%20{setting.replace('=', '%3D')}" for setting in plan.split()).replace("&", "%20")
    server = ServerUrl.parse(f"{postgres_url}?options={options}" if plan else postgres_url)
    lane = Lane(partial(dialled, server), server)
    try:
        claimed = lane.do(partial(due_statements.claim, owner="a", lease=MINUTE, limit=5), Extent.CHANGE)
        assert [work.item.id for work in claimed] == [f"R-{n}" for n in (500, 499, 498, 497, 496)]
        leased = "SELECT count(*) AS n FROM requests WHERE lease_until IS NOT NULL"
        assert lane.do(lambda s: s.rows(leased), Extent.READ) == [{"n": 5}]
    finally:
        lane.close()


def test_an_empty_claim_reads_no_row(postgres: PostgresServer, postgres_url: str) -> None:
    """It finds by index that nothing is due, however much waits."""
    filled(postgres, 5000, "now() + n * interval '1 min'")
    statement = due_statements._CLAIM.replace("%(limit)s", "9").replace("%(owner)s", "'a'")
    statement = statement.replace("%(lease)s", "interval '1 min'")
    (row, *_) = postgres.admin(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", "shared")
    plan = json.dumps(row["QUERY PLAN"])
    assert '"requests_due"' in plan
    assert '"Seq Scan"' not in plan
    assert row["QUERY PLAN"][0]["Plan"]["Shared Hit Blocks"] < 20


class Explained(ServerLine):
    """Notes in *read* which tables are read from end to end for a statement."""

    def __init__(self, line: ServerLine, read: set[str]) -> None:
        super().__init__(line._connection)
        self._read = read

    def execute(self, statement: str, values: Mapping[str, object] | None = None) -> Cursor[dict[str, Any]]:
        """Let the server plan it first."""
        if values is not None and not statement.startswith("SET"):
            for row in super().execute(f"EXPLAIN {statement}", values).fetchall():
                self._read |= {*re.findall(r"Seq Scan on (\w+)", row["QUERY PLAN"])}
        return super().execute(statement, values)


async def test_what_runs_per_click_or_step_reads_no_table_through(postgres: PostgresServer, postgres_url: str) -> None:
    """With thousands of requests, messages, grants and entries every statement finds its rows by index."""
    filled(postgres, 4000, "now() + n * interval '1 min'")
    postgres.admin(
        "INSERT INTO messages (request_id, kind, channel, due_at, ready, ts) SELECT id, 'card', 'C', "
        "CASE WHEN number % 9 = 0 THEN due_at END, true, '1.0' FROM requests; "
        "INSERT INTO grants (id, holder, holder_kind, role, cloud, cluster, cluster_name, denies, reason, quiet, "
        "granted_by, granted_at) SELECT 'G' || n, 'U' || n, 'person', 'request', 'prod', 'c' || n % 500, '', false, "
        "'', false, 'U', now() FROM generate_series(1, 8000) n; "
        "INSERT INTO audit SELECT n, 2, '', '', '2026-11-23T14:05:00.000000Z', 'U' || n, 'a', '', 'R-' || n, 'prod', "
        "'c', '', '', 'h' || n "
        "FROM generate_series(1, 8000) n; UPDATE audit_head SET seq = 8000",
        "shared",
    )
    postgres.admin("VACUUM ANALYZE", "shared")
    server = ServerUrl.parse(postgres_url)
    read = set[str]()
    async with Units([Lane(lambda: Explained(dialled(server), read), server)], server) as units:
        store = PostgresStore(units)
        cluster = NamedCluster(ClusterRef(CloudName("prod"), ClusterId("c7")), "dwh")
        request = a_request(77777, cluster=cluster.ref, cluster_name="dwh")
        await store.add(request, origin="new", entries=[an_entry()], due_in=NOW, most_open=9)
        (work,) = await store.claim(owner="a", lease=MINUTE, limit=5)
        await store.renew(work, lease=MINUTE)
        await store.put_off(work, NOW)
        (work,) = await store.claim(owner="a", lease=MINUTE, limit=5)
        others = [RequestId("R-7"), RequestId("R-8")]
        await store.save(moved(request, State.APPROVED), token=work.token, entries=[an_entry()], wake=others)
        for card in await store.claim_messages(owner="a", lease=MINUTE, limit=1):
            await store.renew_message(card, lease=MINUTE)
            await store.save_message(replace(card.item, ref=POSTED), token=card.token, due_in=NOW)
        await store.next_due()
        for visible in (
            Visible(None),
            Visible(Principal(ANA), frozenset({cluster})),
            Visible(None, frozenset({cluster})),
        ):
            for portion in Portion:
                await store.newest(visible, portion=portion, limit=10)
                await store.newest(visible, portion=portion, since=request.created_at, limit=10)
            for turn in await store.turns(visible, ANA, limit=1):
                await store.turns(visible, ANA, after=turn, limit=3)
        await store.load(others)
        await store.line(cluster.ref)
        await store.requests_of(cluster.ref.cloud, [SnapshotId("S-1")])
        await store.find(states=[State.APPROVED, State.CREATING], limit=5)
        await store.find(cluster=cluster.ref, limit=5)
        await store.find(limit=5)
        await store.clusters_of(Principal(ANA))
        await store.messages(request.id)
        await store.rights(cluster=cluster, holders=[Principal(ANA)], roles=[Role.APPROVE])
        await store.rights_among(cluster, [ANA, BEN])
        await store.entries(request_id=request.id)
        await store.entries(limit=5)
        await store.recorded(Selection(actor="U7"), limit=5)
        await store.rights_state()
        await store.frozen_cards()
        await store.unreached()
        await store.not_sent()
        await store.first_time("Ev1")
        assert await store.drop_ended(store.clock.now(), limit=5) == 0
        postgres.admin("UPDATE requests SET state = 'FAILED', due_at = NULL WHERE number % 100 = 0", "shared")
        await store.drop_ended(store.clock.now() + MINUTE, limit=5)
    assert read & {"requests", "messages", "audit"} == set()
    assert "grants" in read, "a change of rights goes by all of them: so this would notice others"
