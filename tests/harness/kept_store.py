"""A real engine that shows and takes what `FakeStore` does, so that the same tests run over either.

Its calls are the engine's own. What a test looks at without a call (`requests`, `log`, `told` …) is read from the
tables beside it; what a test puts there is written to them before the next call.
"""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, Final, Protocol, TypeVar, cast

from bot.core.grants import Grant
from bot.core.ids import GrantId, RequestId
from bot.core.message import Message, Owed
from bot.core.request import SnapshotRequest
from bot.core.restored import Restored
from bot.core.right_changes import GrantChange, RuleChange
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.ports import Clock, Store
from bot.store import columns, file_of, names_server, open_store
from bot.store.columns import REQUEST_COLUMNS, maybe_time
from bot.store.postgres import (
    freeze_statements,
    record_statements,
    request_statements,
    right_statements,
    run_statements,
)
from bot.store.postgres.lanes import Extent, Lane
from bot.store.postgres.lines import dialled
from bot.store.server_url import ServerUrl
from bot.store.sqlite import audit, frozen_scopes, permissions, requests, restores, rows
from bot.store.sqlite.connecting import connect
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore, _Work
from tests.harness.working import CALL

T = TypeVar("T")
_EVERYTHING: Final = 100_000
_SET_REQUEST: Final = f"UPDATE requests SET {', '.join(f'{c} = {{{c}}}' for c in REQUEST_COLUMNS)} WHERE id = {{id}}"


class Tables(Protocol):
    """An engine's tables, in the hands of one who is beside the store."""

    permissions: Any  # the engine's own module, as the others
    freezes: Any
    requests: Any
    record: Any

    def do(self, unit: Callable[[Any], T]) -> T:
        """Do *unit* with what the engine's own statements take, and commit it."""
        ...

    def rows(self, statement: str, values: Mapping[str, object]) -> list[Any]:
        """Run *statement*, whose `{name}` stand for *values*."""
        ...

    def restored(self) -> Restored | None:
        """Return the last mark of a restore."""
        ...

    def close(self) -> None:
        """End."""
        ...


class FileTables:
    """Those of SQLite."""

    permissions: Any = permissions
    freezes: Any = frozen_scopes
    requests: Any = requests
    record: Any = audit

    def __init__(self, url: str) -> None:
        self._connection = connect(file_of(url))

    def do(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """As the protocol says."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            return unit(self._connection)
        finally:
            self._connection.execute("COMMIT")

    def rows(self, statement: str, values: Mapping[str, object]) -> list[Any]:
        """As the protocol says."""
        named = statement.format_map({name: f":{name}" for name in values})
        return self._connection.execute(named, rows.values(cast(Any, values))).fetchall()

    def restored(self) -> Restored | None:
        """As the protocol says."""
        return restores.last(self._connection)

    def close(self) -> None:
        """As the protocol says."""
        self._connection.close()


class ServerTables:
    """Those of PostgreSQL."""

    permissions: Any = right_statements
    freezes: Any = freeze_statements
    requests: Any = request_statements
    record: Any = record_statements

    def __init__(self, url: str) -> None:
        server = ServerUrl.parse(url)
        self._lane = Lane(partial(dialled, server), server)

    def do(self, unit: Callable[[Any], T]) -> T:
        """As the protocol says."""
        return self._lane.do(unit, Extent.CHANGE)

    def rows(self, statement: str, values: Mapping[str, object]) -> list[Any]:
        """As the protocol says."""
        named = statement.format_map({name: f"%({name})s" for name in values})
        return self.do(lambda session: session.rows(named, values))

    def restored(self) -> Restored | None:
        """As the protocol says."""
        return self.do(run_statements.last_restore)

    def close(self) -> None:
        """As the protocol says."""
        self._lane.close()


def _requests(tables: Tables) -> dict[RequestId, SnapshotRequest]:
    found = tables.do(lambda c: tables.requests.find(c, None, None, _EVERYTHING, oldest_first=True))
    return {request.id: request for request in found}


def _told(tables: Tables) -> dict[tuple[RequestId, Owed], Message]:
    found = [columns.message(row) for row in tables.rows("SELECT * FROM messages ORDER BY due_at", {})]
    return {(message.request_id, message.owed): message for message in found}


def _work(row: Any, not_before: datetime | None = None) -> _Work:
    return _Work(maybe_time(row["due_at"]), maybe_time(row["lease_until"]), not_before, token=row["lease_token"])


def _works(tables: Tables) -> dict[RequestId, _Work]:
    return {row["id"]: _work(row) for row in tables.rows("SELECT * FROM requests", {})}


def _telling(tables: Tables) -> dict[tuple[RequestId, Owed], _Work]:
    found = [(columns.message(row), row) for row in tables.rows("SELECT * FROM messages", {})]
    return {(m.request_id, m.owed): _work(row, maybe_time(row["not_before"])) for m, row in found}


_FIELDS: Final[Mapping[str, Callable[[Tables], Any]]] = {
    "given": lambda tables: list(tables.do(tables.permissions.every)),
    "rules_set": lambda tables: tables.do(tables.permissions.rules),
    "frozen": lambda tables: {freeze.id: freeze for freeze in tables.do(tables.freezes.every)},
    "requests": _requests,
    "told": _told,
    "log": lambda tables: tables.do(lambda c: tables.record.read(c, None, _EVERYTHING))[::-1],
    "restored": lambda tables: tables.restored(),
    "_work": _works,
    "_telling": _telling,
}


def _copy(value: Any) -> Any:
    match value:
        case list():
            return list(value)
        case dict():
            return {key: replace(kept) if isinstance(kept, _Work) else kept for key, kept in value.items()}
    return value


class KeptStore:
    """`bot.ports.Store` over an engine, with the fields of `FakeStore`."""

    def __init__(self, store: Store, tables: Tables) -> None:
        # *shown* is what was read since the last call, and may have been changed; *before*, how it was.
        self.__dict__.update(store=store, tables=tables, shown={}, before={}, numbers=count(1))

    def __getattr__(self, name: str) -> Any:
        """Return what the tables hold, or a call of the engine's."""
        if name in _FIELDS:
            if name not in self.shown:
                self.shown[name] = _FIELDS[name](self.tables)
                self.before[name] = _copy(self.shown[name])
            return self.shown[name]
        found = getattr(self.store, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **options: Any) -> Any:
            self._write()
            try:
                return await asyncio.create_task(found(*args, **options), name=CALL)
            finally:
                self.shown.clear()

        return call

    def __setattr__(self, name: str, value: Any) -> None:
        """Put something in the tables, give the engine another clock, or put a call in the place of one."""
        if name in _FIELDS:
            getattr(self, name)
            self.shown[name] = value
        elif name == "clock":
            self.store.clock = value
        else:
            self.__dict__[name] = value

    def _write(self) -> None:
        """Write what a test has changed since it was read."""
        changed = {name: (self.before[name], now) for name, now in self.shown.items() if now != self.before[name]}
        self.shown.clear()
        for name, (before, now) in changed.items():
            match name:
                case "given":
                    self.tables.do(partial(self._give, before, now))
                case "rules_set":
                    self.tables.do(partial(self._rule, before, now))
                case "frozen":
                    new = [freeze for freeze in now.values() if freeze.id not in before]
                    self.tables.do(lambda c, new=new: [self.tables.freezes.add(c, freeze) for freeze in new])
                case "log":
                    assert now[: len(before)] == before, "the record can only grow"
                    added = now[len(before) :]
                    self.tables.do(lambda c, added=added: self.tables.record.append(c, added))
                case "requests":
                    self._ask(before, now)
                case "_work":
                    self._due(before, now)
                case "restored":
                    mark = {"at": now.at, "as_of": now.as_of}
                    self.tables.rows("INSERT INTO restores (at, as_of) VALUES ({at}, {as_of}) RETURNING at", mark)
                case _:
                    raise AssertionError(f"{name} can't be set over an engine")

    def _give(self, before: list[Grant], now: list[Grant], connection: Any) -> None:
        for gone in [grant for grant in before if grant not in now]:
            self.tables.permissions.change(connection, GrantChange(gone, None))
        for grant in [grant for grant in now if grant not in before]:
            kept = grant if grant.id else replace(grant, id=GrantId(f"test-{next(self.numbers)}"))
            self.tables.permissions.change(connection, GrantChange(None, kept))

    def _rule(self, before: dict[Scope, ScopeRule], now: dict[Scope, ScopeRule], connection: Any) -> None:
        for scope in before.keys() | now.keys():
            change = RuleChange(scope, before.get(scope), now.get(scope))
            if change.before != change.after:
                self.tables.permissions.change(connection, change)

    def _ask(self, before: dict[RequestId, SnapshotRequest], now: dict[RequestId, SnapshotRequest]) -> None:
        for gone in before.keys() - now.keys():
            for table, named in (("votes", "request_id"), ("messages", "request_id"), ("requests", "id")):
                self.tables.rows(f"DELETE FROM {table} WHERE {named} = {{gone}} RETURNING 1", {"gone": gone})
        for request in [request for request in now.values() if request != before.get(request.id)]:
            assert request.id in before, "a request is added by the store"
            self.tables.rows(f"{_SET_REQUEST} RETURNING id", columns.of_request(request))

    def _due(self, before: dict[RequestId, _Work], now: dict[RequestId, _Work]) -> None:
        for request_id, work in now.items():
            assert replace(work, due=None) == replace(before[request_id], due=None), "only `due` can be set"
            values = {"due": work.due, "id": request_id}
            self.tables.rows("UPDATE requests SET due_at = {due} WHERE id = {id} RETURNING id", values)


@asynccontextmanager
async def kept_store(url: str, clock: Clock | None = None) -> AsyncIterator[FakeStore]:
    """Serve the empty database at *url*, seen as the fake is; its time is *clock*'s."""
    async with open_store(url, exclusive=True, clock=clock or FakeClock()) as store:
        tables = ServerTables(url) if names_server(url) else FileTables(url)
        try:
            yield cast(FakeStore, KeptStore(store, tables))
        finally:
            tables.close()
