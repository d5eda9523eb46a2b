-- Learning platforms (LTI 1.3): who may send people here, from which courses, and to which labs.

CREATE TABLE lti_platforms (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    -- Lists, as JSON.
    deployments TEXT COLLATE "C" NOT NULL,
    pages TEXT COLLATE "C" NOT NULL,
    authorization_endpoint TEXT COLLATE "C" NOT NULL,
    token_endpoint TEXT COLLATE "C" NOT NULL,
    token_audience TEXT COLLATE "C",
    keys_address TEXT COLLATE "C" NOT NULL,
    trusts_email BIGINT NOT NULL CONSTRAINT lti_platforms_trusts_email_check CHECK (trusts_email IN (0, 1)),
    enabled BIGINT NOT NULL CONSTRAINT lti_platforms_enabled_check CHECK (enabled IN (0, 1)),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX lti_platforms_client_key ON lti_platforms (issuer, client_id);

-- The keys that this tool signs with. The newest signs; all are published.
CREATE TABLE lti_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL,
    public TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- What works once: the nonces of messages, and the tickets that lead from a frame into a window.
CREATE TABLE lti_nonces (
    platform TEXT COLLATE "C" NOT NULL
        CONSTRAINT lti_nonces_platform_fkey REFERENCES lti_platforms (id) ON DELETE CASCADE,
    nonce_hash TEXT COLLATE "C" NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (platform, nonce_hash)
);
CREATE INDEX lti_nonces_by_end ON lti_nonces (ends_at);

CREATE TABLE lti_courses (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    platform TEXT COLLATE "C" NOT NULL
        CONSTRAINT lti_courses_platform_fkey REFERENCES lti_platforms (id) ON DELETE CASCADE,
    deployment TEXT COLLATE "C" NOT NULL,
    context TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    -- Where the members are asked for.
    memberships TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX lti_courses_context_key ON lti_courses (platform, deployment, context);

-- Which labs people may be sent to from a course: somebody who may change the lab said so.
CREATE TABLE lti_course_labs (
    course TEXT COLLATE "C" NOT NULL
        CONSTRAINT lti_course_labs_course_fkey REFERENCES lti_courses (id) ON DELETE CASCADE,
    lab TEXT COLLATE "C" NOT NULL CONSTRAINT lti_course_labs_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (course, lab)
);
CREATE INDEX lti_course_labs_by_lab ON lti_course_labs (lab);

-- Addresses by which a platform registers itself, once.
CREATE TABLE lti_invites (
    token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    made_by TEXT COLLATE "C" NOT NULL CONSTRAINT lti_invites_made_by_fkey REFERENCES people (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
