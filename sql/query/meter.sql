-- SPDX-License-Identifier: Apache-2.0
-- Meters and what is said of them, rules of home area networks, jobs, the story. :sees as in fleet.sql. What belongs to a
-- node: shards whose lease it holds.

-- name: meter_get :one
SELECT m.device_id, m.site_id, d.org_id, m.eui, m.shard, m.class, m.variant, m.han_variant, m.smets, m.status, m.hub_eui, m.mpxn, m.uprn,
	m.region, m.authority, m.authority_why, m.quarantine, m.counter, m.heard, m.inventory_at, m.version_at, m.wish, m.wish_at,
	m.wish_counter, m.wish_tries, d.name, d.manufacturer, d.model, d.hardware, d.version, d.told_by, d.entry_why, d.entry_id, d.last_seen, d.hint_entry_id,
	(SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM meter m JOIN device d ON d.id = m.device_id WHERE m.device_id = :device;

-- name: meter_of_eui :many
SELECT m.device_id, m.site_id, d.org_id, m.eui, m.shard, m.class, m.variant, m.han_variant, m.smets, m.status, m.hub_eui, m.mpxn, m.uprn,
	m.region, m.authority, m.authority_why, m.quarantine, m.counter, m.heard, m.inventory_at, m.version_at, m.wish, m.wish_at,
	m.wish_counter, m.wish_tries, d.name, d.manufacturer, d.model, d.hardware, d.version, d.told_by, d.entry_why, d.entry_id, d.last_seen, d.hint_entry_id,
	(SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM meter m JOIN device d ON d.id = m.device_id WHERE m.eui = :eui ORDER BY m.device_id;

-- name: meter_han :many
SELECT m.device_id, m.site_id, d.org_id, m.eui, m.shard, m.class, m.variant, m.han_variant, m.smets, m.status, m.hub_eui, m.mpxn, m.uprn,
	m.region, m.authority, m.authority_why, m.quarantine, m.counter, m.heard, m.inventory_at, m.version_at, m.wish, m.wish_at,
	m.wish_counter, m.wish_tries, d.name, d.manufacturer, d.model, d.hardware, d.version, d.told_by, d.entry_why, d.entry_id, d.last_seen, d.hint_entry_id,
	(SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM meter m JOIN device d ON d.id = m.device_id WHERE m.site_id = :site ORDER BY m.device_id;

-- Two rows: more than one owner whose things the caller sees has it.
-- name: meter_own :many
SELECT m.device_id, m.site_id, d.org_id, m.eui, m.shard, m.class, m.variant, m.han_variant, m.smets, m.status, m.hub_eui, m.mpxn, m.uprn,
	m.region, m.authority, m.authority_why, m.quarantine, m.counter, m.heard, m.inventory_at, m.version_at, m.wish, m.wish_at,
	m.wish_counter, m.wish_tries, d.name, d.manufacturer, d.model, d.hardware, d.version, d.told_by, d.entry_why, d.entry_id, d.last_seen, d.hint_entry_id,
	(SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM meter m JOIN device d ON d.id = m.device_id WHERE m.eui = :eui
	AND (CAST(:sees AS BIGINT) = 0 OR d.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND d.org_id IS NULL))
ORDER BY m.device_id LIMIT 2;

-- name: meter_page :many
SELECT m.device_id, m.site_id, d.org_id, m.eui, m.shard, m.class, m.variant, m.han_variant, m.smets, m.status, m.hub_eui, m.mpxn, m.uprn,
	m.region, m.authority, m.authority_why, m.quarantine, m.counter, m.heard, m.inventory_at, m.version_at, m.wish, m.wish_at,
	m.wish_counter, m.wish_tries, d.name, d.manufacturer, d.model, d.hardware, d.version, d.told_by, d.entry_why, d.entry_id, d.last_seen, d.hint_entry_id,
	(SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM meter m JOIN device d ON d.id = m.device_id
WHERE m.device_id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR d.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND d.org_id IS NULL))
	AND (CAST(:part AS TEXT) IS NULL OR instr(d.name, upper(:part)) > 0)
	AND (CAST(:class AS TEXT) IS NULL OR m.class = :class)
	AND (CAST(:status AS TEXT) IS NULL OR m.status = :status)
	AND (CAST(:authority AS TEXT) IS NULL OR m.authority = :authority)
	AND (CAST(:quarantine AS BIGINT) IS NULL OR (m.quarantine <> '') = (CAST(:quarantine AS BIGINT) = 1))
	AND (CAST(:hub AS BIGINT) IS NULL OR m.hub_eui = :hub)
	AND (CAST(:entry AS BIGINT) IS NULL OR d.entry_id = :entry)
ORDER BY m.device_id LIMIT :limit;

-- name: meter_page :many @pg
SELECT m.device_id, m.site_id, d.org_id, m.eui, m.shard, m.class, m.variant, m.han_variant, m.smets, m.status, m.hub_eui, m.mpxn, m.uprn,
	m.region, m.authority, m.authority_why, m.quarantine, m.counter, m.heard, m.inventory_at, m.version_at, m.wish, m.wish_at,
	m.wish_counter, m.wish_tries, d.name, d.manufacturer, d.model, d.hardware, d.version, d.told_by, d.entry_why, d.entry_id, d.last_seen, d.hint_entry_id,
	(SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM meter m JOIN device d ON d.id = m.device_id
WHERE m.device_id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR d.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND d.org_id IS NULL))
	AND (CAST(:part AS TEXT) IS NULL OR strpos(d.name, upper(:part)) > 0)
	AND (CAST(:class AS TEXT) IS NULL OR m.class = :class)
	AND (CAST(:status AS TEXT) IS NULL OR m.status = :status)
	AND (CAST(:authority AS TEXT) IS NULL OR m.authority = :authority)
	AND (CAST(:quarantine AS BIGINT) IS NULL OR (m.quarantine <> '') = (CAST(:quarantine AS BIGINT) = 1))
	AND (CAST(:hub AS BIGINT) IS NULL OR m.hub_eui = :hub)
	AND (CAST(:entry AS BIGINT) IS NULL OR d.entry_id = :entry)
ORDER BY m.device_id LIMIT :limit;

-- Nothing comes back when its owner has a device of that name.
-- name: meter_device_add :one
INSERT INTO device (owner_key, name, org_id, site_id, adapter, scheme, manufacturer, model, hardware, version, told_by, hint_entry_id,
	entry_id, entry_why, life, added_at)
VALUES (CAST(COALESCE(CAST(:org AS BIGINT), 0) AS TEXT) || '/' || CAST(:name AS TEXT), :name, :org, :site, 'dcc', 'cpl', :manufacturer,
	:model, :hardware, :version, :told_by, :hint, :entry, :why, 'new', :now)
ON CONFLICT (owner_key) DO NOTHING RETURNING id;

-- Another HAN: walks that wait go where their device goes.
-- name: meter_move :exec
UPDATE meter SET site_id = :site WHERE device_id = :device;

-- name: meter_move_device :exec
UPDATE device SET site_id = :site WHERE id = :device;

-- name: meter_move_cycles :exec
UPDATE cycle SET site_id = :site WHERE device_id = :device AND ended_at IS NULL;

-- name: meter_walks_now :one
SELECT id FROM cycle WHERE device_id = :device AND phase = 'active';

-- name: meter_add :exec
INSERT INTO meter (device_id, site_id, eui, shard, class, variant, han_variant, smets, status, hub_eui, mpxn, uprn, region)
VALUES (:device, :site, :eui, :shard, :class, :variant, :han_variant, :smets, :status, :hub, :mpxn, :uprn, :region);

-- name: meter_edit :exec
UPDATE meter SET class = :class, variant = :variant, han_variant = :han_variant, smets = :smets, status = :status,
	hub_eui = :hub, mpxn = :mpxn, uprn = :uprn, region = :region
WHERE device_id = :device;

-- name: meter_counter :one
UPDATE meter SET counter = CASE WHEN counter >= CAST(:now AS BIGINT) THEN counter + 1 ELSE CAST(:now AS BIGINT) END
WHERE device_id = :device RETURNING counter;

-- name: meter_heard :exec
UPDATE meter SET heard = :counter WHERE device_id = :device AND heard < :counter;

-- name: meter_status :exec
UPDATE meter SET status = :status WHERE device_id = :device;

-- name: meter_version_at :exec
UPDATE meter SET version_at = :now WHERE device_id = :device;

-- name: meter_inventory_at :exec
UPDATE meter SET inventory_at = :now WHERE site_id = :site;

-- name: meter_authority :exec
UPDATE meter SET authority = :authority, authority_why = :why WHERE device_id = :device;

-- name: meter_quarantine :exec
UPDATE meter SET quarantine = :why WHERE device_id = :device;

-- name: meter_seen :exec
UPDATE device SET last_seen = :now, life = 'ok' WHERE id = :device;

-- ---- wishes ----

-- name: meter_wish :exec
UPDATE meter SET wish = :wish, wish_at = :at, wish_counter = 0, wish_tries = 0 WHERE device_id = :device;

-- name: meter_wish_sent :exec
UPDATE meter SET wish_counter = :counter, wish_tries = :tries, wish_at = :at WHERE device_id = :device;

-- name: meter_wish_done :exec
UPDATE meter SET wish = '', wish_at = NULL, wish_counter = 0, wish_tries = 0 WHERE device_id = :device;

-- name: meter_wishes :many
SELECT m.device_id, m.site_id, d.org_id, m.eui, m.shard, m.class, m.variant, m.han_variant, m.smets, m.status, m.hub_eui, m.mpxn, m.uprn,
	m.region, m.authority, m.authority_why, m.quarantine, m.counter, m.heard, m.inventory_at, m.version_at, m.wish, m.wish_at,
	m.wish_counter, m.wish_tries, d.name, d.manufacturer, d.model, d.hardware, d.version, d.told_by, d.entry_why, d.entry_id, d.last_seen, d.hint_entry_id,
	(SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM dcc_shard s CROSS JOIN meter m CROSS JOIN device d
WHERE s.node = :node AND s.until > :now AND m.shard = s.n AND m.wish_at <= :now AND d.id = m.device_id
ORDER BY s.n, m.wish_at LIMIT :limit;

-- ---- taken away ----

-- name: meter_under_way :one
SELECT (SELECT COUNT(*) FROM cycle c WHERE c.device_id = :device AND c.phase IN ('queued', 'held', 'active'))
	+ (SELECT COUNT(*) FROM meter_job j WHERE j.device_id = :device AND j.ended_at IS NULL);

-- name: meter_events_drop :exec
DELETE FROM meter_event WHERE device_id = :device;

-- name: meter_jobs_drop :exec
DELETE FROM meter_job WHERE device_id = :device;

-- name: meter_drop :exec
DELETE FROM meter WHERE device_id = :device;

-- A device that no campaign ever walked goes; another one keeps its story, and runs nothing that is known.
-- name: meter_device_drop :exec
DELETE FROM device WHERE id = :device AND NOT EXISTS (SELECT 1 FROM cycle c WHERE c.device_id = :device);

-- name: meter_device_park :exec
UPDATE device SET version = NULL, hash = NULL, entry_id = NULL, entry_why = 'not-reported', told_by = 'nobody' WHERE id = :device;

-- name: event_org_device :one
SELECT COALESCE(org_id, 0) FROM device WHERE id = :id;

-- Walks under way, of the meters of this node.
-- name: meter_walks :many
SELECT c.device_id, c.site_id, c.id FROM cycle c CROSS JOIN meter m CROSS JOIN dcc_shard s
WHERE c.phase = 'active' AND c.device_id > :after AND m.device_id = c.device_id AND s.n = m.shard AND s.node = :node AND s.until > :now
ORDER BY c.device_id LIMIT :limit;

-- ---- what hubs can do ----

-- name: han_rule_list :many
SELECT h.id, h.name, h.applies_class, h.applies_id, (SELECT n.public_id FROM entry n WHERE n.id = h.applies_id), h.needs_class,
	h.needs_gbcs, h.needs_ids, h.source, h.stated_by, h.stated_at
FROM han_rule h WHERE h.name > :after ORDER BY h.name LIMIT :limit;

-- name: han_rule_get :one
SELECT h.id, h.name, h.applies_class, h.applies_id, (SELECT n.public_id FROM entry n WHERE n.id = h.applies_id), h.needs_class,
	h.needs_gbcs, h.needs_ids, h.source, h.stated_by, h.stated_at
FROM han_rule h WHERE h.name = :name;

-- name: han_rule_put :exec
INSERT INTO han_rule (name, applies_class, applies_id, needs_class, needs_gbcs, needs_ids, source, stated_by, stated_at)
VALUES (:name, :applies_class, :applies_id, :needs_class, :needs_gbcs, :needs_ids, :source, :stated_by, :now)
ON CONFLICT (name) DO UPDATE SET applies_class = excluded.applies_class, applies_id = excluded.applies_id,
	needs_class = excluded.needs_class, needs_gbcs = excluded.needs_gbcs, needs_ids = excluded.needs_ids, source = excluded.source,
	stated_by = excluded.stated_by, stated_at = excluded.stated_at;

-- name: han_rule_drop :exec
DELETE FROM han_rule WHERE name = :name;

-- ---- jobs ----

-- name: meter_job_add :one
INSERT INTO meter_job (device_id, shard, user_eui, cycle_id, seq, from_id, to_id, service, state, not_before, due_at, detail, state_at,
	made_at)
VALUES (:device, :shard, :user, :cycle, :seq, :from, :to, :service, :state, :not_before, :due, :detail, :now, :now) RETURNING id;

-- name: meter_job_get :one
SELECT j.id, j.device_id, j.shard, j.user_eui, j.cycle_id, j.seq, j.from_id, j.to_id, j.service, j.state, j.not_before, j.dist_id,
	j.dist_counter, j.command_counter, j.read_counter, j.activate_at, j.told, j.reason, j.detail, j.tries, j.moves, j.activations,
	j.due_at, j.state_at, j.made_at, j.ended_at, m.eui
FROM meter_job j JOIN meter m ON m.device_id = j.device_id WHERE j.id = :id;

-- name: meter_job_opened :one
SELECT j.id, j.device_id, j.shard, j.user_eui, j.cycle_id, j.seq, j.from_id, j.to_id, j.service, j.state, j.not_before, j.dist_id,
	j.dist_counter, j.command_counter, j.read_counter, j.activate_at, j.told, j.reason, j.detail, j.tries, j.moves, j.activations,
	j.due_at, j.state_at, j.made_at, j.ended_at, m.eui
FROM meter_job j JOIN meter m ON m.device_id = j.device_id WHERE j.device_id = :device AND j.ended_at IS NULL;

-- name: meter_job_last :one
SELECT j.id, j.device_id, j.shard, j.user_eui, j.cycle_id, j.seq, j.from_id, j.to_id, j.service, j.state, j.not_before, j.dist_id,
	j.dist_counter, j.command_counter, j.read_counter, j.activate_at, j.told, j.reason, j.detail, j.tries, j.moves, j.activations,
	j.due_at, j.state_at, j.made_at, j.ended_at, m.eui
FROM meter_job j JOIN meter m ON m.device_id = j.device_id WHERE j.device_id = :device ORDER BY j.id DESC LIMIT 1;

-- name: meter_job_page :many
SELECT j.id, j.device_id, j.shard, j.user_eui, j.cycle_id, j.seq, j.from_id, j.to_id, j.service, j.state, j.not_before, j.dist_id,
	j.dist_counter, j.command_counter, j.read_counter, j.activate_at, j.told, j.reason, j.detail, j.tries, j.moves, j.activations,
	j.due_at, j.state_at, j.made_at, j.ended_at, m.eui
FROM meter_job j JOIN meter m ON m.device_id = j.device_id WHERE j.device_id = :device ORDER BY j.id DESC LIMIT :limit;

-- name: meter_job_of_cycle :one
SELECT j.id, j.device_id, j.shard, j.user_eui, j.cycle_id, j.seq, j.from_id, j.to_id, j.service, j.state, j.not_before, j.dist_id,
	j.dist_counter, j.command_counter, j.read_counter, j.activate_at, j.told, j.reason, j.detail, j.tries, j.moves, j.activations,
	j.due_at, j.state_at, j.made_at, j.ended_at, m.eui
FROM meter_job j JOIN meter m ON m.device_id = j.device_id WHERE j.cycle_id = :cycle AND j.seq = :seq;

-- The one way a single job moves: only from what was read.
-- name: meter_job_move :exec
UPDATE meter_job SET state = :state, not_before = :not_before, dist_id = :dist, dist_counter = :dist_counter,
	command_counter = :command_counter, read_counter = :read_counter, activate_at = :activate_at, told = :told, reason = :reason,
	detail = :detail, tries = :tries, moves = :moves, activations = :activations, due_at = :due, state_at = :state_at, ended_at = :ended
WHERE id = :id AND state = :was AND state_at = :was_at AND tries = :was_tries AND moves = :was_moves AND ended_at IS NULL;

-- By shard and time. READY ones are found by meter_ready.
-- name: meter_job_due :many
SELECT j.id, j.device_id, j.shard, j.user_eui, j.cycle_id, j.seq, j.from_id, j.to_id, j.service, j.state, j.not_before, j.dist_id,
	j.dist_counter, j.command_counter, j.read_counter, j.activate_at, j.told, j.reason, j.detail, j.tries, j.moves, j.activations,
	j.due_at, j.state_at, j.made_at, j.ended_at, m.eui
FROM dcc_shard s CROSS JOIN meter_job j CROSS JOIN meter m
WHERE s.node = :node AND s.until > :now AND s.n >= :from AND j.shard = s.n AND j.state <> 'ready' AND j.due_at <= :now
	AND m.device_id = j.device_id
ORDER BY s.n, j.due_at LIMIT :limit;

-- name: meter_jobs_open :one :scan
SELECT COUNT(*) FROM meter_job WHERE ended_at IS NULL;

-- The READY ones stand in an index of their own.
-- name: meter_ready :many :scan
SELECT j.user_eui, j.to_id, j.service, COUNT(*), MIN(j.due_at)
FROM meter_job j
WHERE j.state = 'ready' AND j.not_before <= CAST(:now AS BIGINT)
	AND j.shard IN (SELECT s.n FROM dcc_shard s WHERE s.node = :node AND s.until > CAST(:now AS BIGINT))
GROUP BY j.user_eui, j.to_id, j.service ORDER BY j.user_eui, j.to_id, j.service LIMIT :limit;

-- ---- the story ----

-- name: meter_event_add :exec
INSERT INTO meter_event (device_id, job_id, at, way, what, ref, code, detail)
VALUES (:device, :job, :at, :way, :what, :ref, :code, :detail);

-- name: meter_event_page :many
SELECT v.id, v.device_id, v.job_id, v.at, v.way, v.what, v.ref, v.code, v.detail FROM meter_event v
WHERE v.device_id = :device AND v.id < :before AND (CAST(:job AS BIGINT) IS NULL OR v.job_id = :job)
ORDER BY v.id DESC LIMIT :limit;

-- name: meter_event_forget :exec
DELETE FROM meter_event WHERE id IN (SELECT v.id FROM meter_event v WHERE v.at < :before ORDER BY v.at, v.id LIMIT 1000);
