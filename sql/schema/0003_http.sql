-- SPDX-License-Identifier: Apache-2.0
-- What the HTTP door keeps.

-- Answers to requests with an Idempotency-Key; removed after 24 hours.
CREATE TABLE http_once (
	key      TEXT NOT NULL PRIMARY KEY,       -- method, address and the client's key
	hash     TEXT NOT NULL,                   -- SHA-256 of query and body, 64 hex digits
	at       @int@ NOT NULL,                  -- UTC ms of the first request
	status   @int@ NOT NULL,                  -- HTTP status of its answer; 0 = still running
	type     TEXT NOT NULL,                   -- content type of its answer
	headers  TEXT NOT NULL,                   -- further header lines of its answer
	body     TEXT NOT NULL                    -- its answer
) @strict@;
CREATE INDEX http_once_at ON http_once (at);

-- What one revision changed (GET /v1/changes).
CREATE INDEX entry_state_from ON entry_state (from_rev);
CREATE INDEX statement_from ON statement (from_rev);
CREATE INDEX statement_to ON statement (to_rev) WHERE to_rev IS NOT NULL;
