"""The tables of the first migration. It was released, and is never edited: what comes later is one of its own.

Keys, names and all else that is compared is COLLATE "C": the order of other collations changes with the system's
library, and an index on them is wrong from then on. `number`, of messages `place`, is the order in which rows came.
`due_at` NULL: nothing to do. `wake_at` is when a row's work can next be taken: when it is due, or its lease ends.
"""

from __future__ import annotations

from typing import Final

_LEASED: Final = """
    due_at timestamptz, lease_owner text COLLATE "C", lease_token bigint NOT NULL DEFAULT 0, lease_until timestamptz
"""
# Not `greatest` alone: it takes no notice of NULL, so that what is done would look due.
_WAKES: Final = "CASE WHEN {0} THEN greatest(due_at, lease_until) END"
# Rows that are leased again and again: room beside them for their next versions, and cleared away by number, not share.
_BUSY: Final = "WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)"
_OPEN: Final = "state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING')"
_ENDED: Final = "state IN ('AVAILABLE', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')"

_REQUESTS: Final = (
    f"""
    CREATE TABLE requests (
        number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        id text COLLATE "C" PRIMARY KEY, origin text COLLATE "C" NOT NULL CONSTRAINT requests_origin UNIQUE,
        team text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL,
        requester text COLLATE "C" NOT NULL, requester_kind text COLLATE "C" NOT NULL,
        cloud text COLLATE "C" NOT NULL, cluster text COLLATE "C" NOT NULL, cluster_name text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL, description text NOT NULL, channel text COLLATE "C" NOT NULL,
        created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
        state text COLLATE "C" NOT NULL, version bigint NOT NULL,
        decided_by text COLLATE "C", decided_at timestamptz, words text NOT NULL,
        hold text COLLATE "C" NOT NULL, place integer NOT NULL, why text,
        attempted_at timestamptz, sent_at timestamptz, attempts integer NOT NULL,
        looked_at timestamptz, listed_at timestamptz, failing_since timestamptz, missing_since timestamptz,
        snapshot_id text COLLATE "C", cloud_request_id text COLLATE "C" NOT NULL, accepted_at timestamptz,
        percent integer, started_at timestamptz, finished_at timestamptz, size_gb double precision NOT NULL,
        as_of timestamptz, recovery text COLLATE "C" NOT NULL,
        rule text NOT NULL, rule_set_by text COLLATE "C" NOT NULL, rule_set_at timestamptz,
        waived boolean NOT NULL, counted text NOT NULL, escalated integer NOT NULL, asked text NOT NULL, glass text,
        let_go_at timestamptz, {_LEASED},
        wake_at timestamptz GENERATED ALWAYS AS ({_WAKES.format("due_at IS NOT NULL")}) STORED
    ) {_BUSY}
    """,
    "CREATE INDEX requests_due ON requests (due_at, number) WHERE due_at IS NOT NULL",
    "CREATE INDEX requests_worked_at ON requests (due_at) WHERE due_at IS NOT NULL AND state <> 'WAITING'",
    "CREATE INDEX requests_leased ON requests (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX requests_wake ON requests (wake_at) WHERE wake_at IS NOT NULL",
    "CREATE INDEX requests_by_age ON requests (created_at, number)",
    "CREATE INDEX requests_by_state ON requests (state, created_at, number)",
    "CREATE INDEX requests_by_requester ON requests (requester, requester_kind, created_at, number)",
    "CREATE INDEX requests_by_requester_and_cluster ON requests (requester, requester_kind, cloud, cluster)",
    "CREATE INDEX requests_by_cluster ON requests (cloud, cluster, cluster_name, created_at, number)",
    "CREATE INDEX requests_open_by_requester ON requests (requester, requester_kind, created_at, number) "
    f"WHERE {_OPEN}",
    f"CREATE INDEX requests_ended ON requests (created_at, number) WHERE {_ENDED}",
    "CREATE INDEX requests_ended_by_cluster ON requests (cloud, cluster, cluster_name, created_at, number) "
    f"WHERE {_ENDED}",
    "CREATE INDEX requests_waiting ON requests (expires_at, number) WHERE state = 'WAITING'",
    "CREATE INDEX requests_waiting_by_cluster ON requests (cloud, cluster, cluster_name, expires_at, number) "
    "WHERE state = 'WAITING'",
    "CREATE INDEX requests_in_line ON requests (cloud, cluster) WHERE state IN ('APPROVED', 'SUBMITTING', 'CREATING')",
    "CREATE INDEX requests_waived ON requests (created_at) WHERE waived",
    "CREATE INDEX requests_put_back ON requests (id) WHERE as_of IS NOT NULL",
    f"CREATE UNIQUE INDEX requests_open_name ON requests (cloud, lower(name)) WHERE {_OPEN}",
    "CREATE UNIQUE INDEX requests_in_the_cloud ON requests (cloud, cluster) WHERE state IN ('SUBMITTING', 'CREATING')",
    """
    CREATE TABLE votes (
        request_id text COLLATE "C" NOT NULL REFERENCES requests (id), "user" text COLLATE "C" NOT NULL,
        approve boolean NOT NULL, at timestamptz NOT NULL, comment text NOT NULL, PRIMARY KEY (request_id, "user")
    )
    """,
    """
    CREATE TABLE asked_clusters (
        cloud text COLLATE "C" NOT NULL, cluster text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
        folded text COLLATE "C" NOT NULL, PRIMARY KEY (cloud, cluster, name)
    )
    """,
    "CREATE INDEX asked_clusters_by_name ON asked_clusters (folded)",
)

# Counted as the transaction ends, when it has all its locks: the rows of counts are everybody's.
_COUNTS: Final = (
    'CREATE TABLE request_counts (state text COLLATE "C" PRIMARY KEY, number bigint NOT NULL) WITH (fillfactor = 50)',
    """
    CREATE FUNCTION requests_count() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE changed record;
    BEGIN
        FOR changed IN
            SELECT state, more FROM (
                SELECT new.state COLLATE "C" AS state, 1 AS more WHERE TG_OP <> 'DELETE'
                UNION ALL SELECT old.state COLLATE "C", -1 WHERE TG_OP <> 'INSERT'
            ) AS each ORDER BY state
        LOOP
            INSERT INTO request_counts AS c VALUES (changed.state, changed.more)
            ON CONFLICT (state) DO UPDATE SET number = c.number + changed.more;
        END LOOP;
        RETURN NULL;
    END $$
    """,
    "CREATE CONSTRAINT TRIGGER requests_counted AFTER INSERT OR DELETE ON requests "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION requests_count()",
    "CREATE CONSTRAINT TRIGGER requests_counted_again AFTER UPDATE OF state ON requests "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (old.state <> new.state) EXECUTE FUNCTION requests_count()",
)

# ready: not while a reply waits for the card in whose thread it belongs; such a row has nothing to wake for.
# claimed_version: the request's version when the message was last taken, to see whether it has moved on since.
_MESSAGES: Final = (
    f"""
    CREATE TABLE messages (
        place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        request_id text COLLATE "C" NOT NULL REFERENCES requests (id), kind text COLLATE "C" NOT NULL,
        recipient text COLLATE "C" NOT NULL DEFAULT '', number integer NOT NULL DEFAULT 0,
        channel text COLLATE "C" NOT NULL, ref_channel text COLLATE "C", ts text COLLATE "C",
        shown_version bigint NOT NULL DEFAULT 0, claimed_version bigint NOT NULL DEFAULT 0,
        sending_at timestamptz, attempts integer NOT NULL DEFAULT 0, ready boolean NOT NULL,
        reposted integer NOT NULL DEFAULT 0, frozen boolean NOT NULL DEFAULT false,
        not_before timestamptz, {_LEASED},
        wake_at timestamptz GENERATED ALWAYS AS ({_WAKES.format("ready AND due_at IS NOT NULL")}) STORED,
        PRIMARY KEY (request_id, kind, recipient, number)
    ) {_BUSY}
    """,
    "CREATE INDEX messages_due ON messages (due_at, place) WHERE due_at IS NOT NULL AND ready",
    "CREATE INDEX messages_not_ready ON messages (due_at) WHERE due_at IS NOT NULL AND NOT ready",
    "CREATE INDEX messages_leased ON messages (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX messages_delayed ON messages (not_before) WHERE not_before IS NOT NULL",
    "CREATE INDEX messages_wake ON messages (wake_at) WHERE wake_at IS NOT NULL",
    "CREATE INDEX messages_frozen ON messages (request_id) WHERE frozen",
)

_RIGHTS: Final = (
    """
    CREATE TABLE grants (
        number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, id text COLLATE "C" PRIMARY KEY,
        holder text COLLATE "C" NOT NULL, holder_kind text COLLATE "C" NOT NULL, role text COLLATE "C" NOT NULL,
        cloud text COLLATE "C" NOT NULL, cluster text COLLATE "C" NOT NULL, cluster_name text COLLATE "C" NOT NULL,
        denies boolean NOT NULL, until timestamptz, reason text NOT NULL, quiet boolean NOT NULL,
        granted_by text COLLATE "C" NOT NULL, granted_at timestamptz NOT NULL,
        UNIQUE (holder, holder_kind, role, cloud, cluster, denies)
    )
    """,
    "CREATE INDEX grants_by_cluster ON grants (cloud, cluster, role)",
    "CREATE INDEX grants_of_admins ON grants (holder) WHERE role = 'admin'",
    "CREATE INDEX grants_of_groups ON grants (holder) WHERE holder_kind = 'group'",
    "CREATE INDEX grants_denied_to_groups ON grants (holder) WHERE holder_kind = 'group' AND denies",
    "CREATE INDEX grants_of_many ON grants (cloud, cluster) WHERE holder_kind <> 'person'",
    """
    CREATE TABLE rules (
        cloud text COLLATE "C" NOT NULL, cluster text COLLATE "C" NOT NULL, approval text, channel text COLLATE "C",
        set_by text COLLATE "C" NOT NULL, set_at timestamptz, PRIMARY KEY (cloud, cluster)
    )
    """,
    """
    CREATE TABLE freezes (
        number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, id text COLLATE "C" PRIMARY KEY,
        cloud text COLLATE "C" NOT NULL, cluster text COLLATE "C" NOT NULL, cluster_name text COLLATE "C" NOT NULL,
        reason text NOT NULL, set_by text COLLATE "C" NOT NULL, set_at timestamptz NOT NULL, until timestamptz,
        meanwhile text COLLATE "C" NOT NULL, passes_break_glass boolean NOT NULL,
        ended_at timestamptz, ended_by text COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX freezes_by_cluster ON freezes (cloud, cluster)",
)

# `at` is text: the very text that is hashed with the rest. No sequence: a number that was given and rolled back would
# look like a row that was taken away.
_RECORD: Final = (
    """
    CREATE TABLE audit (
        seq bigint PRIMARY KEY, layout integer NOT NULL, text text NOT NULL, hash text COLLATE "C" NOT NULL,
        at text COLLATE "C" NOT NULL, actor text COLLATE "C" NOT NULL, action text COLLATE "C" NOT NULL,
        rule text COLLATE "C" NOT NULL, request_id text COLLATE "C", cloud text COLLATE "C", cluster text COLLATE "C",
        detail text NOT NULL, team text COLLATE "C", before text COLLATE "C" NOT NULL
    )
    """,
    # A net: two that have read the same end can't both go on from there. What an older version wrote may be damaged.
    "CREATE UNIQUE INDEX audit_by_before ON audit (before) WHERE layout > 1",
    "CREATE INDEX audit_by_request ON audit (request_id, seq) WHERE request_id IS NOT NULL",
    "CREATE INDEX audit_by_cluster ON audit (cloud, cluster, seq) WHERE cluster IS NOT NULL",
    "CREATE INDEX audit_by_actor ON audit (actor, seq)",
    "CREATE INDEX audit_of_rights ON audit (seq) "
    "WHERE action IN ('grant.added', 'grant.removed', 'rule.set', 'rule.removed')",
    "CREATE TABLE audit_head (one boolean PRIMARY KEY DEFAULT true CHECK (one), seq bigint NOT NULL, "
    'hash text COLLATE "C" NOT NULL) WITH (fillfactor = 10)',
    "INSERT INTO audit_head (seq, hash) VALUES (0, repeat('0', 64))",
    """
    CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_setting('snapshot_bot.pruning', true) = 'on' THEN
            RETURN old;
        END IF;
        RAISE EXCEPTION 'the audit log is append-only';
    END $$
    """,
    "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()",
    "CREATE TRIGGER audit_stays_whole BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_stays()",
    # alike: a hash of what makes two the same, since an index holds no text as long as a reason may be.
    """
    CREATE TABLE refusals (
        number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, alike text COLLATE "C" PRIMARY KEY,
        actor text COLLATE "C" NOT NULL, team text COLLATE "C" NOT NULL, action text COLLATE "C" NOT NULL,
        rule text COLLATE "C" NOT NULL, request_id text COLLATE "C" NOT NULL, cloud text COLLATE "C" NOT NULL,
        cluster text COLLATE "C" NOT NULL, detail text NOT NULL,
        began_at timestamptz NOT NULL, last_at timestamptz NOT NULL, again integer NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX refusals_by_age ON refusals (began_at)",
)

_REST: Final = (
    """
    CREATE TABLE looks (
        cloud text COLLATE "C" PRIMARY KEY, began_at timestamptz, body text, lease_owner text COLLATE "C",
        lease_token bigint NOT NULL DEFAULT 0, lease_until timestamptz
    )
    """,
    """
    CREATE TABLE cluster_names (
        cloud text COLLATE "C" NOT NULL, cluster text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
        PRIMARY KEY (cloud, cluster)
    )
    """,
    """
    CREATE TABLE people (
        "user" text COLLATE "C" PRIMARY KEY, at timestamptz NOT NULL, team text COLLATE "C",
        standing text COLLATE "C", name text, zone text, locale text, also_of text
    )
    """,
    "CREATE INDEX people_by_age ON people (at)",
    'CREATE TABLE throttles (key text COLLATE "C" PRIMARY KEY, until timestamptz NOT NULL)',
    'CREATE TABLE seen (key text COLLATE "C" PRIMARY KEY, at timestamptz NOT NULL)',
    "CREATE INDEX seen_by_age ON seen (at)",
    "CREATE TABLE heartbeat (one boolean PRIMARY KEY DEFAULT true CHECK (one), at timestamptz NOT NULL, "
    "beats bigint NOT NULL) WITH (fillfactor = 10)",
    "CREATE TABLE restores (at timestamptz PRIMARY KEY, as_of timestamptz NOT NULL)",
    """
    CREATE TABLE restores_told (
        restored_at timestamptz NOT NULL REFERENCES restores (at), "user" text COLLATE "C" NOT NULL,
        PRIMARY KEY (restored_at, "user")
    )
    """,
    """
    CREATE TABLE runs (
        number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, owner text COLLATE "C" PRIMARY KEY,
        began_at timestamptz NOT NULL, seen_at timestamptz, ended_at timestamptz,
        clean boolean NOT NULL DEFAULT false
    )
    """,
)

STATEMENTS: Final = (*_REQUESTS, *_COUNTS, *_MESSAGES, *_RIGHTS, *_RECORD, *_REST)
