# SPDX-License-Identifier: Apache-2.0
# Rows, exceptions, other-ids and, on standard input, lines "file:line:name of a test": see ocora-rows.

FILENAME != "-" && (/^#/ || /^$/) { next }

FILENAME ~ /rows$/ {
	order[++nrows] = $1
	title[$1] = substr($0, length($1) + 2)
	next
}
FILENAME ~ /exceptions$/ {
	if (!($1 in title))
		complain($1 " is excepted and is no row")
	if (NF < 3)
		complain($1 " is excepted without a reason")
	why[$1] = substr($0, length($1) + 2)
	next
}
FILENAME ~ /other-ids$/ {
	for (i = 2; i <= NF; i++)
		other[$1, $i] = 1
	next
}

# A test: every id in its name, and every range "I9_to_I12".
{
	split($0, part, ":")
	file = part[1]
	name = substr($0, length(part[1]) + length(part[2]) + 3)
	gsub(/^[ \t]+/, "", name)
	if (match(name, /^(async )?def test_/))
		name = substr(name, RSTART + RLENGTH)
	if (match(name, /["'`][^"'`]*/)) # the title of a case; what follows is no name
		name = substr(name, RSTART + 1, RLENGTH - 1)
	n = split(name, word, /[^0-9A-Za-z]+/)
	for (i = 1; i <= n; i++) {
		if (word[i] !~ /^[A-L][0-9]+$/)
			continue
		stands(word[i])
		if (word[i + 1] == "to" && word[i + 2] ~ /^[A-L][0-9]+$/ && substr(word[i], 1, 1) == substr(word[i + 2], 1, 1))
			for (k = substr(word[i], 2) + 1; k < substr(word[i + 2], 2) + 0; k++)
				stands(substr(word[i], 1, 1) k)
	}
}

function stands(id) {
	if (!(id in title) || (file, id) in other)
		return
	count[id]++
	tests[id] = tests[id] "    " file ": " substr(name, 1, 120) "\n"
}

function complain(what) {
	print "ocora-rows: " what > "/dev/stderr"
	bad = 1
}

END {
	for (r = 1; r <= nrows; r++) {
		id = order[r]
		p = substr(id, 1, 1)
		if (!(p in rows))
			parts[++nparts] = p
		rows[p]++
		if (list)
			printf "%s  %s\n%s", id, title[id], (id in tests) ? tests[id] : (id in why) ? "    excepted: " why[id] "\n" : "    none\n"
		if (count[id]) {
			tested[p]++
			all++
			if (id in why)
				complain(id " is excepted and tested: take it from tests/ocora/exceptions")
		} else if (id in why) {
			excepted++
		} else {
			complain(id "  " title[id] ": no test has it in its name")
		}
	}
	for (i = 1; i <= nparts; i++)
		printf "%s %d/%d%s", parts[i], tested[parts[i]], rows[parts[i]], i < nparts ? "  " : "\n"
	printf "rows: %d of %d rows are tested, %d %s excepted\n", all, nrows, excepted, excepted == 1 ? "is" : "are"
	exit bad
}
