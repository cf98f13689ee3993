# SPDX-License-Identifier: Apache-2.0
# Event names: what log_event() writes is listed in doc/events.md (first column of its tables, in backquotes), and what
# is listed is written somewhere. Files: doc/events.md first, then the sources. A name is a literal of its call.

FNR == 1 {
	is_list = FILENAME ~ /\.md$/
	pending = ""
}

is_list && /^\|[ \t]*`[a-z0-9-]+`/ {
	name = $0
	sub(/^[^`]*`/, "", name)
	sub(/`.*/, "", name)
	if (name in listed) {
		printf "%s:%d: `%s` is listed twice\n", FILENAME, FNR, name
		bad = 1
	}
	listed[name] = FILENAME ":" FNR
	next
}

is_list { next }

# Comments that name the function, and its own declaration and definition, are no calls.
/^[ \t]*(\/\*|\*)/ || /^void log_event\(/ { next }

pending == "" && /log_event\(/ {
	pending = $0
	sub(/.*log_event\(/, "", pending)
	at = FNR
	if (pending == "")
		pending = " "
}

pending != "" {
	if (FNR != at)
		pending = pending " " $0
	if (match(pending, /"[^"]*"/)) {
		name = substr(pending, RSTART + 1, RLENGTH - 2)
		if (name ~ /^[a-z0-9-]+$/) {
			written[name] = 1
			if (!(name in listed)) {
				printf "%s:%d: the event `%s` is not in doc/events.md\n", FILENAME, at, name
				bad = 1
			}
		} else {
			printf "%s:%d: an event name has lower case letters, digits and dashes, not \"%s\"\n", FILENAME, at, name
			bad = 1
		}
		pending = ""
	} else if (pending ~ /;/) {
		printf "%s:%d: log_event() without a literal name\n", FILENAME, at
		bad = 1
		pending = ""
	}
}

END {
	for (name in listed)
		if (!(name in written)) {
			printf "%s: nobody writes the event `%s`\n", listed[name], name
			bad = 1
		}
	exit bad
}
