-- Time and money: quotas, schedules, running intervals, what is known about a machine's use.
--
-- Only columns and tables are added, so that a process of the version before goes on beside this
-- one. Lengths of time are seconds, dates are 2026-03-02, times of day 08:15, money is millionths of
-- a unit of its currency.

-- What the school decides for its labs: defaults that are copied into each new lab, and prices.
CREATE TABLE plans (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    storage_price BIGINT NOT NULL,
    budget BIGINT,
    budget_waived BIGINT NOT NULL DEFAULT 0
        CONSTRAINT plans_budget_waived_check CHECK (budget_waived IN (0, 1)),
    shutdown_on_disconnect BIGINT NOT NULL
        CONSTRAINT plans_shutdown_on_disconnect_check CHECK (shutdown_on_disconnect IN (0, 1)),
    disconnect_delay BIGINT NOT NULL,
    shutdown_when_not_connected BIGINT NOT NULL
        CONSTRAINT plans_shutdown_when_not_connected_check CHECK (shutdown_when_not_connected IN (0, 1)),
    no_connect_delay BIGINT NOT NULL,
    shutdown_on_idle TEXT COLLATE "C" NOT NULL
        CONSTRAINT plans_shutdown_on_idle_check CHECK (shutdown_on_idle IN ('None', 'UserAbsence', 'LowUsage')),
    idle_delay BIGINT NOT NULL
);
CREATE UNIQUE INDEX plans_name_key ON plans (lower(name));

CREATE TABLE plan_prices (
    plan TEXT COLLATE "C" NOT NULL CONSTRAINT plan_prices_plan_fkey REFERENCES plans (id) ON DELETE CASCADE,
    size TEXT COLLATE "C" NOT NULL,
    price BIGINT NOT NULL,
    PRIMARY KEY (plan, size)
);

-- The plan of every installation.
INSERT INTO plans (id, name, currency, storage_price, budget, shutdown_on_disconnect, disconnect_delay,
    shutdown_when_not_connected, no_connect_delay, shutdown_on_idle, idle_delay)
VALUES ('00000000-0000-7000-8000-000000000001', 'default', 'EUR', 0, NULL, 1, 300, 1, 900, 'UserAbsence', 900);

-- Labs from before had no quota and never stopped by themselves: they keep to the usual quota, and
-- to no rule of shutting down.
ALTER TABLE labs ADD COLUMN plan TEXT COLLATE "C" NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE labs ADD COLUMN usage_quota BIGINT NOT NULL DEFAULT 36000;
ALTER TABLE labs ADD COLUMN shutdown_on_disconnect BIGINT NOT NULL DEFAULT 0
    CONSTRAINT labs_shutdown_on_disconnect_check CHECK (shutdown_on_disconnect IN (0, 1));
ALTER TABLE labs ADD COLUMN disconnect_delay BIGINT NOT NULL DEFAULT 300;
ALTER TABLE labs ADD COLUMN shutdown_when_not_connected BIGINT NOT NULL DEFAULT 0
    CONSTRAINT labs_shutdown_when_not_connected_check CHECK (shutdown_when_not_connected IN (0, 1));
ALTER TABLE labs ADD COLUMN no_connect_delay BIGINT NOT NULL DEFAULT 900;
ALTER TABLE labs ADD COLUMN shutdown_on_idle TEXT COLLATE "C" NOT NULL DEFAULT 'None'
    CONSTRAINT labs_shutdown_on_idle_check CHECK (shutdown_on_idle IN ('None', 'UserAbsence', 'LowUsage'));
ALTER TABLE labs ADD COLUMN idle_delay BIGINT NOT NULL DEFAULT 900;
ALTER TABLE labs ADD COLUMN currency TEXT COLLATE "C" NOT NULL DEFAULT 'EUR';
ALTER TABLE labs ADD COLUMN price BIGINT NOT NULL DEFAULT 0;
ALTER TABLE labs ADD COLUMN storage_price BIGINT NOT NULL DEFAULT 0;
ALTER TABLE labs ADD COLUMN budget BIGINT;
-- An educator's word that students may start although the budget is spent.
ALTER TABLE labs ADD COLUMN budget_waived BIGINT NOT NULL DEFAULT 0
    CONSTRAINT labs_budget_waived_check CHECK (budget_waived IN (0, 1));
-- The calendar's secret link; none until somebody asks for it.
ALTER TABLE labs ADD COLUMN calendar BYTEA;
ALTER TABLE labs ADD COLUMN calendar_hash TEXT COLLATE "C";
CREATE UNIQUE INDEX labs_calendar_hash_key ON labs (calendar_hash);

-- Some of a lab's users, with a quota and schedules of their own.
CREATE TABLE lab_groups (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lab TEXT COLLATE "C" NOT NULL CONSTRAINT lab_groups_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    usage_quota BIGINT
);
CREATE UNIQUE INDEX lab_groups_name_key ON lab_groups (lab, lower(name));

ALTER TABLE users ADD COLUMN additional_quota BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN lab_group TEXT COLLATE "C";

-- The schedule that asked for the machine to run, and all the reasons of a stop; the column that has
-- only the first few reasons is written as before.
ALTER TABLE machines ADD COLUMN wanted_schedule TEXT COLLATE "C";
ALTER TABLE machines ADD COLUMN stop_reason TEXT COLLATE "C" CONSTRAINT machines_stop_reason_check
    CHECK (stop_reason IN ('Student', 'Educator', 'Inside', 'Publish', 'Reimage', 'Removed', 'Schedule', 'QuotaEnd',
        'Disconnected', 'NotConnected', 'UserAbsence', 'LowUsage', 'Silent', 'Deleted', 'HostLost'));
ALTER TABLE machines ADD COLUMN stop_minutes BIGINT;

-- A row for each version of a schedule: what was changed or deleted stays, for the time until then.
-- The version in force has no end, and the time of its next event.
CREATE TABLE schedules (
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    lab TEXT COLLATE "C" NOT NULL CONSTRAINT schedules_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    lab_group TEXT COLLATE "C",
    start_time TEXT COLLATE "C",
    stop_time TEXT COLLATE "C",
    first_date TEXT COLLATE "C" NOT NULL,
    until_date TEXT COLLATE "C",
    recurrence TEXT COLLATE "C" NOT NULL
        CONSTRAINT schedules_recurrence_check CHECK (recurrence IN ('Once', 'Daily', 'Weekly')),
    every BIGINT NOT NULL,
    days BIGINT NOT NULL CONSTRAINT schedules_days_check CHECK (days BETWEEN 0 AND 127),
    zone TEXT COLLATE "C" NOT NULL,
    prestart BIGINT NOT NULL,
    notes TEXT COLLATE "C" NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    done_to BIGINT NOT NULL,
    due_at BIGINT,
    PRIMARY KEY (id, version),
    CONSTRAINT schedules_times_check CHECK (start_time IS NOT NULL OR stop_time IS NOT NULL)
);
CREATE UNIQUE INDEX schedules_current_key ON schedules (id) WHERE valid_to IS NULL;
CREATE INDEX schedules_by_lab ON schedules (lab);
CREATE INDEX schedules_due ON schedules (due_at) WHERE due_at IS NOT NULL;

-- Days without class, of a plan or of one lab; one that was taken back stays, for the time until then.
CREATE TABLE holidays (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    plan TEXT COLLATE "C" CONSTRAINT holidays_plan_fkey REFERENCES plans (id) ON DELETE CASCADE,
    lab TEXT COLLATE "C" CONSTRAINT holidays_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    day TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    CONSTRAINT holidays_of_check CHECK ((plan IS NULL) <> (lab IS NULL))
);
CREATE INDEX holidays_by_plan ON holidays (plan) WHERE plan IS NOT NULL;
CREATE INDEX holidays_by_lab ON holidays (lab) WHERE lab IS NOT NULL;

-- Stretches of running. They outlive the machine and its user, for the lab's cost.
CREATE TABLE runs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lab TEXT COLLATE "C" NOT NULL CONSTRAINT runs_lab_fkey REFERENCES labs (id) ON DELETE CASCADE,
    machine TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CONSTRAINT runs_kind_check CHECK (kind IN ('Template', 'User')),
    lab_user TEXT COLLATE "C",
    started_at BIGINT NOT NULL,
    stopped_at BIGINT,
    cause TEXT COLLATE "C" NOT NULL
        CONSTRAINT runs_cause_check CHECK (cause IN ('Student', 'Educator', 'Schedule', 'System')),
    by_person TEXT COLLATE "C",
    stop_reason TEXT COLLATE "C" CONSTRAINT runs_stop_reason_check
        CHECK (stop_reason IN ('Student', 'Educator', 'Inside', 'Publish', 'Reimage', 'Removed', 'Schedule', 'QuotaEnd',
            'Disconnected', 'NotConnected', 'UserAbsence', 'LowUsage', 'Silent', 'Deleted', 'HostLost')),
    stop_minutes BIGINT,
    CONSTRAINT runs_order_check CHECK (stopped_at >= started_at),
    CONSTRAINT runs_stopped_check CHECK ((stopped_at IS NULL) = (stop_reason IS NULL))
);
CREATE UNIQUE INDEX runs_open_key ON runs (machine) WHERE stopped_at IS NULL;
CREATE INDEX runs_by_lab ON runs (lab, started_at);
CREATE INDEX runs_by_user ON runs (lab_user, started_at) WHERE lab_user IS NOT NULL;

-- Used hours set to zero from a time on; undone ones stay.
CREATE TABLE resets (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lab_user TEXT COLLATE "C" NOT NULL CONSTRAINT resets_lab_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    counts_from BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    undone_at BIGINT,
    undone_by TEXT COLLATE "C",
    CONSTRAINT resets_undone_check CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE INDEX resets_by_user ON resets (lab_user);

-- What is known about the use of a machine that runs, and when its clock is to be looked at next.
CREATE TABLE watches (
    machine TEXT COLLATE "C" NOT NULL PRIMARY KEY
        CONSTRAINT watches_machine_fkey REFERENCES machines (id) ON DELETE CASCADE,
    due_at BIGINT,
    class_begins_at BIGINT,
    last_connect BIGINT,
    last_disconnect BIGINT,
    last_input BIGINT,
    last_busy BIGINT,
    informed_since BIGINT NOT NULL,
    silent_since BIGINT,
    stay BIGINT,
    cpu BIGINT,
    disk BIGINT,
    measured_at BIGINT
);
CREATE INDEX watches_due ON watches (due_at) WHERE due_at IS NOT NULL;

-- Browsers' connections to machines, by the process that has them.
CREATE TABLE connections (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    machine TEXT COLLATE "C" NOT NULL CONSTRAINT connections_machine_fkey REFERENCES machines (id) ON DELETE CASCADE,
    gateway TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL
);
CREATE INDEX connections_by_machine ON connections (machine);
CREATE INDEX connections_by_gateway ON connections (gateway);

-- The processes that have connections, and when each was last heard of.
CREATE TABLE gateways (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    heard_at BIGINT NOT NULL
);
