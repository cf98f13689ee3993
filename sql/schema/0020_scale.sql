-- SPDX-License-Identifier: Apache-2.0
-- Campaigns over a million devices: what was counted or written once per member is kept once per wave.

-- The waves of a campaign with their members by phase, as campaign.n_* are for all of them.
CREATE TABLE campaign_wave (
	campaign_id @int@ NOT NULL REFERENCES campaign (id),
	wave        @int@ NOT NULL,               -- 1, 2, 3 ...
	above       @int@ NOT NULL,               -- its sites are those above this per cent of all, shuffled ...
	share       @int@ NOT NULL,               -- ... up to this
	n_queued    @int@ NOT NULL DEFAULT 0,
	n_active    @int@ NOT NULL DEFAULT 0,
	n_held      @int@ NOT NULL DEFAULT 0,
	n_done      @int@ NOT NULL DEFAULT 0,
	n_failed    @int@ NOT NULL DEFAULT 0,
	n_refused   @int@ NOT NULL DEFAULT 0,
	n_stopped   @int@ NOT NULL DEFAULT 0,
	PRIMARY KEY (campaign_id, wave)
) @strict@;
INSERT INTO campaign_wave (campaign_id, wave, above, share, n_queued, n_active, n_held, n_done, n_failed, n_refused, n_stopped)
SELECT campaign_id, wave, 0, 0, SUM(CASE WHEN phase = 'queued' THEN 1 ELSE 0 END), SUM(CASE WHEN phase = 'active' THEN 1 ELSE 0 END),
	SUM(CASE WHEN phase = 'held' THEN 1 ELSE 0 END), SUM(CASE WHEN phase = 'done' THEN 1 ELSE 0 END),
	SUM(CASE WHEN phase = 'failed' THEN 1 ELSE 0 END), SUM(CASE WHEN phase = 'refused' THEN 1 ELSE 0 END),
	SUM(CASE WHEN phase = 'stopped' THEN 1 ELSE 0 END)
FROM cycle WHERE wave > 0 GROUP BY campaign_id, wave;

-- A walk whose wave was not let go has the largest time less the number of its wave, so that those of one wave stand together.
UPDATE cycle SET not_before = not_before - wave WHERE phase = 'queued' AND not_before = 9223372036854775807;

-- cycle_ready does its work.
DROP INDEX cycle_claim;

-- Meters are heard of when there is something to say: they are not lost when they are silent.
DROP INDEX device_life;
CREATE INDEX device_life ON device (last_seen) WHERE life = 'ok' AND adapter <> 'dcc';
