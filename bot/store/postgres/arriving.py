"""Data that come from another engine: all of them in one transaction, into a database that has none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from bot.core.errors import ConfigError
from bot.core.record import Head
from bot.store import chain, columns
from bot.store.columns import REFUSAL_KEY
from bot.store.moving import TABLES, Moved, Source
from bot.store.postgres import record_statements
from bot.store.postgres.session import Session
from bot.store.server_url import ServerUrl

_AT_ONCE: Final = 1000  # rows in a statement


def arrive(session: Session, source: Source, server: ServerUrl) -> Moved:
    """Keep all that *source* has, within the caller's transaction, and check that it is all there, and as it was.

    Raises:
        ConfigError: *server* has data already, or something can't be kept there; the text names the row.
    """
    session.rows("SET LOCAL idle_in_transaction_session_timeout = 0")
    session.rows("SET LOCAL statement_timeout = 0")
    session.rows("LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE")
    head = source.head()
    if occupied := [table for table in TABLES if session.row(f"SELECT 1 AS one FROM {table} LIMIT 1")]:  # noqa: S608
        if head.number and _has(session, head):
            return Moved({}, record_statements.check(session, [head]), again=True)
        raise ConfigError(
            f"{server} has data already (in {', '.join(occupied)}). Nothing was moved; name a database without any."
        )
    kept = {table: _keep(session, table, source.rows(table)) for table in TABLES}
    session.count("UPDATE audit_head SET seq = %(seq)s, hash = %(hash)s", {"seq": head.number, "hash": head.hash})
    there, here = source.verdict(), record_statements.check(session, [head])
    if (there.rows, there.findings, there.last) != (here.rows, here.findings, here.last):
        raise ConfigError(f"{server} doesn't have the record as it was written. Nothing was moved.")
    return Moved(kept, here)


def _has(session: Session, head: Head) -> bool:
    return (
        session.row(
            "SELECT 1 AS one FROM audit WHERE seq = %(seq)s AND hash = %(hash)s",
            {"seq": head.number, "hash": head.hash},
        )
        is not None
    )


def _keep(session: Session, table: str, rows: Iterator[Mapping[str, Any]]) -> int:
    types = {
        row["name"]: row["type"]
        for row in session.rows(
            "SELECT column_name AS name, data_type AS type FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = %(table)s "
            "AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position",
            {"table": table},
        )
    }
    names = [*types]
    quoted = ", ".join(f'"{name}"' for name in names)
    arrays = ", ".join(f"%({name})s::{types[name]}[]" for name in names)
    insert = f"INSERT INTO {table} ({quoted}) SELECT * FROM unnest({arrays})"  # noqa: S608 -- our own names
    count = 0
    while some := [_row(table, row, types) for row in islice(rows, _AT_ONCE)]:
        count += session.count(insert, {name: [row[name] for row in some] for name in names})
    return count


def _row(table: str, row: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, object]:
    """Return the columns of *row* as this engine has them."""
    if table == "refusals":
        alike = chain.hash_of(json.dumps([row[name] for name in REFUSAL_KEY]).encode())
        row = {**row, "alike": alike}
    return {name: _value(row.get(name), kind, f"{table}, row {row['at_row']}, {name}") for name, kind in types.items()}


def _value(of: Any, kind: str, where: str) -> object:
    if of is None:
        return None
    if kind == "boolean":
        return bool(of)
    if kind == "timestamp with time zone":
        return columns.time(of)
    if isinstance(of, str) and "\0" in of:
        raise ConfigError(f"A text has a character that PostgreSQL keeps in none, NUL ({where}). Nothing was moved.")
    return of
