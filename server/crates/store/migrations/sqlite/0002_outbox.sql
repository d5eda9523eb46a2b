-- Mails to people, written in the transaction of what caused them, and kept as a record of what went
-- out. A lab is named without a foreign key, because a mail outlives it.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    lab TEXT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL CONSTRAINT outbox_state_check CHECK (state IN ('Waiting', 'Sent', 'Failed')),
    attempts INTEGER NOT NULL,
    error TEXT,
    due_at INTEGER,
    lease_by TEXT,
    lease_until INTEGER,
    CONSTRAINT outbox_due_check CHECK (state = 'Waiting' OR due_at IS NULL),
    CONSTRAINT outbox_lease_check CHECK ((lease_by IS NULL) = (lease_until IS NULL))
) STRICT;
-- The same event writes one mail, whoever notices it.
CREATE UNIQUE INDEX outbox_key_key ON outbox (key);
CREATE INDEX outbox_by_time ON outbox (created_at, id);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
-- Mails that wait for mail to be set up.
CREATE INDEX outbox_resting ON outbox (created_at) WHERE state = 'Waiting' AND due_at IS NULL;
