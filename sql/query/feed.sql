-- SPDX-License-Identifier: Apache-2.0
-- What was imported, what waits behind a gate, and what was looked at and found unchanged.

-- name: feed_add :one
INSERT INTO feed_import (feed, at, who, file_name, file_hash, state, version_text, version, issued_on, rows, revision,
	report, staged)
VALUES (:feed, :at, :who, :file_name, :file_hash, :state, :version_text, :version, :issued_on, :rows, :revision,
	:report, :staged)
RETURNING id;

-- name: feed_close :exec
UPDATE feed_import SET state = :state, revision = :revision, report = :report, staged = NULL
WHERE id = :id AND state = 'held';

-- The next three give the same columns.

-- name: feed_get :one
SELECT id, feed, at, who, file_name, file_hash,
	CASE WHEN EXISTS (SELECT 1 FROM feed_decision d WHERE d.import_id = feed_import.id AND d.act = 'undo' AND d.state = 'done')
		THEN 'undone' ELSE state END, version_text, version, issued_on, rows, revision, report, staged
FROM feed_import WHERE id = :id;

-- name: feed_list :many
SELECT id, feed, at, who, file_name, file_hash,
	CASE WHEN EXISTS (SELECT 1 FROM feed_decision d WHERE d.import_id = feed_import.id AND d.act = 'undo' AND d.state = 'done')
		THEN 'undone' ELSE state END, version_text, version, issued_on, rows, revision,
	CAST(NULL AS TEXT), CAST(NULL AS TEXT)
FROM feed_import WHERE id < :before ORDER BY id DESC LIMIT :limit;

-- The import whose content stands at a revision.
-- name: feed_standing :one :scan
SELECT id, feed, at, who, file_name, file_hash, state, version_text, version, issued_on, rows, revision,
	CAST(NULL AS TEXT), CAST(NULL AS TEXT)
FROM feed_import
WHERE feed = :feed AND state IN ('applied', 'accepted') AND revision <= :revision
	AND NOT EXISTS (SELECT 1 FROM feed_decision d
		WHERE d.import_id = feed_import.id AND d.act = 'undo' AND d.state = 'done' AND d.revision <= :revision)
ORDER BY revision DESC LIMIT 1;

-- name: feed_held :one :scan
SELECT id FROM feed_import WHERE feed = :feed AND file_hash = :file_hash AND state = 'held' ORDER BY id DESC LIMIT 1;
