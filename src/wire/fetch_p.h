/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of outgoing HTTP: what its judge (fetch_rules.c) and its transfers (fetch.c) share. */
#ifndef FIRPATH_WIRE_FETCH_P_H
#define FIRPATH_WIRE_FETCH_P_H

#include <sys/socket.h>

#include "wire/fetch.h"

/* Why an address may not be connected to; NULL = it may. */
const char *fetch_judge(const struct fetch_rules *r, const struct sockaddr *sa, socklen_t len);
const char *fetch_ca_file(const struct fetch_rules *r); /* NULL = the system's */

/* The parts of an address that matter here. */
struct fetch_url {
	bool tls;
	char host[256];   /* lower case, without brackets */
	char origin[300]; /* scheme://host:port */
};
int fetch_url_read(const char *url, struct fetch_url *ret, struct err *e) MUST_USE;

#endif
