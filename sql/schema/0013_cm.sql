-- SPDX-License-Identifier: Apache-2.0
-- Vehicles and their Building Blocks as the Configuration Manager moves them (model/site.h), and its log. Current state; what
-- happened is in cm_log and in the audit chain.

-- A site that is moved as a whole.
CREATE TABLE vehicle (
	site_id      @int@ PRIMARY KEY REFERENCES site (id),
	type_id      TEXT NOT NULL,                -- UUID, lower case: Vehicle Configurations of another do not fit
	running      @int@ NOT NULL CHECK (running IN (0, 1)), -- start/stop, kept over restarts (E7)
	mode         TEXT NOT NULL,                -- site_mode_text[]
	state        TEXT NOT NULL,                -- site_state_text[]
	wait         TEXT NOT NULL,                -- site_wait_text[]
	prompt       TEXT NOT NULL,                -- site_prompt_text[]
	prompt_why   TEXT NOT NULL,                -- its sentence
	prompt_seq   @int@ NOT NULL,               -- counts prompts
	seq          @int@ NOT NULL,               -- newest command number: command ids are site_id-seq
	due_at       @int@,                        -- when it wants to be called again, UTC ms
	requests     @int@ NOT NULL,               -- repetitions of a rejected request
	triggers     @int@ NOT NULL,               -- repetitions of a failed installation
	wave         @int@ NOT NULL,               -- Packages are served up to this wave
	rolling_back @int@ NOT NULL CHECK (rolling_back IN (0, 1)),
	updating     @int@ NOT NULL CHECK (updating IN (0, 1)),
	cancelled    @int@ NOT NULL CHECK (cancelled IN (0, 1)),
	sync_update  @int@ NOT NULL CHECK (sync_update IN (0, 1)),
	resyncs      @int@ NOT NULL,
	active_vc    @int@ REFERENCES vc (id),     -- NULL = none yet
	previous_vc  @int@ REFERENCES vc (id),     -- what a rollback goes back to
	blocks       @int@ NOT NULL,               -- rows of building_block
	lost         @int@ NOT NULL,               -- of these, how many are silent
	extended     @int@ NOT NULL CHECK (extended IN (0, 1)), -- log mode
	log_last     @int@ NOT NULL,               -- number of the newest line of cm_log
	changed_at   @int@ NOT NULL
) @strict@;
CREATE INDEX vehicle_due ON vehicle (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX vehicle_vc ON vehicle (active_vc);

-- The Building Blocks of the active Vehicle Configuration; n as in vc_bb.
CREATE TABLE building_block (
	site_id     @int@ NOT NULL REFERENCES vehicle (site_id),
	n           @int@ NOT NULL,               -- 1, 2, 3 ...
	device_id   @int@ NOT NULL UNIQUE REFERENCES device (id),
	type_id     TEXT NOT NULL,                -- UUID, lower case
	name        TEXT NOT NULL,                -- from the Vehicle Manifest
	wave        @int@ NOT NULL,               -- place in the update sequence, from 0
	manifest    TEXT NOT NULL,                -- name of the active Manifest
	want_hash   TEXT NOT NULL,                -- SHA-256 of its canonical form; '' = there is none
	known       @int@ NOT NULL CHECK (known IN (0, 1)),
	advised     @int@ NOT NULL CHECK (advised IN (0, 1)),
	lost        @int@ NOT NULL CHECK (lost IN (0, 1)),
	served      @int@ NOT NULL CHECK (served IN (0, 1)),
	packaged    @int@ NOT NULL CHECK (packaged IN (0, 1)),
	restarted   @int@ NOT NULL CHECK (restarted IN (0, 1)),
	command     TEXT NOT NULL,                -- pending: bbum_command_text[]
	last        TEXT NOT NULL,                -- kind of the newest command, also after its answer
	seq         @int@ NOT NULL,               -- its number
	trigger_seq @int@ NOT NULL,               -- of the newest trigger
	boots       @int@ NOT NULL,               -- restarts it had counted when the restart was sent
	asked_at    @int@,                        -- what it owes an answer to was sent then, UTC ms
	sent_at     @int@,                        -- the pending command was sent then, UTC ms
	response_ms @int@,                        -- how long its last answer took (E26)
	permit      TEXT NOT NULL CHECK (permit IN ('none', 'given', 'denied')),
	status      TEXT,                         -- JSON: its newest status message; NULL = nothing was heard
	PRIMARY KEY (site_id, n)
) @strict@;
CREATE INDEX building_block_asked ON building_block (asked_at) WHERE asked_at IS NOT NULL;

-- What the Configuration Manager did and heard (table H).
CREATE TABLE cm_log (
	site_id   @int@ NOT NULL REFERENCES vehicle (site_id),
	n         @int@ NOT NULL,                 -- 1, 2, 3 ... within the vehicle: where a stream goes on from
	at        @int@ NOT NULL,                 -- UTC ms
	event     TEXT NOT NULL,                  -- site_say_text[]
	extended  @int@ NOT NULL CHECK (extended IN (0, 1)), -- shown in the extended log only
	bb        @int@,                          -- n of the Building Block, NULL = the vehicle
	device_id @int@ REFERENCES device (id),
	text      TEXT NOT NULL,
	PRIMARY KEY (site_id, n)
) @strict@;

-- Of Building Blocks (scheme 'bb'), whose identity is a Type ID: UUID, lower case.
ALTER TABLE device ADD COLUMN type_id TEXT;
