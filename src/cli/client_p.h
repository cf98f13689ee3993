/* SPDX-License-Identifier: Apache-2.0 */
/* What client.c and client_stream.c share. */
#ifndef FIRPATH_CLI_CLIENT_P_H
#define FIRPATH_CLI_CLIENT_P_H

#include <curl/curl.h>
#include <stdbool.h>

#include "cli/client.h"

struct client {
	CURL *curl;           /* owned */
	char *server, *token; /* owned */
	char *ca_file, *user; /* owned */
	int64_t timeout_ms;
	bool local; /* the service is on this machine */
};

/* One exchange. */
struct exchange {
	CURL *curl; /* borrowed */
	const struct client_send *send;
	struct str *out;    /* borrowed */
	struct str problem; /* body of an answer that is an error */
	struct err *e;
	bool failed; /* the receiver gave up, e is filled */
	bool ours;   /* a firpath service answers: it numbers its answers */
	const char *path, *server;
};

/* Prepares x->curl; x stays in place until the exchange ended. *ret_headers: to be freed after it. */
void exchange_begin(const struct client *c, struct exchange *x, const char *url,
		    struct curl_slist **ret_headers);
/* What an exchange that ended so gave: OK, or the error in x->e. */
int exchange_end(const struct client *c, struct exchange *x, CURLcode rc, struct str *problems,
		 int *ret_status);

#endif
