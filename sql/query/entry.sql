-- SPDX-License-Identifier: Apache-2.0
-- Models, entries and the states of entries. A state is closed and followed by another one, never changed.

-- name: model_list :many :scan
SELECT id, scheme, manufacturer, model, hardware FROM model ORDER BY id;

-- name: model_add :one
INSERT INTO model (scheme, manufacturer, model, hardware)
VALUES (:scheme, :manufacturer, :model, :hardware)
RETURNING id;

-- name: model_find :one
SELECT id FROM model
WHERE scheme = :scheme AND manufacturer = :manufacturer AND model = :model AND hardware = :hardware;

-- name: entry_add :one
INSERT INTO entry (scheme, public_id, ord) VALUES (:scheme, :public_id, :ord) RETURNING id;

-- Ids for many entries are counted by the caller (write transactions run one after the other) and put twenty at a time:
-- a statement costs SQLite more than its row, and PostgreSQL a round trip.
-- name: entry_last :one
SELECT COALESCE(MAX(id), 0) FROM entry;

-- name: entry_put :exec
INSERT INTO entry (id, scheme, public_id, ord) VALUES (:id, :scheme, :public_id, :ord);

-- name: entry_put_20 :exec
INSERT INTO entry (id, scheme, public_id, ord) VALUES
	(:id1, :scheme, :public_id1, :ord1), (:id2, :scheme, :public_id2, :ord2),
	(:id3, :scheme, :public_id3, :ord3), (:id4, :scheme, :public_id4, :ord4),
	(:id5, :scheme, :public_id5, :ord5), (:id6, :scheme, :public_id6, :ord6),
	(:id7, :scheme, :public_id7, :ord7), (:id8, :scheme, :public_id8, :ord8),
	(:id9, :scheme, :public_id9, :ord9), (:id10, :scheme, :public_id10, :ord10),
	(:id11, :scheme, :public_id11, :ord11), (:id12, :scheme, :public_id12, :ord12),
	(:id13, :scheme, :public_id13, :ord13), (:id14, :scheme, :public_id14, :ord14),
	(:id15, :scheme, :public_id15, :ord15), (:id16, :scheme, :public_id16, :ord16),
	(:id17, :scheme, :public_id17, :ord17), (:id18, :scheme, :public_id18, :ord18),
	(:id19, :scheme, :public_id19, :ord19), (:id20, :scheme, :public_id20, :ord20);

-- Afterwards the numbering of the engine goes on behind them.
-- name: entry_number :one
SELECT MAX(id) FROM entry;

-- name: entry_number :one @pg
SELECT setval(pg_get_serial_sequence('entry', 'id'), MAX(id)) FROM entry;

-- name: state_open :exec
INSERT INTO entry_state (entry_id, from_rev, model_id, status, version, image_hash, cpa_kind, cpa_until,
	c_number, c_status, c_type, c_manufacturer, c_model, c_hw_version, c_hw_revision, c_model_hw, c_firmware,
	c_smets, c_gbcs, c_hash, c_cpa_id, c_cpa_version, c_cpa_expiry, c_dlms_id, c_dlms_version, c_zse_id,
	c_zse_version, c_image_creator, c_image_descriptor)
VALUES (:entry_id, :from_rev, :model_id, :status, :version, :image_hash, :cpa_kind, :cpa_until,
	:c_number, :c_status, :c_type, :c_manufacturer, :c_model, :c_hw_version, :c_hw_revision, :c_model_hw,
	:c_firmware, :c_smets, :c_gbcs, :c_hash, :c_cpa_id, :c_cpa_version, :c_cpa_expiry, :c_dlms_id,
	:c_dlms_version, :c_zse_id, :c_zse_version, :c_image_creator, :c_image_descriptor);

-- name: state_close :exec
UPDATE entry_state SET to_rev = :to_rev WHERE entry_id = :entry_id AND to_rev IS NULL;

-- The next three give the same columns.

-- The list as at a revision, in catalogue order. The plus sign keeps SQLite from going through the index on from_rev,
-- which would be a detour to nearly every row.
-- name: entry_list :many :scan
SELECT e.id, e.scheme, e.public_id, e.ord, s.from_rev, s.model_id, s.status, s.version, s.image_hash, s.cpa_kind,
	s.cpa_until, f.bytes, f.seconds, f.restarts,
	s.c_number, s.c_status, s.c_type, s.c_manufacturer, s.c_model, s.c_hw_version, s.c_hw_revision, s.c_model_hw,
	s.c_firmware, s.c_smets, s.c_gbcs, s.c_hash, s.c_cpa_id, s.c_cpa_version, s.c_cpa_expiry, s.c_dlms_id,
	s.c_dlms_version, s.c_zse_id, s.c_zse_version, s.c_image_creator, s.c_image_descriptor
FROM entry e
JOIN entry_state s ON s.entry_id = e.id
LEFT JOIN entry_figure f ON f.entry_id = e.id
WHERE +s.from_rev <= :revision AND (s.to_rev IS NULL OR s.to_rev > :revision)
ORDER BY e.scheme, e.ord, e.public_id;

-- What stands now of one scheme, by public id (CPL: fixed width, so the order of the numbers).
-- name: entry_standing :many
SELECT e.id, e.scheme, e.public_id, e.ord, s.from_rev, s.model_id, s.status, s.version, s.image_hash, s.cpa_kind,
	s.cpa_until, f.bytes, f.seconds, f.restarts,
	s.c_number, s.c_status, s.c_type, s.c_manufacturer, s.c_model, s.c_hw_version, s.c_hw_revision, s.c_model_hw,
	s.c_firmware, s.c_smets, s.c_gbcs, s.c_hash, s.c_cpa_id, s.c_cpa_version, s.c_cpa_expiry, s.c_dlms_id,
	s.c_dlms_version, s.c_zse_id, s.c_zse_version, s.c_image_creator, s.c_image_descriptor
FROM entry e
JOIN entry_state s ON s.entry_id = e.id AND s.to_rev IS NULL
LEFT JOIN entry_figure f ON f.entry_id = e.id
WHERE e.scheme = :scheme
ORDER BY e.public_id;

-- name: entry_find :one
SELECT id FROM entry WHERE scheme = :scheme AND public_id = :public_id;

-- Which entry and model each public id is, as it stands now.
-- name: entry_models :many :scan
SELECT e.id, e.scheme, e.public_id, s.model_id, e.ord
FROM entry e
JOIN entry_state s ON s.entry_id = e.id AND s.to_rev IS NULL
ORDER BY e.id;
