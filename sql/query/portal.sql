-- SPDX-License-Identifier: Apache-2.0
-- What people keep by the pages. Every query names whose it is: the organisation's, or without one the account's.

-- name: saved_list_add :one
INSERT INTO saved_list (org_id, account_id, name, target, devices, text, added_at)
VALUES (:org_id, :account_id, :name, :target, :devices, :text, :added_at)
RETURNING id;

-- name: saved_list_count :one
SELECT count(*) FROM saved_list WHERE org_id = :org_id OR (org_id IS NULL AND account_id = :account_id);

-- name: saved_list_all :many :scan
SELECT id, name, target, devices, added_at FROM saved_list
WHERE org_id = :org_id OR (org_id IS NULL AND account_id = :account_id)
ORDER BY id DESC LIMIT 100;

-- name: saved_list_get :one
SELECT name, target, devices, text FROM saved_list
WHERE id = :id AND (org_id = :org_id OR (org_id IS NULL AND account_id = :account_id));

-- name: saved_list_drop :exec
DELETE FROM saved_list
WHERE id = :id AND (org_id = :org_id OR (org_id IS NULL AND account_id = :account_id));
