"""The tables, as migrations that run once each, in order; a migration that was released is never edited.

All that a database lacks are one transaction, and one process at a time: several may start at once. A replica of the
version before may serve meanwhile, so a migration adds, and what isn't used any more goes with a later version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.core.errors import ConfigError
from bot.store.postgres.first_tables import STATEMENTS
from bot.store.postgres.session import Session
from bot.store.server_url import ServerUrl

_TABLE: Final = "snapshot_bot_migrations"
_OF_OTHERS: Final = (
    "3s"  # for what somebody has locked: who comes after a waiting change of a table waits for it as well
)
_CREATE: Final = f"""
    CREATE TABLE IF NOT EXISTS {_TABLE} (
        name text COLLATE "C" PRIMARY KEY, number integer NOT NULL UNIQUE,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
"""


def m001_initial(session: Session) -> None:
    """Create the tables."""
    for statement in STATEMENTS:
        session.count(statement)


def m002_snapshots(session: Session) -> None:
    """Find the request that a snapshot came of."""
    session.count("CREATE INDEX requests_by_snapshot ON requests (snapshot_id) WHERE snapshot_id IS NOT NULL")


def m003_revisions(session: Session) -> None:
    """Keep the last change of a request by who asked for it."""
    session.count("ALTER TABLE requests ADD COLUMN revised text")


def m004_keep(session: Session) -> None:
    """Keep for how long a snapshot is wanted; of those before, until somebody says."""
    session.count("ALTER TABLE requests ADD COLUMN keep text NOT NULL DEFAULT '{}'")


def m005_joined(session: Session) -> None:
    """Keep who wants what another has asked for, too, and who asked for somebody else."""
    session.count("ALTER TABLE requests ADD COLUMN joined text NOT NULL DEFAULT '[]'")
    session.count('ALTER TABLE requests ADD COLUMN asked_by text COLLATE "C"')


def m006_shared(session: Session) -> None:
    """Find what is open and wanted by several without a look at the rest."""
    session.count(
        "CREATE INDEX requests_shared ON requests (created_at, number) "
        "WHERE state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING') AND (joined <> '[]' OR asked_by IS NOT NULL)"
    )


_M007: Final = (
    """
    CREATE TABLE subscriptions (
        channel text COLLATE "C" NOT NULL, cloud text COLLATE "C" NOT NULL, cluster text COLLATE "C" NOT NULL,
        cluster_name text COLLATE "C" NOT NULL, events text COLLATE "C" NOT NULL, set_by text COLLATE "C" NOT NULL,
        team text COLLATE "C" NOT NULL, set_at timestamptz NOT NULL, is_private boolean NOT NULL,
        paused text COLLATE "C" NOT NULL, PRIMARY KEY (channel, cloud, cluster)
    )
    """,
    """
    CREATE TABLE notices (
        number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        channel text COLLATE "C" NOT NULL, about text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL,
        body text NOT NULL, owed_at timestamptz NOT NULL, ref_channel text COLLATE "C", ts text COLLATE "C",
        sending_at timestamptz, attempts integer NOT NULL DEFAULT 0, due_at timestamptz,
        lease_owner text COLLATE "C", lease_token bigint NOT NULL DEFAULT 0, lease_until timestamptz,
        PRIMARY KEY (channel, about)
    )
    """,
    "CREATE INDEX subscriptions_by_cluster ON subscriptions (cloud, cluster)",
    "CREATE INDEX notices_due ON notices (due_at, number) WHERE due_at IS NOT NULL",
    "CREATE INDEX notices_done ON notices (owed_at) WHERE due_at IS NULL",
    "CREATE INDEX notices_leased ON notices (lease_until) WHERE lease_until IS NOT NULL",
)


def m007_subscriptions(session: Session) -> None:
    """Keep which channels hear of snapshots, and what is owed to them."""
    for statement in _M007:
        session.count(statement)


# A replica of the version before knows nothing of a time that is still to come. It can't save an attempt before then,
# and what isn't saved isn't sent. NOT VALID: there is no row yet that it could be about.
_M008: Final = (
    'ALTER TABLE requests ADD COLUMN start_at timestamptz, ADD COLUMN start_wall text COLLATE "C", '
    'ADD COLUMN start_zone text COLLATE "C", ADD CONSTRAINT requests_not_early CHECK '
    "(start_at IS NULL OR sent_at IS NULL OR glass IS NOT NULL OR sent_at >= start_at) NOT VALID"
)


def m008_later(session: Session) -> None:
    """Keep when a request is to start: the moment, the wall time that was asked for, and its zone."""
    session.count(_M008)


def m009_deletions(session: Session) -> None:
    """Keep what a request deletes, and find one that has deleted it among what has ended.

    What the version before asks for by the old states is found by the new indexes, too.
    """
    session.count('ALTER TABLE requests ADD COLUMN deletes text COLLATE "C"')
    session.count("ALTER TABLE requests ADD COLUMN knows_last boolean NOT NULL DEFAULT false")
    states = "state IN ('AVAILABLE', 'DELETED', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')"
    session.count("DROP INDEX requests_ended")
    session.count("DROP INDEX requests_ended_by_cluster")
    session.count(f"CREATE INDEX requests_ended ON requests (created_at, number) WHERE {states}")
    session.count(
        "CREATE INDEX requests_ended_by_cluster ON requests (cloud, cluster, cluster_name, created_at, number) "
        f"WHERE {states}"
    )


_ALL: Final[tuple[Callable[[Session], None], ...]] = (
    m001_initial,
    m002_snapshots,
    m003_revisions,
    m004_keep,
    m005_joined,
    m006_shared,
    m007_subscriptions,
    m008_later,
    m009_deletions,
)
NAMES: Final = tuple(migration.__name__ for migration in _ALL)


def applied(session: Session) -> list[str]:
    """Return the names of the migrations that the database has, in the order in which they ran."""
    if session.rows("SELECT to_regclass(%(table)s) IS NULL AS missing", {"table": _TABLE})[0]["missing"]:
        return []
    return [row["name"] for row in session.rows(f"SELECT name FROM {_TABLE} ORDER BY number")]  # noqa: S608


def migrate(session: Session, server: ServerUrl) -> bool:
    """Bring the tables up to date, within the caller's transaction; say whether there were none.

    Raises:
        ConfigError: a newer version made them, or another program's are there.
    """
    if is_up_to_date(session, server):
        return False
    # Who comes second waits as long as the first takes; of what others use, as everybody does.
    session.rows("SET LOCAL statement_timeout = 0")
    session.rows("SET LOCAL lock_timeout = '60s'")
    session.rows("SELECT pg_advisory_xact_lock(hashtext('snapshot-bot'), hashtext('migrations'))")
    session.rows(f"SET LOCAL lock_timeout = '{_OF_OTHERS}'")
    has = applied(session)  # read again: somebody else may have been first
    if not has:
        _refuse_foreign(session, server)
        session.count(_CREATE)
    for number, migration in enumerate(_ALL, 1):
        if migration.__name__ not in has:
            migration(session)
            session.count(
                f"INSERT INTO {_TABLE} (name, number) VALUES (%(name)s, %(number)s)",  # noqa: S608 -- our own name
                {"name": migration.__name__, "number": number},
            )
    return not has


def is_up_to_date(session: Session, server: ServerUrl) -> bool:
    """Say whether the database has all migrations of this version.

    Raises:
        ConfigError: it has others as well.
    """
    has = applied(session)
    if newer := [name for name in has if name not in NAMES]:
        raise ConfigError(
            f"{server} was used by a newer version of the bot (it has {', '.join(newer)}). "
            "Install that version again, or restore the backup made before the upgrade."
        )
    return len(has) == len(NAMES)


def refuse_outdated(session: Session, server: ServerUrl) -> None:
    """Do nothing where the tables are those of this version.

    Raises:
        ConfigError: there are none, or older ones, or newer ones.
    """
    if is_up_to_date(session, server):
        return
    if not applied(session):
        raise ConfigError(
            f"There are no tables of the bot in {server}. Set SNAPSHOT_BOT_DATABASE to the one that the bot serves, "
            "or make new ones there: snapshot-bot init"
        )
    raise ConfigError(
        f"{server} is of an older version of the bot, and only `snapshot-bot serve` brings it up to date. "
        "Make a backup (pg_dump), start it, then try again."
    )


def refuse_unfit(session: Session, server: ServerUrl) -> None:
    """Do nothing where the server can keep what the bot writes.

    Raises:
        ConfigError: its database has another encoding.
    """
    (found,) = session.rows("SELECT current_setting('server_encoding') AS encoding")
    if found["encoding"] != "UTF8":
        raise ConfigError(f"{server} keeps text as {found['encoding']}. Create its database with ENCODING 'UTF8'.")


def _refuse_foreign(session: Session, server: ServerUrl) -> None:
    names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename LIMIT 3"
    if others := [row["tablename"] for row in session.rows(names)]:
        raise ConfigError(
            f"{server} has tables of another program ({', '.join(others)}). They were left as they are; give the bot "
            "a database, or a schema, of its own."
        )
