-- Roles at resource groups and plans, held by groups of people as well as by persons; lists from files.

CREATE TABLE grants_anew (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person TEXT CONSTRAINT grants_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    -- A group of a provider, by its claims, or of the directory that is kept here.
    group_source TEXT,
    group_id TEXT,
    role TEXT NOT NULL CONSTRAINT grants_role_check CHECK (role IN ('Owner', 'Contributor', 'LabServicesContributor',
        'LabServicesReader', 'LabCreator', 'LabContributor', 'LabOperator', 'LabAssistant')),
    resource_group TEXT,
    plan TEXT CONSTRAINT grants_plan_fkey REFERENCES plans (id) ON DELETE CASCADE,
    lab TEXT CONSTRAINT grants_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    CONSTRAINT grants_principal_check CHECK (
        (person IS NULL) = (group_id IS NOT NULL) AND (group_source IS NULL) = (group_id IS NULL)),
    CONSTRAINT grants_scope_check CHECK (
        (resource_group IS NULL OR plan IS NULL) AND (resource_group IS NULL OR lab IS NULL)
        AND (plan IS NULL OR lab IS NULL))
) STRICT;
INSERT INTO grants_anew (person, role, lab) SELECT person, role, lab FROM grants ORDER BY id;
DROP TABLE grants;
ALTER TABLE grants_anew RENAME TO grants;
-- Nulls are never equal to each other, so what is not said counts as the empty word.
CREATE UNIQUE INDEX grants_key ON grants (coalesce(person, ''), coalesce(group_source, ''), coalesce(group_id, ''),
    role, coalesce(lower(resource_group), ''), coalesce(plan, ''), coalesce(lab, ''));
CREATE INDEX grants_by_person ON grants (person);
CREATE INDEX grants_by_group ON grants (group_source, group_id);
CREATE INDEX grants_by_plan ON grants (plan);
CREATE INDEX grants_by_lab ON grants (lab);

-- In which groups a provider says that somebody is, as of their last sign-in by it.
CREATE TABLE claimed_groups (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    group_id TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX claimed_groups_key ON claimed_groups (provider, subject, group_id);
CREATE INDEX claimed_groups_by_group ON claimed_groups (provider, group_id);

-- The members of directory groups, one by one, so that a person's groups can be found.
CREATE TABLE directory_members (
    directory_group TEXT NOT NULL CONSTRAINT directory_members_group_fkey REFERENCES directory_groups (id) ON DELETE CASCADE,
    email TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX directory_members_key ON directory_members (directory_group, email);
CREATE INDEX directory_members_by_email ON directory_members (email);
-- Members without an account follow when their group is written again.
INSERT INTO directory_members (directory_group, email)
    SELECT directory_groups.id, people.email FROM directory_groups, people
    WHERE replace(directory_groups.members, '"email":"' || people.email || '"', '') <> directory_groups.members;

-- Whether somebody has shown that the address is theirs: by a link that was mailed there, or by a
-- provider that vouches for it. Whoever only said so is in no directory group.
ALTER TABLE people ADD COLUMN proven INTEGER NOT NULL DEFAULT 0 CONSTRAINT people_proven_check CHECK (proven IN (0, 1));
UPDATE people SET proven = 1 WHERE id IN (SELECT person FROM grants) OR id IN (SELECT person FROM identities);

-- The name that a list gave, shown until the person has come and says their own.
ALTER TABLE users ADD COLUMN full_name TEXT;

-- Files with lists that somebody looks at before anything is made of them.
CREATE TABLE list_drafts (
    id TEXT NOT NULL PRIMARY KEY,
    lab TEXT NOT NULL CONSTRAINT list_drafts_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    person TEXT NOT NULL CONSTRAINT list_drafts_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX list_drafts_by_lab ON list_drafts (lab);
CREATE INDEX list_drafts_by_person ON list_drafts (person);
