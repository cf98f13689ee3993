# SPDX-License-Identifier: Apache-2.0
# Turns sql/query/*.sql into the table of statements. POSIX awk.
#   awk -v out=h -f sqlgen.awk FILES > sql_gen.h        enum sql_id
#   awk -v out=c -f sqlgen.awk FILES > sql_gen.c        names, parameters and texts
# A statement begins with "-- name: noun_verb :one|:many|:exec [:scan] [@pg]" and ends at the next one. :scan says that
# reading a whole table, or sorting without an index, is meant. @pg gives PostgreSQL its own text.
# ":name" becomes "$n", numbered by first appearance: SQLite takes "$2" for a name and numbers by appearance, so no other
# numbering would mean the same to both engines.

function fail(file, line, message)
{
	printf "%s:%d: %s\n", file, line, message | "cat 1>&2"
	failed = 1
	exit 1
}

# One line without its comment. Strings and quoted names may not span lines, so that a line can be read alone.
function strip(s,    i, n, c, quote, res)
{
	n = length(s)
	quote = ""
	res = ""
	for (i = 1; i <= n; i++) {
		c = substr(s, i, 1)
		if (quote != "") {
			if (c == quote)
				quote = ""
		} else if (c == "'" || c == "\"") {
			quote = c
		} else if (substr(s, i, 2) == "--") {
			break
		} else if (substr(s, i, 2) == "/*") {
			fail(FILENAME, FNR, "write comments with --")
		}
		res = res c
	}
	if (quote != "")
		fail(FILENAME, FNR, "a string does not end on its line")
	sub(/[ \t\r]+$/, "", res)
	return res
}

# The number of parameter :name of statement k. A base text makes new numbers, an override may not.
function number_of_param(k, name, is_base)
{
	if (!((k, name) in pos)) {
		if (!is_base)
			fail(file_of[k], line_of[k], name_of[k] ": the override has a parameter :" name \
			     " that the statement has not")
		pos[k, name] = ++nparams[k]
		if (nparams[k] > 64)
			fail(file_of[k], line_of[k], name_of[k] ": more than 64 parameters")
		params[k] = params[k] (nparams[k] > 1 ? " " : "") name
	}
	if (!((k, name, is_base) in used)) {
		used[k, name, is_base] = 1
		nused[k, is_base]++
	}
	return pos[k, name]
}

# The text with $n for its parameters.
function with_numbers(k, s, is_base,    i, n, c, quote, name, res)
{
	n = length(s)
	quote = ""
	res = ""
	for (i = 1; i <= n; i++) {
		c = substr(s, i, 1)
		if (quote != "") {
			if (c == quote)
				quote = ""
		} else if (c == "'" || c == "\"") {
			quote = c
		} else if (c == "$" || c == "?") {
			fail(file_of[k], line_of[k], name_of[k] ": parameters are written :name")
		} else if (c == ";") {
			fail(file_of[k], line_of[k], name_of[k] ": more than one statement")
		} else if (substr(s, i, 2) == "::") {
			c = "::"
			i++
		} else if (c == ":") {
			name = substr(s, i + 1)
			if (!match(name, /^[a-z][a-z0-9_]*/))
				fail(file_of[k], line_of[k], name_of[k] ": ':' without a parameter name")
			name = substr(name, 1, RLENGTH)
			c = "$" number_of_param(k, name, is_base)
			i += length(name)
		}
		res = res c
	}
	if (!is_base && nused[k, 0] + 0 != nparams[k] + 0)
		fail(file_of[k], line_of[k], name_of[k] ": the override must use the same parameters: " params[k])
	return res
}

function c_text(s,    i, n, c, res)
{
	n = length(s)
	res = "\""
	for (i = 1; i <= n; i++) {
		c = substr(s, i, 1)
		if (c == "\n")
			res = res "\\n\"\n\t    \""
		else if (c == "\\" || c == "\"")
			res = res "\\" c
		else
			res = res c
	}
	return res "\""
}

function does_write(s)
{
	s = toupper(s)
	gsub(/'[^']*'/, "", s)
	gsub(/FOR (NO KEY )?UPDATE/, "", s)
	return s ~ /(^|[^A-Z_])(INSERT|UPDATE|DELETE|REPLACE)[ \t\n]/
}

/^-- name:/ {
	if (NF < 4 || $3 !~ /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/)
		fail(FILENAME, FNR, "expected '-- name: noun_verb :one|:many|:exec [:scan] [@pg]'")
	if ($4 != ":one" && $4 != ":many" && $4 != ":exec")
		fail(FILENAME, FNR, $3 ": " $4 " is not :one, :many or :exec")
	engine = "sqlite"
	full = 0
	for (f = 5; f <= NF; f++) {
		if ($f == "@pg")
			engine = "pg"
		else if ($f == ":scan")
			full = 1
		else
			fail(FILENAME, FNR, $3 ": what is " $f "?")
	}
	if (($3, engine) in place)
		fail(FILENAME, FNR, "statement " $3 " is there twice, see " place[$3, engine])
	place[$3, engine] = FILENAME ":" FNR
	if (!($3 in number)) {
		number[$3] = ++nq
		name_of[nq] = $3
		kind[nq] = $4
		line_of[nq] = FNR
		file_of[nq] = FILENAME
	}
	cur = number[$3]
	if (kind[cur] != $4)
		fail(FILENAME, FNR, $3 ": the override is " $4 ", the statement is " kind[cur])
	if (full)
		scan[cur] = 1
	next
}
FNR == 1 { cur = 0 }
/^[ \t\r]*(--.*)?$/ { next }
{
	if (!cur)
		fail(FILENAME, FNR, "text before the first '-- name:'")
	text[cur, engine] = text[cur, engine] (text[cur, engine] == "" ? "" : "\n") strip($0)
}

END {
	if (failed)
		exit 1
	for (k = 1; k <= nq; k++) {
		if (!((name_of[k], "sqlite") in place))
			fail(file_of[k], line_of[k], name_of[k] ": an override without a statement")
		sub(/[ \t\n]*;$/, "", text[k, "sqlite"])
		sub(/[ \t\n]*;$/, "", text[k, "pg"])
		if (text[k, "sqlite"] == "" || (((name_of[k], "pg") in place) && text[k, "pg"] == ""))
			fail(file_of[k], line_of[k], name_of[k] ": no text")
		sqlite[k] = with_numbers(k, text[k, "sqlite"], 1)
		pg[k] = text[k, "pg"] == "" ? "" : with_numbers(k, text[k, "pg"], 0)
	}
	print "/* SPDX-License-Identifier: Apache-2.0 */"
	print "/* Made by build-aux/sqlgen.awk from sql/query/; do not edit. */"
	if (out == "h") {
		print "#ifndef FIRPATH_STORE_SQL_GEN_H\n#define FIRPATH_STORE_SQL_GEN_H\n\nenum sql_id {"
		for (k = 1; k <= nq; k++)
			printf "\tSQL_%s, /* %s */\n", toupper(name_of[k]), params[k]
		print "\tSQL_MAX\n};\n\n#endif"
		exit 0
	}
	print "#include \"store/sql.h\"\n\nconst struct sql_text sql_texts[SQL_MAX] = {"
	for (k = 1; k <= nq; k++)
		printf "\t{ \"%s\",\n\t  \"%s\",\n\t  %d, SQL_GIVES_%s, %s, %s,\n\t  { %s,\n\t    %s } },\n", name_of[k],
		       params[k], nparams[k], kind[k] == ":exec" ? "NONE" : kind[k] == ":one" ? "ONE" : "MANY",
		       does_write(sqlite[k]) ? "true" : "false", scan[k] ? "true" : "false", c_text(sqlite[k]),
		       pg[k] == "" ? "NULL" : c_text(pg[k])
	print "};"
}
