# SPDX-License-Identifier: Apache-2.0
# The licence tag is in the first line, or in the second after "#!".

function check()
{
	if (file != "" && !found) {
		printf "%s:1: the first line has no SPDX-License-Identifier: Apache-2.0\n", file
		bad = 1
	}
}

FNR == 1 {
	check()
	file = FILENAME
	found = 0
	shebang = /^#!/ || /^<!doctype/ || /^<\?xml/
}

(FNR == 1 || (FNR == 2 && shebang)) && /SPDX-License-Identifier: Apache-2\.0/ { found = 1 }

END {
	check()
	exit bad
}
