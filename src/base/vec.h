/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed growing arrays. VEC(struct hop) hops = { 0 }; vec_push(&hops, h); ...; vec_done(&hops).
 * Elements are moved by realloc: keep indexes, not pointers, while pushing.
 */
#ifndef FIRPATH_BASE_VEC_H
#define FIRPATH_BASE_VEC_H

#include <stddef.h>

#include "base/mem.h"

#define VEC(T)                                                                                               \
	struct {                                                                                             \
		T *v;                                                                                        \
		size_t n, cap;                                                                               \
	}
#define vec_reserve(a, want)                                                                                 \
	do {                                                                                                 \
		if ((a)->cap < (want)) {                                                                     \
			size_t c_ = (a)->cap ? (a)->cap : 8;                                                 \
			while (c_ < (want))                                                                  \
				c_ *= 2;                                                                     \
			(a)->v = mem_realloc((a)->v, c_, sizeof *(a)->v);                                    \
			(a)->cap = c_;                                                                       \
		}                                                                                            \
	} while (0)
#define vec_push(a, x)                                                                                       \
	do {                                                                                                 \
		vec_reserve((a), (a)->n + 1);                                                                \
		(a)->v[(a)->n++] = (x);                                                                      \
	} while (0)
#define vec_done(a)                                                                                          \
	do {                                                                                                 \
		free((a)->v);                                                                                \
		(a)->v = NULL;                                                                               \
		(a)->n = (a)->cap = 0;                                                                       \
	} while (0)

#endif
