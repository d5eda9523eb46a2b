-- Passkeys: how people come in without a password.

CREATE TABLE passkeys (
    credential TEXT NOT NULL,
    person TEXT NOT NULL CONSTRAINT passkeys_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX passkeys_credential_key ON passkeys (credential);
CREATE INDEX passkeys_by_person ON passkeys (person);

-- Challenges that were answered, until they end: an answer that somebody overheard opens nothing.
CREATE TABLE passkey_challenges (
    hash TEXT NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX passkey_challenges_hash_key ON passkey_challenges (hash);
