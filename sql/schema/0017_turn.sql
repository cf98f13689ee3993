-- SPDX-License-Identifier: Apache-2.0
-- Whose turn it is: components that move together, waves of campaigns, areas (doc/adr/0009-stations.md).

-- Other components that move in the same request as the walk's own.
CREATE TABLE cycle_companion (
	cycle_id  @int@ NOT NULL REFERENCES cycle (id),
	hop       @int@ NOT NULL,
	device_id @int@ NOT NULL REFERENCES device (id),
	from_id   @int@ NOT NULL REFERENCES entry (id),
	to_id     @int@ NOT NULL REFERENCES entry (id),
	PRIMARY KEY (cycle_id, hop, device_id)
) @strict@;

ALTER TABLE cycle ADD COLUMN wave @int@ NOT NULL DEFAULT 0;      -- of its campaign, from 1; 0 = the campaign has none
-- A queued walk is not begun before (UTC ms): spread, a gate that is shut, another component's turn, a wave that was not let go.
ALTER TABLE cycle ADD COLUMN not_before @int@ NOT NULL DEFAULT 0;
CREATE INDEX cycle_ready ON cycle (campaign_id, not_before, id) WHERE phase = 'queued';
CREATE INDEX cycle_site ON cycle (site_id) WHERE phase = 'active';
CREATE INDEX cycle_site_open ON cycle (site_id, campaign_id) WHERE ended_at IS NULL;
CREATE INDEX cycle_wave ON cycle (campaign_id, wave, phase);
ALTER TABLE campaign ADD COLUMN set_id @int@ REFERENCES release_set (id); -- target 'set:NAME'
ALTER TABLE campaign ADD COLUMN security @int@ NOT NULL DEFAULT 0 CHECK (security IN (0, 1)); -- each component goes alone
ALTER TABLE campaign ADD COLUMN waves TEXT NOT NULL DEFAULT '';  -- JSON list of {"share","failures","soak_ms"}; '' = none
ALTER TABLE campaign ADD COLUMN wave @int@ NOT NULL DEFAULT 0;   -- the newest wave that was let go
ALTER TABLE campaign ADD COLUMN wave_at @int@;                   -- when that wave had ended; NULL = not yet
ALTER TABLE campaign ADD COLUMN wave_forgiven @int@ NOT NULL DEFAULT 0; -- its failures before the last resume
ALTER TABLE campaign ADD COLUMN spread_ms @int@ NOT NULL DEFAULT 0 CHECK (spread_ms BETWEEN 0 AND 1800000);

-- How many stations of one area may be updating at once, so that no area is dark. No row = a quarter of its stations, at least one.
CREATE TABLE area (
	name       TEXT NOT NULL PRIMARY KEY,
	at_once    @int@ NOT NULL CHECK (at_once > 0),
	changed_at @int@ NOT NULL
) @strict@;
