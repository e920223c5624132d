-- Incidents, the alerts in them and their timelines. Times are epoch milliseconds.
CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE,
  title TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
  severity TEXT NOT NULL,
  environment TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  resolved_at INTEGER,
  acknowledged_by TEXT,
  acknowledged_at INTEGER
) STRICT;

CREATE TABLE incident_alert (
  incident_id TEXT NOT NULL REFERENCES incident (id),
  fingerprint TEXT NOT NULL,
  name TEXT NOT NULL,
  labels TEXT NOT NULL,
  firing INTEGER NOT NULL,
  fired_at INTEGER NOT NULL,
  resolved_at INTEGER,
  PRIMARY KEY (incident_id, fingerprint)
) STRICT;

-- dedupe_key makes every entry derivable again: the same fact never stands twice.
CREATE TABLE timeline_entry (
  id TEXT PRIMARY KEY,
  incident_id TEXT NOT NULL REFERENCES incident (id),
  dedupe_key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  entity TEXT,
  occurred_at INTEGER NOT NULL,
  precision_ms INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  severity TEXT NOT NULL,
  source TEXT NOT NULL,
  actor TEXT NOT NULL,
  evidence TEXT NOT NULL,
  -- What is still to be frozen for this entry; NULL once it is.
  evidence_request TEXT
) STRICT;

CREATE INDEX timeline_entry_by_incident ON timeline_entry (incident_id, occurred_at);
CREATE INDEX timeline_entry_to_freeze ON timeline_entry (id) WHERE evidence_request IS NOT NULL;
