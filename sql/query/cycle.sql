-- SPDX-License-Identifier: Apache-2.0
-- The runner's statements: a walk is a device with its active cycle.

-- name: walk_of_device :one
SELECT d.id, d.name, d.adapter, d.address, d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.hint_entry_id,
	d.entry_id, d.entry_why, d.state, d.mark, d.boots, d.last_seen, d.life,
	c.id, c.campaign_id, c.phase, c.cm, c.plan_id, c.start_id, c.hop, c.hops_done, c.from_id, c.to_id, c.together, c.seq,
	c.trigger_seq, c.boots, c.command, c.ending, c.reason, c.detail, c.tries, c.refusals, c.due_at, c.started_at,
	d.org_id, d.site_id, c.wave, c.not_before
FROM device d LEFT JOIN cycle c ON c.device_id = d.id AND c.phase = 'active'
WHERE d.id = :device;

-- For polls. Devices call by name alone: the name belongs to who registered it first.
-- name: walk_of_name :one
SELECT d.id, d.name, d.adapter, d.address, d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.hint_entry_id,
	d.entry_id, d.entry_why, d.state, d.mark, d.boots, d.last_seen, d.life,
	c.id, c.campaign_id, c.phase, c.cm, c.plan_id, c.start_id, c.hop, c.hops_done, c.from_id, c.to_id, c.together, c.seq,
	c.trigger_seq, c.boots, c.command, c.ending, c.reason, c.detail, c.tries, c.refusals, c.due_at, c.started_at,
	d.org_id, d.site_id, c.wave, c.not_before
FROM device d LEFT JOIN cycle c ON c.device_id = d.id AND c.phase = 'active'
WHERE d.name = :name ORDER BY d.id LIMIT 1;

-- name: walk_of_cycle :one
SELECT d.id, d.name, d.adapter, d.address, d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.hint_entry_id,
	d.entry_id, d.entry_why, d.state, d.mark, d.boots, d.last_seen, d.life,
	c.id, c.campaign_id, c.phase, c.cm, c.plan_id, c.start_id, c.hop, c.hops_done, c.from_id, c.to_id, c.together, c.seq,
	c.trigger_seq, c.boots, c.command, c.ending, c.reason, c.detail, c.tries, c.refusals, c.due_at, c.started_at,
	d.org_id, d.site_id, c.wave, c.not_before
FROM cycle c JOIN device d ON d.id = c.device_id
WHERE c.id = :cycle;

-- Queued walks whose time has come and whose device is not being walked by another campaign.
-- name: cycle_claim :many
SELECT c.id FROM cycle c
WHERE c.campaign_id = :campaign AND c.phase = 'queued' AND c.not_before <= :now
	AND NOT EXISTS (SELECT 1 FROM cycle o WHERE o.device_id = c.device_id AND o.phase = 'active')
ORDER BY c.not_before, c.id LIMIT :limit;

-- When the next queued walk of a campaign may begin.
-- name: cycle_next_ready :one
SELECT not_before FROM cycle WHERE campaign_id = :campaign AND phase = 'queued' ORDER BY not_before, id LIMIT 1;

-- name: cycle_due :many
SELECT id FROM cycle WHERE phase = 'active' AND due_at <= :now ORDER BY due_at, id LIMIT :limit;

-- name: cycle_next_due :one
SELECT due_at FROM cycle WHERE phase = 'active' AND due_at IS NOT NULL ORDER BY due_at, id LIMIT 1;

-- name: cycle_active :many
SELECT id FROM cycle WHERE campaign_id = :campaign AND phase = 'active' AND id > :after ORDER BY id LIMIT :limit;

-- After a time without service nobody could have answered: silence is counted anew.
-- name: cycle_rearm :exec
UPDATE cycle SET due_at = :due WHERE phase = 'active' AND cm = :cm AND due_at < :due;

-- The one way a walk moves: only from the state that was read.
-- name: cycle_move :exec
UPDATE cycle SET phase = :phase, cm = :cm, seq = :seq, reason = :reason, detail = :detail, plan_id = :plan, start_id = :start,
	hop = :hop, hops_done = :hops_done, from_id = :from, to_id = :to, together = :together, trigger_seq = :trigger_seq,
	boots = :boots, command = :command, ending = :ending, tries = :tries, refusals = :refusals, due_at = :due,
	started_at = :started, changed_at = :now, ended_at = :ended, not_before = :not_before
WHERE id = :id AND phase = :was_phase AND cm = :was_cm AND seq = :was_seq;

-- name: event_add :exec
INSERT INTO cycle_event (campaign_id, n, cycle_id, at, hop, event, was, now, command, from_id, to_id, detail)
VALUES (:campaign, :n, :cycle, :at, :hop, :event, :was, :now, :command, :from, :to, :detail);
