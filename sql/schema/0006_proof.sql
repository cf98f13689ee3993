-- SPDX-License-Identifier: Apache-2.0
-- Proof of what the catalogue held: each revision's last audit row carries a digest of the rows that the revision began
-- and ended (store_digest.h); it is part of the row's hash. Rows from before have none.
ALTER TABLE audit ADD COLUMN digest TEXT;

-- Rows by the revision that ended them.
CREATE INDEX entry_state_to ON entry_state (to_rev) WHERE to_rev IS NOT NULL;

-- Each time that a feed's publisher confirmed what stands: answers of then are told from what was known then.
CREATE TABLE feed_seen (
	feed TEXT NOT NULL,
	at   @int@ NOT NULL,                      -- UTC ms
	PRIMARY KEY (feed, at)
) @strict@;
