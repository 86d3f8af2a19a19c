"""What is said to PostgreSQL, but of tasks; all tables stand in a schema of their own."""

from __future__ import annotations

from heygen_localize.project.state import task_sql

MIGRATIONS = (
    """
    CREATE TABLE localize.projects (
        name text PRIMARY KEY,
        version bigint NOT NULL DEFAULT 0,
        fence bigint NOT NULL DEFAULT 0,
        holder text,
        held_at timestamptz
    );
    COMMENT ON TABLE localize.projects IS
        'version counts the writings of its entries, fence those who were allowed to write';
    CREATE TABLE localize.entries (
        project text NOT NULL
            REFERENCES localize.projects ON UPDATE CASCADE ON DELETE CASCADE,
        part text NOT NULL,
        name text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (project, part, name)
    );
    COMMENT ON TABLE localize.entries IS
        'the lockfile: part is targets (name is the address), assets, proofreads, …';
    CREATE TABLE localize.answers (
        project text NOT NULL
            REFERENCES localize.projects ON UPDATE CASCADE ON DELETE CASCADE,
        translation_id text NOT NULL,
        address text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (project, translation_id, address)
    );
    COMMENT ON TABLE localize.answers IS 'jobs that were ordered and are in no entry yet';
    CREATE TABLE localize.accounts (
        id text PRIMARY KEY,
        fence bigint NOT NULL DEFAULT 0,
        holder text,
        held_at timestamptz
    );
    CREATE TABLE localize.intents (
        project text NOT NULL
            REFERENCES localize.projects ON UPDATE CASCADE ON DELETE CASCADE,
        key text NOT NULL,
        digest text NOT NULL,
        address text NOT NULL,
        kind text NOT NULL,
        body_sha256 text NOT NULL,
        usd numeric(14, 4),
        sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (project, key)
    );
    CREATE INDEX ON localize.intents (project, digest);
    COMMENT ON TABLE localize.intents IS 'orders that were sent, or are about to be, unanswered';
    CREATE TABLE localize.places (
        account text NOT NULL REFERENCES localize.accounts ON DELETE CASCADE,
        project text NOT NULL
            REFERENCES localize.projects ON UPDATE CASCADE ON DELETE CASCADE,
        key text NOT NULL,
        translation_id text,
        taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account, key)
    );
    CREATE TABLE localize.audit (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id uuid NOT NULL UNIQUE,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        who text NOT NULL DEFAULT session_user,
        host text NOT NULL DEFAULT current_setting('application_name'),
        project text NOT NULL,
        what text NOT NULL,
        address text,
        key text,
        translation_id text,
        usd numeric(14, 4)
    );
    CREATE FUNCTION localize.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON localize.audit
        FOR EACH STATEMENT EXECUTE FUNCTION localize.refuse_change();
    """,
    task_sql.MIGRATION,
    """
    CREATE TABLE localize.batches (
        project text NOT NULL
            REFERENCES localize.projects ON UPDATE CASCADE ON DELETE CASCADE,
        key text NOT NULL,
        batch_id text,
        sizes integer[] NOT NULL,
        sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (project, key)
    );
    COMMENT ON TABLE localize.batches IS
        'orders sent together: sizes has of how many, each time; it is open while intents name it';
    ALTER TABLE localize.intents ADD COLUMN batch text;
    CREATE INDEX ON localize.intents (project, batch) WHERE batch IS NOT NULL;
    """,
    """
    ALTER TABLE localize.entries ADD COLUMN written bigint NOT NULL DEFAULT 0;
    COMMENT ON COLUMN localize.entries.written IS 'the project''s version by then';
    CREATE INDEX ON localize.entries (project, written);
    """,
)
"""What leads from each version of the schema to the next; what stands here never changes."""

VERSION = len(MIGRATIONS)

# Connecting

SETTINGS = """
    SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),
        set_config('idle_in_transaction_session_timeout', %s, false)
"""
SCHEMA_VERSION = "SELECT max(version) FROM localize.migrations"
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"

# The schema

MIGRATING = "SELECT pg_advisory_xact_lock(hashtextextended('localize migrates', 0))"
MADE = "SELECT to_regclass('localize.migrations') IS NOT NULL"
MAKE = """
    CREATE SCHEMA IF NOT EXISTS localize;
    CREATE TABLE localize.migrations (
        version integer PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
"""
MIGRATED = "INSERT INTO localize.migrations (version) VALUES (%s)"

# Who may write

TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
TRY_LOCK_NOW = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
WAIT_LOCK = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
END_SESSION = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = %s AND application_name = current_setting('application_name')
"""
TAKE_PROJECT = """
    INSERT INTO localize.projects AS known (name, fence, holder, held_at)
    VALUES (%s, 1, current_setting('application_name'), clock_timestamp())
    ON CONFLICT (name) DO UPDATE
        SET fence = known.fence + 1, holder = EXCLUDED.holder, held_at = EXCLUDED.held_at
    RETURNING fence
"""
TAKE_ACCOUNT = """
    INSERT INTO localize.accounts AS known (id, fence, holder, held_at)
    VALUES (%s, 1, current_setting('application_name'), clock_timestamp())
    ON CONFLICT (id) DO UPDATE
        SET fence = known.fence + 1, holder = EXCLUDED.holder, held_at = EXCLUDED.held_at
    RETURNING fence
"""
PROJECT_FENCE = "SELECT fence FROM localize.projects WHERE name = %s FOR UPDATE"
ACCOUNT_FENCE = "SELECT fence FROM localize.accounts WHERE id = %s FOR UPDATE"
HOLDER = "SELECT holder FROM localize.projects WHERE name = %s"
RENAME = "UPDATE localize.projects SET name = %s WHERE name = %s"

# Entries

NAMES = "SELECT name FROM localize.projects WHERE name = ANY(%s)"
PROJECT_VERSION = "SELECT version FROM localize.projects WHERE name = %s"
ENTRIES = "SELECT part, name, body FROM localize.entries WHERE project = %s"
ENTRIES_SINCE = """
    SELECT part, name, body FROM localize.entries WHERE project = %s AND written > %s
"""
ENTRY_COUNT = "SELECT count(*) FROM localize.entries WHERE project = %s"
PUT_ENTRIES = """
    INSERT INTO localize.entries (project, part, name, body, written)
    SELECT known.name, given.part, given.name, given.body, known.version + 1
    FROM localize.projects AS known,
        unnest(%s::text[], %s::text[], %s::text[]) AS given (part, name, body)
    WHERE known.name = %s
    ON CONFLICT (project, part, name) DO UPDATE
        SET body = EXCLUDED.body, written = EXCLUDED.written
"""
DROP_ENTRIES = """
    DELETE FROM localize.entries AS kept USING unnest(%s::text[], %s::text[]) AS gone (part, name)
    WHERE kept.project = %s AND kept.part = gone.part AND kept.name = gone.name
"""
NEXT_VERSION = "UPDATE localize.projects SET version = version + 1 WHERE name = %s"
ELSEWHERE = """
    SELECT project, part, name, body FROM localize.entries
    WHERE project <> ALL(%s) AND part IN ('targets', 'proofreads')
"""

# Answers

READ_ANSWERS = "SELECT body FROM localize.answers WHERE project = %s ORDER BY body"
PUT_ANSWER = """
    INSERT INTO localize.answers (project, translation_id, address, body) VALUES (%s, %s, %s, %s)
    ON CONFLICT (project, translation_id, address) DO UPDATE SET body = EXCLUDED.body
"""
DROP_ANSWERS = """
    DELETE FROM localize.answers WHERE project = %s AND body = ANY(%s)
"""

# Intents, places and the audit; moments are the database's, ages in seconds

INTENTS = """
    SELECT key, digest, address, kind, extract(epoch FROM sent_at)::float8,
        extract(epoch FROM clock_timestamp() - sent_at)::float8, batch
    FROM localize.intents WHERE project = %s ORDER BY sent_at, key
"""
INTENDED = """
    SELECT key, digest, address, kind, extract(epoch FROM sent_at)::float8,
        extract(epoch FROM clock_timestamp() - sent_at)::float8, batch
    FROM localize.intents WHERE project = %s AND digest = ANY(%s) ORDER BY sent_at, key
"""
INTEND = """
    INSERT INTO localize.intents
        (project, key, digest, address, kind, body_sha256, usd, batch)
    SELECT %s, key, digest, address, kind, body, usd, %s
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[])
        AS given (key, digest, address, kind, body, usd)
    ON CONFLICT (project, key) DO NOTHING
    RETURNING address, key, usd
"""
DROP_INTENTS = """
    DELETE FROM localize.intents WHERE project = %s AND key = ANY(%s)
    RETURNING address, key, usd
"""
FREE_ENDED = "DELETE FROM localize.places WHERE account = %s AND translation_id = ANY(%s)"
PLACES = """
    SELECT translation_id FROM localize.places
    WHERE account = %s AND key <> ALL(%s)
        AND (translation_id IS NOT NULL OR taken_at > clock_timestamp() - make_interval(secs => %s))
"""
TAKE_PLACES = """
    INSERT INTO localize.places (account, project, key)
    SELECT %s, %s, key FROM unnest(%s::text[]) AS given (key)
    ON CONFLICT (account, key) DO UPDATE
        SET taken_at = clock_timestamp(), translation_id = NULL, project = EXCLUDED.project
"""
NAME_PLACE = "UPDATE localize.places SET translation_id = %s WHERE project = %s AND key = %s"
KEEP_PLACES = """
    UPDATE localize.places SET taken_at = clock_timestamp() WHERE project = %s AND key = ANY(%s)
"""
FREE_PLACES = "DELETE FROM localize.places WHERE project = %s AND key = ANY(%s)"
AUDIT = """
    INSERT INTO localize.audit (id, project, what, address, key, translation_id, usd)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING
"""

# Batches: the earlier ones of the same orders tell which number the next one has

OLD_BATCHES = """
    DELETE FROM localize.batches AS old
    WHERE project = %s AND sent_at < clock_timestamp() - make_interval(secs => %s)
        AND NOT EXISTS (
            SELECT FROM localize.intents AS open
            WHERE open.project = old.project AND open.batch = old.key
        )
"""
BATCH_KEYS = "SELECT key FROM localize.batches WHERE project = %s AND starts_with(key, %s)"
BATCHES = """
    SELECT key, batch_id, sizes, extract(epoch FROM clock_timestamp() - sent_at)::float8
    FROM localize.batches WHERE project = %s AND key = ANY(%s)
"""
SEND_BATCH = """
    INSERT INTO localize.batches AS known (project, key, sizes) VALUES (%s, %s, ARRAY[%s::integer])
    ON CONFLICT (project, key) DO UPDATE SET sizes = known.sizes || EXCLUDED.sizes
"""
NAME_BATCH = "UPDATE localize.batches SET batch_id = %s WHERE project = %s AND key = %s"
DROP_BATCH = "DELETE FROM localize.batches WHERE project = %s AND key = %s"

# What `localize state check` tells

COUNTS = """
    SELECT known.version, known.holder,
        (SELECT count(*) FROM localize.entries AS entry
            WHERE entry.project = known.name AND entry.part = 'targets'),
        (SELECT count(*) FROM localize.answers AS answer WHERE answer.project = known.name)
    FROM localize.projects AS known WHERE known.name = %s
"""
IS_HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0)
    )
"""
IS_READ_ONLY = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
