-- Passkeys: how people come in without a password.

CREATE TABLE passkeys (
    credential TEXT COLLATE "C" NOT NULL,
    person TEXT COLLATE "C" NOT NULL CONSTRAINT passkeys_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE UNIQUE INDEX passkeys_credential_key ON passkeys (credential);
CREATE INDEX passkeys_by_person ON passkeys (person);

-- Challenges that were answered, until they end: an answer that somebody overheard opens nothing.
CREATE TABLE passkey_challenges (
    hash TEXT COLLATE "C" NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX passkey_challenges_hash_key ON passkey_challenges (hash);
