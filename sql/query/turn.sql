-- SPDX-License-Identifier: Apache-2.0
-- Whose turn it is among the components of a station, waves of campaigns, areas.

-- The components of a station and what each is found to run.
-- name: turn_parts :many
SELECT sc.name, d.id, COALESCE(d.entry_id, 0)
FROM station_component sc JOIN device d ON d.id = sc.device_id
WHERE sc.site_id = :site AND sc.until_at IS NULL ORDER BY sc.name;

-- The walks of one campaign on one site that are not at their end, and where each shall lead.
-- name: turn_walks :many
SELECT c.id, c.device_id, c.phase, c.not_before, COALESCE(p.target_id, 0), c.reason
FROM cycle c LEFT JOIN plan p ON p.id = c.plan_id
WHERE c.site_id = :site AND c.campaign_id = :campaign AND c.ended_at IS NULL;

-- The walk under way on a site, of whatever campaign; and another one beside it.
-- name: turn_active :one
SELECT id FROM cycle WHERE site_id = :site AND phase = 'active' AND id <> :but ORDER BY id LIMIT 1;

-- The queued walks of one campaign on one site wait, each that could begin now.
-- name: turn_sleep :exec
UPDATE cycle SET not_before = :until, reason = :reason, detail = :detail, changed_at = CAST(:now AS BIGINT)
WHERE site_id = :site AND campaign_id = :campaign AND ended_at IS NULL AND phase = 'queued' AND not_before <= :now;

-- One queued walk waits.
-- name: turn_rest :exec
UPDATE cycle SET not_before = :until, reason = :reason, detail = :detail, changed_at = :now WHERE id = :cycle AND phase = 'queued';

-- One device of the site ended or gave its turn away: those that wait for it look again.
-- name: turn_wake :exec
UPDATE cycle SET not_before = CAST(:now AS BIGINT), reason = '', detail = ''
WHERE site_id = :site AND id <> :but AND ended_at IS NULL AND phase = 'queued' AND not_before > :now
	AND (substr(reason, 1, 5) = 'turn:' OR reason = 'not-now:han');

-- Something that may have barred the site changed: a station came back, a transaction ended, its windows are others; a device of
-- a HAN runs another version. Walks that waited for that look again.
-- name: turn_again :exec
UPDATE cycle SET not_before = CAST(:now AS BIGINT)
WHERE site_id = :site AND ended_at IS NULL AND phase = 'queued' AND not_before > :now
	AND (reason IN ('quarantine', 'hub-firmware', 'user-held', 'no-dcc-user') OR substr(reason, 1, 8) = 'not-now:');

-- A user of the DCC was released: walks of its organisation that waited for that look again.
-- name: turn_released :exec
UPDATE cycle SET not_before = CAST(:now AS BIGINT)
WHERE campaign_id IN (SELECT c.id FROM campaign c WHERE c.org_id IS NOT DISTINCT FROM NULLIF(CAST(:org AS BIGINT), 0) AND c.ended_at IS NULL)
	AND phase = 'queued' AND not_before > CAST(:now AS BIGINT) AND reason = 'user-held';

-- Companions of one hop of one walk.
-- name: companion_clear :exec
DELETE FROM cycle_companion WHERE cycle_id = :cycle AND hop = :hop;

-- name: companion_add :exec
INSERT INTO cycle_companion (cycle_id, hop, device_id, from_id, to_id) VALUES (:cycle, :hop, :device, :from, :to);

-- name: companion_list :many
SELECT device_id, from_id, to_id FROM cycle_companion WHERE cycle_id = :cycle AND hop = :hop ORDER BY device_id;

-- Waves. The order of sites is a shuffle that depends on the campaign alone; the devices of one site stay together. Nobody of a
-- later wave begins before it is let go.
-- name: wave_add :exec
INSERT INTO campaign_wave (campaign_id, wave, above, share) VALUES (:campaign, :wave, :above, :share);

-- name: wave_assign :exec :scan
UPDATE cycle SET wave = w.wave, not_before = CASE WHEN w.wave > 1 THEN 9223372036854775807 - w.wave ELSE 0 END
FROM (SELECT x.site_id, ROW_NUMBER() OVER (ORDER BY x.h * x.h % 2147483629, x.site_id) AS n, COUNT(*) OVER () AS total
		FROM (SELECT DISTINCT c.site_id, (c.site_id * 48271 + CAST(:campaign AS BIGINT) * 69621) % 2147483647 AS h
			FROM cycle c WHERE c.campaign_id = :campaign) x) o
	CROSS JOIN campaign_wave w
WHERE w.campaign_id = :campaign AND o.n > (o.total * w.above + 99) / 100 AND o.n <= (o.total * w.share + 99) / 100
	-- By site, whatever the planner believes of rows that were just made: the campaign's own indexes would be read for each site.
	AND cycle.site_id = o.site_id AND cycle.campaign_id + 0 = :campaign AND cycle.ended_at IS NULL;

-- Those that came back into the queue before the start.
-- name: wave_bar :exec
UPDATE cycle SET not_before = 9223372036854775807 - wave
WHERE campaign_id = :campaign AND wave > 1 AND phase = 'queued' AND not_before <> 9223372036854775807 - wave;

-- The first wave, or all: each site at a moment of its own within the spread.
-- name: wave_spread :exec
UPDATE cycle SET not_before = CAST(:now AS BIGINT) + (site_id * 48271 + CAST(:salt AS BIGINT)) % 2147483647 % CAST(:spread AS BIGINT)
WHERE campaign_id = :campaign AND wave = :wave AND phase = 'queued';

-- A part of a wave is let go. :barred is what its walks have for a time.
-- name: wave_let :exec
UPDATE cycle SET not_before = CAST(:now AS BIGINT) + (site_id * 48271 + CAST(:salt AS BIGINT)) % 2147483647 % CAST(:spread AS BIGINT)
WHERE id IN (SELECT x.id FROM cycle x WHERE x.campaign_id = :campaign AND x.phase = 'queued' AND x.not_before = :barred LIMIT :limit);

-- name: wave_barred :one
SELECT id FROM cycle WHERE campaign_id = :campaign AND phase = 'queued' AND not_before = :barred LIMIT 1;

-- name: wave_open :one
SELECT id FROM cycle WHERE campaign_id = :campaign AND wave = :wave AND phase = :phase LIMIT 1;

-- name: wave_count :one
SELECT n_queued, n_active, n_held, n_done, n_failed, n_refused, n_stopped FROM campaign_wave WHERE campaign_id = :campaign AND wave = :wave;

-- What moved in one transaction.
-- name: wave_moved :exec
UPDATE campaign_wave SET n_queued = n_queued + :queued, n_active = n_active + :active, n_held = n_held + :held, n_done = n_done + :done,
	n_failed = n_failed + :failed, n_refused = n_refused + :refused, n_stopped = n_stopped + :stopped
WHERE campaign_id = :campaign AND wave = :wave;

-- Only where campaign.n_* are counted anew.
-- name: wave_recount :exec
UPDATE campaign_wave SET
	n_queued = (SELECT COUNT(*) FROM cycle c WHERE c.campaign_id = :campaign AND c.wave = campaign_wave.wave AND c.phase = 'queued'),
	n_active = (SELECT COUNT(*) FROM cycle c WHERE c.campaign_id = :campaign AND c.wave = campaign_wave.wave AND c.phase = 'active'),
	n_held = (SELECT COUNT(*) FROM cycle c WHERE c.campaign_id = :campaign AND c.wave = campaign_wave.wave AND c.phase = 'held'),
	n_done = (SELECT COUNT(*) FROM cycle c WHERE c.campaign_id = :campaign AND c.wave = campaign_wave.wave AND c.phase = 'done'),
	n_failed = (SELECT COUNT(*) FROM cycle c WHERE c.campaign_id = :campaign AND c.wave = campaign_wave.wave AND c.phase = 'failed'),
	n_refused = (SELECT COUNT(*) FROM cycle c WHERE c.campaign_id = :campaign AND c.wave = campaign_wave.wave AND c.phase = 'refused'),
	n_stopped = (SELECT COUNT(*) FROM cycle c WHERE c.campaign_id = :campaign AND c.wave = campaign_wave.wave AND c.phase = 'stopped')
WHERE campaign_wave.campaign_id = :campaign;

-- Members that are components of stations: those that a set names, or those of an area.
-- name: cycle_add_set :exec
INSERT INTO cycle (campaign_id, site_id, device_id, phase, reason, detail, cm, changed_at)
SELECT CAST(:campaign AS BIGINT), d.site_id, d.id, 'queued', '', '', 'stopped', CAST(:now AS BIGINT)
FROM device d JOIN site s ON s.id = d.site_id
WHERE d.scheme = 'ocpp' AND d.org_id IS NOT DISTINCT FROM (SELECT k.org_id FROM campaign k WHERE k.id = :campaign)
	AND (CAST(:set AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM release_set_part p JOIN release r ON r.id = p.release_id
		WHERE p.set_id = :set AND p.component = d.hardware AND r.vendor = d.manufacturer AND r.model = d.model))
	AND (CAST(:prefix AS TEXT) IS NULL OR substr(d.name, 1, length(:prefix)) = :prefix)
	AND (CAST(:site AS TEXT) IS NULL OR s.name = :site)
	AND (CAST(:entry AS BIGINT) IS NULL OR d.entry_id = :entry)
	AND (CAST(:area AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM station t WHERE t.site_id = d.site_id AND t.area = :area))
	AND (CAST(:manufacturer AS TEXT) IS NULL OR d.manufacturer = :manufacturer)
	AND (CAST(:model AS TEXT) IS NULL OR d.model = :model)
	AND (CAST(:component AS TEXT) IS NULL OR d.hardware = :component)
	AND d.version IS NOT NULL
ORDER BY d.id;

-- A station by its name: its components that the target is for (those of the set; of this model and component; all).
-- name: cycle_add_station :exec
INSERT INTO cycle (campaign_id, site_id, device_id, phase, reason, detail, cm, changed_at)
SELECT CAST(:campaign AS BIGINT), d.site_id, d.id, 'queued', '', '', 'stopped', CAST(:now AS BIGINT)
FROM station t JOIN device d ON d.site_id = t.site_id
WHERE t.identity = :station AND d.scheme = 'ocpp' AND d.version IS NOT NULL
	AND d.org_id IS NOT DISTINCT FROM (SELECT k.org_id FROM campaign k WHERE k.id = CAST(:campaign AS BIGINT))
	AND (CAST(:set AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM release_set_part p JOIN release r ON r.id = p.release_id
		WHERE p.set_id = :set AND p.component = d.hardware AND r.vendor = d.manufacturer AND r.model = d.model))
	AND (CAST(:component AS TEXT) IS NULL OR d.hardware = :component)
ORDER BY d.id;

-- Has a campaign members of a scheme?
-- name: cycle_has_scheme :one
SELECT c.id FROM cycle c JOIN device d ON d.id = c.device_id WHERE c.campaign_id = :campaign AND d.scheme = :scheme LIMIT 1;

-- Areas.
-- name: area_get :one
SELECT at_once FROM area WHERE name = :name;

-- name: area_put :exec
INSERT INTO area (name, at_once, changed_at) VALUES (:name, :at_once, :now)
ON CONFLICT (name) DO UPDATE SET at_once = excluded.at_once, changed_at = excluded.changed_at;

-- name: area_drop :exec
DELETE FROM area WHERE name = :name;

-- All of them; and those that the caller sees (as in fleet.sql).
-- name: area_stations :one
SELECT COUNT(*) FROM station WHERE area = :name;

-- name: area_seen :one
SELECT COUNT(*) FROM station WHERE area = :name
	AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL));

-- name: area_busy :many :scan
SELECT t.area, COUNT(DISTINCT c.site_id) FROM cycle c JOIN station t ON t.site_id = c.site_id
WHERE c.phase = 'active' AND t.area <> '' GROUP BY t.area;

-- Those in which the caller has a station.
-- name: area_list :many :scan
SELECT n.name, (SELECT COUNT(*) FROM station t WHERE t.area = n.name), a.at_once, a.changed_at
FROM (SELECT DISTINCT area AS name FROM station WHERE area <> ''
	AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL))) n
LEFT JOIN area a ON a.name = n.name WHERE n.name > :after ORDER BY n.name LIMIT :limit;
