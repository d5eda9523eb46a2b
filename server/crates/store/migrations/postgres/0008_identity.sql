-- How people come in beside their password, and where their sessions were begun.

CREATE TABLE identities (
    provider TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    person TEXT COLLATE "C" NOT NULL CONSTRAINT identities_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    email TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX identities_subject_key ON identities (provider, subject);
CREATE UNIQUE INDEX identities_person_key ON identities (person, provider);

ALTER TABLE sessions ADD COLUMN address TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The provider; none where somebody came by their password or a link.
ALTER TABLE sessions ADD COLUMN provider TEXT COLLATE "C";
