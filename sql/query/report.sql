-- SPDX-License-Identifier: Apache-2.0
-- Reports: the fleet counted by what it runs (schema 0021).

-- name: report_all :many :scan
SELECT COALESCE(org_id, 0), COALESCE(entry_id, 0), adapter, entry_why, COUNT(*)
FROM device GROUP BY org_id, entry_id, adapter, entry_why;

-- name: report_own :many
SELECT org_id, COALESCE(entry_id, 0), adapter, entry_why, COUNT(*)
FROM device WHERE org_id = :org GROUP BY org_id, entry_id, adapter, entry_why;

-- What devices say of themselves where the catalogue knows no entry for it. The sign before entry_id keeps its own index out,
-- which would read every row.
-- name: report_unknown_all :many :scan
SELECT COALESCE(org_id, 0), adapter, entry_why, scheme, manufacturer, model, hardware, version, COUNT(*)
FROM device WHERE entry_why <> 'known' AND +entry_id IS NULL
GROUP BY org_id, scheme, manufacturer, model, hardware, version, adapter, entry_why LIMIT :limit;

-- name: report_unknown_own :many
SELECT org_id, adapter, entry_why, scheme, manufacturer, model, hardware, version, COUNT(*)
FROM device WHERE entry_why <> 'known' AND +entry_id IS NULL AND org_id = :org
GROUP BY org_id, scheme, manufacturer, model, hardware, version, adapter, entry_why LIMIT :limit;
