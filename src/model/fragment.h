/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments: a release too large for one image is listed as several entries whose image descriptor says
 * 'Fragment 1 of 2 of FW version 4.8.0'. This reads the descriptor; doc/path-rules.md, Edges 4, is the exact
 * rule. gb-metering 1.2 (column U), 1.3.
 */
#ifndef FIRPATH_MODEL_FRAGMENT_H
#define FIRPATH_MODEL_FRAGMENT_H

#include <stdbool.h>
#include <stdint.h>

#define FRAGMENTS_MAX 99
#define RELEASE_MAX 128 /* a longer release text is cut here, the same for every fragment */

struct fragment {
	uint8_t number, count;     /* N of M; 1 of 1 for an ordinary entry */
	char release[RELEASE_MAX]; /* case folded, "" when not given or ordinary */
};

/* descriptor may be NULL. Anything that does not follow the rule is an ordinary entry. */
struct fragment fragment_read(const char *descriptor);

#endif
