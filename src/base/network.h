/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internet addresses and networks as text. Strict forms only (inet_pton): "0177.1" and friends are no
 * addresses. IPv4 is kept in its mapped form, so that one comparison does for both and ::ffff:10.0.0.1 is
 * 10.0.0.1.
 */
#ifndef FIRPATH_BASE_NETWORK_H
#define FIRPATH_BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct network {
	uint8_t at[16];
	int bits; /* of the mapped form */
};
bool network_address(const char *text, uint8_t ret[16], bool *ret_v4);
bool network_read(const char *text, struct network *ret); /* "10.1.0.0/16", "fd00::/8" */
bool network_holds(const struct network *n, const uint8_t address[16]);

/* A list with blanks between; addresses alone are networks of one. */
#define NETWORKS_MAX 64
struct networks {
	struct network v[NETWORKS_MAX];
	size_t n;
};
/* ERR_CONFIG names the word that is none, or says that there are too many. */
int networks_read(const char *text, struct networks *ret, struct err *e) MUST_USE;
bool networks_hold(const struct networks *l, const char *address); /* false for what is no address */

#endif
