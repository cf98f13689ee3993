-- SPDX-License-Identifier: Apache-2.0
-- Charging stations: registration, wishes, components, proofs of installation. :sees as in fleet.sql.

-- name: station_get :one
SELECT t.site_id, t.org_id, t.identity, t.profile, t.salt, t.secret, t.controller,
	(SELECT c.identity FROM station c WHERE c.site_id = t.controller), t.area, t.timezone, t.windows, t.rejected_rule, t.version_rule,
	t.protocol, t.vendor, t.model, t.serial, t.iccid, t.imsi, t.firmware, t.boot_reason, t.boot_at, t.boots, t.transfer, t.signing,
	t.components, t.components_at, t.version_at, t.quarantine, t.transactions, t.reservations, t.node, t.connected_at, t.left_at,
	t.left_why, t.request_id, t.message_id, t.cert_serial, t.change, t.added_at,
	(SELECT o.name FROM organisation o WHERE o.id = t.org_id)
FROM station t WHERE t.identity = :identity
	AND (CAST(:sees AS BIGINT) = 0 OR t.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND t.org_id IS NULL));

-- name: station_of_site :one
SELECT t.site_id, t.org_id, t.identity, t.profile, t.salt, t.secret, t.controller,
	(SELECT c.identity FROM station c WHERE c.site_id = t.controller), t.area, t.timezone, t.windows, t.rejected_rule, t.version_rule,
	t.protocol, t.vendor, t.model, t.serial, t.iccid, t.imsi, t.firmware, t.boot_reason, t.boot_at, t.boots, t.transfer, t.signing,
	t.components, t.components_at, t.version_at, t.quarantine, t.transactions, t.reservations, t.node, t.connected_at, t.left_at,
	t.left_why, t.request_id, t.message_id, t.cert_serial, t.change, t.added_at,
	(SELECT o.name FROM organisation o WHERE o.id = t.org_id)
FROM station t WHERE t.site_id = :site;

-- name: station_page :many
SELECT t.site_id, t.org_id, t.identity, t.profile, t.salt, t.secret, t.controller,
	(SELECT c.identity FROM station c WHERE c.site_id = t.controller), t.area, t.timezone, t.windows, t.rejected_rule, t.version_rule,
	t.protocol, t.vendor, t.model, t.serial, t.iccid, t.imsi, t.firmware, t.boot_reason, t.boot_at, t.boots, t.transfer, t.signing,
	t.components, t.components_at, t.version_at, t.quarantine, t.transactions, t.reservations, t.node, t.connected_at, t.left_at,
	t.left_why, t.request_id, t.message_id, t.cert_serial, t.change, t.added_at,
	(SELECT o.name FROM organisation o WHERE o.id = t.org_id)
FROM station t
WHERE t.site_id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR t.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND t.org_id IS NULL))
	AND (CAST(:part AS TEXT) IS NULL OR instr(lower(t.identity), lower(:part)) > 0)
	AND (CAST(:area AS TEXT) IS NULL OR t.area = :area)
	AND (CAST(:model AS TEXT) IS NULL OR t.model = :model)
	AND (CAST(:connected AS BIGINT) IS NULL OR (t.node IS NOT NULL) = (CAST(:connected AS BIGINT) = 1))
	AND (CAST(:quarantine AS BIGINT) IS NULL OR (t.quarantine <> '') = (CAST(:quarantine AS BIGINT) = 1))
ORDER BY t.site_id LIMIT :limit;

-- name: station_page :many @pg
SELECT t.site_id, t.org_id, t.identity, t.profile, t.salt, t.secret, t.controller,
	(SELECT c.identity FROM station c WHERE c.site_id = t.controller), t.area, t.timezone, t.windows, t.rejected_rule, t.version_rule,
	t.protocol, t.vendor, t.model, t.serial, t.iccid, t.imsi, t.firmware, t.boot_reason, t.boot_at, t.boots, t.transfer, t.signing,
	t.components, t.components_at, t.version_at, t.quarantine, t.transactions, t.reservations, t.node, t.connected_at, t.left_at,
	t.left_why, t.request_id, t.message_id, t.cert_serial, t.change, t.added_at,
	(SELECT o.name FROM organisation o WHERE o.id = t.org_id)
FROM station t
WHERE t.site_id > :after
	AND (CAST(:sees AS BIGINT) = 0 OR t.org_id = :sees OR (CAST(:sees AS BIGINT) = -2 AND t.org_id IS NULL))
	AND (CAST(:part AS TEXT) IS NULL OR strpos(lower(t.identity), lower(:part)) > 0)
	AND (CAST(:area AS TEXT) IS NULL OR t.area = :area)
	AND (CAST(:model AS TEXT) IS NULL OR t.model = :model)
	AND (CAST(:connected AS BIGINT) IS NULL OR (t.node IS NOT NULL) = (CAST(:connected AS BIGINT) = 1))
	AND (CAST(:quarantine AS BIGINT) IS NULL OR (t.quarantine <> '') = (CAST(:quarantine AS BIGINT) = 1))
ORDER BY t.site_id LIMIT :limit;

-- name: station_site :one
SELECT site_id FROM station WHERE identity = :identity;

-- name: station_add :exec
INSERT INTO station (site_id, identity, org_id, profile, salt, secret, controller, area, timezone, windows, rejected_rule,
	version_rule, vendor, model, serial, cert_serial, change, added_at)
VALUES (:site, :identity, :org, :profile, :salt, :secret, :controller, :area, :timezone, :windows, :rejected_rule,
	:version_rule, :vendor, :model, :serial, :cert_serial, :change, :now);

-- name: station_edit :exec
UPDATE station SET profile = :profile, salt = :salt, secret = :secret, controller = :controller, area = :area, timezone = :timezone,
	windows = :windows, rejected_rule = :rejected_rule, version_rule = :version_rule, vendor = :vendor, model = :model,
	serial = :serial, cert_serial = :cert_serial, change = :change
WHERE site_id = :site;

-- name: station_quarantine :exec
UPDATE station SET quarantine = :why WHERE site_id = :site;

-- What else lives at a site: it becomes no station when there is something.
-- name: station_strangers :one
SELECT (SELECT COUNT(*) FROM device d WHERE d.site_id = :site AND d.adapter <> 'ocpp')
	+ (SELECT COUNT(*) FROM vehicle v WHERE v.site_id = :site);

-- ---- taken away ----

-- name: station_served :one
SELECT identity FROM station WHERE controller = :site LIMIT 1;

-- Walks that have not ended, and jobs.
-- name: station_under_way :one
SELECT (SELECT COUNT(*) FROM cycle c JOIN device d ON d.id = c.device_id
		WHERE d.site_id = :site AND c.phase IN ('queued', 'held', 'active'))
	+ (SELECT COUNT(*) FROM station_job j WHERE j.site_id = :site AND j.ended_at IS NULL);

-- name: station_messages_drop :exec
DELETE FROM station_message WHERE site_id = :site;

-- name: station_jobs_drop :exec
DELETE FROM station_job WHERE site_id = :site;

-- name: station_components_drop :exec
DELETE FROM station_component WHERE site_id = :site;

-- name: station_installs_drop :exec
DELETE FROM component_install WHERE site_id = :site;

-- name: station_wishes_drop :exec
DELETE FROM station_wish WHERE site_id = :site;

-- name: station_busy_drop :exec
DELETE FROM station_busy WHERE site_id = :site;

-- name: station_drop :exec
DELETE FROM station WHERE site_id = :site;

-- Devices of a station that no campaign ever walked go; the others keep their story, and run nothing that is known.
-- name: station_devices_drop :exec
DELETE FROM device WHERE site_id = :site
	AND NOT EXISTS (SELECT 1 FROM cycle c JOIN device d ON d.id = c.device_id WHERE d.site_id = :site);

-- name: station_devices_park :exec
UPDATE device SET version = NULL, hash = NULL, entry_id = NULL, entry_why = 'not-reported', told_by = 'nobody' WHERE site_id = :site;

-- name: station_site_drop :exec
DELETE FROM site WHERE id = :site AND NOT EXISTS (SELECT 1 FROM device d WHERE d.site_id = site.id);

-- name: station_gone_add :exec
INSERT INTO station_gone (change, identity, gone_at) VALUES (:change, :identity, :now);

-- Keys of stations, as their registrations changed; site 0 where one was taken away.
-- name: station_keys :many
SELECT change, site_id, identity, profile, salt, secret, cert_serial FROM station WHERE change > :after
UNION ALL
SELECT change, 0, identity, 0, NULL, NULL, NULL FROM station_gone WHERE change > :after
ORDER BY 1 LIMIT :limit;

-- ---- wishes ----

-- name: wish_standing :one
SELECT id FROM station_wish WHERE site_id = :site AND command = :command AND ended_at IS NULL;

-- name: wish_add :one
INSERT INTO station_wish (site_id, command, args, asked_by, asked_at, state)
VALUES (:site, :command, :args, :asked_by, :now, 'open') RETURNING id;

-- name: wish_open :many
SELECT w.id, w.site_id, w.command, w.args, w.asked_by, w.state, w.answer, w.asked_at, w.sent_at, w.ended_at
FROM station_wish w CROSS JOIN station t
WHERE w.ended_at IS NULL AND w.state = 'open' AND t.site_id = w.site_id AND t.node = :node ORDER BY w.id LIMIT :limit;

-- name: wish_page :many
SELECT w.id, w.site_id, w.command, w.args, w.asked_by, w.state, w.answer, w.asked_at, w.sent_at, w.ended_at
FROM station_wish w WHERE w.site_id = :site ORDER BY w.id DESC LIMIT :limit;

-- name: wish_get :one
SELECT w.id, w.site_id, w.command, w.args, w.asked_by, w.state, w.answer, w.asked_at, w.sent_at, w.ended_at
FROM station_wish w WHERE w.id = :id;

-- name: wish_set :exec
UPDATE station_wish SET state = :state, answer = :answer,
	sent_at = COALESCE(sent_at, CASE WHEN CAST(:state AS TEXT) = 'sent' THEN CAST(:now AS BIGINT) END),
	ended_at = CASE WHEN CAST(:state AS TEXT) IN ('done', 'failed') THEN CAST(:now AS BIGINT) END
WHERE id = :id;

-- ---- components ----

-- name: component_now :many
SELECT c.id, c.site_id, c.device_id, c.name, c.version, c.entry_id, c.source, c.document, c.digest, c.since, c.until_at, d.name
FROM station_component c LEFT JOIN device d ON d.id = c.device_id
WHERE c.site_id = :site AND c.until_at IS NULL ORDER BY c.name;

-- name: component_history :many
SELECT c.id, c.site_id, c.device_id, c.name, c.version, c.entry_id, c.source, c.document, c.digest, c.since, c.until_at, d.name
FROM station_component c LEFT JOIN device d ON d.id = c.device_id
WHERE c.site_id = :site AND c.id > :after AND (CAST(:name AS TEXT) IS NULL OR c.name = :name)
ORDER BY c.id LIMIT :limit;

-- When the nth newest row was begun: does its list change all the time?
-- name: component_nth :one
SELECT c.since FROM station_component c WHERE c.site_id = :site ORDER BY c.id DESC LIMIT 1 OFFSET :n;

-- name: component_close :exec
UPDATE station_component SET until_at = :now WHERE id = :id;

-- name: component_open :exec
INSERT INTO station_component (site_id, device_id, name, version, entry_id, source, document, digest, since, until_at)
VALUES (:site, :device, :name, :version, :entry, :source, :document, :digest, :now, NULL);

-- The devices of a station and what each is: its component is its hardware.
-- name: station_devices :many
SELECT d.id, d.name, d.hardware, d.version, d.hash, d.hint_entry_id, d.entry_id, d.entry_why, d.manufacturer, d.model
FROM device d WHERE d.site_id = :site ORDER BY d.id;

-- name: station_device_told :exec
UPDATE device SET manufacturer = :manufacturer, model = :model, hardware = :hardware, version = :version, hash = :hash,
	entry_id = :entry, entry_why = :why, told_by = 'device', last_seen = :now, life = 'ok'
WHERE id = :id;

-- name: station_version_read :exec
UPDATE station SET version_at = :now, components_at = COALESCE(CAST(:components AS BIGINT), components_at) WHERE site_id = :site;

-- ---- proofs ----

-- name: install_last :one
SELECT site_id, n, component, record, prev_hash, hash FROM component_install
WHERE site_id = :site AND component = :component ORDER BY n DESC LIMIT 1;

-- name: install_add :exec
INSERT INTO component_install (site_id, component, n, record, prev_hash, hash)
VALUES (:site, :component, :n, :record, :prev_hash, :hash);

-- name: install_list :many
SELECT site_id, n, component, record, prev_hash, hash FROM component_install WHERE site_id = :site ORDER BY component, n;

-- ---- the story ----

-- name: story_since :many
SELECT m.id, m.at, m.way, m.action, m.ref, m.job_id, m.body, m.cut FROM station_message m
WHERE m.site_id = :site AND m.id > :after ORDER BY m.id LIMIT :limit;

-- name: story_newest :many
SELECT m.id, m.at, m.way, m.action, m.ref, m.job_id, m.body, m.cut FROM station_message m
WHERE m.site_id = :site ORDER BY m.id DESC LIMIT :limit;

-- name: story_job_since :many
SELECT m.id, m.at, m.way, m.action, m.ref, m.job_id, m.body, m.cut FROM station_message m
WHERE m.job_id = :job AND m.site_id = :site AND m.id > :after ORDER BY m.id LIMIT :limit;

-- name: story_job_newest :many
SELECT m.id, m.at, m.way, m.action, m.ref, m.job_id, m.body, m.cut FROM station_message m
WHERE m.job_id = :job AND m.site_id = :site ORDER BY m.id DESC LIMIT :limit;

-- name: station_jobs :many
SELECT j.id, j.kind, j.cycle_id, j.request_id, j.message, j.state, j.location, j.answer, j.reason, j.detail, j.events, j.log_file,
	j.components, j.made_at, j.start_at, j.due_at, j.state_at, j.ended_at, d.name, j.from_id, j.to_id, j.tracking
FROM station_job j LEFT JOIN device d ON d.id = j.device_id
WHERE j.site_id = :site ORDER BY j.id DESC LIMIT :limit;

-- name: station_job_of :one
SELECT j.id, j.kind, j.cycle_id, j.request_id, j.message, j.state, j.location, j.answer, j.reason, j.detail, j.events, j.log_file,
	j.components, j.made_at, j.start_at, j.due_at, j.state_at, j.ended_at, d.name, j.from_id, j.to_id, j.tracking
FROM station_job j LEFT JOIN device d ON d.id = j.device_id
WHERE j.id = :job AND j.site_id = :site;
