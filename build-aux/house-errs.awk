# SPDX-License-Identifier: Apache-2.0
# Error codes: every row of err_codes.h has its own name and its own stable code, and somebody returns it.
# Files: err_codes.h first, then the sources.

FNR == 1 { is_table = FILENAME ~ /err_codes\.h$/ }

is_table && /^X\(/ {
	row = $0
	sub(/^X\([ \t]*/, "", row)
	name = row
	sub(/[ \t]*,.*/, "", name)
	code = row
	sub(/^[^"]*"/, "", code)
	sub(/".*/, "", code)
	if (name in line) {
		printf "%s:%d: %s is in line %d already\n", FILENAME, FNR, name, line[name]
		bad = 1
	}
	if (code in owner) {
		printf "%s:%d: the code \"%s\" belongs to %s already\n", FILENAME, FNR, code, owner[code]
		bad = 1
	}
	line[name] = FNR
	owner[code] = name
	table = FILENAME
	next
}

!is_table {
	rest = $0
	while (match(rest, /ERR_[A-Z0-9_]+/)) {
		used[substr(rest, RSTART, RLENGTH)] = 1
		rest = substr(rest, RSTART + RLENGTH)
	}
}

END {
	for (name in line)
		if (!(name in used)) {
			printf "%s:%d: nobody returns %s\n", table, line[name], name | "sort -t: -k2n"
			bad = 1
		}
	close("sort -t: -k2n")
	exit bad
}
