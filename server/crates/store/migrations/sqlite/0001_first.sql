-- The first schema. Its twin for the other database has the same number, the same tables, columns,
-- indexes and constraint names; a test compares them.
--
-- Identifiers are hyphenated UUIDs, times are microseconds since 1970 in UTC, booleans are 0 or 1.
-- Every unique index and foreign key has a sentence for people, by its name.

CREATE TABLE organisation (
    id TEXT NOT NULL PRIMARY KEY,
    single INTEGER NOT NULL DEFAULT 1 CONSTRAINT organisation_single_check CHECK (single = 1),
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX organisation_single_key ON organisation (single);

CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT,
    disabled INTEGER NOT NULL CONSTRAINT people_disabled_check CHECK (disabled IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX people_email_key ON people (email);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL CONSTRAINT sessions_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CONSTRAINT links_purpose_check CHECK (purpose IN ('FirstOwner', 'SignIn')),
    email TEXT,
    role TEXT CONSTRAINT links_role_check CHECK (role IN ('Owner', 'LabCreator')),
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    CONSTRAINT links_email_check CHECK ((purpose = 'SignIn') = (email IS NOT NULL))
) STRICT;

CREATE TABLE failures (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX failures_by_key ON failures (key, at);
CREATE INDEX failures_by_time ON failures (at);

CREATE TABLE images (
    name TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    available INTEGER NOT NULL CONSTRAINT images_available_check CHECK (available IN (0, 1)),
    enabled INTEGER NOT NULL CONSTRAINT images_enabled_check CHECK (enabled IN (0, 1))
) STRICT;

-- A lab's row carries its secrets and its registration link too, so that locking the lab locks them.
CREATE TABLE labs (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    image TEXT NOT NULL,
    size TEXT NOT NULL,
    create_option TEXT NOT NULL
        CONSTRAINT labs_create_option_check CHECK (create_option IN ('Image', 'TemplateVm')),
    admin_account TEXT NOT NULL,
    non_admin_account TEXT,
    shared_password INTEGER NOT NULL CONSTRAINT labs_shared_password_check CHECK (shared_password IN (0, 1)),
    capacity INTEGER NOT NULL CONSTRAINT labs_capacity_check CHECK (capacity BETWEEN 0 AND 400),
    state TEXT NOT NULL
        CONSTRAINT labs_state_check CHECK (state IN ('Draft', 'Publishing', 'Scaling', 'Syncing', 'Published')),
    wanted_generation INTEGER NOT NULL,
    published_generation INTEGER NOT NULL,
    remake TEXT NOT NULL CONSTRAINT labs_remake_check CHECK (remake IN ('Every', 'Unclaimed')),
    open_access INTEGER NOT NULL CONSTRAINT labs_open_access_check CHECK (open_access IN (0, 1)),
    deleting INTEGER NOT NULL CONSTRAINT labs_deleting_check CHECK (deleting IN (0, 1)),
    trouble_code TEXT
        CONSTRAINT labs_trouble_code_check CHECK (trouble_code IN ('EngineAway', 'NoCapacity', 'Lost', 'Engine')),
    trouble_message TEXT,
    trouble_attempts INTEGER,
    trouble_since INTEGER,
    trouble_failed INTEGER CONSTRAINT labs_trouble_failed_check CHECK (trouble_failed IN (0, 1)),
    created_by TEXT NOT NULL CONSTRAINT labs_created_by_fkey REFERENCES people (id),
    created_at INTEGER NOT NULL,
    published_at INTEGER,
    admin_secret BLOB NOT NULL,
    non_admin_secret BLOB,
    code BLOB NOT NULL,
    code_hash TEXT NOT NULL,
    code_enabled INTEGER NOT NULL CONSTRAINT labs_code_enabled_check CHECK (code_enabled IN (0, 1)),
    code_expires_at INTEGER,
    code_uses_left INTEGER CONSTRAINT labs_code_uses_left_check CHECK (code_uses_left >= 0),
    due_at INTEGER,
    lease_by TEXT,
    lease_until INTEGER,
    CONSTRAINT labs_trouble_check CHECK (
        (trouble_code IS NULL) = (trouble_message IS NULL)
        AND (trouble_code IS NULL) = (trouble_attempts IS NULL)
        AND (trouble_code IS NULL) = (trouble_since IS NULL)
        AND (trouble_code IS NULL) = (trouble_failed IS NULL)
    ),
    CONSTRAINT labs_lease_check CHECK ((lease_by IS NULL) = (lease_until IS NULL))
) STRICT;
CREATE UNIQUE INDEX labs_name_key ON labs (lower(name));
CREATE UNIQUE INDEX labs_code_hash_key ON labs (code_hash);
CREATE INDEX labs_due ON labs (due_at) WHERE due_at IS NOT NULL;

-- Counted up when a transaction that touched the lab commits. It stands beside the lab's row: the
-- reconciler must be able to count without waiting for whoever has locked the lab.
CREATE TABLE lab_versions (
    lab TEXT NOT NULL PRIMARY KEY CONSTRAINT lab_versions_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE grants (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL CONSTRAINT grants_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    role TEXT NOT NULL CONSTRAINT grants_role_check CHECK (role IN ('Owner', 'LabCreator')),
    lab TEXT CONSTRAINT grants_lab_fkey REFERENCES labs (id) ON DELETE CASCADE
) STRICT;
-- Nulls are never equal to each other, so the whole installation counts as the lab without a name.
CREATE UNIQUE INDEX grants_key ON grants (person, role, coalesce(lab, ''));
CREATE INDEX grants_by_lab ON grants (lab);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    lab TEXT NOT NULL CONSTRAINT users_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    person TEXT CONSTRAINT users_person_fkey REFERENCES people (id),
    registered_at INTEGER,
    added_at INTEGER NOT NULL,
    CONSTRAINT users_registered_check CHECK ((person IS NULL) = (registered_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX users_email_key ON users (lab, email);
CREATE UNIQUE INDEX users_person_key ON users (person, lab);

CREATE TABLE machines (
    id TEXT NOT NULL PRIMARY KEY,
    lab TEXT NOT NULL CONSTRAINT machines_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CONSTRAINT machines_kind_check CHECK (kind IN ('Template', 'User')),
    seat INTEGER NOT NULL,
    hostname TEXT NOT NULL,
    claimed_by TEXT CONSTRAINT machines_claimed_by_fkey REFERENCES users (id),
    present INTEGER NOT NULL CONSTRAINT machines_present_check CHECK (present IN (0, 1)),
    build INTEGER NOT NULL,
    power TEXT NOT NULL CONSTRAINT machines_power_check CHECK (power IN ('On', 'Off')),
    credentials INTEGER NOT NULL,
    wanted_since INTEGER NOT NULL,
    wanted_by TEXT,
    wanted_cause TEXT NOT NULL
        CONSTRAINT machines_wanted_cause_check CHECK (wanted_cause IN ('Student', 'Educator', 'System')),
    seen_build INTEGER,
    seen_generation INTEGER NOT NULL,
    seen_power TEXT CONSTRAINT machines_seen_power_check CHECK (seen_power IN ('On', 'Off')),
    seen_credentials INTEGER NOT NULL,
    seen_address TEXT,
    seen_at INTEGER,
    stopped_because TEXT CONSTRAINT machines_stopped_because_check
        CHECK (stopped_because IN ('Student', 'Educator', 'Inside', 'Publish', 'Reimage', 'Removed')),
    trouble_code TEXT
        CONSTRAINT machines_trouble_code_check CHECK (trouble_code IN ('EngineAway', 'NoCapacity', 'Lost', 'Engine')),
    trouble_message TEXT,
    trouble_attempts INTEGER,
    trouble_since INTEGER,
    trouble_failed INTEGER CONSTRAINT machines_trouble_failed_check CHECK (trouble_failed IN (0, 1)),
    secret BLOB,
    rank INTEGER NOT NULL,
    due_at INTEGER,
    lease_by TEXT,
    lease_until INTEGER,
    CONSTRAINT machines_trouble_check CHECK (
        (trouble_code IS NULL) = (trouble_message IS NULL)
        AND (trouble_code IS NULL) = (trouble_attempts IS NULL)
        AND (trouble_code IS NULL) = (trouble_since IS NULL)
        AND (trouble_code IS NULL) = (trouble_failed IS NULL)
    ),
    -- The template is number 0, and nobody has it.
    CONSTRAINT machines_template_check CHECK ((kind = 'Template') = (seat = 0) AND (kind = 'User' OR claimed_by IS NULL)),
    CONSTRAINT machines_lease_check CHECK ((lease_by IS NULL) = (lease_until IS NULL))
) STRICT;
CREATE UNIQUE INDEX machines_hostname_key ON machines (hostname);
-- A machine on its way out may still have the number, and the user, of the one that follows it.
CREATE UNIQUE INDEX machines_seat_key ON machines (lab, seat) WHERE present = 1;
CREATE UNIQUE INDEX machines_claimed_by_key ON machines (claimed_by) WHERE present = 1;
CREATE INDEX machines_by_lab ON machines (lab, seat);
CREATE INDEX machines_by_user ON machines (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX machines_queue ON machines (rank, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX machines_leased ON machines (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE operations (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL
        CONSTRAINT operations_kind_check CHECK (kind IN ('CreateLab', 'Publish', 'Scale', 'DeleteLab')),
    lab TEXT NOT NULL CONSTRAINT operations_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    machine TEXT,
    status TEXT NOT NULL
        CONSTRAINT operations_status_check CHECK (status IN ('InProgress', 'Succeeded', 'Failed')),
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    error TEXT,
    asked_by TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX operations_by_lab ON operations (lab, started_at, id);

CREATE TABLE tickets (
    token_hash TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL CONSTRAINT tickets_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    session_hash TEXT NOT NULL
        CONSTRAINT tickets_session_hash_fkey REFERENCES sessions (token_hash) ON DELETE CASCADE,
    machine TEXT NOT NULL CONSTRAINT tickets_machine_fkey REFERENCES machines (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tickets_by_expiry ON tickets (expires_at);
CREATE INDEX tickets_by_session ON tickets (session_hash);
CREATE INDEX tickets_by_machine ON tickets (machine);

-- Lines are added and never changed. They name people and labs without a foreign key, because they
-- outlive both.
CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    person TEXT,
    action TEXT NOT NULL,
    lab TEXT,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_lab ON audit (lab, at);
