"""What is said to PostgreSQL of workers and their tasks; `sql` has all the rest.

A task is one row for each thing to do (project, kind, address), however often it was asked for:
so passes never pile up, and nobody works at one target twice at a time. `fence` counts how often
it was taken: who took it before and was given up for dead ends nothing.
"""

from __future__ import annotations

MIGRATION = """
    ALTER TABLE localize.projects ADD COLUMN served boolean NOT NULL DEFAULT false;
    COMMENT ON COLUMN localize.projects.served IS 'whether workers deliver what is completed';
    CREATE TABLE localize.workers (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        host text NOT NULL,
        pid integer NOT NULL,
        version text NOT NULL,
        projects text[] NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        beat_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE localize.tasks (
        project text NOT NULL
            REFERENCES localize.projects ON UPDATE CASCADE ON DELETE CASCADE,
        kind text NOT NULL,
        address text NOT NULL DEFAULT '',
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'failed')),
        due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        again boolean NOT NULL DEFAULT false,
        keyed boolean NOT NULL DEFAULT false,
        settled boolean NOT NULL DEFAULT false,
        tries integer NOT NULL DEFAULT 0,
        fence bigint NOT NULL DEFAULT 0,
        worker bigint REFERENCES localize.workers ON DELETE SET NULL,
        taken_at timestamptz,
        reason text,
        PRIMARY KEY (project, kind, address)
    );
    COMMENT ON COLUMN localize.tasks.again IS 'asked for once more while it was running';
    COMMENT ON COLUMN localize.tasks.keyed IS 'only a worker that has the key can do it';
    COMMENT ON COLUMN localize.tasks.settled IS 'of a pass: the last one left nothing to do';
    CREATE INDEX ON localize.tasks (due_at) WHERE state = 'waiting';
    CREATE INDEX ON localize.tasks (worker) WHERE state = 'running';
    CREATE TABLE localize.deliveries (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        project text NOT NULL,
        address text NOT NULL,
        files integer NOT NULL,
        bytes bigint NOT NULL
    );
    CREATE INDEX ON localize.deliveries (at);
    COMMENT ON TABLE localize.deliveries IS 'what workers delivered within the last day';
"""

# Workers

REGISTER = """
    INSERT INTO localize.workers (host, pid, version, projects) VALUES (%s, %s, %s, %s)
    RETURNING id
"""
SERVE = """
    INSERT INTO localize.projects AS known (name, served) SELECT name, %s
    FROM unnest(%s::text[]) AS given (name) ORDER BY name
    ON CONFLICT (name) DO UPDATE SET served = true WHERE EXCLUDED.served AND NOT known.served
"""
BEAT = "UPDATE localize.workers SET beat_at = clock_timestamp() WHERE id = %s RETURNING id"
BURY = """
    DELETE FROM localize.workers WHERE beat_at < clock_timestamp() - make_interval(secs => %s)
    RETURNING id
"""
SIGN_OFF = "DELETE FROM localize.workers WHERE id = %s"
GIVE_BACK = """
    UPDATE localize.tasks SET
        state = CASE WHEN kind <> 'pass' AND tries + 1 >= %s THEN 'failed' ELSE 'waiting' END,
        tries = tries + 1, due_at = clock_timestamp(), again = false,
        reason = 'its worker died'
    WHERE state = 'running' AND worker IS NULL
"""
HAND_BACK = """
    UPDATE localize.tasks
    SET state = 'waiting', worker = NULL, due_at = clock_timestamp(), again = false
    WHERE state = 'running' AND worker = %s
        AND concat_ws(' ', kind, project, address) <> ALL(%s::text[])
"""
FORGET_DELIVERIES = """
    DELETE FROM localize.deliveries WHERE at < clock_timestamp() - interval '25 hours'
"""

# Tasks

ASK_FOR_PASSES = """
    INSERT INTO localize.tasks AS known (project, kind, due_at)
    SELECT name, 'pass', clock_timestamp() FROM unnest(%s::text[]) AS given (name) ORDER BY name
    ON CONFLICT (project, kind, address) DO UPDATE
        SET due_at = EXCLUDED.due_at, settled = false, tries = 0,
            again = known.state = 'running'
"""
DEFER = """
    INSERT INTO localize.tasks AS known (project, kind, address)
    SELECT project.name, 'deliver', given.address
    FROM localize.projects AS project, unnest(%s::text[]) AS given (address)
    WHERE project.name = %s AND project.served ORDER BY given.address
    ON CONFLICT (project, kind, address) DO UPDATE
        SET again = known.state = 'running', reason = NULL,
            state = CASE known.state WHEN 'failed' THEN 'waiting' ELSE known.state END,
            tries = CASE known.state WHEN 'running' THEN known.tries ELSE 0 END,
            due_at = CASE known.state WHEN 'running' THEN known.due_at ELSE EXCLUDED.due_at END
"""
DEFER_NEW = """
    INSERT INTO localize.tasks (project, kind, address)
    SELECT project.name, 'deliver', given.address
    FROM localize.projects AS project, unnest(%s::text[]) AS given (address)
    WHERE project.name = %s AND project.served ORDER BY given.address
    ON CONFLICT (project, kind, address) DO NOTHING
"""
DROP_SETTLED = """
    DELETE FROM localize.tasks
    WHERE project = %s AND kind = 'deliver' AND state = 'failed' AND address <> ALL(%s::text[])
"""
TAKE = """
    WITH living AS (
        SELECT id FROM localize.workers WHERE id = %s FOR KEY SHARE
    ), next AS (
        SELECT project, kind, address FROM localize.tasks
        WHERE state = 'waiting' AND due_at <= now() AND kind = %s AND project = ANY(%s::text[])
            AND (%s OR NOT keyed)
        ORDER BY due_at, project, address LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE localize.tasks AS task SET state = 'running', worker = living.id,
        taken_at = clock_timestamp(), fence = task.fence + 1, again = false
    FROM next, living
    WHERE (task.project, task.kind, task.address) = (next.project, next.kind, next.address)
    RETURNING task.project, task.kind, task.address, task.fence, task.tries
"""
HELD = """
    SELECT again FROM localize.tasks
    WHERE project = %s AND kind = %s AND address = %s AND fence = %s AND state = 'running'
    FOR UPDATE
"""
ENTRY = """
    SELECT body FROM localize.entries WHERE project = %s AND part = 'targets' AND name = %s
"""
LOCKED_PROJECT = "SELECT version FROM localize.projects WHERE name = %s FOR UPDATE"
END = "DELETE FROM localize.tasks WHERE project = %s AND kind = %s AND address = %s"
WAIT = """
    UPDATE localize.tasks SET state = %s, worker = NULL, tries = %s, reason = %s,
        settled = %s AND NOT again, keyed = %s, again = false,
        due_at = clock_timestamp() + make_interval(secs => CASE WHEN again THEN 0 ELSE %s END)
    WHERE project = %s AND kind = %s AND address = %s
"""
DELIVERED = """
    INSERT INTO localize.deliveries (project, address, files, bytes) VALUES (%s, %s, %s, %s)
"""
OPEN = """
    SELECT count(*) FILTER (WHERE kind = 'pass' AND (state = 'running'
            OR NOT settled AND tries < %(most)s)),
        count(*) FILTER (WHERE kind = 'deliver' AND state <> 'failed' AND (%(key)s OR NOT keyed))
    FROM localize.tasks WHERE project = ANY(%(projects)s::text[])
"""
FAILED = """
    SELECT count(*) FROM localize.tasks WHERE project = ANY(%s::text[])
        AND (state = 'failed' OR reason IS NOT NULL AND (kind = 'pass' OR keyed AND %s))
"""
RETRY = """
    UPDATE localize.tasks
    SET state = 'waiting', tries = 0, due_at = clock_timestamp(), reason = NULL, keyed = false
    WHERE kind = 'deliver' AND state = 'failed' AND project = %s
        AND (%s::text[] IS NULL OR address = ANY(%s::text[]))
    RETURNING address
"""

PLACES_OF = """
    SELECT translation_id FROM localize.places WHERE project = %s AND translation_id IS NOT NULL
"""
FREE_OVER = "DELETE FROM localize.places WHERE project = %s AND translation_id = ANY(%s::text[])"

# What `localize fleet status` tells

QUEUES = """
    SELECT project, kind, count(*) FILTER (WHERE state = 'waiting'),
        count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE state = 'failed'),
        count(*) FILTER (WHERE state = 'waiting' AND keyed),
        (extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE state = 'waiting'))
        )::float8
    FROM localize.tasks GROUP BY project, kind ORDER BY project, kind
"""
WORKERS = """
    SELECT id, host, pid, version, projects, extract(epoch FROM since)::float8,
        extract(epoch FROM clock_timestamp() - beat_at)::float8
    FROM localize.workers ORDER BY id LIMIT %s
"""
RUNNING = """
    SELECT worker, project, kind, address,
        extract(epoch FROM clock_timestamp() - taken_at)::float8
    FROM localize.tasks WHERE state = 'running' AND worker IS NOT NULL
    ORDER BY worker, kind DESC, project, address
"""
TROUBLES = """
    SELECT project, kind, address, state, tries, coalesce(reason, ''),
        extract(epoch FROM due_at - clock_timestamp())::float8
    FROM localize.tasks WHERE state = 'failed' OR reason IS NOT NULL
    ORDER BY state, project, kind, address LIMIT %s
"""
TROUBLE_COUNT = "SELECT count(*) FROM localize.tasks WHERE state = 'failed' OR reason IS NOT NULL"
ACCOUNT_PLACES = """
    SELECT account.id, count(place.key)
    FROM localize.accounts AS account LEFT JOIN localize.places AS place
        ON place.account = account.id
    GROUP BY account.id ORDER BY account.id
"""
RATES = """
    SELECT count(*) FILTER (WHERE at > clock_timestamp() - interval '1 minute'),
        coalesce(sum(bytes) FILTER (WHERE at > clock_timestamp() - interval '1 minute'), 0)::bigint,
        count(*), coalesce(sum(bytes), 0)::bigint
    FROM localize.deliveries WHERE at > clock_timestamp() - interval '1 hour'
"""
