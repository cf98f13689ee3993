-- SPDX-License-Identifier: Apache-2.0
-- What is due by time, and telling others: leases of the clerk, webhooks with their deliveries, watch lists. Events are
-- read from the audit chain; nothing here is the truth about what happened.

-- Which process does a kind of work; another may take it over once it has ended.
CREATE TABLE lease (
	name   TEXT NOT NULL PRIMARY KEY,         -- 'clerk', 'clerk-slow'
	holder TEXT NOT NULL,                     -- random name of the process
	until  @int@ NOT NULL                     -- UTC ms
) @strict@;

-- Where somebody's events go.
CREATE TABLE webhook (
	id           @id@,
	org_id       @int@ NOT NULL,              -- whose it is; 0 = the operator of a service without accounts
	account_id   @int@ NOT NULL,              -- who made it: its roles and watch list count; 0 as above
	roles        @int@ NOT NULL,              -- the maker's roles then; what it may see is never more
	label        TEXT NOT NULL,
	url          TEXT NOT NULL,
	types        TEXT NOT NULL,               -- event types, separated by blanks; '' = all that it may see
	watch_only   @int@ NOT NULL CHECK (watch_only IN (0, 1)), -- only what touches the maker's watch list
	secret       TEXT NOT NULL,               -- 'whsec_...'; given out once, never shown or logged again
	secret_old   TEXT,                        -- signs too until secret_old_until (rotation)
	secret_old_until @int@,
	state        TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
	reason       TEXT NOT NULL,               -- why it is disabled; '' = none
	since_seq    @int@ NOT NULL,              -- events of audit rows after this one
	rev          @int@ NOT NULL,              -- counts its changes, from 1: the validator of If-Match
	created_at   @int@ NOT NULL,
	changed_at   @int@ NOT NULL,
	ok_at        @int@                        -- last delivery that was taken
) @strict@;
CREATE INDEX webhook_org ON webhook (org_id, id);

-- One event for one webhook. Made in the transaction that moves the cursor over the audit chain.
CREATE TABLE webhook_delivery (
	id         @id@,
	webhook_id @int@ NOT NULL REFERENCES webhook (id),
	seq        @int@ NOT NULL,                -- audit row of the event; negative = a test
	type       TEXT NOT NULL,                 -- event type
	state      TEXT NOT NULL CHECK (state IN ('due', 'done', 'failed')),
	tries      @int@ NOT NULL,                -- since it was made or replayed
	next_at    @int@ NOT NULL,                -- UTC ms of the next try, while due
	created_at @int@ NOT NULL,
	tried_at   @int@,                         -- the last try
	status     @int@,                         -- HTTP status of the last answer; NULL = none came
	took_ms    @int@,
	detail     TEXT NOT NULL,                 -- beginning of the answer, or why none came
	UNIQUE (webhook_id, seq)
) @strict@;
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at, id) WHERE state = 'due';
CREATE INDEX webhook_delivery_log ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_age ON webhook_delivery (created_at);

-- What a person follows.
CREATE TABLE watch (
	id         @id@,
	account_id @int@ NOT NULL,                -- 0 = the operator of a service without accounts
	org_id     @int@ NOT NULL,
	kind       TEXT NOT NULL CHECK (kind IN ('entry', 'model', 'manufacturer', 'catalogue')),
	subject    TEXT NOT NULL,                 -- scheme:public-id, model id as in addresses, 4 hex digits, ''
	ref_id     @int@,                         -- entry.id or model.id; NULL otherwise
	added_at   @int@ NOT NULL,
	UNIQUE (account_id, kind, subject)
) @strict@;

-- Up to where a person has looked at what changed.
CREATE TABLE watch_seen (
	account_id @int@ NOT NULL PRIMARY KEY,
	revision   @int@ NOT NULL,
	at         @int@ NOT NULL
) @strict@;
