-- SPDX-License-Identifier: Apache-2.0
-- Call-outs, what was said about them, and how long their stages took. They wait in the states 'open',
-- 'with-manufacturer' and 'answered'; due_at is set exactly then.

-- name: callout_add :one
INSERT INTO callout (kind, entry_id, from_id, manufacturer, text, account_id, org_id, who, state, opened_at, stage_at,
	due_at, told)
VALUES (:kind, :entry_id, :from_id, :manufacturer, :text, :account_id, :org_id, :who, 'open', :opened_at, :stage_at,
	:due_at, 0)
RETURNING id;

-- The same report of the same account that still waits.
-- name: callout_same :one
SELECT id FROM callout
WHERE entry_id = :entry_id AND account_id = :account_id AND kind = :kind AND COALESCE(from_id, 0) = :from_id
	AND due_at IS NOT NULL
ORDER BY id LIMIT 1;

-- name: callout_open_count :one :scan
SELECT COUNT(*) FROM callout WHERE account_id = :account_id AND due_at IS NOT NULL;

-- The next two give the same columns.

-- name: callout_get :one
SELECT c.id, c.kind, c.entry_id, c.from_id, c.manufacturer, c.text, c.account_id, c.org_id, c.who, c.state, c.opened_at,
	c.stage_at, c.due_at, c.closed_at, c.proposal_id, c.answer_kind, c.answer_bases
FROM callout c WHERE c.id = :id;

-- name: callout_list :many
SELECT c.id, c.kind, c.entry_id, c.from_id, c.manufacturer, c.text, c.account_id, c.org_id, c.who, c.state, c.opened_at,
	c.stage_at, c.due_at, c.closed_at, c.proposal_id, c.answer_kind, c.answer_bases
FROM callout c
WHERE c.id < :before
	AND (CAST(:state AS TEXT) IS NULL OR c.state = :state)
	AND (CAST(:waiting AS BIGINT) = 0 OR c.due_at IS NOT NULL)
	AND (CAST(:entry_id AS BIGINT) = 0 OR c.entry_id = :entry_id)
	AND (CAST(:mine AS BIGINT) = 0 OR c.account_id = :account_id OR (CAST(:org_id AS BIGINT) <> 0 AND c.org_id = :org_id))
	AND (CAST(:todo AS BIGINT) = 0 OR (CAST(:secas AS BIGINT) <> 0 AND c.state IN ('open', 'answered'))
		OR (c.state = 'with-manufacturer' AND CAST(:codes AS TEXT) LIKE '% ' || c.manufacturer || ' %'))
ORDER BY c.id DESC LIMIT :limit;

-- name: callout_todo :one
SELECT COUNT(*) FROM callout c
WHERE c.due_at IS NOT NULL AND ((CAST(:secas AS BIGINT) <> 0 AND c.state IN ('open', 'answered'))
	OR (c.state = 'with-manufacturer' AND CAST(:codes AS TEXT) LIKE '% ' || c.manufacturer || ' %'));

-- name: callout_move :exec
UPDATE callout SET state = :state, stage_at = :stage_at, due_at = :due_at, told = 0, closed_at = :closed_at
WHERE id = :id;

-- name: callout_answer :exec
UPDATE callout SET answer_kind = :answer_kind, answer_bases = :answer_bases WHERE id = :id;

-- name: callout_proposal_there :one
SELECT version FROM proposal WHERE id = :id;

-- name: callout_proposal :exec
UPDATE callout SET proposal_id = :proposal_id WHERE id = :id;

-- name: callout_clocks :many :scan
SELECT id, state, stage_at, due_at, told FROM callout WHERE due_at IS NOT NULL AND told < 100 ORDER BY id;

-- name: callout_tell :exec
UPDATE callout SET told = :told WHERE id = :id;

-- name: callout_message_add :exec
INSERT INTO callout_message (callout_id, at, who, party, state, text)
VALUES (:callout_id, :at, :who, :party, :state, :text);

-- name: callout_message_list :many
SELECT at, who, party, state, text FROM callout_message WHERE callout_id = :callout_id ORDER BY id;

-- name: service_stage_add :exec
INSERT INTO service_stage (queue, subject_id, began_at, due_at, ended_at)
VALUES (:queue, :subject_id, :began_at, :due_at, :ended_at);

-- ---- service levels ----

-- The next three give how many wait, how many of them are late, and since when the oldest waits.

-- name: queue_callouts :one :scan
SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_at < :now THEN 1 ELSE 0 END), 0), MIN(stage_at)
FROM callout
WHERE due_at IS NOT NULL AND CASE WHEN state = 'with-manufacturer' THEN 1 ELSE 0 END = CAST(:manufacturer AS BIGINT);

-- name: queue_proposals :one
SELECT COUNT(*), COALESCE(SUM(CASE WHEN waiting_since < :late THEN 1 ELSE 0 END), 0), MIN(waiting_since)
FROM proposal WHERE state = 'open';

-- name: queue_imports :one :scan
SELECT COUNT(*), COALESCE(SUM(CASE WHEN at < :late THEN 1 ELSE 0 END), 0), MIN(at)
FROM feed_import WHERE state = 'held';

-- The next three give how many ended since then, and how many of them in time.

-- name: ended_callouts :one
SELECT COUNT(*), COALESCE(SUM(CASE WHEN ended_at <= due_at THEN 1 ELSE 0 END), 0)
FROM service_stage WHERE queue = :queue AND ended_at >= :since;

-- What its author withdrew was decided by nobody.
-- name: ended_proposals :one
SELECT COUNT(*),
	COALESCE(SUM(CASE WHEN COALESCE(approved_at, ended_at) - waiting_since <= CAST(:target AS BIGINT) THEN 1 ELSE 0 END), 0)
FROM proposal
WHERE state IN ('approved', 'published', 'returned', 'rejected') AND waiting_since IS NOT NULL
	AND COALESCE(approved_at, ended_at) >= :since;

-- name: ended_imports :one :scan
SELECT COUNT(*), COALESCE(SUM(CASE WHEN COALESCE(d.second_at, d.first_at) - f.at <= CAST(:target AS BIGINT) THEN 1 ELSE 0 END), 0)
FROM feed_decision d
JOIN feed_import f ON f.id = d.import_id
WHERE d.act = 'accept' AND d.state = 'done' AND COALESCE(d.second_at, d.first_at) >= :since;
