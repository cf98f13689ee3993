-- SPDX-License-Identifier: Apache-2.0
-- Vehicle Configurations and their Building Blocks.

-- Rows are never deleted, so no number comes twice.
-- name: vc_add :one
INSERT INTO vc (n, folder, config_id, type_id, name, version, manifest, hash, state, mark, kept, report, seen_at, verified_at)
SELECT COALESCE(MAX(v.n), 0) + 1, :folder, :config_id, :type_id, :name, :version, :manifest, :hash, :state, :mark, :kept, :report,
	:seen_at, :verified_at
FROM vc v
RETURNING n;

-- name: vc_add :one @pg
INSERT INTO vc (n, folder, config_id, type_id, name, version, manifest, hash, state, mark, kept, report, seen_at, verified_at)
SELECT COALESCE(MAX(v.n), 0) + 1, CAST(:folder AS TEXT), CAST(:config_id AS TEXT), CAST(:type_id AS TEXT), CAST(:name AS TEXT),
	CAST(:version AS TEXT), CAST(:manifest AS TEXT), CAST(:hash AS TEXT), CAST(:state AS TEXT), CAST(:mark AS TEXT),
	CAST(:kept AS BIGINT), CAST(:report AS TEXT), CAST(:seen_at AS BIGINT), CAST(:verified_at AS BIGINT)
FROM vc v
RETURNING n;

-- name: vc_set :exec
UPDATE vc SET config_id = :config_id, type_id = :type_id, name = :name, version = :version, manifest = :manifest, hash = :hash,
	state = :state, mark = :mark, kept = :kept, report = :report, verified_at = :verified_at
WHERE id = :id;

-- Lists leave the reports out.
-- name: vc_list :many :scan
SELECT id, n, folder, config_id, type_id, name, version, manifest, hash, state, mark, kept, CAST(NULL AS TEXT), seen_at, verified_at
FROM vc WHERE state <> 'gone' OR CAST(:gone AS BIGINT) = 1 ORDER BY n;

-- name: vc_by_id :one
SELECT id, n, folder, config_id, type_id, name, version, manifest, hash, state, mark, kept, report, seen_at, verified_at
FROM vc WHERE id = :id;

-- name: vc_by_n :one
SELECT id, n, folder, config_id, type_id, name, version, manifest, hash, state, mark, kept, report, seen_at, verified_at
FROM vc WHERE n = :n;

-- name: vc_bb_put :exec
INSERT INTO vc_bb (vc_id, n, type_id, config_id, name, version, functional, system, wave, depends, network, manifest, hash, archives)
VALUES (:vc_id, :n, :type_id, :config_id, :name, :version, :functional, :system, :wave, :depends, :network, :manifest, :hash, :archives);

-- name: vc_bb_clear :exec
DELETE FROM vc_bb WHERE vc_id = :vc_id;

-- name: vc_bb_list :many
SELECT vc_id, n, type_id, config_id, name, version, functional, system, wave, depends, network, manifest, hash, archives
FROM vc_bb WHERE vc_id = :vc_id ORDER BY n;
