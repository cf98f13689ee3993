-- SPDX-License-Identifier: Apache-2.0
-- What is kept towards the DCC: distributions, users and their budgets, who acts for which meters.

-- ---- distributions ----

-- name: distribution_add :one
INSERT INTO distribution (user_eui, entry_id, service, counter, state, devices, node, due_at, made_at)
VALUES (:user, :entry, :service, :counter, 'sent', 0, :node, :due, :now) RETURNING id;

-- name: distribution_fill :exec
UPDATE meter_job SET state = 'sent', dist_id = :dist, dist_counter = :counter, state_at = CAST(:now AS BIGINT), due_at = :due,
	moves = moves + 1, reason = '', detail = ''
WHERE id IN (SELECT j.id FROM meter_job j
	WHERE j.state = 'ready' AND j.user_eui = :user AND j.to_id = :entry AND j.service = :service AND j.not_before <= :now
		AND j.shard IN (SELECT s.n FROM dcc_shard s WHERE s.node = :node AND s.until > :now)
	LIMIT :limit);

-- name: distribution_count :exec
UPDATE distribution SET devices = :devices WHERE id = :id;

-- name: distribution_drop :exec
DELETE FROM distribution WHERE id = :id;

-- What its jobs are, before it leaves.
-- name: distribution_hops :many :scan
SELECT DISTINCT c.campaign_id, COALESCE(c.plan_id, 0), j.from_id FROM meter_job j JOIN cycle c ON c.id = j.cycle_id
WHERE j.dist_id = :dist AND j.ended_at IS NULL ORDER BY 1, 2, 3 LIMIT :limit;

-- Back to those that wait: no request of theirs is under way.
-- name: distribution_shut :exec
UPDATE meter_job SET state = 'ready', dist_id = NULL, dist_counter = 0, not_before = :later, due_at = :later, reason = 'barred',
	state_at = :now, moves = moves + 1
WHERE dist_id = :dist AND ended_at IS NULL AND state = 'sent' AND EXISTS (SELECT 1 FROM meter m
	WHERE m.device_id = meter_job.device_id AND (m.quarantine <> '' OR m.authority <> 'held'));

-- name: distribution_back :exec
UPDATE meter_job SET state = 'ready', dist_id = NULL, dist_counter = 0, not_before = :later, due_at = :later, reason = :reason,
	state_at = :now, moves = moves + 1
WHERE dist_id = :dist AND ended_at IS NULL AND state = 'sent' AND from_id = :from AND EXISTS (SELECT 1 FROM cycle c
	WHERE c.id = meter_job.cycle_id AND c.campaign_id = :campaign AND COALESCE(c.plan_id, 0) = :plan);

-- Those after the last hop that was looked at: they come in another one.
-- name: distribution_keep :exec
UPDATE meter_job SET state = 'ready', dist_id = NULL, dist_counter = 0, not_before = :now, due_at = :now, state_at = :now,
	moves = moves + 1
WHERE dist_id = :dist AND ended_at IS NULL AND state = 'sent' AND EXISTS (SELECT 1 FROM cycle c
	WHERE c.id = meter_job.cycle_id AND (c.campaign_id > :campaign OR (c.campaign_id = :campaign
		AND (COALESCE(c.plan_id, 0) > :plan OR (COALESCE(c.plan_id, 0) = :plan AND meter_job.from_id > :from)))));

-- name: distribution_counted :one
SELECT COUNT(*) FROM meter_job WHERE dist_id = :dist AND ended_at IS NULL;

-- name: distribution_get :one
SELECT x.id, x.user_eui, x.entry_id, x.service, x.counter, x.state, x.devices, x.node, x.code, x.detail, x.due_at, x.made_at,
	x.answered_at, (SELECT n.public_id FROM entry n WHERE n.id = x.entry_id)
FROM distribution x WHERE x.id = :id;

-- name: distribution_of_counter :one
SELECT x.id, x.user_eui, x.entry_id, x.service, x.counter, x.state, x.devices, x.node, x.code, x.detail, x.due_at, x.made_at,
	x.answered_at, (SELECT n.public_id FROM entry n WHERE n.id = x.entry_id)
FROM distribution x WHERE x.user_eui = :user AND x.counter = :counter ORDER BY x.id LIMIT 1;

-- name: distribution_due :many
SELECT x.id, x.user_eui, x.entry_id, x.service, x.counter, x.state, x.devices, x.node, x.code, x.detail, x.due_at, x.made_at,
	x.answered_at, (SELECT n.public_id FROM entry n WHERE n.id = x.entry_id)
FROM distribution x WHERE x.state = 'sent' AND x.due_at <= :now ORDER BY x.due_at LIMIT :limit;

-- name: distribution_end :exec
UPDATE distribution SET state = :state, code = :code, detail = :detail, answered_at = :now, due_at = NULL
WHERE id = :id AND state = 'sent';

-- name: distribution_page :many
SELECT x.id, x.user_eui, x.entry_id, x.service, x.counter, x.state, x.devices, x.node, x.code, x.detail, x.due_at, x.made_at,
	x.answered_at, (SELECT n.public_id FROM entry n WHERE n.id = x.entry_id)
FROM distribution x WHERE x.id < :before ORDER BY x.id DESC LIMIT :limit;

-- name: distribution_page_user :many
SELECT x.id, x.user_eui, x.entry_id, x.service, x.counter, x.state, x.devices, x.node, x.code, x.detail, x.due_at, x.made_at,
	x.answered_at, (SELECT n.public_id FROM entry n WHERE n.id = x.entry_id)
FROM distribution x WHERE x.user_eui = :user AND x.id < :before ORDER BY x.id DESC LIMIT :limit;

-- name: distribution_jobs :many
SELECT j.id, j.device_id, m.eui FROM meter_job j JOIN meter m ON m.device_id = j.device_id
WHERE j.dist_id = :dist AND j.ended_at IS NULL AND j.id > :after ORDER BY j.id LIMIT :limit;

-- Before the move: it reads the state that the move leaves.
-- name: distribution_tell :exec
INSERT INTO meter_event (device_id, job_id, at, way, what, ref, code, detail)
SELECT j.device_id, j.id, CAST(:now AS BIGINT), CAST(:way AS TEXT), CAST(:what AS TEXT), CAST(:ref AS BIGINT), CAST(:code AS TEXT),
	CAST(:detail AS TEXT)
FROM meter_job j WHERE j.dist_id = :dist AND j.ended_at IS NULL AND j.state = :from;

-- name: distribution_move :exec
UPDATE meter_job SET state = :to, reason = :reason, due_at = :due, not_before = :not_before, state_at = :now, tries = 0,
	moves = moves + 1
WHERE dist_id = :dist AND ended_at IS NULL AND state = :from;

-- ---- users ----

-- name: dcc_user_put :exec
INSERT INTO dcc_user (eui, org_id) VALUES (:eui, :org) ON CONFLICT (eui) DO UPDATE SET org_id = excluded.org_id, speaks = 1;

-- name: dcc_user_get :one
SELECT eui, org_id, counter, held, held_at, day, critical, requests,
	(SELECT o.name FROM organisation o WHERE o.id = dcc_user.org_id) FROM dcc_user WHERE eui = :eui;

-- name: dcc_user_of_org :one
SELECT eui, org_id, counter, held, held_at, day, critical, requests,
	(SELECT o.name FROM organisation o WHERE o.id = dcc_user.org_id) FROM dcc_user
WHERE speaks = 1 AND org_id IS NOT DISTINCT FROM CAST(:org AS BIGINT) ORDER BY eui LIMIT 1;

-- name: dcc_user_list :many :scan
SELECT eui, org_id, counter, held, held_at, day, critical, requests,
	(SELECT o.name FROM organisation o WHERE o.id = dcc_user.org_id) FROM dcc_user
WHERE speaks = 1 AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL))
ORDER BY eui LIMIT :limit;

-- Its counter stays: it may come back.
-- name: dcc_user_drop :exec
UPDATE dcc_user SET speaks = 0 WHERE eui = :eui;

-- name: dcc_user_counter :one
UPDATE dcc_user SET counter = CASE WHEN counter >= CAST(:now AS BIGINT) THEN counter + 1 ELSE CAST(:now AS BIGINT) END
WHERE eui = :eui RETURNING counter;

-- name: dcc_user_spend :one
UPDATE dcc_user SET critical = CASE WHEN day = CAST(:day AS BIGINT) THEN critical ELSE 0 END + CAST(:critical AS BIGINT),
	requests = CASE WHEN day = CAST(:day AS BIGINT) THEN requests ELSE 0 END + CAST(:requests AS BIGINT), day = CAST(:day AS BIGINT)
WHERE eui = :eui RETURNING critical;

-- name: dcc_user_hold :exec
UPDATE dcc_user SET held = :why, held_at = :now WHERE eui = :eui;

-- ---- who acts ----

-- name: dcc_node_seen :exec
INSERT INTO dcc_node (node, seen_at) VALUES (:node, :now) ON CONFLICT (node) DO UPDATE SET seen_at = excluded.seen_at;

-- name: dcc_nodes_forget :exec
DELETE FROM dcc_node WHERE seen_at < :before;

-- name: dcc_nodes :one :scan
SELECT COUNT(*) FROM dcc_node;

-- name: dcc_node_list :many :scan
SELECT k.node, k.seen_at, (SELECT COUNT(*) FROM dcc_shard s WHERE s.node = k.node AND s.until > CAST(:now AS BIGINT))
FROM dcc_node k ORDER BY k.node LIMIT :limit;

-- name: dcc_shard_renew :exec
UPDATE dcc_shard SET until = :until WHERE node = :node;

-- name: dcc_shard_take :exec :scan
UPDATE dcc_shard SET node = :node, until = :until
WHERE n IN (SELECT s.n FROM dcc_shard s
	WHERE s.node IS NULL OR s.until <= CAST(:now AS BIGINT) OR s.until > CAST(:far AS BIGINT) ORDER BY s.n LIMIT :limit);

-- name: dcc_shard_give :exec
UPDATE dcc_shard SET node = NULL, until = 0 WHERE node = :node AND n IN
	(SELECT s.n FROM dcc_shard s WHERE s.node = :node ORDER BY s.n LIMIT 64 OFFSET :keep);

-- name: dcc_shard_held :many
SELECT n FROM dcc_shard WHERE node = :node AND until > :now ORDER BY n;
