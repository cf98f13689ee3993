-- SPDX-License-Identifier: Apache-2.0
-- What the HTTP door keeps: answers to requests with an Idempotency-Key.

-- name: once_forget_old :exec
DELETE FROM http_once WHERE at < :before;

-- name: once_take :exec
INSERT INTO http_once (key, hash, at, status, type, headers, body)
VALUES (:key, :hash, :at, 0, '', '', '')
ON CONFLICT (key) DO NOTHING;

-- name: once_get :one
SELECT hash, status, type, headers, body FROM http_once WHERE key = :key;

-- name: once_keep :exec
UPDATE http_once SET status = :status, type = :type, headers = :headers, body = :body WHERE key = :key;

-- name: once_drop :exec
DELETE FROM http_once WHERE key = :key AND status = 0;
