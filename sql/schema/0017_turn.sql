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

ALTER TABLE cycle ADD COLUMN wave @int@ NOT NULL DEFAULT 0;      -- of its campaign; 0 = the only one
ALTER TABLE cycle ADD COLUMN not_before @int@;                   -- spread: not asked before, UTC ms
CREATE INDEX cycle_site ON cycle (site_id) WHERE phase = 'active';
ALTER TABLE campaign ADD COLUMN set_id @int@ REFERENCES release_set (id); -- target 'set:NAME'
ALTER TABLE campaign ADD COLUMN waves TEXT NOT NULL DEFAULT '';  -- JSON list of {"share","failures","soak_ms"}; '' = none
ALTER TABLE campaign ADD COLUMN wave @int@ NOT NULL DEFAULT 0;   -- the newest wave that was let go
ALTER TABLE campaign ADD COLUMN wave_at @int@;                   -- when the wave before it had ended
ALTER TABLE campaign ADD COLUMN spread_ms @int@ NOT NULL DEFAULT 600000 CHECK (spread_ms BETWEEN 0 AND 1800000);

-- How many stations of one area may be updating at once, so that no area is dark. No row = a quarter of its stations, at least one.
CREATE TABLE area (
	name       TEXT NOT NULL PRIMARY KEY,
	at_once    @int@ NOT NULL CHECK (at_once > 0),
	changed_at @int@ NOT NULL
) @strict@;
