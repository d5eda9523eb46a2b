-- How people come in beside their password, and where their sessions were begun.

CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    person TEXT NOT NULL CONSTRAINT identities_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    email TEXT,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX identities_subject_key ON identities (provider, subject);
CREATE UNIQUE INDEX identities_person_key ON identities (person, provider);

ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
-- The provider; none where somebody came by their password or a link.
ALTER TABLE sessions ADD COLUMN provider TEXT;
