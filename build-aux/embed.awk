# SPDX-License-Identifier: Apache-2.0
# Packs one text file into a C string: awk -v name=NAME -f embed.awk FILE > NAME.c gives NAME and NAME_len. POSIX awk.
BEGIN {
	printf "/* Made by build-aux/embed.awk. */\n#include \"%s\"\n\nconst char %s[] =\n", header, name
}
{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\"")
	gsub(/\?/, "\\?")
	gsub(/\r/, "\\r")
	printf "\t\"%s\\n\"\n", $0
}
END {
	printf "\t\"\";\nconst size_t %s_len = sizeof %s - 1;\n", name, name
}
