"""The tables, as migrations that run once each, in order; a migration that was released is never edited.

Times are text in UTC of fixed width (see `rows.text`), so that text order is time order. `due_at` NULL: nothing to do.
Long because a migration stays as it was released.
`wake_at` is when the row's work can next be taken: when it is due, or when the lease that somebody has on it ends.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from bot.core.ids import canonical_cluster_id
from bot.core.why import Why
from bot.store.sqlite import record_layout
from bot.store.sqlite.rows import value

if TYPE_CHECKING:  # it is loaded by who applies migrations: most starts find all of them applied
    from sqlite_utils import Database, Migrations

_SET: Final = "snapshot-bot"
_WAKE_AT: Final = "max(due_at, coalesce(lease_until, ''))"

_M001: Final = (
    """
    CREATE TABLE grants (
        user TEXT NOT NULL, role TEXT NOT NULL, cloud TEXT NOT NULL, cluster TEXT NOT NULL,
        cluster_name TEXT NOT NULL, granted_by TEXT NOT NULL, granted_at TEXT NOT NULL,
        PRIMARY KEY (user, role, cloud, cluster)
    ) STRICT
    """,
    "CREATE INDEX grants_by_cluster ON grants (cloud, cluster)",
    "CREATE INDEX grants_of_admins ON grants (user) WHERE role = 'admin'",
    """
    CREATE TABLE cluster_rules (
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, need INTEGER NOT NULL, channel TEXT,
        PRIMARY KEY (cloud, cluster)
    ) STRICT
    """,
    f"""
    CREATE TABLE requests (
        id TEXT PRIMARY KEY NOT NULL, origin TEXT NOT NULL UNIQUE,
        team TEXT NOT NULL, requester TEXT NOT NULL,
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, cluster_name TEXT NOT NULL,
        name TEXT NOT NULL, description TEXT NOT NULL, channel TEXT NOT NULL, need INTEGER NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        state TEXT NOT NULL, version INTEGER NOT NULL,
        decided_by TEXT, decided_at TEXT, words TEXT NOT NULL,
        hold TEXT NOT NULL, place INTEGER NOT NULL, problem TEXT NOT NULL, advice TEXT NOT NULL,
        attempted_at TEXT, sent_at TEXT, attempts INTEGER NOT NULL,
        snapshot_id TEXT, accepted_at TEXT, percent INTEGER,
        started_at TEXT, finished_at TEXT, size_gb REAL NOT NULL,
        due_at TEXT, lease_owner TEXT, lease_until TEXT,
        wake_at TEXT GENERATED ALWAYS AS ({_WAKE_AT}) VIRTUAL
    ) STRICT
    """,
    "CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX requests_wake ON requests (wake_at) WHERE wake_at IS NOT NULL",
    "CREATE INDEX requests_by_age ON requests (created_at)",
    "CREATE INDEX requests_by_state ON requests (state, created_at)",
    "CREATE INDEX requests_by_requester ON requests (requester, created_at)",
    "CREATE INDEX requests_by_cluster ON requests (cloud, cluster, created_at)",
    """
    CREATE UNIQUE INDEX requests_open_name ON requests (cloud, lower(name))
    WHERE state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING')
    """,
    """
    CREATE UNIQUE INDEX requests_in_the_cloud ON requests (cloud, cluster)
    WHERE state IN ('SUBMITTING', 'CREATING')
    """,
    """
    CREATE TABLE votes (
        request_id TEXT NOT NULL REFERENCES requests (id), user TEXT NOT NULL,
        approve INTEGER NOT NULL, at TEXT NOT NULL, comment TEXT NOT NULL,
        PRIMARY KEY (request_id, user)
    ) STRICT
    """,
    # ready: 0 while a reply waits for the card in whose thread it belongs; such a row has nothing to wake for.
    # claimed_version: the request's version when the message was last taken, to see whether it has moved on since.
    f"""
    CREATE TABLE messages (
        request_id TEXT NOT NULL REFERENCES requests (id), kind TEXT NOT NULL,
        channel TEXT NOT NULL, ref_channel TEXT, ts TEXT,
        shown_version INTEGER NOT NULL DEFAULT 0, claimed_version INTEGER NOT NULL DEFAULT 0,
        sending_at TEXT, attempts INTEGER NOT NULL DEFAULT 0, ready INTEGER NOT NULL,
        due_at TEXT, not_before TEXT, lease_owner TEXT, lease_until TEXT,
        wake_at TEXT GENERATED ALWAYS AS (CASE WHEN ready THEN {_WAKE_AT} END) VIRTUAL,
        PRIMARY KEY (request_id, kind)
    ) STRICT
    """,
    "CREATE INDEX messages_due ON messages (due_at) WHERE due_at IS NOT NULL AND ready = 1",
    "CREATE INDEX messages_wake ON messages (wake_at) WHERE wake_at IS NOT NULL",
    "CREATE TABLE seen (key TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL) STRICT",
    "CREATE INDEX seen_by_age ON seen (at)",
    # AUTOINCREMENT: a number is never given twice, so that rows cut off at the end leave a gap.
    """
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
        rule TEXT NOT NULL, request_id TEXT, cloud TEXT, cluster TEXT, detail TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX audit_by_request ON audit (request_id) WHERE request_id IS NOT NULL",
    """
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END
    """,
)


_M006: Final = {
    "grants": (
        "UPDATE OR IGNORE grants SET cluster = :canonical WHERE cluster = :written",
        "DELETE FROM grants WHERE cluster = :written",
    ),
    "cluster_rules": (
        """
        INSERT INTO cluster_rules (cloud, cluster, need, channel)
        SELECT cloud, :canonical, need, channel FROM cluster_rules WHERE cluster = :written
        ON CONFLICT (cloud, cluster) DO UPDATE
        SET need = max(need, excluded.need), channel = coalesce(channel, excluded.channel)
        """,
        "DELETE FROM cluster_rules WHERE cluster = :written",
    ),
}


def m001_initial(db: Database) -> None:
    """Create the tables; statement by statement, since `executescript` would commit half-way."""
    for statement in _M001:
        db.conn.execute(statement)


def m002_looks(db: Database) -> None:
    """Keep of the last look before an unsettled attempt when it was, by our clock and by the cloud's."""
    db.conn.execute("ALTER TABLE requests ADD COLUMN looked_at TEXT")
    db.conn.execute("ALTER TABLE requests ADD COLUMN listed_at TEXT")


def m003_frozen_cards(db: Database) -> None:
    """Remember which card can't be drawn again, and how often one that was deleted was posted again."""
    for column in ("reposted", "frozen"):
        db.conn.execute(f"ALTER TABLE messages ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")


def m004_heartbeat(db: Database) -> None:
    """Create the one row that is written to prove that something can be; the count makes each write a change."""
    db.conn.execute(
        "CREATE TABLE heartbeat (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL, beats INTEGER NOT NULL) "
        "STRICT"
    )


def m005_tries(db: Database) -> None:
    """Keep since when tries fail, which decides the next wait, and since when lists lack the snapshot."""
    for column in ("failing_since", "missing_since"):
        db.conn.execute(f"ALTER TABLE requests ADD COLUMN {column} TEXT")


def m006_canonical_cluster_ids(db: Database) -> None:
    """Put ids that were typed in upper case into the case in which they are looked for.

    Of two grants of one right one is left; of two rules of one cluster the stricter, whichever was set last.
    """
    for table in ("grants", "cluster_rules"):
        found = db.conn.execute(f"SELECT DISTINCT cluster FROM {table}").fetchall()  # noqa: S608 -- our own names
        for (written,) in found:
            if (canonical := canonical_cluster_id(written)) != written:
                for statement in _M006[table]:
                    db.conn.execute(statement, {"written": written, "canonical": canonical})


def m007_kinds(db: Database) -> None:
    """Say of each request and grant what kind they are, and of what kind to whom they belong: so far there was one."""
    db.conn.execute("ALTER TABLE requests ADD COLUMN kind TEXT NOT NULL DEFAULT 'create'")
    db.conn.execute("ALTER TABLE requests ADD COLUMN requester_kind TEXT NOT NULL DEFAULT 'person'")
    db.conn.execute("ALTER TABLE grants ADD COLUMN user_kind TEXT NOT NULL DEFAULT 'person'")


def m008_reasons(db: Database) -> None:
    """Keep of a request why it waits or failed as a code with parameters; sentences of before stay as they were told.

    The record isn't touched: its entries are chained.
    """
    db.conn.execute("ALTER TABLE requests ADD COLUMN why TEXT")
    told = "SELECT id, problem, advice FROM requests WHERE problem != '' OR advice != ''"
    for request, problem, advice in db.conn.execute(told).fetchall():
        why = value(Why.as_told(problem, advice))
        db.conn.execute("UPDATE requests SET why = ? WHERE id = ?", (why, request))
    for column in ("problem", "advice"):
        db.conn.execute(f"ALTER TABLE requests DROP COLUMN {column}")


def m009_several_processes(db: Database) -> None:
    """Give each lease a number, and let looks at the clouds be rows."""
    for table in ("requests", "messages"):
        db.conn.execute(f"ALTER TABLE {table} ADD COLUMN lease_token INTEGER NOT NULL DEFAULT 0")
    db.conn.execute(
        "CREATE TABLE looks (cloud TEXT PRIMARY KEY NOT NULL, began_at TEXT NOT NULL, body TEXT NOT NULL) STRICT"
    )


def m010_people(db: Database) -> None:
    """Keep what Slack said of people: when it was asked, or when they changed since (then the rest is NULL)."""
    db.conn.execute(
        "CREATE TABLE people (user TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL, "
        "team TEXT, standing TEXT, name TEXT, zone TEXT, locale TEXT) STRICT"
    )
    db.conn.execute("CREATE INDEX people_by_age ON people (at)")


def m011_leased_looks(db: Database) -> None:
    """Let a look be leased to who looks, also where nothing was seen yet: `began_at` and `body` may be NULL."""
    for statement in (
        "CREATE TABLE leased_looks (cloud TEXT PRIMARY KEY NOT NULL, began_at TEXT, body TEXT, "
        "lease_owner TEXT, lease_token INTEGER NOT NULL DEFAULT 0, lease_until TEXT) STRICT",
        "INSERT INTO leased_looks (cloud, began_at, body) SELECT cloud, began_at, body FROM looks",
        "DROP TABLE looks",
        "ALTER TABLE leased_looks RENAME TO looks",
    ):
        db.conn.execute(statement)


def m012_throttles(db: Database) -> None:
    """Keep until when Slack wants no calls of a method, for every process and the next start."""
    db.conn.execute("CREATE TABLE throttles (key TEXT PRIMARY KEY NOT NULL, until TEXT NOT NULL) STRICT")


def m013_restores(db: Database) -> None:
    """Keep the marks of restores, who was told of them, and what one means for each request."""
    db.conn.execute("ALTER TABLE requests ADD COLUMN as_of TEXT")
    db.conn.execute("ALTER TABLE requests ADD COLUMN recovery TEXT NOT NULL DEFAULT ''")
    db.conn.execute("CREATE TABLE restores (at TEXT PRIMARY KEY NOT NULL, as_of TEXT NOT NULL) STRICT")
    db.conn.execute(
        "CREATE TABLE restores_told (restored_at TEXT NOT NULL REFERENCES restores (at), user TEXT NOT NULL, "
        "PRIMARY KEY (restored_at, user)) STRICT"
    )


def m014_runs(db: Database) -> None:
    """Keep which process served when and how it ended, and the cloud's own id of the call that made a snapshot."""
    db.conn.execute(
        "CREATE TABLE runs (owner TEXT PRIMARY KEY NOT NULL, began_at TEXT NOT NULL, ended_at TEXT, "
        "clean INTEGER NOT NULL DEFAULT 0) STRICT"
    )
    db.conn.execute("ALTER TABLE requests ADD COLUMN cloud_request_id TEXT NOT NULL DEFAULT ''")


def m015_record(db: Database) -> None:
    """Keep of each entry the very text that was hashed, where the chain ends, and refusals that are counted."""
    record_layout.change(db.conn)


def m016_teams(db: Database) -> None:
    """Keep of people the other workspaces of theirs in an Enterprise Grid; what was kept of them may go."""
    db.conn.execute("ALTER TABLE people ADD COLUMN also_of TEXT")
    db.conn.execute("DELETE FROM people")


_M017: Final = (
    """
    CREATE TABLE scoped_grants (
        id TEXT PRIMARY KEY NOT NULL, holder TEXT NOT NULL, holder_kind TEXT NOT NULL, role TEXT NOT NULL,
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, cluster_name TEXT NOT NULL, denies INTEGER NOT NULL,
        until TEXT, reason TEXT NOT NULL, quiet INTEGER NOT NULL, granted_by TEXT NOT NULL, granted_at TEXT NOT NULL,
        UNIQUE (holder, holder_kind, role, cloud, cluster, denies)
    ) STRICT
    """,
    """
    INSERT INTO scoped_grants SELECT 'G-' || printf('%04d', rowid), user, user_kind, role, cloud, cluster,
        cluster_name, 0, NULL, '', 0, granted_by, granted_at FROM grants ORDER BY rowid
    """,
    "DROP TABLE grants",
    "ALTER TABLE scoped_grants RENAME TO grants",
    "CREATE INDEX grants_by_cluster ON grants (cloud, cluster)",
    "CREATE INDEX grants_of_admins ON grants (holder) WHERE role = 'admin'",
)


def m017_scoped_grants(db: Database) -> None:
    """Give each grant an id, and room for an end, a reason, a denial; `cluster` may be the beginning of a name."""
    for statement in _M017:
        db.conn.execute(statement)


_RULE_OF_NEED: Final = """
    CASE need WHEN 1 THEN '{}' WHEN 0 THEN '{"waiver":{}}'
    ELSE json_object('stages', json_array(json_object('need', need))) END
"""
_M018: Final = (
    """
    CREATE TABLE rules (
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, approval TEXT, channel TEXT, set_by TEXT NOT NULL, set_at TEXT,
        PRIMARY KEY (cloud, cluster)
    ) STRICT
    """,
    f"INSERT INTO rules SELECT cloud, cluster, {_RULE_OF_NEED}, channel, '', NULL FROM cluster_rules",  # noqa: S608 -- our own text
    "DROP TABLE cluster_rules",
    "ALTER TABLE requests ADD COLUMN rule TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE requests ADD COLUMN waived INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE requests ADD COLUMN counted TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE requests ADD COLUMN rule_set_by TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE requests ADD COLUMN rule_set_at TEXT",
    "ALTER TABLE requests ADD COLUMN escalated INTEGER NOT NULL DEFAULT 0",
    f"UPDATE requests SET waived = (need = 0), rule = {_RULE_OF_NEED}",  # noqa: S608
    """
    UPDATE requests SET counted = json_array((
        SELECT json_group_array(user)
        FROM (SELECT user FROM votes WHERE request_id = requests.id AND approve ORDER BY at)
    )) WHERE id IN (SELECT request_id FROM votes WHERE approve)
    """,
    "ALTER TABLE requests DROP COLUMN need",
    "CREATE INDEX requests_waived ON requests (created_at) WHERE waived",
    "CREATE INDEX grants_of_groups ON grants (holder) WHERE holder_kind = 'group'",
)


def m018_stages(db: Database) -> None:
    """Let a rule be an object, and hold for a scope; keep of a request whose votes count, and who changed its rule.

    No approval of before is one that nobody who may ask needs; a request of before was decided by the rule it had.
    """
    for statement in _M018:
        db.conn.execute(statement)


def m019_cluster_names(db: Database) -> None:
    """Keep what clusters were called when somebody was told of it last."""
    db.conn.execute(
        "CREATE TABLE cluster_names (cloud TEXT NOT NULL, cluster TEXT NOT NULL, name TEXT NOT NULL, "
        "PRIMARY KEY (cloud, cluster)) STRICT"
    )


_M020: Final = (
    """
    CREATE TABLE addressed (
        request_id TEXT NOT NULL REFERENCES requests (id), kind TEXT NOT NULL,
        recipient TEXT NOT NULL DEFAULT '', number INTEGER NOT NULL DEFAULT 0,
        channel TEXT NOT NULL, ref_channel TEXT, ts TEXT,
        shown_version INTEGER NOT NULL DEFAULT 0, claimed_version INTEGER NOT NULL DEFAULT 0,
        sending_at TEXT, attempts INTEGER NOT NULL DEFAULT 0, ready INTEGER NOT NULL,
        due_at TEXT, not_before TEXT, lease_owner TEXT, lease_until TEXT,
        lease_token INTEGER NOT NULL DEFAULT 0, reposted INTEGER NOT NULL DEFAULT 0,
        frozen INTEGER NOT NULL DEFAULT 0,
        wake_at TEXT GENERATED ALWAYS AS (CASE WHEN ready THEN {wake_at} END) VIRTUAL,
        PRIMARY KEY (request_id, kind, recipient, number)
    ) STRICT
    """,
    """
    INSERT INTO addressed ({columns}) SELECT {columns} FROM messages ORDER BY rowid
    """,
    "DROP TABLE messages",
    "ALTER TABLE addressed RENAME TO messages",
    "CREATE INDEX messages_due ON messages (due_at) WHERE due_at IS NOT NULL AND ready = 1",
    "CREATE INDEX messages_wake ON messages (wake_at) WHERE wake_at IS NOT NULL",
    "ALTER TABLE requests ADD COLUMN asked TEXT NOT NULL DEFAULT '{{}}'",
    "UPDATE requests SET due_at = updated_at WHERE state = 'WAITING'",  # who is to be asked is seen at once
)


def m020_recipients(db: Database) -> None:
    """Let a message of a kind go to several people, and keep who was asked to decide."""
    columns = (
        *("request_id", "kind", "channel", "ref_channel", "ts", "shown_version", "claimed_version", "sending_at"),
        *("attempts", "ready", "due_at", "not_before", "lease_owner", "lease_until"),
        *("lease_token", "reposted", "frozen"),
    )
    for statement in _M020:
        db.conn.execute(statement.format(wake_at=_WAKE_AT, columns=", ".join(columns)))


def m021_freezes(db: Database) -> None:
    """Keep freezes, those that have ended, too, and since when a request that nothing let start may start again."""
    db.conn.execute(
        "CREATE TABLE freezes (id TEXT PRIMARY KEY NOT NULL, cloud TEXT NOT NULL, cluster TEXT NOT NULL, "
        "cluster_name TEXT NOT NULL, reason TEXT NOT NULL, set_by TEXT NOT NULL, set_at TEXT NOT NULL, until TEXT, "
        "meanwhile TEXT NOT NULL, passes_break_glass INTEGER NOT NULL, ended_at TEXT, ended_by TEXT NOT NULL) STRICT"
    )
    db.conn.execute("CREATE INDEX freezes_by_cluster ON freezes (cloud, cluster)")
    db.conn.execute("ALTER TABLE requests ADD COLUMN let_go_at TEXT")


def m022_break_glass(db: Database) -> None:
    """Keep who let a request start without what its rule wants, and why."""
    db.conn.execute("ALTER TABLE requests ADD COLUMN glass TEXT")


def m023_right_changes(db: Database) -> None:
    """Let the last changes of rights and rules be found in a long record."""
    db.conn.execute(
        "CREATE INDEX audit_of_rights ON audit (seq) "
        "WHERE action IN ('grant.added', 'grant.removed', 'rule.set', 'rule.removed')"
    )


_ONE_MORE: Final = (
    "INSERT INTO request_counts (state, number) VALUES (new.state, 1) "
    "ON CONFLICT (state) DO UPDATE SET number = number + 1"
)
_ONE_LESS: Final = "UPDATE request_counts SET number = number - 1 WHERE state = old.state"
_OPEN: Final = "state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING')"
_ENDED: Final = "state IN ('AVAILABLE', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')"
_M024: Final = (
    "CREATE TABLE request_counts (state TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL) STRICT",
    "INSERT INTO request_counts SELECT state, count(*) FROM requests GROUP BY state",
    f"CREATE TRIGGER requests_counted AFTER INSERT ON requests BEGIN {_ONE_MORE}; END",
    "CREATE TRIGGER requests_counted_again AFTER UPDATE OF state ON requests WHEN old.state <> new.state "
    f"BEGIN {_ONE_LESS}; {_ONE_MORE}; END",
    f"CREATE TRIGGER requests_counted_off AFTER DELETE ON requests BEGIN {_ONE_LESS}; END",
    """
    CREATE TABLE asked_clusters (
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL,
        PRIMARY KEY (cloud, cluster, name)
    ) STRICT
    """,
    "CREATE INDEX asked_clusters_by_name ON asked_clusters (folded)",
    "CREATE INDEX requests_waiting ON requests (expires_at) WHERE state = 'WAITING'",
    "CREATE INDEX requests_waiting_by_cluster ON requests (cloud, cluster, cluster_name, expires_at) "
    "WHERE state = 'WAITING'",
    "CREATE INDEX requests_in_line ON requests (cloud, cluster) WHERE state IN ('APPROVED', 'SUBMITTING', 'CREATING')",
    f"CREATE INDEX requests_open_by_requester ON requests (requester, created_at) WHERE {_OPEN}",
    f"CREATE INDEX requests_ended ON requests (created_at) WHERE {_ENDED}",
    f"CREATE INDEX requests_ended_by_cluster ON requests (cloud, cluster, cluster_name, created_at) WHERE {_ENDED}",
    "DROP INDEX requests_by_cluster",
    "CREATE INDEX requests_by_cluster_and_name ON requests (cloud, cluster, cluster_name, created_at)",
    "CREATE INDEX requests_by_requester_and_cluster ON requests (requester, requester_kind, cloud, cluster)",
    "CREATE INDEX requests_put_back ON requests (id) WHERE as_of IS NOT NULL",
    "CREATE INDEX messages_frozen ON messages (request_id) WHERE frozen = 1",
    "CREATE INDEX grants_denied_to_groups ON grants (holder) WHERE holder_kind = 'group' AND denies = 1",
    "CREATE INDEX grants_of_many ON grants (cloud, cluster) WHERE holder_kind <> 'person'",
)


def m024_seen(db: Database) -> None:
    """Let what is counted, waits, is in line or has ended be found without a look at the rest."""
    for statement in _M024:
        db.conn.execute(statement)
    found = db.conn.execute("SELECT DISTINCT cloud, cluster, cluster_name FROM requests").fetchall()
    db.conn.executemany(
        "INSERT INTO asked_clusters VALUES (?, ?, ?, ?)", [(cl, cu, name, name.casefold()) for cl, cu, name in found]
    )


_M025: Final = (
    "DROP INDEX grants_by_cluster",
    "CREATE INDEX grants_by_cluster ON grants (cloud, cluster, role)",
)


def m025_roles_of_a_cluster(db: Database) -> None:
    """Find a cluster's approvers without a look at everybody who may ask for it."""
    for statement in _M025:
        db.conn.execute(statement)


_M026: Final = (
    "CREATE INDEX requests_worked_at ON requests (due_at) WHERE due_at IS NOT NULL AND state <> 'WAITING'",
    "CREATE INDEX requests_leased ON requests (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX messages_leased ON messages (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX messages_delayed ON messages (not_before) WHERE not_before IS NOT NULL",
    "DROP INDEX messages_due",
    "CREATE INDEX messages_due ON messages (ready, due_at) WHERE due_at IS NOT NULL",
)


def m026_what_a_start_takes_back(db: Database) -> None:
    """Find leases and waits of before without a look at everything that ever was."""
    for statement in _M026:
        db.conn.execute(statement)


def m027_moved(db: Database) -> None:
    """Keep where the data are, once they have moved to another engine."""
    db.conn.execute(
        "CREATE TABLE moved (one INTEGER PRIMARY KEY CHECK (one = 1), place TEXT NOT NULL, at TEXT NOT NULL) STRICT"
    )


def m028_snapshots(db: Database) -> None:
    """Find the request that a snapshot came of."""
    db.conn.execute("CREATE INDEX requests_by_snapshot ON requests (snapshot_id) WHERE snapshot_id IS NOT NULL")


def m029_revisions(db: Database) -> None:
    """Keep the last change of a request by who asked for it."""
    db.conn.execute("ALTER TABLE requests ADD COLUMN revised TEXT")


def m030_keep(db: Database) -> None:
    """Keep for how long a snapshot is wanted; of those before, until somebody says."""
    db.conn.execute("ALTER TABLE requests ADD COLUMN keep TEXT NOT NULL DEFAULT '{}'")


def m031_joined(db: Database) -> None:
    """Keep who wants what another has asked for, too, and who asked for somebody else."""
    db.conn.execute("ALTER TABLE requests ADD COLUMN joined TEXT NOT NULL DEFAULT '[]'")
    db.conn.execute("ALTER TABLE requests ADD COLUMN asked_by TEXT")


def m032_shared(db: Database) -> None:
    """Find what is open and wanted by several without a look at the rest."""
    several = "(joined <> '[]' OR asked_by IS NOT NULL)"
    db.conn.execute(f"CREATE INDEX requests_shared ON requests (created_at) WHERE {_OPEN} AND {several}")


_M033: Final = (
    """
    CREATE TABLE subscriptions (
        channel TEXT NOT NULL, cloud TEXT NOT NULL, cluster TEXT NOT NULL, cluster_name TEXT NOT NULL,
        events TEXT NOT NULL, set_by TEXT NOT NULL, team TEXT NOT NULL, set_at TEXT NOT NULL,
        is_private INTEGER NOT NULL, paused TEXT NOT NULL, PRIMARY KEY (channel, cloud, cluster)
    ) STRICT
    """,
    """
    CREATE TABLE notices (
        channel TEXT NOT NULL, about TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, owed_at TEXT NOT NULL,
        ref_channel TEXT, ts TEXT, sending_at TEXT, attempts INTEGER NOT NULL DEFAULT 0,
        due_at TEXT, lease_owner TEXT, lease_token INTEGER NOT NULL DEFAULT 0, lease_until TEXT,
        PRIMARY KEY (channel, about)
    ) STRICT
    """,
    "CREATE INDEX subscriptions_by_cluster ON subscriptions (cloud, cluster)",
    "CREATE INDEX notices_due ON notices (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX notices_done ON notices (owed_at) WHERE due_at IS NULL",
    "CREATE INDEX notices_leased ON notices (lease_until) WHERE lease_until IS NOT NULL",
)


def m033_subscriptions(db: Database) -> None:
    """Keep which channels hear of snapshots, and what is owed to them."""
    for statement in _M033:
        db.conn.execute(statement)


# What was saved as sent before its time can't be: no version and no fault of ours asks the cloud too early.
_M034: Final = (
    "ALTER TABLE requests ADD COLUMN start_at TEXT",
    "ALTER TABLE requests ADD COLUMN start_wall TEXT",
    "ALTER TABLE requests ADD COLUMN start_zone TEXT",
    # Not a CHECK: VACUUM INTO from a file that is opened to read fails where a table has one and a generated column.
    """
    CREATE TRIGGER requests_not_early BEFORE UPDATE OF sent_at, start_at, glass ON requests
    WHEN NEW.sent_at < NEW.start_at AND NEW.glass IS NULL
    BEGIN SELECT RAISE(ABORT, 'requests_not_early'); END
    """,
)


def m034_later(db: Database) -> None:
    """Keep when a request is to start: the moment, the wall time that was asked for, and its zone."""
    for statement in _M034:
        db.conn.execute(statement)


_M035: Final = (
    "ALTER TABLE requests ADD COLUMN deletes TEXT",
    "ALTER TABLE requests ADD COLUMN knows_last INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX requests_ended",
    "DROP INDEX requests_ended_by_cluster",
    "CREATE INDEX requests_ended ON requests (created_at) "
    "WHERE state IN ('AVAILABLE', 'DELETED', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')",
    "CREATE INDEX requests_ended_by_cluster ON requests (cloud, cluster, cluster_name, created_at) "
    "WHERE state IN ('AVAILABLE', 'DELETED', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')",
)


def m035_deletions(db: Database) -> None:
    """Keep what a request deletes, and find one that has deleted it among what has ended."""
    for statement in _M035:
        db.conn.execute(statement)


_ALL: Final = (
    m001_initial,
    m002_looks,
    m003_frozen_cards,
    m004_heartbeat,
    m005_tries,
    m006_canonical_cluster_ids,
    m007_kinds,
    m008_reasons,
    m009_several_processes,
    m010_people,
    m011_leased_looks,
    m012_throttles,
    m013_restores,
    m014_runs,
    m015_record,
    m016_teams,
    m017_scoped_grants,
    m018_stages,
    m019_cluster_names,
    m020_recipients,
    m021_freezes,
    m022_break_glass,
    m023_right_changes,
    m024_seen,
    m025_roles_of_a_cluster,
    m026_what_a_start_takes_back,
    m027_moved,
    m028_snapshots,
    m029_revisions,
    m030_keep,
    m031_joined,
    m032_shared,
    m033_subscriptions,
    m034_later,
    m035_deletions,
)
NAMES: Final = tuple(migration.__name__ for migration in _ALL)


def migrations() -> Migrations:
    """Return all of them, for sqlite-utils to apply."""
    from sqlite_utils import Migrations

    found = Migrations(_SET)
    for migration in _ALL:
        found()(migration)
    return found


def applied(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the migrations that the database has, in the order in which they ran."""
    has_some = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlite_migrations'"
    if connection.execute(has_some).fetchone() is None:
        return []
    ran = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid"
    return [name for (name,) in connection.execute(ran, (_SET,))]


def pending(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the migrations that the database is without."""
    has = {*applied(connection)}
    return [name for name in NAMES if name not in has]


def unknown(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the database's migrations that this version doesn't have: a newer version made them."""
    return [name for name in applied(connection) if name not in NAMES]
