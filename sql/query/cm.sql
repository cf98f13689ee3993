-- SPDX-License-Identifier: Apache-2.0
-- Vehicles and their Building Blocks. :sees as in fleet.sql.

-- Two rows: the name is taken by more than one owner.
-- name: vehicle_named :many
SELECT v.site_id FROM site s JOIN vehicle v ON v.site_id = s.id WHERE s.name = :name
	AND (CAST(:sees AS BIGINT) = 0 OR s.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND s.org_id IS NULL))
ORDER BY s.id LIMIT 2;

-- name: vehicle_get :one
SELECT v.site_id, s.name, s.org_id, (SELECT o.name FROM organisation o WHERE o.id = s.org_id), v.type_id, v.running, v.mode,
	v.state, v.wait, v.prompt, v.prompt_why, v.prompt_seq, v.seq, v.due_at, v.requests, v.triggers, v.wave,
	v.rolling_back, v.updating, v.active_vc, v.previous_vc, v.blocks, v.lost, v.extended, v.log_last, v.changed_at,
	v.cancelled, v.sync_update, v.resyncs
FROM vehicle v JOIN site s ON s.id = v.site_id WHERE v.site_id = :site;

-- name: vehicle_page :many
SELECT v.site_id, s.name, s.org_id, (SELECT o.name FROM organisation o WHERE o.id = s.org_id), v.type_id, v.running, v.mode,
	v.state, v.wait, v.prompt, v.prompt_why, v.prompt_seq, v.seq, v.due_at, v.requests, v.triggers, v.wave,
	v.rolling_back, v.updating, v.active_vc, v.previous_vc, v.blocks, v.lost, v.extended, v.log_last, v.changed_at,
	v.cancelled, v.sync_update, v.resyncs
FROM vehicle v JOIN site s ON s.id = v.site_id
WHERE v.site_id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR s.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND s.org_id IS NULL))
ORDER BY v.site_id LIMIT :limit;

-- name: vehicle_add :exec
INSERT INTO vehicle (site_id, type_id, running, mode, state, wait, prompt, prompt_why, prompt_seq, seq, due_at, requests,
	triggers, wave, rolling_back, updating, active_vc, previous_vc, blocks, lost, extended, log_last, cancelled,
	sync_update, resyncs, changed_at)
VALUES (:site, :type, :running, :mode, :state, :wait, 'nothing', '', 0, 0, NULL, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, :now);

-- name: vehicle_put :exec
UPDATE vehicle SET running = :running, mode = :mode, state = :state, wait = :wait, prompt = :prompt, prompt_why = :prompt_why,
	prompt_seq = :prompt_seq, seq = :seq, due_at = :due, requests = :requests, triggers = :triggers, wave = :wave,
	rolling_back = :rolling_back, updating = :updating, cancelled = :cancelled, sync_update = :sync_update, resyncs = :resyncs, active_vc = :active, previous_vc = :previous, blocks = :blocks,
	lost = :lost, extended = :extended, log_last = :log_last, changed_at = :now
WHERE site_id = :site;

-- name: vehicle_due :many
SELECT site_id FROM vehicle WHERE due_at <= :now ORDER BY due_at LIMIT :limit;

-- name: vehicle_next_due :one
SELECT due_at FROM vehicle WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1;

-- name: vehicle_after :many
SELECT site_id FROM vehicle WHERE site_id > :after ORDER BY site_id LIMIT :limit;

-- Vehicle Configurations that are active anywhere.
-- name: vehicle_vcs :many :scan
SELECT c.id FROM vc c WHERE EXISTS (SELECT 1 FROM vehicle v WHERE v.active_vc = c.id) ORDER BY c.id;

-- name: bb_list :many
SELECT b.n, b.device_id, b.type_id, b.name, b.wave, b.manifest, b.want_hash, b.known, b.advised, b.lost, b.served, b.packaged,
	b.restarted, b.command, b.seq, b.trigger_seq, b.boots, b.asked_at, b.response_ms, b.permit, b.status, b.last, b.sent_at,
	d.name, d.life, d.last_seen, d.progress, d.step
FROM building_block b JOIN device d ON d.id = b.device_id WHERE b.site_id = :site ORDER BY b.n;

-- name: bb_of_device :one
SELECT site_id FROM building_block WHERE device_id = :device;

-- name: bb_clear :exec
DELETE FROM building_block WHERE site_id = :site;

-- name: bb_put :exec
INSERT INTO building_block (site_id, n, device_id, type_id, name, wave, manifest, want_hash, known, advised, lost, served,
	packaged, restarted, last, command, seq, trigger_seq, boots, asked_at, sent_at, response_ms, permit, status)
VALUES (:site, :n, :device, :type, :name, :wave, :manifest, :want_hash, :known, :advised, :lost, :served, :packaged, :restarted,
	:last, :command, :seq, :trigger_seq, :boots, :asked, :sent, :response, :permit, :status)
ON CONFLICT (site_id, n) DO UPDATE SET known = excluded.known, advised = excluded.advised, lost = excluded.lost,
	served = excluded.served, packaged = excluded.packaged, restarted = excluded.restarted, last = excluded.last, command = excluded.command,
	seq = excluded.seq, trigger_seq = excluded.trigger_seq, boots = excluded.boots, asked_at = excluded.asked_at,
	sent_at = excluded.sent_at, response_ms = excluded.response_ms, permit = excluded.permit, status = excluded.status;

-- What a poll of a Building Block needs.
-- name: bb_poll :one
SELECT b.site_id, b.n, b.want_hash, b.known, b.advised, b.lost, b.command, b.seq, b.permit, b.asked_at, v.running,
	b.manifest, x.version, x.config_id, b.type_id, v.updating
FROM building_block b JOIN vehicle v ON v.site_id = b.site_id LEFT JOIN vc_bb x ON x.vc_id = v.active_vc AND x.n = b.n
WHERE b.device_id = :device;

-- The active Manifest of a Building Block, and what its Package is.
-- name: bb_files :one
SELECT b.site_id, v.running, b.served, b.packaged, x.manifest, x.archives, x.network, b.name
FROM building_block b JOIN vehicle v ON v.site_id = b.site_id LEFT JOIN vc_bb x ON x.vc_id = v.active_vc AND x.n = b.n
WHERE b.device_id = :device;

-- Building Blocks that have fallen silent (E27) and whose vehicle does not know yet.
-- name: bb_silent :many :scan
SELECT b.site_id, b.device_id FROM building_block b JOIN device d ON d.id = b.device_id
WHERE b.lost = 0 AND d.life = 'lost' ORDER BY b.site_id, b.n LIMIT :limit;

-- The same: they were asked something and have said nothing since.
-- name: bb_overdue :many
SELECT site_id, device_id FROM building_block WHERE asked_at < :before AND lost = 0 ORDER BY asked_at LIMIT :limit;

-- The device of a site that has a Type ID; else a name of the site's owner.
-- name: bb_device :many
SELECT id, name FROM device WHERE site_id = :site AND scheme = 'bb' AND type_id = :type ORDER BY id LIMIT 1;

-- name: bb_device_named :one
SELECT id FROM device WHERE site_id = :site AND name = :name AND adapter = 'bbum' AND scheme = 'bb' AND type_id IS NULL;

-- name: device_type :exec
UPDATE device SET type_id = :type WHERE id = :device;

-- name: cm_log_add :exec
INSERT INTO cm_log (site_id, n, at, event, extended, bb, device_id, text)
VALUES (:site, :n, :at, :event, :extended, :bb, :device, :text);

-- name: cm_log_trim :exec
DELETE FROM cm_log WHERE site_id = :site AND n <= :upto;

-- name: cm_log_since :many
SELECT l.n, l.at, l.event, l.extended, l.bb, d.name, l.text
FROM cm_log l LEFT JOIN device d ON d.id = l.device_id
WHERE l.site_id = :site AND l.n > :since AND l.extended <= :extended
	AND (CAST(:bb AS BIGINT) IS NULL OR l.bb = :bb) AND (CAST(:event AS TEXT) IS NULL OR l.event = :event)
ORDER BY l.n LIMIT :limit;

-- The newest ones, newest first.
-- name: cm_log_newest :many
SELECT l.n, l.at, l.event, l.extended, l.bb, d.name, l.text
FROM cm_log l LEFT JOIN device d ON d.id = l.device_id
WHERE l.site_id = :site AND l.extended <= :extended
	AND (CAST(:bb AS BIGINT) IS NULL OR l.bb = :bb) AND (CAST(:event AS TEXT) IS NULL OR l.event = :event)
ORDER BY l.n DESC LIMIT :limit;

-- Whose is a vehicle (for events)?
-- name: event_org_vehicle :one
SELECT COALESCE(org_id, 0) FROM site WHERE id = :id;
