-- What a directory gave to be asked with later whether the group of a list changed, and when the list
-- is taken over whole at the latest.

ALTER TABLE rosters ADD COLUMN mark TEXT;
ALTER TABLE rosters ADD COLUMN whole_at INTEGER NOT NULL DEFAULT 0;
