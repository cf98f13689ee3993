-- SPDX-License-Identifier: Apache-2.0
-- What people decide about imports, and what is known of the place that publishes the CPL.

-- Accepting a held import, undoing an applied one and resetting the high-water mark (the version and date that the next
-- list may not be behind) take two persons. A row is opened by the first and closed by the second; this machine's own
-- operator, who has no account, does both at once.
CREATE TABLE feed_decision (
	id          @id@,
	import_id   @int@ NOT NULL REFERENCES feed_import (id),
	act         TEXT NOT NULL CHECK (act IN ('accept', 'undo', 'reset')),
	state       TEXT NOT NULL CHECK (state IN ('proposed', 'done', 'dropped')),
	report_hash TEXT NOT NULL,                -- SHA-256 of the import's report: what was looked at
	first_id    @int@,                        -- account; NULL = this machine's operator
	first_who   TEXT NOT NULL,
	first_why   TEXT NOT NULL,
	first_at    @int@ NOT NULL,
	second_id   @int@,
	second_who  TEXT,
	second_why  TEXT,
	second_at   @int@,
	revision    @int@,                        -- the revision it made, or for a reset the newest one
	CHECK (second_id IS NULL OR second_id <> first_id)
) @strict@;
CREATE UNIQUE INDEX feed_decision_open ON feed_decision (import_id, act) WHERE state = 'proposed';
CREATE INDEX feed_decision_import ON feed_decision (import_id, id);

-- The last visit to a publisher. Validators are kept only while what they stand for is what stands.
CREATE TABLE feed_visit (
	feed          TEXT NOT NULL PRIMARY KEY,  -- 'cpl'
	url           TEXT NOT NULL,
	etag          TEXT NOT NULL,              -- '' = none
	last_modified TEXT NOT NULL,              -- '' = none
	tried_at      @int@ NOT NULL,             -- UTC ms
	good_at       @int@,                      -- when it last confirmed what stands, UTC ms
	result        TEXT NOT NULL,              -- 'applied', 'unchanged', 'not-modified', 'held', or the code of an error
	detail        TEXT NOT NULL,              -- a sentence for an error, '' = none
	since         @int@ NOT NULL,             -- since when it has been going so, UTC ms
	fails         @int@ NOT NULL,             -- failures in a row
	n_applied     @int@ NOT NULL,             -- visits by their result, ever
	n_unchanged   @int@ NOT NULL,
	n_held        @int@ NOT NULL,
	n_failed      @int@ NOT NULL,
	import_id     @int@ REFERENCES feed_import (id) -- the list that stood at the end of it
) @strict@;
