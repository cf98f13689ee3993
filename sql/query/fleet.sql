-- SPDX-License-Identifier: Apache-2.0
-- Sites and devices. :sees is whose things the asker sees: 0 everybody's, -1 nothing, -2 what belongs to nobody, else an
-- organisation's.

-- name: site_put :exec
INSERT INTO site (owner_key, name, org_id, added_at)
VALUES (CAST(COALESCE(CAST(:org AS BIGINT), 0) AS TEXT) || '/' || CAST(:name AS TEXT), :name, :org, :now)
ON CONFLICT (owner_key) DO NOTHING;

-- name: site_id :many
SELECT id FROM site WHERE name = :name
	AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL))
ORDER BY id LIMIT 2;

-- name: site_page :many
SELECT s.id, s.name, s.added_at, (SELECT COUNT(*) FROM device d WHERE d.site_id = s.id)
FROM site s WHERE s.id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR s.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND s.org_id IS NULL))
ORDER BY s.id LIMIT :limit;

-- name: device_add :exec
INSERT INTO device (owner_key, name, org_id, site_id, adapter, address, scheme, manufacturer, model, hardware, version, told_by, hint_entry_id,
	entry_id, entry_why, life, added_at)
VALUES (CAST(COALESCE(CAST(:org AS BIGINT), 0) AS TEXT) || '/' || CAST(:name AS TEXT), :name, :org, :site, :adapter, :address, :scheme, :manufacturer, :model, :hardware, :version, :told_by, :hint, :entry, :why,
	'new', :now);

-- What the inventory says about a device that is there. The identity is written only where the device itself has not
-- spoken; C decides and gives what shall stand.
-- name: device_edit :exec
UPDATE device SET site_id = :site, adapter = :adapter, address = :address, manufacturer = :manufacturer, model = :model,
	hardware = :hardware, version = :version, told_by = :told_by, hint_entry_id = :hint, entry_id = :entry, entry_why = :why
WHERE id = :id;

-- Two rows: the name is taken by more than one owner.
-- name: device_named :many
SELECT id FROM device WHERE name = :name
	AND (CAST(:sees AS BIGINT) = 0 OR org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND org_id IS NULL))
ORDER BY id LIMIT 2;

-- name: device_get :one
SELECT d.id, d.name, s.name, d.adapter, d.address, d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.told_by,
	d.hint_entry_id, d.entry_id, d.entry_why, d.state, d.boots, d.progress, d.step, d.last_seen, d.life, d.added_at,
	d.org_id, (SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM device d JOIN site s ON s.id = d.site_id WHERE d.id = :id;

-- name: device_page :many
SELECT d.id, d.name, s.name, d.adapter, d.address, d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.told_by,
	d.hint_entry_id, d.entry_id, d.entry_why, d.state, d.boots, d.progress, d.step, d.last_seen, d.life, d.added_at,
	d.org_id, (SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM device d JOIN site s ON s.id = d.site_id
WHERE d.id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR d.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND d.org_id IS NULL))
	AND (CAST(:part AS TEXT) IS NULL OR instr(lower(d.name), lower(:part)) > 0)
	AND (CAST(:prefix AS TEXT) IS NULL OR substr(d.name, 1, length(:prefix)) = :prefix)
	AND (CAST(:site AS TEXT) IS NULL OR s.name = :site)
	AND (CAST(:manufacturer AS TEXT) IS NULL OR d.manufacturer = :manufacturer)
	AND (CAST(:model AS TEXT) IS NULL OR d.model = :model)
	AND (CAST(:hardware AS TEXT) IS NULL OR d.hardware = :hardware)
	AND (CAST(:entry AS BIGINT) IS NULL OR d.entry_id = :entry)
	AND (CAST(:life AS TEXT) IS NULL OR d.life = :life)
	AND (CAST(:adapter AS TEXT) IS NULL OR d.adapter = :adapter)
ORDER BY d.id LIMIT :limit;

-- name: device_page :many @pg
SELECT d.id, d.name, s.name, d.adapter, d.address, d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.told_by,
	d.hint_entry_id, d.entry_id, d.entry_why, d.state, d.boots, d.progress, d.step, d.last_seen, d.life, d.added_at,
	d.org_id, (SELECT o.name FROM organisation o WHERE o.id = d.org_id)
FROM device d JOIN site s ON s.id = d.site_id
WHERE d.id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR d.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND d.org_id IS NULL))
	AND (CAST(:part AS TEXT) IS NULL OR strpos(lower(d.name), lower(:part)) > 0)
	AND (CAST(:prefix AS TEXT) IS NULL OR substr(d.name, 1, length(:prefix)) = :prefix)
	AND (CAST(:site AS TEXT) IS NULL OR s.name = :site)
	AND (CAST(:manufacturer AS TEXT) IS NULL OR d.manufacturer = :manufacturer)
	AND (CAST(:model AS TEXT) IS NULL OR d.model = :model)
	AND (CAST(:hardware AS TEXT) IS NULL OR d.hardware = :hardware)
	AND (CAST(:entry AS BIGINT) IS NULL OR d.entry_id = :entry)
	AND (CAST(:life AS TEXT) IS NULL OR d.life = :life)
	AND (CAST(:adapter AS TEXT) IS NULL OR d.adapter = :adapter)
ORDER BY d.id LIMIT :limit;

-- A status that says something new. What the door of meters says of a version is told by whom its row says.
-- name: device_status :exec
UPDATE device SET manufacturer = :manufacturer, model = :model, hardware = :hardware, version = :version, hash = :hash,
	told_by = CASE WHEN adapter = 'dcc' THEN told_by ELSE 'device' END, entry_id = :entry, entry_why = :why, state = :state, mark = :mark, boots = :boots, progress = :progress,
	step = :step, last_seen = :now, life = 'ok'
WHERE id = :id;

-- name: device_seen :exec
UPDATE device SET progress = :progress, step = :step, last_seen = :now, life = 'ok' WHERE id = :id;

-- Life check: who was there and has been silent since. Meters are silent most of the time.
-- name: device_lost :exec
UPDATE device SET life = 'lost' WHERE life = 'ok' AND adapter <> 'dcc' AND last_seen < :before;

-- Every identity there is, to be resolved again when the catalogue has changed.
-- name: device_identities :many :scan
SELECT d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.hint_entry_id, d.entry_id, d.entry_why
FROM device d WHERE d.version IS NOT NULL AND d.scheme <> 'bb' -- Building Blocks are what their Manifest says
GROUP BY d.scheme, d.manufacturer, d.model, d.hardware, d.version, d.hash, d.hint_entry_id, d.entry_id, d.entry_why;

-- name: device_resolve :exec
UPDATE device SET entry_id = :entry, entry_why = :why
WHERE scheme = :scheme AND manufacturer = :manufacturer AND model = :model AND hardware = :hardware AND version = :version
	AND hash IS NOT DISTINCT FROM :hash AND hint_entry_id IS NOT DISTINCT FROM :hint
	AND entry_id IS NOT DISTINCT FROM :was;

-- The walks of a device, newest first.
-- name: device_cycles :many
SELECT c.id, p.id, p.name, c.phase, c.reason, c.detail, c.cm, c.hop, c.hops_done, c.started_at, c.ended_at
FROM cycle c JOIN campaign p ON p.id = c.campaign_id
WHERE c.device_id = :device
	AND (CAST(:sees AS BIGINT) = 0 OR p.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND p.org_id IS NULL))
ORDER BY c.id DESC LIMIT :limit;

-- Another owner: a site of its own there, and the new key of owner and name.
-- name: device_give :exec
UPDATE device SET org_id = :org, site_id = :site,
	owner_key = CAST(COALESCE(CAST(:org AS BIGINT), 0) AS TEXT) || '/' || name
WHERE id = :device;

-- Its walks in campaigns of another owner end where nothing is under way ...
-- name: cycle_leave :exec
UPDATE cycle SET phase = 'stopped', reason = 'not-owned', detail = :detail, command = NULL, ended_at = :now, changed_at = :now
WHERE device_id = :device AND phase IN ('queued', 'held');

-- ... and these campaigns are counted anew.
-- name: campaign_of_device :many
SELECT campaign_id FROM cycle WHERE device_id = :device AND phase IN ('queued', 'held', 'active') ORDER BY id;
