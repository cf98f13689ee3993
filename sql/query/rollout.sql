-- SPDX-License-Identifier: Apache-2.0
-- Rollouts over vehicles (core/rollout.h). :sees as in fleet.sql.

-- name: rollout_add :one
INSERT INTO rollout (owner_key, name, org_id, type_id, state, reason, at_most, stop_after, n_total, n_queued, n_active, n_held,
	n_done, n_refused, n_stopped, n_steps, created_by, created_at, changed_at)
VALUES (CAST(COALESCE(CAST(:org AS BIGINT), 0) AS TEXT) || '/' || CAST(:name AS TEXT), :name, :org, :type, 'running', '',
	:at_most, :stop_after, 0, 0, 0, 0, 0, 0, 0, 0, :by, :now, :now)
RETURNING id;

-- name: rollout_step_add :exec
INSERT INTO rollout_step (rollout_id, n, vc_id) VALUES (:rollout, :n, :vc);

-- name: rollout_steps :many
SELECT s.n, s.vc_id, v.n, v.name, v.version, v.state, v.kept
FROM rollout_step s JOIN vc v ON v.id = s.vc_id WHERE s.rollout_id = :rollout ORDER BY s.n;

-- Vehicles of the type that the owner has: all, or those that begin with a prefix.
-- name: rollout_vehicles_of :many
SELECT v.site_id, s.name, v.active_vc,
	(SELECT COUNT(*) FROM rollout_vehicle b WHERE b.site_id = v.site_id AND b.phase IN ('queued', 'active', 'held'))
FROM vehicle v JOIN site s ON s.id = v.site_id
WHERE v.type_id = :type AND s.id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR s.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND s.org_id IS NULL))
	AND (CAST(:prefix AS TEXT) IS NULL OR substr(s.name, 1, length(:prefix)) = :prefix)
ORDER BY s.id LIMIT :limit;

-- name: rollout_vehicle_add :exec
INSERT INTO rollout_vehicle (rollout_id, site_id, phase, step, reason, detail, changed_at, ended_at)
VALUES (:rollout, :site, :phase, :step, :reason, :detail, :now, :ended);

-- name: rollout_named :many
SELECT id FROM rollout WHERE name = :name
	AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL))
ORDER BY id LIMIT 2;

-- name: rollout_get :one
SELECT r.id, r.name, r.org_id, r.type_id, r.state, r.reason, r.at_most, r.stop_after, r.forgiven, r.n_total, r.n_queued, r.n_active,
	r.n_held, r.n_done, r.n_refused, r.n_stopped, r.n_steps, r.created_by, r.created_at, r.changed_at, r.ended_at
FROM rollout r WHERE r.id = :id;

-- name: rollout_page :many
SELECT r.id, r.name, r.org_id, r.type_id, r.state, r.reason, r.at_most, r.stop_after, r.forgiven, r.n_total, r.n_queued, r.n_active,
	r.n_held, r.n_done, r.n_refused, r.n_stopped, r.n_steps, r.created_by, r.created_at, r.changed_at, r.ended_at
FROM rollout r WHERE r.id < :before
	AND (CAST(:sees AS BIGINT) = 0 OR r.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND r.org_id IS NULL))
ORDER BY r.id DESC LIMIT :limit;

-- Running ones with something to do: news of a vehicle under way, room for one that waits, or nothing left.
-- name: rollout_due :many :scan
SELECT r.id FROM rollout r
WHERE r.state = 'running' AND (
	EXISTS (SELECT 1 FROM rollout_vehicle m JOIN vehicle v ON v.site_id = m.site_id
		WHERE m.rollout_id = r.id AND m.phase = 'active'
			AND ((v.state = 'normal-operation' AND v.wait = 'idle') OR v.state IN ('stopped', 'error')
				OR (v.prompt <> 'nothing' AND v.mode = 'auto')))
	OR (r.n_active < r.at_most AND EXISTS (SELECT 1 FROM rollout_vehicle m JOIN vehicle v ON v.site_id = m.site_id
		WHERE m.rollout_id = r.id AND m.phase = 'queued' AND v.state = 'normal-operation' AND v.wait = 'idle'))
	OR r.n_active + r.n_queued = 0)
ORDER BY r.id LIMIT 100;

-- The counters are counted, never added up: what the rows say is what stands.
-- name: rollout_count :exec
UPDATE rollout SET
	n_total = (SELECT COUNT(*) FROM rollout_vehicle m WHERE m.rollout_id = rollout.id),
	n_queued = (SELECT COUNT(*) FROM rollout_vehicle m WHERE m.rollout_id = rollout.id AND m.phase = 'queued'),
	n_active = (SELECT COUNT(*) FROM rollout_vehicle m WHERE m.rollout_id = rollout.id AND m.phase = 'active'),
	n_held = (SELECT COUNT(*) FROM rollout_vehicle m WHERE m.rollout_id = rollout.id AND m.phase = 'held'),
	n_done = (SELECT COUNT(*) FROM rollout_vehicle m WHERE m.rollout_id = rollout.id AND m.phase = 'done'),
	n_refused = (SELECT COUNT(*) FROM rollout_vehicle m WHERE m.rollout_id = rollout.id AND m.phase = 'refused'),
	n_stopped = (SELECT COUNT(*) FROM rollout_vehicle m WHERE m.rollout_id = rollout.id AND m.phase = 'stopped'),
	n_steps = n_steps + :steps, changed_at = :now
WHERE id = :id;

-- name: rollout_state :exec
UPDATE rollout SET state = :state, reason = :reason, forgiven = :forgiven, ended_at = :ended, changed_at = :now WHERE id = :id;

-- Those that wait and rest in normal operation; the others wait on.
-- name: rollout_next_queued :many
SELECT m.site_id, m.step FROM rollout_vehicle m JOIN vehicle v ON v.site_id = m.site_id
WHERE m.rollout_id = :rollout AND m.phase = 'queued' AND v.state = 'normal-operation' AND v.wait = 'idle'
ORDER BY m.site_id LIMIT :limit;

-- Vehicles under way that have something to say: they rest in normal operation, or somebody is asked, or they stopped.
-- name: rollout_news :many
SELECT m.site_id, m.step FROM rollout_vehicle m JOIN vehicle v ON v.site_id = m.site_id
WHERE m.rollout_id = :rollout AND m.phase = 'active'
	AND ((v.state = 'normal-operation' AND v.wait = 'idle') OR v.state IN ('stopped', 'error')
		OR (v.prompt <> 'nothing' AND v.mode = 'auto'))
ORDER BY m.site_id LIMIT :limit;

-- name: rollout_vehicle_put :exec
UPDATE rollout_vehicle SET phase = :phase, step = :step, reason = :reason, detail = :detail,
	started_at = COALESCE(started_at, CAST(:started AS BIGINT)), changed_at = :now, ended_at = :ended
WHERE rollout_id = :rollout AND site_id = :site;

-- name: rollout_requeue :exec
UPDATE rollout_vehicle SET phase = 'active', reason = '', detail = '', changed_at = :now, ended_at = NULL
WHERE rollout_id = :rollout AND phase = 'held';

-- name: rollout_end :exec
UPDATE rollout_vehicle SET phase = 'stopped', changed_at = :now, ended_at = :now
WHERE rollout_id = :rollout AND phase IN ('queued', 'active', 'held');

-- name: rollout_members :many
SELECT m.site_id, s.name, m.phase, m.step, m.reason, m.detail, m.started_at, m.changed_at, m.ended_at, v.state, v.prompt
FROM rollout_vehicle m JOIN site s ON s.id = m.site_id JOIN vehicle v ON v.site_id = m.site_id
WHERE m.rollout_id = :rollout AND m.site_id > :after AND (CAST(:phase AS TEXT) IS NULL OR m.phase = :phase)
ORDER BY m.site_id LIMIT :limit;

-- name: event_org_rollout :one
SELECT org_id FROM rollout WHERE id = :id;
