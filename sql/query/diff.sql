-- SPDX-License-Identifier: Apache-2.0
-- What differs between two revisions, from (exclusive) to to.

-- Entries that were touched, as they were and as they are; sorted by catalogue order.
-- name: diff_entries :many :scan
SELECT e.scheme, e.public_id, b.from_rev, a.status, b.status,
	a.c_number, a.c_status, a.c_type, a.c_manufacturer, a.c_model, a.c_hw_version, a.c_hw_revision, a.c_model_hw,
	a.c_firmware, a.c_smets, a.c_gbcs, a.c_hash, a.c_cpa_id, a.c_cpa_version, a.c_cpa_expiry, a.c_dlms_id,
	a.c_dlms_version, a.c_zse_id, a.c_zse_version, a.c_image_creator, a.c_image_descriptor,
	b.c_number, b.c_status, b.c_type, b.c_manufacturer, b.c_model, b.c_hw_version, b.c_hw_revision, b.c_model_hw,
	b.c_firmware, b.c_smets, b.c_gbcs, b.c_hash, b.c_cpa_id, b.c_cpa_version, b.c_cpa_expiry, b.c_dlms_id,
	b.c_dlms_version, b.c_zse_id, b.c_zse_version, b.c_image_creator, b.c_image_descriptor
FROM (SELECT DISTINCT entry_id FROM entry_state WHERE from_rev > :from AND from_rev <= :to) AS t
JOIN entry e ON e.id = t.entry_id
JOIN entry_state b ON b.entry_id = e.id AND b.from_rev <= :to AND (b.to_rev IS NULL OR b.to_rev > :to)
LEFT JOIN entry_state a ON a.entry_id = e.id AND a.from_rev <= :from AND (a.to_rev IS NULL OR a.to_rev > :from)
ORDER BY e.scheme, e.ord, e.public_id
LIMIT :limit;

-- name: diff_begun :many :scan
SELECT s.id, e.scheme, e.public_id, s.from_rev, s.kind, s.source, s.author, s.stated_on, s.confirmed_on, s.excerpt,
	s.reference
FROM statement s JOIN entry e ON e.id = s.entry_id
WHERE s.from_rev > :from AND s.from_rev <= :to AND (s.to_rev IS NULL OR s.to_rev > :to)
ORDER BY e.scheme, e.ord, s.id
LIMIT :limit;

-- name: diff_ended :many :scan
SELECT s.id, e.scheme, e.public_id, s.to_rev, s.kind, s.source, s.author, s.stated_on, s.confirmed_on, s.excerpt,
	s.reference
FROM statement s JOIN entry e ON e.id = s.entry_id
WHERE s.from_rev <= :from AND s.to_rev > :from AND s.to_rev <= :to
ORDER BY e.scheme, e.ord, s.id
LIMIT :limit;

-- What stands beside the statements: whether it began (1) or ended (0) in between, in which revision, then what it says.

-- name: diff_disputes :many :scan
SELECT CASE WHEN x.from_rev > :from THEN 1 ELSE 0 END, CASE WHEN x.from_rev > :from THEN x.from_rev ELSE x.to_rev END,
	e.scheme, e.public_id, x.reason, x.callout_id, x.opened_at
FROM dispute x JOIN entry e ON e.id = x.entry_id
WHERE (x.from_rev > :from AND x.from_rev <= :to AND (x.to_rev IS NULL OR x.to_rev > :to))
	OR (x.from_rev <= :from AND x.to_rev > :from AND x.to_rev <= :to)
ORDER BY e.scheme, e.ord, x.id
LIMIT :limit;

-- name: diff_excerpts :many :scan
SELECT CASE WHEN x.from_rev > :from THEN 1 ELSE 0 END, CASE WHEN x.from_rev > :from THEN x.from_rev ELSE x.to_rev END,
	e.scheme, e.public_id, x.document, x.document_date, x.sha256, x.owner, x.text
FROM excerpt x JOIN entry e ON e.id = x.entry_id
WHERE (x.from_rev > :from AND x.from_rev <= :to AND (x.to_rev IS NULL OR x.to_rev > :to))
	OR (x.from_rev <= :from AND x.to_rev > :from AND x.to_rev <= :to)
ORDER BY e.scheme, e.ord, x.id
LIMIT :limit;

-- name: diff_contacts :many :scan
SELECT CASE WHEN x.from_rev > :from THEN 1 ELSE 0 END, CASE WHEN x.from_rev > :from THEN x.from_rev ELSE x.to_rev END,
	e.scheme, e.public_id, x.manufacturer, x.name, x.email, x.phone, x.url, x.hours
FROM contact x LEFT JOIN entry e ON e.id = x.entry_id
WHERE (x.from_rev > :from AND x.from_rev <= :to AND (x.to_rev IS NULL OR x.to_rev > :to))
	OR (x.from_rev <= :from AND x.to_rev > :from AND x.to_rev <= :to)
ORDER BY COALESCE(x.manufacturer, ''), e.scheme, e.ord, x.id
LIMIT :limit;

-- name: diff_settings :many :scan
SELECT CASE WHEN x.from_rev > :from THEN 1 ELSE 0 END, CASE WHEN x.from_rev > :from THEN x.from_rev ELSE x.to_rev END,
	x.name, x.value / 1000
FROM setting x
WHERE (x.from_rev > :from AND x.from_rev <= :to AND (x.to_rev IS NULL OR x.to_rev > :to))
	OR (x.from_rev <= :from AND x.to_rev > :from AND x.to_rev <= :to)
ORDER BY x.name, x.id
LIMIT :limit;

-- Begun and ended within: nothing of it is seen at either end.
-- name: diff_passing :one :scan
SELECT (SELECT COUNT(*) FROM statement s WHERE s.from_rev > :from AND s.to_rev <= :to)
	+ (SELECT COUNT(*) FROM dispute d WHERE d.from_rev > :from AND d.to_rev <= :to)
	+ (SELECT COUNT(*) FROM excerpt x WHERE x.from_rev > :from AND x.to_rev <= :to)
	+ (SELECT COUNT(*) FROM contact c WHERE c.from_rev > :from AND c.to_rev <= :to)
	+ (SELECT COUNT(*) FROM setting t WHERE t.from_rev > :from AND t.to_rev <= :to);
