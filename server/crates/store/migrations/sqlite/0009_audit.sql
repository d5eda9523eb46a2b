-- From where things were done, by network address (empty where it was the command line, or Lectern
-- itself), and what they were about: the action's first word.

ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN area TEXT NOT NULL DEFAULT '';
-- No action had more than two words so far.
UPDATE audit SET area = rtrim(rtrim(action, 'abcdefghijklmnopqrstuvwxyz-'), '.');
CREATE INDEX audit_by_person ON audit (person, at);
