-- SPDX-License-Identifier: Apache-2.0
-- Edits by people: proposals with their approval, and the security lane.

-- In force since (a correction has an earlier date than its revision); the proposal that published it; of a block: its
-- name and whom it protects.
ALTER TABLE statement ADD COLUMN effective_on @int@;
ALTER TABLE statement ADD COLUMN proposal_id @int@;
ALTER TABLE statement ADD COLUMN name TEXT;
ALTER TABLE statement ADD COLUMN protects TEXT;

CREATE TABLE proposal (
	id            @id@,
	version       @int@ NOT NULL,             -- counts its changes: the ETag
	state         TEXT NOT NULL CHECK (state IN ('draft', 'open', 'approved', 'published', 'returned', 'withdrawn',
			'rejected', 'stale')),
	title         TEXT NOT NULL,
	reason        TEXT NOT NULL CHECK (reason <> ''),
	items         TEXT NOT NULL,              -- JSON array, canonical
	hash          TEXT NOT NULL,              -- SHA-256 over the canonical content: title, reason, dates, items
	effective_on  @int@,                      -- UTC ms at midnight; NULL = when it is published
	embargo_until @int@,                      -- UTC ms at midnight; not published and shown to few before
	author_id     @int@ NOT NULL,             -- account
	author        TEXT NOT NULL,
	org_id        @int@ NOT NULL,             -- organisation of the author, 0 = none
	org           TEXT NOT NULL,
	base_rev      @int@ NOT NULL,             -- the revision its author looked at
	created_at    @int@ NOT NULL,
	changed_at    @int@ NOT NULL,
	waiting_since @int@,                      -- when it was opened last
	approver_id   @int@,
	approver      TEXT,
	approved_at   @int@,
	approved_hash TEXT,                       -- what was approved
	approve_why   TEXT,
	publish_at    @int@,                      -- approved: not before this
	revision      @int@,                      -- published: the revision it made
	ended_at      @int@,
	ended_by      TEXT,
	ended_why     TEXT,
	-- T07: two persons, and the content that was approved.
	CHECK (approver_id IS NULL OR approver_id <> author_id),
	CHECK (approved_hash IS NULL OR approved_hash = hash),
	CHECK (state NOT IN ('approved', 'published')
		OR (approver_id IS NOT NULL AND approved_hash IS NOT NULL AND publish_at IS NOT NULL)),
	CHECK (state = 'published' OR revision IS NULL)
) @strict@;
CREATE INDEX proposal_state ON proposal (state, id);
CREATE INDEX proposal_author ON proposal (author_id, id);
CREATE INDEX proposal_due ON proposal (publish_at, id) WHERE state = 'approved';

-- The entries that a proposal is about (base 0) and names as bases (base 1).
CREATE TABLE proposal_entry (
	proposal_id @int@ NOT NULL REFERENCES proposal (id),
	entry_id    @int@ NOT NULL REFERENCES entry (id),
	base        @int@ NOT NULL CHECK (base IN (0, 1)),
	PRIMARY KEY (proposal_id, entry_id, base)
) @strict@;
CREATE INDEX proposal_entry_entry ON proposal_entry (entry_id, proposal_id);

-- The security lane: blocked at once by one person, looked at by a second one.
CREATE TABLE urgent_block (
	id           @id@,
	state        TEXT NOT NULL CHECK (state IN ('waiting', 'ratified', 'lifted')),
	statement_id @int@ NOT NULL REFERENCES statement (id),
	entry_id     @int@ NOT NULL REFERENCES entry (id),
	by_id        @int@ NOT NULL,              -- account
	by_name      TEXT NOT NULL,
	at           @int@ NOT NULL,
	reason       TEXT NOT NULL CHECK (reason <> ''),
	revision     @int@ NOT NULL,
	second_due   @int@ NOT NULL,
	told_at      @int@,                       -- when it was said that the second person is late
	second_id    @int@,
	second_name  TEXT,
	second_at    @int@,
	second_why   TEXT,
	lifted_rev   @int@,
	CHECK (state <> 'ratified' OR (second_id IS NOT NULL AND second_id <> by_id)),
	CHECK (state = 'lifted' OR lifted_rev IS NULL)
) @strict@;
CREATE INDEX urgent_block_state ON urgent_block (state, second_due);
