# SPDX-License-Identifier: Apache-2.0
# Functions that cannot be used safely (or at all here), and goto. Comments and strings are not looked at.

BEGIN {
	n = split("strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll atof gmtime localtime ctime " \
		"asctime mktemp tmpnam tempnam gets system popen gethostbyname gethostbyaddr inet_ntoa inet_addr rand " \
		"srand alloca", list, " ")
	for (i = 1; i <= n; i++)
		banned[list[i]] = 1
}

FNR == 1 { in_comment = 0 }

# The code of one line: what stands in strings, characters and comments is taken out.
function code(s,    at, end)
{
	if (in_comment) {
		end = index(s, "*/")
		if (!end)
			return ""
		s = substr(s, end + 2)
		in_comment = 0
	}
	gsub(/\\\\/, "", s)
	gsub(/\\"/, "", s)
	gsub(/'"'/, "", s)
	gsub(/"[^"]*"/, "\"\"", s)
	while ((at = index(s, "/*")) > 0) {
		end = index(substr(s, at + 2), "*/")
		if (!end) {
			in_comment = 1
			s = substr(s, 1, at - 1)
			break
		}
		s = substr(s, 1, at - 1) " " substr(s, at + 2 + end + 1)
	}
	sub(/\/\/.*/, "", s)
	return s
}

{
	rest = code($0)
	if (rest ~ /(^|[^A-Za-z0-9_])goto[ \t]+[A-Za-z_]/) {
		printf "%s:%d: goto (own with OWN() and return early)\n", FILENAME, FNR
		bad = 1
	}
	while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		name = substr(rest, RSTART, RLENGTH - 1)
		gsub(/[ \t]/, "", name)
		before = RSTART > 1 ? substr(rest, RSTART - 1, 1) : ""
		if ((name in banned) && before != "." && before != ">") {
			printf "%s:%d: %s() is banned\n", FILENAME, FNR, name
			bad = 1
		}
		rest = substr(rest, RSTART + RLENGTH)
	}
}

END { exit bad }
