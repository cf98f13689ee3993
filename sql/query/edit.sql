-- SPDX-License-Identifier: Apache-2.0
-- Proposals, what they touch, and the security lane.

-- name: proposal_add :one
INSERT INTO proposal (version, state, title, reason, items, hash, effective_on, embargo_until, author_id, author, org_id, org,
	base_rev, created_at, changed_at, waiting_since)
VALUES (1, :state, :title, :reason, :items, :hash, :effective_on, :embargo_until, :author_id, :author, :org_id, :org,
	:base_rev, :now, :now, :waiting_since)
RETURNING id;

-- name: proposal_get :one
SELECT id, version, state, title, reason, items, hash, effective_on, embargo_until, author_id, author, org_id, org, base_rev,
	created_at, changed_at, waiting_since, approver_id, approver, approved_at, approved_hash, approve_why, publish_at,
	revision, ended_at, ended_by, ended_why
FROM proposal WHERE id = :id;

-- Only who still sees the version that he read changes it.
-- name: proposal_put :exec
UPDATE proposal SET version = version + 1, state = :state, title = :title, reason = :reason, items = :items, hash = :hash,
	effective_on = :effective_on, embargo_until = :embargo_until, base_rev = :base_rev, changed_at = :now,
	waiting_since = :waiting_since, approver_id = :approver_id, approver = :approver, approved_at = :approved_at,
	approved_hash = :approved_hash, approve_why = :approve_why, publish_at = :publish_at, revision = :revision,
	ended_at = :ended_at, ended_by = :ended_by, ended_why = :ended_why
WHERE id = :id AND version = :version;

-- What somebody may see, newest first: its own, its organisation's, all (SECAS, SSC), all without embargo (auditors), the
-- published ones without embargo (every account).
-- name: proposal_page :many
SELECT id, version, state, title, reason, '', hash, effective_on, embargo_until, author_id, author, org_id, org, base_rev,
	created_at, changed_at, waiting_since, approver_id, approver, approved_at, approved_hash, approve_why, publish_at,
	revision, ended_at, ended_by, ended_why
FROM proposal
WHERE id < :before
	AND (CAST(:state AS TEXT) IS NULL OR state = :state OR (:state = 'waiting' AND state IN ('open', 'approved')))
	AND (CAST(:mine AS BIGINT) = 0 OR author_id = :account)
	AND (author_id = :account OR (state <> 'draft' AND (
		(org_id = CAST(:org AS BIGINT) AND org_id > 0)
		OR CAST(:all AS BIGINT) = 1
		OR ((embargo_until IS NULL OR embargo_until <= CAST(:now AS BIGINT))
			AND (CAST(:open AS BIGINT) = 1 OR (CAST(:person AS BIGINT) = 1 AND state = 'published'))))))
ORDER BY id DESC LIMIT :limit;

-- name: proposal_todo :one
SELECT COUNT(*) FROM proposal WHERE state = 'open' AND author_id <> :account;

-- name: proposal_due :one :scan
SELECT id FROM proposal WHERE state = 'approved' AND publish_at <= :now ORDER BY publish_at, id LIMIT 1;

-- name: proposal_next :one :scan
SELECT publish_at FROM proposal WHERE state = 'approved' ORDER BY publish_at, id LIMIT 1;

-- name: proposal_entry_clear :exec
DELETE FROM proposal_entry WHERE proposal_id = :proposal;

-- name: proposal_entry_add :exec
INSERT INTO proposal_entry (proposal_id, entry_id, base) VALUES (:proposal, :entry, :base)
ON CONFLICT (proposal_id, entry_id, base) DO NOTHING;

-- Entries of a proposal about which something else was said since, or whose own state changed.
-- name: proposal_moved :many :scan
SELECT DISTINCT e.scheme, e.public_id
FROM proposal_entry t JOIN entry e ON e.id = t.entry_id
WHERE t.proposal_id = :proposal AND (
	(t.base = 0 AND EXISTS (SELECT 1 FROM statement s WHERE s.entry_id = t.entry_id
		AND (s.from_rev > :base OR s.to_rev > :base)))
	OR EXISTS (SELECT 1 FROM entry_state x WHERE x.entry_id = t.entry_id AND x.from_rev > :base))
ORDER BY e.scheme, e.public_id;

-- Other proposals that wait and are about the same entries.
-- name: proposal_rivals :many :scan
SELECT DISTINCT o.proposal_id
FROM proposal_entry t JOIN proposal_entry o ON o.entry_id = t.entry_id JOIN proposal p ON p.id = o.proposal_id
WHERE t.proposal_id = :proposal AND t.base = 0 AND o.base = 0 AND o.proposal_id <> :proposal
	AND p.state IN ('open', 'approved')
ORDER BY o.proposal_id;

-- The security lane.
-- name: urgent_add :one
INSERT INTO urgent_block (state, statement_id, entry_id, by_id, by_name, at, reason, revision, second_due)
VALUES ('waiting', :statement, :entry, :by_id, :by_name, :now, :reason, :revision, :second_due)
RETURNING id;

-- name: urgent_get :one
SELECT id, state, statement_id, entry_id, by_id, by_name, at, reason, revision, second_due, second_id, second_name, second_at,
	second_why, lifted_rev
FROM urgent_block WHERE id = :id;

-- name: urgent_page :many
SELECT id, state, statement_id, entry_id, by_id, by_name, at, reason, revision, second_due, second_id, second_name, second_at,
	second_why, lifted_rev
FROM urgent_block WHERE id < :before AND (CAST(:state AS TEXT) IS NULL OR state = :state) ORDER BY id DESC LIMIT :limit;

-- name: urgent_decide :exec
UPDATE urgent_block SET state = :state, second_id = :second_id, second_name = :second_name, second_at = :now,
	second_why = :why, lifted_rev = :lifted_rev
WHERE id = :id AND state = 'waiting';

-- name: urgent_counts :many
SELECT COUNT(*), COALESCE(SUM(CASE WHEN second_due <= CAST(:now AS BIGINT) THEN 1 ELSE 0 END), 0)
FROM urgent_block WHERE state = 'waiting';

-- name: urgent_late :many
SELECT id, entry_id, second_due FROM urgent_block
WHERE state = 'waiting' AND second_due <= :now AND told_at IS NULL ORDER BY second_due, id LIMIT :limit;

-- name: urgent_told :exec
UPDATE urgent_block SET told_at = :now WHERE id = :id AND told_at IS NULL;

-- name: urgent_next :one
SELECT second_due FROM urgent_block WHERE state = 'waiting' AND told_at IS NULL ORDER BY second_due, id LIMIT 1;

-- A statement that stands, with its entry; how the security lane finds what it made.
-- name: statement_added :one
SELECT id FROM statement WHERE entry_id = :entry AND from_rev = :revision ORDER BY id DESC LIMIT 1;

-- name: statement_stands :one
SELECT id FROM statement WHERE id = :id AND to_rev IS NULL;

-- name: statement_get :one
SELECT id, entry_id, from_rev, kind, source, author, stated_on, confirmed_on, excerpt, reference,
	effective_on, proposal_id, name, protects
FROM statement WHERE id = :id;

-- name: statement_bases :many
SELECT e.scheme, e.public_id FROM statement_base b JOIN entry e ON e.id = b.base_id
WHERE b.statement_id = :statement ORDER BY b.n;

-- name: entry_name :one
SELECT scheme, public_id FROM entry WHERE id = :id;

-- Impact: who runs an entry, and the plans of campaigns that are not over.
-- name: impact_devices :many :scan
SELECT COUNT(*), COALESCE(org_id, 0) FROM device WHERE entry_id = :entry GROUP BY org_id ORDER BY org_id;

-- name: impact_plans :many :scan
SELECT c.id, c.name, c.state, c.prefer, c.allow_removed, p.id, p.start_id, COALESCE(p.target_id, 0), COALESCE(c.org_id, 0)
FROM campaign c JOIN plan p ON p.campaign_id = c.id
WHERE c.ended_at IS NULL AND p.reason = '' ORDER BY c.id, p.id;

-- name: impact_walks :one
SELECT COUNT(*) FROM cycle WHERE campaign_id = :campaign AND plan_id = :plan AND phase IN ('queued', 'active', 'held');
