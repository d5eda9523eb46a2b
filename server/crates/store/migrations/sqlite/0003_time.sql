-- Time and money: quotas, schedules, running intervals, what is known about a machine's use.
--
-- Only columns and tables are added, so that a process of the version before goes on beside this
-- one. Lengths of time are seconds, dates are 2026-03-02, times of day 08:15, money is millionths of
-- a unit of its currency.

-- What the school decides for its labs: defaults that are copied into each new lab, and prices.
CREATE TABLE plans (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    storage_price INTEGER NOT NULL,
    budget INTEGER,
    budget_waived INTEGER NOT NULL DEFAULT 0
        CONSTRAINT plans_budget_waived_check CHECK (budget_waived IN (0, 1)),
    shutdown_on_disconnect INTEGER NOT NULL
        CONSTRAINT plans_shutdown_on_disconnect_check CHECK (shutdown_on_disconnect IN (0, 1)),
    disconnect_delay INTEGER NOT NULL,
    shutdown_when_not_connected INTEGER NOT NULL
        CONSTRAINT plans_shutdown_when_not_connected_check CHECK (shutdown_when_not_connected IN (0, 1)),
    no_connect_delay INTEGER NOT NULL,
    shutdown_on_idle TEXT NOT NULL
        CONSTRAINT plans_shutdown_on_idle_check CHECK (shutdown_on_idle IN ('None', 'UserAbsence', 'LowUsage')),
    idle_delay INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plans_name_key ON plans (lower(name));

CREATE TABLE plan_prices (
    plan TEXT NOT NULL CONSTRAINT plan_prices_plan_fkey REFERENCES plans (id) ON DELETE CASCADE,
    size TEXT NOT NULL,
    price INTEGER NOT NULL,
    PRIMARY KEY (plan, size)
) STRICT;

-- The plan of every installation.
INSERT INTO plans (id, name, currency, storage_price, budget, shutdown_on_disconnect, disconnect_delay,
    shutdown_when_not_connected, no_connect_delay, shutdown_on_idle, idle_delay)
VALUES ('00000000-0000-7000-8000-000000000001', 'default', 'EUR', 0, NULL, 1, 300, 1, 900, 'UserAbsence', 900);

-- Labs from before had no quota and never stopped by themselves: they keep to the usual quota, and
-- to no rule of shutting down.
ALTER TABLE labs ADD COLUMN plan TEXT NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE labs ADD COLUMN usage_quota INTEGER NOT NULL DEFAULT 36000;
ALTER TABLE labs ADD COLUMN shutdown_on_disconnect INTEGER NOT NULL DEFAULT 0
    CONSTRAINT labs_shutdown_on_disconnect_check CHECK (shutdown_on_disconnect IN (0, 1));
ALTER TABLE labs ADD COLUMN disconnect_delay INTEGER NOT NULL DEFAULT 300;
ALTER TABLE labs ADD COLUMN shutdown_when_not_connected INTEGER NOT NULL DEFAULT 0
    CONSTRAINT labs_shutdown_when_not_connected_check CHECK (shutdown_when_not_connected IN (0, 1));
ALTER TABLE labs ADD COLUMN no_connect_delay INTEGER NOT NULL DEFAULT 900;
ALTER TABLE labs ADD COLUMN shutdown_on_idle TEXT NOT NULL DEFAULT 'None'
    CONSTRAINT labs_shutdown_on_idle_check CHECK (shutdown_on_idle IN ('None', 'UserAbsence', 'LowUsage'));
ALTER TABLE labs ADD COLUMN idle_delay INTEGER NOT NULL DEFAULT 900;
ALTER TABLE labs ADD COLUMN currency TEXT NOT NULL DEFAULT 'EUR';
ALTER TABLE labs ADD COLUMN price INTEGER NOT NULL DEFAULT 0;
ALTER TABLE labs ADD COLUMN storage_price INTEGER NOT NULL DEFAULT 0;
ALTER TABLE labs ADD COLUMN budget INTEGER;
-- An educator's word that students may start although the budget is spent.
ALTER TABLE labs ADD COLUMN budget_waived INTEGER NOT NULL DEFAULT 0
    CONSTRAINT labs_budget_waived_check CHECK (budget_waived IN (0, 1));
-- The calendar's secret link; none until somebody asks for it.
ALTER TABLE labs ADD COLUMN calendar BLOB;
ALTER TABLE labs ADD COLUMN calendar_hash TEXT;
CREATE UNIQUE INDEX labs_calendar_hash_key ON labs (calendar_hash);

-- Some of a lab's users, with a quota and schedules of their own.
CREATE TABLE lab_groups (
    id TEXT NOT NULL PRIMARY KEY,
    lab TEXT NOT NULL CONSTRAINT lab_groups_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    usage_quota INTEGER
) STRICT;
CREATE UNIQUE INDEX lab_groups_name_key ON lab_groups (lab, lower(name));

ALTER TABLE users ADD COLUMN additional_quota INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN lab_group TEXT;

-- The schedule that asked for the machine to run, and all the reasons of a stop; the column that has
-- only the first few reasons is written as before.
ALTER TABLE machines ADD COLUMN wanted_schedule TEXT;
ALTER TABLE machines ADD COLUMN stop_reason TEXT CONSTRAINT machines_stop_reason_check
    CHECK (stop_reason IN ('Student', 'Educator', 'Inside', 'Publish', 'Reimage', 'Removed', 'Schedule', 'QuotaEnd',
        'Disconnected', 'NotConnected', 'UserAbsence', 'LowUsage', 'Silent', 'Deleted', 'HostLost'));
ALTER TABLE machines ADD COLUMN stop_minutes INTEGER;

-- A row for each version of a schedule: what was changed or deleted stays, for the time until then.
-- The version in force has no end, and the time of its next event.
CREATE TABLE schedules (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    lab TEXT NOT NULL CONSTRAINT schedules_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    lab_group TEXT,
    start_time TEXT,
    stop_time TEXT,
    first_date TEXT NOT NULL,
    until_date TEXT,
    recurrence TEXT NOT NULL
        CONSTRAINT schedules_recurrence_check CHECK (recurrence IN ('Once', 'Daily', 'Weekly')),
    every INTEGER NOT NULL,
    days INTEGER NOT NULL CONSTRAINT schedules_days_check CHECK (days BETWEEN 0 AND 127),
    zone TEXT NOT NULL,
    prestart INTEGER NOT NULL,
    notes TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    done_to INTEGER NOT NULL,
    due_at INTEGER,
    PRIMARY KEY (id, version),
    CONSTRAINT schedules_times_check CHECK (start_time IS NOT NULL OR stop_time IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX schedules_current_key ON schedules (id) WHERE valid_to IS NULL;
CREATE INDEX schedules_by_lab ON schedules (lab);
CREATE INDEX schedules_due ON schedules (due_at) WHERE due_at IS NOT NULL;

-- Days without class, of a plan or of one lab; one that was taken back stays, for the time until then.
CREATE TABLE holidays (
    id TEXT NOT NULL PRIMARY KEY,
    plan TEXT CONSTRAINT holidays_plan_fkey REFERENCES plans (id) ON DELETE CASCADE,
    lab TEXT CONSTRAINT holidays_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    CONSTRAINT holidays_of_check CHECK ((plan IS NULL) <> (lab IS NULL))
) STRICT;
CREATE INDEX holidays_by_plan ON holidays (plan) WHERE plan IS NOT NULL;
CREATE INDEX holidays_by_lab ON holidays (lab) WHERE lab IS NOT NULL;

-- Stretches of running. They outlive the machine and its user, for the lab's cost.
CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    lab TEXT NOT NULL CONSTRAINT runs_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    machine TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT runs_kind_check CHECK (kind IN ('Template', 'User')),
    lab_user TEXT,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    cause TEXT NOT NULL
        CONSTRAINT runs_cause_check CHECK (cause IN ('Student', 'Educator', 'Schedule', 'System')),
    by_person TEXT,
    stop_reason TEXT CONSTRAINT runs_stop_reason_check
        CHECK (stop_reason IN ('Student', 'Educator', 'Inside', 'Publish', 'Reimage', 'Removed', 'Schedule', 'QuotaEnd',
            'Disconnected', 'NotConnected', 'UserAbsence', 'LowUsage', 'Silent', 'Deleted', 'HostLost')),
    stop_minutes INTEGER,
    CONSTRAINT runs_order_check CHECK (stopped_at >= started_at),
    CONSTRAINT runs_stopped_check CHECK ((stopped_at IS NULL) = (stop_reason IS NULL))
) STRICT;
CREATE UNIQUE INDEX runs_open_key ON runs (machine) WHERE stopped_at IS NULL;
CREATE INDEX runs_by_lab ON runs (lab, started_at);
CREATE INDEX runs_by_user ON runs (lab_user, started_at) WHERE lab_user IS NOT NULL;

-- Used hours set to zero from a time on; undone ones stay.
CREATE TABLE resets (
    id TEXT NOT NULL PRIMARY KEY,
    lab_user TEXT NOT NULL CONSTRAINT resets_lab_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    counts_from INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    undone_at INTEGER,
    undone_by TEXT,
    CONSTRAINT resets_undone_check CHECK ((undone_at IS NULL) = (undone_by IS NULL))
) STRICT;
CREATE INDEX resets_by_user ON resets (lab_user);

-- What is known about the use of a machine that runs, and when its clock is to be looked at next.
CREATE TABLE watches (
    machine TEXT NOT NULL PRIMARY KEY
        CONSTRAINT watches_machine_fkey REFERENCES machines (id) ON DELETE CASCADE,
    due_at INTEGER,
    class_begins_at INTEGER,
    last_connect INTEGER,
    last_disconnect INTEGER,
    last_input INTEGER,
    last_busy INTEGER,
    informed_since INTEGER NOT NULL,
    silent_since INTEGER,
    stay INTEGER,
    cpu INTEGER,
    disk INTEGER,
    measured_at INTEGER
) STRICT;
CREATE INDEX watches_due ON watches (due_at) WHERE due_at IS NOT NULL;

-- Browsers' connections to machines, by the process that has them.
CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    machine TEXT NOT NULL CONSTRAINT connections_machine_fkey REFERENCES machines (id) ON DELETE CASCADE,
    gateway TEXT NOT NULL,
    opened_at INTEGER NOT NULL
) STRICT;
CREATE INDEX connections_by_machine ON connections (machine);
CREATE INDEX connections_by_gateway ON connections (gateway);

-- The processes that have connections, and when each was last heard of.
CREATE TABLE gateways (
    name TEXT NOT NULL PRIMARY KEY,
    heard_at INTEGER NOT NULL
) STRICT;
