# SPDX-License-Identifier: Apache-2.0
# Files up to 600 lines; C functions up to 100, except tests (one test is one story). With -v notes=1 functions over 60
# lines are listed too; they are no finding. clang-format has put a function's braces into the first column.

function file_end()
{
	if (lines > 600) {
		printf "%s:601: the file has %d lines, at most 600 are wanted\n", file, lines
		bad = 1
	}
}

FNR == 1 {
	file_end()
	file = FILENAME
	is_c = file ~ /\.[ch]$/
	is_test = file ~ /^tests\//
	head = ""
	start = 0
}

{ lines = FNR }

is_c && /^[A-Za-z_].*\(/ && !/;[ \t]*$/ { head = $0; head_line = FNR }

is_c && /^\{/ { start = head != "" ? head_line : FNR }

is_c && /^\}/ && start {
	size = FNR - start + 1
	name = head
	sub(/\(.*/, "", name)
	sub(/.*[ \t*]/, "", name)
	if (size > 100 && !is_test) {
		printf "%s:%d: %s() has %d lines, at most 100 are allowed\n", file, start, name, size
		bad = 1
	} else if (size > 60 && notes && !is_test) {
		printf "note: %s:%d: %s() has %d lines, at most 60 are wanted\n", file, start, name, size
	}
	start = 0
	head = ""
}

END {
	file_end()
	exit bad
}
