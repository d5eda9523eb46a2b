-- Mails to people, written in the transaction of what caused them, and kept as a record of what went
-- out. A lab is named without a foreign key, because a mail outlives it.
CREATE TABLE outbox (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    recipient TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    lab TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CONSTRAINT outbox_state_check CHECK (state IN ('Waiting', 'Sent', 'Failed')),
    attempts BIGINT NOT NULL,
    error TEXT COLLATE "C",
    due_at BIGINT,
    lease_by TEXT COLLATE "C",
    lease_until BIGINT,
    CONSTRAINT outbox_due_check CHECK (state = 'Waiting' OR due_at IS NULL),
    CONSTRAINT outbox_lease_check CHECK ((lease_by IS NULL) = (lease_until IS NULL))
);
-- The same event writes one mail, whoever notices it.
CREATE UNIQUE INDEX outbox_key_key ON outbox (key);
CREATE INDEX outbox_by_time ON outbox (created_at, id);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
-- Mails that wait for mail to be set up.
CREATE INDEX outbox_resting ON outbox (created_at) WHERE state = 'Waiting' AND due_at IS NULL;
