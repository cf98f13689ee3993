-- SPDX-License-Identifier: Apache-2.0
-- What the door of charging stations writes: connections, boots, jobs, messages. The node in :node is a process.

-- name: ocpp_connected :exec
UPDATE station SET node = :node, connected_at = :now, protocol = :protocol WHERE site_id = :site;

-- Only if it is still this connection's: another one may have taken its place, at another node.
-- name: ocpp_left :exec
UPDATE station SET node = NULL, left_at = :now, left_why = :why WHERE site_id = :site AND node = :node AND connected_at = :since;

-- A process that was killed left its connections in the rows.
-- name: ocpp_forget_node :exec
UPDATE station SET node = NULL, left_at = :now, left_why = 'the service restarted' WHERE node = :node;

-- A service says that it is there.
-- name: ocpp_service_seen :exec
UPDATE station_service SET seen_at = :now WHERE node = :node;

-- name: ocpp_service_add :exec
INSERT INTO station_service (node, seen_at) VALUES (:node, :now)
ON CONFLICT (node) DO UPDATE SET seen_at = excluded.seen_at;

-- What services that were not seen for too long held.
-- name: ocpp_services_left :exec
UPDATE station SET node = NULL, left_at = :now, left_why = 'its service went away'
WHERE node IN (SELECT v.node FROM station_service v WHERE v.seen_at < :before);

-- name: ocpp_services_forget :exec
DELETE FROM station_service WHERE seen_at < :before;

-- A service that had been given up by the others is back with its connections.
-- name: ocpp_kept :exec
UPDATE station SET node = :node, connected_at = :since WHERE site_id = :site AND node IS NULL;

-- name: ocpp_boot :exec
UPDATE station SET vendor = :vendor, model = :model, serial = COALESCE(:serial, serial), iccid = :iccid, imsi = :imsi,
	firmware = :firmware, boot_reason = :reason, boot_at = :now, boots = boots + 1
WHERE site_id = :site;

-- What was learned of it: NULL leaves a column as it is.
-- name: ocpp_learn :exec
UPDATE station SET signing = COALESCE(:signing, signing), components = COALESCE(:components, components),
	transfer = COALESCE(:transfer, transfer), firmware = COALESCE(:firmware, firmware),
	version_at = COALESCE(:version_at, version_at)
WHERE site_id = :site;

-- Numbers of messages are taken in blocks, so that they stay unique over connections and restarts (2.0.1 part 4).
-- name: ocpp_message_ids :one
UPDATE station SET message_id = message_id + CAST(:block AS BIGINT) WHERE site_id = :site
RETURNING message_id;

-- name: ocpp_request_id :one
UPDATE station SET request_id = request_id + 1 WHERE site_id = :site
RETURNING request_id;

-- Signs of life of all that are connected here.
-- name: ocpp_alive :exec
UPDATE device SET last_seen = :now, life = 'ok'
WHERE adapter = 'ocpp' AND site_id IN (SELECT s.site_id FROM station s WHERE s.node = :node);

-- ---- transactions and reservations ----

-- No station has more at once: one that says so spoils its own count, and nothing grows.
-- name: ocpp_busy_add :exec
INSERT INTO station_busy (site_id, kind, ref, evse, began_at, until_at)
SELECT CAST(:site AS BIGINT), CAST(:kind AS TEXT), CAST(:ref AS TEXT), CAST(:evse AS BIGINT), CAST(:now AS BIGINT), CAST(:until AS BIGINT)
WHERE (SELECT COUNT(*) FROM station_busy b WHERE b.site_id = :site AND b.kind = :kind) < 1000
ON CONFLICT (site_id, kind, ref) DO NOTHING;

-- name: ocpp_busy_end :exec
DELETE FROM station_busy WHERE site_id = :site AND kind = :kind AND ref = :ref;

-- A connector that is free has neither. Connector 0 is the station.
-- name: ocpp_busy_free :exec
DELETE FROM station_busy WHERE site_id = :site AND kind = :kind AND evse = :evse;

-- name: ocpp_busy_over :exec
DELETE FROM station_busy WHERE site_id = :site AND until_at <= CAST(:now AS BIGINT);

-- name: ocpp_busy_count :exec
UPDATE station SET
	transactions = (SELECT COUNT(*) FROM station_busy b WHERE b.site_id = station.site_id AND b.kind = 'transaction'),
	reservations = (SELECT COUNT(*) FROM station_busy b WHERE b.site_id = station.site_id AND b.kind = 'reservation')
WHERE site_id = :site;

-- ---- jobs ----

-- name: ocpp_job_add :one
INSERT INTO station_job (site_id, device_id, kind, cycle_id, seq, request_id, message, state, from_id, to_id, components, location,
	detail, boots, start_at, due_at, state_at, made_at)
VALUES (:site, :device, :kind, :cycle, :seq, :request, :message, :state, :from, :to, :components, :location, :detail, :boots, :start,
	:due, :now, :now)
RETURNING id;

-- name: ocpp_job_of_cycle :one
SELECT id, site_id, device_id, kind, cycle_id, seq, request_id, message, state, from_id, to_id, components, location, tracking, answer,
	reason, detail, events, log_file, boots, tries, start_at, due_at, state_at, made_at, ended_at, moves, resets
FROM station_job WHERE cycle_id = :cycle AND seq = :seq ORDER BY id DESC LIMIT 1;

-- name: ocpp_job_open :one
SELECT id, site_id, device_id, kind, cycle_id, seq, request_id, message, state, from_id, to_id, components, location, tracking, answer,
	reason, detail, events, log_file, boots, tries, start_at, due_at, state_at, made_at, ended_at, moves, resets
FROM station_job WHERE site_id = :site AND kind = :kind AND ended_at IS NULL;

-- name: ocpp_job_request :one
SELECT id, site_id, device_id, kind, cycle_id, seq, request_id, message, state, from_id, to_id, components, location, tracking, answer,
	reason, detail, events, log_file, boots, tries, start_at, due_at, state_at, made_at, ended_at, moves, resets
FROM station_job WHERE site_id = :site AND request_id = :request ORDER BY id DESC LIMIT 1;

-- name: ocpp_job_get :one
SELECT id, site_id, device_id, kind, cycle_id, seq, request_id, message, state, from_id, to_id, components, location, tracking, answer,
	reason, detail, events, log_file, boots, tries, start_at, due_at, state_at, made_at, ended_at, moves, resets
FROM station_job WHERE id = :id;

-- The newest of its kind, ended or not.
-- name: ocpp_job_last :one
SELECT id, site_id, device_id, kind, cycle_id, seq, request_id, message, state, from_id, to_id, components, location, tracking, answer,
	reason, detail, events, log_file, boots, tries, start_at, due_at, state_at, made_at, ended_at, moves, resets
FROM station_job WHERE site_id = :site AND kind = :kind ORDER BY id DESC LIMIT 1;

-- The one way a job moves: only from the state that was read.
-- name: ocpp_job_move :exec
UPDATE station_job SET message = :message, state = :state, request_id = :request, components = :components, location = :location,
	tracking = :tracking, answer = :answer, reason = :reason, detail = :detail, events = :events, log_file = :log_file,
	boots = :boots, tries = :tries, moves = :moves, resets = :resets, start_at = :start, due_at = :due, state_at = :state_at, ended_at = :ended
WHERE id = :id AND state = :was AND state_at = :was_at AND tries = :was_tries;

-- name: ocpp_job_due :many
SELECT id FROM station_job WHERE ended_at IS NULL AND due_at <= :now ORDER BY due_at, id LIMIT :limit;

-- Open jobs of stations connected at this node.
-- name: ocpp_jobs_here :many
SELECT j.id, j.site_id, j.kind, j.state FROM station s JOIN station_job j ON j.site_id = s.site_id AND j.ended_at IS NULL
WHERE s.node = :node AND s.site_id > :after ORDER BY s.site_id LIMIT :limit;

-- Jobs that were made lately, by whatever node; without a state those that are not this node's to send.
-- name: ocpp_jobs_new :many
SELECT j.id, j.site_id, j.kind, CASE WHEN s.node = CAST(:node AS TEXT) AND j.ended_at IS NULL THEN j.state ELSE '' END
FROM station_job j JOIN station s ON s.site_id = j.site_id WHERE j.id > :after ORDER BY j.id LIMIT :limit;

-- name: ocpp_jobs_last :one
SELECT COALESCE(MAX(id), 0) FROM station_job;

-- name: ocpp_jobs_open :one :scan
SELECT COUNT(*) FROM station_job WHERE ended_at IS NULL;

-- Walks under way of stations, in the order of their sites.
-- name: ocpp_walks :many
SELECT c.site_id, c.device_id FROM cycle c JOIN station s ON s.site_id = c.site_id
WHERE c.phase = 'active' AND c.site_id > :after ORDER BY c.site_id LIMIT :limit;

-- name: ocpp_site_walks :many
SELECT device_id FROM cycle WHERE phase = 'active' AND site_id = :site ORDER BY id LIMIT :limit;

-- name: ocpp_device :one
SELECT d.id, d.site_id, d.name, d.hardware, d.version, d.entry_id FROM device d WHERE d.id = :device;

-- name: ocpp_site_of_device :one
SELECT site_id FROM device WHERE id = :device AND adapter = 'ocpp';

-- Stations of an area that are being updated now.
-- name: ocpp_area_busy :one
SELECT COUNT(*) FROM station s WHERE s.area = :area AND s.site_id <> :but
	AND EXISTS (SELECT 1 FROM station_job j WHERE j.site_id = s.site_id AND j.kind = 'update' AND j.ended_at IS NULL);

-- Walks of stations that this controller serves.
-- name: ocpp_controller_busy :one :scan
SELECT COUNT(*) FROM station s JOIN cycle c ON c.site_id = s.site_id AND c.phase IN ('queued', 'active')
WHERE s.controller = :controller;

-- The newest word on an image (by its MD5) at a controller.
-- name: ocpp_job_image :one
SELECT id, site_id, device_id, kind, cycle_id, seq, request_id, message, state, from_id, to_id, components, location, tracking, answer,
	reason, detail, events, log_file, boots, tries, start_at, due_at, state_at, made_at, ended_at, moves, resets
FROM station_job WHERE site_id = :site AND kind IN ('publish', 'unpublish') AND tracking = :md5 ORDER BY id DESC LIMIT 1;

-- name: ocpp_published :many
SELECT id FROM station_job WHERE kind = 'publish' AND state = 'published' AND seq = 1 AND site_id >= :after
ORDER BY site_id, id LIMIT :limit;

-- ---- the story ----

-- name: ocpp_message_add :one
INSERT INTO station_message (site_id, job_id, at, way, action, ref, body, cut)
VALUES (:site, :job, :at, :way, :action, :ref, :body, :cut) RETURNING id;

-- All but the newest of a station.
-- name: ocpp_message_trim :exec
DELETE FROM station_message WHERE site_id = :site
	AND id <= (SELECT m.id FROM station_message m WHERE m.site_id = :site ORDER BY m.id DESC LIMIT 1 OFFSET :keep);

-- name: ocpp_message_forget :exec
DELETE FROM station_message WHERE id IN (SELECT m.id FROM station_message m WHERE m.at < :before ORDER BY m.at, m.id LIMIT 1000);
