/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line to the DCC: documents POSTed to the services D (non-device), S (send command) and T (transform),
 * many at once over a few kept connections (libcurl multi, one thread); at service D one after the other, in
 * the order in which they were given, because all of them go to one target, whose counters must rise as they
 * arrive. Addresses come from the
 * configuration, so private networks are allowed here, unlike in wire/fetch.h. It knows no XML: what comes
 * back is handed on as it is.
 */
#ifndef FIRPATH_WIRE_DCC_H
#define FIRPATH_WIRE_DCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define DCC_LINE_CONF_KEYS \
	{ "dcc_url", CONF_TEXT, "", 0, 0, "Base address of the DCC's services (https://HOST:PORT); empty = meters are not driven." }, \
	{ "dcc_ca_file", CONF_TEXT, "", 0, 0, "Certificates that the DCC's server is checked with; empty: the system's." }, \
	{ "dcc_client_cert", CONF_TEXT, "", 0, 0, "Client certificate for the line to the DCC (PEM); empty = none." }, \
	{ "dcc_client_key", CONF_TEXT, "", 0, 0, "Its key (PEM)." }, \
	{ "dcc_parallel", CONF_INT, "16", 1, 256, "Requests to the DCC under way at once." }, \
	{ "dcc_answer_timeout", CONF_DURATION, "60s", 100, INT64_C(3600000), "How long the DCC may take to answer a request." }
/* clang-format on */

enum dcc_service { DCC_D, DCC_S, DCC_T, DCC_SERVICES }; /* /api/v1/serviceD, ... */

struct dcc_line;
struct dcc_answer {
	int64_t tag;      /* as given */
	int status;       /* HTTP; 0 = none came: broken, or out of time */
	const char *body; /* borrowed for the call; DUIS_MAX at most */
	size_t len;
	const char *why; /* status 0: what went wrong */
	bool not_sent;   /* status 0: not one byte of the document left, so the DCC cannot have read it */
};
struct dcc_line_init {
	const struct conf *conf; /* borrowed for the call */
	/* On the line's thread; takes what it needs. */
	void (*answered)(void *ctx, const struct dcc_answer *a);
	void *ctx;
};
int dcc_line_new(const struct dcc_line_init *init, struct dcc_line **ret, struct err *e) MUST_USE;
void dcc_line_free(struct dcc_line *l); /* what was not answered is never answered */
DEFINE_OWN(struct dcc_line, dcc_line_free)
/* Copies the body. false: too many wait already (DCC_LINE_WAITING of them, or 256 MiB), or closing; nothing
 * was sent. What left once is never sent again by the line itself, also when a kept connection breaks under
 * it. */
#define DCC_LINE_WAITING 4096
bool dcc_line_send(struct dcc_line *l, enum dcc_service s, int64_t tag, const char *body, size_t len);
size_t dcc_line_waiting(const struct dcc_line *l); /* sent and not answered yet; any thread */

#endif
