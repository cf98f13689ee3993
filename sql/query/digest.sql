-- SPDX-License-Identifier: Apache-2.0
-- What one revision began and ended, for its digest (store_digest.c lists these with their number of columns). What a
-- query gives here is covered by the chain; a changed query needs a new version of the digest.

-- name: digest_revision :many
SELECT id, at, kind, who, why FROM revision WHERE id = :revision;

-- name: digest_states :many
SELECT s.id, e.scheme, e.public_id, e.ord, m.scheme, m.manufacturer, m.model, m.hardware, s.status, s.version,
	s.image_hash, s.cpa_kind, s.cpa_until,
	s.c_number, s.c_status, s.c_type, s.c_manufacturer, s.c_model, s.c_hw_version, s.c_hw_revision, s.c_model_hw,
	s.c_firmware, s.c_smets, s.c_gbcs, s.c_hash, s.c_cpa_id, s.c_cpa_version, s.c_cpa_expiry, s.c_dlms_id,
	s.c_dlms_version, s.c_zse_id, s.c_zse_version, s.c_image_creator, s.c_image_descriptor
FROM entry_state s
JOIN entry e ON e.id = s.entry_id
JOIN model m ON m.id = s.model_id
WHERE s.from_rev = :revision
ORDER BY s.id;

-- name: digest_states_ended :many
SELECT id FROM entry_state WHERE to_rev = :revision ORDER BY id;

-- name: digest_statements :many
SELECT s.id, e.scheme, e.public_id, s.kind, s.source, s.author, s.stated_on, s.confirmed_on, s.excerpt, s.reference,
	s.effective_on, s.proposal_id, s.name, s.protects
FROM statement s
JOIN entry e ON e.id = s.entry_id
WHERE s.from_rev = :revision
ORDER BY s.id;

-- name: digest_bases :many
SELECT b.statement_id, b.n, e.scheme, e.public_id
FROM statement s
JOIN statement_base b ON b.statement_id = s.id
JOIN entry e ON e.id = b.base_id
WHERE s.from_rev = :revision
ORDER BY s.id, b.n;

-- name: digest_statements_ended :many
SELECT id FROM statement WHERE to_rev = :revision ORDER BY id;

-- name: digest_disputes :many :scan
SELECT d.id, e.scheme, e.public_id, d.callout_id, d.reason, d.opened_at
FROM dispute d JOIN entry e ON e.id = d.entry_id
WHERE d.from_rev = :revision ORDER BY d.id;

-- name: digest_disputes_ended :many :scan
SELECT id FROM dispute WHERE to_rev = :revision ORDER BY id;

-- name: digest_excerpts :many :scan
SELECT x.id, e.scheme, e.public_id, x.text, x.document, x.document_date, x.sha256, x.owner
FROM excerpt x JOIN entry e ON e.id = x.entry_id
WHERE x.from_rev = :revision ORDER BY x.id;

-- name: digest_excerpts_ended :many :scan
SELECT id FROM excerpt WHERE to_rev = :revision ORDER BY id;

-- name: digest_contacts :many :scan
SELECT c.id, e.scheme, e.public_id, c.manufacturer, c.name, c.email, c.phone, c.url, c.hours
FROM contact c LEFT JOIN entry e ON e.id = c.entry_id
WHERE c.from_rev = :revision ORDER BY c.id;

-- name: digest_contacts_ended :many :scan
SELECT id FROM contact WHERE to_rev = :revision ORDER BY id;

-- name: digest_settings :many :scan
SELECT id, name, value FROM setting WHERE from_rev = :revision ORDER BY id;

-- name: digest_settings_ended :many :scan
SELECT id FROM setting WHERE to_rev = :revision ORDER BY id;

-- name: digest_feeds :many :scan
SELECT id, feed, at, who, file_name, file_hash, version_text, version, issued_on, rows
FROM feed_import WHERE revision = :revision ORDER BY id;

-- Rows that name revisions which are not there: their begin or end would belong to no digest.
-- name: digest_strays :one :scan
SELECT (SELECT COUNT(*) FROM entry_state WHERE from_rev < 1 OR from_rev > :head OR to_rev < 1 OR to_rev > :head)
	+ (SELECT COUNT(*) FROM statement WHERE from_rev < 1 OR from_rev > :head OR to_rev < 1 OR to_rev > :head)
	+ (SELECT COUNT(*) FROM dispute WHERE from_rev < 1 OR from_rev > :head OR to_rev < 1 OR to_rev > :head)
	+ (SELECT COUNT(*) FROM excerpt WHERE from_rev < 1 OR from_rev > :head OR to_rev < 1 OR to_rev > :head)
	+ (SELECT COUNT(*) FROM contact WHERE from_rev < 1 OR from_rev > :head OR to_rev < 1 OR to_rev > :head)
	+ (SELECT COUNT(*) FROM setting WHERE from_rev < 1 OR from_rev > :head OR to_rev < 1 OR to_rev > :head);
