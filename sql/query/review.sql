-- SPDX-License-Identifier: Apache-2.0
-- Decisions of people about imports, undoing an import, and visits to a publisher.

-- name: decision_add :one
INSERT INTO feed_decision (import_id, act, state, report_hash, first_id, first_who, first_why, first_at)
VALUES (:import, :act, 'proposed', :hash, :first_id, :first_who, :first_why, :first_at)
RETURNING id;

-- name: decision_close :exec
UPDATE feed_decision SET state = :state, second_id = :second_id, second_who = :second_who, second_why = :second_why,
	second_at = :second_at, revision = :revision
WHERE id = :id AND state = 'proposed';

-- name: decision_list :many
SELECT id, act, state, report_hash, first_id, first_who, first_why, first_at, second_who, second_why, second_at, revision
FROM feed_decision WHERE import_id = :import ORDER BY id;

-- name: decision_drop :exec
UPDATE feed_decision SET state = 'dropped' WHERE import_id = :import AND state = 'proposed';

-- Was an act done for an import?
-- name: decision_done :one
SELECT COUNT(*) FROM feed_decision WHERE import_id = :import AND act = :act AND state = 'done';

-- Who relies on what an import changed? Later states of its entries, later statements about them or over them, devices
-- that run an entry it added, plans that walk over one of its entries.
-- name: undo_states :one
SELECT COUNT(*) FROM entry_state s
WHERE (s.from_rev > :revision OR s.to_rev > :revision)
	AND s.entry_id IN (SELECT t.entry_id FROM entry_state t WHERE t.from_rev = :revision OR t.to_rev = :revision);

-- name: undo_statements :one :scan
SELECT COUNT(*) FROM statement s
WHERE (s.from_rev > :revision OR s.to_rev > :revision)
	AND (s.entry_id IN (SELECT t.entry_id FROM entry_state t WHERE t.from_rev = :revision OR t.to_rev = :revision)
		OR s.id IN (SELECT b.statement_id FROM statement_base b WHERE b.base_id IN (
			SELECT t.entry_id FROM entry_state t WHERE t.from_rev = :revision OR t.to_rev = :revision)));

-- name: undo_devices :one
SELECT COUNT(*) FROM device d
WHERE d.entry_id IN (SELECT t.entry_id FROM entry_state t WHERE t.from_rev = :revision)
	AND NOT EXISTS (SELECT 1 FROM entry_state t WHERE t.entry_id = d.entry_id AND t.from_rev < :revision);

-- name: undo_plans :one :scan
SELECT COUNT(*) FROM plan_hop h JOIN plan p ON p.id = h.plan_id JOIN campaign c ON c.id = p.campaign_id
WHERE c.ended_at IS NULL AND p.revision >= :revision
	AND (h.base_id IN (SELECT t.entry_id FROM entry_state t WHERE t.from_rev = :revision OR t.to_rev = :revision)
		OR h.entry_id IN (SELECT t.entry_id FROM entry_state t WHERE t.from_rev = :revision OR t.to_rev = :revision));

-- The states that the import opened end, and those that it closed begin again.
-- name: undo_close :exec
UPDATE entry_state SET to_rev = :now WHERE from_rev = :revision AND to_rev IS NULL;

-- name: undo_open :exec
INSERT INTO entry_state (entry_id, from_rev, model_id, status, version, image_hash, cpa_kind, cpa_until,
	c_number, c_status, c_type, c_manufacturer, c_model, c_hw_version, c_hw_revision, c_model_hw, c_firmware,
	c_smets, c_gbcs, c_hash, c_cpa_id, c_cpa_version, c_cpa_expiry, c_dlms_id, c_dlms_version, c_zse_id,
	c_zse_version, c_image_creator, c_image_descriptor)
SELECT entry_id, :now, model_id, status, version, image_hash, cpa_kind, cpa_until,
	c_number, c_status, c_type, c_manufacturer, c_model, c_hw_version, c_hw_revision, c_model_hw, c_firmware,
	c_smets, c_gbcs, c_hash, c_cpa_id, c_cpa_version, c_cpa_expiry, c_dlms_id, c_dlms_version, c_zse_id,
	c_zse_version, c_image_creator, c_image_descriptor
FROM entry_state WHERE to_rev = :revision;

-- Entries without a state: those whose import was undone. Their numbers come back to them.
-- name: entry_dormant :many :scan
SELECT e.id, e.public_id FROM entry e
WHERE e.scheme = :scheme AND NOT EXISTS (SELECT 1 FROM entry_state s WHERE s.entry_id = e.id AND s.to_rev IS NULL)
ORDER BY e.id;

-- What devices run, and how many of them.
-- name: fleet_starts :many
SELECT entry_id, COUNT(*) FROM device WHERE entry_id IS NOT NULL GROUP BY entry_id ORDER BY entry_id;

-- name: visit_get :one
SELECT feed, url, etag, last_modified, tried_at, good_at, result, detail, since, fails, import_id, n_applied, n_unchanged,
	n_held, n_failed
FROM feed_visit WHERE feed = :feed;

-- name: visit_put :exec
INSERT INTO feed_visit (feed, url, etag, last_modified, tried_at, good_at, result, detail, since, fails, import_id, n_applied,
	n_unchanged, n_held, n_failed)
VALUES (:feed, :url, :etag, :last_modified, :tried_at, :good_at, :result, :detail, :since, :fails, :import, :n_applied,
	:n_unchanged, :n_held, :n_failed)
ON CONFLICT (feed) DO UPDATE SET url = excluded.url, etag = excluded.etag, last_modified = excluded.last_modified,
	tried_at = excluded.tried_at, good_at = excluded.good_at, result = excluded.result, detail = excluded.detail,
	since = excluded.since, fails = excluded.fails, import_id = excluded.import_id, n_applied = excluded.n_applied,
	n_unchanged = excluded.n_unchanged, n_held = excluded.n_held, n_failed = excluded.n_failed;

-- Kept, because the row of the visit holds the last one only.
-- name: feed_seen_add :exec
INSERT INTO feed_seen (feed, at) VALUES (:feed, :at) ON CONFLICT (feed, at) DO NOTHING;
