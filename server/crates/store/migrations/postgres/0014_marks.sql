-- What a directory gave to be asked with later whether the group of a list changed, and when the list
-- is taken over whole at the latest.

ALTER TABLE rosters ADD COLUMN mark TEXT COLLATE "C";
ALTER TABLE rosters ADD COLUMN whole_at BIGINT NOT NULL DEFAULT 0;

-- When a directory outside told a group last. Those that were told before are as good as told when
-- something was last recorded.

ALTER TABLE directory_groups ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
UPDATE directory_groups SET told_at = (SELECT COALESCE(MAX(at), 0) FROM audit);
