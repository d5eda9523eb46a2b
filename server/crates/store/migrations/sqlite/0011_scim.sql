-- What a directory pushes by SCIM, when labs take their lists over from groups, and who leaves a list.

CREATE TABLE scim_users (
    person TEXT NOT NULL PRIMARY KEY CONSTRAINT scim_users_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    user_name TEXT NOT NULL,
    -- The same in lower case: names are compared without regard to case, in every alphabet.
    name_key TEXT NOT NULL,
    external_id TEXT,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX scim_users_name_key ON scim_users (name_key);

CREATE TABLE scim_groups (
    id TEXT NOT NULL PRIMARY KEY CONSTRAINT scim_groups_id_fkey REFERENCES directory_groups (id) ON DELETE CASCADE,
    external_id TEXT,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX scim_groups_external_id_key ON scim_groups (external_id);

CREATE TABLE scim_members (
    scim_group TEXT NOT NULL CONSTRAINT scim_members_group_fkey REFERENCES scim_groups (id) ON DELETE CASCADE,
    person TEXT NOT NULL CONSTRAINT scim_members_person_fkey REFERENCES scim_users (person) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX scim_members_key ON scim_members (scim_group, person);
CREATE INDEX scim_members_by_person ON scim_members (person);

-- Who wrote a group: a program, SCIM, or Lectern itself after asking a directory.
ALTER TABLE directory_groups ADD COLUMN source TEXT NOT NULL DEFAULT 'Api'
    CONSTRAINT directory_groups_source_check CHECK (source IN ('Api', 'Scim', 'Outside'));

-- Labs that take their lists over from a group.
CREATE TABLE rosters (
    lab TEXT NOT NULL PRIMARY KEY CONSTRAINT rosters_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    grace_days INTEGER NOT NULL CONSTRAINT rosters_grace_days_check CHECK (grace_days BETWEEN 0 AND 30),
    due_at INTEGER NOT NULL,
    lease_by TEXT,
    lease_until INTEGER,
    synced_at INTEGER,
    outcome TEXT,
    failed INTEGER NOT NULL CONSTRAINT rosters_failed_check CHECK (failed IN (0, 1))
) STRICT;
CREATE INDEX rosters_due ON rosters (due_at);
INSERT INTO rosters (lab, grace_days, due_at, failed)
    SELECT lab, 7, 0, 0 FROM lab_envelopes WHERE envelope LIKE '%"activeDirectoryGroupId"%';

-- Lines of lists whose people are not in the group any more, and until when they stay.
CREATE TABLE leavers (
    lab_user TEXT NOT NULL PRIMARY KEY CONSTRAINT leavers_lab_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    lab TEXT NOT NULL CONSTRAINT leavers_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    leaves_at INTEGER NOT NULL
) STRICT;
CREATE INDEX leavers_by_lab ON leavers (lab);
CREATE INDEX leavers_due ON leavers (leaves_at);
