-- SPDX-License-Identifier: Apache-2.0
-- Campaigns, their members and their plans. :sees as in fleet.sql.

-- name: campaign_add :one
INSERT INTO campaign (owner_key, name, org_id, on_change, allow_downgrade, state, reason, target, target_id, prefer, allow_removed, members, max_active, stop_after, revision,
	created_by, created_at, changed_at, once_key, once_hash, set_id, security, waves, spread_ms)
VALUES (CAST(COALESCE(CAST(:org AS BIGINT), 0) AS TEXT) || '/' || CAST(:name AS TEXT), :name, :org, :on_change, :allow_downgrade,
	'draft', '', :target, :target_id, :prefer, :allow_removed, :members, :max_active, :stop_after, :revision, :who,
	:now, :now, :once_key, :once_hash, :set, :security, :waves, :spread)
RETURNING id;

-- name: campaign_once :one
SELECT id, once_hash FROM campaign WHERE once_key = :once_key;

-- name: campaign_named :many
SELECT id FROM campaign WHERE name = :name
	AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL))
ORDER BY id LIMIT 2;

-- name: campaign_get :one
SELECT id, name, state, reason, target, target_id, prefer, allow_removed, members, max_active, stop_after, forgiven, revision,
	n_total, n_queued, n_active, n_held, n_done, n_failed, n_refused, n_stopped, n_hops, n_events,
	created_by, created_at, started_at, changed_at, ended_at,
	org_id, on_change, allow_downgrade, (SELECT o.name FROM organisation o WHERE o.id = campaign.org_id),
	set_id, security, waves, wave, wave_at, wave_forgiven, spread_ms
FROM campaign WHERE id = :id;

-- name: campaign_page :many
SELECT id, name, state, reason, target, target_id, prefer, allow_removed, members, max_active, stop_after, forgiven, revision,
	n_total, n_queued, n_active, n_held, n_done, n_failed, n_refused, n_stopped, n_hops, n_events,
	created_by, created_at, started_at, changed_at, ended_at,
	org_id, on_change, allow_downgrade, (SELECT o.name FROM organisation o WHERE o.id = campaign.org_id),
	set_id, security, waves, wave, wave_at, wave_forgiven, spread_ms
FROM campaign WHERE id < :before
	AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL))
	AND (CAST(:state AS TEXT) IS NULL OR state = :state) ORDER BY id DESC LIMIT :limit;

-- Campaigns that the runner has to look at.
-- name: campaign_live :many :scan
SELECT id, name, state, reason, target, target_id, prefer, allow_removed, members, max_active, stop_after, forgiven, revision,
	n_total, n_queued, n_active, n_held, n_done, n_failed, n_refused, n_stopped, n_hops, n_events,
	created_by, created_at, started_at, changed_at, ended_at,
	org_id, on_change, allow_downgrade, (SELECT o.name FROM organisation o WHERE o.id = campaign.org_id),
	set_id, security, waves, wave, wave_at, wave_forgiven, spread_ms
FROM campaign WHERE ended_at IS NULL AND state <> 'draft' ORDER BY id;

-- name: campaign_put :exec
UPDATE campaign SET state = :state, reason = :reason, forgiven = :forgiven, revision = :revision, n_total = :n_total,
	n_queued = :n_queued, n_active = :n_active, n_held = :n_held, n_done = :n_done, n_failed = :n_failed,
	n_refused = :n_refused, n_stopped = :n_stopped, n_hops = :n_hops, n_events = :n_events, started_at = :started_at,
	changed_at = :changed_at, ended_at = :ended_at, spread_ms = :spread, wave = :wave, wave_at = :wave_at, wave_forgiven = :wave_forgiven
WHERE id = :id;

-- Members.
-- name: cycle_add_filter :exec
INSERT INTO cycle (campaign_id, site_id, device_id, phase, reason, detail, cm, changed_at)
SELECT CAST(:campaign AS BIGINT), d.site_id, d.id, 'queued', '', '', 'stopped', CAST(:now AS BIGINT)
FROM device d JOIN site s ON s.id = d.site_id
WHERE d.org_id IS NOT DISTINCT FROM (SELECT k.org_id FROM campaign k WHERE k.id = :campaign)
	AND (CAST(:prefix AS TEXT) IS NULL OR substr(d.name, 1, length(:prefix)) = :prefix)
	AND (CAST(:site AS TEXT) IS NULL OR s.name = :site)
	AND (CAST(:manufacturer AS TEXT) IS NULL OR d.manufacturer = :manufacturer)
	AND (CAST(:model AS TEXT) IS NULL OR d.model = :model)
	AND (CAST(:hardware AS TEXT) IS NULL OR d.hardware = :hardware)
	AND (CAST(:entry AS BIGINT) IS NULL OR d.entry_id = :entry)
	-- a station that consists of components is not one of them
	AND (d.scheme <> 'ocpp' OR d.version IS NOT NULL OR NOT EXISTS (SELECT 1 FROM station_component sc
		WHERE sc.site_id = d.site_id AND sc.until_at IS NULL AND sc.device_id <> d.id))
ORDER BY d.id;

-- name: cycle_add_device :exec
INSERT INTO cycle (campaign_id, site_id, device_id, phase, reason, detail, cm, changed_at)
SELECT CAST(:campaign AS BIGINT), d.site_id, d.id, 'queued', '', '', 'stopped', CAST(:now AS BIGINT)
FROM device d
WHERE d.name = :device AND d.org_id IS NOT DISTINCT FROM (SELECT k.org_id FROM campaign k WHERE k.id = CAST(:campaign AS BIGINT));

-- Planning. Back into the queue: what was refused (before the start), what was held (at a resume).
-- name: cycle_requeue :exec
UPDATE cycle SET phase = 'queued', reason = '', detail = '', plan_id = NULL, ending = NULL, command = NULL, tries = 0,
	refusals = 0, ended_at = NULL, not_before = 0, changed_at = :now
WHERE campaign_id = :campaign AND phase = :phase
	AND (SELECT d.org_id FROM device d WHERE d.id = cycle.device_id)
		IS NOT DISTINCT FROM (SELECT k.org_id FROM campaign k WHERE k.id = cycle.campaign_id);

-- The entries that the queued walks start from; NULL = devices without a known entry.
-- name: cycle_starts :many :scan
SELECT d.entry_id, COUNT(*) FROM cycle c JOIN device d ON d.id = c.device_id
WHERE c.campaign_id = :campaign AND c.phase = 'queued' GROUP BY d.entry_id ORDER BY d.entry_id;

-- name: plan_put :one
INSERT INTO plan (campaign_id, start_id, target_id, revision, reason, detail, nhops, made_at)
VALUES (:campaign, :start, :target, :revision, :reason, :detail, :nhops, :now)
ON CONFLICT (campaign_id, start_id) DO UPDATE SET target_id = excluded.target_id, revision = excluded.revision,
	reason = excluded.reason, detail = excluded.detail, nhops = excluded.nhops, made_at = excluded.made_at
RETURNING id;

-- name: plan_hop_clear :exec
DELETE FROM plan_hop WHERE plan_id = :plan;

-- name: plan_hop_add :exec
INSERT INTO plan_hop (plan_id, n, base_id, entry_id, together) VALUES (:plan, :n, :base, :entry, :together);

-- name: plan_list :many
SELECT p.id, p.start_id, p.target_id, p.revision, p.reason, p.detail, p.nhops, p.made_at
FROM plan p WHERE p.campaign_id = :campaign ORDER BY p.start_id;

-- name: plan_hops :many
SELECT n, base_id, entry_id, together FROM plan_hop WHERE plan_id = :plan ORDER BY n;

-- name: plan_of :one
SELECT id, target_id, revision, reason, detail FROM plan WHERE campaign_id = :campaign AND start_id = :start;

-- name: plan_target :one
SELECT COALESCE(target_id, 0), revision FROM plan WHERE id = :plan;

-- The hop of a plan that leaves an entry.
-- name: plan_next :one
SELECT h.n, h.entry_id, h.together, p.target_id FROM plan p JOIN plan_hop h ON h.plan_id = p.id
WHERE p.id = :plan AND h.base_id = :base;

-- Every queued walk gets the plan of the entry its device runs ...
-- name: cycle_plan :exec
UPDATE cycle SET plan_id = p.id, reason = '', detail = '', start_id = COALESCE(cycle.start_id, d.entry_id)
FROM device d JOIN plan p ON p.start_id = d.entry_id
WHERE p.campaign_id = :campaign AND p.reason = '' AND cycle.campaign_id = :campaign AND cycle.phase = 'queued' AND d.id = cycle.device_id
	AND (cycle.plan_id IS DISTINCT FROM p.id OR cycle.start_id IS NULL OR cycle.reason <> '');

-- ... or its named end. A walk that had begun waits for a decision instead.
-- name: cycle_plan_end :exec
UPDATE cycle SET plan_id = p.id,
	phase = CASE WHEN p.reason = 'already' THEN 'done' WHEN cycle.started_at IS NULL THEN 'refused' ELSE 'held' END,
	reason = p.reason, detail = p.detail,
	start_id = COALESCE(cycle.start_id, d.entry_id),
	ended_at = CASE WHEN p.reason <> 'already' AND cycle.started_at IS NOT NULL THEN NULL ELSE CAST(:now AS BIGINT) END
FROM device d JOIN plan p ON p.start_id = d.entry_id
WHERE p.campaign_id = :campaign AND p.reason <> '' AND cycle.campaign_id = :campaign AND cycle.phase = 'queued' AND d.id = cycle.device_id;

-- name: cycle_refuse :exec
UPDATE cycle SET phase = CASE WHEN cycle.started_at IS NULL THEN 'refused' ELSE 'held' END,
	reason = CASE WHEN d.scheme = 'bb' THEN 'in-vehicle' ELSE 'no-entry:' || d.entry_why END,
	detail = CASE WHEN d.scheme = 'bb' THEN 'it is a Building Block: its vehicle is moved as a whole, by a Vehicle Configuration'
		ELSE :detail END,
	ended_at = CASE WHEN cycle.started_at IS NULL THEN CAST(:now AS BIGINT) ELSE NULL END
FROM device d
WHERE cycle.campaign_id = :campaign AND cycle.phase = 'queued' AND d.id = cycle.device_id AND d.entry_id IS NULL;

-- What is never pushed to, whatever it runs: hubs, displays, SMETS1 (model/han.h has the words).
-- name: cycle_refuse_meters :exec
UPDATE cycle SET phase = CASE WHEN cycle.started_at IS NULL THEN 'refused' ELSE 'held' END,
	reason = CASE WHEN m.class IN ('CHF', 'GPF') THEN CAST(:dccs AS TEXT) WHEN m.class IN ('IHD', 'CAD') THEN CAST(:no_ota AS TEXT) ELSE CAST(:smets1 AS TEXT) END,
	detail = CASE WHEN m.class IN ('CHF', 'GPF') THEN 'the hub of a HAN (CHF and GPF are one unit) is upgraded by the DCC, never by a supplier'
		WHEN m.class IN ('IHD', 'CAD') THEN 'a device of this class takes no firmware over the HAN'
		ELSE 'a SMETS1 device takes no firmware by these services' END,
	ended_at = CASE WHEN cycle.started_at IS NULL THEN CAST(:now AS BIGINT) ELSE NULL END
FROM meter m
WHERE cycle.campaign_id = :campaign AND cycle.phase = 'queued' AND m.device_id = cycle.device_id
	AND (m.class IN ('CHF', 'GPF', 'IHD', 'CAD') OR m.smets = 'SMETS1');

-- name: cycle_stop :exec
UPDATE cycle SET phase = 'stopped', reason = 'stopped', detail = :detail, command = NULL, ended_at = :now, changed_at = :now
WHERE campaign_id = :campaign AND phase IN ('queued', 'held');

-- Only at planning and stopping; afterwards the runner counts.
-- name: cycle_count :many
SELECT phase, COUNT(*) FROM cycle WHERE campaign_id = :campaign GROUP BY phase;

-- name: cycle_ended_since :one
SELECT COUNT(*) FROM cycle WHERE campaign_id = :campaign AND ended_at > :since AND phase IN ('done', 'failed');

-- What has become of a device that was given away since is not for who gave it.
-- name: cycle_page :many
SELECT c.id, d.name, c.phase, c.reason, c.detail, c.cm, c.start_id, c.hop, c.hops_done, c.from_id, c.to_id, c.seq, c.command,
	c.tries, c.refusals, c.started_at, c.changed_at, c.ended_at,
	CASE WHEN d.org_id IS NOT DISTINCT FROM k.org_id THEN d.entry_id END,
	CASE WHEN d.org_id IS NOT DISTINCT FROM k.org_id THEN d.progress END,
	CASE WHEN d.org_id IS NOT DISTINCT FROM k.org_id THEN d.step END,
	CASE WHEN d.org_id IS NOT DISTINCT FROM k.org_id THEN d.last_seen END,
	CASE WHEN d.org_id IS NOT DISTINCT FROM k.org_id THEN d.life END
FROM cycle c JOIN device d ON d.id = c.device_id JOIN campaign k ON k.id = c.campaign_id
WHERE c.campaign_id = :campaign AND c.id > :after AND (CAST(:phase AS TEXT) IS NULL OR c.phase = :phase)
ORDER BY c.id LIMIT :limit;

-- name: event_page :many
SELECT v.n, v.cycle_id, d.name, v.at, v.hop, v.event, v.was, v.now, v.command, v.from_id, v.to_id, v.detail
FROM cycle_event v JOIN cycle c ON c.id = v.cycle_id JOIN device d ON d.id = c.device_id
WHERE v.campaign_id = :campaign AND v.n > :after ORDER BY v.n LIMIT :limit;

-- name: event_of_cycle :many
SELECT n, cycle_id, at, hop, event, was, now, command, from_id, to_id, detail
FROM cycle_event WHERE cycle_id = :cycle ORDER BY n;
