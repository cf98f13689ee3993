-- SPDX-License-Identifier: Apache-2.0
-- Rollouts: many vehicles along one route of Vehicle Configurations. The route is the path: a vehicle goes from one
-- configuration of it to the next and to no other.

CREATE TABLE rollout (
	id         @id@,
	owner_key  TEXT NOT NULL UNIQUE,          -- 'ORG/NAME', as of device
	name       TEXT NOT NULL,
	org_id     @int@,                         -- whose it is; NULL = nobody's: the operator's own
	type_id    TEXT NOT NULL,                 -- of its vehicles
	state      TEXT NOT NULL CHECK (state IN ('running', 'paused', 'halted', 'stopped', 'done')),
	reason     TEXT NOT NULL,                 -- why it is halted; '' = none
	at_most    @int@ NOT NULL CHECK (at_most > 0),     -- vehicles under way at once
	stop_after @int@ NOT NULL CHECK (stop_after >= 0), -- held vehicles that halt it; 0 = never
	forgiven   @int@ NOT NULL DEFAULT 0,      -- held before the last resume: they do not halt it again
	n_total    @int@ NOT NULL,
	n_queued   @int@ NOT NULL,
	n_active   @int@ NOT NULL,
	n_held     @int@ NOT NULL,
	n_done     @int@ NOT NULL,
	n_refused  @int@ NOT NULL,
	n_stopped  @int@ NOT NULL,
	n_steps    @int@ NOT NULL,                -- configurations reached
	created_by TEXT NOT NULL,
	created_at @int@ NOT NULL,
	changed_at @int@ NOT NULL,
	ended_at   @int@
) @strict@;
CREATE INDEX rollout_named ON rollout (name);
CREATE INDEX rollout_org ON rollout (org_id, id);

-- The route. Number 0 is where vehicles come from.
CREATE TABLE rollout_step (
	rollout_id @int@ NOT NULL REFERENCES rollout (id),
	n          @int@ NOT NULL,
	vc_id      @int@ NOT NULL REFERENCES vc (id),
	PRIMARY KEY (rollout_id, n)
) @strict@;

CREATE TABLE rollout_vehicle (
	rollout_id @int@ NOT NULL REFERENCES rollout (id),
	site_id    @int@ NOT NULL REFERENCES vehicle (site_id),
	phase      TEXT NOT NULL CHECK (phase IN ('queued', 'active', 'held', 'done', 'refused', 'stopped')),
	step       @int@ NOT NULL,                -- what it is being brought to; where it began while it is queued
	reason     TEXT NOT NULL,                 -- stable word for held, refused; '' = none
	detail     TEXT NOT NULL,                 -- a sentence for it
	started_at @int@,
	changed_at @int@ NOT NULL,
	ended_at   @int@,
	PRIMARY KEY (rollout_id, site_id)
) @strict@;
CREATE INDEX rollout_claim ON rollout_vehicle (rollout_id, site_id) WHERE phase = 'queued';
CREATE INDEX rollout_active ON rollout_vehicle (rollout_id, site_id) WHERE phase = 'active';
-- A vehicle is on one route at a time.
CREATE UNIQUE INDEX rollout_busy ON rollout_vehicle (site_id) WHERE phase IN ('queued', 'active', 'held');
