-- SPDX-License-Identifier: Apache-2.0
-- Organisations, accounts, sessions and API tokens.

-- name: people_exist :one :scan
SELECT 1 FROM account LIMIT 1;

-- name: org_add :exec
INSERT INTO organisation (name, kind, codes, rev, added_at) VALUES (:name, :kind, :codes, 1, :now)
ON CONFLICT (name) DO NOTHING;

-- name: org_change :exec
UPDATE organisation SET name = :name, kind = :kind, codes = :codes, rev = rev + 1 WHERE id = :id;

-- name: org_get :one
SELECT id, name, kind, codes, rev, added_at FROM organisation WHERE id = :id;

-- name: org_find :one
SELECT id, name, kind, codes, rev, added_at FROM organisation WHERE name = :name;

-- name: org_page :many
SELECT id, name, kind, codes, rev, added_at FROM organisation
WHERE id > :after AND (CAST(:only AS BIGINT) IS NULL OR id = :only) ORDER BY id LIMIT :limit;

-- name: account_add :exec
INSERT INTO account (login, name, org_id, roles, state, password, issuer, subject, rev, added_at)
VALUES (:login, :name, :org, :roles, 'active', :password, :issuer, :subject, 1, :now)
ON CONFLICT DO NOTHING;

-- name: account_change :exec
UPDATE account SET name = :name, org_id = :org, roles = :roles, state = :state,
	password = COALESCE(CAST(:password AS TEXT), password), issuer = :issuer, subject = :subject, rev = rev + 1
WHERE id = :id;

-- name: account_get :one
SELECT a.id, a.login, a.name, a.org_id, o.name, o.codes, a.roles, a.state, a.password, a.issuer, a.subject, a.rev, a.added_at
FROM account a LEFT JOIN organisation o ON o.id = a.org_id WHERE a.id = :id;

-- name: account_find :one
SELECT a.id, a.login, a.name, a.org_id, o.name, o.codes, a.roles, a.state, a.password, a.issuer, a.subject, a.rev, a.added_at
FROM account a LEFT JOIN organisation o ON o.id = a.org_id WHERE a.login = :login;

-- name: account_by_subject :one
SELECT a.id, a.login, a.name, a.org_id, o.name, o.codes, a.roles, a.state, a.password, a.issuer, a.subject, a.rev, a.added_at
FROM account a LEFT JOIN organisation o ON o.id = a.org_id WHERE a.issuer = :issuer AND a.subject = :subject;

-- name: account_page :many
SELECT a.id, a.login, a.name, a.org_id, o.name, o.codes, a.roles, a.state, a.password, a.issuer, a.subject, a.rev, a.added_at
FROM account a LEFT JOIN organisation o ON o.id = a.org_id
WHERE a.id > :after AND (CAST(:org AS BIGINT) = 0 OR a.org_id = :org OR a.id = :me) ORDER BY a.id LIMIT :limit;

-- How many others keep the service in hand?
-- name: account_operators :one :scan
SELECT COUNT(*) FROM account WHERE state = 'active' AND roles & :role <> 0 AND id <> :but;

-- name: session_add :exec
INSERT INTO session (hash, account_id, made_at, used_at) VALUES (:hash, :account, :now, :now);

-- name: session_find :one
SELECT s.id, s.made_at, s.used_at, a.id, a.login, a.roles, a.org_id, o.name, o.codes, a.state
FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN organisation o ON o.id = a.org_id WHERE s.hash = :hash;

-- name: session_touch :exec
UPDATE session SET used_at = :now WHERE id = :id AND used_at < :now;

-- name: session_drop_hash :exec
DELETE FROM session WHERE hash = :hash;

-- name: session_drop :exec
DELETE FROM session WHERE id = :id AND account_id = :account;

-- name: session_drop_all :exec
DELETE FROM session WHERE account_id = :account AND id <> :but;

-- name: session_drop_old :exec
DELETE FROM session WHERE used_at < :before;

-- name: session_list :many
SELECT id, made_at, used_at FROM session WHERE account_id = :account ORDER BY id;

-- name: token_add :exec
INSERT INTO api_token (hash, prefix, label, account_id, roles, made_at, ends_at)
VALUES (:hash, :prefix, :label, :account, :roles, :now, :ends);

-- name: token_find :one
SELECT t.id, t.label, t.roles, t.ends_at, t.used_at, t.revoked_at, a.id, a.login, a.roles, a.org_id, o.name, o.codes, a.state
FROM api_token t JOIN account a ON a.id = t.account_id LEFT JOIN organisation o ON o.id = a.org_id WHERE t.hash = :hash;

-- name: token_touch :exec
UPDATE api_token SET used_at = :now WHERE id = :id;

-- name: token_get :one
SELECT t.id, t.prefix, t.label, a.id, a.login, t.roles, t.made_at, t.ends_at, t.used_at, t.revoked_at
FROM api_token t JOIN account a ON a.id = t.account_id WHERE t.id = :id;

-- name: token_by_hash :one
SELECT id FROM api_token WHERE hash = :hash;

-- name: token_page :many
SELECT t.id, t.prefix, t.label, a.id, a.login, t.roles, t.made_at, t.ends_at, t.used_at, t.revoked_at
FROM api_token t JOIN account a ON a.id = t.account_id
WHERE t.id > :after AND (CAST(:org AS BIGINT) = 0 OR a.org_id = :org OR a.id = :me) ORDER BY t.id LIMIT :limit;

-- name: token_live :one
SELECT COUNT(*) FROM api_token WHERE account_id = :account AND revoked_at IS NULL AND ends_at > :now;

-- name: token_revoke :exec
UPDATE api_token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL;
