-- SPDX-License-Identifier: Apache-2.0
-- Path statements, floors and blocks. Append-only, like states of entries.

-- name: statement_list :many :scan
SELECT id, entry_id, from_rev, kind, source, author, stated_on, confirmed_on, excerpt, reference,
	effective_on, proposal_id, name, protects
FROM statement
WHERE +from_rev <= :revision AND (to_rev IS NULL OR to_rev > :revision)
ORDER BY id;

-- name: base_list :many :scan
SELECT b.statement_id, b.n, b.base_id
FROM statement_base b
JOIN statement s ON s.id = b.statement_id
WHERE +s.from_rev <= :revision AND (s.to_rev IS NULL OR s.to_rev > :revision)
ORDER BY b.statement_id, b.n;

-- name: statement_add :one
INSERT INTO statement (entry_id, from_rev, kind, source, author, stated_on, confirmed_on, excerpt, reference,
	effective_on, proposal_id, name, protects)
VALUES (:entry_id, :from_rev, :kind, :source, :author, :stated_on, :confirmed_on, :excerpt, :reference,
	:effective_on, :proposal_id, :name, :protects)
RETURNING id;

-- name: base_add :exec
INSERT INTO statement_base (statement_id, n, base_id) VALUES (:statement_id, :n, :base_id);

-- name: statement_close :exec
UPDATE statement SET to_rev = :to_rev WHERE id = :id AND to_rev IS NULL;
