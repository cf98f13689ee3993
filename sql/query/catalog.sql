-- SPDX-License-Identifier: Apache-2.0
-- One revision of the catalogue, read whole into a snapshot. Each query gives what stands at :revision. The plus sign
-- keeps SQLite from going through the index on from_rev, which would be a detour to nearly every row.

-- name: catalog_models :many :scan
SELECT id, scheme, manufacturer, model, hardware FROM model;

-- name: catalog_entries :many :scan
SELECT e.id, s.model_id, e.ord, e.public_id, s.version, s.status, s.cpa_kind, s.cpa_until, s.image_hash,
	s.c_image_descriptor, s.c_type, s.c_smets, s.c_gbcs, f.bytes, f.seconds, f.restarts
FROM entry_state s
JOIN entry e ON e.id = s.entry_id
LEFT JOIN entry_figure f ON f.entry_id = s.entry_id
WHERE +s.from_rev <= :revision AND (s.to_rev IS NULL OR s.to_rev > :revision);

-- In order of arrival: a later path statement replaces the earlier.
-- name: catalog_statements :many :scan
SELECT s.id, s.entry_id, s.kind, s.source, s.author, s.stated_on, s.confirmed_on, s.excerpt, s.reference,
	s.effective_on, s.proposal_id, s.name, s.protects
FROM statement s
WHERE +s.from_rev <= :revision AND (s.to_rev IS NULL OR s.to_rev > :revision)
ORDER BY s.id;

-- name: catalog_bases :many :scan
SELECT b.statement_id, b.base_id
FROM statement_base b
JOIN statement s ON s.id = b.statement_id
WHERE +s.from_rev <= :revision AND (s.to_rev IS NULL OR s.to_rev > :revision)
ORDER BY b.statement_id, b.n;

-- A model with more entries than a graph takes, if there is one.
-- name: catalog_crowded :one :scan
SELECT m.scheme, m.manufacturer, m.model, m.hardware, c.entries
FROM model m
JOIN (
	SELECT s.model_id, COUNT(*) AS entries FROM entry_state s WHERE s.to_rev IS NULL
	GROUP BY s.model_id HAVING COUNT(*) > :most
) AS c ON c.model_id = m.id
ORDER BY m.id LIMIT 1;

-- No graph of these models has more edges than this: each pair of entries of a model, both ways.
-- name: catalog_edges :one :scan
SELECT CAST(COALESCE(SUM(c.n * c.n), 0) AS BIGINT) FROM (
	SELECT COUNT(*) AS n FROM entry_state s WHERE s.to_rev IS NULL GROUP BY s.model_id
) AS c;

-- When a revision was made.
-- name: catalog_revision :one
SELECT at FROM revision WHERE id = :revision;

-- The CPL that a revision shows: the file applied last, or a later one that was found to say the same, as far as it was
-- known at a moment.
-- name: catalog_cpl :one :scan
SELECT c.version, c.issued_on
FROM (
	SELECT f.id, f.version, f.issued_on, r.at AS since
	FROM feed_import f
	JOIN revision r ON r.id = f.revision
	WHERE f.feed = 'cpl' AND f.state IN ('applied', 'accepted') AND f.revision <= :revision
	UNION ALL
	SELECT f.id, f.version, f.issued_on, f.at AS since
	FROM feed_import f
	WHERE f.feed = 'cpl' AND f.state = 'unchanged' AND f.at <= :known
		AND f.at < COALESCE((SELECT r.at FROM revision r WHERE r.id = :next), 9223372036854775807)
) AS c
-- An import that was undone, and what was found to say the same as it until then, count no more.
WHERE NOT EXISTS (SELECT 1 FROM feed_decision d
	WHERE d.act = 'undo' AND d.state = 'done' AND d.revision <= :revision AND c.id >= d.import_id AND c.since <= d.second_at)
ORDER BY c.since DESC, c.id DESC
LIMIT 1;

-- When a CPL feed was last read with success, or its publisher last said that it is as it was, while that revision
-- stood or before, as far as it was known at a moment: a held file counts from its acceptance.
-- name: catalog_checked :one :scan
SELECT MAX(c.at)
FROM (
	SELECT f.at FROM feed_import f
	WHERE f.feed = 'cpl' AND f.state IN ('applied', 'unchanged', 'accepted')
		AND (f.state <> 'accepted' OR f.revision IS NULL
			OR (SELECT r.at FROM revision r WHERE r.id = f.revision) <= :known)
	UNION ALL
	SELECT v.at FROM feed_seen v WHERE v.feed = 'cpl'
) AS c
WHERE c.at <= :known
	AND c.at < COALESCE((SELECT r.at FROM revision r WHERE r.id = :next), 9223372036854775807);

-- What tells that a snapshot is no longer the newest; asked at most once a second.
-- name: catalog_newest :one :scan
SELECT COALESCE((SELECT r.id FROM revision r ORDER BY r.id DESC LIMIT 1), 0),
	COALESCE((SELECT MAX(c.at) FROM (
		SELECT f.at FROM feed_import f WHERE f.feed = 'cpl' AND f.state IN ('applied', 'unchanged', 'accepted')
		UNION ALL
		SELECT v.good_at FROM feed_visit v WHERE v.feed = 'cpl') AS c), -1),
	COALESCE((SELECT CAST(m.value AS BIGINT) FROM meta m WHERE m.name = 'epoch'), 1);
