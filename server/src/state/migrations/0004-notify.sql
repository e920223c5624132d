CREATE TABLE silence (
  id TEXT PRIMARY KEY,
  matchers TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  comment TEXT NOT NULL
) STRICT;

-- One row per group and receiver integration: what it was told last. Sets are JSON arrays of alert fingerprints.
CREATE TABLE notification_log (
  stream TEXT PRIMARY KEY,
  notified_at INTEGER NOT NULL,
  firing TEXT NOT NULL,
  resolved TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  delivery_id TEXT,
  failed_at INTEGER
) STRICT;

CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  dedupe_key TEXT NOT NULL UNIQUE,
  stream TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  receiver TEXT NOT NULL,
  integration TEXT NOT NULL,
  group_key TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  title TEXT NOT NULL,
  alerts TEXT NOT NULL,
  payload TEXT NOT NULL,
  is_shrunk INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  next_attempt_at INTEGER NOT NULL
) STRICT;

CREATE INDEX delivery_by_state ON delivery (state, seq);
CREATE INDEX delivery_by_time ON delivery (created_at);

-- A row is committed before its request leaves; `outcome` stays NULL until the answer is known.
CREATE TABLE delivery_attempt (
  delivery_id TEXT NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER,
  status INTEGER,
  outcome TEXT,
  detail TEXT NOT NULL,
  retry_at INTEGER,
  PRIMARY KEY (delivery_id, attempt)
) STRICT;
