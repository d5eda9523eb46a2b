-- How programs sign in. The secret itself is nowhere.
CREATE TABLE access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL CONSTRAINT access_tokens_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    reach TEXT NOT NULL CONSTRAINT access_tokens_reach_check CHECK (reach IN ('Full', 'ReadOnly')),
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE UNIQUE INDEX access_tokens_hash_key ON access_tokens (token_hash);
CREATE INDEX access_tokens_by_person ON access_tokens (person, created_at);
