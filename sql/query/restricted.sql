-- SPDX-License-Identifier: Apache-2.0
-- The register of the Security Sub-Committee. Statements of this file run on its own database only, and no other does
-- there but those of meta and audit.

-- name: restricted_get :one
SELECT entry, manufacturer, band, chipset, stack, rev, who, at FROM radio WHERE entry = :entry;

-- name: restricted_put :exec
INSERT INTO radio (entry, manufacturer, band, chipset, stack, rev, who, at)
VALUES (:entry, :manufacturer, :band, :chipset, :stack, :rev, :who, :at)
ON CONFLICT (entry) DO UPDATE SET manufacturer = excluded.manufacturer, band = excluded.band, chipset = excluded.chipset,
	stack = excluded.stack, rev = excluded.rev, who = excluded.who, at = excluded.at;

-- A text is part of another when taking it out makes that one shorter: so both engines need no pattern.
-- name: restricted_list :many
SELECT entry, manufacturer, band, chipset, stack, rev, who, at FROM radio
WHERE entry > :after
	AND (CAST(:q AS TEXT) IS NULL OR length(replace(lower(entry || ' ' || manufacturer || ' ' || chipset || ' ' || stack),
		lower(:q), '')) < length(entry || ' ' || manufacturer || ' ' || chipset || ' ' || stack))
	AND (CAST(:band AS TEXT) IS NULL OR band = :band)
ORDER BY entry LIMIT :limit;

-- The access log, newest first; of one person or of all.
-- name: restricted_log :many
SELECT seq, at, who, why, action, subject FROM audit
WHERE seq < :before AND (CAST(:who AS TEXT) IS NULL OR who = :who)
ORDER BY seq DESC LIMIT :limit;

-- name: restricted_note_add :one
INSERT INTO note (entry, text, release_at, who, at) VALUES (:entry, :text, :release_at, :who, :at) RETURNING id;

-- name: restricted_note_drop :exec
DELETE FROM note WHERE id = :id;

-- name: restricted_note_get :one
SELECT id, entry, text, release_at, who, at FROM note WHERE id = :id;

-- name: restricted_notes :many
SELECT id, entry, text, release_at, who, at FROM note
WHERE id < :before AND (CAST(:entry AS TEXT) IS NULL OR entry = :entry)
ORDER BY id DESC LIMIT :limit;

-- What may be told to everybody.
-- name: restricted_released :many
SELECT id, entry, text, release_at, who, at FROM note WHERE entry = :entry AND release_at <= :now ORDER BY release_at;
