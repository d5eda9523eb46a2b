-- Learning platforms (LTI 1.3): who may send people here, from which courses, and to which labs.

CREATE TABLE lti_platforms (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- Lists, as JSON.
    deployments TEXT NOT NULL,
    pages TEXT NOT NULL,
    authorization_endpoint TEXT NOT NULL,
    token_endpoint TEXT NOT NULL,
    token_audience TEXT,
    keys_address TEXT NOT NULL,
    trusts_email INTEGER NOT NULL CONSTRAINT lti_platforms_trusts_email_check CHECK (trusts_email IN (0, 1)),
    enabled INTEGER NOT NULL CONSTRAINT lti_platforms_enabled_check CHECK (enabled IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX lti_platforms_client_key ON lti_platforms (issuer, client_id);

-- The keys that this tool signs with. The newest signs; all are published.
CREATE TABLE lti_keys (
    id TEXT NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL,
    public TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- What works once: the nonces of messages, and the tickets that lead from a frame into a window.
CREATE TABLE lti_nonces (
    platform TEXT NOT NULL
        CONSTRAINT lti_nonces_platform_fkey REFERENCES lti_platforms (id) ON DELETE CASCADE,
    nonce_hash TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (platform, nonce_hash)
) STRICT;
CREATE INDEX lti_nonces_by_end ON lti_nonces (ends_at);

CREATE TABLE lti_courses (
    id TEXT NOT NULL PRIMARY KEY,
    platform TEXT NOT NULL
        CONSTRAINT lti_courses_platform_fkey REFERENCES lti_platforms (id) ON DELETE CASCADE,
    deployment TEXT NOT NULL,
    context TEXT NOT NULL,
    title TEXT NOT NULL,
    -- Where the members are asked for.
    memberships TEXT,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX lti_courses_context_key ON lti_courses (platform, deployment, context);

-- Which labs people may be sent to from a course: somebody who may change the lab said so.
CREATE TABLE lti_course_labs (
    course TEXT NOT NULL
        CONSTRAINT lti_course_labs_course_fkey REFERENCES lti_courses (id) ON DELETE CASCADE,
    lab TEXT NOT NULL CONSTRAINT lti_course_labs_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (course, lab)
) STRICT;
CREATE INDEX lti_course_labs_by_lab ON lti_course_labs (lab);

-- Addresses by which a platform registers itself, once.
CREATE TABLE lti_invites (
    token_hash TEXT NOT NULL PRIMARY KEY,
    made_by TEXT NOT NULL CONSTRAINT lti_invites_made_by_fkey REFERENCES people (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
