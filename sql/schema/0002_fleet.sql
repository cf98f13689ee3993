-- SPDX-License-Identifier: Apache-2.0
-- The fleet and its walks. Rows here are current state (unlike the catalogue); what happened stays in cycle_event and
-- in the audit chain. Counters are kept by the writer, so that pages never count rows.

-- What moves as one transaction: a vehicle, a station with its components, a premises. Most hold one device.
CREATE TABLE site (
	id       @id@,
	name     TEXT NOT NULL UNIQUE,
	added_at @int@ NOT NULL                   -- UTC ms
) @strict@;

-- One updatable thing. The identity is what the device itself reported last; until it has reported, what the inventory
-- (device import) says. Only a known entry is ever pushed from.
CREATE TABLE device (
	id            @id@,
	name          TEXT NOT NULL UNIQUE,
	site_id       @int@ NOT NULL REFERENCES site (id),
	adapter       TEXT NOT NULL,              -- the protocol: a name from wire/adapters.c
	address       TEXT,                       -- where the adapter reaches it; NULL when it calls us
	scheme        TEXT NOT NULL,              -- 'cpl'
	manufacturer  TEXT,                       -- CPL: 4 upper hex digits
	model         TEXT,                       -- CPL: 4 upper hex digits
	hardware      TEXT,                       -- CPL: 4 upper hex digits
	version       TEXT,                       -- CPL: 8 upper hex digits
	hash          TEXT,                       -- SHA-256 of the software it runs, if it said so; 64 upper hex digits
	told_by       TEXT NOT NULL CHECK (told_by IN ('nobody', 'inventory', 'device')),
	hint_entry_id @int@ REFERENCES entry (id), -- which of several fitting entries it is, as an operator stated
	entry_id      @int@ REFERENCES entry (id), -- what it runs; NULL = never pushed
	entry_why     TEXT NOT NULL CHECK (entry_why IN ('known', 'not-reported', 'unknown', 'ambiguous', 'hash-differs')),
	state         TEXT,                       -- state of its update manager as last reported
	mark          TEXT,                       -- digest of the last status that was recorded
	boots         @int@ NOT NULL DEFAULT 0,   -- restarts it counted itself
	progress      @int@,                      -- 0-100 of what it is doing now
	step          TEXT,                       -- what it is doing now
	last_seen     @int@,                      -- UTC ms
	life          TEXT NOT NULL CHECK (life IN ('new', 'ok', 'lost')),
	added_at      @int@ NOT NULL
) @strict@;
CREATE INDEX device_site ON device (site_id);
CREATE INDEX device_entry ON device (entry_id, id);
CREATE INDEX device_identity ON device (scheme, manufacturer, model, hardware, version, hash);
CREATE INDEX device_life ON device (last_seen) WHERE life = 'ok';

-- Many sites, one policy.
CREATE TABLE campaign (
	id         @id@,
	name       TEXT NOT NULL UNIQUE,
	state      TEXT NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'halted', 'stopped', 'done')),
	reason     TEXT NOT NULL,                 -- why it is halted or stopped; '' = none
	target     TEXT NOT NULL,                 -- 'latest' or scheme:public-id
	target_id  @int@ REFERENCES entry (id),   -- NULL = latest
	prefer     TEXT NOT NULL,                 -- 'hops', 'time', 'bytes', 'restarts'
	allow_removed @int@ NOT NULL CHECK (allow_removed IN (0, 1)),
	members    TEXT NOT NULL,                 -- JSON: the filter or list it was made from
	max_active @int@ NOT NULL CHECK (max_active > 0),
	stop_after @int@ NOT NULL CHECK (stop_after >= 0), -- failures that halt it; 0 = never
	forgiven   @int@ NOT NULL DEFAULT 0,      -- failures before the last resume: they do not halt it again
	revision   @int@ NOT NULL,                -- catalogue revision its plans were made at
	n_total    @int@ NOT NULL DEFAULT 0,
	n_queued   @int@ NOT NULL DEFAULT 0,
	n_active   @int@ NOT NULL DEFAULT 0,
	n_held     @int@ NOT NULL DEFAULT 0,
	n_done     @int@ NOT NULL DEFAULT 0,
	n_failed   @int@ NOT NULL DEFAULT 0,
	n_refused  @int@ NOT NULL DEFAULT 0,
	n_stopped  @int@ NOT NULL DEFAULT 0,
	n_hops     @int@ NOT NULL DEFAULT 0,      -- hops confirmed by their devices
	n_events   @int@ NOT NULL DEFAULT 0,      -- rows of cycle_event, numbers the stream
	created_by TEXT NOT NULL,
	created_at @int@ NOT NULL,
	started_at @int@,
	changed_at @int@ NOT NULL,
	ended_at   @int@,
	once_key   TEXT UNIQUE,                   -- Idempotency-Key of the request that made it
	once_hash  TEXT                           -- SHA-256 of that request's body
) @strict@;
CREATE INDEX campaign_live ON campaign (id) WHERE ended_at IS NULL;

-- The hops from one entry to the campaign's target at one revision, shared by all devices that start there.
CREATE TABLE plan (
	id          @id@,
	campaign_id @int@ NOT NULL REFERENCES campaign (id),
	start_id    @int@ NOT NULL REFERENCES entry (id),
	target_id   @int@ REFERENCES entry (id),  -- the entry found for latest; NULL when there is no path
	revision    @int@ NOT NULL,
	reason      TEXT NOT NULL,                -- '' = walkable; else why not: 'already', 'no-path:unknown', 'no-image:000123' ...
	detail      TEXT NOT NULL,                -- a sentence for it
	nhops       @int@ NOT NULL,
	made_at     @int@ NOT NULL,
	UNIQUE (campaign_id, start_id)
) @strict@;

CREATE TABLE plan_hop (
	plan_id  @int@ NOT NULL REFERENCES plan (id),
	n        @int@ NOT NULL,                  -- 1, 2, 3 ...
	base_id  @int@ NOT NULL REFERENCES entry (id),
	entry_id @int@ NOT NULL REFERENCES entry (id),
	together @int@ NOT NULL CHECK (together IN (0, 1)), -- the next hop must follow at once (a fragment)
	PRIMARY KEY (plan_id, n)
) @strict@;

-- One walk of a site (so far: of its one device) through the Configuration Manager's chart.
CREATE TABLE cycle (
	id          @id@,
	campaign_id @int@ NOT NULL REFERENCES campaign (id),
	site_id     @int@ NOT NULL REFERENCES site (id),
	device_id   @int@ NOT NULL REFERENCES device (id),
	phase       TEXT NOT NULL CHECK (phase IN ('queued', 'active', 'held', 'done', 'failed', 'refused', 'stopped')),
	reason      TEXT NOT NULL,                -- stable word for held, failed, refused, stopped; '' = none
	detail      TEXT NOT NULL,                -- a sentence for it
	cm          TEXT NOT NULL,                -- state of the chart: model/cm_states.c
	plan_id     @int@ REFERENCES plan (id),
	start_id    @int@ REFERENCES entry (id),  -- where the whole walk began
	hop         @int@ NOT NULL DEFAULT 0,     -- number of the hop being walked, counted over the whole walk; 0 = none yet
	hops_done   @int@ NOT NULL DEFAULT 0,
	from_id     @int@ REFERENCES entry (id),  -- the hop being walked
	to_id       @int@ REFERENCES entry (id),
	together    @int@ NOT NULL DEFAULT 0 CHECK (together IN (0, 1)),
	seq         @int@ NOT NULL DEFAULT 0,     -- number of the newest command; with the id it is the command id
	trigger_seq @int@ NOT NULL DEFAULT 0,     -- number of the newest trigger
	boots       @int@ NOT NULL DEFAULT 0,     -- restarts the device had counted when the restart was sent
	ending      TEXT CHECK (ending IN ('queued', 'held', 'failed', 'stopped')), -- how it ends once the device is in NO; NULL = goes on
	command     TEXT,                         -- the pending command: model/bbum_states.h; NULL = none
	tries       @int@ NOT NULL DEFAULT 0,     -- triggers of this hop
	refusals    @int@ NOT NULL DEFAULT 0,     -- requests in a row that were refused or not answered
	due_at      @int@,                        -- when silence or back-off ends, UTC ms
	started_at  @int@,
	changed_at  @int@ NOT NULL,
	ended_at    @int@,
	UNIQUE (campaign_id, device_id)
) @strict@;
CREATE INDEX cycle_campaign ON cycle (campaign_id, id);
CREATE INDEX cycle_claim ON cycle (campaign_id, id) WHERE phase = 'queued';
CREATE INDEX cycle_phase ON cycle (campaign_id, phase, id);
CREATE UNIQUE INDEX cycle_one_active ON cycle (device_id) WHERE phase = 'active';
CREATE INDEX cycle_due ON cycle (due_at, id) WHERE phase = 'active';
CREATE INDEX cycle_device ON cycle (device_id, id);
CREATE INDEX cycle_ended ON cycle (campaign_id, ended_at);

-- The story of a walk, one row per move; written in the same transaction as the move.
CREATE TABLE cycle_event (
	campaign_id @int@ NOT NULL REFERENCES campaign (id),
	n           @int@ NOT NULL,               -- 1, 2, 3 ... within the campaign: where the event stream goes on from
	cycle_id    @int@ NOT NULL REFERENCES cycle (id),
	at          @int@ NOT NULL,
	hop         @int@ NOT NULL,
	event       TEXT NOT NULL,                -- what happened: model/cm_states.c, or 'hop-done', 'held' ...
	was         TEXT NOT NULL,                -- state before
	now         TEXT NOT NULL,                -- state after
	command     TEXT,                         -- id of the command that was sent by this move
	from_id     @int@ REFERENCES entry (id),
	to_id       @int@ REFERENCES entry (id),
	detail      TEXT NOT NULL,
	PRIMARY KEY (campaign_id, n)
) @strict@;
CREATE INDEX cycle_event_cycle ON cycle_event (cycle_id, n);
