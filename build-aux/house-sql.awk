# SPDX-License-Identifier: Apache-2.0
# The same statement is not written twice. Blanks, case of words, comments and names of parameters do not count.

function finish()
{
	if (name == "")
		return
	gsub(/:[a-z_]+/, ":p", text)
	gsub(/[ \t\r;]+/, " ", text)
	gsub(/ *, */, ",", text)
	gsub(/ *\( */, "(", text)
	gsub(/ *\) */, ")", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	if (text != "" && (text in seen)) {
		printf "%s: %s says the same as %s\n", place, name, seen[text]
		bad = 1
	} else {
		seen[text] = name " (" place ")"
	}
}

FNR == 1 {
	finish()
	name = text = ""
}

/^--[ \t]*name:/ {
	finish()
	name = $3 ($0 ~ /@pg/ ? " @pg" : "")
	place = FILENAME ":" FNR
	text = ""
	next
}

{
	line = $0
	sub(/--.*/, "", line)
	text = text " " toupper(line) # parameters keep apart by their colon, which survives
	gsub(/:[A-Z_]+/, ":p", text)
}

END {
	finish()
	exit bad
}
