-- What the REST API knows of resources: groups, names, tags, plans by the number, operations on
-- machines, users and images, programs that sign in by themselves.

ALTER TABLE labs ADD COLUMN resource_group TEXT NOT NULL DEFAULT 'default';
ALTER TABLE labs ADD COLUMN web_ssh_access TEXT NOT NULL DEFAULT 'Public'
    CONSTRAINT labs_web_ssh_access_check CHECK (web_ssh_access IN ('Public', 'Private', 'None'));
ALTER TABLE labs ADD COLUMN web_rdp_access TEXT NOT NULL DEFAULT 'None'
    CONSTRAINT labs_web_rdp_access_check CHECK (web_rdp_access IN ('Public', 'Private', 'None'));
ALTER TABLE labs ADD COLUMN client_ssh_access TEXT NOT NULL DEFAULT 'None'
    CONSTRAINT labs_client_ssh_access_check CHECK (client_ssh_access IN ('Public', 'Private', 'None'));
ALTER TABLE labs ADD COLUMN client_rdp_access TEXT NOT NULL DEFAULT 'None'
    CONSTRAINT labs_client_rdp_access_check CHECK (client_rdp_access IN ('Public', 'Private', 'None'));
DROP INDEX labs_name_key;
CREATE UNIQUE INDEX labs_name_key ON labs (lower(resource_group), lower(name));

-- What is only kept with a lab, as JSON: tags, location, network, roster. Labs from before have none.
CREATE TABLE lab_envelopes (
    lab TEXT NOT NULL PRIMARY KEY CONSTRAINT lab_envelopes_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    envelope TEXT NOT NULL
) STRICT;

ALTER TABLE plans ADD COLUMN resource_group TEXT NOT NULL DEFAULT 'default';
-- What programs set of a plan, as JSON; none for the plan of every installation until they do.
ALTER TABLE plans ADD COLUMN profile TEXT;
-- Labs that began with a plan keep it.
ALTER TABLE plans ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0
    CONSTRAINT plans_deleted_check CHECK (deleted IN (0, 1));
DROP INDEX plans_name_key;
CREATE UNIQUE INDEX plans_name_key ON plans (lower(resource_group), lower(name)) WHERE deleted = 0;

ALTER TABLE users ADD COLUMN name TEXT;
ALTER TABLE users ADD COLUMN invitation TEXT NOT NULL DEFAULT 'NotSent'
    CONSTRAINT users_invitation_check CHECK (invitation IN ('NotSent', 'Sending', 'Sent', 'Failed'));
ALTER TABLE users ADD COLUMN invited_at INTEGER;
CREATE UNIQUE INDEX users_name_key ON users (lab, lower(name)) WHERE name IS NOT NULL;

ALTER TABLE schedules ADD COLUMN name TEXT;
CREATE UNIQUE INDEX schedules_name_key ON schedules (lab, lower(name))
    WHERE name IS NOT NULL AND valid_to IS NULL;

ALTER TABLE images ADD COLUMN os TEXT NOT NULL DEFAULT 'Linux'
    CONSTRAINT images_os_check CHECK (os IN ('Linux', 'Windows'));
ALTER TABLE images ADD COLUMN publisher TEXT NOT NULL DEFAULT '';
ALTER TABLE images ADD COLUMN offer TEXT NOT NULL DEFAULT '';
ALTER TABLE images ADD COLUMN sku TEXT NOT NULL DEFAULT '';
ALTER TABLE images ADD COLUMN version TEXT NOT NULL DEFAULT '';
-- Where an image is that was saved from a machine.
ALTER TABLE images ADD COLUMN saved_id TEXT;
ALTER TABLE images ADD COLUMN saved_object TEXT;
ALTER TABLE images ADD COLUMN saved_plan TEXT;

-- Where a plan differs from the installation in which images educators may choose.
CREATE TABLE plan_images (
    plan TEXT NOT NULL CONSTRAINT plan_images_plan_fkey REFERENCES plans (id) ON DELETE CASCADE,
    image TEXT NOT NULL,
    enabled INTEGER NOT NULL CONSTRAINT plan_images_enabled_check CHECK (enabled IN (0, 1)),
    PRIMARY KEY (plan, image)
) STRICT;

-- Accounts of one machine whose passwords were set there, or that only it has.
CREATE TABLE machine_accounts (
    machine TEXT NOT NULL
        CONSTRAINT machine_accounts_machine_fkey REFERENCES machines (id) ON DELETE CASCADE,
    username TEXT NOT NULL,
    secret BLOB NOT NULL,
    PRIMARY KEY (machine, username)
) STRICT;

-- Operations outlive what they worked on: whoever asked for a deletion is told of its end.
CREATE TABLE operations_anew (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL
        CONSTRAINT operations_kind_check CHECK (kind IN ('CreateLab', 'Publish', 'Scale', 'DeleteLab', 'SyncGroup',
            'SaveImage', 'InviteUser', 'StartMachine', 'StopMachine', 'ReimageMachine', 'RedeployMachine',
            'ResetPassword')),
    lab TEXT NOT NULL,
    machine TEXT,
    lab_user TEXT,
    image TEXT,
    plan TEXT,
    status TEXT NOT NULL
        CONSTRAINT operations_status_check CHECK (status IN ('InProgress', 'Succeeded', 'Failed')),
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    error TEXT,
    code TEXT CONSTRAINT operations_code_check CHECK (code IN ('OperationPreempted', 'ResourceRemoved', 'NoCapacity',
        'MachineLost', 'EngineFailed', 'MailFailed', 'DirectoryGroupNotFound', 'Conflict')),
    asked_by TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT operations_image_check CHECK ((image IS NULL) = (plan IS NULL))
) STRICT;
INSERT INTO operations_anew (id, kind, lab, machine, status, done, total, error, asked_by, started_at, ended_at)
    SELECT id, kind, lab, machine, status, done, total, error, asked_by, started_at, ended_at FROM operations;
DROP TABLE operations;
ALTER TABLE operations_anew RENAME TO operations;
CREATE INDEX operations_by_lab ON operations (lab, started_at, id)
    WHERE machine IS NULL AND lab_user IS NULL AND image IS NULL;
CREATE INDEX operations_open ON operations (lab) WHERE status = 'InProgress';
CREATE INDEX operations_ended ON operations (ended_at) WHERE ended_at IS NOT NULL;

-- Whoever a directory names is expected until they come. Programs are people without a mailbox: they
-- hold roles alike, and sign in with a secret.
ALTER TABLE people ADD COLUMN kind TEXT NOT NULL DEFAULT 'User'
    CONSTRAINT people_kind_check CHECK (kind IN ('User', 'Expected', 'Application'));
CREATE TABLE client_secrets (
    secret_hash TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL CONSTRAINT client_secrets_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX client_secrets_by_person ON client_secrets (person);

-- Groups of people that labs can take their lists from. The members are JSON.
CREATE TABLE directory_groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    members TEXT NOT NULL
) STRICT;

-- The eight roles.
CREATE TABLE grants_anew (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL CONSTRAINT grants_person_fkey REFERENCES people (id) ON DELETE CASCADE,
    role TEXT NOT NULL CONSTRAINT grants_role_check CHECK (role IN ('Owner', 'Contributor', 'LabServicesContributor',
        'LabServicesReader', 'LabCreator', 'LabContributor', 'LabOperator', 'LabAssistant')),
    lab TEXT CONSTRAINT grants_lab_fkey REFERENCES labs (id) ON DELETE CASCADE
) STRICT;
INSERT INTO grants_anew (person, role, lab) SELECT person, role, lab FROM grants ORDER BY id;
DROP TABLE grants;
ALTER TABLE grants_anew RENAME TO grants;
CREATE UNIQUE INDEX grants_key ON grants (person, role, coalesce(lab, ''));
CREATE INDEX grants_by_lab ON grants (lab);

CREATE TABLE links_anew (
    token_hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CONSTRAINT links_purpose_check CHECK (purpose IN ('FirstOwner', 'SignIn')),
    email TEXT,
    role TEXT CONSTRAINT links_role_check CHECK (role IN ('Owner', 'Contributor', 'LabServicesContributor',
        'LabServicesReader', 'LabCreator', 'LabContributor', 'LabOperator', 'LabAssistant')),
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    CONSTRAINT links_email_check CHECK ((purpose = 'SignIn') = (email IS NOT NULL))
) STRICT;
INSERT INTO links_anew SELECT token_hash, purpose, email, role, expires_at, used_at FROM links;
DROP TABLE links;
ALTER TABLE links_anew RENAME TO links;
