-- From where things were done, by network address; empty where it was the command line, or Lectern itself.

ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_by_person ON audit (person, at);
CREATE INDEX audit_by_action ON audit (action, at);
