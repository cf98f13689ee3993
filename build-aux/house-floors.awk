# SPDX-License-Identifier: Apache-2.0
# Includes point downward only; rooms of one floor are strangers; model/ is pure; a library is seen by its wrapper only.

BEGIN {
	floor["src/base"] = 0
	floor["src/model"] = 1
	floor["src/store"] = floor["src/wire"] = floor["src/manifest"] = 2
	floor["src/core"] = 3
	floor["src/orch"] = 4
	floor["import"] = 4.5 # doc/adr/0003: above core, but a stranger to orch
	floor["src/http"] = floor["src/web"] = floor["src/cli"] = floor["src/agent"] = 5
	floor["src/main"] = 6

	# Third-party headers, and the only files that may see them.
	wrapper["json-c/"] = "^src/base/json_tree\\.c$"
	wrapper["civetweb.h"] = "^src/http/server[a-z_]*\\.[ch]$"
	wrapper["sqlite3.h"] = "^src/store/db_sqlite[a-z_]*\\.[ch]$"
	wrapper["libpq-fe.h"] = "^src/store/db_pg[a-z_]*\\.[ch]$"
	wrapper["curl/"] = "^src/(cli/client|agent/|wire/|main/firpath-bbum\\.c$)"
	wrapper["openssl/"] = "^src/(base/(cert|digest|sign|sign_pkcs1|secret|p256|p256_cert|p256_token)|wire/ws_(tls|head))\\.c$|^src/base/p256_token\\.h$"
	wrapper["wslay/"] = "^src/wire/ws_frame\\.c$"
	wrapper["cjose/"] = "^src/core/oidc_token\\.c$"
	wrapper["archive"] = "^(import/|src/manifest/)"
	wrapper["libxml/"] = "^(import/|src/wire/(duis_p\\.h$|duis_open\\.c$|xmldsig\\.c$))"
	wrapper["csv.h"] = "^import/"
	wrapper["zlib.h"] = "^src/(web/|main/demo_vehicle\\.c$|wire/ws_deflate\\.c$)"
	wrapper["histedit.h"] = "^src/cli/shell\\.c$"
	wrapper["jansson.h"] = "^tests/"

	# What a pure room may not reach for: input and output, clock, random, threads, JSON.
	impure = "^(base/(json|clock|file|log|rnd|conf|mailbox)\\.h|time\\.h|unistd\\.h|fcntl\\.h|pthread\\.h|poll\\.h|sys/.*|netinet/.*)$"
}

function room_of(path)
{
	if (path ~ /^src\/[^\/]+\//)
		return substr(path, 1, 4 + index(substr(path, 5), "/") - 1)
	return path ~ /^import\// ? "import" : ""
}

function complain(message)
{
	printf "%s:%d: %s\n", FILENAME, FNR, message
	bad = 1
}

FNR == 1 { room = room_of(FILENAME) }

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
	name = $0
	sub(/^[^"<]*["<]/, "", name)
	sub(/[">].*/, "", name)
	if ($0 ~ /include[ \t]*</) {
		for (w in wrapper)
			if (index(name, w) == 1 && room != "" && FILENAME !~ wrapper[w])
				complain("<" name "> is seen by its wrapper only")
		if (room == "src/model" && name ~ impure)
			complain("model/ is pure: no <" name ">")
		next
	}
	if (room == "")
		next # tests see everything
	if (name !~ /\//) {
		if (room == "import" || name == "config.h")
			next # import/ includes its own headers by their bare names
		complain("write \"" name "\" with its room in front")
		next
	}
	other = name ~ /^import\// ? "import" : room_of("src/" name)
	if (!(other in floor)) {
		complain("there is no room for \"" name "\"")
		next
	}
	if (room == "src/model" && name ~ impure)
		complain("model/ is pure: no \"" name "\"")
	if (other == room)
		next
	if (room == "src/web" && name == "http/http.h")
		next # doc/adr/0004: pages are handlers
	if (room == "import" && other == "src/orch")
		complain("import/ and orch/ are strangers (doc/adr/0003)")
	else if (floor[other] == floor[room])
		complain("rooms of one floor are strangers: " room " includes \"" name "\"")
	else if (floor[other] > floor[room])
		complain("arrows go downward: " room " includes \"" name "\"")
}

END { exit bad }
