-- SPDX-License-Identifier: Apache-2.0
-- Settings of the store, revisions, and the audit chain.

-- What is in the database: has it our meta table, and how many other tables?
-- name: store_look :one :scan
SELECT COALESCE(SUM(CASE WHEN name = 'meta' THEN 1 ELSE 0 END), 0), COUNT(*)
FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*';

-- name: store_look :one @pg
SELECT COALESCE(SUM(CASE WHEN tablename = 'meta' THEN 1 ELSE 0 END), 0), COUNT(*)
FROM pg_catalog.pg_tables WHERE schemaname = current_schema();

-- name: meta_get :one
SELECT value FROM meta WHERE name = :name;

-- name: meta_put :exec
INSERT INTO meta (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: revision_head :one
SELECT id, at FROM revision WHERE id = (SELECT MAX(id) FROM revision);

-- name: revision_at :one
SELECT id FROM revision WHERE at <= :at ORDER BY at DESC, id DESC LIMIT 1;

-- name: revision_add :exec
INSERT INTO revision (id, at, kind, who, why) VALUES (:id, :at, :kind, :who, :why);

-- name: audit_head :one
SELECT seq, hash, at FROM audit WHERE seq = (SELECT MAX(seq) FROM audit);

-- name: audit_hash :one
SELECT hash FROM audit WHERE seq = :seq;

-- name: audit_add :exec
INSERT INTO audit (seq, at, who, why, action, subject, before, after, revision, prev_hash, hash, digest)
VALUES (:seq, :at, :who, :why, :action, :subject, :before, :after, :revision, :prev_hash, :hash, :digest);

-- In pieces, so that no engine has to hold the whole chain in memory.
-- name: audit_page :many
SELECT seq, at, who, why, action, subject, before, after, revision, prev_hash, hash, digest
FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit;

-- Searches. :all = 0 leaves what changed the catalogue, and what is one's own; 1 all but what concerns devices, campaigns,
-- vehicles, rollouts, stations, meters, users of the DCC, Vehicle Configurations, drafts of releases, webhooks, watch lists (account/) and saved lists, which are their owners'; 2
-- everything.
-- name: audit_find :many
SELECT seq, at, who, why, action, subject, before, after, revision, prev_hash, hash, digest
FROM audit
WHERE seq > :after
	AND (CAST(:who AS TEXT) IS NULL OR who = :who)
	AND (CAST(:action AS TEXT) IS NULL OR action = :action)
	AND (CAST(:subject AS TEXT) IS NULL OR substr(subject, 1, length(:subject)) = :subject)
	AND (CAST(:revision AS BIGINT) IS NULL OR revision = :revision)
	AND (CAST(:all AS BIGINT) = 2 OR revision IS NOT NULL OR who = :own
		OR (CAST(:all AS BIGINT) = 1 AND substr(subject, 1, 6) <> 'device' AND substr(subject, 1, 9) <> 'campaign/'
			AND substr(subject, 1, 8) NOT IN ('webhook/', 'account/', 'vehicle/', 'rollout/', 'station/', 'release/') AND substr(subject, 1, 3) <> 'vc/'
			AND substr(subject, 1, 5) NOT IN ('list:', 'meter') AND substr(subject, 1, 9) <> 'dcc-user/')
		OR substr(who, 1, length(:own_tokens)) = :own_tokens)
ORDER BY seq LIMIT :limit;

-- name: audit_find_newest :many
SELECT seq, at, who, why, action, subject, before, after, revision, prev_hash, hash, digest
FROM audit
WHERE seq < :before
	AND (CAST(:who AS TEXT) IS NULL OR who = :who)
	AND (CAST(:action AS TEXT) IS NULL OR action = :action)
	AND (CAST(:subject AS TEXT) IS NULL OR substr(subject, 1, length(:subject)) = :subject)
	AND (CAST(:revision AS BIGINT) IS NULL OR revision = :revision)
	AND (CAST(:all AS BIGINT) = 2 OR revision IS NOT NULL OR who = :own
		OR (CAST(:all AS BIGINT) = 1 AND substr(subject, 1, 6) <> 'device' AND substr(subject, 1, 9) <> 'campaign/'
			AND substr(subject, 1, 8) NOT IN ('webhook/', 'account/', 'vehicle/', 'rollout/', 'station/', 'release/') AND substr(subject, 1, 3) <> 'vc/'
			AND substr(subject, 1, 5) NOT IN ('list:', 'meter') AND substr(subject, 1, 9) <> 'dcc-user/')
		OR substr(who, 1, length(:own_tokens)) = :own_tokens)
ORDER BY seq DESC LIMIT :limit;

-- Tables, columns, and indexes, one line each: tests compare an upgraded store with a new one.
-- name: store_shape :many :scan
SELECT type || ' ' || tbl_name || ' ' || name || ' ' || COALESCE(sql, '')
FROM sqlite_schema ORDER BY type, tbl_name, name;

-- name: store_shape :many @pg
SELECT line FROM (
	SELECT 'column ' || table_name || ' ' || ordinal_position || ' ' || column_name || ' ' || data_type || ' '
		|| is_nullable || ' ' || is_identity AS line
	FROM information_schema.columns WHERE table_schema = current_schema()
	UNION ALL
	SELECT 'index ' || indexdef FROM pg_catalog.pg_indexes WHERE schemaname = current_schema()
	UNION ALL
	SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
	FROM pg_catalog.pg_constraint WHERE connamespace = current_schema()::regnamespace
) AS shape ORDER BY line;
