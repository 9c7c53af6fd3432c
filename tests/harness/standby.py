"""A server and its standby, which has all that the server has acknowledged, and is made the server when that dies."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from snapshot_demo.postgres_server import free_port
from tests.harness.postgres_server import PostgresServer, served

_STANDBY: Final = "standby"
_STREAMED: Final = (
    *("wal_level=replica", "max_wal_senders=4", "synchronous_commit=on"),
    "dynamic_shared_memory_type=mmap",  # within its folder, where a killed server leaves nothing behind
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A *primary* whose commits are acknowledged once its *standby* has them as well."""

    primary: PostgresServer
    standby: PostgresServer

    def url(self, database: str) -> str:
        """Return the URL of a *database* that names both."""
        one = self.primary.url(database)
        return one.replace(f":{self.primary.port}/", f":{self.primary.port},127.0.0.1:{self.standby.port}/")

    def promote(self) -> None:
        """Make the standby one that can be written, and return once it can."""
        assert self.standby.admin("SELECT pg_promote(wait_seconds => 60) AS done") == [{"done": True}]


@contextmanager
def streamed(bin: Path) -> Iterator[Pair]:
    """Run a primary, with the databases of every server, and its standby, until the block ends."""
    with (
        served(bin, *_STREAMED) as primary,
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name,
    ):
        if primary.folder.owner() != (folder := Path(name)).owner():  # the server refuses to be root's
            shutil.chown(folder, primary.folder.owner(), primary.folder.group())
        source = f"host={primary.folder} port={primary.port} user=postgres application_name={_STANDBY}"
        copy = ["--pgdata", str(folder / "data"), "--dbname", source, "--write-recovery-conf"]
        primary.run("pg_basebackup", *copy, "--checkpoint=fast", "--wal-method=stream", "--no-sync")
        standby = replace(primary, folder=folder, port=free_port(), _process=None)
        try:
            standby.start()
            primary.admin(f"ALTER SYSTEM SET synchronous_standby_names = '{_STANDBY}'")
            primary.admin("SELECT pg_reload_conf()")
            while not primary.admin("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
                primary.admin("SELECT pg_sleep(0.02)")
            yield Pair(primary, standby)
        finally:
            standby.stop(at_once=True)
