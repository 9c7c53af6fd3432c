"""What limits new requests: how many of one person are open, and how many went without an approval."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Final

from bot.core.errors import TooManyOpen
from bot.core.ids import ClusterRef, Principal
from bot.core.request import Cap
from bot.store.sqlite import rows

_OPEN_STATES: Final = "'WAITING', 'APPROVED', 'SUBMITTING', 'CREATING'"  # as the indexes have them


def is_reached(connection: sqlite3.Connection, cluster: ClusterRef, caps: Collection[Cap]) -> bool:
    """Say whether as many requests as one of *caps* allows went without an approval."""
    for cap in caps:
        sql = "SELECT count(*) FROM requests WHERE waived AND created_at >= ?"
        values = [rows.text(cap.since)]
        if cap.owner is None:
            sql = f"{sql} AND cloud = ? AND cluster = ?"
            values += [cluster.cloud, cluster.id]
        else:
            sql, values = (
                f"{sql} AND requester = ? AND requester_kind = ?",
                [*values, cap.owner.id, cap.owner.kind.value],
            )
        if connection.execute(sql, values).fetchone()[0] >= cap.most:
            return True
    return False


def refuse_too_many(connection: sqlite3.Connection, owner: Principal, most: int) -> None:
    """Do nothing unless *owner* has as many open requests as *most*.

    Raises:
        TooManyOpen: they have.
    """
    (count,) = connection.execute(
        f"SELECT count(*) FROM requests WHERE requester = ? AND requester_kind = ? AND state IN ({_OPEN_STATES})",  # noqa: S608 -- states are ours
        (owner.id, owner.kind.value),
    ).fetchone()
    if count >= most:
        raise TooManyOpen(count)
