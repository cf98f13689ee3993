-- SPDX-License-Identifier: Apache-2.0
-- What makes answers trustworthy: disputes, excerpts, contacts and settings (true from from_rev until to_rev, like
-- statements), call-outs, and who read the notice before an export or a campaign.

-- Settings of the repository that answers depend on; the newest value stands.
CREATE TABLE setting (
	id       @id@,
	name     TEXT NOT NULL,                   -- 'confirm_every', 'secas_sla', 'manufacturer_sla'
	value    @int@ NOT NULL,                  -- ms
	from_rev @int@ NOT NULL REFERENCES revision (id),
	to_rev   @int@
) @strict@;
CREATE UNIQUE INDEX setting_now ON setting (name) WHERE to_rev IS NULL;

-- Somebody doubts what is stated about the path of an entry, and SECAS has not settled it.
CREATE TABLE dispute (
	id         @id@,
	entry_id   @int@ NOT NULL REFERENCES entry (id),
	from_rev   @int@ NOT NULL REFERENCES revision (id),
	to_rev     @int@,
	callout_id @int@,                         -- the call-out it came from, or NULL
	reason     TEXT NOT NULL,
	opened_at  @int@ NOT NULL
) @strict@;
CREATE UNIQUE INDEX dispute_now ON dispute (entry_id) WHERE to_rev IS NULL;

-- Parts of release notes, one per entry and document.
CREATE TABLE excerpt (
	id            @id@,
	entry_id      @int@ NOT NULL REFERENCES entry (id),
	from_rev      @int@ NOT NULL REFERENCES revision (id),
	to_rev        @int@,
	text          TEXT NOT NULL,
	document      TEXT NOT NULL,
	document_date @int@,                      -- UTC ms at midnight, or NULL
	sha256        TEXT NOT NULL,              -- of the document, 64 upper hex digits, or ''
	owner         TEXT NOT NULL
) @strict@;
CREATE UNIQUE INDEX excerpt_now ON excerpt (entry_id, document) WHERE to_rev IS NULL;

-- Who can help: with one entry, or with all of a manufacturer code.
CREATE TABLE contact (
	id           @id@,
	entry_id     @int@ REFERENCES entry (id),
	manufacturer TEXT,                        -- 4 upper hex digits, or NULL
	from_rev     @int@ NOT NULL REFERENCES revision (id),
	to_rev       @int@,
	name         TEXT NOT NULL,
	email        TEXT NOT NULL,
	phone        TEXT NOT NULL,
	url          TEXT NOT NULL,
	hours        TEXT NOT NULL,
	CHECK ((entry_id IS NULL) <> (manufacturer IS NULL))
) @strict@;
CREATE UNIQUE INDEX contact_entry_now ON contact (entry_id) WHERE to_rev IS NULL AND entry_id IS NOT NULL;
CREATE UNIQUE INDEX contact_code_now ON contact (manufacturer) WHERE to_rev IS NULL AND manufacturer IS NOT NULL;

-- A missing, wrong, stale or unobtainable path, reported by somebody. account_id and org_id: 0 = the local operator.
CREATE TABLE callout (
	id          @id@,
	kind        TEXT NOT NULL CHECK (kind IN ('missing', 'wrong', 'stale', 'unobtainable')),
	entry_id    @int@ NOT NULL REFERENCES entry (id), -- what it is about (the target of a pair)
	from_id     @int@ REFERENCES entry (id),  -- the start of a pair, or NULL
	manufacturer TEXT NOT NULL,               -- code of the entry's manufacturer: who answers
	text        TEXT NOT NULL,
	account_id  @int@ NOT NULL,
	org_id      @int@ NOT NULL,
	who         TEXT NOT NULL,                -- name of the reporter, never public
	state       TEXT NOT NULL CHECK (state IN ('open', 'with-manufacturer', 'answered', 'closed', 'rejected')),
	opened_at   @int@ NOT NULL,
	stage_at    @int@ NOT NULL,               -- when the state began
	due_at      @int@,                        -- when the state must have ended; NULL in the last ones
	told        @int@ NOT NULL,               -- percent of the clock that was told already: 0, 50, 80, 100
	closed_at   @int@,
	answer_kind  TEXT,                        -- what the manufacturer stated: 'bases', 'none', 'any' or NULL
	answer_bases TEXT,                        -- of kind 'bases': Entry IDs with blanks between
	proposal_id @int@                         -- the proposal that came of it, or NULL
) @strict@;
CREATE INDEX callout_state ON callout (state, id);
CREATE INDEX callout_entry ON callout (entry_id, id);

CREATE TABLE callout_message (
	id         @id@,
	callout_id @int@ NOT NULL REFERENCES callout (id),
	at         @int@ NOT NULL,
	who        TEXT NOT NULL,
	party      TEXT NOT NULL CHECK (party IN ('reporter', 'secas', 'manufacturer')),
	state      TEXT NOT NULL,                 -- of the call-out behind this message
	text       TEXT NOT NULL
) @strict@;
CREATE INDEX callout_message_callout ON callout_message (callout_id, id);

-- How each stage of each queue ended: what service levels are counted from.
CREATE TABLE service_stage (
	id         @id@,
	queue      TEXT NOT NULL,                 -- 'callouts-secas', 'callouts-manufacturer'
	subject_id @int@ NOT NULL,
	began_at   @int@ NOT NULL,
	due_at     @int@ NOT NULL,
	ended_at   @int@ NOT NULL
) @strict@;
CREATE INDEX service_stage_queue ON service_stage (queue, ended_at);

-- Who said before an export or a campaign that the notice was read, and at which revision.
CREATE TABLE notice_tick (
	id         @id@,
	at         @int@ NOT NULL,
	who        TEXT NOT NULL,
	account_id @int@ NOT NULL,
	org_id     @int@ NOT NULL,
	what       TEXT NOT NULL,                 -- 'export/fir', 'campaign/7'
	revision   @int@ NOT NULL
) @strict@;
CREATE INDEX notice_tick_account ON notice_tick (account_id, what, revision);
