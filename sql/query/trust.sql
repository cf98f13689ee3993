-- SPDX-License-Identifier: Apache-2.0
-- What stands beside the statements at a revision: settings, disputes, excerpts, contacts.

-- name: setting_list :many :scan
SELECT name, value FROM setting WHERE +from_rev <= :revision AND (to_rev IS NULL OR to_rev > :revision);

-- name: setting_close :exec
UPDATE setting SET to_rev = :to_rev WHERE name = :name AND to_rev IS NULL;

-- name: setting_add :exec
INSERT INTO setting (name, value, from_rev) VALUES (:name, :value, :from_rev);

-- name: dispute_list :many :scan
SELECT entry_id, callout_id, reason, opened_at FROM dispute
WHERE +from_rev <= :revision AND (to_rev IS NULL OR to_rev > :revision)
ORDER BY entry_id;

-- name: dispute_add :exec
INSERT INTO dispute (entry_id, from_rev, callout_id, reason, opened_at)
VALUES (:entry_id, :from_rev, :callout_id, :reason, :opened_at);

-- name: dispute_close :exec
UPDATE dispute SET to_rev = :to_rev WHERE entry_id = :entry_id AND to_rev IS NULL;

-- name: excerpt_list :many :scan
SELECT entry_id, text, document, document_date, sha256, owner FROM excerpt
WHERE +from_rev <= :revision AND (to_rev IS NULL OR to_rev > :revision)
ORDER BY entry_id, document;

-- name: excerpt_get :one
SELECT id, text, document, document_date, sha256, owner FROM excerpt
WHERE entry_id = :entry_id AND document = :document AND to_rev IS NULL;

-- name: excerpt_add :exec
INSERT INTO excerpt (entry_id, from_rev, text, document, document_date, sha256, owner)
VALUES (:entry_id, :from_rev, :text, :document, :document_date, :sha256, :owner);

-- name: excerpt_close :exec
UPDATE excerpt SET to_rev = :to_rev WHERE id = :id AND to_rev IS NULL;

-- name: contact_list :many :scan
SELECT entry_id, manufacturer, name, email, phone, url, hours FROM contact
WHERE +from_rev <= :revision AND (to_rev IS NULL OR to_rev > :revision)
ORDER BY COALESCE(entry_id, 0), manufacturer;

-- The next two give the same columns.

-- name: contact_of_entry :one
SELECT id, name, email, phone, url, hours FROM contact WHERE entry_id = :entry_id AND to_rev IS NULL;

-- name: contact_of_code :one
SELECT id, name, email, phone, url, hours FROM contact WHERE manufacturer = :manufacturer AND to_rev IS NULL;

-- name: contact_add :exec
INSERT INTO contact (entry_id, manufacturer, from_rev, name, email, phone, url, hours)
VALUES (:entry_id, :manufacturer, :from_rev, :name, :email, :phone, :url, :hours);

-- name: contact_close :exec
UPDATE contact SET to_rev = :to_rev WHERE id = :id AND to_rev IS NULL;

-- name: notice_add :exec
INSERT INTO notice_tick (at, who, account_id, org_id, what, revision)
VALUES (:at, :who, :account_id, :org_id, :what, :revision);

-- name: notice_get :one
SELECT id FROM notice_tick WHERE account_id = :account_id AND what = :what AND revision = :revision LIMIT 1;

-- name: dispute_get :one
SELECT COALESCE(callout_id, 0) FROM dispute WHERE entry_id = :entry_id AND to_rev IS NULL;
