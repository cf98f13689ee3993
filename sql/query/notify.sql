-- SPDX-License-Identifier: Apache-2.0
-- Webhooks, their deliveries, and watch lists.

-- name: audit_get :one
SELECT seq, at, why, action, subject, after, revision, hash FROM audit WHERE seq = :seq;

-- Events are made from these rows.
-- name: audit_outbox :many
SELECT seq, at, why, action, subject, after, revision, hash FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit;

-- The first row of a time: rows are in the order of time but for a clock that was set.
-- name: audit_since :one :scan
SELECT MIN(seq) FROM audit WHERE at >= :at;

-- name: event_org_webhook :one
SELECT org_id FROM webhook WHERE id = :id;

-- name: webhook_count :one :scan
SELECT COUNT(*) FROM webhook;

-- name: webhook_count_org :one
SELECT COUNT(*) FROM webhook WHERE org_id = :org_id;

-- name: webhook_add :one
INSERT INTO webhook (org_id, account_id, roles, label, url, types, watch_only, secret, state, reason, since_seq, rev,
	created_at, changed_at)
VALUES (:org_id, :account_id, :roles, :label, :url, :types, :watch_only, :secret, 'active', '', :since_seq, 1,
	:now, :now)
RETURNING id;

-- name: webhook_get :one
SELECT w.id, w.org_id, w.account_id, w.label, w.url, w.types, w.watch_only, w.state, w.reason, w.rev, w.created_at,
	w.changed_at, w.ok_at, w.secret_old_until, a.login,
	(SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'due')
FROM webhook w LEFT JOIN account a ON a.id = w.account_id WHERE w.id = :id;

-- Few: a ceiling for each organisation.
-- name: webhook_list :many
SELECT w.id FROM webhook w
WHERE w.id > :after AND (CAST(:everybody AS BIGINT) = 1 OR w.org_id = CAST(:org_id AS BIGINT))
	AND (CAST(:account_id AS BIGINT) < 0 OR w.account_id = CAST(:account_id AS BIGINT))
ORDER BY w.id LIMIT :limit;

-- name: webhook_change :exec
UPDATE webhook SET label = :label, url = :url, types = :types, watch_only = :watch_only, state = :state, reason = '',
	roles = roles & CAST(:mask AS BIGINT), rev = rev + 1, changed_at = :now
WHERE id = :id;

-- name: webhook_maker :one
SELECT account_id FROM webhook WHERE id = :id;

-- name: webhook_rotate :exec
UPDATE webhook SET secret_old = secret, secret_old_until = :until, secret = :secret, rev = rev + 1, changed_at = :now
WHERE id = :id;

-- name: webhook_disable :exec
UPDATE webhook SET state = 'disabled', reason = :reason, rev = rev + 1, changed_at = :now
WHERE id = :id AND state = 'active';

-- name: webhook_took :exec
UPDATE webhook SET ok_at = :now WHERE id = :id;

-- name: webhook_drop_deliveries :exec
DELETE FROM webhook_delivery WHERE webhook_id = :id;

-- name: webhook_drop :exec
DELETE FROM webhook WHERE id = :id;

-- Everything that may get events, with what its maker is now.
-- name: webhook_receivers :many :scan
SELECT w.id, w.org_id, w.account_id, w.roles, w.types, w.watch_only, w.since_seq, a.roles, a.state, a.org_id
FROM webhook w LEFT JOIN account a ON a.id = w.account_id
WHERE w.state IN ('active', 'paused') AND (CAST(:id AS BIGINT) = 0 OR w.id = CAST(:id AS BIGINT))
ORDER BY w.id;

-- name: delivery_add :exec
INSERT INTO webhook_delivery (webhook_id, seq, type, state, tries, next_at, created_at, detail)
VALUES (:webhook_id, :seq, :type, 'due', 0, :now, :now, '')
ON CONFLICT (webhook_id, seq) DO NOTHING;

-- name: delivery_again :exec
INSERT INTO webhook_delivery (webhook_id, seq, type, state, tries, next_at, created_at, detail)
VALUES (:webhook_id, :seq, :type, 'due', 0, :now, :now, '')
ON CONFLICT (webhook_id, seq) DO UPDATE SET state = 'due', tries = 0, next_at = excluded.next_at;

-- name: delivery_once_more :exec
UPDATE webhook_delivery SET state = 'due', tries = 0, next_at = :now WHERE id = :id AND webhook_id = :webhook_id;

-- name: delivery_of_seq :one
SELECT id FROM webhook_delivery WHERE webhook_id = :webhook_id AND seq = :seq;

-- name: delivery_list :many
SELECT id, seq, type, state, tries, next_at, created_at, tried_at, status, took_ms, detail
FROM webhook_delivery
WHERE webhook_id = :webhook_id AND id < :before AND (CAST(:state AS TEXT) = '' OR state = CAST(:state AS TEXT))
ORDER BY id DESC LIMIT :limit;

-- Webhooks that have something to send, from one on, so that all get their turn.
-- name: webhook_waiting :many
SELECT w.id FROM webhook w LEFT JOIN account a ON a.id = w.account_id
WHERE w.state = 'active' AND w.id > :after AND (w.account_id = 0 OR a.state = 'active')
	AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'due' AND d.next_at <= :now)
ORDER BY w.id LIMIT :limit;

-- name: delivery_due :many
SELECT d.id, d.seq, d.tries, w.url, w.secret, w.secret_old, w.secret_old_until
FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
WHERE d.webhook_id = :webhook_id AND d.state = 'due' AND d.next_at <= :now
ORDER BY d.next_at, d.id LIMIT :limit;

-- name: delivery_next :one
SELECT MIN(d.next_at) FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
WHERE d.state = 'due' AND w.state = 'active';

-- name: delivery_tries :one
SELECT webhook_id, seq, tries FROM webhook_delivery WHERE id = :id;

-- name: delivery_result :exec
UPDATE webhook_delivery SET state = :state, tries = tries + 1, next_at = :next_at, tried_at = :now,
	status = CAST(:status AS BIGINT), took_ms = CAST(:took_ms AS BIGINT), detail = :detail
WHERE id = :id;

-- name: delivery_forget :exec
DELETE FROM webhook_delivery WHERE id IN (
	SELECT id FROM webhook_delivery WHERE created_at < :before ORDER BY created_at LIMIT :limit);

-- name: watch_add :exec
INSERT INTO watch (account_id, org_id, kind, subject, ref_id, added_at)
VALUES (:account_id, :org_id, :kind, :subject, CAST(:ref_id AS BIGINT), :now)
ON CONFLICT (account_id, kind, subject) DO NOTHING;

-- name: watch_find :one
SELECT id FROM watch WHERE account_id = :account_id AND kind = :kind AND subject = :subject;

-- name: watch_count :one
SELECT COUNT(*) FROM watch WHERE account_id = :account_id;

-- name: watch_list :many
SELECT id, kind, subject, added_at FROM watch WHERE account_id = :account_id ORDER BY kind, subject;

-- name: watch_get :one
SELECT kind, subject FROM watch WHERE id = :id AND account_id = :account_id;

-- name: watch_drop :exec
DELETE FROM watch WHERE id = :id AND account_id = :account_id;

-- name: watch_seen_get :one
SELECT revision, at FROM watch_seen WHERE account_id = :account_id;

-- name: watch_seen_put :exec
INSERT INTO watch_seen (account_id, revision, at) VALUES (:account_id, :revision, :now)
ON CONFLICT (account_id) DO UPDATE SET revision = excluded.revision, at = excluded.at;

-- Does a revision touch what somebody follows?
-- name: watch_hit :one
SELECT COUNT(*) FROM watch w WHERE w.account_id = :account_id AND (
	w.kind = 'catalogue'
	OR (w.kind = 'entry' AND (
		EXISTS (SELECT 1 FROM entry_state s WHERE s.entry_id = w.ref_id AND (s.from_rev = :revision OR s.to_rev = :revision))
		OR EXISTS (SELECT 1 FROM statement t WHERE t.entry_id = w.ref_id AND (t.from_rev = :revision OR t.to_rev = :revision))))
	OR (w.kind = 'model' AND (
		EXISTS (SELECT 1 FROM entry_state s WHERE s.from_rev = :revision AND s.model_id = w.ref_id)
		OR EXISTS (SELECT 1 FROM statement t JOIN entry_state s ON s.entry_id = t.entry_id
			WHERE (t.from_rev = :revision OR t.to_rev = :revision) AND s.model_id = w.ref_id)))
	OR (w.kind = 'manufacturer' AND (
		EXISTS (SELECT 1 FROM entry_state s JOIN model m ON m.id = s.model_id
			WHERE s.from_rev = :revision AND m.manufacturer = w.subject)
		OR EXISTS (SELECT 1 FROM statement t JOIN entry_state s ON s.entry_id = t.entry_id JOIN model m ON m.id = s.model_id
			WHERE (t.from_rev = :revision OR t.to_rev = :revision) AND m.manufacturer = w.subject))));

-- name: revision_newer :many
SELECT id, at, kind, why FROM revision WHERE id > :after ORDER BY id DESC LIMIT :limit;

-- The newest revisions, or those that touch a model (0 = all).
-- name: feed_revisions :many :scan
SELECT r.id, r.at, r.kind, r.why FROM revision r
WHERE CAST(:model_id AS BIGINT) = 0
	OR EXISTS (SELECT 1 FROM entry_state s WHERE s.from_rev = r.id AND s.model_id = CAST(:model_id AS BIGINT))
	OR EXISTS (SELECT 1 FROM statement t JOIN entry_state s ON s.entry_id = t.entry_id
		WHERE (t.from_rev = r.id OR t.to_rev = r.id) AND s.model_id = CAST(:model_id AS BIGINT))
ORDER BY r.id DESC LIMIT :limit;

-- name: event_org_campaign :one
SELECT org_id FROM campaign WHERE id = :id;

-- name: event_org_proposal :one
SELECT org_id FROM proposal WHERE id = :id;
