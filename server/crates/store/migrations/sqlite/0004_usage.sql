-- What a lab's running counts and costs is read from the index alone, in order.
CREATE INDEX runs_usage ON runs (lab, lab_user, kind, cause, started_at, stopped_at);
