#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The generators of the store: what sqlgen.awk and schemagen.sh make, and what they refuse.
# shellcheck disable=SC2016
set -u
src=${srcdir:-$(dirname "$0")/..}/build-aux
awk=${AWK:-awk}
dir=$(mktemp -d "${TMPDIR:-/tmp}/firpath-gen-XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0

verdict() { # verdict NAME STATUS
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: FAIL"
		sed 's/^/    /' "$dir/out"
	fi
}
gen() { # gen h|c: the statements of q.sql
	"$awk" -v out="$1" -f "$src/sqlgen.awk" "$dir/q.sql" >"$dir/out" 2>&1
}
gives() { # gives NAME h|c WORDS: q.sql is on stdin
	cat >"$dir/q.sql"
	gen "$2" && grep -Fq -- "$3" "$dir/out"
	verdict "$1" $?
}
refuses() { # refuses NAME WORDS
	cat >"$dir/q.sql"
	! gen c && grep -Fq -- "$2" "$dir/out" && grep -q "q.sql:[0-9]*: " "$dir/out"
	verdict "$1" $?
}

gives parameters_are_numbered_by_first_appearance c '"SELECT $1, $2, $1, $3 FROM t"' <<'EOT'
-- name: a_b :many
SELECT :x, :y, :x, :z FROM t;
EOT
gives a_longer_name_is_another_parameter c '"SELECT $1, $2, $3"' <<'EOT'
-- name: a_b :one
SELECT :a, :ab, :a_1;
EOT
gives names_and_number_of_parameters_are_in_the_table c '2, SQL_GIVES_ONE, false, false' <<'EOT'
-- name: a_b :one
SELECT :x, :y;
EOT
gives strings_are_left_alone c "' :no -- no ; \$1 ? it''s :no '" <<'EOT'
-- name: a_b :one
SELECT ' :no -- no ; $1 ? it''s :no ', :x; -- :comment ; 'quote
EOT
gives quoted_names_and_backslashes_become_c c '"SELECT \":n\", '"'\\\\'"', $1"' <<'EOT'
-- name: a_b :one
SELECT ":n", '\', :x;
EOT
gives a_cast_is_no_parameter c 'SELECT $1::text' <<'EOT'
-- name: a_b :one
SELECT CAST(:x AS TEXT);
-- name: a_b :one @pg
SELECT :x::text;
EOT
gives an_override_is_numbered_like_its_statement c '"SELECT $2, $1"' <<'EOT'
-- name: a_b :one
SELECT :x, :y;
-- name: a_b :one @pg
SELECT :y, :x;
EOT
gives an_override_may_come_first c '"SELECT $2, $1"' <<'EOT'
-- name: a_b :one @pg
SELECT :y, :x;
-- name: a_b :one
SELECT :x, :y;
EOT
gives writing_is_seen_after_with c 'SQL_GIVES_ONE, true, false' <<'EOT'
-- name: a_b :one
WITH x AS (SELECT 1)
update t SET a = 1 RETURNING a;
EOT
gives reading_is_not_writing c 'SQL_GIVES_MANY, false, true' <<'EOT'
-- name: a_b :many :scan
SELECT last_update, 'DELETE FROM t' FROM updates;
EOT
gives a_locking_reading_is_not_writing c 'SQL_GIVES_MANY, false, false' <<'EOT'
-- name: a_b :many
SELECT a FROM t FOR UPDATE SKIP LOCKED;
EOT
gives lines_and_comments_keep_their_order c '"SELECT 1,\n"' <<'EOT'
-- A comment before everything.

-- name: a_b :one
SELECT 1, -- one
-- a whole line
	2;
EOT
gives the_enum_is_in_capitals h 'SQL_EDGE_PUT_2, /* x */' <<'EOT'
-- name: edge_put_2 :exec
INSERT INTO t (a) VALUES (:x);
EOT

refuses a_name_twice 'is there twice' <<'EOT'
-- name: a_b :one
SELECT 1;
-- name: a_b :one
SELECT 2;
EOT
refuses an_override_twice 'is there twice' <<'EOT'
-- name: a_b :one
SELECT 1;
-- name: a_b :one @pg
SELECT 2;
-- name: a_b :one @pg
SELECT 3;
EOT
refuses an_override_of_nothing 'an override without a statement' <<'EOT'
-- name: a_b :one @pg
SELECT 1;
EOT
refuses an_override_with_a_further_parameter 'a parameter :z that the statement has not' <<'EOT'
-- name: a_b :one
SELECT :x;
-- name: a_b :one @pg
SELECT :x, :z;
EOT
refuses an_override_with_a_missing_parameter 'must use the same parameters: x y' <<'EOT'
-- name: a_b :one
SELECT :x, :y;
-- name: a_b :one @pg
SELECT :x, :x;
EOT
refuses an_override_of_another_kind 'the override is :many' <<'EOT'
-- name: a_b :one
SELECT 1;
-- name: a_b :many @pg
SELECT 1;
EOT
refuses a_name_without_a_verb 'expected' <<'EOT'
-- name: edges :one
SELECT 1;
EOT
refuses a_name_in_capitals 'expected' <<'EOT'
-- name: Edge_Put :one
SELECT 1;
EOT
refuses a_statement_without_a_kind 'expected' <<'EOT'
-- name: a_b
SELECT 1;
EOT
refuses an_unknown_kind ':two is not' <<'EOT'
-- name: a_b :two
SELECT 1;
EOT
refuses an_unknown_mark 'what is :fast' <<'EOT'
-- name: a_b :one :fast
SELECT 1;
EOT
refuses a_statement_without_text 'no text' <<'EOT'
-- name: a_b :one
-- name: c_d :one
SELECT 1;
EOT
refuses two_statements_in_one 'more than one statement' <<'EOT'
-- name: a_b :one
SELECT 1; SELECT 2;
EOT
refuses text_before_the_first_name 'text before' <<'EOT'
SELECT 1;
-- name: a_b :one
SELECT 1;
EOT
refuses parameters_that_are_numbered_already 'parameters are written :name' <<'EOT'
-- name: a_b :one
SELECT $1;
EOT
refuses question_marks 'parameters are written :name' <<'EOT'
-- name: a_b :one
SELECT ?;
EOT
refuses a_colon_alone "':' without a parameter name" <<'EOT'
-- name: a_b :one
SELECT a[1 : 2];
EOT
refuses block_comments 'write comments with --' <<'EOT'
-- name: a_b :one
SELECT /* one */ 1;
EOT
refuses an_open_string 'does not end' <<'EOT'
-- name: a_b :one
SELECT 'one
two';
EOT
{
	echo '-- name: a_b :one'
	printf 'SELECT 0'
	i=0
	while [ $i -lt 65 ]; do
		printf ', :p%d' $i
		i=$((i + 1))
	done
} >"$dir/many.sql"
refuses too_many_parameters 'more than 64 parameters' <"$dir/many.sql"

schema() { # schema FILE...: the migrations of s/, which hold these files
	rm -rf "$dir/s" && mkdir "$dir/s"
	for f in "$@"; do
		echo 'CREATE TABLE t ( id @id@, n @int@, s TEXT DEFAULT '"'\\\"'"' ) @strict@;' >"$dir/s/$f"
	done
	AWK=$awk sh "$src/schemagen.sh" "$dir/s" >"$dir/out" 2>&1
}
schema 0001_a.sql 0002_b.sql && grep -q '^const int schema_newest = 2;' "$dir/out" &&
	grep -Fq '"CREATE TABLE t ( id INTEGER PRIMARY KEY, n INTEGER, s TEXT DEFAULT '"'\\\\\\\"'"' ) STRICT;\n"' "$dir/out" &&
	grep -Fq 'id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n BIGINT, s TEXT DEFAULT '"'\\\\\\\"'"' ) ;\n"' "$dir/out"
verdict migrations_become_one_text_per_engine $?
! schema 0001_a.sql 0003_b.sql && grep -q 'expected number 2' "$dir/out"
verdict a_gap_in_the_numbers_is_refused $?
! schema 0001_a.sql 0001_b.sql && grep -q 'expected number 2' "$dir/out"
verdict a_number_twice_is_refused $?
! schema && grep -q 'no migrations' "$dir/out"
verdict a_folder_without_migrations_is_refused $?
schema 0001_a.sql
echo 'CREATE TABLE u (x @float@);' >"$dir/s/0001_a.sql"
! AWK=$awk sh "$src/schemagen.sh" "$dir/s" >"$dir/out" 2>&1 && grep -q '0001_a.sql:1: unknown word @float@' "$dir/out"
verdict an_unknown_word_is_refused $?

sh "$src/if-changed.sh" "$dir/f" echo one && touch -d '2001-01-01' "$dir/f" &&
	sh "$src/if-changed.sh" "$dir/f" echo one && [ -z "$(find "$dir/f" -newermt 2002-01-01)" ]
verdict an_output_that_stays_keeps_its_time $?
sh "$src/if-changed.sh" "$dir/f" echo two && [ "$(cat "$dir/f")" = two ]
verdict an_output_that_changes_is_replaced $?
! sh "$src/if-changed.sh" "$dir/f" sh -c 'echo three; exit 1' && [ "$(cat "$dir/f")" = two ] && [ ! -e "$dir/f.new" ]
verdict a_failing_generator_leaves_the_old_output $?

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" = 41 ]
