-- SPDX-License-Identifier: Apache-2.0
-- Who does the work that only one process may do.

-- Ends far ahead were written under a wrong clock and do not count.
-- name: lease_take :exec
INSERT INTO lease (name, holder, until) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE lease.holder = excluded.holder OR lease.until < CAST(:now AS BIGINT) OR lease.until > CAST(:far AS BIGINT);

-- name: lease_give :exec
UPDATE lease SET until = 0 WHERE name = :name AND holder = :holder;
