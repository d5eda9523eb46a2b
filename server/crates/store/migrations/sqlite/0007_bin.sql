-- Deleted labs are kept for a while, and can be brought back. Their names are free meanwhile.

ALTER TABLE labs ADD COLUMN kept_until INTEGER;
DROP INDEX labs_name_key;
CREATE UNIQUE INDEX labs_name_key ON labs (lower(resource_group), lower(name)) WHERE kept_until IS NULL;

ALTER TABLE plans ADD COLUMN bin_days INTEGER NOT NULL DEFAULT 7
    CONSTRAINT plans_bin_days_check CHECK (bin_days BETWEEN 0 AND 30);
