-- SPDX-License-Identifier: Apache-2.0
-- GB smart meters behind the DCC (doc/adr/0010-meters.md). A HAN is a site, each of its devices a device. EUI-64s are kept as
-- signed 64-bit integers. Times UTC ms.

CREATE TABLE meter (
	device_id    @int@ NOT NULL PRIMARY KEY REFERENCES device (id),
	site_id      @int@ NOT NULL REFERENCES site (id), -- as of its device
	eui          @int@ NOT NULL,
	shard        @int@ NOT NULL,               -- 0 to 63
	class        TEXT NOT NULL CHECK (class IN ('ESME', 'GSME', 'GPF', 'CHF', 'HCALCS', 'PPMID', 'IHD', 'CAD')),
	variant      TEXT NOT NULL DEFAULT '',     -- ESMEVariant
	han_variant  TEXT NOT NULL DEFAULT '',     -- 'Single Band', ...; '' = not said
	smets        TEXT NOT NULL DEFAULT '',     -- 'SMETS1', 'SMETS2', '' = not said
	status       TEXT NOT NULL DEFAULT '',     -- DeviceStatus of the inventory; '' = not said
	hub_eui      @int@,                        -- CHF of its HAN; NULL = not known
	mpxn         TEXT NOT NULL DEFAULT '',
	uprn         TEXT NOT NULL DEFAULT '',
	region       TEXT NOT NULL DEFAULT '',     -- CSPRegion
	-- What we may do.
	authority    TEXT NOT NULL DEFAULT 'held' CHECK (authority IN ('held', 'lost')),
	authority_why TEXT NOT NULL DEFAULT '',
	quarantine   TEXT NOT NULL DEFAULT '',     -- why nothing is pushed until somebody looks; '' = nothing
	-- What was said and when.
	counter      @int@ NOT NULL DEFAULT 0,     -- of the last RequestID to it
	heard        @int@ NOT NULL DEFAULT 0,     -- highest counter of its own alerts
	inventory_at @int@,                        -- the inventory (8.2 or a list) was read last
	version_at   @int@,                        -- it said its version itself (11.2) last
	wish         TEXT NOT NULL DEFAULT '',     -- 'read-version', 'read-inventory', 'cancel-activation': asked for by a person
	wish_at      @int@,                        -- when it is done; NULL = nothing is wished
	wish_counter @int@ NOT NULL DEFAULT 0,     -- of the request that does it; 0 = not sent
	wish_tries   @int@ NOT NULL DEFAULT 0
) @strict@;
CREATE INDEX meter_eui ON meter (eui);
CREATE INDEX meter_site ON meter (site_id);
CREATE INDEX meter_hub ON meter (hub_eui) WHERE hub_eui IS NOT NULL;
CREATE INDEX meter_wish ON meter (shard, wish_at) WHERE wish_at IS NOT NULL;

-- What another device of the HAN must run before a device may be moved.
CREATE TABLE han_rule (
	id          @id@,
	name        TEXT NOT NULL UNIQUE,
	applies_class TEXT NOT NULL,               -- class of the device that is to be moved; '' = any
	applies_id  @int@ REFERENCES entry (id),   -- only when it is moved to this entry; NULL = to any
	needs_class TEXT NOT NULL,                 -- class that must fulfil it: 'CHF', 'ESME', ...
	needs_gbcs  TEXT NOT NULL DEFAULT '',      -- at least this GBCS version in its CPL entry; '' = not asked
	needs_ids   TEXT NOT NULL DEFAULT '',      -- or one of these entries: Entry IDs with commas; '' = not asked
	source      TEXT NOT NULL,                 -- who says so: release note, letter, code section
	stated_by   TEXT NOT NULL,
	stated_at   @int@ NOT NULL
) @strict@;

-- Users of the DCC as the configuration names them, and what is kept for them.
CREATE TABLE dcc_user (
	eui         @int@ NOT NULL PRIMARY KEY,
	org_id      @int@,                         -- whose devices it speaks for; NULL = nobody's: the operator's own
	speaks      @int@ NOT NULL DEFAULT 1 CHECK (speaks IN (0, 1)), -- it stands in the configuration
	counter     @int@ NOT NULL DEFAULT 0,      -- of the last RequestID to the DCC
	held        TEXT NOT NULL DEFAULT '',      -- why nothing critical is sent (quarantine); '' = nothing
	held_at     @int@,
	day         @int@ NOT NULL DEFAULT 0,      -- days since 1970 (UTC) that the counts are of
	critical    @int@ NOT NULL DEFAULT 0,      -- critical commands sent on that day
	requests    @int@ NOT NULL DEFAULT 0       -- all requests of that day
) @strict@;
CREATE INDEX dcc_user_org ON dcc_user (org_id, eui) WHERE speaks = 1;

-- Who acts for which meters.
CREATE TABLE dcc_shard (
	n      @int@ NOT NULL PRIMARY KEY,
	node   TEXT,
	until  @int@ NOT NULL DEFAULT 0            -- its lease; a node holds nothing after it
) @strict@;
CREATE INDEX dcc_shard_node ON dcc_shard (node, n);
INSERT INTO dcc_shard (n) VALUES
	(0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20), (21),
	(22), (23), (24), (25), (26), (27), (28), (29), (30), (31), (32), (33), (34), (35), (36), (37), (38), (39), (40), (41), (42),
	(43), (44), (45), (46), (47), (48), (49), (50), (51), (52), (53), (54), (55), (56), (57), (58), (59), (60), (61), (62), (63);
CREATE TABLE dcc_node (
	node    TEXT NOT NULL PRIMARY KEY,
	seen_at @int@ NOT NULL
) @strict@;
CREATE INDEX dcc_node_seen ON dcc_node (seen_at);

-- One 11.1 or 11.4 with its list of devices.
CREATE TABLE distribution (
	id         @id@,
	user_eui   @int@ NOT NULL,
	entry_id   @int@ NOT NULL REFERENCES entry (id),
	service    TEXT NOT NULL CHECK (service IN ('11.1', '11.4')),
	counter    @int@ NOT NULL DEFAULT 0,
	state      TEXT NOT NULL CHECK (state IN ('sent', 'answered', 'lost')),
	devices    @int@ NOT NULL,
	node       TEXT NOT NULL,                  -- that sent it
	code       TEXT NOT NULL DEFAULT '',
	detail     TEXT NOT NULL DEFAULT '',
	due_at     @int@,                          -- the answer is awaited until then
	made_at    @int@ NOT NULL,
	answered_at @int@
) @strict@;
CREATE INDEX distribution_open ON distribution (due_at) WHERE state = 'sent';
CREATE INDEX distribution_counter ON distribution (user_eui, counter);
CREATE INDEX distribution_user ON distribution (user_eui, id);

-- One firmware job of a meter; model/meter_job.h has the states. At most one is open per meter.
CREATE TABLE meter_job (
	id          @id@,
	device_id   @int@ NOT NULL REFERENCES meter (device_id),
	shard       @int@ NOT NULL,
	user_eui    @int@ NOT NULL,
	cycle_id    @int@ NOT NULL REFERENCES cycle (id),
	seq         @int@ NOT NULL,                -- trigger of that walk
	from_id     @int@ NOT NULL REFERENCES entry (id),
	to_id       @int@ NOT NULL REFERENCES entry (id),
	service     TEXT NOT NULL CHECK (service IN ('11.1', '11.4')),
	state       TEXT NOT NULL,
	not_before  @int@ NOT NULL DEFAULT 0,      -- READY: not put into a distribution earlier
	dist_id     @int@ REFERENCES distribution (id),
	dist_counter @int@ NOT NULL DEFAULT 0,     -- RequestID counters of its newest requests; 0 = none
	command_counter @int@ NOT NULL DEFAULT 0,  -- 11.3
	read_counter @int@ NOT NULL DEFAULT 0,     -- 11.2
	activate_at @int@,                         -- ExecutionDateTime that was asked for; NULL = at once
	told        TEXT NOT NULL DEFAULT '',      -- outcome as CS06 or an alert told it: 'success', 'no-image', 'hash', 'failed'; '' = nothing
	reason      TEXT NOT NULL DEFAULT '',      -- stable word when it ended badly, or why it waits
	detail      TEXT NOT NULL DEFAULT '',
	tries       @int@ NOT NULL DEFAULT 0,      -- of the watchdog in this state
	moves       @int@ NOT NULL DEFAULT 0,
	activations @int@ NOT NULL DEFAULT 0,      -- 11.3 that were sent
	due_at      @int@,                         -- something is to be done; NULL = it waits for the DCC without limit
	state_at    @int@ NOT NULL,
	made_at     @int@ NOT NULL,
	ended_at    @int@
) @strict@;
CREATE UNIQUE INDEX meter_job_open ON meter_job (device_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX meter_job_cycle ON meter_job (cycle_id, seq);
CREATE INDEX meter_job_due ON meter_job (shard, due_at) WHERE due_at IS NOT NULL AND state <> 'ready';
CREATE INDEX meter_job_ready ON meter_job (user_eui, to_id, service, shard, not_before, due_at) WHERE state = 'ready';
CREATE INDEX meter_job_dist ON meter_job (dist_id, id) WHERE ended_at IS NULL;
CREATE INDEX meter_job_device ON meter_job (device_id, id);

-- The story: what was said and done, one sentence each.
CREATE TABLE meter_event (
	id        @id@,
	device_id @int@ NOT NULL REFERENCES meter (device_id),
	job_id    @int@,
	at        @int@ NOT NULL,
	way       TEXT NOT NULL CHECK (way IN ('in', 'out', 'note')),
	what      TEXT NOT NULL,                   -- '11.3', 'N60', '8F72', 'CS06', 'job', ...
	ref       @int@ NOT NULL DEFAULT 0,        -- counter of the RequestID
	code      TEXT NOT NULL DEFAULT '',        -- 'I0', 'I99', 'E65', ...
	detail    TEXT NOT NULL                    -- a sentence
) @strict@;
CREATE INDEX meter_event_device ON meter_event (device_id, id);
CREATE INDEX meter_event_at ON meter_event (at, id);
