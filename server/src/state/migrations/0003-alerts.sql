-- Every change of an alert's state, oldest first. Times are epoch milliseconds of evaluation slots; observed_at is wall time.
CREATE TABLE alert_transition (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fingerprint TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  state TEXT NOT NULL,
  value TEXT NOT NULL,
  active_at INTEGER NOT NULL,
  fired_at INTEGER,
  resolved_at INTEGER,
  labels TEXT NOT NULL,
  annotations TEXT NOT NULL,
  rule TEXT NOT NULL
) STRICT;

CREATE INDEX alert_transition_by_fingerprint ON alert_transition (fingerprint, at);
CREATE INDEX alert_transition_by_time ON alert_transition (at);
