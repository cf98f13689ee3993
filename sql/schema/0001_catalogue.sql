-- SPDX-License-Identifier: Apache-2.0
-- The catalogue: an append-only ledger of entries and statements. A row of *_state is true from from_rev until to_rev
-- (exclusive; NULL = it stands). "As at revision R" is from_rev <= R AND (to_rev IS NULL OR to_rev > R).
-- Words between @ differ per engine: @id@ (autonumbered key), @int@ (64-bit integer), @strict@.

-- Settings and counters of the store itself ('epoch', 'schema', ...).
CREATE TABLE meta (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) @strict@;

-- One row per state of the catalogue; every change makes one.
CREATE TABLE revision (
	id   @int@ NOT NULL PRIMARY KEY,          -- 1, 2, 3 ... without gaps
	at   @int@ NOT NULL,                      -- UTC ms; never goes back, even when the clock does
	kind TEXT NOT NULL,                       -- 'import-cpl', 'import-statements', ...
	who  TEXT NOT NULL,
	why  TEXT NOT NULL
) @strict@;
CREATE INDEX revision_at ON revision (at, id);

-- Hash-chained audit: hash = SHA-256 over the columns seq to prev_hash in this order, each written as "length:text," and
-- NULL as "-,"; numbers are decimal.
CREATE TABLE audit (
	seq       @int@ NOT NULL PRIMARY KEY,     -- 1, 2, 3 ... without gaps
	at        @int@ NOT NULL,
	who       TEXT NOT NULL,
	why       TEXT NOT NULL,
	action    TEXT NOT NULL,                  -- 'import-cpl', 'campaign-start', ...
	subject   TEXT NOT NULL,                  -- 'cpl/2.051', 'campaign/7', ...
	before    TEXT,                           -- JSON or NULL
	after     TEXT,                           -- JSON or NULL
	revision  @int@,                          -- the revision made, if one was
	prev_hash TEXT NOT NULL,                  -- 64 hex digits, the first row has 64 zeros
	hash      TEXT NOT NULL
) @strict@;

-- A hardware identity.
CREATE TABLE model (
	id           @id@,
	scheme       TEXT NOT NULL,               -- 'cpl', 'ocpp', 'bb'
	manufacturer TEXT NOT NULL,               -- CPL: 4 upper hex digits
	model        TEXT NOT NULL,               -- CPL: 4 upper hex digits
	hardware     TEXT NOT NULL,               -- CPL: 4 upper hex digits, version then revision
	UNIQUE (scheme, manufacturer, model, hardware)
) @strict@;

-- The lasting identity of an entry; everything that can change is in entry_state.
CREATE TABLE entry (
	id        @id@,
	scheme    TEXT NOT NULL,
	public_id TEXT NOT NULL,                  -- '000123' (scheme cpl), else the text after 'scheme:'
	ord       @int@ NOT NULL,                 -- catalogue order; CPL: the Entry ID as a number
	UNIQUE (scheme, public_id)
) @strict@;

CREATE TABLE entry_state (
	id          @id@,
	entry_id    @int@ NOT NULL REFERENCES entry (id),
	from_rev    @int@ NOT NULL REFERENCES revision (id),
	to_rev      @int@,
	model_id    @int@ NOT NULL REFERENCES model (id),
	status      @int@ NOT NULL CHECK (status IN (0, 1)), -- 0 Current, 1 Removed
	version     TEXT NOT NULL,                -- canonical firmware version; CPL: 8 upper hex digits
	image_hash  TEXT,                         -- canonical SHA-256, 64 upper hex digits, or NULL
	cpa_kind    TEXT,                         -- 'E', 'R' or NULL
	cpa_until   @int@,                        -- UTC ms at midnight, or NULL
	-- The text of the columns of the source as it was written (hex without colons, otherwise unchanged); NULL = the
	-- source so far had no such column. CPL order; the first twelve are those of the CSV without its version column.
	c_number TEXT NOT NULL, c_status TEXT NOT NULL, c_type TEXT, c_manufacturer TEXT, c_model TEXT,
	c_hw_version TEXT, c_hw_revision TEXT, c_model_hw TEXT, c_firmware TEXT, c_smets TEXT, c_gbcs TEXT, c_hash TEXT,
	c_cpa_id TEXT, c_cpa_version TEXT, c_cpa_expiry TEXT, c_dlms_id TEXT, c_dlms_version TEXT,
	c_zse_id TEXT, c_zse_version TEXT, c_image_creator TEXT, c_image_descriptor TEXT
) @strict@;
CREATE UNIQUE INDEX entry_state_now ON entry_state (entry_id) WHERE to_rev IS NULL;
CREATE INDEX entry_state_entry ON entry_state (entry_id, from_rev);

-- Figures of an entry that path preferences use; absent = not known.
CREATE TABLE entry_figure (
	entry_id @int@ NOT NULL PRIMARY KEY REFERENCES entry (id),
	bytes    @int@,                           -- size of the image
	seconds  @int@,                           -- time an installation takes
	restarts @int@                            -- restarts an installation needs
) @strict@;

-- What somebody authorised says about an entry.
CREATE TABLE statement (
	id           @id@,
	entry_id     @int@ NOT NULL REFERENCES entry (id),
	from_rev     @int@ NOT NULL REFERENCES revision (id),
	to_rev       @int@,
	kind         TEXT NOT NULL CHECK (kind IN ('bases', 'none', 'any', 'floor', 'block')),
	source       TEXT NOT NULL CHECK (source IN ('manufacturer', 'secas', 'supplier', 'inferred')),
	author       TEXT NOT NULL,
	stated_on    @int@,                       -- UTC ms at midnight, or NULL
	confirmed_on @int@,                       -- UTC ms at midnight, or NULL
	excerpt      TEXT,                        -- release-note excerpt, or the message of a block
	reference    TEXT                         -- document or link
) @strict@;
CREATE INDEX statement_entry ON statement (entry_id, from_rev);
CREATE UNIQUE INDEX statement_path_now ON statement (entry_id) WHERE to_rev IS NULL AND kind IN ('bases', 'none', 'any');

CREATE TABLE statement_base (
	statement_id @int@ NOT NULL REFERENCES statement (id),
	n            @int@ NOT NULL,              -- order as written, from 1
	base_id      @int@ NOT NULL REFERENCES entry (id),
	PRIMARY KEY (statement_id, n)
) @strict@;

-- Every feed file that was looked at: applied, held by a gate, refused, or found to change nothing.
CREATE TABLE feed_import (
	id           @id@,
	feed         TEXT NOT NULL CHECK (feed IN ('cpl', 'statements')),
	at           @int@ NOT NULL,
	who          TEXT NOT NULL,
	file_name    TEXT NOT NULL,
	file_hash    TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('applied', 'unchanged', 'held', 'accepted', 'rejected')),
	version_text TEXT,                        -- CPL: 'Version 2.051 Issued on 21-09-2022'
	version      TEXT,                        -- CPL: '2.051'
	issued_on    @int@,
	rows         @int@ NOT NULL,
	revision     @int@,                       -- the revision it made
	report       TEXT NOT NULL,               -- JSON: the diff, gate results, warnings
	staged       TEXT                         -- held imports only: the normalised rows, NDJSON
) @strict@;
