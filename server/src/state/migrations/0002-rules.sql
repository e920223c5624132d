-- Pending and firing alerts of each alerting rule, as of its last evaluation. Times are epoch milliseconds.
CREATE TABLE rule_alert (
  rule TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'firing')),
  -- Text, because SQLite has no NaN.
  value TEXT NOT NULL,
  active_at INTEGER NOT NULL,
  fired_at INTEGER,
  keep_firing_since INTEGER,
  labels TEXT NOT NULL,
  annotations TEXT NOT NULL,
  PRIMARY KEY (rule, fingerprint)
) STRICT;

-- The sources a rule last read, so that a source that fell silent is still waited for after a restart.
CREATE TABLE rule_source (
  rule TEXT PRIMARY KEY,
  sources TEXT NOT NULL
) STRICT;
