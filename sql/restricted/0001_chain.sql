-- SPDX-License-Identifier: Apache-2.0
-- The register of the Security Sub-Committee: a database of its own (restricted_db), which no query of the main store can
-- reach (T32). Every look at it is a row of its own audit chain.

CREATE TABLE meta (
	name  TEXT NOT NULL PRIMARY KEY,          -- 'restricted_schema'
	value TEXT NOT NULL
) @strict@;

-- As in the main store (store_ledger.c writes both).
CREATE TABLE audit (
	seq       @int@ NOT NULL PRIMARY KEY,
	at        @int@ NOT NULL,
	who       TEXT NOT NULL,
	why       TEXT NOT NULL,
	action    TEXT NOT NULL,                  -- 'radio-read', 'radio-write', 'note-read' ...
	subject   TEXT NOT NULL,                  -- 'entry/000123', 'register'
	before    TEXT,
	after     TEXT,
	revision  @int@,
	prev_hash TEXT NOT NULL,
	hash      TEXT NOT NULL,
	digest    TEXT
) @strict@;
