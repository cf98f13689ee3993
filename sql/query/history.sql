-- SPDX-License-Identifier: Apache-2.0
-- What happened to the catalogue, for readers, as far as a revision (:upto) knows of it.

-- name: history_states :many
SELECT s.from_rev, f.at, t.id, t.at, f.kind, f.who, s.status, s.version, s.image_hash, s.cpa_kind, s.cpa_until
FROM entry_state s
JOIN revision f ON f.id = s.from_rev
LEFT JOIN revision t ON t.id = s.to_rev AND t.id <= :upto
WHERE s.entry_id = :entry_id AND s.from_rev <= :upto
ORDER BY s.from_rev;

-- name: history_statements :many
SELECT s.id, s.from_rev, f.at, t.id, t.at, s.kind, s.source, s.author, s.stated_on, s.confirmed_on, s.excerpt,
	s.reference, s.name, s.protects, s.effective_on, s.proposal_id
FROM statement s
JOIN revision f ON f.id = s.from_rev
LEFT JOIN revision t ON t.id = s.to_rev AND t.id <= :upto
WHERE s.entry_id = :entry_id AND s.from_rev <= :upto
ORDER BY s.from_rev, s.id;

-- name: change_list :many
SELECT id, at, kind, who, why FROM revision WHERE id > :after AND id <= :upto ORDER BY id LIMIT :limit;

-- name: change_list_newest :many
SELECT id, at, kind, who, why FROM revision WHERE id < :before AND id <= :upto ORDER BY id DESC LIMIT :limit;

-- Sorted by catalogue order within one revision: a small set.
-- name: change_entries :many :scan
SELECT e.scheme, e.public_id, s.status, s.version,
	CASE WHEN EXISTS (SELECT 1 FROM entry_state p WHERE p.entry_id = s.entry_id AND p.from_rev < s.from_rev) THEN 1 ELSE 0 END
FROM entry_state s JOIN entry e ON e.id = s.entry_id
WHERE s.from_rev = :revision
ORDER BY e.scheme, e.ord
LIMIT :limit;

-- name: change_statements :many
SELECT e.scheme, e.public_id, s.id, s.kind
FROM statement s JOIN entry e ON e.id = s.entry_id
WHERE s.from_rev = :revision
ORDER BY s.id
LIMIT :limit;

-- name: change_statements_ended :many
SELECT e.scheme, e.public_id, s.id, s.kind
FROM statement s JOIN entry e ON e.id = s.entry_id
WHERE s.to_rev = :revision
ORDER BY s.id
LIMIT :limit;
