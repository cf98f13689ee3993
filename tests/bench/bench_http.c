/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the HTTP library can do at best: gives the bytes of one file (a whole answer, head included) in one
 * write to every request, from memory, with the settings of firpathd. bench_http PORT FILE THREADS, until
 * killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <civetweb.h>

struct answer {
	char *bytes;
	size_t len;
};

static int give(struct mg_connection *conn)
{
	const struct answer *a = mg_get_request_info(conn)->user_data;

	return mg_write(conn, a->bytes, a->len) == (int)a->len ? 200 : 500;
}

int main(int argc, char **argv)
{
	struct mg_callbacks cb = { .begin_request = give };
	struct answer a = { NULL, 0 };
	const char *options[] = { "listening_ports",
				  argc > 1 ? argv[1] : "",
				  "num_threads",
				  argc > 3 ? argv[3] : "128",
				  "tcp_nodelay",
				  "1",
				  "max_request_size",
				  "32768",
				  "linger_timeout_ms",
				  "-1",
				  "connection_queue",
				  "128",
				  "listen_backlog",
				  "511",
				  "enable_keep_alive",
				  "yes",
				  "keep_alive_timeout_ms",
				  "5000",
				  "request_timeout_ms",
				  "5000",
				  "decode_url",
				  "no",
				  "access_control_list",
				  "-0.0.0.0/0,+127.0.0.0/8",
				  NULL };
	FILE *f = argc > 3 ? fopen(argv[2], "re") : NULL;

	if (!f) {
		fprintf(stderr, "usage: bench_http 127.0.0.1:PORT FILE THREADS\n");
		return 2;
	}
	a.bytes = malloc(1 << 20);
	if (!a.bytes)
		return 1;
	a.len = fread(a.bytes, 1, 1 << 20, f);
	fclose(f);
	mg_init_library(0);
	if (!mg_start(&cb, &a, options)) {
		fprintf(stderr, "bench_http: cannot listen on %s\n", argv[1]);
		return 1;
	}
	pause();
	return 0;
}
