-- SPDX-License-Identifier: Apache-2.0
-- Charging stations (doc/adr/0009-stations.md). A station is a site; what moves are the devices of that site, one per firmware
-- component. Times UTC ms.

CREATE TABLE station (
	site_id      @int@ NOT NULL PRIMARY KEY REFERENCES site (id),
	identity     TEXT NOT NULL UNIQUE,         -- last segment of its address; 48 characters at most
	org_id       @int@,                        -- as of its site
	-- How it may connect.
	profile      @int@ NOT NULL CHECK (profile IN (0, 1, 2, 3)), -- least security profile; 0 = none asked (tests, closed networks)
	salt         TEXT,                         -- 32 hex digits; NULL = no password
	secret       TEXT,                         -- SHA-256 over salt bytes and password bytes, 64 hex digits
	controller   @int@ REFERENCES site (id),   -- local controller that serves it images (PublishFirmware), NULL = none
	-- What the operator says of its place.
	area         TEXT NOT NULL DEFAULT '',     -- network area; '' = none
	timezone     TEXT NOT NULL DEFAULT 'UTC',  -- IANA name
	windows      TEXT NOT NULL DEFAULT '',     -- model/window.h; '' = always
	rejected_rule TEXT NOT NULL DEFAULT 'newest' CHECK (rejected_rule IN ('newest', 'always')), -- when the old request is refused
	version_rule TEXT NOT NULL DEFAULT '',     -- how this vendor writes several components into one string; '' = one
	-- What it said itself.
	protocol     TEXT,                         -- 'ocpp1.6', 'ocpp2.0.1', 'ocpp2.1' as of its last connection
	vendor       TEXT, model TEXT, serial TEXT, iccid TEXT, imsi TEXT,
	firmware     TEXT,                         -- BootNotification's text as it came; NULL = not said
	boot_reason  TEXT,
	boot_at      @int@,
	boots        @int@ NOT NULL DEFAULT 0,     -- BootNotifications accepted
	transfer     TEXT,                         -- FileTransferProtocols as it said, blanks between; NULL = not known
	signing      @int@ NOT NULL DEFAULT -1,    -- takes signed requests: 1 yes, 0 no, -1 not known
	components   @int@ NOT NULL DEFAULT -1,    -- answers GetFirmwareComponents: 1, 0, -1
	components_at @int@,                       -- when the list of components was read last
	version_at   @int@,                        -- when a version was last read
	-- What bars an update.
	quarantine   TEXT NOT NULL DEFAULT '',     -- why nothing is pushed until somebody looks; '' = nothing
	transactions @int@ NOT NULL DEFAULT 0,     -- open ones
	reservations @int@ NOT NULL DEFAULT 0,
	-- Its connection.
	node         TEXT,                         -- the service that holds it; NULL = not connected
	connected_at @int@,
	left_at      @int@,
	left_why     TEXT,
	request_id   @int@ NOT NULL DEFAULT 0,     -- last request id used; the first is 1
	message_id   @int@ NOT NULL DEFAULT 0,     -- highest number reserved for message ids (2.0.1: unique across connections)
	cert_serial  TEXT,                         -- serial that its client certificate must name (CN), as the operator said; NULL = none said
	change       @int@ NOT NULL,               -- number of the registration's last change: who keeps keys in memory reads on from there
	added_at     @int@ NOT NULL
) @strict@;
CREATE INDEX station_area ON station (area, site_id);
CREATE INDEX station_node ON station (node) WHERE node IS NOT NULL;
CREATE INDEX station_org ON station (org_id, site_id);
CREATE INDEX station_controller ON station (controller) WHERE controller IS NOT NULL;
CREATE INDEX station_change ON station (change);

-- Services that hold connections of stations: one that is not seen for longer than its lease holds none any more.
CREATE TABLE station_service (
	node    TEXT NOT NULL PRIMARY KEY,         -- as in station.node
	seen_at @int@ NOT NULL
) @strict@;
CREATE INDEX station_service_seen ON station_service (seen_at);

-- Identities that were removed, numbered together with station.change, so that no key outlives its station.
CREATE TABLE station_gone (
	change   @int@ NOT NULL PRIMARY KEY,
	identity TEXT NOT NULL,
	gone_at  @int@ NOT NULL
) @strict@;

-- What people asked a station to do; the node that holds its connection takes it. The same command is asked once until it ended.
CREATE TABLE station_wish (
	id       @id@,
	site_id  @int@ NOT NULL REFERENCES station (site_id),
	command  TEXT NOT NULL,                    -- 'read-components', 'reset', ...
	args     TEXT NOT NULL,                    -- JSON object as it was asked
	asked_by TEXT NOT NULL,
	asked_at @int@ NOT NULL,
	state    TEXT NOT NULL CHECK (state IN ('open', 'sent', 'done', 'failed')),
	answer   TEXT NOT NULL DEFAULT '',         -- what came of it, a sentence or a status
	sent_at  @int@,
	ended_at @int@
) @strict@;
CREATE UNIQUE INDEX station_wish_open ON station_wish (site_id, command) WHERE ended_at IS NULL;
CREATE INDEX station_wish_waiting ON station_wish (state, id) WHERE ended_at IS NULL;
CREATE INDEX station_wish_site ON station_wish (site_id, id);

-- Open transactions and reservations, so that a lost end can be told from a running one.
CREATE TABLE station_busy (
	site_id  @int@ NOT NULL REFERENCES station (site_id),
	kind     TEXT NOT NULL CHECK (kind IN ('transaction', 'reservation')),
	ref      TEXT NOT NULL,                    -- id as the station or firpath gave it
	evse     @int@,
	began_at @int@ NOT NULL,
	until_at @int@,                            -- of a reservation
	PRIMARY KEY (site_id, kind, ref)
) @strict@;

-- The list of components as reported, with history: a row stands from since until until_at (NULL = now).
CREATE TABLE station_component (
	id       @id@,
	site_id  @int@ NOT NULL REFERENCES station (site_id),
	device_id @int@ REFERENCES device (id),
	name     TEXT NOT NULL,
	version  TEXT NOT NULL,
	entry_id @int@ REFERENCES entry (id),      -- as identified when it was read
	source   TEXT NOT NULL CHECK (source IN ('boot', 'variable', 'components', 'rule')), -- where it was read
	document TEXT NOT NULL,                    -- FirmwareComponentType as RFC 8785 JSON, all members
	digest   TEXT NOT NULL,                    -- SHA-256 of document
	since    @int@ NOT NULL,
	until_at @int@
) @strict@;
CREATE UNIQUE INDEX station_component_now ON station_component (site_id, name) WHERE until_at IS NULL;
CREATE INDEX station_component_site ON station_component (site_id, id);

-- The audit trail of installations per component: hash = SHA-256(prev_hash bytes || record bytes); record is RFC 8785 JSON.
CREATE TABLE component_install (
	site_id   @int@ NOT NULL REFERENCES station (site_id),
	component TEXT NOT NULL,
	n         @int@ NOT NULL,                  -- 1, 2, 3 ...
	record    TEXT NOT NULL,
	prev_hash TEXT NOT NULL,                   -- 64 hex digits; zeros for the first
	hash      TEXT NOT NULL,
	PRIMARY KEY (site_id, component, n)
) @strict@;

-- One firmware job of a station. At most one is open per station and kind; model/ocpp_job.h has the states.
CREATE TABLE station_job (
	id          @id@,
	site_id     @int@ NOT NULL REFERENCES station (site_id),
	device_id   @int@ REFERENCES device (id),  -- lead component; NULL: no firmware of the station itself (log, publish)
	kind        TEXT NOT NULL CHECK (kind IN ('update', 'publish', 'unpublish', 'log')),
	cycle_id    @int@ REFERENCES cycle (id),   -- the walk it belongs to; NULL = asked for by a person
	seq         @int@ NOT NULL DEFAULT 0,      -- trigger of that walk
	request_id  @int@ NOT NULL,                -- requestId; 1.6 core: known to firpath only
	message     TEXT NOT NULL,                 -- action that was sent: 'UpdateFirmware', ...
	state       TEXT NOT NULL,                 -- model/ocpp_job.h
	from_id     @int@ REFERENCES entry (id),
	to_id       @int@ REFERENCES entry (id),
	components  TEXT,                          -- JSON: several components of one request, with a state each
	location    TEXT NOT NULL DEFAULT '',      -- where the station fetches it; without credentials
	tracking    TEXT NOT NULL DEFAULT '',      -- trackingId
	answer      TEXT NOT NULL DEFAULT '',      -- status of the answer, or 'error:CODE'
	reason      TEXT NOT NULL DEFAULT '',      -- stable word when it ended badly
	detail      TEXT NOT NULL DEFAULT '',
	events      TEXT NOT NULL DEFAULT '',      -- security events joined, JSON list
	log_file    TEXT NOT NULL DEFAULT '',      -- where its log was put
	boots       @int@ NOT NULL DEFAULT 0,      -- of the station when it was sent
	tries       @int@ NOT NULL DEFAULT 0,      -- questions asked by the watchdog in this state
	moves       @int@ NOT NULL DEFAULT 0,      -- moves so far; too many of them end a job (flapping)
	resets      @int@ NOT NULL DEFAULT 0,      -- restarts asked for, so that it runs what it installed
	start_at    @int@,                         -- not before (spread of restarts)
	due_at      @int@,                         -- watchdog of its state; NULL = waits for the station without limit
	state_at    @int@ NOT NULL,
	made_at     @int@ NOT NULL,
	ended_at    @int@
) @strict@;
CREATE UNIQUE INDEX station_job_open ON station_job (site_id, kind) WHERE ended_at IS NULL;
CREATE INDEX station_job_due ON station_job (due_at, id) WHERE ended_at IS NULL;
CREATE INDEX station_job_site ON station_job (site_id, id);
CREATE INDEX station_job_request ON station_job (site_id, request_id);
CREATE INDEX station_job_cycle ON station_job (cycle_id, seq);
-- What local controllers hold now: taken back when nobody needs it any more.
CREATE INDEX station_job_published ON station_job (site_id, id) WHERE kind = 'publish' AND state = 'published';

-- The story: what was said, readable. Secrets are taken out before it is written.
CREATE TABLE station_message (
	id       @id@,
	site_id  @int@ NOT NULL REFERENCES station (site_id),
	job_id   @int@ REFERENCES station_job (id),
	at       @int@ NOT NULL,
	way      TEXT NOT NULL CHECK (way IN ('in', 'out', 'note')), -- note: no message, something that happened
	action   TEXT NOT NULL,                    -- 'FirmwareStatusNotification', or 'connected', 'watchdog', ...
	ref      TEXT NOT NULL DEFAULT '',         -- message id
	body     TEXT NOT NULL,                    -- payload, 4,096 bytes at most, or a sentence
	cut      @int@ NOT NULL DEFAULT 0 CHECK (cut IN (0, 1))
) @strict@;
CREATE INDEX station_message_site ON station_message (site_id, id);
CREATE INDEX station_message_job ON station_message (job_id, id);
CREATE INDEX station_message_at ON station_message (at, id);
