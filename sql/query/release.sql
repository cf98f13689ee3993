-- SPDX-License-Identifier: Apache-2.0
-- Releases of charger firmware, their parts, and sets of them.

-- name: release_add :one
INSERT INTO release (public_id, vendor, model, component, version, state, position, document, digest, image_hash, regulated,
	certificate, security_at, signature, signing_certificate, org_id, created_by, created_account, created_at)
VALUES (:public_id, :vendor, :model, :component, :version, 'draft', :position, :document, :digest, :image_hash, :regulated,
	:certificate, :security_at, :signature, :signing_certificate, :org_id, :created_by, :created_account, :created_at)
RETURNING id;

-- The next four give the same columns.

-- name: release_get :one
SELECT id, entry_id, public_id, vendor, model, component, version, state, position, document, digest, image_hash, image_md5,
	image_bytes, regulated, certificate, security_at, signature, signing_certificate, report, org_id, created_by,
	created_account, created_at, approved_by, approved_at, published_by, published_at, ended_at
FROM release WHERE id = :id;

-- name: release_of_entry :one
SELECT id, entry_id, public_id, vendor, model, component, version, state, position, document, digest, image_hash, image_md5,
	image_bytes, regulated, certificate, security_at, signature, signing_certificate, report, org_id, created_by,
	created_account, created_at, approved_by, approved_at, published_by, published_at, ended_at
FROM release WHERE entry_id = :entry_id;

-- Everything of one model that ever was in the catalogue.
-- name: release_of_model :many
SELECT id, entry_id, public_id, vendor, model, component, version, state, position, document, digest, image_hash, image_md5,
	image_bytes, regulated, certificate, security_at, signature, signing_certificate, report, org_id, created_by,
	created_account, created_at, approved_by, approved_at, published_by, published_at, ended_at
FROM release WHERE vendor = :vendor AND model = :model AND entry_id IS NOT NULL
ORDER BY component, id;

-- Newest first. :sees: drafts of everybody (0), or of one organisation. :part: those whose bill of materials names it.
-- name: release_page :many
SELECT id, entry_id, public_id, vendor, model, component, version, state, position, document, digest, image_hash, image_md5,
	image_bytes, regulated, certificate, security_at, signature, signing_certificate, '', org_id, created_by,
	created_account, created_at, approved_by, approved_at, published_by, published_at, ended_at
FROM release
WHERE id < :before
	AND (CAST(:sees AS BIGINT) = 0 OR entry_id IS NOT NULL OR org_id = :sees)
	AND (CAST(:vendor AS TEXT) IS NULL OR vendor = :vendor)
	AND (CAST(:model AS TEXT) IS NULL OR model = :model)
	AND (CAST(:component AS TEXT) IS NULL OR component = :component)
	AND (CAST(:state AS TEXT) IS NULL OR state = :state)
	AND (CAST(:part AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM release_part p WHERE p.release_id = release.id
		AND p.name = :part AND (CAST(:part_version AS TEXT) IS NULL OR p.version = :part_version)))
ORDER BY id DESC LIMIT :limit;

-- name: release_standing :one
SELECT id FROM release WHERE public_id = :public_id AND state <> 'withdrawn';

-- name: release_spent :one
SELECT id FROM release WHERE public_id = :public_id AND entry_id IS NOT NULL;

-- name: release_image_set :exec
UPDATE release SET image_md5 = :md5, image_bytes = :bytes WHERE id = :id;

-- name: release_state_set :exec
UPDATE release SET state = :state, approved_by = :approved_by, approved_at = :approved_at, published_by = :published_by,
	published_at = :published_at, ended_at = :ended_at, entry_id = :entry_id, report = :report
WHERE id = :id;

-- name: release_image_served :one
SELECT id FROM release WHERE image_hash = :hash AND state = 'published' LIMIT 1;

-- name: entry_figure_put :exec
INSERT INTO entry_figure (entry_id, bytes, seconds, restarts) VALUES (:entry_id, :bytes, :seconds, :restarts)
ON CONFLICT (entry_id) DO UPDATE SET bytes = excluded.bytes, seconds = excluded.seconds, restarts = excluded.restarts;

-- name: release_sbom_put :exec
INSERT INTO release_sbom (release_id, format, format_version, digest, text, added_at)
VALUES (:release_id, :format, :format_version, :digest, :text, :added_at)
ON CONFLICT (release_id) DO UPDATE SET format = excluded.format, format_version = excluded.format_version,
	digest = excluded.digest, text = excluded.text, added_at = excluded.added_at;

-- name: release_sbom_get :one
SELECT format, format_version, digest, added_at, (SELECT COUNT(*) FROM release_part p WHERE p.release_id = release_sbom.release_id)
FROM release_sbom WHERE release_id = :release_id;

-- name: release_sbom_text :one
SELECT text FROM release_sbom WHERE release_id = :release_id;

-- name: release_part_clear :exec
DELETE FROM release_part WHERE release_id = :release_id;

-- name: release_part_add :exec
INSERT INTO release_part (release_id, n, name, version, purl, licence) VALUES (:release_id, :n, :name, :version, :purl, :licence);

-- name: release_part_list :many
SELECT n, name, version, purl, licence FROM release_part WHERE release_id = :release_id ORDER BY n;

-- Sets.
-- name: set_add :one
INSERT INTO release_set (name, vendor, model, note, created_by, created_at)
VALUES (:name, :vendor, :model, :note, :created_by, :created_at)
RETURNING id;

-- name: set_part_add :exec
INSERT INTO release_set_part (set_id, component, release_id) VALUES (:set_id, :component, :release_id);

-- name: set_named :one
SELECT id, name, vendor, model, note, created_by, created_at FROM release_set WHERE name = :name;

-- name: set_get :one
SELECT id, name, vendor, model, note, created_by, created_at FROM release_set WHERE id = :id;

-- name: set_page :many
SELECT id, name, vendor, model, note, created_by, created_at FROM release_set WHERE id < :before ORDER BY id DESC LIMIT :limit;

-- name: set_parts :many
SELECT p.component, p.release_id, r.entry_id, r.version, r.state, r.public_id
FROM release_set_part p JOIN release r ON r.id = p.release_id
WHERE p.set_id = :set_id ORDER BY p.component;

-- name: event_org_release :one
SELECT org_id FROM release WHERE id = :id;

-- Logs of jobs that stations send.
-- name: log_site :one
SELECT j.site_id FROM station_job j JOIN station s ON s.site_id = j.site_id WHERE j.id = :job AND s.identity = :identity;

-- name: log_set :exec
UPDATE station_job SET log_file = :name WHERE id = :job;

-- name: log_seen :one
SELECT j.id FROM station_job j JOIN station s ON s.site_id = j.site_id
WHERE j.id = :job AND (CAST(:sees AS BIGINT) = 0 OR s.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND s.org_id IS NULL));
